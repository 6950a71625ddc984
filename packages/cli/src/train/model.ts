import type { Evaluation, FittedModel } from './result.ts';

/** The model as a JSON document: enough to predict with, in any language, and to know where it came from. */
export function modelDocument(
  model: FittedModel,
  evaluation: Evaluation,
  settings: readonly [string, string][],
): string {
  const document = {
    format: 'downhill-model',
    version: 1,
    model: model.kind,
    target: model.target,
    ...(model.classes === undefined ? {} : { classes: { negative: model.classes[0], positive: model.classes[1] } }),
    intercept: model.intercept,
    features: model.encoder.features.map((feature, i) => ({
      ...feature,
      weight: model.weights[i] as number,
    })),
    metrics: evaluation.metrics,
    training: Object.fromEntries(settings),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
