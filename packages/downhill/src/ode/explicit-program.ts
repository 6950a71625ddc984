import { cond } from '../control/cond.ts';
import { scan } from '../control/scan-loop.ts';
import { whileLoop } from '../control/while.ts';
import { concatenate } from '../functions/joining.ts';
import { add, div, mul, sub } from '../primitives/arithmetic.ts';
import { equal, greater, greaterEqual, isFinite, less, lessEqual, notEqual } from '../primitives/comparison.ts';
import { convertTo } from '../primitives/convert.ts';
import { broadcastInDim, reduceSum, reshapeTo } from '../primitives/layout.ts';
import { logicalAnd, logicalNot, logicalOr, logicalXor } from '../primitives/logical.ts';
import { abs, maximum, minimum, sign } from '../primitives/piecewise.ts';
import { pow, sqrt } from '../primitives/powers.ts';
import { select } from '../primitives/select.ts';
import { sliceAlong } from '../primitives/slice.ts';
import { type Program, subPrograms } from '../program/program.ts';
import { sizeOf } from '../tensor/shape.ts';
import { type Aval, asTensor, DenseTensor, type Tensor } from '../tensor/tensor.ts';
import { inlineProgram, recordProgram } from '../trace/apply.ts';
import { dropDead } from '../transforms/simplify.ts';
import { plainType } from '../transforms/types.ts';
import { grow, integralPart, proportional, safety, shrink } from './explicit.ts';
import type { Tableau } from './tableaus.ts';

/** A system of equations and how to solve it. */
export interface ExplicitProblem {
  /** (t, state…, parameters…) → slopes of the state. */
  readonly program: Program;
  readonly states: number;
  /** The times; empty where the first parameter holds two of them. */
  readonly times: readonly number[];
  readonly tableau: Tableau;
  readonly absolute: number;
  readonly relative: number;
  readonly budget: number;
}

/** Leaves of a state, or of its slopes, in float64. */
type State = Tensor[];

/** What goes from one attempt at a step to the next. */
interface Attempt {
  readonly t: Tensor;
  readonly y: State;
  readonly slope: State;
  /** The size of the next step. */
  readonly h: Tensor;
  readonly previousError: Tensor;
  /** Whether the step that is being attempted was refused before. */
  readonly refused: Tensor;
  readonly evaluations: Tensor;
  readonly failed: Tensor;
}

/** A right side of more equations than this is written once for all stages, in a loop over them. */
const longest = 150;

const lengthOf = (program: Program): number =>
  program.equations.reduce(
    (n, equation) => n + subPrograms(equation).reduce((m, [, inner]) => m + lengthOf(inner), 1),
    0,
  );

const strong = (x: Tensor): Tensor => convertTo(x, { dtype: 'float64', weak: false });
const number = (x: number): Tensor => strong(asTensor(x));
const flag = (x: boolean): Tensor => convertTo(asTensor(x), { dtype: 'bool', weak: false });
const vector = (values: readonly number[]): Tensor =>
  new DenseTensor(Float64Array.from(values), [values.length], 'float64');
const total = (x: Tensor): Tensor =>
  reduceSum(
    x,
    x.shape.map((_, axis) => axis),
  );

/** Root mean square of a state measured by what the tolerance allows each component. */
function scaledNorm(x: State, a: State, b: State, { absolute, relative }: ExplicitProblem): Tensor {
  const sums = x.map((leaf, i) => {
    const allowed = add(absolute, mul(relative, maximum(abs(a[i] as Tensor), abs(b[i] as Tensor))));
    const share = div(leaf, allowed);
    return total(mul(share, share));
  });
  const size = x.reduce((n, leaf) => n + sizeOf(leaf.shape), 0);
  return sqrt(
    div(
      sums.reduce((s, t) => add(s, t)),
      Math.max(1, size),
    ),
  );
}

/** `y + factor · Σ weights · slopes`, terms without weight left out. */
function moved(y: State, factor: Tensor, weights: readonly (number | Tensor)[], slopes: readonly State[]): State {
  return y.map((leaf, p) => add(leaf, mul(factor, combined(weights, slopes, p))));
}

function combined(weights: readonly (number | Tensor)[], slopes: readonly State[], p: number): Tensor {
  let sum: Tensor | undefined;
  weights.forEach((w, j) => {
    if (w === 0) return;
    const term = mul(w, (slopes[j] as State)[p] as Tensor);
    sum = sum ? add(sum, term) : term;
  });
  return sum as Tensor;
}

