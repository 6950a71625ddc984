import { permutation } from '../random/choice.ts';
import { type FloatDType, floatDType, normal, uniform } from '../random/distributions.ts';
import { foldIn, key as keyOf, splitKeys } from '../random/key.ts';
import { allocate } from '../tensor/dtype.ts';
import { ArgumentError } from '../tensor/errors.ts';
import { checkOptions } from '../tensor/option-names.ts';
import { DenseTensor, describeValue, Tensor } from '../tensor/tensor.ts';

/** Points and what is to be learned of them: row i of `inputs` goes with row i of `targets`, as `train` takes them. */
export interface GeneratedData {
  /** [samples, features]. */
  readonly inputs: Tensor;
  /** Classes as int32 [samples], or numbers [samples, 1]. */
  readonly targets: Tensor;
}

export interface GenerateOptions {
  /** Standard deviation of the normal noise added to every coordinate (of a regression: to the target). Default 0. */
  readonly noise?: number | undefined;
  /** False to leave the points in the order of their classes. Default true. */
  readonly shuffle?: boolean | undefined;
  /** Element type of the points. Default float64. */
  readonly dtype?: FloatDType | undefined;
}

/** A generator's streams of randomness: one for each use, so that noise does not change the points under it. */
interface Streams {
  readonly points: Tensor;
  readonly noise: Tensor;
  readonly order: Tensor;
}

function streamsOf(key: Tensor | number): Streams {
  const [points, noise, order] = splitKeys(key instanceof Tensor ? key : keyOf(key), 3) as [Tensor, Tensor, Tensor];
  return { points, noise, order };
}

function checkCount(who: string, what: string, value: unknown, least: number): number {
  if (!Number.isInteger(value) || (value as number) < least) {
    throw new ArgumentError(`${who}: ${what} is ${describeValue(value)}; a whole number from ${least} is needed`);
  }
  return value as number;
}

function checkSpread(who: string, what: string, value: unknown): number {
  if (typeof value !== 'number' || !(value >= 0) || !Number.isFinite(value)) {
    throw new ArgumentError(`${who}: ${what} is ${describeValue(value)}; a number from 0 is needed`);
  }
  return value;
}

/** Points with their classes, noise added and shuffled. */
function finished(
  who: string,
  { points, classes }: { points: Float64Array; classes: Int32Array },
  { noise: noiseKey, order: orderKey }: Streams,
  { noise = 0, shuffle = true, dtype }: GenerateOptions,
): GeneratedData {
  checkSpread(who, 'noise', noise);
  const type = floatDType(dtype ?? 'float64', who);
  const samples = classes.length;
  const features = points.length / samples;
  if (noise > 0) {
    const { data } = normal(noiseKey, [samples, features], { dtype: 'float64' });
    for (let i = 0; i < points.length; i++) points[i] = (points[i] as number) + noise * (data[i] as number);
  }
  const order = shuffle ? permutation(orderKey, samples).data : undefined;
  const inputs = allocate(type, points.length);
  const targets = new Int32Array(samples);
  for (let i = 0; i < samples; i++) {
    const from = order ? (order[i] as number) : i;
    inputs.set(points.subarray(from * features, (from + 1) * features), i * features);
    targets[i] = classes[from] as number;
  }
  return {
    inputs: new DenseTensor(inputs, [samples, features], type),
    targets: new DenseTensor(targets, [samples], 'int32'),
  };
}

/** How many samples each of some classes gets: as even as can be, the first ones more. */
const shares = (samples: number, classes: number): number[] =>
  Array.from({ length: classes }, (_, k) => Math.floor(samples / classes) + (k < samples % classes ? 1 : 0));

/** Points in the plane class by class: `place` gives sample i of the n of class k. */
function planar(counts: readonly number[], place: (i: number, n: number, k: number) => readonly [number, number]) {
  const samples = counts.reduce((a, b) => a + b, 0);
  const points = new Float64Array(2 * samples);
  const classes = new Int32Array(samples);
  let at = 0;
  counts.forEach((n, k) => {
    for (let i = 0; i < n; i++, at++) {
      points.set(place(i, n, k), 2 * at);
      classes[at] = k;
    }
  });
  return { points, classes };
}

