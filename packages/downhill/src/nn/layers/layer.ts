import type { FloatDType } from '../../random/distributions.ts';
import { foldIn } from '../../random/key.ts';
import { ArgumentError, ShapeError } from '../../tensor/errors.ts';
import { showShape } from '../../tensor/shape.ts';
import { describeValue, type Tensor } from '../../tensor/tensor.ts';

/** What a layer is told beside its input. */
export interface Context {
  /** True while training: dropout drops, batch normalization uses the batch. Default false. */
  readonly training?: boolean;
  /** Randomness for this call; needed by dropout while training. */
  readonly key?: Tensor;
  /** Where in the model the layer stands, as in `.0.weight`; set by the containers. */
  readonly path?: string;
  /** Called by activations with what they return, for statistics. */
  readonly observe?: (path: string, name: string, y: Tensor) => void;
}

/** Trainable parameters, and state that is carried along but not trained (running statistics); plain trees both. */
export interface Variables<P, S> {
  readonly parameters: P;
  readonly state: S;
}

/**
 * A layer is a pair of pure functions over plain trees, as in Flax and Equinox: nothing hides in an object, so that
 * parameters can be stored, printed, compared and differentiated like any other value. Layers without state have `null`.
 * Parameters are laid out and named as PyTorch's (a linear weight is [outputs, inputs]).
 */
export interface Layer<P = unknown, S = unknown> {
  readonly name: string;
  /** Fresh parameters and state; equal keys give equal bits. */
  init(key: Tensor): Variables<P, S>;
  /** The output for an input, and the next state. */
  apply(parameters: P, state: S, x: Tensor, context?: Context): readonly [y: Tensor, state: S];
}

/** Parameters of a layer type. */
export type ParametersOf<L> = L extends Layer<infer P, infer _S> ? P : never;
/** State of a layer type. */
export type StateOf<L> = L extends Layer<infer _P, infer S> ? S : never;

export interface LayerOptions {
  /** Element type of the parameters. Default float32. */
  readonly dtype?: FloatDType;
}

/** A layer without state. */
export const stateless = <P>(
  name: string,
  init: (key: Tensor) => P,
  apply: (parameters: P, x: Tensor, context: Context) => Tensor,
): Layer<P, null> => ({
  name,
  init: (key) => ({ parameters: init(key), state: null }),
  apply: (parameters, state, x, context = {}) => [apply(parameters, x, context), state],
});

/** What a layer inside another one is told: a place and a stream of randomness of its own. */
export const within = (context: Context, index: number, name: string | number): Context => ({
  ...context,
  path: `${context.path ?? ''}.${name}`,
  ...(context.key === undefined ? {} : { key: foldIn(context.key, index) }),
});

/** @throws ArgumentError unless `value` is a whole number from `least`. */
export function checkSize(who: string, what: string, value: number, least = 1): number {
  if (!Number.isInteger(value) || value < least) {
    throw new ArgumentError(`${who}: ${what} is ${describeValue(value)}; a whole number from ${least} is needed`);
  }
  return value;
}

/** @throws ShapeError unless `x` has the rank, and along `axis` the size, that a layer was made for. */
export function checkInput(who: string, x: Tensor, rank: number | undefined, axis: number, size: number, form: string) {
  const at = axis < 0 ? axis + x.rank : axis;
  if ((rank === undefined || x.rank === rank) && x.shape[at] === size) return;
  throw new ShapeError(`${who}: the input has shape ${showShape(x.shape)}; ${form} is needed`);
}
