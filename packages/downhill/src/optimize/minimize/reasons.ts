/** Why a minimization ended. */
export type MinimizeReason =
  | 'gradient-tolerance'
  | 'value-tolerance'
  | 'step-tolerance'
  | 'simplex-tolerance'
  | 'precision-limit'
  | 'iteration-limit'
  | 'evaluation-limit'
  | 'line-search-failed'
  | 'region-collapsed'
  | 'unbounded'
  | 'non-finite-start'
  | 'non-finite-derivative'
  | 'infeasible'
  | 'stopped';

/** The sentence a user reads for each reason, and whether it means that a minimum was found. */
export const minimizeReasons: Readonly<Record<MinimizeReason, { readonly converged: boolean; readonly text: string }>> =
  {
    'gradient-tolerance': { converged: true, text: 'The gradient is below its tolerance.' },
    'value-tolerance': { converged: true, text: 'The value changed by less than its tolerance.' },
    'step-tolerance': { converged: true, text: 'The point changed by less than its tolerance.' },
    'simplex-tolerance': { converged: true, text: 'The simplex and its values are within their tolerances.' },
    'precision-limit': {
      converged: true,
      text: 'No step lowers the value any more: what the gradient promises is below the rounding of the value.',
    },
    'iteration-limit': { converged: false, text: 'All iterations were used; allow more, or scale the variables.' },
    'evaluation-limit': { converged: false, text: 'All evaluations were used; allow more, or scale the variables.' },
    'line-search-failed': {
      converged: false,
      text: 'No step along a direction of descent lowers the value: the gradient may be wrong (checkGrads), or the function not smooth here.',
    },
    'region-collapsed': {
      converged: false,
      text: 'The trust region shrank to nothing: the derivatives may be wrong (checkGrads), or the function not smooth here.',
    },
    unbounded: { converged: false, text: 'The value falls without end; the function may have no minimum.' },
    'non-finite-start': { converged: false, text: 'The value or the gradient at the start is not a finite number.' },
    'non-finite-derivative': {
      converged: false,
      text: 'The value is finite where the gradient or the Hessian is not; the function has an edge here.',
    },
    infeasible: { converged: false, text: 'No point was found that satisfies the constraints.' },
    stopped: { converged: false, text: 'The caller asked to stop.' },
  };
