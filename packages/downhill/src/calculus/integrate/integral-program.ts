import { whileLoop } from '../../control/while.ts';
import { concatenate } from '../../functions/joining.ts';
import { add, div, mul, neg, sub } from '../../primitives/arithmetic.ts';
import { equal, greater, greaterEqual, isFinite, less, lessEqual } from '../../primitives/comparison.ts';
import { convertTo } from '../../primitives/convert.ts';
import { dynamicSlice, dynamicUpdateSlice } from '../../primitives/dynamic-slice.ts';
import { broadcastInDim, reduceSum, reshapeTo } from '../../primitives/layout.ts';
import { logicalAnd, logicalNot, logicalOr, logicalXor } from '../../primitives/logical.ts';
import { abs, maximum, minimum } from '../../primitives/piecewise.ts';
import { sqrt } from '../../primitives/powers.ts';
import { argmaxAlong, reduceAnd, reduceMax } from '../../primitives/reductions.ts';
import { select } from '../../primitives/select.ts';
import { sliceAlong } from '../../primitives/slice.ts';
import type { Program } from '../../program/program.ts';
import { sizeOf } from '../../tensor/shape.ts';
import { type Aval, asTensor, DenseTensor, type Tensor } from '../../tensor/tensor.ts';
import { inlineProgram, recordProgram } from '../../trace/apply.ts';
import { batchProgram } from '../../transforms/batch.ts';
import { dropDead } from '../../transforms/simplify.ts';
import { plainType } from '../../transforms/types.ts';
import { mostFruitless, slowFactor } from './adaptive.ts';
import { gaussKronrod15, gaussKronrod21, type KronrodRule } from './rules.ts';

/** An integral and how well it is wanted. */
export interface IntegralProblem {
  /** (x, parameters…) → components of the integrand. */
  readonly program: Program;
  readonly absolute: number;
  readonly relative: number;
  readonly budget: number;
  readonly breakpoints: readonly number[];
}

/** From points [n] to rows of components [n, d]. */
type Sample = (u: Tensor) => Tensor;

/** Sub-intervals with their estimates, a row each: these columns, and a column a component after them. */
const columns = { lo: 0, hi: 1, error: 2, magnitude: 3, slow: 4, blind: 5 } as const;
const first = 6;

/** So many halvings in a row that barely reduce the error are a singularity, where fewer may be many waves. */
const mostSlow = 8;

/** Rows of a table; an integral that needs more of them is left to `adaptive`. */
const rowsFor = (components: number): number => (components <= 32 ? 128 : components <= 512 ? 64 : 24);

interface Quadrature {
  readonly table: Tensor;
  /** Rows in use. */
  readonly count: Tensor;
  /** Running sums: the errors, the magnitudes, the components. */
  readonly sums: Tensor;
  readonly evaluations: Tensor;
  readonly fruitless: Tensor;
  readonly done: Tensor;
  readonly failed: Tensor;
}

const strong = (x: Tensor): Tensor => convertTo(x, { dtype: 'float64', weak: false });
const number = (x: number): Tensor => strong(asTensor(x));
const flag = (x: boolean): Tensor => convertTo(asTensor(x), { dtype: 'bool', weak: false });
const index = (x: number): Tensor => convertTo(asTensor(x), { dtype: 'int32', weak: false });
const vector = (values: readonly number[]): Tensor =>
  new DenseTensor(Float64Array.from(values), [values.length], 'float64');
const column = (x: Tensor): Tensor => reshapeTo(x, [x.shape[0] as number, 1]);
const asNumbers = (x: Tensor): Tensor => convertTo(x, { dtype: 'float64', weak: false });
const entry = (x: Tensor, i: number): Tensor => reshapeTo(sliceAlong(x, x.rank - 1, i, i + 1), x.shape.slice(0, -1));
/** The sum of a row of numbers over an axis, and the largest. */
const sumOver = (x: Tensor, axis: number): Tensor => reduceSum(x, [axis]);
const mostOver = (x: Tensor, axis: number): Tensor => reduceMax(x, [axis]);

/** Which kind of range it is, from what is known of the limits beforehand: a limit that is not known counts as finite. */
type Kind = 'finite' | 'upwards' | 'downwards' | 'line';

interface Range {
  readonly kind: Kind;
  /** −1 for limits in reverse order, 0 where that is to be found out. */
  readonly sign: 1 | -1 | 0;
}

const knownLimit = (x: Aval): number | undefined => (x instanceof DenseTensor ? (x.data[0] as number) : undefined);

