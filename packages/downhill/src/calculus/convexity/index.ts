export type { Curvature as CompositionCurvature, Deduction } from './composition.ts';
export {
  type Convexity,
  type ConvexityCertificate,
  type ConvexityOptions,
  type ConvexityReason,
  type ConvexityVerdict,
  convexity,
  convexityReasons,
} from './convexity.ts';
export type { Counterexample } from './counterexample.ts';
export type { ScalarFunction as FunctionOfNumbers, Side } from './programs.ts';
