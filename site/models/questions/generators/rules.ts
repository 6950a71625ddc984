/** Questions about steps that remember and adapt: momentum, Adam, schedules; all numbers come from the engine's rules. */
import { explainLearningRate, stability } from 'downhill/calculus';
import { formula } from 'downhill/formula';
import { adam, descend, exponentialDecay, linearWarmup, stepDecay } from 'downhill/optimize';
import { show, typeset } from '../../numbers.ts';
import type { QuestionKind } from '../types.ts';
import { part, sentence, shuffle, term } from '../writing.ts';

interface Of {
  readonly id?: string;
  readonly name?: string;
}
type Line = (x: number) => number;
const lineOf = (f: string): Line => formula(f, { variables: ['x'] }).f as unknown as Line;
const tidyNumber = (x: number): number => Number(x.toPrecision(12)) + 0;

/** A number: Adam's first step, whatever the gradient. */
export const adamFirstStepKind = ({ id = 'first', name = 'Adam’s first step' }: Of = {}): QuestionKind => ({
  id,
  name,
  ask: (c) => {
    const [g, rate] = [c.pick([-1, 1]) * c.pick([0.04, 0.5, 3, 20, 800]), c.pick([0.1, 0.05, 0.01])];
    const rule = adam<number>(rate);
    const [value] = rule.update(g, rule.init(0), 0);
    return {
      prompt: `Adam begins with β₁ = 0.9, β₂ = 0.999 and the learning rate ${show(rate)}. The first gradient is ${show(g)}. By how much does the parameter change?`,
      answer: {
        type: 'number',
        label: 'change =',
        value,
        tolerance: 1e-4,
        mistakes: [
          {
            value: -rate * g,
            message: 'That is plain gradient descent. Adam divides by the size of the gradients it has seen.',
          },
          {
            value: (-rate * 0.1 * g) / (Math.sqrt(0.001) * Math.abs(g)),
            message: 'The corrections are missing: both averages begin at 0 and are divided by 1 − βᵗ.',
          },
          { value: -rate * 0.1 * Math.sign(g), message: 'The correction of the first average is missing.' },
        ],
      },
      hints: [
        'After their corrections, the first averages are the gradient itself and its square.',
        'So the change is −rate × g / |g|: how large the gradient is does not matter.',
      ],
      shown: `the change is ${show(value)}`,
      solution: [
        `m = 0.1 · ${part(g)}, corrected by 1 − 0.9: ${show(g)}`,
        `v = 0.001 · ${part(g)}², corrected by 1 − 0.999: ${show(g * g)}`,
        `change = −${show(rate)} · ${part(g)} / √${show(g * g)} = ${show(value)}`,
      ],
    };
  },
});

/** A number: the parameter after two steps of momentum. */
export const momentumStepKind = ({ id = 'momentum', name = 'Two steps of momentum' }: Of = {}): QuestionKind => ({
  id,
  name,
  ask: (c) => {
    const [x, rate, beta] = [c.nonZero(-4, 4), c.pick([0.1, 0.2, 0.25]), c.pick([0.5, 0.8, 0.9])];
    const run = (method: 'gd' | 'momentum', steps: number): number =>
      descend(lineOf('x^2/2'), x, { method, momentum: beta, learningRate: rate, steps }).point;
    const [one, value] = [run('momentum', 1), tidyNumber(run('momentum', 2))];
    const velocity = tidyNumber(beta * x + one);
    return {
      prompt: `f(x) = x²/2, so the slope at x is x. Momentum with β = ${show(beta)} and the learning rate ${show(rate)} starts at x = ${show(x)}, at rest (velocity = β · velocity + slope, step = −rate · velocity). Where is it after two steps?`,
      answer: {
        type: 'number',
        label: 'x =',
        value,
        mistakes: [
          {
            value: run('gd', 2),
            message: 'That is plain gradient descent: the velocity of the first step is missing in the second.',
          },
          { value: one, message: 'That is after one step.' },
          {
            value: one - rate * (beta * x + (1 - beta) * one),
            message: 'That velocity is an average, with 1 − β before the slope; here the slope is added in full.',
          },
        ],
      },
      hints: [
        `After the first step: velocity ${show(x)}, x = ${show(one, 6)}.`,
        `The second velocity is ${show(beta)} · ${part(x)} + ${part(one)}.`,
      ],
      shown: `x = ${show(value, 8)} after two steps`,
      solution: [
        `Step 1: velocity = ${show(x)}, x = ${show(x)} − ${show(rate)} · ${part(x)} = ${show(one, 8)}`,
        `Step 2: velocity = ${show(beta)} · ${part(x)} + ${part(one, 8)} = ${show(velocity, 8)}`,
        `x = ${show(one, 8)} − ${show(rate)} · ${part(velocity, 8)} = ${show(value, 8)}`,
      ],
    };
  },
});

