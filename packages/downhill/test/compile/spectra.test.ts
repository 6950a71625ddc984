import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileProgram } from '../../src/compile/index.ts';
import { matmul } from '../../src/functions/products.ts';
import { sum } from '../../src/functions/reductions.ts';
import { det } from '../../src/linalg/determinant.ts';
import { eigh, eighPrimitive } from '../../src/linalg/eigh.ts';
import { lstsq, pinv } from '../../src/linalg/least-squares.ts';
import { matrixTranspose } from '../../src/linalg/matrix.ts';
import { svd, svdPrimitive, svdvals } from '../../src/linalg/svd.ts';
import { mul } from '../../src/primitives/arithmetic.ts';
import { evaluateProgram } from '../../src/program/evaluate.ts';
import { convertData, type DenseTensor, type Tensor } from '../../src/tensor/tensor.ts';
import { bind } from '../../src/trace/trace.ts';
import { grad } from '../../src/transforms/grad.ts';
import { makeProgram } from '../../src/transforms/jit.ts';

type Float = 'float64' | 'float32';

function numbers(seed: number, count: number): number[] {
  let state = seed * 2654435761 + 12345;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state / 2 ** 31;
  });
}

const tensor = (data: number[], shape: readonly number[], dtype: Float): DenseTensor =>
  convertData(data, [...shape], dtype) as DenseTensor;

const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Compiled without the evaluator, and its results: the evaluator's within `tolerance` of the largest of each. */
function agrees(f: (...xs: Tensor[]) => unknown, inputs: readonly DenseTensor[], tolerance: number): DenseTensor[] {
  const program = makeProgram(f)(...(inputs as unknown as [Tensor]));
  const { run, signature } = compileProgram(program);
  expect(signature.hostCalls).toEqual([]);
  const got = run(inputs);
  const want = evaluateProgram(program, [...inputs]) as DenseTensor[];
  want.forEach((w, i) => {
    expect(got[i]?.shape).toEqual(w.shape);
    expect(got[i]?.dtype).toBe(w.dtype);
    const scale = Math.max(1e-300, ...[...w.data].map(Math.abs).filter(Number.isFinite));
    w.data.forEach((x, k) => {
      const y = got[i]?.data[k] as number;
      const same = Object.is(x, y) || Math.abs(x - y) <= tolerance * scale;
      expect(same, `result ${i}, element ${k} is ${y}, the reference has ${x}`).toBe(true);
    });
  });
  return got;
}

const dtypes = fc.constantFrom<Float>('float64', 'float32');
const stacks = fc.constantFrom<readonly number[]>([], [], [3], [2, 2], [0]);
const seeds = fc.integer({ min: 1, max: 1e6 });

describe('eigenvalues and singular values in a module are those of the reference evaluator', () => {
  it('eigh: values, vectors and their signs', () => {
    const property = fc.property(seeds, stacks, fc.integer({ min: 0, max: 16 }), dtypes, (seed, stack, n, dtype) => {
      const a = tensor(numbers(seed, size([...stack, n, n])), [...stack, n, n], dtype);
      agrees((x) => bind(eighPrimitive, [x]), [a], 1e-12);
    });
    fc.assert(property, { numRuns: 15 });
  });

  it('svd: values, both sides and their signs, of matrices of lower rank too', () => {
    const property = fc.property(
      seeds,
      stacks,
      fc.integer({ min: 0, max: 12 }),
      fc.integer({ min: 0, max: 9 }),
      dtypes,
      fc.integer({ min: 1, max: 12 }),
      (seed, stack, n, more, dtype, rank) => {
        const [m, r] = [n + more, Math.min(n, rank)];
        const left = tensor(numbers(seed, size([...stack, m, r])), [...stack, m, r], 'float64');
        const right = tensor(numbers(seed + 1, size([...stack, r, n])), [...stack, r, n], 'float64');
        // whole numbers, so that rows of lower rank are so exactly
        const whole = (x: DenseTensor) =>
          tensor(
            [...x.data].map((v) => Math.round(8 * v)),
            x.shape,
            'float64',
          );
        const product = matmul(whole(left), whole(right)) as DenseTensor;
        agrees((x) => bind(svdPrimitive, [x]), [tensor([...product.data], product.shape, dtype)], 1e-12);
      },
    );
    fc.assert(property, { numRuns: 25 });
  });

  it('of diagonal matrices, zeros, huge and tiny ones', () => {
    for (const scale of [1, 1e300, 1e-300, 5e-324, 0]) {
      const a = tensor(
        [3, 0, 0, 0, -2, 1, 0, 1, 1].map((v) => v * scale),
        [3, 3],
        'float64',
      );
      agrees((x) => bind(svdPrimitive, [x]), [a], 1e-12);
      if (scale === 1 || scale === 0) agrees((x) => bind(eighPrimitive, [x]), [a], 1e-12);
    }
    const big = tensor(numbers(5, 70 * 70), [70, 70], 'float64');
    agrees((x) => eigh(x).values, [big], 1e-12);
    agrees((x) => svdvals(x), [big], 1e-12);
  });

  it('are NaN for matrices that hold NaN or an infinity', () => {
    for (const bad of [Number.NaN, Number.NEGATIVE_INFINITY]) {
      const data = numbers(3, 32);
      data[21] = bad;
      const a = tensor(data, [2, 4, 4], 'float64');
      for (const primitive of [eighPrimitive, svdPrimitive]) {
        const [first] = agrees((x) => bind(primitive, [x]), [a], 1e-12);
        const { data: got } = first as DenseTensor;
        const half = got.length / 2;
        expect([...got.slice(0, half)].some(Number.isNaN)).toBe(false);
        expect([...got.slice(half)].every(Number.isNaN)).toBe(true);
      }
    }
  });
});

describe('what is made of them', () => {
  const a = tensor(numbers(8, 5 * 5), [5, 5], 'float64');

  it('pseudoinverses, high and wide, and of lower rank', () => {
    for (const shape of [
      [6, 4],
      [4, 6],
      [2, 5, 5],
    ]) {
      for (const dtype of ['float64', 'float32'] as const) {
        const x = tensor(numbers(size(shape), size(shape)), shape, dtype);
        agrees((v) => pinv(v), [x], dtype === 'float32' ? 1e-6 : 1e-11);
      }
    }
    const low = tensor([1, 2, 2, 4, 3, 6], [3, 2], 'float64');
    agrees((v) => pinv(v), [low], 1e-13);
    agrees((v) => pinv(matrixTranspose(v)), [low], 1e-13);
    const b = tensor(numbers(2, 6), [6], 'float64');
    agrees((x, y) => lstsq(x, y).x, [tensor(numbers(4, 18), [6, 3], 'float64'), b], 1e-12);
  });

  it('gradients of determinants of singular matrices, and of eigenvalues and singular values', () => {
    const twice = numbers(9, 4);
    const singular = tensor([...numbers(7, 8), ...twice, ...twice], [4, 4], 'float64');
    agrees((x) => grad((v: Tensor) => det(v))(x), [singular], 1e-12);
    agrees((x) => grad((v: Tensor) => det(v))(x), [a], 1e-12);
    agrees((x) => grad((v: Tensor) => sum(mul(eigh(v).values, eigh(v).values)) as Tensor)(x), [a], 1e-11);
    agrees((x) => grad((v: Tensor) => sum(svdvals(v)) as Tensor)(x), [a], 1e-11);
    agrees((x) => grad((v: Tensor) => sum(svd(v).u) as Tensor)(x), [a], 1e-9);
  });
});