/** The first step of `stepper.ts`, as operations. */
function firstStep(
  f: (t: Tensor, y: State) => State,
  t: Tensor,
  y: State,
  slope: State,
  end: Tensor,
  problem: ExplicitProblem,
): Tensor {
  const direction = sign(sub(end, t));
  const span = abs(sub(end, t));
  const d0 = scaledNorm(y, y, y, problem);
  const d1 = scaledNorm(slope, y, y, problem);
  const isSmall = logicalOr(less(d0, 1e-5), less(d1, 1e-5));
  const h0 = minimum(select(isSmall, number(1e-6), div(mul(0.01, d0), d1)), span);
  const step = mul(direction, h0);
  const trial = y.map((leaf, i) => add(leaf, mul(step, slope[i] as Tensor)));
  const after = f(add(t, step), trial);
  const change = after.map((leaf, i) => sub(leaf, slope[i] as Tensor));
  const d2 = div(scaledNorm(change, y, y, problem), h0);
  const largest = maximum(d1, d2);
  const h1 = select(lessEqual(largest, 1e-15), maximum(1e-6, mul(h0, 1e-3)), pow(div(0.01, largest), 1 / 5));
  const h = minimum(minimum(mul(100, h0), h1), span);
  return select(logicalAnd(isFinite(h), greater(h, 0)), h, h0);
}

/** Slopes at all stages of a step but the first, and where the last one stands. */
function stagesOf(
  f: (t: Tensor, y: State) => State,
  { t, y, slope, refused }: Attempt,
  step: Tensor,
  next: Tensor,
  { tableau: { a, c }, program }: ExplicitProblem,
): { slopes: State[]; state: State } {
  const last = c.length - 1;
  if (lengthOf(program) <= longest) {
    const slopes: State[] = [slope];
    let state = y;
    for (let i = 1; i <= last; i++) {
      state = moved(y, step, a[i] as readonly number[], slopes);
      slopes.push(f(i === last ? next : add(t, mul(c[i] as number, step)), state));
    }
    return { slopes, state };
  }
  // stages to come have the slope 0, and the weight 0
  const nothing = strong(logicalXor(refused, refused));
  const none = y.map((leaf) => broadcastInDim(nothing, leaf.shape, []));
  const rows = a.slice(1).map((row) => [...row, ...new Array<number>(last - row.length).fill(0)]);
  const weights = new DenseTensor(Float64Array.from(rows.flat()), [last, last], 'float64');
  const numbers = new DenseTensor(
    Int32Array.from(rows, (_, i) => i),
    [last],
    'int32',
  );
  const [{ slopes, state }] = scan(
    (
      { slopes: known }: { slopes: State[]; state: State },
      { row, node, index }: { row: Tensor; node: Tensor; index: Tensor },
    ) => {
      const own = Array.from({ length: last }, (_, j) => reshapeTo(sliceAlong(row, 0, j, j + 1), []));
      const here = moved(y, step, own, known);
      const found = f(select(equal(index, last - 1), next, add(t, mul(node, step))), here);
      const all = known.map((k, j) =>
        j === 0 ? k : k.map((leaf, p) => select(equal(index, j - 1), found[p] as Tensor, leaf)),
      );
      return [{ slopes: all, state: here }, null] as const;
    },
    { slopes: [slope, ...Array.from({ length: last }, () => none)], state: y },
    { row: weights, node: vector(c.slice(1)), index: numbers as Tensor },
  );
  return { slopes, state };
}

