export {
  type AdamaxState,
  type AdamOptions,
  type AdamState,
  type AmsgradState,
  adam,
  adamax,
  adamw,
  amsgrad,
  biasCorrected,
  type DecoupledOptions,
  scaleByAdam,
  scaleByAdamax,
  scaleByAmsgrad,
} from './adam.ts';
export { type NadamOptions, type NadamState, nadam, radam, scaleByNadam, scaleByRadam } from './adam-variants.ts';
export { addDecayedWeights, chain, type DescentState, identityRule, type RulesOf } from './chain.ts';
export { clip, clipByGlobalNorm, clipByNorm } from './clip.ts';
export {
  type ConstrainedMinimum,
  type ConstrainedOptions,
  type ConstrainedRound,
  type Constraints,
  minimizeConstrained,
} from './constrained.ts';
export { type DescendOptions, type Descent, descend, type KeepOptions, type MethodName } from './descend.ts';
export { treeNorm } from './descent/measure.ts';
export type { DescentStep } from './descent/walk.ts';
export { type LabelOf, masked, partition, setToZero } from './groups.ts';
export { type LambState, lamb, scaleByTrustRatio } from './lamb.ts';
export {
  type CountState,
  type EmptyState,
  type LearningRate,
  type Schedule,
  scale,
  scaleByLearningRate,
  scaleBySchedule,
} from './learning-rate.ts';
export {
  type LeastSquaresFit,
  type LeastSquaresIteration,
  type LeastSquaresOptions,
  leastSquares,
} from './least-squares/least-squares.ts';
export type { RobustLossName } from './least-squares/robust.ts';
export { type LionOptions, type LionState, lion, scaleByLion } from './lion.ts';
export {
  type Bounds,
  type MinimizeIteration,
  type MinimizeMethod,
  type MinimizeOptions,
  type Minimum,
  minimize,
  minimizeMethods,
} from './minimize/minimize.ts';
export { type MinimizeReason, minimizeReasons } from './minimize/reasons.ts';
export { type MomentumOptions, type MomentumState, momentum, nesterov } from './momentum.ts';
export { type MuonOptions, type MuonRuleOptions, type MuonState, muon, orthogonalize, scaleByMuon } from './muon.ts';
export { type NamedRuleOptions, type RuleName, ruleByName, ruleNames } from './named.ts';
export { type Plateau, type PlateauOptions, type PlateauState, reduceOnPlateau } from './plateau.ts';
export { projected, projectionBox, projectionL1Ball, projectionL2Ball, projectionSimplex } from './projections.ts';
export { findLearningRate, type RangeOptions, type RateRange } from './range-finder.ts';
export {
  type AdadeltaOptions,
  type AdadeltaState,
  type AdagradOptions,
  type AdagradState,
  adadelta,
  adagrad,
  type RmspropOptions,
  type RmspropState,
  rmsprop,
  scaleByAdadelta,
  scaleByRms,
  scaleByRss,
} from './rms.ts';
export { applyUpdates, type UpdateRule, zeroTree } from './rule.ts';
export {
  type CosineOptions,
  constantSchedule,
  cosineDecaySchedule,
  cosineWarmRestarts,
  type ExponentialDecayOptions,
  exponentialDecay,
  geometricSchedule,
  inverseTimeDecay,
  joinSchedules,
  linearSchedule,
  linearWarmup,
  type OneCycleOptions,
  oneCycleSchedule,
  piecewiseConstantSchedule,
  polynomialSchedule,
  type RestartOptions,
  stepDecay,
  warmupCosineDecaySchedule,
} from './schedules.ts';
export { type SgdState, sgd } from './sgd.ts';
export { traceable } from './traceable.ts';
export { type StopReason, stopReasons, type Verdict, verdicts } from './verdict.ts';
export {
  type ApplyIfFiniteOptions,
  type ApplyIfFiniteState,
  applyIfFinite,
  averagedWeights,
  emaOfWeights,
  isFiniteTree,
  type LookaheadOptions,
  type LookaheadState,
  lookahead,
  type MultiStepsState,
  multiSteps,
  type WeightAverageState,
} from './wrappers.ts';