function rangeOf(a: Aval, b: Aval): Range | undefined {
  const [from, to] = [knownLimit(a), knownLimit(b)];
  const ends = [from, to].map((v) => (v !== undefined && !Number.isFinite(v) ? v : 0));
  if (ends.some(Number.isNaN) || (ends[0] !== 0 && ends[0] === ends[1])) return undefined;
  if (ends[0] === 0 && ends[1] === 0) return { kind: 'finite', sign: 0 };
  const sign = (ends[0] as number) < (ends[1] as number) ? 1 : -1;
  if (ends[0] !== 0 && ends[1] !== 0) return { kind: 'line', sign };
  return {
    kind: ends[0] === Number.POSITIVE_INFINITY || ends[1] === Number.POSITIVE_INFINITY ? 'upwards' : 'downwards',
    sign,
  };
}

/** The integrand on u as `range.ts` maps an infinite range to [−½, ½]. */
function mapped(sample: Sample, kind: Kind, origin: Tensor): Sample {
  if (kind === 'finite') return sample;
  const direction = kind === 'downwards' ? -1 : 1;
  return (u) => {
    const right = greater(u, 0);
    const distance = select(right, div(sub(1, u), u), div(neg(u), add(1, u)));
    const x = add(origin, mul(direction, minimum(distance, Number.MAX_VALUE)));
    const scale = column(select(right, u, add(1, u)));
    // divided twice, since the square may underflow where the quotient does not
    const weighted = (values: Tensor, factor: number): Tensor => div(div(mul(factor, values), scale), scale);
    if (kind !== 'line') return weighted(sample(x), 1);
    const n = u.shape[0] as number;
    const both = sample(concatenate([x, neg(x)]));
    return concatenate([weighted(sliceAlong(both, 0, 0, n), 2), weighted(sliceAlong(both, 0, n, 2 * n), 2)], {
      axis: 1,
    });
  };
}

/** A Gauss–Kronrod pair with all nodes from left to right, and the weights of each of them. */
type Rule = Readonly<Record<keyof KronrodRule, Tensor>>;

function wholeRule({ nodes, kronrod, gauss }: KronrodRule, kept: (x: Tensor) => Tensor): Rule {
  const half = nodes.length - 1;
  const mirrored = (values: readonly number[]): number[] => [...values, ...values.slice(0, half).reverse()];
  return {
    nodes: kept(vector(mirrored(nodes).map((v, i) => (i < half ? -v : v)))),
    kronrod: kept(vector(mirrored(kronrod))),
    gauss: kept(vector(mirrored(gauss))),
  };
}

/** Rows of a table for intervals [m], and whether the integrand was finite there; the estimate is that of `rules.ts`. */
function measure(rule: Rule, sample: Sample, lo: Tensor, hi: Tensor, slow: Tensor): { rows: Tensor; ok: Tensor } {
  const [m, n] = [lo.shape[0] as number, rule.nodes.shape[0] as number];
  const [center, radius] = [mul(0.5, add(lo, hi)), mul(0.5, sub(hi, lo))];
  const x = add(column(center), mul(column(radius), reshapeTo(rule.nodes, [1, n])));
  const values = sample(reshapeTo(x, [m * n]));
  const d = values.shape[1] as number;
  const table = reshapeTo(values, [m, n, d]);
  const [kronrod, gauss] = [rule.kronrod, rule.gauss].map((list) => broadcastInDim(list, [m, n, d], [1])) as [
    Tensor,
    Tensor,
  ];
  const k = sumOver(mul(kronrod, table), 1);
  const g = sumOver(mul(gauss, table), 1);
  const size = column(abs(radius));
  const absolute = mul(sumOver(mul(kronrod, abs(table)), 1), size);
  const mean = broadcastInDim(mul(k, 0.5), [m, n, d], [0, 2]);
  const spread = mul(sumOver(mul(kronrod, abs(sub(table, mean))), 1), size);
  const e = abs(mul(sub(k, g), column(radius)));
  const isBlind = logicalAnd(greaterEqual(mul(200, e), spread), greater(e, mul(1e3 * Number.EPSILON, absolute)));
  const ratio = mul(200, div(e, spread));
  const sharpened = mul(spread, minimum(1, mul(ratio, sqrt(ratio))));
  const varies = logicalAnd(greater(spread, 0), greater(e, 0));
  const error = maximum(select(varies, sharpened, e), mul(50 * Number.EPSILON, absolute));
  const parts = [
    column(lo),
    column(hi),
    column(mostOver(error, 1)),
    column(mostOver(absolute, 1)),
    column(slow),
    column(mostOver(asNumbers(isBlind), 1)),
    mul(k, column(radius)),
  ];
  return { rows: concatenate(parts, { axis: 1 }), ok: reduceAnd(isFinite(values), [0, 1]) };
}

