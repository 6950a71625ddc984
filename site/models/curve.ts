import { DownhillError, grad, sum, type Tensor, tensor } from 'downhill';
import { type Derivative, type Formula, FormulaError, formula } from 'downhill/formula';

/** Longest formula a figure accepts, typed or from a link. */
export const MAX_FORMULA = 200;

/** A formula in x, ready to be drawn: values and slopes at points and along lists of points. */
export interface Curve {
  readonly source: string;
  readonly formula: Formula;
  /** The derivative as the engine writes it, computed when first asked for. */
  readonly derivative: Derivative;
  /** NaN where the formula has no real value. */
  readonly at: (x: number) => number;
  readonly slopeAt: (x: number) => number;
  readonly curvatureAt: (x: number) => number;
  readonly sample: (xs: readonly number[]) => readonly number[];
  readonly slopes: (xs: readonly number[]) => readonly number[];
}

/** What became of a text: a curve, or what is wrong with it and where (counted from 1). */
export type CurveResult =
  | { readonly ok: true; readonly curve: Curve }
  | { readonly ok: false; readonly message: string; readonly position: number | undefined };

const numberOf = (y: number | Tensor): number => (typeof y === 'number' ? y : y.item());

/** Reads a formula in x. Nothing is thrown: a text that cannot be read comes back as a message with its position. */
export function readCurve(source: string): CurveResult {
  if (source.trim() === '') return { ok: false, message: 'type a formula in x, such as x^2/2', position: undefined };
  if (source.length > MAX_FORMULA) {
    const message = `a formula here has at most ${MAX_FORMULA} characters; this one has ${source.length}`;
    return { ok: false, message, position: undefined };
  }
  try {
    const read = formula(source, { variables: ['x'] });
    // A formula can be well-formed and still have no derivative that can be traced: find out before it is drawn.
    grad(read.f as (x: number) => number)(1);
    return { ok: true, curve: makeCurve(source, read) };
  } catch (error) {
    if (error instanceof FormulaError) return { ok: false, message: error.sentence, position: error.position };
    if (error instanceof DownhillError) return { ok: false, message: error.message, position: undefined };
    throw error;
  }
}

function makeCurve(source: string, read: Formula): Curve {
  const f = read.f as (x: number | Tensor) => number | Tensor;
  const slope = grad(f as (x: number) => number);
  const curvature = grad(slope);
  const along = grad((xs: Tensor) => sum(f(xs)) as unknown as number) as (xs: Tensor) => Tensor;
  const list = (ys: number | Tensor, count: number): readonly number[] =>
    typeof ys === 'number' || ys.shape.length === 0 ? new Array(count).fill(numberOf(ys)) : Array.from(ys.data, Number);
  const sample = (xs: readonly number[]): readonly number[] => list(f(tensor([...xs])), xs.length);
  let derivative: Derivative | undefined;
  return {
    source,
    formula: read,
    get derivative() {
      derivative ??= read.derivative('x');
      return derivative;
    },
    at: (x) => numberOf(f(x)),
    // A derivative can have a value where the function has none (1/x beside log x): there is no slope there.
    slopeAt: (x) => (Number.isNaN(numberOf(f(x))) ? Number.NaN : numberOf(slope(x))),
    curvatureAt: (x) => (Number.isNaN(numberOf(f(x))) ? Number.NaN : numberOf(curvature(x))),
    sample,
    slopes: (xs) => {
      const values = sample(xs);
      return list(along(tensor([...xs])), xs.length).map((s, i) => (Number.isNaN(values[i]) ? Number.NaN : s));
    },
  };
}

/** `count` numbers from `low` to `high`, both included. */
export const spread = (low: number, high: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => low + ((high - low) * i) / (count - 1));

/** A range that shows a list of values: all of them, or the middle nine tenths where a pole would flatten the rest. */
export function viewOf(values: readonly number[]): [number, number] {
  const finite = values.filter(Number.isFinite).sort((a, b) => a - b);
  if (finite.length === 0) return [-1, 1];
  const at = (q: number): number => finite[Math.round(q * (finite.length - 1))] as number;
  const whole: [number, number] = [at(0), at(1)];
  const middle: [number, number] = [at(0.05), at(0.95)];
  const [low, high] = whole[1] - whole[0] > 4 * (middle[1] - middle[0]) ? middle : whole;
  const size = high - low;
  const margin = size > 0 ? size * 0.08 : Math.max(1, Math.abs(low) * 0.2);
  return [low - margin, high + margin];
}