/**
 * Two half circles that reach into one another, as scikit-learn's `make_moons`: no line tells them apart.
 * @param samples How many in all; the second moon (class 1) gets the odd one.
 * @throws ArgumentError for counts and noise that are none.
 */
export function makeMoons(samples: number, key: Tensor | number, options: GenerateOptions = {}): GeneratedData {
  checkOptions('makeMoons', options, { noise: 1, shuffle: 1, dtype: 1 });
  checkCount('makeMoons', 'samples', samples, 2);
  const upper = Math.floor(samples / 2);
  const made = planar([upper, samples - upper], (i, n, k) => {
    const t = n === 1 ? 0 : (Math.PI * i) / (n - 1);
    return k === 0 ? [Math.cos(t), Math.sin(t)] : [1 - Math.cos(t), 0.5 - Math.sin(t)];
  });
  return finished('makeMoons', made, streamsOf(key), options);
}

export interface CirclesOptions extends GenerateOptions {
  /** Radius of the inner circle beside the outer one of 1, from 0 to below 1. Default 0.8. */
  readonly factor?: number | undefined;
}

/** A circle (class 1) inside another (class 0), as scikit-learn's `make_circles`. */
export function makeCircles(samples: number, key: Tensor | number, options: CirclesOptions = {}): GeneratedData {
  checkOptions('makeCircles', options, { noise: 1, shuffle: 1, dtype: 1, factor: 1 });
  const { factor = 0.8 } = options;
  checkCount('makeCircles', 'samples', samples, 2);
  if (!(typeof factor === 'number' && factor >= 0 && factor < 1)) {
    throw new ArgumentError(`makeCircles: factor is ${describeValue(factor)}; a number from 0 to below 1 is needed`);
  }
  const outer = Math.floor(samples / 2);
  const made = planar([outer, samples - outer], (i, n, k) => {
    const [angle, radius] = [(2 * Math.PI * i) / n, k === 0 ? 1 : factor];
    return [radius * Math.cos(angle), radius * Math.sin(angle)];
  });
  return finished('makeCircles', made, streamsOf(key), options);
}

export interface SpiralsOptions extends GenerateOptions {
  /** How many arms, each a class. Default 2. */
  readonly classes?: number | undefined;
  /** How often each arm turns around the middle. Default 1. */
  readonly turns?: number | undefined;
}

/** Arms of a spiral around the middle, radius 0 to 1: the harder the more often they turn. */
export function makeSpirals(samples: number, key: Tensor | number, options: SpiralsOptions = {}): GeneratedData {
  checkOptions('makeSpirals', options, { noise: 1, shuffle: 1, dtype: 1, classes: 1, turns: 1 });
  const { classes = 2, turns = 1 } = options;
  checkCount('makeSpirals', 'classes', classes, 1);
  checkCount('makeSpirals', 'samples', samples, classes);
  checkSpread('makeSpirals', 'turns', turns);
  const made = planar(shares(samples, classes), (i, n, k) => {
    const radius = n === 1 ? 1 : i / (n - 1);
    const angle = 2 * Math.PI * (turns * radius + k / classes);
    return [radius * Math.cos(angle), radius * Math.sin(angle)];
  });
  return finished('makeSpirals', made, streamsOf(key), options);
}

export interface BlobsOptions extends Omit<GenerateOptions, 'noise'> {
  /** How many blobs, or where their centers are. Default 3 at random places. */
  readonly centers?: number | readonly (readonly number[])[] | undefined;
  /** Dimensions, where centers are at random places. Default 2. */
  readonly features?: number | undefined;
  /** Standard deviation of every blob, or one for each. Default 1. */
  readonly clusterStd?: number | readonly number[] | undefined;
  /** From where to where random centers may lie in every dimension. Default −10 to 10. */
  readonly centerBox?: readonly [number, number] | undefined;
}

