import { cond } from '../control/cond.ts';
import { scan } from '../control/scan-loop.ts';
import { add, div, mul, neg, sub } from '../primitives/arithmetic.ts';
import { equal, greater, greaterEqual, less, notEqual } from '../primitives/comparison.ts';
import { convertTo } from '../primitives/convert.ts';
import { exp } from '../primitives/exponential.ts';
import { reshapeTo } from '../primitives/layout.ts';
import { logicalOr, logicalXor } from '../primitives/logical.ts';
import { abs, maximum, minimum } from '../primitives/piecewise.ts';
import { sqrt } from '../primitives/powers.ts';
import { reduceOr } from '../primitives/reductions.ts';
import { select } from '../primitives/select.ts';
import { sliceAlong } from '../primitives/slice.ts';
import { erfc } from '../primitives/special.ts';
import { asin, sin } from '../primitives/trigonometric.ts';
import type { Program } from '../program/program.ts';
import { type Aval, DenseTensor, type Tensor } from '../tensor/tensor.ts';
import { recordProgram } from '../trace/apply.ts';
import { plainType } from '../transforms/types.ts';
import { legendreRule } from './normal-probability.ts';

const clip = (p: Tensor): Tensor => minimum(1, maximum(0, p));
const phi = (z: Tensor): Tensor => mul(0.5, erfc(mul(-Math.SQRT1_2, z)));
const square = (x: Tensor): Tensor => mul(x, x);

/** The sum over the nodes of the rule of what `term` gives for a side and its weight. */
function sumOver(like: Tensor, term: (side: Tensor, weight: Tensor) => Tensor): Tensor {
  const rule = legendreRule().flatMap(({ x, w }) => [
    { side: 1 - x, w },
    { side: 1 + x, w },
  ]);
  const vector = (values: number[]): Tensor =>
    new DenseTensor(Float64Array.from(values), [values.length], 'float64') as Tensor;
  // zeros that are computed: as a constant they would be part of the module
  const some = less(like, 0);
  const zero = convertTo(logicalXor(some, some), { dtype: 'float64', weak: false });
  const [sum] = scan((sum: Tensor, { side, w }: { side: Tensor; w: Tensor }) => [add(sum, term(side, w)), null], zero, {
    side: vector(rule.map((p) => p.side)),
    w: vector(rule.map((p) => p.w)),
  });
  return sum;
}

/** Drezner and Wesolowsky's integral over the correlation. */
function moderate(h: Tensor, k: Tensor, r: Tensor): Tensor {
  const half = mul(asin(r), 0.5);
  const squares = mul(add(square(h), square(k)), 0.5);
  const both = mul(h, k);
  const sum = sumOver(h, (side, weight) => {
    const s = sin(mul(half, side));
    return mul(weight, exp(div(sub(mul(s, both), squares), sub(1, square(s)))));
  });
  return clip(add(div(mul(sum, half), 2 * Math.PI), mul(phi(h), phi(k))));
}

/** Genz's expansion of the part that is singular at ±1, and the rest by the rule. */
function extreme(h: Tensor, k: Tensor, r: Tensor): Tensor {
  // as upper tails of −h and −k; a negative correlation is mirrored
  const a0 = neg(h);
  const b0 = select(less(r, 0), k, neg(k));
  const product = mul(a0, b0);
  const as = mul(sub(1, r), add(1, r));
  const a = sqrt(as);
  const bs = square(sub(a0, b0));
  const [c, d] = [mul(sub(4, product), 1 / 8), div(sub(12, product), 80)];
  const e0 = mul(-0.5, add(div(bs, as), product));
  const series = div(mul(mul(c, sub(bs, as)), sub(1, mul(d, bs))), 3);
  const near = mul(mul(a, exp(e0)), add(sub(1, series), mul(mul(mul(c, d), as), as)));
  const b = sqrt(bs);
  const tail = mul(Math.sqrt(2 * Math.PI), phi(div(neg(b), a)));
  const far = mul(mul(mul(exp(mul(-0.5, product)), tail), b), sub(1, div(mul(mul(c, bs), sub(1, mul(d, bs))), 3)));
  const expansion = sub(select(greater(e0, -100), near, 0), select(greater(product, -100), far, 0));
  const rest = sumOver(h, (side, weight) => {
    const xs = square(mul(mul(a, 0.5), side));
    const e = mul(-0.5, add(div(bs, xs), product));
    const root = sqrt(sub(1, xs));
    const exact = div(exp(div(mul(neg(product), xs), mul(2, square(add(1, root))))), root);
    const smooth = add(1, mul(mul(c, xs), add(1, mul(mul(5, d), xs))));
    return select(greater(e, -100), mul(mul(weight, exp(e)), sub(smooth, exact)), 0);
  });
  const found = div(sub(mul(mul(a, 0.5), rest), expansion), 2 * Math.PI);
  const part = select(less(abs(r), 1), found, 0);
  const between = select(less(a0, 0), sub(phi(b0), phi(a0)), sub(phi(neg(a0)), phi(neg(b0))));
  const mirrored = select(greaterEqual(a0, b0), neg(part), sub(between, part));
  return clip(select(greater(r, 0), add(part, phi(neg(maximum(a0, b0)))), mirrored));
}

/**
 * P(X ≤ h, Y ≤ k) of two variables, as `bivariate` computes it, element by element: (limits […, 2], correlations
 * […, 2, 2]) → probabilities.
 */
export function bivariateProgram(inputs: readonly Aval[]): Program {
  return recordProgram('normal_probability', inputs.map(plainType), ([limits, matrix]) => {
    const stack = (limits as Tensor).shape.slice(0, -1);
    const [n, { dtype }] = [stack.length, limits as Tensor];
    const wide = (x: Tensor): Tensor => convertTo(x, { dtype: 'float64', weak: false });
    const [given, correlations] = [wide(limits as Tensor), wide(matrix as Tensor)];
    const [h, k] = [0, 1].map((i) => reshapeTo(sliceAlong(given, n, i, i + 1), stack)) as [Tensor, Tensor];
    const r = reshapeTo(sliceAlong(sliceAlong(correlations, n, 1, 2), n + 1, 0, 1), stack);
    const { POSITIVE_INFINITY: inf } = Number;
    const [hInside, kInside] = [h, k].map((x) => select(equal(abs(x), inf), 0, x)) as [Tensor, Tensor];
    const isExtreme = greaterEqual(abs(r), 0.925);
    const both = cond(
      reduceOr(
        isExtreme,
        stack.map((_, axis) => axis),
      ),
      () => select(isExtreme, extreme(hInside, kInside, r), moderate(hInside, kInside, r)),
      () => moderate(hInside, kInside, r),
    );
    // a limit of +∞ leaves its variable out
    const finite = select(equal(h, inf), phi(k), select(equal(k, inf), phi(h), both));
    const none = logicalOr(equal(h, -inf), equal(k, -inf));
    const isUndefined = logicalOr(notEqual(h, h), notEqual(k, k));
    const result = select(isUndefined, Number.NaN, select(none, 0, finite));
    return [convertTo(result, { dtype, weak: false })];
  });
}
