/** What the lesson *Gradient descent and the learning rate* asks. */
import { stability } from 'downhill/calculus';
import { formula } from 'downhill/formula';
import { descend } from 'downhill/optimize';
import type { Chance } from '../chance.ts';
import { show, typeset } from '../numbers.ts';
import { wayKind } from './generators/ways.ts';
import type { LessonQuestions, QuestionKind } from './types.ts';
import { part, shifted, shuffle, term } from './writing.ts';

/** a(x − p)², its place p and the curvature of its bottom. */
function bowl(c: Chance) {
  const [a, p] = [c.pick([1, 2, 3, 4, 5]), c.whole(-3, 3)];
  const f = p === 0 ? term(a, 'x^2') : term(a, `(${shifted('x', p)})^2`);
  const read = formula(f, { variables: ['x'] });
  return { a, p, f, loss: read.f as (x: number) => number, slope: read.derivative('x') };
}
const short = (x: number): number => Number(x.toPrecision(12));
/** The places of a run, the start included. */
const places = (loss: (x: number) => number, start: number, learningRate: number, steps: number): number[] => {
  const run = descend(loss, start, { learningRate, steps });
  return [start, ...run.steps.map((s) => s.point)].map(short);
};

const step: QuestionKind = {
  id: 'step',
  name: 'One step',
  ask: (c) => {
    const { p, f, loss, slope } = bowl(c);
    const start = p + c.nonZero(-4, 4);
    const rate = c.pick([0.01, 0.02, 0.05, 0.1, 0.2]);
    const [, next] = places(loss, start, rate, 1) as [number, number];
    const s = slope.at({ x: start });
    return {
      prompt: `Gradient descent on f(x) = ${typeset(f)} stands at x = ${show(start)}; the learning rate is ${rate}. Where does the next step lead?`,
      picture: { type: 'curve', f, x: [-8, 8], marks: [{ x: start, label: 'here' }] },
      answer: {
        type: 'number',
        label: 'next x =',
        value: next,
        mistakes: [
          {
            value: short(start + rate * s),
            message: 'That is a step along the slope: it goes uphill. The rule has a minus sign.',
          },
          { value: short(-rate * s), message: 'That is the step. Where does it lead from here?' },
          { value: short(start - s), message: 'That is a step of the whole slope: the learning rate is left out.' },
          { value: short(start - rate * loss(start)), message: 'The step follows the slope of f, not its height.' },
        ].filter((m, i, all) => m.value !== next && all.findIndex((o) => o.value === m.value) === i),
      },
      hints: [
        'First the slope at the place where you stand, then its size times the rate, against its sign.',
        `f′(x) = ${typeset(slope.text)}, which is ${show(s)} here.`,
      ],
      shown: `x = ${show(next, 12)}`,
      solution: [
        `f′(${show(start)}) = ${show(s, 12)}`,
        `the step is −α · f′ = −${rate} · ${part(s)} = ${show(short(-rate * s), 12)}`,
        `next x = ${show(start)} + ${show(short(-rate * s), 12)} = ${show(next, 12)}`,
      ],
    };
  },
};

const limit: QuestionKind = {
  id: 'limit',
  name: 'The largest stable rate',
  ask: (c) => {
    const [a, p] = [c.whole(2, 40) / 4, c.whole(-5, 5)];
    const f = `${a}*(${shifted('x', p)})^2`;
    const read = formula(f, { variables: ['x'] });
    const found = stability(read.f as (x: number) => number, p);
    const most = short(found.maxStableLearningRate);
    const curvature = short(found.largest);
    return {
      prompt: `Gradient descent runs on f(x) = ${typeset(read.text)}. From which learning rate on does it no longer converge?`,
      answer: {
        type: 'number',
        label: 'rate =',
        value: most,
        mistakes: [
          {
            value: short(found.monotoneLearningRate),
            message: 'From there on it overshoots, and still converges: the factor 1 − αL is between −1 and 0.',
          },
          { value: short(2 / a), message: 'The curvature is f″, twice the number in front of the square.' },
          { value: curvature, message: 'That is the curvature L. How is the border made of it?' },
        ].filter((m) => m.value !== most),
      },
      hints: [
        'Each step multiplies the distance to the bottom by 1 − αL, where L is the second derivative.',
        `L = ${show(curvature)}. Which α makes the factor −1?`,
      ],
      shown: show(most, 12),
      solution: [
        `f″ = L = ${show(curvature)}`,
        `factor 1 − α · ${show(curvature)} = −1 at α = 2/L = ${show(most, 12)}`,
      ],
    };
  },
};

