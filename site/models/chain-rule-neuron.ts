/** A sigmoid neuron with its cross-entropy loss: the gradient by hand, by the engine, and by differences. */
import { grad } from 'downhill';
import { numericalGradient } from 'downhill/calculus';
import { equivalent, formula } from 'downhill/formula';
import { chance } from './chance.ts';
import { type Fields, numberField } from './link.ts';
import { speak } from './numbers.ts';

export const RANGE = [-5, 5] as const;
export const TARGET_RANGE = [0, 1] as const;

export interface Neuron {
  w1: number;
  w2: number;
  b: number;
  x1: number;
  x2: number;
  y: number;
}

export const neuronFields: Fields<Neuron> = {
  w1: numberField(0.5, RANGE),
  w2: numberField(-0.3, RANGE),
  b: numberField(0.1, RANGE),
  x1: numberField(2, RANGE),
  x2: numberField(3, RANGE),
  y: numberField(1, TARGET_RANGE),
};

export const WEIGHTED_SUM = 'w1*x1 + w2*x2 + b';
/** The loss as it is defined, and in the form that survives large z. */
export const DEFINED = '-(y*log(p) + (1 - y)*log(1 - p))';
export const STABLE = 'y*log(1 + e^(-z)) + (1 - y)*log(1 + e^z)';

const NAMES = ['w1', 'w2', 'b', 'x1', 'x2', 'y'] as const;
/** softplus(z) is log(1 + e^z) without overflow. */
const loss = formula(`y*softplus(-(${WEIGHTED_SUM})) + (1 - y)*softplus(${WEIGHTED_SUM})`, { variables: [...NAMES] })
  .f as (...args: number[]) => number;
const sum = formula(WEIGHTED_SUM, { variables: ['w1', 'w2', 'b', 'x1', 'x2'] });
const prediction = formula('sigmoid(z)', { variables: ['z'] });
const slopes = grad(loss, { argnums: [0, 1, 2] }) as unknown as (...args: number[]) => readonly number[];

/** The lines of the derivation: what is claimed, and what the engine says it must equal. */
export interface Line {
  readonly id: string;
  /** What is differentiated by what, as it is written. */
  readonly label: string;
  readonly claim: string;
  /** A formula the claim has to be the same function as. */
  readonly reference: string;
  readonly assume?: readonly string[];
  readonly why: string;
}

const inside = ['p > 0', 'p < 1'] as const;
const byEngine = (f: string, by: string): string => formula(f).derivative(by).text;

export const LINES: readonly Line[] = [
  {
    id: 'loss',
    label: 'dL/dp',
    claim: '(p - y)/(p*(1 - p))',
    reference: byEngine(DEFINED, 'p'),
    assume: inside,
    why: 'differentiate both logarithms and put them over one denominator',
  },
  {
    id: 'sigmoid',
    label: 'dp/dz',
    claim: 'sigmoid(z)*(1 - sigmoid(z))',
    reference: byEngine('1/(1 + e^(-z))', 'z'),
    why: 'the slope of the sigmoid in terms of its own value: p(1 − p)',
  },
  {
    id: 'sum',
    label: '∂z/∂w₁',
    claim: 'x1',
    reference: byEngine(WEIGHTED_SUM, 'w1'),
    why: 'z is linear in w₁, and its factor is the input',
  },
  {
    id: 'product',
    label: '∂L/∂w₁',
    claim: '(p - y)*x1',
    reference: '(p - y)/(p*(1 - p)) * (p*(1 - p)) * x1',
    assume: inside,
    why: 'multiply the three; p(1 − p) cancels, and error times input is left',
  },
  {
    id: 'whole',
    label: '∂L/∂w₁, all at once',
    claim: `(sigmoid(${WEIGHTED_SUM}) - y)*x1`,
    reference: byEngine(`log(1 + e^(${WEIGHTED_SUM})) - y*(${WEIGHTED_SUM})`, 'w1'),
    why: 'the same from the engine, without the chain written out',
  },
];

