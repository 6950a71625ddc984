import { findRoot } from '../calculus/roots.ts';
import { ArgumentError } from '../tensor/errors.ts';
import { checkOptions } from '../tensor/option-names.ts';
import { describeValue } from '../tensor/tensor.ts';
import { explicitStepper } from './explicit.ts';
import { differenceJacobian, radauStepper } from './radau.ts';
import { type OdeReason, odeReasons } from './reasons.ts';
import { stateForm } from './state.ts';
import type { Control, Rhs, Statistics, Stepper } from './stepper.ts';
import { dopri5, tsit5 } from './tableaus.ts';

/** 'tsit5' (default) and 'dopri5' for problems that are not stiff; 'stiff' is Radau IIA of order 5. */
export type OdeMethod = 'tsit5' | 'dopri5' | 'stiff';

/** Something to watch for: where `f` passes through zero. */
export interface OdeEvent<Y> {
  readonly f: (t: number, y: Y) => number;
  /** True to end the integration there. Default false. */
  readonly terminal?: boolean;
  /** 1 for rising through zero only, −1 for falling. Default both. */
  readonly direction?: 1 | -1;
  readonly name?: string;
}

export interface OdeTolerance {
  readonly absolute?: number;
  readonly relative?: number;
}

export interface IvpOptions<Y> {
  readonly method?: OdeMethod;
  /** The local error allowed in a component: absolute + relative · |y|. A number stands for both. Default 1e-6. */
  readonly tolerance?: number | OdeTolerance;
  /** Times to report, between the ends in order. Default: every accepted step. */
  readonly times?: readonly number[];
  readonly events?: readonly OdeEvent<Y>[];
  /** The first step; chosen from the problem by default. */
  readonly firstStep?: number;
  readonly largestStep?: number;
  /** The most evaluations of the right side. Default 1 000 000. */
  readonly budget?: number;
  /** ∂f/∂y as rows, for the stiff method. Default: differences. */
  readonly jacobian?: (t: number, y: Y) => readonly (readonly number[])[];
}

export interface IvpSolution<Y> {
  readonly t: number[];
  /** One state a time. */
  readonly y: Y[];
  readonly reason: OdeReason;
  readonly message: string;
  readonly converged: boolean;
  /** Events met, in order. */
  readonly events: { readonly index: number; readonly name: string | undefined; readonly t: number; readonly y: Y }[];
  readonly statistics: Readonly<Statistics>;
  /** The solution at any time between the first and the last (dense output). */
  readonly at: (t: number) => Y;
}

export class BudgetSpent extends Error {}

export function checkOdeTolerance(
  tolerance: number | OdeTolerance,
  who: string,
): { absolute: number; relative: number } {
  const { absolute = 1e-6, relative = 1e-6 } =
    typeof tolerance === 'number' ? { absolute: tolerance, relative: tolerance } : tolerance;
  if (!(absolute > 0 && Number.isFinite(absolute)))
    throw new ArgumentError(`${who}: the absolute tolerance ${absolute} is not a positive number`);
  if (!(relative >= 1e-14 && Number.isFinite(relative))) {
    throw new ArgumentError(
      `${who}: a relative tolerance of ${relative} cannot be met in floating point; use 1e-14 or more`,
    );
  }
  return { absolute, relative };
}

export function checkMethod(method: unknown, who: string): asserts method is OdeMethod {
  if (method !== 'tsit5' && method !== 'dopri5' && method !== 'stiff') {
    throw new ArgumentError(`${who}: method ${JSON.stringify(method)}; 'tsit5', 'dopri5' or 'stiff' is needed`);
  }
}

function checkSpan(span: unknown): asserts span is readonly [number, number] {
  if (!Array.isArray(span) || span.length !== 2 || !span.every((t) => Number.isFinite(t))) {
    throw new ArgumentError(
      `solveIvp: the time span ${Array.isArray(span) ? `[${span.join(', ')}]` : describeValue(span)} is not a pair of finite numbers`,
    );
  }
  if (span[0] === span[1]) throw new ArgumentError(`solveIvp: the time span [${span[0]}, ${span[1]}] is empty`);
}

function checkTimes(times: readonly number[], t0: number, t1: number): void {
  const direction = Math.sign(t1 - t0);
  times.forEach((t, i) => {
    const inside = (t - t0) * direction >= 0 && (t1 - t) * direction >= 0;
    if (!inside || (i > 0 && !((t - times[i - 1]) * direction > 0))) {
      throw new ArgumentError(
        `solveIvp: times must lie between ${t0} and ${t1}, each beyond the one before; time ${i} is ${t}`,
      );
    }
  });
}

/** A piece of dense output: how to evaluate between two times. */
interface Segment {
  readonly from: number;
  readonly to: number;
  readonly at: (t: number) => Float64Array;
}

/**
 * Solves y' = f(t, y) from y(t0) = y0 to t1 (backwards if t1 < t0) with adaptive steps. The state is a number, a tensor or a
 * tree of them, and f returns the same structure. Everything found is reported together with the reason the integration
 * ended. For derivatives of solutions see `odeint`.
 * @throws ArgumentError for a bad span, state, tolerance, method or times.
 */
