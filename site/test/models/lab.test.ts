import { describe, expect, test } from 'vitest';
import { readCurve } from '../../models/curve.ts';
import { cardAsMarkdown, makeCard, verifyCard } from '../../models/evidence.ts';
import { describeRoll, heights, RANGE, roll, under } from '../../models/landscape.ts';
import {
  KINDS,
  lessonOf,
  mergeProgress,
  noProgress,
  readProgress,
  stageOf,
  withLesson,
  withSolved,
} from '../../models/progress.ts';
import { ask, judge } from '../../models/questions.ts';
import { edgesOf, IDEAS, impliedEdges, layOut } from '../../models/roadmap.ts';

describe('questions', () => {
  test.each(KINDS)('a %s question is the same for the same seed, and its own answer is right', (kind) => {
    for (let seed = 0; seed < 40; seed++) {
      const question = ask(kind, seed);
      expect(ask(kind, seed)).toEqual(question);
      expect(readCurve(question.f).ok).toBe(true);
      const answer = kind === 'zero' ? String(question.at) : question.answer.replaceAll('·', '*');
      expect(judge(question, answer), `${question.f} ← ${answer}`).toMatchObject({ verdict: 'right' });
      expect(question.solution.length).toBeGreaterThan(0);
    }
  });

  test('seeds give different questions', () => {
    const asked = new Set(Array.from({ length: 40 }, (_, seed) => ask('formula', seed).f));
    expect(asked.size).toBeGreaterThan(25);
  });

  const slope = { ...ask('slope', 0), f: 'x^2 - 3x', at: 2 };
  test('a wrong slope is told what went wrong', () => {
    expect(judge(slope, '1').verdict).toBe('right');
    expect(judge(slope, '2/2').verdict).toBe('right');
    expect(judge(slope, '−1')).toEqual({ verdict: 'wrong', message: 'Not −1. Right size, wrong sign.' });
    expect(judge(slope, '5.5').verdict).toBe('wrong');
  });

  const product = { ...ask('formula', 0), f: 'x^2*sin(x)' };
  test('a derivative is judged by meaning, not by its text', () => {
    expect(judge(product, 'x(2sin(x) + x*cos(x))').verdict).toBe('right');
    expect(judge(product, '2x*cos(x)').message).toMatch(/product/i);
    const kept = judge({ ...product, f: 'e^x + 2' }, 'e^x + 2');
    expect(kept.verdict).toBe('wrong');
    expect(kept.message).toMatch(/constant/i);
    expect(judge({ ...product, f: 'sin(3x)' }, 'cos(3x)').message).toMatch(/inner/i);
  });

  test('what cannot be read counts as no answer', () => {
    for (const text of ['', 'two', '2x +', 'x', '9'.repeat(300)]) {
      expect(judge(slope, text), text).toMatchObject({ verdict: 'unreadable' });
    }
    expect(judge(product, 'ln(-x^2 - 1)').verdict).toBe('unreadable');
  });

  test('a point beside the flat place is told which way the curve goes', () => {
    const zero = { ...ask('zero', 0), f: '(x - 1)^2', at: 1 };
    expect(judge(zero, '1.05').verdict).toBe('right');
    expect(judge(zero, '2').message).toBe('At x = 2 the curve still rises: its slope is 2.');
  });
});

describe('the map', () => {
  test('has no cycle, no edge twice, and no edge that a longer way implies', () => {
    const edges = edgesOf().map((e) => `${e.from} ${e.to}`);
    expect(new Set(edges).size).toBe(edges.length);
    expect(impliedEdges()).toEqual([]);
    const levels = new Map(layOut().map((p) => [p.id, p.level]));
    for (const { from, to } of edgesOf()) expect(levels.get(from)!).toBeLessThan(levels.get(to)!);
  });

  test('a cycle, an unknown idea and an implied edge are found', () => {
    const idea = (id: string, ...needs: string[]) => ({ id, title: id, line: '', needs });
    expect(() => layOut([idea('a', 'b'), idea('b', 'a')])).toThrow('a needs itself');
    expect(() => layOut([idea('a', 'z')])).toThrow('no idea z');
    expect(impliedEdges([idea('a'), idea('b', 'a'), idea('c', 'a', 'b')])).toEqual([{ from: 'a', to: 'c' }]);
    expect(IDEAS.length).toBeGreaterThan(5);
  });
});