const border: QuestionKind = {
  id: 'border',
  name: 'Why a large rate is unstable',
  ask: (c) => {
    const [a, p] = [c.whole(2, 20) / 2, c.whole(-5, 5)];
    const loss = formula(`${a}*(${shifted('w', p)})^2`, { variables: ['w'] }).f as (w: number) => number;
    const found = stability(loss, p);
    const twice = stability(loss, p, { learningRate: 2 * found.maxStableLearningRate }).ratePerStep as number;
    const shape = `a·(${typeset(shifted('w', p))})²`;
    return {
      prompt: `The loss is ${shape} with a = ${show(a)}. Each step of gradient descent multiplies the distance to the bottom by the same number. Up to which learning rate does this number stay between −1 and 1? Answer with a formula in a, or with the number.`,
      answer: {
        type: 'formula',
        label: 'largest stable rate =',
        expected: '1/a',
        variables: ['a'],
        assume: ['a > 0'],
        given: { a },
        consequence: {
          of: 'abs(1 - 2*a*answer)',
          shown: '|1 − 2·a·rate|',
          above: 'the distance grows at each step.',
          below: 'the distance still shrinks, so a larger rate is stable too.',
        },
      },
      hints: [
        `The slope is 2·a·(${typeset(shifted('w', p))}): put it into the rule for one step.`,
        'The distance is multiplied by 1 − 2·a·rate. At which rate is this −1?',
      ],
      shown: `1/a = ${show(short(found.maxStableLearningRate), 12)}`,
      solution: [
        `the slope of ${shape} is 2·a·(${typeset(shifted('w', p))})`,
        'a step takes rate · slope from w, so the distance to the bottom is multiplied by 1 − 2·a·rate',
        `1 − 2·a·rate = −1 at rate = 1/a, here ${show(short(found.maxStableLearningRate), 12)}`,
        `beyond it the distance grows: at twice the rate by ${show(Math.abs(twice), 6)} a step`,
      ],
    };
  },
};

const says = {
  monotone: 'comes in from one side',
  oscillates: 'overshoots at each step and converges',
  cycles: 'goes back and forth without end',
  diverges: 'diverges',
} as const;

const diverges: QuestionKind = {
  id: 'diverges',
  name: 'Which rate diverges',
  ask: (c) => {
    const { f, p, loss } = bowl(c);
    const judged = (share: number) => {
      const most = stability(loss, p).maxStableLearningRate;
      const rate = Number((share * most).toPrecision(3));
      const { verdict, ratePerStep } = stability(loss, p, { learningRate: rate });
      return { rate, verdict: verdict as keyof typeof says, factor: ratePerStep as number };
    };
    const right = judged(c.pick([1.1, 1.25, 1.5]));
    const others = [c.pick([0.1, 0.2]), c.pick([0.45, 0.4]), c.pick([0.8, 0.9])].map(judged);
    const { list, places: to } = shuffle(c, [right, ...others]);
    return {
      prompt: `Which learning rate makes gradient descent on f(x) = ${typeset(f)} diverge?`,
      answer: {
        type: 'choice',
        look: 'options',
        label: 'Learning rate',
        options: list.map(({ rate, verdict, factor }) => ({
          text: `α = ${show(rate)}`,
          why: `The distance changes by the factor ${show(factor, 3)} a step: it ${says[verdict]}.`,
        })),
        right: to[0] as number,
      },
      hints: [
        'The border is 2/L, with L the second derivative at the bottom.',
        'Jumping from side to side is not yet diverging.',
      ],
      shown: `α = ${show(right.rate)}`,
      solution: [
        `2/L = ${show(stability(loss, p).maxStableLearningRate)}`,
        ...[right, ...others].map(({ rate, verdict }) => `α = ${show(rate)} ${says[verdict]}`),
      ],
    };
  },
};

