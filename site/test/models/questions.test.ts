import { convexity, stability } from 'downhill/calculus';
import { formula } from 'downhill/formula';
import { causeOf } from 'downhill/judge';
import { describe, expect, test } from 'vitest';
import { LESSONS } from '../../.vitepress/theme/pages.ts';
import { chance } from '../../models/chance.ts';
import { readCurve } from '../../models/curve.ts';
import { twin } from '../../models/descent-wrong.ts';
import { plain, show, typeset } from '../../models/numbers.ts';
import { ask } from '../../models/questions/ask.ts';
import { CONVEX, CONVEX_RANGE, NOT_CONVEX } from '../../models/questions/descent.ts';
import { composite, polynomial } from '../../models/questions/functions.ts';
import { gradientDerivation, productDerivation } from '../../models/questions/generators/chains.ts';
import { judge, writeAnswer } from '../../models/questions/judge.ts';
import { kindsOf, QUESTIONS, questionLink, readLink } from '../../models/questions/registry.ts';
import { chainLines } from '../../models/questions/solution.ts';
import type { Answer, Question, QuestionKind } from '../../models/questions/types.ts';
import { IDEAS } from '../../models/roadmap.ts';

const lessons = await Promise.all(
  Object.entries(QUESTIONS).map(async ([name, entry]) => ({ name, entry, questions: (await entry.load()).default })),
);
const kinds = lessons.flatMap(({ name, questions }) => questions.kinds.map((kind) => [name, kind.id, kind] as const));

/** The right answer, as a learner would give it. */
function rightAnswer({ answer }: Question): string {
  switch (answer.type) {
    case 'number':
      return String(answer.value);
    case 'formula':
      return typeset(answer.expected);
    case 'choice':
      return String(answer.right);
    case 'place':
      return writeAnswer(answer.targets[0] as number[]);
    case 'order':
      return writeAnswer(answer.right);
    case 'prediction':
      return writeAnswer([answer.value]);
  }
}
function wrongAnswer({ answer }: Question): string {
  switch (answer.type) {
    case 'number':
      return String(answer.value + 1234.5);
    case 'formula':
      return `${answer.expected} + 1`;
    case 'choice':
      return String((answer.right + 1) % answer.options.length);
    case 'place':
      return writeAnswer((answer.targets[0] as number[]).map((x) => x + 1.5));
    case 'order':
      return writeAnswer([...answer.right].reverse());
    case 'prediction':
      return writeAnswer([answer.value + 2 * answer.tolerance]);
  }
}

test.each(lessons)('$name: the names of its kinds are those of its module', ({ name, entry, questions }) => {
  expect(questions.lesson).toBe(name);
  expect(questions.kinds.map((k) => k.id)).toEqual(entry.kinds);
  expect(new Set(entry.kinds).size).toBe(entry.kinds.length);
});

