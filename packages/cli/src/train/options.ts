import { type Method, methods, oneOf } from '../input/choice.ts';
import { numberOption } from '../input/number.ts';

export type ModelKind = 'linear' | 'logistic';

/** The options of `train` as typed. */
export interface TrainCommandOptions {
  target: string;
  model?: string;
  positive?: string;
  drop?: string;
  categorical?: string;
  missing: string;
  optimizer: string;
  lr: string;
  steps: string;
  l2?: string;
  test: string;
  key: string;
  out: string;
  plot?: string;
}

/** The same, checked. */
export interface TrainSettings {
  target: string;
  model: ModelKind | undefined;
  positive: string | undefined;
  drop: string[];
  categorical: string[];
  dropMissing: boolean;
  optimizer: Method;
  learningRate: number;
  steps: number;
  l2: number | undefined;
  testFraction: number;
  key: number;
  out: string;
}

export const maxSteps = 1_000_000;

export function checkTrainOptions(options: TrainCommandOptions): TrainSettings {
  return {
    target: options.target,
    model: options.model === undefined ? undefined : modelKind(options.model),
    positive: options.positive,
    drop: names(options.drop),
    categorical: names(options.categorical),
    dropMissing: oneOf('--missing', options.missing, ['refuse', 'drop']) === 'drop',
    optimizer: oneOf('--optimizer', options.optimizer, methods),
    learningRate: numberOption('--lr', options.lr, { min: 0, openMin: true, max: 1e6 }),
    steps: numberOption('--steps', options.steps, { min: 1, max: maxSteps, integer: true }),
    l2: options.l2 === undefined ? undefined : numberOption('--l2', options.l2, { min: 0 }),
    testFraction: numberOption('--test', options.test, {
      min: 0,
      max: 1,
      openMin: true,
      openMax: true,
    }),
    key: numberOption('--key', options.key, { min: 0, max: 2 ** 32 - 1, integer: true }),
    out: options.out,
  };
}

function modelKind(name: string): ModelKind {
  return oneOf('--model', name, ['linear', 'logistic']);
}

function names(text: string | undefined): string[] {
  if (text === undefined) return [];
  return text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}
