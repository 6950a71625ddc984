import { describe, expect, test } from 'vitest';
import { ModuleBuilder } from '../../../src/compile/wasm/assembler.ts';
import { detectFeatures, type Features } from '../../../src/compile/wasm/features.ts';
import { emitGemm } from '../../../src/compile/wasm/gemm/gemm.ts';
import { GemmShape } from '../../../src/compile/wasm/gemm/shape.ts';
import { emitTogether } from '../../../src/compile/wasm/gemm/together.ts';
import type { Epilogue, GemmOptions } from '../../../src/compile/wasm/gemm/types.ts';
import { run } from './run.ts';

interface Case {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly batch?: number;
  readonly inner?: number;
  /** Operands and result that are transposed. */
  readonly turned?: string;
  readonly epilogue?: Epilogue;
}

const align = (bytes: number): number => Math.ceil((bytes + 64) / 64) * 64;

/**
 * One product by the kernel of one thread and by those of several, in pieces, out of order: with operands packed once for all,
 * and, where a thread would keep some of what it packs, by two that do.
 */
function both(
  { m, n, k, batch = 1, inner = batch, turned = '', epilogue }: Case,
  dtype: GemmOptions['dtype'],
  mask: Partial<Features>,
  most?: number,
) {
  const Type = dtype === 'float32' ? Float32Array : Float64Array;
  const size = Type.BYTES_PER_ELEMENT;
  const strides = (name: string, rows: number, columns: number) => ({
    ...(turned.includes(name) ? { row: 1, column: rows } : { row: columns, column: 1 }),
    batch: rows * columns,
    // a gap between the runs
    outer: inner * rows * columns + 8,
  });
  const options: GemmOptions = {
    ...{ dtype, m, n, k, batch, inner, a: strides('a', m, k), b: strides('b', k, n), c: strides('c', m, n) },
    ...(epilogue && { epilogue }),
  };
  const lengths = [m * k, k * n, m * n, m * n].map((x) => batch * x + 8 * (batch / inner));
  const module = new ModuleBuilder(detectFeatures(mask));
  const alone = emitGemm(module, 'alone', options);
  const gemm = emitTogether(module, 'several', options, most);
  if (!gemm) return undefined;
  const keeping = { ...options, keeps: true };
  const { keptBytes } = new GemmShape(module.features, options);
  const kept = keptBytes > 0 ? emitGemm(module, 'kept', keeping) : undefined;
  const share = align(kept?.scratchBytes ?? 0);
  let end = 64;
  const [a, b, c, d, e, scratch, own] = [
    ...[...lengths, lengths[2] as number].map((x) => x * size),
    Math.max(alone.scratchBytes, gemm.scratchBytes),
    2 * share,
  ].map((bytes) => {
    const at = end;
    end += align(bytes);
    return at;
  }) as [number, number, number, number, number, number, number];
  module.defineMemory({ initial: Math.ceil(end / 65536) }, 'memory');
  module.function(
    'run',
    [],
    [],
    (f) => {
      f.callAll(alone.function, a, b, c, scratch, 0, alone.units);
      const [x, y, z] = [a, b, d].map((at) => f.constant('i32', at));
      const cut = (units: number): [number, number][] => {
        const [first, second] = [Math.floor(units / 3), Math.ceil(units / 2)];
        return [
          [second, units],
          [0, first],
          [first, second],
        ];
      };
      f.for(0, batch, 1, (index) => {
        const [left, right, result] = gemm.places([x, y], z, index);
        f.for(0, k, gemm.depth, (from) => {
          for (const [start, stop] of cut(gemm.packUnits)) {
            f.callAll(gemm.pack, left, right, scratch, from, start, stop);
          }
          for (const [start, stop] of cut(gemm.units)) {
            f.callAll(gemm.multiply, left, right, result, scratch, from, index, start, stop);
          }
        });
      });
      if (!kept) return;
      // the words of the two threads are 16 and 20, and what they packed for an earlier product is gone
      for (const [piece, [start, stop]] of cut(kept.units).entries()) {
        const thread = piece % 2;
        f.callAll(kept.function, a, b, e, own + thread * share, start, stop, 16 + 4 * thread);
      }
    },
    { export: true },
  );
  const exports = run(module) as unknown as { run(): void; memory: { buffer: ArrayBuffer } };
  const { buffer } = exports.memory;
  [a, b].forEach((at, i) => {
    const x = new Type(buffer, at, lengths[i]);
    for (let j = 0; j < x.length; j++) x[j] = Math.sin(j + i);
  });
  // what no product writes stays
  for (const at of [c, d, e]) new Type(buffer, at, lengths[2]).fill(3);
  exports.run();
  const [expected, result, again] = [c, d, e].map((at) =>
    Buffer.from(buffer.slice(at, at + (lengths[2] as number) * size)),
  );
  const packed = new Int32Array(buffer, 16, 2);
  return {
    gemm,
    kept: kept && { split: kept.split, isEqual: (again as Buffer).equals(expected as Buffer), words: [...packed] },
    isEqual: (result as Buffer).equals(expected as Buffer),
  };
}

