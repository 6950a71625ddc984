export {
  type CheckGradsOptions,
  checkGrads,
  type GradientCheck,
  GradientCheckError,
  type Mode,
} from './check-grads.ts';
export {
  centralDifference,
  type DifferenceEstimate,
  differenceQuotients,
  type ExtrapolationOptions,
  extrapolatedDifference,
  forwardDifference,
  type NumericalGradientOptions,
  numericalGradient,
  type QuotientRow,
  type QuotientTable,
  quotientSteps,
} from './differences.ts';
export {
  type BlamedNode,
  type Cause,
  type CauseKind,
  type Claim,
  causes,
  type DiagnosedComponent,
  type DiagnoseOptions,
  type Diagnosis,
  type DoctorPoint,
  diagnose,
  type FormulaLike,
  type LocalSlope,
  localSlope,
  type SlopeStep,
  type SlopeVerdict,
} from './doctor/index.ts';
export {
  type Explained,
  type ExplainedNode,
  type ExplainOptions,
  type Explanation,
  explain,
  type Factor,
  type TensorSummary,
} from './explain.ts';
export { type ImplicitRootOptions, RootError, root } from './implicit-root.ts';
export {
  type IntegralOptions,
  type IntegralReport,
  type IntegrateOptions,
  IntegrationError,
  type IntegrationReason,
  integral,
  integrate,
  integrationReasons,
  type MonteCarloOptions,
  type MonteCarloReport,
  monteCarlo,
  type Range,
  type Tolerance,
} from './integrate/index.ts';
export {
  type Bounded,
  type EncloseOptions,
  type Enclosure,
  type EvaluateIntervalOptions,
  enclose,
  evaluateInterval,
  type Grade,
  type Interval,
  IntervalError,
  interval,
} from './intervals/index.ts';
export { type LimitOptions, type LimitReport, type LimitVerdict, limit, limitVerdicts } from './limits.ts';
export {
  type BracketMethod,
  findRoot,
  type RootOptions,
  type RootReason,
  type RootReport,
  rootReasons,
} from './roots.ts';
export { type TaylorTest, taylorTest } from './taylor-test.ts';
