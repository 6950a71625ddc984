import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ModuleBuilder } from '../../../src/compile/wasm/assembler.ts';
import { detectFeatures } from '../../../src/compile/wasm/features.ts';
import { endsOf } from '../../../src/compile/wasm/gemm/choose.ts';
import { emitGemm } from '../../../src/compile/wasm/gemm/gemm.ts';
import type { GemmOptions } from '../../../src/compile/wasm/gemm/types.ts';
import { byteSize, laneKind } from '../../../src/compile/wasm/kinds.ts';
import { emitMath } from '../../../src/compile/wasm/math/index.ts';
import { run } from './run.ts';

type Sizes = Pick<GemmOptions, 'm' | 'n' | 'k'> & { batch: number };
type Layout = 'plain' | 'transposed';

function strides(rows: number, columns: number, layout: Layout, batched: boolean) {
  const batch = batched ? rows * columns : 0;
  return layout === 'plain' ? { row: columns, column: 1, batch } : { row: 1, column: rows, batch };
}

/** Small whole numbers, so that every order of summation gives the same exact result. */
function whole(seed: number): number {
  return ((Math.imul(seed + 7, 2654435761) >>> 13) % 9) - 4;
}

/** Runs the emitted product over the given ranges of units and also computes it plainly. */
function compare(
  options: GemmOptions & { batch: number },
  ranges: (units: number) => number[] = (units) => [0, units],
  mask = {},
) {
  const { dtype, m, n, k, a, b, c, batch } = options;
  const Type = dtype === 'float32' ? Float32Array : Float64Array;
  const size = Type.BYTES_PER_ELEMENT;
  const module = new ModuleBuilder(detectFeatures(mask));
  const extent = (batch - 1) * (c.batch ?? 0) + (m - 1) * c.row + (n - 1) * c.column + 1;
  const align = (bytes: number) => Math.ceil((bytes + 64) / 64) * 64;
  const bytes = { a: batch * m * k * size, b: batch * k * n * size, c: extent * size };
  const at = { a: 64, b: 64 + align(bytes.a), c: 0, extra: 0, scratch: 0 };
  at.c = at.b + align(bytes.b);
  at.extra = at.c + align(bytes.c);
  at.scratch = at.extra + align(Math.max(m, n) * size);
  const gemm = emitGemm(module, 'gemm', options);
  const pages = Math.ceil((at.scratch + gemm.scratchBytes + 64) / 65536);
  module.defineMemory({ initial: pages }, 'memory');
  module.function(
    'run',
    ['i32', 'i32'],
    [],
    (f, start, stop) => {
      const extra = new Array(options.extra ?? 0).fill(at.extra);
      f.callAll(gemm.function, at.a, at.b, at.c, at.scratch, start, stop, ...extra);
    },
    { export: true },
  );
  const exports = run(module) as unknown as {
    run(start: number, stop: number): void;
    memory: { buffer: ArrayBuffer };
  };
  const { buffer } = exports.memory;
  const x = new Type(buffer, at.a, batch * m * k).map((_, i) => whole(i));
  const y = new Type(buffer, at.b, batch * k * n).map((_, i) => whole(i + 1000));
  new Type(buffer, at.a, x.length).set(x);
  new Type(buffer, at.b, y.length).set(y);
  new Type(buffer, at.extra, Math.max(m, n)).forEach((_, i, all) => {
    all[i] = i - 2;
  });
  const result = new Type(buffer, at.c, extent).fill(Number.NaN);
  const guard = new Uint8Array(buffer, at.c + bytes.c, 16).fill(0xa5);
  const edges = ranges(gemm.units);
  for (let r = 0; r + 1 < edges.length; r++) exports.run(edges[r], edges[r + 1]);
  const expected = new Type(extent).fill(Number.NaN);
  for (let z = 0; z < batch; z++) {
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) {
        let sum = 0;
        for (let p = 0; p < k; p++) {
          const left = x[z * (a.batch ?? 0) + i * a.row + p * a.column];
          sum += left * y[z * (b.batch ?? 0) + p * b.row + j * b.column];
        }
        expected[z * (c.batch ?? 0) + i * c.row + j * c.column] = sum;
      }
    }
  }
  expect([...guard]).toEqual(new Array(16).fill(0xa5));
  return { gemm, result, expected };
}

function problem(sizes: Sizes, dtype: GemmOptions['dtype'], layouts: readonly [Layout, Layout, Layout]) {
  const { m, n, k } = sizes;
  return {
    ...sizes,
    dtype,
    a: strides(m, k, layouts[0], true),
    b: strides(k, n, layouts[1], true),
    c: strides(m, n, layouts[2], true),
  };
}

