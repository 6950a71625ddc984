/** The three paths by which the parameters of a neuron reach its sum: what moves when one of them moves, the others held. */
import { grad } from 'downhill';
import { formula } from 'downhill/formula';
import { type Neuron, neuronAt, RANGE, WEIGHTED_SUM } from './chain-rule-neuron.ts';
import { clamp, speak } from './numbers.ts';

export const PATHS = ['w1', 'w2', 'b'] as const;
export type PathName = (typeof PATHS)[number];

export interface Path {
  readonly name: PathName;
  readonly value: number;
  /** ∂z/∂ of this parameter, by the engine: what it is multiplied by. */
  readonly partial: number;
  /** What it brings into the sum z. */
  readonly part: number;
  /** ∂L/∂ of this parameter. */
  readonly slope: number;
}

export interface Paths {
  readonly paths: readonly Path[];
  readonly z: number;
  readonly p: number;
  readonly loss: number;
}

const sum = formula(WEIGHTED_SUM, { variables: ['w1', 'w2', 'b', 'x1', 'x2'] }).f as (...args: number[]) => number;
const partials = grad(sum, { argnums: [0, 1, 2] }) as unknown as (...args: number[]) => readonly number[];

export function pathsAt(neuron: Neuron): Paths {
  const { w1, w2, b, x1, x2 } = neuron;
  const factors = partials(w1, w2, b, x1, x2).map(Number);
  const { z, p, loss, rows } = neuronAt(neuron);
  return {
    paths: PATHS.map((name, i) => {
      const [value, partial] = [neuron[name], factors[i] as number];
      return { name, value, partial, part: value * partial, slope: rows[i]?.automatic as number };
    }),
    z,
    p,
    loss,
  };
}

/** The paths that differ. */
export const movedPaths = (before: Paths, after: Paths): readonly PathName[] =>
  after.paths.filter(({ part }, i) => part !== before.paths[i]?.part).map(({ name }) => name);

/** The loss a set of slopes promises for a move of the parameters. */
export const promised = (before: Paths, after: Paths): number =>
  before.paths.reduce((total, { slope, value }, i) => total + slope * ((after.paths[i] as Path).value - value), 0);

/** One of the three moved from where all were held, the other two back at their places. */
export const nudged = (held: Neuron, name: PathName, by = 0.5): Neuron => {
  const up = clamp(Number((held[name] + by).toFixed(10)), RANGE);
  return { ...held, [name]: up === held[name] ? Number((held[name] - by).toFixed(10)) : up };
};

const spoken = { w1: 'the first weight', w2: 'the second weight', b: 'the bias' } as const;
export function describePaths(before: Paths, after: Paths): string {
  const moved = movedPaths(before, after);
  if (moved.length === 0) return 'Nothing has moved: each path stands where it was held.';
  const which = moved.map((name) => spoken[name]).join(' and ');
  return `Moved: ${which}. The sum went from ${speak(before.z)} to ${speak(after.z)}, the loss from ${speak(before.loss)} to ${speak(after.loss)}; the slopes promised a change of ${speak(promised(before, after))}.`;
}
