import type { Program } from '../program/program.ts';

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