describe('the landscape', () => {
  test('heights lie on the grid, and the ball comes to rest in a valley', () => {
    const grid = heights(13, 11);
    expect(grid[0]).toBe(under({ x: RANGE.x[0], y: RANGE.y[0] }).height);
    expect(grid.at(-1)).toBe(under({ x: RANGE.x[1], y: RANGE.y[1] }).height);
    for (const x of [-5.5, -1, 0, 2, 5.5]) {
      for (const y of [-4.5, 0.3, 4.5]) {
        const r = roll({ x, y });
        expect(r.to, `from ${x}, ${y}: ${r.message}`).toBeLessThan(1e-6);
        expect(r.path.every((p) => Number.isFinite(p.x) && Number.isFinite(p.y))).toBe(true);
      }
    }
    expect(describeRoll(roll({ x: 0, y: 0 }))).toMatch(/^The ball rolled \d+ steps, from height 170 to /);
  });
});

describe('the evidence card', () => {
  const card = makeCard({ f: 'sin(x)', x: 1, h: 0.5 }, 'the slope of the tangent')!;

  test('holds what the engine computes, and is verified after a round through JSON', () => {
    expect(card.output.slope).toBe(Math.cos(1));
    expect(card.expected).toBe('cos(x)');
    expect(verifyCard(JSON.parse(JSON.stringify(card)))).toEqual([]);
    expect(cardAsMarkdown(card)).toContain('| expected output | f′(x) = cos(x) |');
  });

  test('a forged number, formula or file is found', () => {
    expect(verifyCard({ ...card, output: { ...card.output, slope: 0.6 } })).toHaveLength(1);
    expect(verifyCard({ ...card, expected: 'sin(x)' })).toHaveLength(1);
    expect(verifyCard({ ...card, function: 'cos(x)' }).length).toBeGreaterThan(1);
    for (const other of [null, 3, {}, { ...card, point: 3 }]) expect(verifyCard(other)).toHaveLength(1);
    expect(makeCard({ f: 'log(x)', x: -1, h: 1 }, '')).toBeUndefined();
  });
});

describe('progress', () => {
  const done = withSolved(withSolved(noProgress, 'derivatives', 'slope', 3), 'derivatives', 'slope', 3);

  test('counts a question once, and every kind makes a lesson known', () => {
    expect(lessonOf(done, 'derivatives').solved).toEqual({ slope: [3] });
    expect(stageOf(lessonOf(noProgress, 'derivatives'), KINDS)).toBe('new');
    expect(stageOf(lessonOf(done, 'derivatives'), KINDS)).toBe('begun');
    const all = KINDS.reduce((p, kind) => withSolved(p, 'derivatives', kind, 1), noProgress);
    expect(stageOf(lessonOf(all, 'derivatives'), KINDS)).toBe('known');
  });

  test('survives its file, merges, and refuses what is not ours', () => {
    expect(readProgress(JSON.parse(JSON.stringify(done)))).toEqual(done);
    const other = withLesson(withSolved(noProgress, 'derivatives', 'zero', 1), 'derivatives', { words: 'mine' });
    expect(lessonOf(mergeProgress(done, other), 'derivatives')).toEqual({
      solved: { slope: [3], zero: [1] },
      kept: false,
      words: 'mine',
    });
    for (const bad of [
      null,
      [],
      { format: 'x' },
      { ...done, version: 2 },
      { ...done, lessons: { a: { solved: { slope: 'x' } } } },
    ]) {
      expect(readProgress(bad)).toBeTypeOf('string');
    }
  });
});
