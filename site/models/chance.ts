/** Choices from a seed, by the library's keys: the same seed always gives the same question. */
import { random } from 'downhill';

export interface Chance {
  /** A whole number from `low` to `high`, both included. */
  readonly whole: (low: number, high: number) => number;
  /** The same, but not 0. */
  readonly nonZero: (low: number, high: number) => number;
  readonly pick: <T>(list: readonly T[]) => T;
}

export function chance(seed: number): Chance {
  const root = random.key(seed);
  let drawn = 0;
  const whole = (low: number, high: number): number =>
    random.randint(random.foldIn(root, drawn++), [], low, high + 1).item();
  const nonZero = (low: number, high: number): number => {
    const n = whole(low, high);
    return n === 0 ? nonZero(low, high) : n;
  };
  return { whole, nonZero, pick: (list) => list[whole(0, list.length - 1)] as (typeof list)[number] };
}