/** A number: what a schedule makes of the learning rate at a step. */
export const scheduleKind = ({ id = 'schedule', name = 'Rate by schedule' }: Of = {}): QuestionKind => ({
  id,
  name,
  ask: (c) => {
    const rate = c.pick([0.1, 0.2, 0.4, 0.8]);
    const { says, at, value, mistakes, line } = c.pick([
      () => {
        const [every, factor, step] = [c.pick([10, 20, 25]), c.pick([0.5, 0.1]), c.whole(30, 90)];
        const schedule = stepDecay(rate, every, factor);
        const falls = Math.floor(step / every);
        return {
          says: `is multiplied by ${show(factor)} after every ${every} steps`,
          at: step,
          value: schedule(step),
          mistakes: [
            { value: rate * factor, message: 'It has fallen more than once by then: count the full periods.' },
            { value: rate * factor ** (falls + 1), message: 'One fall too many: only full periods count.' },
          ],
          line: `${falls} full ${falls === 1 ? 'period' : 'periods'} of ${every} fit into ${step} steps: ${show(rate)} · ${show(factor)}${falls > 1 ? ` to the power ${falls}` : ''}`,
        };
      },
      () => {
        const [warm, step] = [c.pick([10, 20, 50]), c.whole(1, 9)];
        const schedule = linearWarmup(rate, warm);
        return {
          says: `rises in a straight line from 0 to ${show(rate)} over ${warm} steps`,
          at: step,
          value: schedule(step),
          mistakes: [{ value: rate, message: 'It is still rising: that is where it arrives.' }],
          line: `${show(rate)} · ${step}/${warm}`,
        };
      },
      () => {
        const [factor, step] = [c.pick([0.5, 0.25]), c.pick([10, 20, 30])];
        const schedule = exponentialDecay(rate, 10, factor);
        return {
          says: `falls smoothly, by the factor ${show(factor)} in every 10 steps`,
          at: step,
          value: schedule(step),
          mistakes: [{ value: rate * factor ** step, message: 'The factor is for ten steps, not for one.' }],
          line: `${show(rate)} · ${show(factor)} to the power ${step}/10`,
        };
      },
    ])();
    const number = tidyNumber(Number(value));
    return {
      prompt: `A learning rate begins with the base ${show(rate)} and ${says}. What is it at step ${at}, counted from 0?`,
      answer: {
        type: 'number',
        label: 'rate =',
        value: number,
        tolerance: 1e-4,
        mistakes: mistakes.filter((m) => Math.abs(m.value - number) > 1e-3 * number),
      },
      hints: ['Write down how much of the way, or how many falls, lie behind that step.'],
      shown: `the rate is ${show(number, 6)}`,
      solution: [line, `= ${show(number, 8)}`],
    };
  },
});

/** A choice of learning rates under momentum, one of which diverges; the engine says what each does. */
export const divergingMomentumKind = ({ id = 'diverges', name = 'Which rate diverges' }: Of = {}): QuestionKind => ({
  id,
  name,
  ask: (c) => {
    const [a, beta] = [c.pick([1, 2, 3, 4]), c.pick([0.5, 0.8, 0.9])];
    const f = a === 1 ? 'x^2/2' : term(a / 2, 'x^2');
    const plain = stability(lineOf(f), 0).maxStableLearningRate;
    const most = stability(lineOf(f), 0, { momentum: beta }).maxStableLearningRate;
    // The last of those that hold lies beyond the border of plain descent: momentum allows it.
    const shares = [c.pick([0.1, 0.2]), c.pick([0.4, 0.45]), c.pick([0.8, 0.9, 0.95]), c.pick([1.05, 1.2, 1.5])];
    const all = shares.map((share) => {
      const rate = Number((share * most).toPrecision(3));
      const why = explainLearningRate(lineOf(f), 0, { momentum: beta, learningRate: rate });
      return { text: show(rate, 6), why: sentence(typeset(why)) };
    });
    const { list, places } = shuffle(c, all);
    return {
      prompt: `On f(x) = ${typeset(f)}, with momentum β = ${show(beta)}: which learning rate diverges?`,
      answer: {
        type: 'choice',
        look: 'options',
        label: 'The learning rate that diverges',
        options: list,
        right: places[3] as number,
      },
      hints: [
        'Momentum moves the border of plain descent, 2/L, outwards by the factor 1 + β.',
        `L = f″ = ${show(a)}, so plain descent diverges above ${show(plain, 4)}.`,
      ],
      shown: `${all[3]?.text} diverges`,
      solution: [
        `L = ${show(a)}, and the border is 2(1 + β)/L = ${show(most, 6)}.`,
        ...all.map(({ text, why }) => `${text}: ${why}`),
      ],
    };
  },
});

