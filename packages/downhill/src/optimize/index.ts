export { type AdamOptions, type AdamState, adam, biasCorrected } from './adam.ts';
export { type DescendOptions, type Descent, type DescentStep, descend, type MethodName, treeNorm } from './descend.ts';
export { type MomentumOptions, type MomentumState, momentum, nesterov } from './momentum.ts';
export { applyUpdates, type UpdateRule, zeroTree } from './rule.ts';
export { type SgdState, sgd } from './sgd.ts';
export { type StopReason, stopReasons, type Verdict, verdicts } from './verdict.ts';
