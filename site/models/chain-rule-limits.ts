/** Ways to break the chain: an update in the middle of the sweep, things held fixed that differ, products that vanish. */
import { grad } from 'downhill';
import { formula } from 'downhill/formula';

/** The two-factor model w2·w1·x with half the squared error. */
export const IN_PLACE = { x: 1, target: 1, w1: 0.5, w2: -1, rate: 0.5 } as const;

const two = formula('(w2*w1*x - t)^2/2', { variables: ['w1', 'w2', 'x', 't'] }).f as (...args: number[]) => number;
const byBoth = grad(two, { argnums: [0, 1] }) as unknown as (...args: number[]) => readonly number[];

export interface InPlace {
  readonly w1: number;
  readonly w2: number;
  /** ∂L/∂w1 when w2 was already changed before it was taken. */
  readonly spoiled: number;
  /** w2 after its step. */
  readonly moved: number;
}

/**
 * Both gradients first, then the steps; or the step of the last layer first, as a sweep that updates on its way does: the
 * error is the old one, the weight it is multiplied by is the new one.
 */
export function updateInPlace(rate: number = IN_PLACE.rate): InPlace {
  const { x, target, w1, w2 } = IN_PLACE;
  const [right1, right2] = byBoth(w1, w2, x, target).map(Number) as [number, number];
  const moved = w2 - rate * right2;
  const error = w2 * w1 * x - target;
  const inner = grad((v: number) => two(v, moved, x, moved * w1 * x - error))(w1);
  return { w1: right1, w2: right2, spoiled: Number(inner), moved };
}

/** Pressure, volume and temperature with p·V = T: each slope holds something else fixed. */
export interface HeldFixed {
  readonly T: number;
  readonly V: number;
  readonly p: number;
  /** ∂p/∂T with V held, and ∂V/∂p with T held. */
  readonly pressureByHeat: number;
  readonly volumeByPressure: number;
  readonly product: number;
  /** ∂V/∂T with p held: what the product was meant to be. */
  readonly truth: number;
}

export function heldFixed(T = 300, V = 2): HeldFixed {
  const p = T / V;
  const pressure = formula('T/V', { variables: ['T', 'V'] });
  const volume = formula('T/p', { variables: ['T', 'p'] });
  const pressureByHeat = pressure.derivative('T').at({ T, V });
  const volumeByPressure = volume.derivative('p').at({ T, p });
  const truth = volume.derivative('T').at({ T, p });
  return { T, V, p, pressureByHeat, volumeByPressure, product: pressureByHeat * volumeByPressure, truth };
}

/** A tower of layers, each y = s(w·y): the slope through all of them is a product. */
export interface Depth {
  readonly layers: number;
  readonly value: number;
  readonly slope: number;
}

const TOWERS = { sigmoid: 'sigmoid(w*x)', tanh: 'tanh(w*x)', relu: 'relu(w*x)', linear: 'w*x' } as const;
export type Activation = keyof typeof TOWERS;
export const ACTIVATIONS = Object.keys(TOWERS) as Activation[];

/** Slope of the output by the input after 1, 2, … layers, by one step of the chain rule each. */
export function throughDepth(activation: Activation, weight: number, layers: number, start = 0.5): readonly Depth[] {
  const layer = formula(TOWERS[activation], { variables: ['w', 'x'] }).f as (w: number, x: number) => number;
  const local = grad(layer, { argnums: 1 } as { argnums: number }) as unknown as (w: number, x: number) => number;
  const out: Depth[] = [];
  let [value, slope] = [start, 1];
  for (let k = 1; k <= layers; k++) {
    slope *= Number(local(weight, value));
    value = Number(layer(weight, value));
    out.push({ layers: k, value, slope });
  }
  return out;
}