describe.each(kinds)('%s, %s', (lesson, _id, kind: QuestionKind) => {
  const questions = Array.from({ length: 8 }, (_, seed) => ask(lesson, kind, seed));

  test('the same seed gives the same question; other seeds give others', () => {
    expect(questions.map((_, seed) => ask(lesson, kind, seed))).toEqual(questions);
    expect(new Set(questions.map((q) => JSON.stringify([q.prompt, q.picture, q.answer]))).size).toBeGreaterThan(4);
  });

  test('its own answer is right, another is wrong, and nothing is missing', () => {
    for (const q of questions) {
      const [right, wrong] = [rightAnswer(q), wrongAnswer(q)];
      expect(judge(q, right), `${q.prompt} ← ${right}`).toMatchObject({ verdict: 'right' });
      expect(judge(q, wrong), `${q.prompt} ← ${wrong}`).toMatchObject({ verdict: 'wrong' });
      expect(judge(q, '')).toMatchObject({ verdict: 'unreadable' });
      expect(q.hints.length).toBeGreaterThan(0);
      expect(q.solution.length).toBeGreaterThan(0);
      expect(q.shown).not.toBe('');
      expect(JSON.stringify(q)).not.toMatch(/NaN|undefined|null|Infinity/);
      // Plain data: it survives a round through text.
      expect(JSON.parse(JSON.stringify(q))).toEqual(q);
      if (q.picture?.type === 'curve') expect(readCurve(q.picture.f).ok).toBe(true);
    }
  });

  test('every mistake that it names is a wrong answer, and is named', () => {
    for (const q of questions) {
      const { answer } = q;
      if (answer.type !== 'number' && answer.type !== 'formula') continue;
      const messages = (answer.mistakes ?? []).map((m) => m.message);
      for (const { value } of answer.mistakes ?? []) {
        const judged = judge(q, String(value));
        expect(judged.verdict, `${q.prompt} ← ${value}`).toBe('wrong');
        expect(
          messages.some((m) => judged.message.endsWith(m)),
          judged.message,
        ).toBe(true);
      }
    }
  });

  test('every choice is explained, and only one is right', () => {
    for (const { answer } of questions) {
      if (answer.type !== 'choice') continue;
      expect(new Set(answer.options.map((o) => o.text)).size).toBe(answer.options.length);
      expect(answer.options.length).toBeGreaterThan(2);
      for (const option of answer.options) expect(option.why.length).toBeGreaterThan(10);
    }
  });
});

describe('wrong options come from mistakes the doctor knows', () => {
  test.each([
    ['polynomial', polynomial],
    ['composite', composite],
  ])('%s', (_, make) => {
    for (let seed = 0; seed < 12; seed++) {
      const { f, mistakes } = make(chance(seed));
      for (const m of mistakes) expect(causeOf({ f, at: { x: 0.7 }, by: 'x' }, m), `${f} ← ${m}`).toBeDefined();
    }
  });

  test.each([
    ['a product', productDerivation],
    ['a gradient', gradientDerivation],
  ])('the lines of %s', (_, make) => {
    for (let seed = 0; seed < 8; seed++) {
      const { at, lines } = make(chance(seed));
      for (const { f, by, right, wrong } of lines) {
        expect(causeOf({ f, at, by }, right), `${f} ← ${right}`).toBeUndefined();
        for (const w of wrong) expect(causeOf({ f, at, by }, w), `${f} by ${by} ← ${w}`).toBeDefined();
      }
    }
  });
});

const question = (answer: Answer, more: Partial<Question> = {}): Question => ({
  prompt: '',
  answer,
  hints: [],
  solution: [],
  shown: 'so',
  ...more,
});

describe('numbers', () => {
  const slope = question(
    { type: 'number', label: '', value: 1, mistakes: [{ value: 7, message: 'Seven is what the other gives.' }] },
    { patient: { f: 'x^2 - 3x', at: { x: 2 }, by: 'x' } },
  );

  test('are judged by value, and a mistake is named', () => {
    expect(judge(slope, '1').verdict).toBe('right');
    expect(judge(slope, '2/2').verdict).toBe('right');
    expect(judge(slope, '1.0000000001').verdict).toBe('right');
    expect(judge(slope, '1.001').verdict).toBe('wrong');
    expect(judge(slope, '−1')).toEqual({ verdict: 'wrong', message: 'Not −1. Right size, wrong sign.' });
    expect(judge(slope, '7').message).toBe('Not 7. Seven is what the other gives.');
    expect(judge(slope, '5').message).toMatch(/power/);
    expect(judge(slope, '-2').message).toMatch(/function itself/);
    expect(judge(slope, '317').message).toMatch(/No common mistake/);
  });

  test('what cannot be read counts as no answer', () => {
    for (const text of ['', 'two', '2x +', 'x', '9'.repeat(300), 'alert(1)', '1/0']) {
      expect(judge(slope, text), text).toMatchObject({ verdict: 'unreadable' });
    }
  });
});

