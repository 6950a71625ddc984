import {
  accuracy,
  averagePrecision,
  classificationReport,
  meanAbsoluteError,
  meanSquaredError,
  r2Score,
  rocAuc,
  rocCurve,
} from 'downhill/metrics';
import { type FittedModel, type Predictions, predict } from './model.ts';
import type { Part } from './prepare.ts';
import type { ClassificationMetrics, Evaluation, RegressionMetrics, RocOfClass } from './result.ts';

/** Metrics of a fitted model on both parts; the losses are those of the training objective without its penalty. */
export function evaluate(
  model: FittedModel,
  { train, test }: { train: Part; test: Part },
  losses: { trainLoss: number; testLoss: number },
): Evaluation {
  const onTrain = predict(model, train.features);
  const onTest = predict(model, test.features);
  if (model.task.kind === 'regression') {
    const metrics: RegressionMetrics = {
      ...losses,
      trainR2: r2Score(train.targets, onTrain.values),
      ...judgeNumbers(test.targets, onTest.values),
    };
    return { kind: 'regression', metrics, actual: test.targets, predicted: onTest.values };
  }
  const { classes } = model.task;
  const judged = judgeClasses(test.targets, onTest, classes);
  const metrics: ClassificationMetrics = {
    ...losses,
    trainAccuracy: accuracy(train.targets, onTrain.values),
    ...judged.metrics,
  };
  return { kind: 'classification', metrics, classes, roc: judged.roc };
}

/** What can be said of predicted numbers beside the true ones. */
export function judgeNumbers(
  actual: Float64Array,
  predicted: Float64Array,
): Pick<RegressionMetrics, 'testR2' | 'rmse' | 'mae' | 'maxError' | 'bias'> {
  const residuals = actual.map((y, i) => y - (predicted[i] as number));
  return {
    testR2: r2Score(actual, predicted),
    rmse: Math.sqrt(meanSquaredError(actual, predicted)),
    mae: meanAbsoluteError(actual, predicted),
    maxError: residuals.reduce((most, r) => Math.max(most, Math.abs(r)), 0),
    bias: residuals.reduce((sum, r) => sum + r, 0) / residuals.length,
  };
}

/** What can be said of predicted classes beside the true ones. */
export function judgeClasses(
  labels: Float64Array,
  { values, scores }: Predictions,
  classes: readonly string[],
): { metrics: Omit<ClassificationMetrics, 'trainLoss' | 'testLoss' | 'trainAccuracy'>; roc: RocOfClass[] } {
  const k = classes.length;
  const report = classificationReport(labels, values, { classes: classes.map((_, i) => i) });
  const scoresOf = (c: number) => Float64Array.from(values, (_, i) => scores?.[i * k + c] as number);
  const against = classes.map((_, c) => Float64Array.from(labels, (label) => (label === c ? 1 : 0)));
  const hasBoth = (c: number) => against[c]?.includes(1) && against[c]?.includes(0);
  const judged = classes.flatMap((name, c) => {
    if (!hasBoth(c)) return [];
    const [truth, scores] = [against[c] as Float64Array, scoresOf(c)];
    return { name, c, auc: rocAuc(truth, scores), precision: averagePrecision(truth, scores) };
  });
  // Of two classes the positive one stands for both.
  const counted = k === 2 ? judged.filter(({ c }) => c === 1) : judged;
  const mean = (of: (one: (typeof judged)[number]) => number) =>
    counted.length === 0 ? null : counted.reduce((sum, one) => sum + of(one), 0) / counted.length;
  return {
    metrics: {
      testAccuracy: report.accuracy,
      auc: mean(({ auc }) => auc),
      averagePrecision: mean(({ precision }) => precision),
      confusion: report.matrix,
      perClass: classes.map((name, c) => ({
        class: name,
        ...(report.perClass[c] as (typeof report.perClass)[number]),
        auc: judged.find((one) => one.c === c)?.auc ?? null,
      })),
      macro: report.macro,
      weighted: report.weighted,
    },
    roc: counted.map(({ name, c, auc }) => {
      const { fpr, tpr } = rocCurve(against[c] as Float64Array, scoresOf(c));
      return { class: name, auc, fpr, tpr };
    }),
  };
}