/** An attempt at a step towards `limit`: accepted, or refused with a smaller step to come. */
function attempt(
  f: (t: Tensor, y: State) => State,
  given: Attempt,
  limit: Tensor,
  direction: Tensor,
  problem: ExplicitProblem,
): Attempt {
  const { t, y, h, slope, previousError, refused, evaluations } = given;
  const { tableau, budget } = problem;
  const calls = tableau.c.length - 1;
  const rest = abs(sub(limit, t));
  const least = mul(16 * Number.EPSILON, maximum(abs(t), Number.MIN_VALUE * 2 ** 52));
  const tooSmall = logicalAnd(less(h, least), greater(rest, least));
  const spent = greater(add(evaluations, calls), budget);
  // a step that nearly reaches the limit takes it all; two halves come before a tiny last one
  const half = mul(0.5, rest);
  const shorter = select(greater(h, half), minimum(h, mul(half, 1 + 1e-12)), h);
  const size = select(greaterEqual(h, mul(rest, 1 - 1e-12)), rest, shorter);
  const step = mul(direction, size);
  const next = select(equal(size, rest), limit, add(t, step));
  const { slopes, state } = stagesOf(f, given, step, next, problem);
  const error = y.map((_, p) => mul(step, combined(tableau.e, slopes, p)));
  const measure = scaledNorm(error, y, state, problem);
  const accepted = lessEqual(measure, 1);
  const following = cond(
    accepted,
    () => {
      const wanted = mul(mul(safety, pow(maximum(measure, 1e-10), -proportional)), pow(previousError, integralPart));
      const change = minimum(select(refused, number(1), number(grow)), maximum(shrink, wanted));
      const changed = mul(size, change);
      // a step cut short to reach the limit says nothing against the longer one
      return select(less(size, h), maximum(h, changed), changed);
    },
    () => {
      const factor = maximum(shrink, mul(safety, pow(measure, -1 / 5)));
      return mul(size, select(isFinite(measure), factor, number(shrink)));
    },
  );
  const last = slopes[calls] as State;
  return {
    t: select(accepted, next, t),
    y: y.map((leaf, p) => select(accepted, state[p] as Tensor, leaf)),
    slope: slope.map((leaf, p) => select(accepted, last[p] as Tensor, leaf)),
    h: following,
    previousError: select(accepted, maximum(measure, 1e-4), previousError),
    refused: logicalNot(accepted),
    evaluations: add(evaluations, calls),
    failed: logicalOr(tooSmall, spent),
  };
}

/**
 * The adaptive method of `explicit.ts` as a Program with loops in it: (state…, parameters…) → the states at the times, and
 * whether all of them were reached. Steps are chosen in the same way, so that results differ by rounding.
 */
export function explicitProgram(inputs: readonly Aval[], problem: ExplicitProblem): Program {
  const { states, times } = problem;
  const program = dropDead(problem.program);
  const [timeType, ...rest] = program.inputs.slice(0, 1 + states).map(plainType) as [Aval, ...Aval[]];
  return recordProgram('odeint', inputs.map(plainType), (operands) => {
    const parameters = operands.slice(states);
    const f = (t: Tensor, y: State): State => {
      const state = y.map((leaf, i) => convertTo(leaf, rest[i] as Aval));
      return inlineProgram(program, [convertTo(t, timeType), ...state, ...parameters]).map(strong);
    };
    const spans = times.length === 0 ? (parameters[0] as Tensor) : vector(times);
    const count = spans.shape[0] as number;
    const timeAt = (i: number): Tensor =>
      times.length === 0 ? reshapeTo(sliceAlong(spans, 0, i, i + 1), []) : number(times[i] as number);
    const [t0, end] = [timeAt(0), timeAt(count - 1)];
    const y0 = operands.slice(0, states).map(strong);
    const slope = f(t0, y0);
    const direction = sign(sub(end, t0));
    const isFiniteThere = slope
      .map((leaf) => equal(total(mul(leaf, 0)), 0))
      .reduce((all, one) => logicalAnd(all, one), flag(problem.budget >= 2));
    const start: Attempt = {
      t: t0,
      y: y0,
      slope,
      h: firstStep(f, t0, y0, slope, end, problem),
      previousError: number(1e-4),
      refused: flag(false),
      evaluations: number(2),
      failed: logicalNot(isFiniteThere),
    };
    const reach = (from: Attempt, stop: Tensor): Attempt =>
      whileLoop(
        ({ t, failed }) => logicalAnd(notEqual(t, stop), logicalNot(failed)),
        (now) => attempt(f, now, stop, direction, problem),
        from,
      );
    const rowsOf = (reached: State, first: boolean): Tensor[] =>
      reached.map((leaf, i) => {
        const { dtype } = rest[i] as Aval;
        const all = convertTo(leaf, { dtype, weak: false });
        return first ? reshapeTo(all, [1, ...leaf.shape]) : all;
      });
    const first = rowsOf(y0, true);
    if (count === 1) return [...first, flag(true)];
    if (count === 2) {
      const { y, failed } = reach(start, end);
      const last = rowsOf(y, true);
      return [...first.map((row, i) => concatenate([row, last[i] as Tensor])), logicalNot(failed)];
    }
    const [{ failed }, rows] = scan(
      (now: Attempt, stop: Tensor) => {
        const reached = reach(now, stop);
        return [reached, rowsOf(reached.y, false)] as const;
      },
      start,
      sliceAlong(spans, 0, 1, count),
    );
    return [...first.map((row, i) => concatenate([row, (rows as Tensor[])[i] as Tensor])), logicalNot(failed)];
  });
}
