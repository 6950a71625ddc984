import { isFloat } from '../../tensor/dtype.ts';
import { type Aval, convertData, type DenseTensor } from '../../tensor/tensor.ts';
import { multiply } from './binary.ts';
import { type Interval, settle, worst } from './interval.ts';
import { addDown, addUp } from './rounding.ts';

export type Box = readonly Interval[];

/** Enclosures of some outputs on a box. */
export type Evaluator = (box: Box) => readonly Interval[];

/** One part of the box, with what is known there. */
interface Part {
  readonly box: Box;
  readonly outputs: readonly Interval[];
  /** How much each coordinate contributes to the width of the outputs. */
  readonly smear: Float64Array;
}

const total = (xs: readonly Interval[]): number => xs.reduce((n, x) => n + x.low.data.length, 0);

/** A finite number inside [a, b], its middle where it has one. */
export function middleOf(a: number, b: number): number {
  if (Number.isFinite(a) && Number.isFinite(b)) return Math.min(Math.max(a / 2 + b / 2, a), b);
  if (Number.isFinite(a)) return Math.max(a + 1, 2 * Math.abs(a));
  if (Number.isFinite(b)) return Math.min(b - 1, -2 * Math.abs(b));
  return 0;
}

const withData = (x: Aval, data: ArrayLike<number>): DenseTensor => convertData(data, x.shape, x.dtype, x.weak);

/** The box shrunk to its middle. */
const centreOf = (box: Box): Box =>
  box.map(({ low, high }) => {
    const c = withData(
      low,
      Float64Array.from(low.data, (a, i) => middleOf(a, high.data[i])),
    );
    return { low: c, high: c, grade: 'continuous' };
  });

/** The box with each coordinate named in `sides` shrunk to its lower (−1) or upper (1) bound. */
function faceOf(box: Box, sides: Int8Array): Box {
  let k = 0;
  return box.map(({ low, high, grade }) => {
    const [a, b] = [Float64Array.from(low.data), Float64Array.from(high.data)];
    for (let i = 0; i < a.length; i++, k++) {
      if (sides[k] < 0) b[i] = a[i];
      else if (sides[k] > 0) a[i] = b[i];
    }
    return { low: withData(low, a), high: withData(low, b), grade };
  });
}

/** What two enclosures of the same value agree on. */
function intersect(x: Interval, low: Float64Array, high: Float64Array): Interval {
  const a = Float64Array.from(x.low.data, (v, i) => Math.max(v, low[i]));
  const b = Float64Array.from(x.high.data, (v, i) => Math.min(v, high[i]));
  return settle(a, b, x.low, x.grade);
}

/**
 * Mean-value form: for a continuous f with slopes within D on the box, f(x) lies in f(c) + D (x − c). Every row of the
 * outputs has its row of slopes; `slopes` holds them as blocks [output][argument].
 */
function meanValue(
  box: Box,
  outputs: readonly Interval[],
  slopes: readonly Interval[],
  centre: readonly Interval[],
): Interval[] {
  const at = centreOf(box);
  const out = { low: 0, high: 0, partial: false };
  return outputs.map((y, o) => {
    const low = Float64Array.from(centre[o].low.data);
    const high = Float64Array.from(centre[o].high.data);
    box.forEach((x, n) => {
      const block = slopes[o * box.length + n];
      const size = x.low.data.length;
      for (let r = 0; r < low.length; r++) {
        for (let i = 0; i < size; i++) {
          const c = at[n].low.data[i];
          const [from, to] = [addDown(x.low.data[i], -c), addUp(x.high.data[i], -c)];
          multiply(block.low.data[r * size + i], block.high.data[r * size + i], from, to, out);
          low[r] = addDown(low[r], out.low);
          high[r] = addUp(high[r], out.high);
        }
      }
    });
    return intersect(y, low, high);
  });
}

/** The function on one part: natural extension, then monotone coordinates at their ends, then the mean-value form. */
function examine(
  box: Box,
  evaluate: Evaluator,
  derivative: Evaluator | undefined,
  count: { evaluations: number },
): Part {
  count.evaluations++;
  let outputs = evaluate(box);
  const size = total(box);
  const smear = widths(box);
  const smooth = outputs.every((y) => y.grade === 'continuous' && isFloat(y.low.dtype));
  if (!derivative || !smooth || !smear.some((w) => w > 0)) return { box, outputs, smear };
  const slopes = derivative(box);
  if (slopes.some((s) => s.grade === 'partial')) return { box, outputs, smear };
  const rows = total(outputs);
  if (rows === 1) {
    const sides = new Int8Array(size);
    let k = 0;
    for (const { low, high } of slopes) {
      for (let i = 0; i < low.data.length; i++, k++) sides[k] = low.data[i] >= 0 ? 1 : high.data[i] <= 0 ? -1 : 0;
    }
    if (sides.some((s) => s !== 0)) {
      const [top] = evaluate(faceOf(box, sides));
      const [bottom] = evaluate(faceOf(box, sides.map((s) => -s) as Int8Array));
      outputs = [intersect(outputs[0], Float64Array.from(bottom.low.data), Float64Array.from(top.high.data))];
    }
  }
  outputs = meanValue(box, outputs, slopes, evaluate(centreOf(box)));
  // smear: the width a coordinate contributes is its own times the size of the slope (Kearfott, Rigorous Global Search)
  const weighted = Float64Array.from(smear);
  let start = 0;
  box.forEach((x, n) => {
    const own = x.low.data.length;
    for (let i = 0; i < own; i++) {
      let most = 0;
      for (let o = 0; o < outputs.length; o++) {
        const { low, high } = slopes[o * box.length + n];
        for (let r = i; r < low.data.length; r += own)
          most = Math.max(most, Math.abs(low.data[r]), Math.abs(high.data[r]));
      }
      weighted[start + i] *= Number.isFinite(most) ? most : Number.MAX_VALUE;
    }
    start += own;
  });
  return { box, outputs, smear: weighted.some((w) => w > 0) ? weighted : smear };
}

