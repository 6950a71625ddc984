/**
 * Evidence: what somebody computed, on a card that anyone can compute again. It reads formulas (`downhill/formula`).
 *
 * @module
 */
export { calculate } from './calculate.ts';
export {
  type Calculation,
  type Card,
  type Comparison,
  type DerivativePlot,
  EvidenceError,
  type EvidenceKind,
  type Experiment,
  type GradientVector,
  isCard,
  isExperiment,
  type LossCurve,
  limits,
  type Outcome,
  type Readings,
} from './card.ts';
export { type Fault, makeCard, type Verification, verifyCard } from './verify.ts';
