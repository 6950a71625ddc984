/** What *Partial derivatives and the gradient* asks. */
import { formula } from 'downhill/formula';
import type { Chance } from '../chance.ts';
import { show, typeset } from '../numbers.ts';
import { findMistakeKind } from './generators/chains.ts';
import { workedDerivative } from './solution.ts';
import type { LessonQuestions, QuestionKind } from './types.ts';
import { inner, join, showPoint, shuffle, term } from './writing.ts';

const VARIABLES = ['x', 'y'] as const;
type Name = (typeof VARIABLES)[number];
const partialOf = (f: string, by: Name) => formula(f, { variables: [...VARIABLES] }).derivative(by);

/** Whole-number polynomials of two variables, in which the held variable matters. */
function twoVariables(c: Chance): string {
  return c.pick([
    () => join(term(c.nonZero(-3, 3), 'x^2*y'), term(c.nonZero(-4, 4), 'y')),
    () => join(term(c.nonZero(-3, 3), 'x*y'), term(c.nonZero(-3, 3), 'x^2'), term(c.nonZero(-3, 3), 'y^2')),
    () => join(term(c.nonZero(-2, 2), 'x*y^2'), term(c.nonZero(-4, 4), 'x')),
    () => `(${join(term(c.whole(1, 3), 'x'), term(c.nonZero(-3, 3), 'y'))})^2`,
  ])();
}

/** Functions whose partial derivatives take a rule or two. */
function functionsOfTwo(c: Chance): string {
  return c.pick([
    () => twoVariables(c),
    () => `sin(${c.whole(2, 5)}x)*y + y^2`,
    () => `y^2*e^(${term(c.pick([-2, 2, 3]), 'x')})`,
    () => `x*log(y) + ${term(c.whole(2, 5), 'x^2')}`,
    () => `${c.whole(2, 5)}x/y`,
  ])();
}

const place = (c: Chance): { x: number; y: number } => ({ x: c.nonZero(-3, 3), y: c.nonZero(-3, 3) });

const partialValue: QuestionKind = {
  id: 'partial',
  name: 'A partial derivative',
  ask: (c) => {
    const [f, at, by] = [twoVariables(c), place(c), c.pick(VARIABLES)];
    const value = partialOf(f, by).at(at) + 0;
    const held = by === 'x' ? 'y' : 'x';
    const other = partialOf(f, held).at(at) + 0;
    return {
      prompt: `f(x, y) = ${typeset(f)}. What is ∂f/∂${by} at ${showPoint(at)}?`,
      answer: {
        type: 'number',
        label: `∂f/∂${by} =`,
        value,
        mistakes:
          other === value ? [] : [{ value: other, message: `That is ∂f/∂${held}: ${by} was held, and ${held} moved.` }],
      },
      hints: [
        `Treat ${held} as a number that does not change, and differentiate by ${by} as usual.`,
        `∂f/∂${by} = ${typeset(partialOf(f, by).text)}. Put the place in.`,
      ],
      shown: `∂f/∂${by} = ${show(value, 12)}`,
      solution: workedDerivative(f, at, by),
      patient: { f, at, by },
    };
  },
};

const partialFormula: QuestionKind = {
  id: 'formula',
  name: 'Partial as a formula',
  ask: (c) => {
    const [f, by] = [functionsOfTwo(c), c.pick(VARIABLES)];
    const right = partialOf(f, by);
    const held = by === 'x' ? 'y' : 'x';
    return {
      prompt: `Write ∂f/∂${by} for f(x, y) = ${typeset(f)}.`,
      answer: {
        type: 'formula',
        label: `∂f/∂${by} =`,
        expected: right.text,
        variables: [...VARIABLES],
        assume: right.conditions,
      },
      hints: [
        `Cover ${held} with a thumb: whatever number it stands for, it stays.`,
        'A term without the moving variable contributes nothing; a factor without it stays as it is.',
      ],
      shown: `∂f/∂${by} = ${typeset(right.text)}`,
      solution: workedDerivative(f, { x: 0.7, y: 1.3 }, by),
      patient: { f, at: { x: 0.7, y: 1.3 }, by },
    };
  },
};

/** Directions whose unit vectors have short decimals. */
const DIRECTIONS = [
  { vector: [3, 4], length: 5 },
  { vector: [-3, 4], length: 5 },
  { vector: [4, -3], length: 5 },
  { vector: [5, 12], length: 13 },
  { vector: [-4, -3], length: 5 },
] as const;