/** Between −4 and 4: the first ones convex, the others not; a test has the engine certify both. */
export const CONVEX = ['sin(x) + x^2', 'e^x + e^(-2x)', 'x^4/4 - x', 'log(1 + e^x)', 'x^2 - 3x', 'cosh(x)'] as const;
export const NOT_CONVEX = [
  'sin(3x) + x^2',
  'x^3',
  'x^4 - 3x^2',
  'cos(x)',
  'x^2*e^(-x)',
  'tanh(x)',
  'x^4/4 - x^3',
] as const;
export const CONVEX_RANGE = [-4, 4] as const;

const convex: QuestionKind = {
  id: 'convex',
  name: 'Which one is convex',
  ask: (c) => {
    const judged = (f: string) => {
      const bend = formula(f, { variables: ['x'] })
        .derivative('x')
        .derivative('x');
      const places = Array.from({ length: 33 }, (_, k) => -4 + k / 4);
      const x = places.reduce((low, at) => (bend.at({ x: at }) < bend.at({ x: low }) ? at : low));
      const why =
        bend.at({ x }) < 0
          ? `At x = ${show(x)} its second derivative is ${show(bend.at({ x }), 3)}: chords near there run below the graph.`
          : `Its second derivative, ${typeset(bend.text)}, is nowhere negative.`;
      return { text: `f(x) = ${typeset(f)}`, why };
    };
    const options = [c.pick(CONVEX), ...shuffle(c, NOT_CONVEX).list.slice(0, 3)].map(judged);
    const { list, places } = shuffle(c, options);
    return {
      prompt: 'Which of these functions is convex between −4 and 4?',
      answer: { type: 'choice', look: 'options', label: 'Function', options: list, right: places[0] as number },
      hints: [
        'A chord of a convex function runs nowhere below the graph.',
        'Look at the second derivative: is it negative somewhere?',
      ],
      shown: options[0]?.text ?? '',
      solution: options.map(({ text, why }) => `${text}: ${why}`),
    };
  },
};

const landing: QuestionKind = {
  id: 'landing',
  name: 'Predict the landing',
  ask: (c) => {
    const [f, start, rate] = c.pick([
      ['x^2/2', 3, [0.5, 1, 1.5]],
      ['x^2/4', -3.5, [1, 2, 3]],
      ['x^2/2 - x', -2, [0.5, 1, 1.5]],
      ['x^4/16', 2.5, [0.5, 0.8]],
      ['e^(x/2) - x', -3, [1, 2]],
    ] as const);
    const chosen = c.pick<number>(rate);
    const read = formula(f, { variables: ['x'] });
    const [, next] = places(read.f as (x: number) => number, start, chosen, 1) as [number, number];
    const slope = read.derivative('x').at({ x: start });
    return {
      prompt: `You stand at x = ${show(start)} and step with the rate ${chosen}. Put the point where you will land. Then the engine steps.`,
      picture: { type: 'curve', f, x: [-4, 4], marks: [{ x: start, label: 'start' }] },
      answer: {
        type: 'prediction',
        label: 'Landing place',
        sets: 'place',
        value: next,
        start: start > 0 ? -3.5 : 3.5,
        range: [-4, 4],
        tolerance: 0.3,
      },
      hints: [
        'Estimate the slope at the start from the picture, then multiply it by the rate.',
        `The slope there is ${show(slope, 3)}.`,
      ],
      shown: `x = ${show(next, 4)}`,
      solution: [
        `f′(${show(start)}) = ${show(slope, 6)}`,
        `x = ${show(start)} − ${chosen} · ${part(slope)} = ${show(next, 6)}`,
      ],
    };
  },
};