const layout = fc.constantFrom<Layout>('plain', 'transposed');
const dtype = fc.constantFrom<GemmOptions['dtype']>('float32', 'float64');

describe('C = A·B', () => {
  test('small products of every layout are exact', () => {
    const side = fc.integer({ min: 1, max: 20 });
    const sizes = fc.record({ m: side, n: side, k: side, batch: fc.integer({ min: 1, max: 5 }) });
    fc.assert(
      fc.property(sizes, dtype, fc.tuple(layout, layout, layout), (size, type, layouts) => {
        const { result, expected } = compare(problem(size, type, layouts));
        expect(result).toEqual(expected);
      }),
      { numRuns: 150 },
    );
  });

  test('packed products with edges and several blocks of depth are exact', () => {
    const side = fc.integer({ min: 65, max: 150 });
    const sizes = fc.record({
      m: side,
      n: fc.oneof(side, fc.integer({ min: 1, max: 20 }), fc.constant(530)),
      k: fc.oneof(side, fc.integer({ min: 250, max: 520 })),
      batch: fc.constant(1),
    });
    fc.assert(
      fc.property(sizes, dtype, fc.tuple(layout, layout, layout), (size, type, layouts) => {
        const { result, expected } = compare(problem(size, type, layouts));
        expect(result).toEqual(expected);
      }),
      { numRuns: 25 },
    );
  });

  test('matrix times vector and vector times matrix, either layout', () => {
    for (const size of [
      { m: 37, n: 1, k: 129, batch: 1 },
      { m: 1, n: 67, k: 130, batch: 1 },
      { m: 1, n: 130, k: 67, batch: 2 },
      { m: 103, n: 1, k: 211, batch: 5 },
      { m: 1, n: 1, k: 7, batch: 2 },
      { m: 129, n: 1, k: 1, batch: 1 },
    ]) {
      for (const first of ['plain', 'transposed'] as const) {
        for (const second of ['plain', 'transposed'] as const) {
          const { result, expected } = compare(problem(size, 'float32', [first, second, 'plain']));
          expect(result).toEqual(expected);
        }
      }
    }
  });

  test('an operand shared by the batch has batch stride 0', () => {
    const base = problem({ m: 9, n: 10, k: 11, batch: 3 }, 'float64', ['plain', 'plain', 'plain']);
    const { result, expected } = compare({ ...base, b: { ...base.b, batch: 0 } });
    expect(result).toEqual(expected);
  });

  test('rows with gaps between them are left alone between', () => {
    const base = problem({ m: 5, n: 3, k: 4, batch: 1 }, 'float32', ['plain', 'plain', 'plain']);
    const { result, expected } = compare({ ...base, c: { row: 5, column: 1 } });
    expect(result).toEqual(expected);
    expect([3, 4].map((i) => result[i])).toEqual([Number.NaN, Number.NaN]);
  });

  test('plain, relaxed and wide SIMD agree on whole numbers', () => {
    const options = problem({ m: 70, n: 71, k: 300, batch: 1 }, 'float32', ['plain', 'transposed', 'plain']);
    for (const mask of [{ relaxedSimd: false }, { wideSimd: true }]) {
      const { result, expected } = compare(options, undefined, mask);
      expect(result).toEqual(expected);
    }
  });

  test('every tile shape that may be asked for computes the same', () => {
    for (const rows of [1, 2, 3, 4, 6]) {
      for (const vectors of [1, 2, 4]) {
        const options = problem({ m: 71, n: 75, k: 66, batch: 1 }, 'float32', ['plain', 'transposed', 'plain']);
        const { result, expected } = compare({ ...options, tile: { rows, vectors } });
        expect(result).toEqual(expected);
      }
    }
  });
});

describe('the last two panels of columns', () => {
  test('are nearly equal where the last would be a few columns, in whole vectors', () => {
    expect(endsOf(128, 24, 4)).toEqual({ widths: [16, 16], back: 8 });
    expect(endsOf(26, 24, 4)).toEqual({ widths: [16, 10], back: 8 });
    expect(endsOf(16, 12, 2)).toEqual({ widths: [8, 8], back: 4 });
    for (const n of [24, 48, 23, 40, 33]) expect(endsOf(n, 24, 4)).toBeUndefined();
    // one vector and a bit more cannot be shared out
    expect(endsOf(9, 8, 4)).toBeUndefined();
  });

  test('compute the same: few panels and many, in blocks and in pieces, read as they lie and packed', () => {
    const tile = { rows: 2, vectors: 6 };
    for (const type of ['float32', 'float64'] as const) {
      const columns = type === 'float32' ? 24 : 12;
      for (const panels of [1, 2, 5]) {
        for (const rest of [1, columns / 4, columns / 3]) {
          for (const layouts of [
            ['plain', 'plain', 'plain'],
            ['transposed', 'transposed', 'plain'],
          ] as const) {
            for (const [m, k] of [
              [11, 9],
              [11, 700],
            ] as const) {
              const options = problem({ m, n: panels * columns + rest, k, batch: 1 }, type, layouts);
              const blocks = { depth: 256, columns };
              const pieces = (units: number) => Array.from({ length: units + 1 }, (_, i) => i);
              const { result, expected } = compare({ ...options, tile, blocks }, pieces);
              expect(result).toEqual(expected);
            }
          }
        }
      }
    }
  });
});

