/** One prediction ŷ = w·x + b and its two sensitivities: to the feature it was given, and to the weight it was made with. */
import { grad } from 'downhill';
import { formula } from 'downhill/formula';
import { type Fields, numberField } from './link.ts';
import { speak } from './numbers.ts';

export const FEATURE_RANGE = [-1, 5] as const;
export const WEIGHT_RANGE = [-2, 3] as const;
export const PREDICTION_RANGE = [-11, 17] as const;
export const BIAS = 1;
/** What one of the two is moved by, the other held. */
export const MOVE = 0.1;

export interface SensitivityState {
  feature: number;
  weight: number;
}

export const sensitivityFields: Fields<SensitivityState> = {
  feature: numberField(3, FEATURE_RANGE),
  weight: numberField(0.5, WEIGHT_RANGE),
};

export const PREDICTION = `w*x + ${BIAS}`;
const predict = formula(PREDICTION, { variables: ['x', 'w'] }).f as (x: number, w: number) => number;
const slopes = grad(predict, { argnums: [0, 1] }) as unknown as (x: number, w: number) => readonly [number, number];

export interface Sensitivities {
  readonly prediction: number;
  readonly toFeature: number;
  readonly toWeight: number;
  /** What came of moving each by `MOVE`, the other held. */
  readonly movedFeature: number;
  readonly movedWeight: number;
}

export const predictionAt = ({ feature, weight }: SensitivityState): number => Number(predict(feature, weight));

export function sensitivitiesAt({ feature, weight }: SensitivityState): Sensitivities {
  const [toFeature, toWeight] = slopes(feature, weight).map(Number) as [number, number];
  const prediction = predictionAt({ feature, weight });
  return {
    prediction,
    toFeature,
    toWeight,
    movedFeature: predictionAt({ feature: feature + MOVE, weight }) - prediction,
    movedWeight: predictionAt({ feature, weight: weight + MOVE }) - prediction,
  };
}

export const describeSensitivities = ({ prediction, toFeature, toWeight }: Sensitivities): string =>
  `The prediction is ${speak(prediction)}. For each unit of the feature it changes by ${speak(toFeature)}, the weight; for each unit of the weight by ${speak(toWeight)}, the feature.`;

export const sensitivityCode = ({ feature, weight }: SensitivityState): string => `'use math';
import { grad } from 'downhill';

const predict = (x: number, w: number): number => w * x + ${BIAS};
const [toFeature, toWeight] = grad(predict, { argnums: [0, 1] })(${feature}, ${weight});
console.log('by the feature', toFeature);
console.log('by the weight', toWeight);
`;
