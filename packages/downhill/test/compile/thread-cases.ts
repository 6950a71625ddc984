import { boundedWhile } from '../../src/control/bounded-while.ts';
import { foriLoop } from '../../src/control/scan-loop.ts';
import { conv } from '../../src/functions/conv.ts';
import { astype } from '../../src/functions/creation.ts';
import { cumsum } from '../../src/functions/cumulative.ts';
import { scatterAdd, take } from '../../src/functions/gathering.ts';
import { matmul } from '../../src/functions/products.ts';
import { argmax, max, mean, prod, sum } from '../../src/functions/reductions.ts';
import { transpose } from '../../src/functions/shape.ts';
import { softmax } from '../../src/functions/softmax.ts';
import { argsort, sort } from '../../src/functions/sorting.ts';
import { add, mul, sub } from '../../src/primitives/arithmetic.ts';
import { less } from '../../src/primitives/comparison.ts';
import { acceptsDtype } from '../../src/primitives/elementwise.ts';
import { exp } from '../../src/primitives/exponential.ts';
import { tanh } from '../../src/primitives/hyperbolic.ts';
import { abs } from '../../src/primitives/piecewise.ts';
import { primitives } from '../../src/primitives/registry.ts';
import { sin } from '../../src/primitives/trigonometric.ts';
import type { Program } from '../../src/program/program.ts';
import * as random from '../../src/random/index.ts';
import type { DType } from '../../src/tensor/dtype.ts';
import { DownhillError } from '../../src/tensor/errors.ts';
import { convertData, type DenseTensor, type Tensor } from '../../src/tensor/tensor.ts';
import { recordProgram } from '../../src/trace/apply.ts';
import { bind } from '../../src/trace/trace.ts';
import { valueAndGrad } from '../../src/transforms/grad.ts';
import { makeProgram } from '../../src/transforms/jit.ts';
import { drawOperand, structural } from '../battery/cases.ts';
import { allSteps, inputShapes, randomFunction } from './random-program.ts';

/** A Program and operands for it. */
export interface ThreadCase {
  readonly what: string;
  readonly program: Program;
  readonly inputs: readonly DenseTensor[];
}

/** Numbers in 0 … 1 from a seed (mulberry32). */
export function source(seed: number): () => number {
  let state = seed * 2654435769;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const draw = (shape: readonly number[], dtype: DType, random: () => number, low = -1, high = 1): DenseTensor =>
  convertData(
    Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => low + (high - low) * random()),
    shape,
    dtype,
  );

type Entry = readonly [what: string, f: (...xs: Tensor[]) => unknown, ...shapes: (readonly number[])[]];

/** Functions whose loops have every form that is cut: rows, columns, one long line, blocks, tiles, loops inside. */
const functions: readonly Entry[] = [
  ['a long line', (x) => tanh(add(mul(x, 3), 1)), [10_007]],
  ['rows', (x, y) => mul(sin(x), y), [61, 23], [23]],
  ['columns', (x, y) => add(transpose(x), y), [3, 900], [900, 3]],
  ['a long sum', (x) => sum(x), [50_003]],
  ['a long sum of products', (x, y) => sum(mul(x, sub(y, 0.5))), [20_000], [20_000]],
  ['a long maximum', (x) => max(exp(x)), [30_001]],
  ['a long product', (x) => prod(add(1, mul(x, 1e-4))), [9_001]],
  ['sums of rows', (x) => sum(x, { axis: 1 }), [90, 37]],
  ['sums of columns', (x) => sum(x, { axis: 0 }), [90, 37]],
  ['sums of the middle', (x) => mean(x, { axis: 1 }), [5, 31, 33]],
  ['softmax', (x) => softmax(x, { axis: 1 }), [40, 70]],
  ['a square product', (x, y) => matmul(x, y), [90, 90], [90, 90]],
  ['a tall product', (x, y) => matmul(x, y), [300, 20], [20, 7]],
  ['a wide product', (x, y) => matmul(x, y), [7, 130], [130, 300]],
  ['a matrix times a vector', (x, y) => matmul(x, y), [400, 50], [50]],
  ['a vector times a matrix', (x, y) => matmul(x, y), [130], [130, 200]],
  ['a batch of products', (x, y) => matmul(x, y), [6, 33, 20], [6, 20, 17]],
  ['a deep product', (x, y) => matmul(x, y), [33, 530], [530, 70]],
  ['products of transposes', (x, y) => matmul(transpose(x), transpose(y)), [130, 97], [101, 130]],
  ['a product and what is made of it', (x, y, b) => tanh(add(matmul(x, y) as Tensor, b)), [65, 300], [300, 97], [97]],
  ['two large products', (x, y) => matmul(x, y), [2, 66, 140], [2, 140, 75]],
  ['six large products', (x, y) => matmul(x, y), [3, 2, 40, 110], [3, 2, 110, 90]],
  ['a convolution', (x, w) => conv(x, w, { padding: 'SAME' }), [5, 3, 12, 12], [4, 3, 3, 3]],
  ['sorted rows', (x) => sort(x, { axis: 1 }), [40, 33]],
  ['the order of columns', (x) => argsort(x, { axis: 0 }), [33, 40]],
  ['running sums', (x) => cumsum(x, { axis: 1 }), [50, 21]],
  ['places of maxima', (x) => argmax(x, { axis: 0 }), [21, 50]],
  ['rows taken', (x, y) => take(x, astype(mul(abs(y), 30), 'int32'), { axis: 0 }), [31, 9], [200]],
  ['rows added', (x, y) => scatterAdd(x, astype(mul(abs(y), 30), 'int32'), sin(y)), [31], [500]],
  ['random numbers', (x) => random.uniform(astype(mul(abs(x), 1000), 'uint32'), [999]), [2]],
  [
    'a loop of products',
    (x, w) => foriLoop(0, 4, (_: Tensor, v: Tensor) => tanh(matmul(w, v) as Tensor), x),
    [97, 81],
    [97, 97],
  ],
  ['a loop', (x, w) => foriLoop(0, 5, (_: Tensor, v: Tensor) => tanh(matmul(v, w) as Tensor), x), [30, 24], [24, 24]],
  [
    'a loop that writes stacks and ends early',
    ((x: Tensor, w: Tensor) =>
      boundedWhile(
        ([k]: [Tensor, Tensor]) => less(k, 5),
        ([k, v]: [Tensor, Tensor]) => [[add(k, 1), tanh(matmul(v, w) as Tensor)] as [Tensor, Tensor], v] as const,
        [mul(sum(x), 0), x] as [Tensor, Tensor],
        8,
      )) as never,
    [30, 24],
    [24, 24],
  ],
  [
    'a gradient',
    valueAndGrad((w: Tensor, x: Tensor) => mean(tanh(matmul(x, w) as Tensor)) as Tensor) as never,
    [30, 20],
    [50, 30],
  ],
];