const formulaQuestion = (expected: string, variables = ['x'], assume?: string[]): Question =>
  question({ type: 'formula', label: '', expected, variables, ...(assume ? { assume } : {}) });
const derivativeQuestion = (f: string): Question => ({
  ...formulaQuestion(formula(f).derivative().text),
  patient: { f, at: { x: 0.7 }, by: 'x' },
});

describe('formulas are judged by meaning: the golden set', () => {
  test.each([
    ['sec(x)^2', '1 + tan(x)^2', 'x'],
    ['1/cos(x)^2', '1 + tan(x)^2', 'x'],
    ['e^x*(x - 1)', 'x*e^x - e^x', 'x'],
    ['(e^(2x) - 1)/(e^(2x) + 1)', '1 - 2/(e^(2x) + 1)', 'x'],
    ['(-6)^n', '(-1)^n*6^n', 'n'],
    ['x^(7/x)', 'e^(7*ln(x)/x)', 'x'],
  ])('%s is %s, every time and both ways', (a, b, variable) => {
    for (let times = 0; times < 2; times++) {
      expect(judge(formulaQuestion(a, [variable]), b).verdict).toBe('right');
      expect(judge(formulaQuestion(b, [variable]), a).verdict).toBe('right');
    }
  });

  test('a condition counts where it is declared', () => {
    expect(judge(formulaQuestion('b', ['b'], ['b > 0']), 'sqrt(b^2)').verdict).toBe('right');
    expect(judge(formulaQuestion('b', ['b']), 'sqrt(b^2)').verdict).toBe('wrong');
  });

  test('what differs is wrong, however little', () => {
    expect(judge(formulaQuestion('x'), 'sqrt(x^2)').verdict).toBe('wrong');
    expect(judge(derivativeQuestion('3x^2 - 4x'), '6x - 4.0000000001').verdict).toBe('wrong');
  });

  test('an empty domain is refused, another domain is said to be one', () => {
    const empty = judge(formulaQuestion('ln(-x^2 - 1)'), 'ln(-x^2 - 2)');
    expect(empty).toEqual({
      verdict: 'unreadable',
      message: 'This formula has no real value anywhere, so there is nothing to compare.',
    });
    const domain = judge(formulaQuestion('ln(x)'), 'ln(abs(x))');
    expect(domain.verdict).toBe('wrong');
    expect(domain.message).toBe(
      'Nearly. The values agree, but the domains differ: at x = −1 only this formula has a value there.',
    );
  });

  test.each([
    ['e^x + 2', 'e^x + 2', /constant/],
    ['sin(3x)', 'cos(3x)', /inner derivative is missing/],
    ['cos(x)', 'sin(x)', /^Not yet\. Right size, wrong sign\.$/],
    ['x^3', '3x^3', /power .* was not lowered/],
    ['x^2*sin(x)', '2x*cos(x)', /product of the derivatives/],
  ])('the derivative of %s is not %s', (f, claim, why) => {
    const judged = judge(derivativeQuestion(f), claim);
    expect(judged.verdict).toBe('wrong');
    expect(judged.message).toMatch(why);
    expect(judged.message).not.toMatch(/integral/);
  });

  test('an answer may be copied from the page', () => {
    expect(judge(derivativeQuestion('x^3 + x^(-2)'), '3x² − 2·x⁻³').verdict).toBe('right');
    for (const text of ['x^2', '3x^12 - 4x', 'e^(2x)', '2^-3', 'x^2.5', 'x^2^3', 'x^(-2)*y', '(x + 1)^10']) {
      const same = question({ type: 'formula', label: '', expected: text, variables: ['x', 'y'] });
      expect(judge(same, plain(typeset(text))).verdict, typeset(text)).toBe('right');
    }
    expect(typeset('x^2*y - x^(-3)')).toBe('x²·y − x⁻³');
  });
});