const sizes: readonly Case[] = [
  { m: 64, n: 200, k: 70 },
  { m: 65, n: 97, k: 300, turned: 'a' },
  { m: 66, n: 128, k: 300, turned: 'b' },
  { m: 300, n: 26, k: 400 },
  { m: 131, n: 49, k: 531, turned: 'b' },
  { m: 130, n: 101, k: 257, turned: 'ab' },
  { m: 70, n: 95, k: 260, turned: 'c' },
  { m: 40, n: 300, k: 300, turned: 'abc' },
  { m: 300, n: 8, k: 130, turned: 'ab' },
  { m: 66, n: 70, k: 140, batch: 3, turned: 'a' },
  { m: 50, n: 70, k: 140, batch: 6, inner: 2, turned: 'b' },
  { m: 65, n: 90, k: 280, epilogue: (_, { value }) => value.mul(0.5).add(1) },
];

describe('a product of several threads', () => {
  for (const mask of [{}, { relaxedSimd: false }, { wideSimd: true }]) {
    test(`has the bits of one thread's, whatever the order of the pieces: ${JSON.stringify(mask)}`, () => {
      for (const dtype of ['float32', 'float64'] as const) {
        for (const c of sizes) {
          const found = both(c, dtype, mask);
          expect(found?.isEqual, JSON.stringify(c)).toBe(true);
          if (found?.kept) expect(found.kept, JSON.stringify(c)).toMatchObject({ isEqual: true, words: [1, 1] });
        }
      }
    });
  }

  test('is cut by rows or columns, whatever leaves less to pack twice and to fetch', () => {
    const split = (c: Case) => both(c, 'float32', {})?.kept?.split;
    expect(split({ m: 300, n: 80, k: 150 })).toBe('rows');
    expect(split({ m: 300, n: 80, k: 150, turned: 'a' })).toBe('rows');
    expect(split({ m: 80, n: 300, k: 120, turned: 'a' })).toBe('columns');
    expect(split({ m: 80, n: 300, k: 120, turned: 'ac' })).toBe('columns');
    // nothing to keep where rows of A are read as they lie; too much of it; several products
    expect(split({ m: 80, n: 300, k: 120 })).toBeUndefined();
    expect(split({ m: 700, n: 640, k: 600, turned: 'a' })).toBeUndefined();
    expect(split({ m: 300, n: 80, k: 150, batch: 2 })).toBeUndefined();
  });

  test('packs in rounds when the operands are large, with the same bits', () => {
    const deep: Case = { m: 70, n: 80, k: 1100, turned: 'a' };
    const at = (most: number | undefined, c = deep) => both(c, 'float32', { relaxedSimd: false }, most);
    expect(at(undefined)?.gemm.rounds).toBe(1);
    for (const [most, rounds] of [
      [400_000, 3],
      [1, 5],
    ] as const) {
      const found = at(most);
      expect(found?.gemm.rounds).toBe(rounds);
      expect(found?.isEqual).toBe(true);
    }
    const finished = at(1, { ...deep, epilogue: (_, { value }) => value.max(0) });
    expect(finished?.isEqual).toBe(true);
  });

  test('is left to the plain cut where nothing is packed', () => {
    expect(both({ m: 200, n: 30, k: 30 }, 'float32', {})).toBeUndefined();
    expect(both({ m: 1, n: 300, k: 300 }, 'float32', {})).toBeUndefined();
  });
});
