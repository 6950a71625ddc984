export {
  accuracy,
  type ConfusionMatrix,
  confusionMatrix,
  type WeightedOptions,
} from './classification.ts';
export {
  auc,
  averagePrecision,
  type PrecisionRecallCurve,
  precisionRecallCurve,
  type RankingOptions,
  type RocCurve,
  type RocOptions,
  rocAuc,
  rocCurve,
} from './ranking.ts';
export { meanAbsoluteError, meanSquaredError, r2Score } from './regression.ts';
export { type ClassificationReport, type ClassScores, classificationReport } from './report.ts';
export { MetricsError, type MetricsErrorCode, type Vector } from './scores.ts';
