export {
  type BceWithLogitsOptions,
  bce,
  bceWithLogits,
  type CrossEntropyOptions,
  crossEntropy,
  hinge,
} from './classification.ts';
export { cosineDistance, klDivergence, type TripletOptions, tripletLoss } from './distances.ts';
export type { LossOptions } from './reduction.ts';
export { type HuberOptions, huber, mae, mse } from './regression.ts';
