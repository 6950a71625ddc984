import { type Card, type Experiment, makeCard } from 'downhill/evidence';
import { describe, expect, test } from 'vitest';
import { evidenceIn, isPassed, trueCards } from '../../models/evidence/cards.ts';
import { pictureOf } from '../../models/evidence/picture.ts';
import { cardAsMarkdown, rowsOf } from '../../models/evidence/rows.ts';
import { sheetOf, wrap } from '../../models/evidence/sheet.ts';
import { CARDS, PASS } from '../../models/evidence/specs.ts';
import { escapeXml } from '../../models/evidence/xml.ts';
import { raisedIn } from '../../models/numbers.ts';
import { noProgress, withLesson } from '../../models/progress.ts';

const cards = Object.entries(CARDS).map(
  ([lesson, { initial }]) => [lesson, makeCard(lesson, initial, 'my <words>')] as const,
);
const box = { width: 640, height: 260 };
/** Every number of a picture's paths and places. */
const numbersIn = (svg: string): number[] => (svg.match(/(?<=[ML HV"])-?\d+(\.\d+)?/g) ?? []).map(Number);

describe.each(cards)('the card of %s', (lesson, card) => {
  test('begins with an experiment of its kind, which has a result', () => {
    expect(card.calculation.kind).toBe(CARDS[lesson]!.kind);
    expect(Object.values(card.output).every((v) => v !== null)).toBe(true);
  });

  test('has five rows, in Markdown too', () => {
    const rows = rowsOf(card);
    expect(rows.map((r) => r.term)).toEqual(['function', 'calculation', 'output', 'failure check', 'expected output']);
    const text = cardAsMarkdown(card);
    for (const { term } of rows) expect(text).toContain(`| ${term} | `);
    expect(text).toContain('my \\<words\\>');
    expect(JSON.stringify(rows)).not.toMatch(/NaN|undefined|null/);
  });

  test('is drawn inside its frame, from its numbers', () => {
    const svg = pictureOf(card, box);
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    expect(numbersIn(svg).length).toBeGreaterThan(20);
    const other = {
      ...card,
      series: Object.fromEntries(Object.entries(card.series).map(([n, v]) => [n, v.map((x) => -2 * (x ?? 0) - 3)])),
    };
    expect(pictureOf(other as Card, box)).not.toBe(svg);
  });

  test('makes a sheet whose every text is escaped', () => {
    const { svg, width, height } = sheetOf({ ...card, words: '<b>&"\u0000\ud800 ' }, CARDS[lesson]!.title);
    expect(svg).toContain(`width="${width}" height="${height}"`);
    expect(svg).toContain('&lt;b&gt;&amp;&quot;');
    expect(svg).not.toMatch(/<b>|<script|href=/);
  });
});

test('pictures of runs that overflowed, and of one variable, are drawn too', () => {
  const far = makeCard(
    'descent',
    { function: 'x^4', calculation: { kind: 'loss-curve', start: { x: 3 }, method: 'gd', learningRate: 1, steps: 20 } },
    '',
  );
  expect(far.series.loss).toContain(null);
  expect(pictureOf(far, box)).not.toMatch(/NaN|Infinity/);
  const flat: Experiment = { function: 'x^2', calculation: { kind: 'gradient-vector', point: { x: 0 } } };
  expect(pictureOf(makeCard('gradient', flat, ''), box)).not.toMatch(/NaN|Infinity/);
});

describe('the pass', () => {
  const all = cards.reduce((p, [lesson, card]) => withLesson(p, lesson, { card }), noProgress);
  test('takes one card of each kind that holds', () => {
    expect(isPassed(evidenceIn(all))).toBe(true);
    expect([...evidenceIn(all).keys()].sort()).toEqual(PASS.map((p) => p.kind).sort());
    expect(isPassed(evidenceIn(withLesson(all, 'gradient', { card: null })))).toBe(false);
  });
  test('does not take a forged one, nor the same kind twice', () => {
    const [, card] = cards.find(([lesson]) => lesson === 'gradient')!;
    const forged = withLesson(all, 'gradient', { card: { ...card, function: 'x^2 + y' } });
    expect(isPassed(evidenceIn(forged))).toBe(false);
    const { progress, dropped } = trueCards(forged);
    expect(dropped).toEqual(['gradient']);
    expect(progress.lessons.gradient!.card).toBeNull();
    expect(trueCards(all)).toEqual({ progress: all, dropped: [] });
    const twice = withLesson(withLesson(noProgress, 'descent', { card: all.lessons.descent!.card }), 'adam', {
      card: all.lessons.adam!.card,
    });
    expect(evidenceIn(twice).size).toBe(1);
  });
});

describe('text', () => {
  test('is broken at spaces, long words are cut, and there is an end to it', () => {
    expect(wrap('one two three', 7)).toEqual(['one two', 'three']);
    expect(wrap('x'.repeat(20), 8)).toEqual(['xxxxxxxx', 'xxxxxxxx', 'xxxx']);
    expect(wrap('', 8)).toEqual([]);
    const lines = wrap('word '.repeat(500), 10);
    expect(lines).toHaveLength(12);
    expect(lines.at(-1)).toMatch(/…$/);
    expect(escapeXml('a\u0007b\ufffec😀')).toBe('abc😀');
  });

  test('exponents are found', () => {
    const show = (text: string): string =>
      raisedIn(text)
        .map((s) => (s.isRaised ? `[${s.text}]` : s.text))
        .join('');
    expect(show('e^(4x − 4)·x²')).toBe('e[(4x − 4)]·x²');
    expect(show('x^(sin(2x))/2^n + e^-x')).toBe('x[(sin(2x))]/2[n] + e[-x]');
    expect(show('u^n, ^ and x^( are text')).toBe('u[n], ^ and x^( are text');
    for (const text of ['', '^', 'a^(b', 'e^(e^(x))', 'no formula']) {
      const glued = raisedIn(text)
        .map((s) => (s.isRaised ? `^${s.text}` : s.text))
        .join('');
      expect(glued).toBe(text);
    }
  });
});