/** Normal clouds around centers, each a class, as scikit-learn's `make_blobs`. */
export function makeBlobs(samples: number, key: Tensor | number, options: BlobsOptions = {}): GeneratedData {
  checkOptions('makeBlobs', options, { shuffle: 1, dtype: 1, centers: 1, features: 1, clusterStd: 1, centerBox: 1 });
  const { centers = 3, features = 2, clusterStd = 1, centerBox = [-10, 10] } = options;
  const streams = streamsOf(key);
  const places = typeof centers === 'number' ? randomCenters(centers, features, centerBox, streams.points) : centers;
  const [first] = places;
  const isPoint = (x: unknown): boolean => Array.isArray(x) && x.length === first?.length && x.every(Number.isFinite);
  if (!Array.isArray(places) || !first || first.length === 0 || !places.every(isPoint)) {
    throw new ArgumentError('makeBlobs: centers are not points of equally many finite coordinates');
  }
  const width = first.length;
  checkCount('makeBlobs', 'samples', samples, places.length);
  const spread = typeof clusterStd === 'number' ? places.map(() => clusterStd) : clusterStd;
  if (spread.length !== places.length) {
    throw new ArgumentError(`makeBlobs: clusterStd has ${spread.length} entries for ${places.length} centers`);
  }
  for (const one of spread) checkSpread('makeBlobs', 'clusterStd', one);
  const counts = shares(samples, places.length);
  const points = new Float64Array(samples * width);
  const classes = new Int32Array(samples);
  const { data } = normal(streams.noise, [samples, width], { dtype: 'float64' });
  let at = 0;
  counts.forEach((n, k) => {
    for (let i = 0; i < n; i++, at++) {
      classes[at] = k;
      for (let j = 0; j < width; j++) {
        points[at * width + j] = (places[k]?.[j] as number) + (spread[k] as number) * (data[at * width + j] as number);
      }
    }
  });
  return finished('makeBlobs', { points, classes }, streams, { ...options, noise: 0 });
}

function randomCenters(count: number, features: number, box: readonly [number, number], key: Tensor): number[][] {
  checkCount('makeBlobs', 'centers', count, 1);
  checkCount('makeBlobs', 'features', features, 1);
  const [low, high] = box;
  if (!(Number.isFinite(low) && Number.isFinite(high) && low <= high)) {
    throw new ArgumentError(
      `makeBlobs: centerBox is ${low} to ${high}; two finite numbers, the smaller first, are needed`,
    );
  }
  const { data } = uniform(key, [count, features], { dtype: 'float64', minval: low, maxval: high });
  return Array.from({ length: count }, (_, k) => Array.from(data.slice(k * features, (k + 1) * features)));
}

export interface RegressionOptions extends Omit<GenerateOptions, 'shuffle'> {
  /** Features of each sample, standard normal. Default 1. */
  readonly features?: number | undefined;
  /** What is added to every target. Default 0. */
  readonly bias?: number | undefined;
}

export interface GeneratedRegression extends GeneratedData {
  /** The coefficients the targets were made with, [features]; uniform from 0 to 100. */
  readonly coefficients: Tensor;
}

/** A linear function of normal features, with noise: x · w + bias + noise, as scikit-learn's `make_regression`. */
export function makeRegression(
  samples: number,
  key: Tensor | number,
  options: RegressionOptions = {},
): GeneratedRegression {
  checkOptions('makeRegression', options, { noise: 1, dtype: 1, features: 1, bias: 1 });
  const { features = 1, bias = 0, noise = 0, dtype } = options;
  checkCount('makeRegression', 'samples', samples, 1);
  checkCount('makeRegression', 'features', features, 1);
  checkSpread('makeRegression', 'noise', noise);
  if (!Number.isFinite(bias)) {
    throw new ArgumentError(`makeRegression: bias is ${describeValue(bias)}; a finite number is needed`);
  }
  const type = floatDType(dtype ?? 'float64', 'makeRegression');
  const streams = streamsOf(key);
  const x = normal(streams.points, [samples, features], { dtype: 'float64' }).data;
  const w = uniform(foldIn(streams.points, 1), [features], { dtype: 'float64', minval: 0, maxval: 100 }).data;
  const e = normal(streams.noise, [samples], { dtype: 'float64' }).data;
  const targets = allocate(type, samples);
  for (let i = 0; i < samples; i++) {
    let y = bias;
    for (let j = 0; j < features; j++) y += (x[i * features + j] as number) * (w[j] as number);
    targets[i] = y + noise * (e[i] as number);
  }
  const floats = (values: ArrayLike<number>, shape: number[]): Tensor => {
    const data = allocate(type, values.length);
    data.set(values);
    return new DenseTensor(data, shape, type);
  };
  return {
    inputs: floats(x, [samples, features]),
    targets: new DenseTensor(targets, [samples, 1], type),
    coefficients: floats(w, [features]),
  };
}
