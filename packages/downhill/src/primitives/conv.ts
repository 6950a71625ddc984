import { LinearInput, type Primitive, sampledByTests } from '../program/primitive.ts';
import { allocate, isFloat } from '../tensor/dtype.ts';
import { DtypeError, ShapeError } from '../tensor/errors.ts';
import { type Shape, showShape, sizeOf, stridesOf } from '../tensor/shape.ts';
import { type Aval, DenseTensor, type Tensor } from '../tensor/tensor.ts';
import { bind1 } from '../trace/trace.ts';
import { addTangents } from './arithmetic.ts';
import { zerosOf } from './gather.ts';
import { moveAxis, permute, reshapeTo } from './layout.ts';
import { reverse } from './slice.ts';

/** One entry a spatial axis in every list. */
export interface ConvParams extends Readonly<Record<string, unknown>> {
  readonly strides: readonly number[];
  /** Zeros before and after the (dilated) input; negative numbers crop. */
  readonly padding: readonly (readonly [low: number, high: number])[];
  /** 1 + the number of zeros put between neighbouring input elements. */
  readonly inputDilation: readonly number[];
  /** 1 + the number of zeros put between neighbouring kernel elements. */
  readonly kernelDilation: readonly number[];
  /** Channels of input and output fall into this many groups that do not mix. */
  readonly featureGroups: number;
  /** The input's batch falls into this many groups, each convolved with its own group of output channels. */
  readonly batchGroups: number;
}

/** Extent of n elements with dilation d. */
export const dilated = (n: number, d: number): number => (n === 0 ? 0 : (n - 1) * d + 1);

function outputExtent(input: number, kernel: number, axis: number, p: ConvParams): number {
  const [low, high] = p.padding[axis];
  const room = dilated(input, p.inputDilation[axis]) + low + high - dilated(kernel, p.kernelDilation[axis]);
  return room < 0 ? 0 : Math.floor(room / p.strides[axis]) + 1;
}

function convShape(x: Shape, kernel: Shape, params: ConvParams): number[] {
  const { strides, padding, inputDilation, kernelDilation, featureGroups, batchGroups } = params;
  const fail = (why: string): never => {
    throw new ShapeError(`conv of ${showShape(x)} with kernel ${showShape(kernel)}: ${why}`);
  };
  if (x.length < 2 || x.length !== kernel.length) {
    fail(
      'input [batch, channels, …] and kernel [outputs, channels / groups, …] need the same number of axes, 2 or more',
    );
  }
  const rank = x.length - 2;
  for (const [name, list] of Object.entries({ strides, padding, inputDilation, kernelDilation })) {
    if (list.length !== rank) fail(`${name} has ${list.length} entries for ${rank} spatial axes`);
  }
  for (const [name, list] of Object.entries({ strides, inputDilation, kernelDilation, featureGroups, batchGroups })) {
    for (const n of [list].flat()) {
      if (!(Number.isInteger(n) && n >= 1)) fail(`${name} has ${n}; whole numbers from 1 are needed`);
    }
  }
  if (!padding.flat().every(Number.isInteger)) fail(`padding [${padding.join('; ')}] is not made of whole numbers`);
  if (featureGroups > 1 && batchGroups > 1) fail('feature groups and batch groups cannot be combined');
  if (x[1] !== kernel[1] * featureGroups) {
    fail(
      `${x[1]} input channels; a kernel of ${kernel[1]} channels in ${featureGroups} groups takes ${kernel[1] * featureGroups}`,
    );
  }
  const groups = featureGroups * batchGroups;
  if (kernel[0] % groups !== 0) fail(`${kernel[0]} output channels do not split into ${groups} groups`);
  if (x[0] % batchGroups !== 0) fail(`a batch of ${x[0]} does not split into ${batchGroups} groups`);
  const space = x.slice(2).map((d, i) => outputExtent(d, kernel[i + 2], i, params));
  return [x[0] / batchGroups, kernel[0], ...space];
}

/** Places that one kernel place connects: output `to + i · toStep` with input `from + i · fromStep`. */
interface Run {
  readonly to: number;
  readonly from: number;
  readonly count: number;
  readonly toStep: number;
  readonly fromStep: number;
}

/** The output positions along one axis that kernel position `k` connects to an input element, and those elements. */
function axisPairs(input: number, output: number, k: number, axis: number, params: ConvParams): [number, number][] {
  const dilation = params.inputDilation[axis];
  const start = k * params.kernelDilation[axis] - params.padding[axis][0];
  const pairs: [number, number][] = [];
  for (let p = 0; p < output; p++) {
    const at = start + p * params.strides[axis];
    if (at >= 0 && at % dilation === 0 && at / dilation < input) pairs.push([p, at / dilation]);
  }
  return pairs;
}