describe('the largest stable rate of a·(w − c)² (S0.20)', () => {
  const border = lessons.find((l) => l.name === 'descent')!.questions.kinds.find((k) => k.id === 'border')!;

  test('is 1/a in any form, or its number', () => {
    for (let seed = 0; seed < 12; seed++) {
      const q = ask('descent', border, seed);
      if (q.answer.type !== 'formula') throw new Error('the kind asks for a formula');
      const a = q.answer.given!.a!;
      for (const same of ['1/a', '2/(2a)', 'a^(-1)', 'a/a^2', `1/${a}`, `2/(2*${a})`, `3/${a} - 2/${a}`])
        expect(judge(q, same).verdict, `a = ${a} ← ${same}`).toBe('right');
      const loss = formula(`${a}*(w - 1)^2`).f as (w: number) => number;
      expect(stability(loss, 1).maxStableLearningRate).toBeCloseTo(1 / a, 12);
    }
  });

  test('what is not 1/a is answered with the factor it leads to', () => {
    for (let seed = 0; seed < 12; seed++) {
      const q = ask('descent', border, seed);
      if (q.answer.type !== 'formula') throw new Error('the kind asks for a formula');
      const a = q.answer.given!.a!;
      for (const [text, rate] of [
        ['2/a', 2 / a],
        ['1/(2a)', 1 / (2 * a)],
        ['0.99/a', 0.99 / a],
        ['7', 7],
        ['-1/a', -1 / a],
        [`${a}`, a],
      ] as const) {
        if (Math.abs(rate - 1 / a) < 1e-9) continue;
        const { verdict, message } = judge(q, text);
        expect(verdict, text).toBe('wrong');
        const factor = Math.abs(1 - 2 * a * rate);
        expect(message).toContain(`|1 − 2·a·rate| = ${show(factor)}: `);
        expect(message).toMatch(factor > 1 ? /grows at each step/ : /still shrinks/);
      }
      // The right number by chance is not the formula: it is tried at another a.
      expect(judge(q, `a/${a ** 2}`).message).toContain(`With a = ${show(2 * a)}`);
    }
    for (const text of ['', 'b', 'a +', 'alert(1)'])
      expect(judge(ask('descent', border, 1), text).verdict).toBe('unreadable');
  });
});

describe('the check before the lessons', () => {
  const of = (id: string) => kinds.find(([lesson, kind]) => lesson === 'entry' && kind === id)![2];
  const numbersIn = (text: string): number[] => [...text.replaceAll('−', '-').matchAll(/-?\d+/g)].map(Number);

  test('asks for a dot product, a number of a matrix times a vector, and an eigenvalue', () => {
    for (let seed = 0; seed < 40; seed++) {
      const [dot, product, eigenvalue] = ['dot', 'product', 'eigenvalue'].map((id) => ask('entry', of(id), seed));
      const [u1, u2, u3, v1, v2, v3] = numbersIn(dot!.prompt) as [number, number, number, number, number, number];
      expect(dot!.answer).toMatchObject({ value: u1 * v1 + u2 * v2 + u3 * v3 });
      const [a, b, c, d, x, y] = numbersIn(product!.prompt) as [number, number, number, number, number, number];
      expect(product!.answer).toMatchObject({
        value: /first number/.test(product!.prompt) ? a * x + b * y : c * x + d * y,
      });
      const [p, q, r, s] = numbersIn(eigenvalue!.prompt) as [number, number, number, number];
      const { value } = eigenvalue!.answer as { value: number };
      expect([q, Number.isInteger(value)]).toEqual([r, true]);
      expect((p - value) * (s - value) - q * r).toBe(0);
      expect(value).toBeGreaterThan(p + s - value);
    }
  });

  test('no lesson of the map waits for it', () => {
    expect(IDEAS.filter(({ lesson }) => /entry/.test(lesson ?? ''))).toEqual([]);
    expect(LESSONS.some(({ path }) => path.includes('entry'))).toBe(false);
  });
});

