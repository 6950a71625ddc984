import { ArgumentError } from '../../tensor/errors.ts';
import { checkOptions } from '../../tensor/option-names.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { mistakenDerivatives } from './candidates.ts';
import type { Cause } from './causes.ts';
import { agrees } from './samples.ts';
import { type AnyScalarFunction, differentiate, recordTape } from './tape.ts';

/** A wrong value of a derivative, and the mistake that gives it. */
export interface CommonMistake {
  readonly value: number;
  readonly cause: Cause;
}

export interface CommonMistakesOptions {
  /** Position of the argument to differentiate by. Default 0. */
  readonly by?: number;
  /** Names of the arguments, for the sentences. Default: x, y, z. */
  readonly names?: readonly string[];
}

/**
 * The wrong values that common mistakes give for a partial derivative of `f` at a point, the likeliest first: what the
 * gradient doctor compares claims with. Each value is listed once, and none equals the right one.
 * @param f a function of numbers with a scalar result.
 * @param at the arguments.
 * @throws ArgumentError where the engine cannot follow the function, or it has no finite value at the point.
 */
export function commonMistakes(
  f: (...args: number[]) => Tensor | number,
  at: readonly number[],
  options: CommonMistakesOptions = {},
): readonly CommonMistake[] {
  checkOptions('commonMistakes', options, { by: 1, names: 1 });
  const { by = 0, names = at.map((_, i) => (at.length <= 3 ? 'xyz'[i] : `x${i}`)) } = options;
  const tape = recordTape(f as AnyScalarFunction, at, names);
  if (!tape) throw new ArgumentError('commonMistakes: the engine cannot follow the function to a finite value here');
  if (!Number.isInteger(by) || by < 0 || by >= at.length) {
    throw new ArgumentError(`commonMistakes: by is ${by}; the arguments are counted from 0 to ${at.length - 1}`);
  }
  const right = differentiate(tape, by);
  const found = [
    ...mistakenDerivatives([tape], by),
    { rank: 11, values: [-right], cause: { kind: 'sign', sentence: 'the sign is wrong' } as Cause },
  ].sort((a, b) => a.rank - b.rank);
  const listed: CommonMistake[] = [];
  for (const { values, cause } of found) {
    const [value] = values;
    if (!Number.isFinite(value) || agrees(value, right, Math.abs(right))) continue;
    if (!listed.some((other) => agrees(value, other.value, Math.abs(value)))) listed.push({ value, cause });
  }
  return listed;
}