/** Everything one kernel place connects, a run along the last axis at a time. */
function connections(input: Shape, output: Shape, place: readonly number[], params: ConvParams): Run[] {
  const [inStrides, outStrides] = [stridesOf(input), stridesOf(output)];
  let starts: [number, number][] = [[0, 0]];
  const last = place.length - 1;
  for (let axis = 0; axis < last; axis++) {
    const pairs = axisPairs(input[axis], output[axis], place[axis], axis, params);
    starts = starts.flatMap(([o, i]) =>
      pairs.map(([p, q]): [number, number] => [o + p * outStrides[axis], i + q * inStrides[axis]]),
    );
  }
  // the pairs of one axis are evenly spaced
  const [first, second = [0, 0], ...rest] =
    last < 0 ? [[0, 0]] : axisPairs(input[last], output[last], place[last], last, params);
  if (!first) return [];
  const count = second[0] > first[0] ? rest.length + 2 : 1;
  const [toStep, fromStep] = [second[0] - first[0], second[1] - first[1]];
  return starts.map(([o, i]) => ({ to: o + first[0], from: i + first[1], count, toStep, fromStep }));
}

/** Coordinates of element `i` of a row-major box. */
const coordinates = (i: number, shape: Shape): number[] =>
  stridesOf(shape).map((stride, axis) => Math.floor(i / stride) % shape[axis]);

function evaluateConv(x: DenseTensor, kernel: DenseTensor, params: ConvParams): DenseTensor {
  const shape = convShape(x.shape, kernel.shape, params);
  const out = allocate(x.dtype, sizeOf(shape));
  const [batch, outputs] = shape;
  const channels = kernel.shape[1];
  const [inSpace, space, outSpace] = [x.shape.slice(2), kernel.shape.slice(2), shape.slice(2)];
  const [inSize, size, outSize] = [inSpace, space, outSpace].map(sizeOf);
  const links = Array.from({ length: size }, (_, k) => connections(inSpace, outSpace, coordinates(k, space), params));
  const perGroup = outputs / (params.featureGroups * params.batchGroups);
  const total = new Float64Array(outSize);
  const [data, weights] = [x.data, kernel.data];
  for (let n = 0; n < batch; n++) {
    for (let o = 0; o < outputs; o++) {
      total.fill(0);
      const group = Math.floor(o / perGroup);
      const row = params.batchGroups > 1 ? group * batch + n : n;
      const channel = params.featureGroups > 1 ? group * channels : 0;
      for (let c = 0; c < channels; c++) {
        const base = (row * x.shape[1] + channel + c) * inSize;
        for (let k = 0; k < size; k++) {
          const weight = weights[(o * channels + c) * size + k];
          for (const { to, from, count, toStep, fromStep } of links[k]) {
            for (let i = 0, t = to, f = base + from; i < count; i++, t += toStep, f += fromStep)
              total[t] += weight * data[f];
          }
        }
      }
      out.set(total, (n * outputs + o) * outSize);
    }
  }
  return new DenseTensor(out, shape, x.dtype, x.weak && kernel.weak);
}

/** An axis of `groups · n` elements as two axes `groups`, `n`. */
const splitAxis = (x: Tensor, axis: number, groups: number): Tensor =>
  reshapeTo(x, [...x.shape.slice(0, axis), groups, x.shape[axis] / groups, ...x.shape.slice(axis + 1)]);

/** Axes `axis` and `axis + 1` as one. */
const joinAxes = (x: Tensor, axis: number): Tensor =>
  reshapeTo(x, [...x.shape.slice(0, axis), x.shape[axis] * x.shape[axis + 1], ...x.shape.slice(axis + 2)]);

const swapFirst = (x: Tensor): Tensor => permute(x, [1, 0, ...x.shape.map((_, i) => i).slice(2)]);

/**
 * Along one spatial axis, with stride s, dilations d (input) and r (kernel) and low padding l,
 *   y[p] = Σ_k x̃[p s + k r − l] w[k],   x̃ = x with d − 1 zeros between neighbours.
 * Adjoint in x at ũ = q d: all (p, k) with p s = q d + l − k r. Counting the kernel backwards, k = K − 1 − j, this reads
 *   x'[q] = Σ_j ct~[q d + j r − ((K − 1) r − l)] w[K − 1 − j],
 * a convolution of ct dilated by s with the reversed kernel: stride d, low padding (K − 1) r − l, and the high padding
 * that makes Q results. Channels trade places in each group; batch groups of the input become feature groups.
 */
function transposeInput(ct: Tensor, x: Aval, kernel: Tensor, params: ConvParams): Tensor {
  const { strides, inputDilation, kernelDilation, padding, featureGroups, batchGroups } = params;
  const groups = featureGroups * batchGroups;
  if (sizeOf(ct.shape) === 0 || sizeOf(kernel.shape) === 0) return zerosOf(x);
  const spatial = kernel.shape.map((_, i) => i).slice(2);
  // [G·O, C] → [G, O, C] → [G, C, O] → [G·C, O]
  const swapped = joinAxes(moveAxis(splitAxis(reverse(kernel, spatial), 0, groups), 2, 1), 0);
  const back = spatial.map((axis, i): [number, number] => {
    const reach = (kernel.shape[axis] - 1) * kernelDilation[i];
    const low = reach - padding[i][0];
    return [low, dilated(x.shape[axis], inputDilation[i]) + reach - dilated(ct.shape[axis], strides[i]) - low];
  });
  const result = convGeneral(ct, swapped, {
    strides: inputDilation,
    padding: back,
    inputDilation: strides,
    kernelDilation,
    featureGroups: groups,
    batchGroups: 1,
  });
  // [M, G·C] → [M, G, C] → [G, M, C] → [G·M, C]
  return batchGroups === 1 ? result : joinAxes(moveAxis(splitAxis(result, 1, batchGroups), 1, 0), 0);
}

