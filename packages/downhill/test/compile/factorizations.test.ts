import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileProgram, installCompiler } from '../../src/compile/index.ts';
import { detectFeatures } from '../../src/compile/wasm/features.ts';
import { cond } from '../../src/control/cond.ts';
import { scan } from '../../src/control/scan-loop.ts';
import { whileLoop } from '../../src/control/while.ts';
import { matmul } from '../../src/functions/products.ts';
import { sum } from '../../src/functions/reductions.ts';
import { cholesky, choleskyPrimitive, choleskySolve } from '../../src/linalg/cholesky.ts';
import { det, slogdet } from '../../src/linalg/determinant.ts';
import { luFactor, luPrimitive } from '../../src/linalg/lu.ts';
import { matrixTranspose } from '../../src/linalg/matrix.ts';
import { qr, qrPrimitive } from '../../src/linalg/qr.ts';
import { inv, luSolvePrimitive, solve } from '../../src/linalg/solve.ts';
import { triangularSolve, triangularSolvePrimitive } from '../../src/linalg/triangular.ts';
import { mul } from '../../src/primitives/arithmetic.ts';
import { greater } from '../../src/primitives/comparison.ts';
import { permute } from '../../src/primitives/layout.ts';
import { sliceAlong } from '../../src/primitives/slice.ts';
import { evaluateProgram } from '../../src/program/evaluate.ts';
import type { Program } from '../../src/program/program.ts';
import { convertData, type DenseTensor, type Tensor } from '../../src/tensor/tensor.ts';
import { bind, bind1 } from '../../src/trace/trace.ts';
import { grad } from '../../src/transforms/grad.ts';
import { jit, makeProgram } from '../../src/transforms/jit.ts';

type Float = 'float64' | 'float32';

/** Numbers between −1 and 1 from a seed, some of them exact zeros. */
function numbers(seed: number, count: number): number[] {
  let state = seed * 2654435761 + 12345;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state % 7 === 0 ? 0 : state / 2 ** 31;
  });
}

const tensor = (data: number[], shape: readonly number[], dtype: Float): DenseTensor =>
  convertData(data, [...shape], dtype) as DenseTensor;

const matrices = (seed: number, shape: readonly number[], dtype: Float): DenseTensor =>
  tensor(
    numbers(
      seed,
      shape.reduce((a, b) => a * b, 1),
    ),
    shape,
    dtype,
  );

/** A stack of A Aᵀ + I. */
function positiveDefinite(seed: number, stack: readonly number[], n: number, dtype: Float): DenseTensor {
  const a = matrices(seed, [...stack, n, n], 'float64');
  const product = matmul(a, matrixTranspose(a)) as DenseTensor;
  const data = [...product.data].map((x, i) => x + (Math.floor(i / n) % n === i % n ? 1 : 0));
  return tensor(data, product.shape, dtype);
}

const run = (program: Program, inputs: readonly DenseTensor[], options = {}): readonly DenseTensor[] => {
  const compiled = compileProgram(program, options);
  expect(compiled.signature.hostCalls).toEqual([]);
  return compiled.run(inputs);
};

/** Runs a Program in a module that asks the evaluator for nothing, and expects the evaluator's results but for rounding. */
function expectClose(f: (...xs: Tensor[]) => unknown, inputs: readonly DenseTensor[], tolerance: number): void {
  const program = makeProgram(f)(...(inputs as [Tensor]));
  const got = run(program, inputs);
  const want = evaluateProgram(program, [...inputs]) as DenseTensor[];
  want.forEach((w, i) => {
    const scale = Math.max(1, ...[...w.data].map(Math.abs));
    w.data.forEach((x, k) => {
      const y = got[i]?.data[k] as number;
      const same = Object.is(x, y) || Math.abs(x - y) <= tolerance * scale;
      expect(same, `result ${i}, element ${k} is ${y}, the reference has ${x}`).toBe(true);
    });
  });
}

/** Runs a Program in a module that asks the evaluator for nothing, and expects the evaluator's results to the bit. */
function expectSameBits(program: Program, inputs: readonly DenseTensor[], options = {}): readonly DenseTensor[] {
  const got = run(program, inputs, options);
  const want = evaluateProgram(program, [...inputs]) as DenseTensor[];
  want.forEach((w, i) => {
    expect(got[i]?.shape).toEqual(w.shape);
    expect(got[i]?.dtype).toBe(w.dtype);
    expect([...(got[i] as DenseTensor).data], `result ${i}`).toEqual([...w.data]);
  });
  return got;
}

const dtypes = fc.constantFrom<Float>('float64', 'float32');
const stacks = fc.constantFrom<readonly number[]>([], [], [1], [3], [2, 2], [0]);
const sizes = fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 10, max: 50 }), fc.constant(0));
const seeds = fc.integer({ min: 1, max: 1e6 });

