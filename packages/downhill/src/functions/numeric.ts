import { ShapeError } from '../tensor/errors.ts';
import { showShape } from '../tensor/shape.ts';
import { asTensor, type Tensor, type TensorLike } from '../tensor/tensor.ts';

/**
 * A tensor that TypeScript takes for a number too, so that operators on it pass the checker. That is what they mean in code
 * under "use math"; elsewhere they throw. What an operator gives is typed `number`, whatever its shape: say `vector(…)` or
 * `matrix(…)` where the rank matters again, and `item(…)` where a plain number is needed.
 */
export type Numeric = number & Tensor;

/** A tensor of one axis for code with operators; its elements stand for numbers. See `Numeric`. */
export type Vector = Numeric & { readonly rank: 1; readonly [position: number]: number };

/** A tensor of two axes for code with operators; its elements are rows. See `Numeric`. */
export type Matrix = Numeric & { readonly rank: 2; readonly [position: number]: Vector };

function ofRank(x: TensorLike, rank: number, name: string): Tensor {
  const result = asTensor(x);
  if (result.rank === rank) return result;
  throw new ShapeError(
    `${name} needs ${rank === 1 ? 'one axis' : 'two axes'}; got ${result.rank === 0 ? 'a scalar' : `shape ${showShape(result.shape)}`}`,
  );
}

/**
 * `x` as a vector: a checked statement of its rank, not a copy.
 * @throws ShapeError unless `x` has exactly one axis.
 */
export const vector = (x: TensorLike): Vector => ofRank(x, 1, 'vector') as Vector;

/**
 * `x` as a matrix: a checked statement of its rank, not a copy.
 * @throws ShapeError unless `x` has exactly two axes.
 */
export const matrix = (x: TensorLike): Matrix => ofRank(x, 2, 'matrix') as Matrix;

/**
 * The one number in `x`, which may be a number already: the way back from tensors to plain numbers.
 * @throws ShapeError when `x` has more or less than one element.
 * @throws ConcretizationError for a traced float, whose derivative would end there.
 */
export const item = (x: TensorLike): number => (typeof x === 'number' ? x : asTensor(x).item());
