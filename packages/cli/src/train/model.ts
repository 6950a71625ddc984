import { add, mul, random, type Tensor, tensor } from 'downhill';
import type { Encoder, Matrix } from 'downhill/data';
import {
  type ActivationName,
  bceWithLogits,
  constant,
  crossEntropy,
  heNormal,
  type Layer,
  type Loss,
  lecunNormal,
  linear,
  mlp,
  mse,
  parameterCount,
} from 'downhill/nn';

export type ModelKind = 'linear' | 'logistic' | 'mlp';

/** What `--model` says. */
export interface ModelSpec {
  kind: ModelKind;
  /** Sizes of the hidden layers of an mlp. */
  hidden: number[];
  activation: ActivationName | undefined;
}

/** What is predicted: a number, standardized for the training, or one of some classes. */
export type Task = { kind: 'regression'; mean: number; scale: number } | { kind: 'classification'; classes: string[] };

/** Everything a prediction needs beside the parameters; plain JSON. */
export interface ModelFacts {
  spec: ModelSpec;
  task: Task;
  target: string;
  encoder: Encoder;
}

export interface FittedModel extends ModelFacts {
  parameters: unknown;
}

/** Numbers the model gives for a row: one, or one a class where there are more than two. */
export const outputsOf = (task: Task): number =>
  task.kind === 'classification' && task.classes.length > 2 ? task.classes.length : 1;

/** The network of a model. Linear and logistic models begin at zero; parameters are float64. */
export function networkOf({ spec, task, encoder }: ModelFacts): Layer<unknown, unknown> {
  const [inputs, outputs] = [encoder.features.length, outputsOf(task)];
  if (spec.kind !== 'mlp') return linear(inputs, outputs, { dtype: 'float64', weightInit: constant(0) });
  const activation = spec.activation ?? 'relu';
  const weightInit = activation === 'relu' || activation === 'leakyRelu' ? heNormal() : lecunNormal();
  return mlp([inputs, ...spec.hidden, outputs], { dtype: 'float64', activation, weightInit });
}

/** Squared error, cross-entropy of one score, or of one score a class. */
export function lossOf(task: Task): Loss {
  if (task.kind === 'regression') return (predictions, targets) => mse(predictions, targets);
  if (task.classes.length === 2) return (scores, targets) => bceWithLogits(scores, targets);
  return (scores, targets) => crossEntropy(scores, targets);
}

/** Targets as the loss takes them: standardized numbers [n, 1], classes 0 and 1 [n, 1], or class numbers [n]. */
export function targetTensor(task: Task, targets: Float64Array): Tensor {
  if (task.kind === 'regression') {
    const { mean, scale } = task;
    return tensor(
      targets.map((y) => (y - mean) / scale),
      { shape: [targets.length, 1] },
    );
  }
  return task.classes.length === 2 ? tensor(targets, { shape: [targets.length, 1] }) : tensor(Int32Array.from(targets));
}

export const matrixTensor = ({ data, shape }: Matrix): Tensor => tensor(data, { shape: [...shape] });

/** Rows that go through a network at a time, so that its activations fit into memory. */
const rowsAtOnce = 8192;

/** What the network gives for every row: [rows][outputs], row-major. */
export function rawOutputs(model: FittedModel, features: Matrix): Float64Array {
  const network = networkOf(model);
  const state = network.init(random.key(0)).state;
  const [rows, columns] = features.shape;
  const outputs = outputsOf(model.task);
  const result = new Float64Array(rows * outputs);
  for (let i = 0; i < rows; i += rowsAtOnce) {
    const end = Math.min(rows, i + rowsAtOnce);
    const x = tensor(features.data.subarray(i * columns, end * columns), { shape: [end - i, columns] });
    result.set(network.apply(model.parameters, state, x)[0].data, i * outputs);
  }
  return result;
}