describe('factorizations in a module have the bits of the reference evaluator', () => {
  it('cholesky', () => {
    const property = fc.property(seeds, stacks, sizes, dtypes, (seed, stack, n, dtype) => {
      const a = positiveDefinite(seed, stack, n, dtype);
      expectSameBits(makeProgram((x: Tensor) => bind1(choleskyPrimitive, [x]))(a), [a]);
    });
    fc.assert(property, { numRuns: 15 });
  });

  it('triangular_solve, either triangle, transposed or not, with a diagonal of ones or not', () => {
    const property = fc.property(
      seeds,
      stacks,
      sizes,
      fc.integer({ min: 0, max: 13 }),
      dtypes,
      fc.record({ lower: fc.boolean(), transposed: fc.boolean(), unitDiagonal: fc.boolean() }),
      fc.boolean(),
      (seed, stack, n, k, dtype, params, turned) => {
        const t = matrices(seed, [...stack, n, n], dtype);
        const b = matrices(seed + 1, [...stack, n, k], dtype);
        const f = (x: Tensor, y: Tensor) =>
          bind1(triangularSolvePrimitive, [turned ? matrixTranspose(x) : x, y], params);
        expectSameBits(makeProgram(f)(t, b), [t, b]);
      },
    );
    fc.assert(property, { numRuns: 35 });
  });

  it('lu, wide and high, with columns of zeros', () => {
    const property = fc.property(
      seeds,
      stacks,
      sizes,
      sizes,
      dtypes,
      fc.boolean(),
      (seed, stack, m, n, dtype, bare) => {
        const given = matrices(seed, [...stack, m, n], dtype);
        const a = tensor(
          [...given.data].map((x, i) => (bare && (i % n) % 3 === 1 ? 0 : x)),
          given.shape,
          dtype,
        );
        expectSameBits(makeProgram((x: Tensor) => bind(luPrimitive, [x]))(a), [a]);
      },
    );
    fc.assert(property, { numRuns: 25 });
  });

  it('qr, reduced and complete, with columns of zeros', () => {
    const property = fc.property(
      seeds,
      stacks,
      sizes,
      fc.integer({ min: 0, max: 20 }),
      dtypes,
      fc.boolean(),
      fc.boolean(),
      (seed, stack, n, more, dtype, complete, bare) => {
        const given = matrices(seed, [...stack, n + more, n], dtype);
        const a = tensor(
          [...given.data].map((x, i) => (bare && (i % n) % 3 === 1 ? 0 : x)),
          given.shape,
          dtype,
        );
        const params = { columns: complete ? n + more : n };
        expectSameBits(makeProgram((x: Tensor) => bind(qrPrimitive, [x], params))(a), [a]);
      },
    );
    fc.assert(property, { numRuns: 20 });
  });
});

describe('solutions and determinants in a module', () => {
  it.each(['float64', 'float32'] as const)('lu_solve of %s, with A and its transpose', (dtype) => {
    for (const [n, k] of [
      [1, 1],
      [7, 3],
      [40, 1],
      [33, 20],
    ] as const) {
      const a = matrices(n, [2, n, n], dtype);
      const b = matrices(k, [2, n, k], dtype);
      for (const transposed of [false, true]) {
        const f = (x: Tensor, y: Tensor) => {
          const { packed, order } = luFactor(x);
          return bind1(luSolvePrimitive, [x, packed, order, y], { transposed });
        };
        expectSameBits(makeProgram(f)(a, b), [a, b]);
      }
    }
  });

  it('det has the bits of the reference, slogdet its sign and its logarithm but for the last digit', () => {
    const twice = numbers(9, 5);
    const singular = tensor([...numbers(3, 25), ...numbers(4, 15), ...twice, ...twice], [2, 5, 5], 'float64');
    for (const a of [matrices(5, [3, 6, 6], 'float64'), matrices(6, [2, 17, 17], 'float32'), singular]) {
      expectSameBits(makeProgram((x: Tensor) => det(x))(a), [a]);
      expectClose((x) => Object.values(slogdet(x)), [a], 1e-14);
    }
  });

  it('gradients of solve, inv, cholesky, slogdet and lstsq by qr run in one module', () => {
    const a = positiveDefinite(4, [], 6, 'float64');
    const b = matrices(8, [6, 2], 'float64');
    const total = (x: Tensor) => sum(mul(x, x)) as Tensor;
    expectClose((x, y) => grad((z: Tensor) => total(solve(z, y)))(x), [a, b], 1e-12);
    expectClose((x) => grad((z: Tensor) => total(inv(z)))(x), [a], 1e-12);
    expectClose((x) => grad((z: Tensor) => total(cholesky(z)))(x), [a], 1e-12);
    expectClose((x) => grad((z: Tensor) => slogdet(z).logabsdet)(x), [a], 1e-12);
    expectClose((x) => grad((z: Tensor) => total(qr(z).r))(x), [a], 1e-11);
  });
});