/** Operations of the battery. */
function* operationCases(): Generator<ThreadCase> {
  for (const p of primitives) {
    for (const dtype of ['float32', 'float64', 'int32'] as const) {
      const numbers = source(11);
      const { samples } = p;
      const drawn = (structural[p.name] ?? []).map((s) => ({
        params: s.params,
        inputs: s.operands.map((o) => drawOperand(o, dtype, numbers)),
      }));
      if ('accepts' in samples && acceptsDtype(samples.accepts, dtype)) {
        for (const count of [1, 2, 3]) {
          const inputs = Array.from({ length: count }, (_, i) => {
            const [low, high] = samples.domain?.[i] ?? [-3, 3];
            return draw([5, 23], p.name === 'select' && i === 0 ? 'bool' : dtype, numbers, low, high);
          });
          drawn.push({ params: {}, inputs });
        }
      }
      for (const [k, { params, inputs }] of drawn.entries()) {
        try {
          p.shape(inputs, params);
        } catch (error) {
          if (error instanceof DownhillError) continue;
          throw error;
        }
        const program = recordProgram('threads', inputs, (xs) => bind(p, xs, params));
        yield { what: `${p.name} ${dtype} case ${k}`, program, inputs };
      }
    }
  }
}

/** Functions with every form of loop. */
export function* functionCases(): Generator<ThreadCase> {
  for (const [what, f, ...shapes] of functions) {
    for (const dtype of ['float32', 'float64'] as const) {
      const numbers = source(5);
      const inputs = shapes.map((s) => draw(s, dtype, numbers));
      yield { what: `${what} ${dtype}`, program: makeProgram(f)(...inputs), inputs };
    }
  }
}

/** Operations of the battery, functions with every form of loop, and random Programs. */
export function* threadCases(randomPrograms = 20): Generator<ThreadCase> {
  yield* operationCases();
  yield* functionCases();
  for (let seed = 1; seed <= randomPrograms; seed++) {
    const numbers = source(seed);
    const choice = (): [number, number, number, number] =>
      [0, 0, 0, 0].map(() => Math.floor(1000 * numbers())) as never;
    const dtype = seed % 2 ? 'float32' : 'float64';
    const inputs = [inputShapes.matrix, inputShapes.vector, []].map((s) => draw(s, dtype, numbers));
    const f = randomFunction(Array.from({ length: 12 }, choice), allSteps);
    const g = valueAndGrad(f as (...xs: Tensor[]) => Tensor, { argnums: [0, 1, 2] });
    yield { what: `random Program ${seed}`, program: makeProgram(g as never)(...(inputs as never[])), inputs };
  }
}