/** Whether a line holds, decided by comparing functions, not texts. */
export const holds = ({ claim, reference, assume }: Line): boolean =>
  equivalent(claim, reference, assume ? { assume: [...assume] } : {}).verdict === 'equal';

export interface NeuronState {
  readonly z: number;
  readonly p: number;
  readonly loss: number;
  /** The factors by hand, each from its line. */
  readonly factors: { readonly loss: number; readonly sigmoid: number; readonly sum: number };
  readonly rows: readonly GradientRow[];
}

export interface GradientRow {
  readonly name: string;
  /** The shortcut: error times what the parameter multiplies. */
  readonly byHand: number;
  readonly automatic: number;
  /** Central difference. */
  readonly measured: number;
}

export function neuronAt(state: Neuron): NeuronState {
  const { w1, w2, b, x1, x2, y } = state;
  const args = [w1, w2, b, x1, x2, y];
  const z = sum.at({ w1, w2, b, x1, x2 });
  const p = prediction.at({ z });
  const line = (id: string): string => (LINES.find((l) => l.id === id) as Line).claim;
  const value = (text: string, point: Record<string, number>): number =>
    Number(formula(text).f(...namesOf(text, point)));
  const automatic = slopes(...args).map(Number);
  const measured = numericalGradient(
    (q: { w1: number; w2: number; b: number }) => loss(q.w1, q.w2, q.b, x1, x2, y),
    { w1, w2, b },
    { step: 1e-5 },
  );
  const byHand = { w1: (p - y) * x1, w2: (p - y) * x2, b: p - y };
  return {
    z,
    p,
    loss: Number(loss(...args)),
    factors: {
      loss: value(line('loss'), { p, y }),
      sigmoid: value(line('sigmoid'), { z }),
      sum: value(line('sum'), { x1 }),
    },
    rows: (['w1', 'w2', 'b'] as const).map((name, i) => ({
      name,
      byHand: byHand[name],
      automatic: automatic[i] as number,
      measured: measured[name],
    })),
  };
}

/** The values of a formula's variables in the order of its function. */
const namesOf = (text: string, point: Record<string, number>): number[] =>
  formula(text).variables.map((name) => point[name] as number);

export function describeNeuron({ p, loss: value, rows }: NeuronState, { y }: Neuron): string {
  const error = p - y;
  const way = error < 0 ? 'too low' : error > 0 ? 'too high' : 'right';
  return `The prediction is ${speak(p)}, ${way}; the loss ${speak(value)}. Error times inputs gives the gradient ${rows.map((r) => speak(r.byHand)).join(', ')}.`;
}

export function surpriseNeuron(seed: number): Neuron {
  const random = chance(seed);
  const tenth = (): number => random.whole(-20, 20) / 10;
  return { w1: tenth(), w2: tenth(), b: tenth(), x1: tenth(), x2: tenth(), y: random.whole(0, 1) };
}

/** Cross-entropy in three ways of writing it, where two of them break. */
export interface Extreme {
  readonly z: number;
  readonly y: number;
  readonly plain: number;
  /** With 10⁻¹⁵ added inside both logarithms. */
  readonly capped: number;
  readonly stable: number;
}

/** As it is defined; a small number added inside the logarithms keeps them finite, and changes what is computed. */
const plainLoss = (p: number, y: number, added = 0): number =>
  -(y * Math.log(p + added) + (1 - y) * Math.log(1 - p + added));

export const EXTREMES: readonly Extreme[] = [
  { z: 0.2, y: 1 },
  { z: 37, y: 0 },
  { z: 40, y: 1 },
  { z: -800, y: 1 },
].map(({ z, y }) => {
  const p = Number(prediction.f(z));
  return { z, y, plain: plainLoss(p, y), capped: plainLoss(p, y, 1e-15), stable: Number(loss(1, 0, 0, z, 0, y)) };
});
