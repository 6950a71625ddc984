import type { Matrix } from 'downhill/data';
import {
  accuracy,
  averagePrecision,
  confusionMatrix,
  meanAbsoluteError,
  meanSquaredError,
  r2Score,
  rocAuc,
  rocCurve,
} from 'downhill/metrics';
import type { Part } from './prepare.ts';
import type { Evaluation, FittedModel } from './result.ts';

/** The linear part of the model, one number for each row. */
export function scores(model: Pick<FittedModel, 'weights' | 'intercept'>, x: Matrix): Float64Array {
  const [rows, columns] = x.shape;
  const result = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    let sum = model.intercept;
    for (let j = 0; j < columns; j++) {
      sum += (model.weights[j] as number) * (x.data[i * columns + j] as number);
    }
    result[i] = sum;
  }
  return result;
}

/** Metrics of a fitted model on both parts; `losses` are the values of the training objective without its penalty. */
export function evaluate(
  model: FittedModel,
  { train, test }: { train: Part; test: Part },
  losses: { trainLoss: number; testLoss: number },
): Evaluation {
  const trainScores = scores(model, train.features);
  const testScores = scores(model, test.features);
  if (model.kind === 'linear') {
    return {
      kind: 'linear',
      metrics: {
        ...losses,
        trainR2: r2Score(train.targets, trainScores),
        testR2: r2Score(test.targets, testScores),
        rmse: Math.sqrt(meanSquaredError(test.targets, testScores)),
        mae: meanAbsoluteError(test.targets, testScores),
      },
      actual: test.targets,
      predicted: testScores,
    };
  }
  // A probability of at least one half is a score of at least zero.
  const classify = (values: Float64Array) => values.map((score) => (score >= 0 ? 1 : 0));
  const predicted = classify(testScores);
  const { matrix } = confusionMatrix(test.targets, predicted, { classes: [0, 1] });
  return {
    kind: 'logistic',
    metrics: {
      ...losses,
      trainAccuracy: accuracy(train.targets, classify(trainScores)),
      testAccuracy: accuracy(test.targets, predicted),
      auc: rocAuc(test.targets, testScores),
      averagePrecision: averagePrecision(test.targets, testScores),
      confusion: matrix as [[number, number], [number, number]],
    },
    roc: rocCurve(test.targets, testScores),
  };
}