export function solveIvp<Y>(
  f: (t: number, y: Y) => Y,
  y0: Y,
  span: readonly [number, number],
  options: IvpOptions<Y> = {},
): IvpSolution<Y> {
  checkOptions('solveIvp', options, {
    method: 1,
    tolerance: 1,
    times: 1,
    events: 1,
    firstStep: 1,
    largestStep: 1,
    budget: 1,
    jacobian: 1,
  });
  if (typeof f !== 'function') throw new ArgumentError(`solveIvp needs a function; got ${describeValue(f)}`);
  checkSpan(span);
  const { method = 'tsit5', events = [], budget = 1_000_000, times, largestStep = Number.POSITIVE_INFINITY } = options;
  checkMethod(method, 'solveIvp');
  const control: Control = { ...checkOdeTolerance(options.tolerance ?? 1e-6, 'solveIvp'), largestStep };
  if (!(largestStep > 0)) throw new ArgumentError(`solveIvp: the largest step ${largestStep} is not a positive number`);
  if (options.firstStep !== undefined && !(options.firstStep > 0)) {
    throw new ArgumentError(`solveIvp: the first step ${options.firstStep} is not a positive number`);
  }
  if (!(Number.isInteger(budget) && budget > 0))
    throw new ArgumentError(`solveIvp: the budget ${budget} is not a positive whole number`);
  const [t0, t1] = span;
  if (times) checkTimes(times, t0, t1);
  const form = stateForm(y0, 'solveIvp');
  const start = new Float64Array(form.size);
  form.read(y0, start);
  const statistics: Statistics = { steps: 0, rejected: 0, evaluations: 0, jacobians: 0, factorizations: 0 };
  const rhs: Rhs = (t, y, out) => {
    if (statistics.evaluations >= budget) throw new BudgetSpent();
    statistics.evaluations++;
    form.read(f(t, form.write(y) as Y), out);
  };
  const given = options.jacobian;
  const jacobian = given
    ? (t: number, y: Float64Array): Float64Array => Float64Array.from(given(t, form.write(y) as Y).flat())
    : differenceJacobian(rhs, control.absolute);
  const direction = Math.sign(t1 - t0);
  const segments: Segment[] = [];
  const t: number[] = [];
  const y: Y[] = [];
  const met: { index: number; name: string | undefined; t: number; y: Y }[] = [];
  let reason: OdeReason = 'reached';
  let next = 0;
  const record = (time: number, state: Float64Array): void => {
    t.push(time);
    y.push(form.write(state) as Y);
  };
  /** Reports the requested times up to `end` (or the end itself, when none were requested). */
  const report = (end: number, at: (t: number) => Float64Array, state: Float64Array): void => {
    if (!times) {
      record(end, state);
      return;
    }
    for (; next < times.length && (end - times[next]) * direction >= 0; next++) {
      record(times[next], times[next] === end ? state : at(times[next]));
    }
  };
  let stepper: Stepper | undefined;
  try {
    stepper =
      method === 'stiff'
        ? radauStepper(rhs, t0, start, t1, jacobian, control, statistics, options.firstStep)
        : explicitStepper(
            rhs,
            t0,
            start,
            t1,
            method === 'tsit5' ? tsit5 : dopri5,
            control,
            statistics,
            options.firstStep,
          );
    let values = events.map((event) => event.f(t0, y0));
    report(t0, () => start, start);
    while (stepper.t !== t1) {
      const from = stepper.t;
      const outcome = stepper.advance(t1);
      if (outcome !== 'accepted') {
        reason = outcome;
        break;
      }
      const at = stepper.freeze();
      let [end, state] = [stepper.t, stepper.y];
      let ended = false;
      if (events.length > 0) {
        const after = events.map((event) => event.f(end, form.write(state) as Y));
        const found = crossings(events, values, after, from, end, (time) => form.write(at(time)) as Y);
        values = after;
        for (const { index, time } of found) {
          if (ended) break;
          const where = at(time);
          met.push({ index, name: events[index].name, t: time, y: form.write(where) as Y });
          if (events[index].terminal) [ended, end, state] = [true, time, where];
        }
      }
      segments.push({ from, to: end, at });
      report(end, at, state);
      if (ended) {
        if (times && t.at(-1) !== end) record(end, state);
        reason = 'event';
        break;
      }
    }
  } catch (thrown) {
    if (!(thrown instanceof BudgetSpent)) throw thrown;
    reason = 'budget';
  }
  return {
    t,
    y,
    reason,
    message: odeReasons[reason],
    converged: reason === 'reached' || reason === 'event',
    events: met,
    statistics,
    at: (time) => {
      const segment = segments.find(({ from, to }) => (time - from) * direction >= 0 && (to - time) * direction >= 0);
      if (!segment) {
        if (time === t0) return form.write(start) as Y;
        throw new ArgumentError(
          `the solution is known from ${t0} to ${segments.at(-1)?.to ?? t0}; ${time} lies outside`,
        );
      }
      return form.write(segment.at(time)) as Y;
    },
  };
}

/** The events of one step, in the order of time. */
function crossings<Y>(
  events: readonly OdeEvent<Y>[],
  before: readonly number[],
  after: readonly number[],
  from: number,
  to: number,
  at: (t: number) => Y,
): { index: number; time: number }[] {
  const found: { index: number; time: number }[] = [];
  events.forEach((event, index) => {
    const [a, b] = [before[index], after[index]];
    // a zero at the very start of a step was reported by the step before
    if (a === 0 || (b !== 0 && a > 0 === b > 0)) return;
    if (event.direction !== undefined && Math.sign(b - a) !== event.direction) return;
    const bracket: [number, number] = from < to ? [from, to] : [to, from];
    const time = b === 0 ? to : findRoot((t) => event.f(t, at(t)), { bracket, tolerance: 1e-13 }).x;
    found.push({ index, time });
  });
  return found.sort((p, q) => Math.abs(p.time - from) - Math.abs(q.time - from));
}
