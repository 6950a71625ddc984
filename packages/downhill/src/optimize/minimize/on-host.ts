import { onNumbers } from './arithmetic.ts';
import { type Functions, reasonOf } from './iteration.ts';
import type { Box } from './lbfgsb.ts';
import { type Setting, withMethod } from './methods.ts';
import type { MinimizeMethod } from './minimize.ts';
import type { Problem } from './problem.ts';
import type { MinimizeReason } from './reasons.ts';

/** The function of a problem as the methods see it. */
function functionsOf(problem: Problem, box: Box): Functions<number, Float64Array> {
  return {
    size: problem.size,
    box,
    evaluate: problem.evaluate,
    value: problem.spot,
    hessian: problem.hessian,
    productsAt: (x) => {
      const known: Float64Array[] = [];
      return (v, k) => {
        known[k] ??= problem.product(x, v);
        return known[k];
      };
    },
  };
}

/** A method on the host, iteration by iteration. */
export const onHost = (method: MinimizeMethod, problem: Problem, setting: Setting): MinimizeReason =>
  withMethod(onNumbers, method, setting, (make) => {
    const { begin, iterate } = make(functionsOf(problem, setting.box), setting.settings);
    let state = begin(problem.last, problem.counts.values);
    for (;;) {
      const reason = reasonOf(state.reason);
      if (reason) return reason;
      state = iterate(state);
      if (state.isAccepted) problem.record(state.here, state.norm);
      else problem.end = { x: state.here.x, value: state.here.value, gradientNorm: state.norm };
    }
  });
