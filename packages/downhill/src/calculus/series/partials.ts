import { ArgumentError } from '../../tensor/errors.ts';
import { showShape } from '../../tensor/shape.ts';
import { asTensor, convertData, type Tensor, type TensorLike, tensor } from '../../tensor/tensor.ts';
import { grad } from '../../transforms/grad.ts';
import { vmap } from '../../transforms/vmap.ts';
import { checkOrder, jet } from './jet.ts';

/** All tuples of `count` whole numbers from 0 that add up to `total`. */
export function multiIndices(count: number, total: number): number[][] {
  if (count === 1) return [[total]];
  return Array.from({ length: total + 1 }, (_, i) => total - i).flatMap((first) =>
    multiIndices(count - 1, total - first).map((rest) => [first, ...rest]),
  );
}

const sumOf = (index: readonly number[]): number => index.reduce((a, b) => a + b, 0);

/** z (z − 1) … (z − k + 1) / k! for real z. */
function binomial(z: number, k: number): number {
  let result = 1;
  for (let i = 0; i < k; i++) result *= (z - i) / (i + 1);
  return result;
}

const binomials = (z: readonly number[], k: readonly number[]): number =>
  z.reduce((product, v, i) => product * binomial(v, k[i] as number), 1);

/** Every tuple between zero and `top`, zero left out. */
function below(top: readonly number[]): number[][] {
  const all = top.reduce<number[][]>(
    (tuples, limit) => tuples.flatMap((t) => Array.from({ length: limit + 1 }, (_, v) => [...t, v])),
    [[]],
  );
  return all.filter((t) => sumOf(t) > 0);
}

/**
 * γ(i, j) of Griewank, Utke and Walther: ∂ⁱf = Σ_{|j| = d} γ(i, j) F_{|i|}(j), where F_r(j) is the r-th coefficient of the
 * series of f along the direction j. γ(i, j) = Σ_{0 < k ≤ i} (−1)^{|i−k|} C(i, k) C(d k / |k|, j) (|k| / d)^{|i|}.
 */
function weight(i: readonly number[], j: readonly number[], d: number): number {
  const size = sumOf(i);
  let total = 0;
  for (const k of below(i)) {
    const part = sumOf(k);
    const scaled = k.map((v) => (d * v) / part);
    total += ((size - part) % 2 === 0 ? 1 : -1) * binomials(i, k) * binomials(scaled, j) * (part / d) ** size;
  }
  return total;
}

/** One mixed partial derivative: how often each variable is differentiated, and the value. */
export interface MixedPartial {
  readonly index: readonly number[];
  readonly value: number;
}

interface Directional {
  readonly directions: readonly (readonly number[])[];
  /** Coefficients [power][direction][result], powers from 0. */
  readonly coefficients: readonly (readonly (readonly number[])[])[];
}

/** The series of f along every direction j with |j| = d, all at once. */
function directional(f: (x: Tensor) => Tensor | number, x: Tensor, order: number): Directional {
  const directions = multiIndices(x.size, order);
  const stack = convertData(directions.flat(), [directions.length, ...x.shape], 'float64');
  const along = vmap((v: Tensor) => jet(f, [x], [[v]], { order }));
  const [value, coefficients] = along(stack) as unknown as [Tensor, Tensor[]];
  const rows = [value, ...coefficients].map((c) => {
    const width = c.size / directions.length;
    return directions.map((_, j) => Array.from(c.data.subarray(j * width, (j + 1) * width)));
  });
  return { directions, coefficients: rows };
}

function pointOf(x: TensorLike, who: string): Tensor {
  const point = tensor(asTensor(x), { dtype: 'float64' });
  if (point.rank !== 1 || point.size === 0)
    throw new ArgumentError(`${who}: the point has shape ${showShape(point.shape)}; a vector of variables is needed`);
  return point;
}

/**
 * All partial derivatives of f: Rⁿ → R up to an order, mixed ones included, by interpolation of the series along
 * C(n + d − 1, d) directions: no derivative is nested (A. Griewank, J. Utke and A. Walther, Evaluating higher derivative
 * tensors by forward propagation of univariate Taylor series, Math. Comp. 69, 2000).
 * @returns the partials by total order, then by index from the first variable on; the first is the value itself.
 * @throws ArgumentError for a point that is not a vector, or an order that is not a whole number from 1.
 */
export function mixedPartials(f: (x: Tensor) => Tensor | number, x: TensorLike, order: number): MixedPartial[] {
  checkOrder(order, 'mixedPartials', 1);
  const point = pointOf(x, 'mixedPartials');
  const { directions, coefficients } = directional(f, point, order);
  if (coefficients[0]?.[0]?.length !== 1) throw new ArgumentError('mixedPartials: the function must return one scalar');
  const found: MixedPartial[] = [
    { index: point.shape.flatMap((n) => new Array<number>(n).fill(0)), value: coefficients[0][0][0] },
  ];
  for (let r = 1; r <= order; r++) {
    for (const index of multiIndices(point.size, r)) {
      const value = directions.reduce((sum, j, k) => sum + weight(index, j, order) * coefficients[r][k][0], 0);
      found.push({ index, value });
    }
  }
  return found;
}

/**
 * The tensor of all k-th derivatives of f: Rⁿ → R, of shape [n, …, n] (k axes, k from 2), symmetric in all of them: series
 * of the gradient, so that reverse mode takes care of one axis and interpolation of the others. Order 3 and 4 are what
 * it is for; order 2 is the Hessian.
 * @throws ArgumentError for a point that is not a vector, or an order that is not a whole number from 2.
 */
export function derivativeTensor(f: (x: Tensor) => Tensor | number, x: TensorLike, order: number): Tensor {
  checkOrder(order, 'derivativeTensor', 2);
  const point = pointOf(x, 'derivativeTensor');
  const n = point.size;
  const gradient = grad(f as (x: Tensor) => Tensor) as (x: Tensor) => Tensor;
  const { directions, coefficients } = directional(gradient, point, order - 1);
  const top = coefficients[order - 1];
  const columns = new Map<string, number[]>();
  for (const index of multiIndices(n, order - 1)) {
    const weights = directions.map((j) => weight(index, j, order - 1));
    columns.set(
      index.join(),
      Array.from({ length: n }, (_, c) => weights.reduce((sum, w, k) => sum + w * top[k][c], 0)),
    );
  }
  const data = new Float64Array(n ** order);
  const axes = new Array<number>(order).fill(0);
  for (let i = 0; i < data.length; i++) {
    let rest = i;
    for (let a = order - 1; a >= 0; a--) {
      axes[a] = rest % n;
      rest = Math.floor(rest / n);
    }
    const sorted = [...axes].sort((a, b) => a - b);
    const index = new Array<number>(n).fill(0);
    for (const a of sorted.slice(1)) index[a]++;
    data[i] = (columns.get(index.join()) as number[])[sorted[0]];
  }
  return tensor(data, { shape: axes.map(() => n) });
}