export interface Predictions {
  /** The number predicted, or the place of the class in the list of classes. */
  values: Float64Array;
  /** One a row and class, row-major; undefined for a regression. */
  probabilities: Float64Array | undefined;
  /** Log-odds of each class against the rest, laid out alike: the order of rows where probabilities round to 0 or 1. */
  scores: Float64Array | undefined;
}

/** Numbers in units of the target, or classes with their probabilities. */
export function predict(model: FittedModel, features: Matrix): Predictions {
  const { task } = model;
  const raw = rawOutputs(model, features);
  if (task.kind === 'regression') {
    return { values: raw.map((z) => z * task.scale + task.mean), probabilities: undefined, scores: undefined };
  }
  const k = task.classes.length;
  const rows = features.shape[0];
  const probabilities = new Float64Array(rows * k);
  const odds = new Float64Array(rows * k);
  const values = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    const scores = k === 2 ? [0, raw[i] as number] : Array.from(raw.subarray(i * k, (i + 1) * k));
    const largest = Math.max(...scores);
    const powers = scores.map((score) => Math.exp(score - largest));
    const sum = powers.reduce((a, b) => a + b, 0);
    powers.forEach((power, j) => {
      probabilities[i * k + j] = power / sum;
      const others = scores.filter((_, other) => other !== j);
      const most = Math.max(...others);
      const rest = most + Math.log(others.reduce((total, score) => total + Math.exp(score - most), 0));
      odds[i * k + j] = (scores[j] as number) - rest;
    });
    // A tie of two classes goes to the later one: a probability of one half is positive.
    values[i] = k === 2 ? ((raw[i] as number) >= 0 ? 1 : 0) : scores.indexOf(largest);
  }
  return { values, probabilities, scores: odds };
}

/** The coefficients of a linear or two-class logistic model, in units of the target (of log-odds). */
export function coefficientsOf(model: FittedModel): { intercept: number; weights: Float64Array } | undefined {
  if (model.spec.kind === 'mlp' || outputsOf(model.task) > 1) return undefined;
  const { weight, bias } = model.parameters as { weight: Tensor; bias: Tensor };
  const { mean, scale } = model.task.kind === 'regression' ? model.task : { mean: 0, scale: 1 };
  return {
    intercept: add(mul(bias, scale), mean).data[0] as number,
    weights: Float64Array.from(weight.data, (w: number) => w * scale),
  };
}

/** Coefficients of a logistic model of more than two classes, one list a class; undefined for other models. */
export function classCoefficientsOf(model: FittedModel): { class: string; weights: Float64Array }[] | undefined {
  if (model.spec.kind !== 'logistic' || model.task.kind !== 'classification' || outputsOf(model.task) === 1) return;
  const { weight } = model.parameters as { weight: Tensor };
  const width = model.encoder.features.length;
  return model.task.classes.map((name, k) => ({
    class: name,
    weights: Float64Array.from(weight.data.slice(k * width, (k + 1) * width)),
  }));
}

/** `logistic regression`, `network of 64 and 32 units (relu)`. */
export function describeModel({ spec, task }: Pick<ModelFacts, 'spec' | 'task'>): string {
  if (spec.kind === 'linear') return 'linear regression';
  if (spec.kind === 'logistic') return outputsOf(task) === 1 ? 'logistic regression' : 'softmax regression';
  const [last = 0, ...before] = [...spec.hidden].reverse();
  const units = before.length === 0 ? `${last}` : `${before.reverse().join(', ')} and ${last}`;
  return `network with ${units} hidden units (${spec.activation})`;
}

export const sizeOfModel = (model: FittedModel): number => parameterCount(model.parameters);

/** Coefficients with their features, largest in magnitude first. */
export function rankedCoefficients(model: FittedModel): { feature: string; weight: number }[] {
  const found = coefficientsOf(model);
  if (found === undefined) return [];
  return model.encoder.features
    .map((feature, i) => ({ feature: feature.name, weight: found.weights[i] as number }))
    .sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight));
}