/** Pieces to order: what one step of Adam does. */
export const orderAdamKind = ({ id = 'order', name = 'Put the step in order' }: Of = {}): QuestionKind => ({
  id,
  name,
  ask: (c) => {
    const [rate, t] = [c.pick(['0.1', '0.01', '0.001']), c.whole(2, 9)];
    const pieces = [
      `g: the gradient at the parameters before step ${t}`,
      'm = 0.9·m + 0.1·g and v = 0.999·v + 0.001·g²',
      `m̂ = m/(1 − 0.9^${t}) and v̂ = v/(1 − 0.999^${t})`,
      `step = −${rate}·m̂/(√v̂ + ε)`,
      'the parameters move by the step',
    ];
    const needs = [
      '',
      'it needs the gradient first.',
      'it needs the two averages first.',
      'it needs the corrected averages first.',
      'it needs the step first.',
    ];
    const places = pieces.map((_, i) => i);
    let mixed = shuffle(c, places);
    while (mixed.places.every((p, i) => p === i)) mixed = shuffle(c, places);
    return {
      prompt: `Step ${t} of Adam, with the learning rate ${rate}: put its parts in order.`,
      answer: {
        type: 'order',
        label: 'The parts of the step, first to last',
        pieces: mixed.list.map((i) => typeset(pieces[i] as string)),
        right: mixed.places,
        needs: mixed.list.map((i) => needs[i] as string),
      },
      hints: ['Each part uses what an earlier one made. What needs nothing but the parameters?'],
      shown: 'gradient → averages → corrections → step → move',
      solution: pieces.map(typeset),
    };
  },
});

/** A choice of lines: the first step of Adam, one line of it wrong. */
export const adamMistakeKind = ({ id = 'mistake', name = 'Find the mistake' }: Of = {}): QuestionKind => ({
  id,
  name,
  ask: (c) => {
    const [g, rate] = [c.pick([-20, -4, -2, 2, 4, 20]), c.pick([0.1, 0.01])];
    const [step] = adam<number>(rate).update(g, adam<number>(rate).init(0), 0);
    const lines = [
      {
        right: `m = 0.1 · ${part(g)} = ${show(0.1 * g)}`,
        wrong: `m = 0.9 · ${part(g)} = ${show(0.9 * g)}`,
        why: 'β₁ = 0.9 stands before the old average, which is 0; the gradient gets 1 − β₁ = 0.1.',
      },
      {
        right: `v = 0.001 · ${part(g)}² = ${show(0.001 * g * g)}`,
        wrong: `v = 0.001 · ${show(Math.abs(g))} = ${show(0.001 * Math.abs(g))}`,
        why: 'The second average is of the squares of the gradients.',
      },
      {
        right: `m̂ = m/(1 − 0.9) = ${show(g)}`,
        wrong: `m̂ = m · (1 − 0.9) = ${show(0.01 * g)}`,
        why: 'The correction divides: the average began at 0 and is too small.',
      },
      {
        right: `step = −${show(rate)} · m̂/√v̂ = ${show(step)}`,
        wrong: `step = −${show(rate)} · m̂ = ${show(-rate * g)}`,
        why: 'The division by √v̂ is missing: it is what makes Adam’s first step as long as the learning rate.',
      },
    ];
    const guilty = c.whole(0, lines.length - 1);
    const options = [
      { text: `g = ${show(g)}, learning rate ${show(rate)}, β₁ = 0.9, β₂ = 0.999`, why: 'This is what was given.' },
      ...lines.map((line, i) => ({
        text: i === guilty ? line.wrong : line.right,
        why: i === guilty ? line.why : 'This line is right.',
      })),
    ];
    return {
      prompt: 'The first step of Adam was calculated like this. One line is wrong. Which?',
      answer: { type: 'choice', look: 'lines', label: 'The lines of the calculation', options, right: guilty + 1 },
      hints: ['Both averages begin at 0. What does each β stand before, and what does each correction undo?'],
      shown: `“${options[guilty + 1]?.text}” is wrong`,
      solution: [lines[guilty]?.why as string, ...lines.map((line) => line.right)],
    };
  },
});

/** A prediction: where Adam's first step lands, however steep the curve is. */
export const predictAdamKind = ({ id = 'predict', name = 'Predict the step' }: Of = {}): QuestionKind => ({
  id,
  name,
  ask: (c) => {
    const f = c.pick(['x^2/2', '3x^2', 'x^2/10', 'x^4/20', '5 - 5e^(-x^2/4)']);
    const [x, rate] = [c.nonZero(-6, 6) / 2, c.pick([0.5, 1, 1.5])];
    const value = tidyNumber(descend(lineOf(f), x, { method: 'adam', learningRate: rate, steps: 1 }).point);
    const slope = formula(f, { variables: ['x'] })
      .derivative('x')
      .at({ x });
    return {
      prompt: `Adam stands at x = ${show(x)} with the learning rate ${show(rate)}. Put the point where its first step will land.`,
      picture: { type: 'curve', f, x: [-5, 5], marks: [{ x, label: 'start' }] },
      answer: {
        type: 'prediction',
        label: 'Landing place',
        sets: 'place',
        value,
        start: x > 0 ? -4.5 : 4.5,
        range: [-5, 5],
        tolerance: 0.25,
      },
      hints: ['Which way is down? And does the first step of Adam care how steep it is?'],
      shown: `the step lands at x = ${show(value)}`,
      solution: [
        `The slope is ${show(slope)}. After the corrections m̂ = ${show(slope)} and √v̂ = ${show(Math.abs(slope))}.`,
        `So the step is one learning rate long, downhill: ${show(x)} ${slope > 0 ? '−' : '+'} ${show(rate)} = ${show(value)}.`,
      ],
    };
  },
});