const slopeAlong: QuestionKind = {
  id: 'direction',
  name: 'Slope in a direction',
  ask: (c) => {
    const [dx, dy] = [c.nonZero(-6, 6), c.nonZero(-6, 6)];
    const {
      vector: [a, b],
      length,
    } = c.pick(DIRECTIONS.filter(({ vector: [p, q] }) => p * dx + q * dy !== 0));
    const product = a * dx + b * dy;
    return {
      prompt: `At some point ∇f = (${show(dx)}, ${show(dy)}). What is the slope of f in the direction of (${show(a)}, ${show(b)})?`,
      answer: {
        type: 'number',
        label: 'slope =',
        value: product / length,
        mistakes: [
          {
            value: product,
            message: `A direction is a unit vector: divide (${show(a)}, ${show(b)}) by its length ${length}.`,
          },
          { value: Math.hypot(dx, dy), message: 'That is the steepest slope, along the gradient itself.' },
        ].filter(({ value }) => Math.abs(value - product / length) > 1e-9),
      },
      hints: [
        'Make the direction a unit vector u, then multiply: ∇f · u.',
        `The length of (${show(a)}, ${show(b)}) is ${length}.`,
      ],
      shown: `the slope is ${show(product / length, 8)}`,
      solution: [
        `u = (${show(a)}, ${show(b)}) / ${length}`,
        `∇f · u = (${show(dx)}·${inner(a)} + ${inner(dy)}·${inner(b)}) / ${length} = ${show(product, 8)} / ${length} = ${show(product / length, 8)}`,
      ].map(typeset),
    };
  },
};

const vector = ([a, b]: readonly [number, number]): string => `(${show(a)}, ${show(b)})`;

const whichWay: QuestionKind = {
  id: 'choice',
  name: 'Which way?',
  ask: (c) => {
    const at = place(c);
    // A slope of zero, or two of one size, would make two of the options one.
    const draw = (): { f: string; dx: number; dy: number } => {
      const f = twoVariables(c);
      const [dx, dy] = [partialOf(f, 'x').at(at) + 0, partialOf(f, 'y').at(at) + 0];
      return dx === 0 || dy === 0 || Math.abs(dx) === Math.abs(dy) ? draw() : { f, dx, dy };
    };
    const { f, dx, dy } = draw();
    const level = c.whole(0, 1) === 1;
    const up = { text: vector([dx, dy]), why: 'This is the gradient: the steepest way up.' };
    const down = { text: vector([-dx, -dy]), why: 'This is straight against the gradient: the steepest way down.' };
    const along = { text: vector([-dy, dx]), why: 'At a right angle to the gradient: the slope this way is zero.' };
    const swapped = {
      text: vector([dy, dx]),
      why: 'These are the partials in the wrong order: the first belongs to x.',
    };
    const right = level ? along : up;
    const { list, places } = shuffle(c, [right, ...[up, down, along, swapped].filter((o) => o !== right)]);
    return {
      prompt: `f(x, y) = ${typeset(f)}. You stand at ${showPoint(at)}. Which of these leads ${level ? 'along the level line' : 'up most steeply'}?`,
      answer: { type: 'choice', look: 'options', label: 'The way', options: list, right: places[0] as number },
      hints: [
        'Find both partial derivatives first.',
        level ? 'Along a level line ∇f · u is zero.' : 'The steepest way up is the gradient itself.',
      ],
      shown: right.text,
      solution: [
        `∂f/∂x = ${typeset(partialOf(f, 'x').text)} = ${show(dx)}`,
        `∂f/∂y = ${typeset(partialOf(f, 'y').text)} = ${show(dy)}`,
        `${right.text}: ${right.why}`,
      ],
    };
  },
};

const levelPlace: QuestionKind = {
  id: 'zero',
  name: 'Where the gradient is zero',
  ask: (c) => {
    const [p, q] = [c.whole(-20, 20) / 10, c.whole(-20, 20) / 10];
    const [a, b] = [c.pick([1, -1, 2]), c.pick([1, 2, -1])];
    const squares = [term(a, `(x - ${inner(p)})^2`), term(b, `(y - ${inner(q)})^2`)];
    const f = formula(join(...squares), { variables: [...VARIABLES] }).text;
    const kind = a * b < 0 ? 'a saddle' : a > 0 ? 'the bottom' : 'the top';
    return {
      prompt: 'Move the point to the place where both partial derivatives are zero.',
      picture: { type: 'map', f, x: [-3, 3], y: [-3, 3] },
      answer: { type: 'place', label: 'Your place', start: [-2.5, 2.5], targets: [[p, q]], tolerance: 0.15 },
      hints: [
        'Where the gradient is zero the level lines do not pass by: they close in, or they cross.',
        `The function is f(x, y) = ${typeset(f)}.`,
      ],
      shown: `the gradient is zero at x = ${show(p)}, y = ${show(q)}`,
      solution: [
        `∂f/∂x = ${typeset(partialOf(f, 'x').text)}, zero at x = ${show(p)}`,
        `∂f/∂y = ${typeset(partialOf(f, 'y').text)}, zero at y = ${show(q)}`,
        `It is ${kind}: a zero gradient alone does not tell which.`,
      ],
    };
  },
};

export default {
  lesson: 'gradient',
  kinds: [partialValue, partialFormula, levelPlace, slopeAlong, whichWay, findMistakeKind()],
} satisfies LessonQuestions;