const loop: QuestionKind = {
  id: 'loop',
  name: 'Put the loop in order',
  ask: (c) => {
    const { f, p } = bowl(c);
    const [w, rate] = [p + c.nonZero(-4, 4), c.pick([0.01, 0.05, 0.1])];
    const pieces = [
      `start at w = ${show(w)}`,
      'take the slope of the loss at this w',
      `multiply it by the rate ${rate} and turn its sign`,
      'add the result to w',
      'compute the loss at the new w, to see whether it fell',
    ];
    const needs = [
      '',
      'there is no w yet to take a slope at.',
      'the slope is not there yet.',
      'there is nothing to add yet.',
      'w has not moved yet: this would be the loss of the step before.',
    ];
    let mixed = shuffle(c, pieces);
    while (mixed.places.every((place, i) => place === i)) mixed = shuffle(c, pieces);
    return {
      prompt: `One turn of gradient descent on the loss ${typeset(f.replaceAll('x', 'w'))}: put its parts in order.`,
      answer: {
        type: 'order',
        label: 'Parts, from first to last',
        pieces: mixed.list,
        right: mixed.places,
        needs: mixed.list.map((piece) => needs[pieces.indexOf(piece)] as string),
      },
      hints: ['What does each part need that another one makes?'],
      shown: pieces.join(' → '),
      solution: ['The slope belongs to the old w, the loss to the new one.', ...pieces],
    };
  },
};

const mistake: QuestionKind = {
  id: 'mistake',
  name: 'Find the mistake in this run',
  ask: (c) => {
    const { p, f, loss, slope } = bowl(c);
    const start = p + c.nonZero(-4, 4);
    // None of them is the best rate of a bowl: at the bottom a wrong step would be a right one.
    const rate = c.pick([0.04, 0.06]);
    const wrongAt = c.whole(1, 3);
    const kind = c.pick(['sign', 'rate'] as const);
    const lines: { text: string; why: string }[] = [{ text: `x₀ = ${show(start)}`, why: 'This is given.' }];
    let x = start;
    for (let k = 1; k <= 3; k++) {
      const s = slope.at({ x });
      const right = places(loss, x, rate, 1)[1] as number;
      const wrong = short(kind === 'sign' ? x + rate * s : x - s);
      const next = k === wrongAt ? wrong : right;
      lines.push({
        text: `x${'₀₁₂₃'[k]} = ${show(next, 6)}`,
        why:
          k === wrongAt
            ? kind === 'sign'
              ? `The slope at ${show(x, 6)} is ${show(s, 6)}: this step goes along it, uphill. Right is ${show(right, 6)}.`
              : `The slope at ${show(x, 6)} is ${show(s, 6)}: this step takes all of it, without the rate. Right is ${show(right, 6)}.`
            : `From the line before, ${show(x, 6)}, this is the right step: the slope is ${show(s, 6)}.`,
      });
      x = next;
    }
    return {
      prompt: `Gradient descent on f(x) = ${typeset(f)} with the rate ${rate}. One of these steps is wrong: which?`,
      answer: { type: 'choice', look: 'lines', label: 'The wrong step', options: lines, right: wrongAt },
      hints: [`f′(x) = ${typeset(slope.text)}. Each line follows from the one just before it, even from a wrong one.`],
      shown: lines[wrongAt]?.text ?? '',
      solution: lines.map((line) => `${line.text}. ${line.why}`),
    };
  },
};

export default {
  lesson: 'descent',
  kinds: [wayKind(), step, limit, border, diverges, landing, loop, convex, mistake],
} satisfies LessonQuestions;