/** Errors, magnitudes and components of rows, summed. */
const sumsOf = (rows: Tensor): Tensor => {
  const all = sumOver(rows, 0);
  return concatenate([sliceAlong(all, 0, 2, 4), sliceAlong(all, 0, first, all.shape[0] as number)]);
};

/** True when halving changed neither the value nor the error: what is left is rounding. */
function futile(whole: Tensor, parts: Tensor): Tensor {
  const end = whole.shape[0] as number;
  const value = sliceAlong(whole, 0, first, end);
  const sum = sumOver(sliceAlong(parts, 1, first, end), 0);
  const change = abs(sub(value, sum));
  const own = entry(whole, columns.error);
  const same = logicalAnd(lessEqual(change, mul(1e-5, abs(sum))), less(change, mul(0.1, own)));
  const error = sumOver(entry(parts, columns.error), 0);
  return logicalAnd(greaterEqual(error, mul(0.99, own)), reduceAnd(same, [0]));
}

/**
 * Adaptive quadrature as a Program with a loop in it: (from, to, parameters…) → the integrals, and whether they were found.
 * It halves intervals as `adaptive.ts` does, and goes on with it where that begins to look for a singularity; where halving
 * does not help at last, it gives up.
 * @returns nothing for breakpoints in an infinite range.
 */