describe('matrices without a factorization', () => {
  it('are NaN for cholesky, each by itself, and exact zeros for the pivots of lu', () => {
    const stack = positiveDefinite(2, [3], 5, 'float64');
    const data = [...stack.data];
    data[25 + 12] = -1;
    const a = tensor(data, [3, 5, 5], 'float64');
    const [l] = expectSameBits(makeProgram((x: Tensor) => bind1(choleskyPrimitive, [x]))(a), [a]);
    const nans = [0, 1, 2].map(
      (k) => [...(l as DenseTensor).data.slice(25 * k, 25 * k + 25)].filter(Number.isNaN).length,
    );
    expect(nans).toEqual([0, 25, 0]);
    const singular = tensor([1, 2, 3, 2, 4, 6, 1, 1, 1], [3, 3], 'float64');
    const [packed] = expectSameBits(makeProgram((x: Tensor) => bind(luPrimitive, [x]))(singular), [singular]);
    expect((packed as DenseTensor).data[8]).toBe(0);
  });

  it('carry NaN and infinities to the places where the reference has them', () => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, -0]) {
      for (const place of [0, 7, 24, 30]) {
        const data = numbers(place + 1, 36);
        data[place] = bad;
        const a = tensor(data, [6, 6], 'float64');
        expectSameBits(makeProgram((x: Tensor) => bind1(choleskyPrimitive, [x]))(a), [a]);
        expectSameBits(makeProgram((x: Tensor) => bind(luPrimitive, [x]))(a), [a]);
        expectSameBits(makeProgram((x: Tensor) => bind(qrPrimitive, [x], { columns: 6 }))(a), [a]);
        const params = { lower: true, transposed: false, unitDiagonal: false };
        const f = (x: Tensor) => bind1(triangularSolvePrimitive, [x, x], params);
        expectSameBits(makeProgram(f)(a), [a]);
      }
    }
  });
});

describe('factorizations inside of other things', () => {
  const a = positiveDefinite(3, [], 8, 'float64');
  const b = matrices(4, [8, 1], 'float64');

  it('scan, whileLoop and cond', () => {
    const rounds = (x: Tensor, y: Tensor) =>
      scan(
        (v: Tensor) => {
          const next = choleskySolve(cholesky(x), v) as Tensor;
          return [next, sum(next)] as const;
        },
        y,
        null,
        { length: 5 },
      );
    expectClose(rounds as never, [a, b], 1e-13);
    const until = (x: Tensor, y: Tensor) =>
      whileLoop(
        (v: Tensor) => greater(sum(mul(v, v)), 1e-3) as Tensor,
        (v: Tensor) => solve(x, v) as Tensor,
        y,
      );
    expectClose(until as never, [a, b], 1e-13);
    const either = (x: Tensor, y: Tensor) =>
      cond(
        greater(sum(y), 100) as Tensor,
        (z: Tensor) => qr(z).r,
        (z: Tensor) => cholesky(z) as Tensor,
        x,
      );
    expectClose(either as never, [a, b], 1e-13);
  });

  it('an exported module', async () => {
    const f = jit((x: Tensor, y: Tensor) => [solve(x, y), qr(x).r, cholesky(x)] as Tensor[]);
    installCompiler();
    const { wasm, loader } = f.exportModule(a, b);
    const { load } = await import(`data:text/javascript,${encodeURIComponent(loader)}`);
    const got = (await load(wasm))(a.data, b.data) as Float64Array[];
    const want = [solve(a, b), qr(a).r, cholesky(a)] as DenseTensor[];
    want.forEach((w, i) => got[i]?.forEach((x, k) => expect(x).toBeCloseTo(w.data[k] as number, 12)));
  });

  it('a module without SIMD, and stacks shared among threads, to the same bits', () => {
    const stack = positiveDefinite(7, [9], 12, 'float32');
    const f = (x: Tensor) => [cholesky(x), ...bind(qrPrimitive, [x], { columns: 12 }), ...bind(luPrimitive, [x])];
    const program = makeProgram(f)(stack);
    const alone = run(program, [stack]).map((x) => [...x.data]);
    for (const options of [{ features: detectFeatures({ simd: false }) }, { threads: 3, threshold: 0 }]) {
      expect(run(program, [stack], options).map((x) => [...x.data])).toEqual(alone);
    }
  });

  it('views of other arrays: transposes, slices and stretched stacks', () => {
    const wide = matrices(12, [5, 14, 6], 'float64');
    const f = (x: Tensor) => {
      const piece = permute(sliceAlong(x, 1, 3, 12), [2, 1, 0]);
      return [...bind(luPrimitive, [piece]), ...bind(qrPrimitive, [piece], { columns: 5 })];
    };
    expectSameBits(makeProgram(f)(wide), [wide]);
    const g = (x: Tensor, y: Tensor) => triangularSolve(x, y, { lower: true });
    const right = matrices(13, [3, 8, 2], 'float64');
    expectSameBits(makeProgram(g)(a, right), [a, right]);
  });
});
