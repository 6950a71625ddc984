import { onNumbers } from './arithmetic.ts';
import { type DescentMethod, descentOf, type MethodSettings, reasonOf, withStrategy } from './descent.ts';
import type { Problem } from './problem.ts';
import type { MinimizeReason } from './reasons.ts';

export type Method = (problem: Problem, settings: MethodSettings) => MinimizeReason;

/** A descent on the host, iteration by iteration. */
export const onHost =
  (method: DescentMethod): Method =>
  (problem, settings) =>
    withStrategy(onNumbers, method, problem.size, settings, (strategy) => {
      const { begin, iterate } = descentOf(onNumbers, strategy, problem.evaluate, settings);
      let state = begin(problem.last, problem.counts.values);
      for (;;) {
        const reason = reasonOf(state.reason);
        if (reason) return reason;
        state = iterate(state);
        if (state.isAccepted) problem.record(state.here, state.norm);
      }
    });