export function integralProgram(inputs: readonly Aval[], problem: IntegralProblem): Program | undefined {
  const { program, absolute, relative, budget, breakpoints } = problem;
  const range = rangeOf(inputs[0] as Aval, inputs[1] as Aval);
  if (!range || (range.kind !== 'finite' && breakpoints.length > 0)) return undefined;
  const { kind } = range;
  const pair = kind === 'finite' ? gaussKronrod21 : gaussKronrod15;
  const points = 2 * pair.nodes.length - 1;
  const sizes = program.outputs.map((x) => sizeOf(x.shape));
  const width = sizes.reduce((a, b) => a + b, 0);
  const components = kind === 'line' ? 2 * width : width;
  const capacity = rowsFor(components);
  const cuts = [...new Set(breakpoints)].sort((p, q) => p - q);
  const pieces = kind === 'finite' ? cuts.length + 1 : 2;
  if (width === 0 || pieces > capacity) return undefined;

  return recordProgram('integral', inputs.map(plainType), ([from, to, ...parameters]) => {
    const plain: Sample = (x) => {
      const n = x.shape[0] as number;
      const batch = batchProgram(
        program,
        [true, ...parameters.map(() => false)],
        n,
        program.outputs.map(() => true),
      );
      const given = convertTo(x, { dtype: 'float64', weak: true });
      const parts = inlineProgram(dropDead(batch.program), [given, ...parameters]).map((y, i) =>
        reshapeTo(strong(y), [n, sizes[i] as number]),
      );
      return concatenate(parts, { axis: 1 });
    };
    const [a, b] = [strong(from as Tensor), strong(to as Tensor)];
    // arrays that are known would be stretched now, and be part of the module; nothing added to them, they are stretched by it
    const known = lessEqual(a, b);
    const nothing = asNumbers(logicalXor(known, known));
    const kept = (x: Tensor): Tensor => add(x, nothing);
    const rule = wholeRule(pair, kept);
    const ordered = lessEqual(a, b);
    const [low, high] = [select(ordered, a, b), select(ordered, b, a)];
    const sample = mapped(plain, kind, kind === 'line' ? number(0) : kind === 'downwards' ? high : low);
    const ends = kind === 'finite' ? [low, ...cuts.map(number), high] : [-0.5, 0, 0.5].map(number);
    const edges = ends.map((x) => reshapeTo(x, [1]));
    const isRange = logicalAnd(
      kind === 'finite'
        ? logicalAnd(isFinite(low), isFinite(high))
        : isFinite(kind === 'upwards' ? low : kind === 'line' ? number(0) : high),
      cuts.reduce((ok, p) => logicalAnd(ok, logicalAnd(greater(p, low), less(p, high))), flag(true)),
    );
    const none = vector(new Array<number>(pieces).fill(0));
    const start = measure(rule, sample, concatenate(edges.slice(0, -1)), concatenate(edges.slice(1)), none);
    // rows that are free have an error less than any
    const free = Array.from({ length: first + components }, (_, i) => (i === columns.error ? -1 : 0));
    const rest = broadcastInDim(kept(vector(free)), [capacity - pieces, first + components], [1]);

    const combined = (sums: Tensor): Tensor => {
      const own = sliceAlong(sums, 0, 2, 2 + components);
      if (kind !== 'line') return own;
      return mul(add(sliceAlong(own, 0, 0, width), sliceAlong(own, 0, width, components)), 0.5);
    };
    const isWithin = ({ sums }: Quadrature): Tensor =>
      lessEqual(entry(sums, 0), maximum(absolute, mul(relative, mostOver(abs(combined(sums)), 0))));
    const isOver = (now: Quadrature): Tensor => {
      const isDoubted = greater(mostOver(entry(now.table, columns.blind), 0), 0);
      const isRounding = lessEqual(entry(now.sums, 0), mul(100 * Number.EPSILON, entry(now.sums, 1)));
      const isSettled = logicalAnd(logicalNot(isDoubted), logicalOr(isWithin(now), isRounding));
      return logicalOr(logicalOr(now.done, now.failed), isSettled);
    };
    const end = whileLoop(
      (now: Quadrature) => logicalNot(isOver(now)),
      (now): Quadrature => {
        const { table, count, evaluations } = now;
        const error = entry(table, columns.error);
        const at = convertTo(
          select(isWithin(now), argmaxAlong(entry(table, columns.blind), 0), argmaxAlong(error, 0)),
          index(0),
        );
        const worst = reshapeTo(dynamicSlice(table, [at, index(0)], [1, first + components]), [first + components]);
        const [lo, hi, slow] = [columns.lo, columns.hi, columns.slow].map((c) => entry(worst, c)) as [
          Tensor,
          Tensor,
          Tensor,
        ];
        const narrow = lessEqual(sub(hi, lo), mul(8 * Number.EPSILON, maximum(abs(lo), abs(hi))));
        const middle = reshapeTo(mul(0.5, add(lo, hi)), [1]);
        const found = measure(
          rule,
          sample,
          concatenate([reshapeTo(lo, [1]), middle]),
          concatenate([middle, reshapeTo(hi, [1])]),
          vector([0, 0]),
        );
        const isSlow = greater(entry(found.rows, columns.error), mul(slowFactor, entry(worst, columns.error)));
        const slowness = select(isSlow, broadcastInDim(add(slow, 1), [2], []), vector([0, 0]));
        // an interval that was halved is no longer doubted
        const width = first + components;
        const rows = concatenate(
          [
            sliceAlong(found.rows, 1, 0, columns.slow),
            column(slowness),
            column(vector([0, 0])),
            sliceAlong(found.rows, 1, first, width),
          ],
          { axis: 1 },
        );
        const fruitless = add(now.fruitless, asNumbers(futile(worst, rows)));
        const spent = greater(add(evaluations, 2 * points), budget);
        const lost = logicalOr(logicalNot(found.ok), logicalOr(narrow, greaterEqual(slow, mostSlow)));
        const left = dynamicUpdateSlice(table, sliceAlong(rows, 0, 0, 1), [at, index(0)]);
        return {
          table: dynamicUpdateSlice(left, sliceAlong(rows, 0, 1, 2), [count, index(0)]),
          count: add(count, 1),
          sums: add(sub(now.sums, sumsOf(reshapeTo(worst, [1, width]))), sumsOf(rows)),
          evaluations: add(evaluations, 2 * points),
          fruitless,
          done: greater(fruitless, mostFruitless),
          failed: logicalOr(lost, logicalOr(spent, greaterEqual(count, capacity))),
        };
      },
      {
        table: concatenate([start.rows, rest]),
        count: index(pieces),
        sums: sumsOf(start.rows),
        evaluations: number(pieces * points),
        fruitless: number(0),
        done: flag(false),
        failed: logicalNot(logicalAnd(logicalAnd(start.ok, isRange), flag(pieces * points <= budget))),
      },
    );
    const isEmpty = equal(a, b);
    const sign = range.sign === 0 ? select(ordered, number(1), number(-1)) : number(range.sign);
    // running sums drift, so the result is summed anew
    const used = sumOver(sliceAlong(end.table, 1, first, first + components), 0);
    const value = mul(sign, combined(concatenate([vector([0, 0]), used])));
    let at = 0;
    const results = program.outputs.map((y, i) => {
      const own = sliceAlong(value, 0, at, at + (sizes[i] as number));
      at += sizes[i] as number;
      const all = select(isEmpty, zeroed(own), own);
      return convertTo(reshapeTo(all, y.shape), plainType(y));
    });
    return [...results, logicalOr(isEmpty, logicalNot(end.failed))];
  });
}

/** Zeros of a vector's shape. */
const zeroed = (x: Tensor): Tensor => broadcastInDim(number(0), x.shape, []);
