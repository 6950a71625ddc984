import { add, mul, neg } from '../../primitives/arithmetic.ts';
import type { MaybeZero, Series } from '../../program/primitive.ts';
import { DenseTensor, type Tensor } from '../../tensor/tensor.ts';

/** The coefficient of tᵏ, `null` where it is zero. */
export const at = (s: readonly MaybeZero[], k: number): MaybeZero => s[k] ?? null;

const isPlain = (x: Tensor): x is DenseTensor =>
  x instanceof DenseTensor && x.dtype === 'float64' && x.shape.length === 0;

/** Scalars that exist already are computed at once, without the way through the records: most of a series is such. */
const plain = (value: number, weak: boolean): DenseTensor =>
  new DenseTensor(Float64Array.of(value), [], 'float64', weak);

/** c · t for a plain number c. */
export function scaled(c: number, t: MaybeZero): MaybeZero {
  if (t === null || c === 0) return null;
  if (c === 1) return t;
  if (isPlain(t)) return plain(c * t.data[0], t.weak);
  return c === -1 ? neg(t) : (mul(c, t) as Tensor);
}

export function product(a: MaybeZero, b: MaybeZero): MaybeZero {
  if (!a || !b) return null;
  return isPlain(a) && isPlain(b) ? plain(a.data[0] * b.data[0], a.weak && b.weak) : mul(a, b);
}

export function plus(a: MaybeZero, b: MaybeZero): MaybeZero {
  if (!a || !b) return a ?? b;
  return isPlain(a) && isPlain(b) ? plain(a.data[0] + b.data[0], a.weak && b.weak) : add(a, b);
}

/** Σ of f(j) for j from … to, both included. */
export function sumOver(from: number, to: number, f: (j: number) => MaybeZero): MaybeZero {
  let total: MaybeZero = null;
  for (let j = from; j <= to; j++) total = plus(total, f(j));
  return total;
}

/** A series without the zeros at its end, cut off beyond `order`. */
export function trimmed(value: Tensor, coefficients: readonly MaybeZero[], order: number): Series {
  let length = Math.min(coefficients.length, order);
  while (length > 0 && !coefficients[length - 1]) length--;
  return [value, ...coefficients.slice(0, length)];
}

/** True for a series that is its value and nothing else. */
export const isConstant = (s: Series): boolean => s.length === 1;

/** Builds a series coefficient by coefficient: `next(k, so far)` gives that of tᵏ. */
export function grown(value: Tensor, order: number, next: (k: number, so: readonly MaybeZero[]) => MaybeZero): Series {
  const so: MaybeZero[] = [value];
  for (let k = 1; k <= order; k++) so.push(next(k, so));
  return trimmed(value, so.slice(1), order);
}

/** (a · b)ₖ = Σⱼ aⱼ bₖ₋ⱼ; of a square each pair once. */
export function productTerm(a: readonly MaybeZero[], b: readonly MaybeZero[], k: number): MaybeZero {
  if (a !== b) return sumOver(0, k, (j) => product(at(a, j), at(b, k - j)));
  const pairs = sumOver(0, Math.ceil(k / 2) - 1, (j) => product(at(a, j), at(a, k - j)));
  const middle = k % 2 === 0 ? product(at(a, k / 2), at(a, k / 2)) : null;
  return plus(scaled(2, pairs), middle);
}

/** The coefficients of t x′(t), j xⱼ. */
export const rates = (x: readonly MaybeZero[]): MaybeZero[] => x.map((c, j) => scaled(j, c));

/** yₖ of k yₖ = Σⱼ₌₁ᵏ j xⱼ gₖ₋ⱼ, which is y′ = g x′ compared power by power; `rate` holds j xⱼ. */
export const chainTerm = (rate: readonly MaybeZero[], g: readonly MaybeZero[], k: number): MaybeZero =>
  scaled(
    1 / k,
    sumOver(1, Math.min(k, rate.length - 1), (j) => product(at(rate, j), at(g, k - j))),
  );