/**
 * Adjoint in w: w'[k] = Σ_p ct[p] x̃[k r + p s − l], a convolution of x with ct as its kernel: stride r, kernel dilation s,
 * the same low padding and the high padding that makes K results. The sum runs over the batch, so batch and channels
 * trade places in both; feature groups become batch groups and the other way round.
 */
function transposeKernel(ct: Tensor, x: Tensor, kernel: Aval, params: ConvParams): Tensor {
  const { strides, inputDilation, kernelDilation, padding, featureGroups, batchGroups } = params;
  if (sizeOf(ct.shape) === 0 || sizeOf(x.shape) === 0) return zerosOf(kernel);
  const back = strides.map((s, i): [number, number] => {
    const reach = (kernel.shape[i + 2] - 1) * kernelDilation[i] + dilated(ct.shape[i + 2], s);
    return [padding[i][0], reach - dilated(x.shape[i + 2], inputDilation[i]) - padding[i][0]];
  });
  const result = convGeneral(swapFirst(x), swapFirst(ct), {
    strides: kernelDilation,
    padding: back,
    inputDilation,
    kernelDilation: strides,
    featureGroups: batchGroups,
    batchGroups: featureGroups,
  });
  return swapFirst(result);
}

/**
 * conv_general_dilated: cross-correlation of an input [N, C, space…] with a kernel [O, C / groups, space…] to
 * [N, O, space…], for any number of spatial axes. Bilinear; accumulated in float64. See `ConvParams`.
 */
export const convPrimitive: Primitive<ConvParams> = {
  name: 'conv_general_dilated',
  taylor: 'bilinear',
  interval: 'conv',
  shape: ([x, kernel], params) => {
    if (x.dtype !== kernel.dtype || !isFloat(x.dtype)) {
      throw new DtypeError(
        `conv: input is ${x.dtype} and kernel ${kernel.dtype}; both must be float64 or both float32`,
      );
    }
    return [{ shape: convShape(x.shape, kernel.shape, params), dtype: x.dtype, weak: x.weak && kernel.weak }];
  },
  evaluate: ([x, kernel], params) => [evaluateConv(x, kernel, params)],
  jvp: ([x, kernel], [s, t], params) => [
    addTangents(s ? convGeneral(s, kernel, params) : null, t ? convGeneral(x, t, params) : null),
  ],
  transpose: ([ct], [x, kernel], params) => [
    ct && x instanceof LinearInput ? transposeInput(ct, x, kernel as Tensor, params) : null,
    ct && kernel instanceof LinearInput ? transposeKernel(ct, x as Tensor, kernel, params) : null,
  ],
  batch: ([x, kernel], [a, b], params, size) => {
    const { featureGroups, batchGroups } = params;
    if (a !== null && b !== null) {
      // each example is a group of its own: [B, N, C] → [N, B·C], or in front of the batch groups there are
      const grouped = batchGroups > 1;
      const input = joinAxes(moveAxis(x, a, grouped ? 0 : 1), grouped ? 0 : 1);
      const out = convGeneral(input, joinAxes(moveAxis(kernel, b, 0), 0), {
        ...params,
        featureGroups: grouped ? 1 : size * featureGroups,
        batchGroups: grouped ? size * batchGroups : 1,
      });
      return { outputs: [splitAxis(out, 1, size)], axes: [1] };
    }
    if (a !== null) {
      // the batch joins N, inside its groups: [B, G·M] → [G, B, M] → G·B·M
      const input = joinAxes(joinAxes(moveAxis(splitAxis(moveAxis(x, a, 0), 1, batchGroups), 1, 0), 0), 0);
      return { outputs: [splitAxis(convGeneral(input, kernel, params), 0, size)], axes: [0] };
    }
    // the batch joins O, inside its groups: [B, G·O] → [G, B, O] → G·B·O
    const groups = featureGroups * batchGroups;
    const weights = joinAxes(joinAxes(moveAxis(splitAxis(moveAxis(kernel, b as number, 0), 1, groups), 1, 0), 0), 0);
    const out = splitAxis(splitAxis(convGeneral(x, weights, params), 1, groups), 2, size);
    return { outputs: [joinAxes(moveAxis(out, 2, 0), 2)], axes: [0] };
  },
  tex: ([a, b]) => `${a} \\star ${b}`,
  samples: sampledByTests,
};

/** Convolution with every parameter given; see `convPrimitive`. */
export const convGeneral = (x: Tensor, kernel: Tensor, params: ConvParams): Tensor =>
  bind1(convPrimitive, [x, kernel], params);