describe('which way is down', () => {
  const kind = kinds.find(([lesson, id]) => lesson === 'descent' && id === 'way')![2];
  const questions = Array.from({ length: 40 }, (_, seed) => ask('descent', kind, seed));
  const numbersIn = (text: string): number[] => [...text.replaceAll('−', '-').matchAll(/-?\d+(?:\.\d+)?/g)].map(Number);

  test('asks for both signs, each on its own number line, with the steps of the engine', () => {
    for (const { picture, answer, prompt } of questions) {
      if (picture?.type !== 'lines' || answer.type !== 'choice') throw new Error('no number lines');
      expect(picture.walkers.map(({ slope }) => Math.sign(slope))).toEqual([-1, 1]);
      const rate = Number(/learning rate is (\d+\.\d+)/.exec(prompt)?.[1]);
      for (const { at, slope, to } of picture.walkers) {
        expect(to).toBeCloseTo(at - rate * slope, 10);
        expect(Math.sign(to - at)).toBe(-Math.sign(slope));
        // The uphill end of the wrong sign is on the line too, and the bottom is not passed.
        for (const end of [to, 2 * at - to]) {
          expect(end).toBeGreaterThan(picture.range[0]);
          expect(end).toBeLessThan(picture.range[1]);
        }
        expect(Math.sign(picture.lowest - to)).toBe(-Math.sign(slope));
      }
      const right = answer.options[answer.right]!.text;
      expect(numbersIn(right)).toEqual(picture.walkers.map(({ to }) => to));
      expect(right).toMatch(/^A to the right.*B to the left/);
    }
  });

  test('the wrong sign is answered with what it does: on (w − 3)² from 0, 1.96 times the loss at each step', () => {
    const { rows } = twin('sign');
    let met = 0;
    for (const { picture, answer, prompt } of questions) {
      if (picture?.type !== 'lines' || answer.type !== 'choice') continue;
      const uphill = answer.options.findIndex(({ text }) => /^A to the left.*B to the right/.test(text));
      const told = judge({ prompt, answer, hints: [], shown: '', solution: [] }, String(uphill));
      expect(told.verdict).toBe('wrong');
      expect(told.message).toContain('The sign is wrong');
      const [walker] = picture.walkers;
      const isSeed = walker?.slope === -6 && picture.lowest - walker.at === 3 && /rate is 0\.2/.test(prompt);
      if (!isSeed) continue;
      met++;
      expect(told.message).toContain('multiplied by 1.96 at each step');
      expect(told.message).toContain(
        rows
          .slice(0, 4)
          .map(({ wrong }) => show(wrong.loss))
          .join(', '),
      );
    }
    expect(met).toBeGreaterThan(0);
  });
});

test('what the question on convexity says of its functions is certified', () => {
  const verdict = (f: string): string =>
    convexity(formula(f, { variables: ['x'] }).f as (x: number) => number, [CONVEX_RANGE]).verdict;
  expect(CONVEX.map(verdict)).toEqual(CONVEX.map(() => 'convex'));
  for (const f of NOT_CONVEX) expect(verdict(f), f).toMatch(/^(neither|concave)$/);
});

