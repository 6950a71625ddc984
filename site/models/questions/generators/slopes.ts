/** Questions about functions of one variable: slope, derivative, flat place, prediction. */
import { formula } from 'downhill/formula';
import type { Chance } from '../../chance.ts';
import { show, typeset } from '../../numbers.ts';
import { diagnosis } from '../diagnosis.ts';
import { mixed, polynomial, type Specimen } from '../functions.ts';
import { chainLines, workedDerivative } from '../solution.ts';
import type { Question, QuestionKind } from '../types.ts';
import { inner, shuffle, term } from '../writing.ts';

const derivativeOf = (f: string) => formula(f, { variables: ['x'] }).derivative('x');

interface Of {
  readonly id?: string;
  readonly name?: string;
  readonly functions?: (c: Chance) => Specimen;
}

/** A number: the slope of a function at a whole place. */
export const slopeKind = ({
  id = 'slope',
  name = 'Slope at a point',
  functions = polynomial,
  places = [-3, 3],
}: Of & { readonly places?: readonly [number, number] } = {}): QuestionKind => ({
  id,
  name,
  ask: (c) => {
    const [{ f }, at] = [functions(c), c.whole(...places)];
    // Adding 0 makes a negative zero an ordinary one.
    const slope = derivativeOf(f).at({ x: at }) + 0;
    return {
      prompt: `What is the slope of f(x) = ${typeset(f)} at x = ${show(at)}?`,
      answer: { type: 'number', label: `f′(${show(at)}) =`, value: slope },
      hints: [
        'Differentiate term by term: the exponent comes down in front, and the power is lowered by one.',
        `The derivative is ${typeset(derivativeOf(f).text)}. Put x = ${show(at)} in.`,
      ],
      shown: `the slope is ${show(slope, 12)}`,
      solution: workedDerivative(f, { x: at }, 'x'),
      patient: { f, at: { x: at }, by: 'x' },
    };
  },
});

/** A formula: the derivative, in whatever form. */
export const derivativeKind = ({
  id = 'formula',
  name = 'Derivative as a formula',
  functions = mixed,
}: Of = {}): QuestionKind => ({
  id,
  name,
  ask: (c) => {
    const { f } = functions(c);
    const derivative = derivativeOf(f);
    return {
      prompt: `Write the derivative of f(x) = ${typeset(f)}.`,
      answer: {
        type: 'formula',
        label: 'f′(x) =',
        expected: derivative.text,
        variables: ['x'],
        assume: derivative.conditions,
      },
      hints: [
        'Find the outermost operation first: a sum, a product, or one function inside another?',
        'For a product: the first differentiated times the second, plus the first times the second differentiated. For one function inside another: the outer slope at the inner value, times the inner slope.',
      ],
      shown: `f′(x) = ${typeset(derivative.text)}`,
      solution: [
        `f′(x) = ${typeset(derivative.text)}`,
        'To see the rules at work, at x = 0.7:',
        ...chainLines(f, { x: 0.7 }),
      ],
      patient: { f, at: { x: 0.7 }, by: 'x' },
    };
  },
});

/** A choice: the derivative among those that common mistakes give. */
export const misconceptionKind = ({
  id = 'choice',
  name = 'Choose the derivative',
  functions = mixed,
}: Of = {}): QuestionKind => ({
  id,
  name,
  ask: (c) => {
    const { f, mistakes } = functions(c);
    const derivative = derivativeOf(f);
    const patient = { f, at: { x: 0.7 }, by: 'x' };
    const all = [
      { text: `f′(x) = ${typeset(derivative.text)}`, why: 'The engine finds the same.' },
      ...mistakes.map((m) => ({
        text: `f′(x) = ${typeset(formula(m, { variables: ['x'] }).simplified().text)}`,
        why: diagnosis(patient, m) ?? 'It is another function.',
      })),
    ];
    const { list, places } = shuffle(c, all);
    return {
      prompt: `Which is the derivative of f(x) = ${typeset(f)}?`,
      answer: { type: 'choice', look: 'options', label: 'The derivative', options: list, right: places[0] as number },
      hints: ['Each wrong one is a mistake that many make. Differentiate it yourself before you look.'],
      shown: `f′(x) = ${typeset(derivative.text)}`,
      solution: [`f′(x) = ${typeset(derivative.text)}`, ...all.slice(1).map(({ text, why }) => `Not ${text}: ${why}`)],
      patient,
    };
  },
});

/** By hand: the place where a parabola is level. */
export const zeroSlopeKind = ({ id = 'zero', name = 'Where it is flat' }: Of = {}): QuestionKind => ({
  id,
  name,
  ask: (c): Question => {
    // a(x − p)² + q: its one flat place is p.
    const [a, p, q] = [c.pick([1, -1, 0.5, 2]), c.nonZero(-25, 25) / 10, c.whole(-2, 2)];
    const square = term(a, `(x - ${inner(p)})^2`);
    const f = formula(q === 0 ? square : `${square} + ${inner(q)}`, { variables: ['x'] }).text;
    return {
      prompt: 'Move the point to the place where the slope of this curve is zero.',
      picture: { type: 'curve', f, x: [-4, 4] },
      answer: { type: 'place', label: 'Your place', start: [-3], targets: [[p]], tolerance: 0.1 },
      hints: [
        'Left of it the curve goes one way, right of it the other: look for the turn.',
        `The curve is f(x) = ${typeset(f)}. Where is its derivative ${typeset(derivativeOf(f).text)} zero?`,
      ],
      shown: `the slope is zero at x = ${show(p)}`,
      solution: [`f′(x) = ${typeset(derivativeOf(f).text)}`, `f′(x) = 0 at x = ${show(p)}`],
    };
  },
});

/** A prediction: turn a line until it touches the curve; then the tangent appears. */
export const predictSlopeKind = ({
  id = 'predict',
  name = 'Predict the slope',
  functions = (c) => c.pick(['x^2/2', '2sin(x)', '2 - x^2/3', 'x^3/6', '2tanh(x)', '3e^(-x^2/4)']),
}: {
  readonly id?: string;
  readonly name?: string;
  readonly functions?: (c: Chance) => string;
} = {}): QuestionKind => ({
  id,
  name,
  ask: (c) => {
    const f = functions(c);
    const at = c.nonZero(-5, 5) / 2;
    const slope = derivativeOf(f).at({ x: at }) + 0;
    return {
      prompt: `Turn the line through the marked point until it is the tangent at x = ${show(at)}. Then let the engine draw it.`,
      picture: { type: 'curve', f, x: [-4, 4], y: [-4, 4], marks: [{ x: at, label: `x = ${show(at)}` }] },
      answer: {
        type: 'prediction',
        label: 'Slope of your line',
        sets: 'slope',
        value: slope,
        start: slope > 0 ? -1 : 1,
        range: [-4, 4],
        tolerance: 0.25,
      },
      hints: ['Look only at the curve very near the point: which way does it run there, and how steeply?'],
      shown: `the slope is ${show(slope)}`,
      solution: workedDerivative(f, { x: at }, 'x'),
    };
  },
});