describe('ranges of units', () => {
  test('pieces in any cut give the whole', () => {
    const cases = [
      { m: 100, n: 70, k: 80, batch: 1 },
      { m: 70, n: 170, k: 80, batch: 1 },
      { m: 17, n: 40, k: 8, batch: 1 },
      { m: 8, n: 9, k: 10, batch: 6 },
      { m: 1, n: 199, k: 50, batch: 1 },
    ];
    for (const size of cases) {
      const pieces = (units: number) => [0, Math.floor(units / 3), Math.ceil(units / 2), units];
      const options = problem(size, 'float32', ['plain', 'plain', 'plain']);
      const { gemm, result, expected } = compare(options, pieces);
      expect(gemm.units).toBeGreaterThan(2);
      expect(result).toEqual(expected);
    }
  });

  test('an empty range writes nothing', () => {
    const options = problem({ m: 9, n: 9, k: 9, batch: 1 }, 'float32', ['plain', 'plain', 'plain']);
    const { result } = compare(options, () => [1, 1]);
    expect(result.every(Number.isNaN)).toBe(true);
  });

  test('the split follows the longer side, the batch when there are enough products', () => {
    const split = (size: Sizes) => compare(problem(size, 'float32', ['plain', 'plain', 'plain'])).gemm.split;
    expect(split({ m: 400, n: 8, k: 9, batch: 1 })).toBe('rows');
    expect(split({ m: 8, n: 400, k: 9, batch: 1 })).toBe('columns');
    expect(split({ m: 8, n: 9, k: 9, batch: 4 })).toBe('batch');
  });
});

describe('epilogue', () => {
  test('a bias a column and an activation see whole sums, once, at the right place', () => {
    for (const size of [
      { m: 7, n: 10, k: 5, batch: 1 },
      { m: 70, n: 66, k: 300, batch: 1 },
      { m: 70, n: 1, k: 30, batch: 1 },
      { m: 1, n: 101, k: 90, batch: 1 },
      { m: 101, n: 1, k: 90, batch: 1 },
      { m: 3, n: 9, k: 16, batch: 1 },
    ]) {
      for (const second of ['plain', 'transposed'] as const) {
        const options = problem(size, 'float32', ['plain', second, 'plain']);
        const { result, expected } = compare({
          ...options,
          extra: 1,
          epilogue: (f, { value, column, along, extra }) => {
            const width = byteSize(laneKind(value.kind));
            const address = extra[0].add(column.mul(width));
            const bias = along === 'column' ? f.load(value.kind, address) : f.loadSplat(value.kind, address);
            return value.add(bias).max(0);
          },
        });
        const want = expected.map((v, i) => Math.max(0, v + (i % size.n) - 2));
        expect(result).toEqual(want);
      }
    }
  });

  test('it may call a math kernel', () => {
    const options = problem({ m: 4, n: 8, k: 3, batch: 1 }, 'float64', ['plain', 'plain', 'plain']);
    const { result, expected } = compare({
      ...options,
      epilogue: (f, { value }) => emitMath(f, 'tanh', value),
    });
    for (const [i, v] of result.entries()) expect(v).toBeCloseTo(Math.tanh(expected[i]), 14);
  });
});

describe('what cannot be computed', () => {
  const m = () => new ModuleBuilder();
  const base = problem({ m: 4, n: 4, k: 4, batch: 1 }, 'float32', ['plain', 'plain', 'plain']);

  test('an empty side', () => {
    expect(() => emitGemm(m(), 'g', { ...base, k: 0 })).toThrow('matrix product: k must be a whole number ≥ 1, got 0');
  });

  test('a result that is contiguous in no direction', () => {
    expect(() => emitGemm(m(), 'g', { ...base, c: { row: 8, column: 2 } })).toThrow(
      'matrix product: the result needs contiguous rows or columns, its strides are (8, 2)',
    );
  });
});