describe('by hand', () => {
  const flat = question(
    { type: 'place', label: '', start: [0], targets: [[1]], tolerance: 0.1 },
    { picture: { type: 'curve', f: '(x - 1)^2', x: [-4, 4] } },
  );
  test('a place beside the right one is told what the engine sees there', () => {
    expect(judge(flat, '1.05').verdict).toBe('right');
    expect(judge(flat, '2').message).toBe('At x = 2 the curve still rises: its slope is 2.');
    const map = question(
      { type: 'place', label: '', start: [0, 0], targets: [[1, -1]], tolerance: 0.1 },
      { picture: { type: 'map', f: '(x - 1)^2 + (y + 1)^2', x: [-3, 3], y: [-3, 3] } },
    );
    expect(judge(map, '1,-1.05').verdict).toBe('right');
    expect(judge(map, '2,0').message).toBe('At x = 2, y = 0 the gradient is (2, 2).');
    for (const text of ['1', '1,2,3', 'a,b', '']) expect(judge(map, text).verdict, text).toBe('unreadable');
  });

  test('an order is wrong from its first piece that comes too early', () => {
    const order = question({
      type: 'order',
      label: '',
      pieces: ['v = u²', 'u = 2x', 'f = sin(v)'],
      right: [1, 0, 2],
      needs: ['it needs u first.', '', 'it needs v first.'],
    });
    expect(judge(order, '1,0,2').verdict).toBe('right');
    expect(judge(order, '0,1,2').message).toBe(
      'The first piece is already out of place. “v = u²” comes too early: it needs u first.',
    );
    expect(judge(order, '1,2,0').message).toMatch(/^The first 1 stand right\. “f = sin\(v\)” comes too early/);
    for (const text of ['1,0', '1,0,0', '1,0,9', '1,0,2,2'])
      expect(judge(order, text).verdict, text).toBe('unreadable');
  });

  test('a prediction is measured', () => {
    const guess = question({
      type: 'prediction',
      label: '',
      sets: 'slope',
      value: 1.5,
      start: 0,
      range: [-4, 4],
      tolerance: 0.25,
    });
    expect(judge(guess, '1.7').message).toBe('Well predicted: it is 1.5, you said 1.7.');
    expect(judge(guess, '2').message).toBe('It is 1.5; you said 2, too high by 0.5.');
    expect(judge(guess, '-1.5').message).toMatch(/wrong sign/);
  });
});

describe('worked solutions', () => {
  test.each([
    ['x^2*sin(x)', { x: 2 }],
    ['(3x - 1)^4', { x: 1 }],
    ['a*(b - a*c)', { a: 2, b: 3, c: -1 }],
    ['log(1 + e^(2x))', { x: 0.3 }],
  ])('the chain rule through %s ends with the gradient', (f, at) => {
    const lines = chainLines(f, at as Record<string, number>);
    for (const name of Object.keys(at)) {
      const slope = formula(f, { variables: Object.keys(at) })
        .derivative(name)
        .at(at as Record<string, number>);
      const line = lines.find((l) => l.startsWith(`∂f/∂${name} `));
      expect(line, lines.join(' | ')).toMatch(new RegExp(`= ${show(slope).replace('.', '\\.')}$`));
    }
    // Each line but the last of a chain is used by a later one, and none repeats another.
    expect(new Set(lines).size).toBe(lines.length);
  });

  test('of a question say what the answer is', () => {
    const q = ask('derivatives', lessons.find((l) => l.name === 'derivatives')!.questions.kinds[0]!, 4);
    if (q.answer.type !== 'number') throw new Error('the first kind asks for a number');
    expect(q.solution.join(' ')).toContain(show(q.answer.value, 12));
  });
});

describe('links', () => {
  test('lead to their question, and strangers’ ones to none', () => {
    const link = questionLink('formula', 17, '?f=sin(x)');
    expect(readLink('derivatives', link)).toEqual({ kind: 'formula', seed: 17 });
    expect(new URLSearchParams(link).get('f')).toBe('sin(x)');
    for (const seed of ['-1', '1e9', 'NaN', '12345678', '1.5', '<b>', '']) {
      expect(readLink('derivatives', `question=slope&seed=${seed}`), seed).toEqual({ kind: 'slope', seed: 1 });
    }
    for (const kind of ['none', '__proto__', 'constructor', '']) {
      expect(readLink('derivatives', `question=${kind}&seed=1`), kind).toBeUndefined();
    }
    for (const lesson of ['nowhere', '__proto__', 'toString']) expect(kindsOf(lesson)).toEqual([]);
  });
});