function widths(box: Box): Float64Array {
  return Float64Array.from(
    box.flatMap(({ low, high }) => Array.from(low.data, (a, i) => (high.data[i] > a ? high.data[i] - a : 0))),
  );
}

/** The two halves of a box along the coordinate that contributes most, or `undefined` for one that cannot be halved. */
function split(part: Part): [Box, Box] | undefined {
  let best = -1;
  part.smear.forEach((s, k) => {
    if (s > 0 && (best < 0 || s > part.smear[best])) best = k;
  });
  if (best < 0) return undefined;
  let start = 0;
  for (const [n, { low, high, grade }] of part.box.entries()) {
    const i = best - start;
    start += low.data.length;
    if (i >= low.data.length) continue;
    const at = middleOf(low.data[i], high.data[i]);
    const whole = !isFloat(low.dtype);
    const [left, right] = whole ? [Math.floor(at), Math.floor(at) + 1] : [at, at];
    if (!whole && !(low.data[i] < at && at < high.data[i])) return undefined;
    const changed = (x: DenseTensor, v: number): DenseTensor =>
      withData(
        x,
        Array.from(x.data, (u, k) => (k === i ? v : u)),
      );
    const replace = (x: Interval): Box => part.box.map((own, k) => (k === n ? x : own));
    return [replace({ low, high: changed(high, left), grade }), replace({ low: changed(low, right), high, grade })];
  }
  return undefined;
}

/** Joins the parts of a box: the value lies in one of them, and is continuous where it is so in all. */
function join(parts: readonly Part[]): Interval[] {
  return parts[0].outputs.map((first, o) => {
    const low = Float64Array.from(first.low.data);
    const high = Float64Array.from(first.high.data);
    for (const { outputs } of parts) {
      for (let i = 0; i < low.length; i++) {
        low[i] = Math.min(low[i], outputs[o].low.data[i]);
        high[i] = Math.max(high[i], outputs[o].high.data[i]);
      }
    }
    return settle(low, high, first.low, worst(parts.map((p) => p.outputs[o].grade)));
  });
}

/**
 * Enclosures on a box tightened by halving it: each step halves the part that holds an extreme bound of one element,
 * upper and lower bounds of all elements taking turns, until the budget is spent or no part can be halved.
 */
export function refine(
  evaluate: Evaluator,
  derivative: Evaluator | undefined,
  box: Box,
  budget: number,
): { enclosures: Interval[]; evaluations: number } {
  const count = { evaluations: 0 };
  const parts = [examine(box, evaluate, derivative, count)];
  const elements = parts[0].outputs.flatMap((y, o) => Array.from(y.low.data, (_, i) => [o, i] as const));
  let idle = 0;
  for (let turn = 0; count.evaluations + 2 <= budget && elements.length > 0 && idle < 2 * elements.length; turn++) {
    const [o, i] = elements[Math.floor(turn / 2) % elements.length];
    const lower = turn % 2 === 0;
    const extreme = (p: Part): number => (lower ? -p.outputs[o].low.data[i] : p.outputs[o].high.data[i]);
    let worstPart = 0;
    parts.forEach((p, k) => {
      if (extreme(p) > extreme(parts[worstPart])) worstPart = k;
    });
    const y = parts[worstPart].outputs[o];
    const halves = y.low.data[i] < y.high.data[i] ? split(parts[worstPart]) : undefined;
    if (!halves) {
      idle++;
      continue;
    }
    idle = 0;
    const found = halves.map((half) => examine(half, evaluate, derivative, count));
    // a half lies within the whole, so it cannot have wider bounds than the whole had
    const narrowed = found.map((p) => ({
      ...p,
      outputs: p.outputs.map((v, k) => {
        const whole = parts[worstPart].outputs[k];
        return intersect(v, Float64Array.from(whole.low.data), Float64Array.from(whole.high.data));
      }),
    }));
    parts.splice(worstPart, 1, ...narrowed);
  }
  return { enclosures: join(parts), evaluations: count.evaluations };
}
