import { jvp, type Tensor } from 'downhill';
import { DomainError } from 'downhill/formula';
import { type IvpSolution, OdeError, type OdeMethod, odeint, solveIvp } from 'downhill/ode';
import { formatNumber } from '../output/number.ts';
import type { OdeSystem } from './system.ts';

export interface SolveOptions {
  method: OdeMethod;
  tolerance: number;
  budget: number;
}

/** A solution, with what the formulas say of the place where it broke off. */
export type SystemSolution = IvpSolution<number[]> & { fault: string | undefined };

export function solve(system: OdeSystem, times: readonly number[], options: SolveOptions): SystemSolution {
  const { right, start, values, span } = system;
  const f = (t: number, y: number[]) => right.map((side) => side.f(t, ...y, ...values) as number);
  const solution = solveIvp(f, [...start], span, { ...options, times });
  const fault = solution.reason === 'not-finite' ? faultOf(system, solution) : undefined;
  return { ...solution, fault };
}

/** Why a right side has no value at the last point reached, if it has none there or is not finite. */
function faultOf(system: OdeSystem, { t, y }: IvpSolution<number[]>): string | undefined {
  const { time, states, parameters, values, right } = system;
  const at = t.at(-1) ?? system.span[0];
  const state = y.at(-1) ?? [...system.start];
  const names = [time, ...states, ...parameters];
  const point = Object.fromEntries([at, ...state, ...values].map((v, i) => [names[i] as string, v]));
  for (const side of right) {
    try {
      side.at(point);
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      const [sentence = ''] = error.message.split('\n');
      return `${sentence.replace(/ \(position \d+\)$/, '').replace('has no value here', 'has no value')}, at ${time} = ${formatNumber(at)}`;
    }
  }
  return undefined;
}

/**
 * The derivatives of all variables at the given times by a parameter, or by a variable's starting value; a sentence
 * when they cannot be had.
 */
export function sensitivity(
  system: OdeSystem,
  by: string,
  times: readonly number[],
  { method, tolerance, budget }: SolveOptions,
): Record<string, number[]> | string {
  const { right, states, parameters, start, values } = system;
  if (times.length === 0) return 'the solution has no first point';
  if (times.length === 1) return Object.fromEntries(states.map((name) => [name, [name === by ? 1 : 0]]));
  const inputs = [...start, ...values];
  const index = [...states, ...parameters].indexOf(by);
  const solution = (...xs: number[]) => {
    const rest = xs.slice(states.length);
    const f = (t: Tensor, y: Record<string, Tensor>) => {
      const arguments_ = [t, ...states.map((name) => y[name] as Tensor), ...rest];
      return Object.fromEntries(right.map((side, i) => [states[i] as string, side.f(...arguments_)]));
    };
    const y0 = Object.fromEntries(states.map((name, i) => [name, xs[i] as number]));
    return odeint(f, y0, times, { method, tolerance, budget });
  };
  try {
    const direction = inputs.map((_, i) => (i === index ? 1 : 0));
    const [, slopes] = jvp(solution, inputs as [number, ...number[]], direction as [number, ...number[]]);
    return Object.fromEntries(
      states.map((name) => [
        name,
        Array.from((slopes as unknown as Record<string, Tensor>)[name]?.data as Float64Array),
      ]),
    );
  } catch (error) {
    if (error instanceof OdeError) return error.message;
    throw error;
  }
}
