import type { Program } from '../program/program.ts';
import { batchProgram } from '../transforms/batch.ts';
import { jvpProgram } from '../transforms/jvp.ts';
import { type LinearizedProgram, linearizeProgram } from '../transforms/linearize.ts';

/**
 * The smallest set of carried values that is closed under a loop body: grows `start` with what `step` says a round
 * sets, until nothing changes. At most one round a carried value, since marks are never taken back.
 */
export function fixedPoint(
  start: readonly boolean[],
  step: (marks: readonly boolean[]) => readonly boolean[],
): boolean[] {
  let marks = [...start];
  for (;;) {
    const next = step(marks);
    if (marks.every((m, i) => m || !next[i])) return marks;
    marks = marks.map((m, i) => m || next[i] === true);
  }
}

/** Items whose mark is set. */
export const pick = <T>(items: readonly T[], marks: readonly boolean[]): T[] => items.filter((_, i) => marks[i]);

/** A Program with its inputs in another order; `order[i]` is the old place of the new input i. */
export const reorderInputs = (program: Program, order: readonly number[]): Program => ({
  ...program,
  inputs: order.map((i) => program.inputs[i] as Program['inputs'][number]),
});

/** `[from, from + 1, …]`, `count` of them. */
export const range = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => from + i);

/**
 * A transform of Programs that keeps what it made: every loop asks for its body more than once, so that without this the
 * work doubles with each loop inside a loop.
 */
function kept<A extends readonly unknown[], R>(transform: (program: Program, ...args: A) => R) {
  const made = new WeakMap<Program, Map<string, R>>();
  return (program: Program, ...args: A): R => {
    const known = made.get(program) ?? new Map<string, R>();
    made.set(program, known);
    const key = JSON.stringify(args);
    const found = known.get(key) ?? transform(program, ...args);
    known.set(key, found);
    return found;
  };
}

export const jvpBody = kept(jvpProgram);
export const batchBody = kept(batchProgram);

/** @param gone inputs whose value is gone when the linear half runs: from, and how many. */
export const linearizeBody = kept(
  (body, nonzero: readonly boolean[], forced: readonly boolean[] = [], [from, count] = [0, 0]): LinearizedProgram =>
    linearizeProgram(body, nonzero, forced, (input) => input < from || input >= from + count),
);
