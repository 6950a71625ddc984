import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  countOf,
  lessonOf,
  MAX_FILE,
  mergeProgress,
  noProgress,
  type Progress,
  parseProgress,
  readProgress,
  stageOf,
  withLesson,
  withSolved,
} from '../../models/progress.ts';

const done = withSolved(withSolved(noProgress, 'derivatives', 'slope', 3), 'derivatives', 'slope', 3);
const KINDS = ['slope', 'zero'];

test('a question counts once, and one of each kind makes a lesson known', () => {
  expect(lessonOf(done, 'derivatives').solved).toEqual({ slope: [3] });
  expect(countOf(lessonOf(done, 'derivatives'), 'slope')).toBe(1);
  expect(countOf(lessonOf(done, 'derivatives'), 'constructor')).toBe(0);
  expect(stageOf(lessonOf(noProgress, 'derivatives'), KINDS)).toBe('new');
  expect(stageOf(lessonOf(done, 'derivatives'), KINDS)).toBe('begun');
  expect(stageOf(lessonOf(withSolved(done, 'derivatives', 'zero', 1), 'derivatives'), KINDS)).toBe('known');
  expect(stageOf(lessonOf(withLesson(noProgress, 'x', { words: 'w' }), 'x'), [])).toBe('begun');
});

/** What the first version of the Lab stored, to the letter. */
const FIRST = {
  format: 'downhill-progress',
  version: 1,
  lessons: {
    derivatives: { solved: { slope: [3, 4], zero: [1], formula: [2] }, kept: true, words: 'the slope of the tangent' },
    'a-lesson-that-is-gone': { solved: {}, kept: false, words: '' },
  },
};

test('version 1 becomes version 2, and nothing that was solved or written is lost', () => {
  expect(readProgress(FIRST)).toEqual({
    format: 'downhill-progress',
    version: 2,
    lessons: {
      derivatives: {
        solved: { slope: [3, 4], zero: [1], formula: [2] },
        card: null,
        words: 'the slope of the tangent',
      },
      'a-lesson-that-is-gone': { solved: {}, card: null, words: '' },
    },
  });
});

describe('a file', () => {
  const seeds = fc.uniqueArray(fc.nat({ max: 999_999 }), { maxLength: 5 });
  const names = fc.constantFrom('derivatives', 'gradient', 'chain-rule');
  const progress: fc.Arbitrary<Progress> = fc
    .dictionary(
      names,
      fc.record({
        solved: fc.dictionary(fc.constantFrom('slope', 'zero', 'formula'), seeds),
        card: fc.constantFrom(null, { format: 'downhill-evidence' }),
        words: fc.string(),
      }),
    )
    .map((lessons) => ({ ...noProgress, lessons: { ...lessons } }));

  test('holds what was saved', () => {
    fc.assert(
      fc.property(progress, (p) => {
        expect(parseProgress(JSON.stringify(p))).toEqual(JSON.parse(JSON.stringify(p)));
      }),
      { seed: 5, numRuns: 60 },
    );
  });

  test('adds to what is there: merging loses nothing, and twice is once', () => {
    const solvedIn = (p: Progress): string[] =>
      Object.entries(p.lessons).flatMap(([l, { solved }]) =>
        Object.entries(solved).flatMap(([k, list]) => list.map((n) => `${l} ${k} ${n}`)),
      );
    fc.assert(
      fc.property(progress, progress, (a, b) => {
        const merged = mergeProgress(a, b);
        expect(solvedIn(merged).sort()).toEqual([...new Set([...solvedIn(a), ...solvedIn(b)])].sort());
        expect(mergeProgress(merged, b)).toEqual(merged);
        for (const [lesson, { words }] of Object.entries(a.lessons)) {
          if (words !== '') expect(lessonOf(merged, lesson).words).toBe(words);
        }
      }),
      { seed: 6, numRuns: 60 },
    );
  });

  test.each([
    ['nothing', null, 'not progress saved by the Lab'],
    ['a list', [], 'not progress saved by the Lab'],
    ['another program', { format: 'x' }, 'not progress saved by the Lab'],
    ['a version of text', { ...done, version: '2' }, 'not progress saved by the Lab'],
    ['a version from below', { ...done, version: 0 }, 'not progress saved by the Lab'],
    ['a newer version', { ...done, version: 3 }, 'saved by a newer Lab (version 3)'],
    ['no lessons', { ...done, lessons: 7 }, 'lists no lessons'],
    [
      'seeds of text',
      { ...done, lessons: { a: { solved: { slope: 'x' } } } },
      'the lesson "a" in this file cannot be read',
    ],
    ['negative seeds', { ...done, lessons: { a: { solved: { slope: [-1] } } } }, 'the lesson "a"'],
    ['too many seeds', { ...done, lessons: { a: { solved: { slope: new Array(6000).fill(1) } } } }, 'the lesson "a"'],
    ['a name of an object’s own', { ...done, lessons: { constructor: { solved: {} } } }, 'the lesson "constructor"'],
    ['a strange name', { ...done, lessons: { '<img src=x>': { solved: {} } } }, 'the lesson "<img src=x>"'],
    [
      'too many lessons',
      { ...done, lessons: Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`l${i}`, { solved: {} }])) },
      'lists 300 lessons',
    ],
  ])('that is not ours is refused whole: %s', (_, value, message) => {
    expect(readProgress(value)).toContain(message);
  });

  test('that reaches for prototypes gets none', () => {
    const text = '{"format":"downhill-progress","version":2,"lessons":{"__proto__":{"solved":{"polluted":[1]}}}}';
    expect(parseProgress(text)).toContain('"__proto__"');
    expect(({} as Record<string, unknown>).solved).toBeUndefined();
  });

  test('too large, cut off or endlessly nested is refused', () => {
    expect(parseProgress(' '.repeat(MAX_FILE + 1))).toBe('it is too large to be progress saved by the Lab');
    expect(parseProgress(JSON.stringify(done).slice(0, -4))).toBe('it is no JSON file');
    expect(parseProgress('['.repeat(100_000))).toBe('it is no JSON file');
  });

  test('keeps no field that it does not know', () => {
    const more = { ...done, lessons: { derivatives: { ...lessonOf(done, 'derivatives'), evil: 1 } }, extra: 2 };
    expect(readProgress(more)).toEqual(done);
  });
});
