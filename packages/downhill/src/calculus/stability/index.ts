export {
  type Curvature,
  explainLearningRate,
  type RateVerdict,
  type Stability,
  type StabilityOptions,
  stability,
} from './stability.ts';
export { contraction, type StepSizes, stepSizes } from './step-sizes.ts';
