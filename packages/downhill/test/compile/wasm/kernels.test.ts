import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ModuleBuilder } from '../../../src/compile/wasm/assembler.ts';
import { emitCumulative } from '../../../src/compile/wasm/cumulative.ts';
import {
  emitArgReduction,
  emitReduction,
  emitReductionAcross,
  type ReductionOperation,
  sumErrorBound,
} from '../../../src/compile/wasm/reduce.ts';
import { type SortOptions, sortFunction } from '../../../src/compile/wasm/sort.ts';
import { threefry2x32 } from '../../../src/compile/wasm/threefry.ts';
import { run } from './run.ts';

const PAGES = 40;
const OPERATIONS: readonly ReductionOperation[] = ['sum', 'prod', 'max', 'min'];

describe('reductions', () => {
  const exports = (() => {
    const m = new ModuleBuilder();
    m.defineMemory({ initial: PAGES }, 'memory');
    for (const operation of OPERATIONS) {
      for (const [kind, scalar, size] of [
        ['f32x4', 'f32', 4],
        ['f64x2', 'f64', 8],
        ['i32x4', 'i32', 4],
      ] as const) {
        const most = 500_000;
        m.function(
          `${operation} ${kind}`,
          ['i32', 'i32'],
          [scalar],
          (f, from, to) =>
            emitReduction<typeof kind>(f, {
              kind,
              operation,
              from,
              to,
              most,
              element: (i) => f.load(kind, i.mul(size)),
              single: (i) => f.load(scalar, i.mul(size)),
            }) as never,
          { export: true },
        );
      }
      m.function(
        `${operation} columns`,
        ['i32'],
        [],
        (f, rows) => {
          const element = (i: Parameters<typeof f.load>[1]) => f.load('f32x4', i.mul(16));
          const options = { kind: 'f32x4', operation, from: 0, to: rows, most: 100_000 } as const;
          f.store(f.constant('i32', 0), emitReductionAcross(f, { ...options, element }));
        },
        { export: true },
      );
    }
    return run(m) as unknown as Record<string, (...args: number[]) => number> & {
      memory: { buffer: ArrayBuffer };
    };
  })();
  const { buffer } = exports.memory;

  const plain: Record<ReductionOperation, (a: number, b: number) => number> = {
    sum: (a, b) => a + b,
    prod: (a, b) => a * b,
    max: (a, b) => Math.max(a, b),
    min: (a, b) => Math.min(a, b),
  };
  const identity = { sum: -0, prod: 1, max: -Infinity, min: Infinity };

  test('whole numbers of any range reduce exactly', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...OPERATIONS),
        fc.nat({ max: 40 }),
        fc.array(fc.integer({ min: -3, max: 3 }), { maxLength: 700 }),
        (operation, from, values) => {
          for (const [kind, Type] of [
            ['f32x4', Float32Array],
            ['f64x2', Float64Array],
          ] as const) {
            new Type(buffer, 0, from + values.length).set(values, from);
            const used = operation === 'prod' ? values.slice(0, 12) : values;
            const got = exports[`${operation} ${kind}`](from, from + used.length);
            expect(got + 0).toBe(used.reduce(plain[operation], identity[operation]) + 0);
          }
        },
      ),
    );
  });

  test('integers wrap in sums and products and compare signed', () => {
    const values = Int32Array.from({ length: 1003 }, (_, k) => Math.imul(k + 1, 2654435761));
    new Int32Array(buffer, 0, values.length).set(values);
    expect(exports['sum i32x4'](0, 1003)).toBe(values.reduce((a, b) => (a + b) | 0, 0));
    expect(exports['prod i32x4'](0, 9)).toBe(values.slice(0, 9).reduce((a, b) => Math.imul(a, b), 1));
    expect(exports['max i32x4'](0, 1003)).toBe(values.reduce((a, b) => Math.max(a, b)));
    expect(exports['min i32x4'](0, 1003)).toBe(values.reduce((a, b) => Math.min(a, b)));
    expect(exports['min i32x4'](5, 5)).toBe(2 ** 31 - 1);
  });

  test('a float32 sum stays within its stated bound, which a running sum does not', () => {
    const n = 400_000;
    const x = new Float32Array(buffer, 0, n).fill(0.1);
    const exact = n * x[0];
    const unit = 2 ** -24;
    const got = exports['sum f32x4'](0, n);
    expect(Math.abs(got - exact)).toBeLessThanOrEqual(sumErrorBound(n, 'f32x4') * unit * exact);
    const running = x.reduce((a, b) => Math.fround(a + b), 0);
    expect(Math.abs(running - exact)).toBeGreaterThan(sumErrorBound(n, 'f32x4') * unit * exact);
    expect(sumErrorBound(n, 'f32x4')).toBe(3 * 64 + 8);
  });

  test('max and min give NaN when there is one', () => {
    const x = new Float64Array(buffer, 0, 37).fill(1);
    for (const at of [0, 5, 35, 36]) {
      x.fill(1);
      x[at] = Number.NaN;
      expect(exports['max f64x2'](0, 37)).toBeNaN();
      expect(exports['min f64x2'](0, 37)).toBeNaN();
    }
  });

  test('the first extreme element is found, a NaN before all', () => {
    const m = new ModuleBuilder();
    m.defineMemory({ initial: 1 }, 'memory');
    for (const operation of ['max', 'min'] as const) {
      m.function(
        operation,
        ['i32', 'i32'],
        ['i32'],
        (f, from, to) =>
          emitArgReduction(f, {
            kind: 'f32x4',
            operation,
            from,
            to,
            most: 1000,
            element: (i) => f.load('f32x4', i.mul(4)),
            single: (i) => f.load('f32', i.mul(4)),
          }),
        { export: true },
      );
    }
    const arg = run(m) as unknown as Record<'max' | 'min', (from: number, to: number) => number> & {
      memory: { buffer: ArrayBuffer };
    };
    const element = fc.oneof(fc.integer({ min: -4, max: 4 }), fc.constantFrom(Infinity, -Infinity));
    const values = fc.array(fc.oneof({ weight: 9, arbitrary: element }, fc.constant(Number.NaN)), {
      minLength: 1,
      maxLength: 60,
    });
    fc.assert(
      fc.property(values, fc.nat({ max: 5 }), (list, from) => {
        new Float32Array(arg.memory.buffer, from * 4, list.length).set(list);
        const nan = list.findIndex((v) => Number.isNaN(v));
        for (const operation of ['max', 'min'] as const) {
          const want = nan >= 0 ? nan : list.indexOf(Math[operation](...list));
          expect(arg[operation](from, from + list.length)).toBe(from + want);
        }
      }),
    );
  });

  test('columns are reduced side by side', () => {
    const rows = 1000;
    const x = new Float32Array(buffer, 0, rows * 4).map((_, k) => (k % 7) - 3);
    for (const operation of ['sum', 'max', 'min'] as const) {
      new Float32Array(buffer, 0, x.length).set(x);
      exports[`${operation} columns`](rows);
      for (let c = 0; c < 4; c++) {
        const column = [...x].filter((_, k) => k % 4 === c);
        expect(new Float32Array(buffer, 0, 4)[c]).toBe(column.reduce(plain[operation], identity[operation]));
      }
    }
  });
});

describe('cumulative operations', () => {
  test('every prefix is the reduction of what came before', () => {
    const m = new ModuleBuilder();
    m.defineMemory({ initial: 1 }, 'memory');
    const formats = [
      ['f32x4', 'f32', 4, Float32Array],
      ['f64x2', 'f64', 8, Float64Array],
      ['i32x4', 'i32', 4, Int32Array],
    ] as const;
    for (const operation of OPERATIONS) {
      for (const [kind, scalar, size] of formats) {
        m.function(
          `${operation} ${kind}`,
          ['i32', 'i32'],
          [],
          (f, from, to) =>
            emitCumulative<typeof kind>(f, {
              kind,
              operation,
              from,
              to,
              element: (i) => f.load(kind, i.mul(size)),
              single: (i) => f.load(scalar, i.mul(size)) as never,
              store: (i, value) => f.store(i.mul(size), value, 32768),
            }),
          { export: true },
        );
      }
    }
    const scan = run(m) as unknown as Record<string, (from: number, to: number) => void> & {
      memory: { buffer: ArrayBuffer };
    };
    const apply = {
      sum: (a: number, b: number) => a + b,
      prod: (a: number, b: number) => a * b,
      max: (a: number, b: number) => Math.max(a, b),
      min: (a: number, b: number) => Math.min(a, b),
    };
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -2, max: 2 }), { maxLength: 25 }),
        fc.nat({ max: 5 }),
        fc.constantFrom(...OPERATIONS),
        (values, from, operation) => {
          for (const [kind, , size, Type] of formats) {
            const { buffer } = scan.memory;
            new Type(buffer, from * size, values.length).set(values);
            const out = new Type(buffer, 32768 + from * size, values.length + 1).fill(77);
            scan[`${operation} ${kind}`](from, from + values.length);
            let running = { sum: 0, prod: 1, max: -Infinity, min: Infinity }[operation];
            const want = values.map((v) => {
              running = apply[operation](running, v);
              return running + 0;
            });
            expect([...out].map((v) => v + 0)).toEqual([...want, 77]);
          }
        },
      ),
    );
  });
});

describe('threefry', () => {
  const exports = (() => {
    const m = new ModuleBuilder();
    m.function(
      'scalar',
      ['i32', 'i32', 'i32', 'i32'],
      ['i32', 'i32'],
      (_f, k0, k1, c0, c1) => threefry2x32([k0, k1], [c0, c1]),
      { export: true },
    );
    m.function(
      'vector',
      ['i32', 'i32', 'i32', 'i32', 'i32'],
      ['i32', 'i32'],
      (f, k0, k1, c0, c1, lane) => {
        const wide = (v: typeof k0) => v.splat('i32x4').add(f.lanes('i32x4', [0, 1, 2, 3]));
        const same = (v: typeof k0) => v.splat('i32x4');
        const [x, y] = threefry2x32([same(k0), same(k1)], [wide(c0), same(c1)]);
        const pick = (v: typeof x) => [1, 2, 3].reduce((found, l) => lane.eq(l).select(v.lane(l), found), v.lane(0));
        return [pick(x), pick(y)];
      },
      { export: true },
    );
    return run(m) as unknown as Record<string, (...args: number[]) => number[]>;
  })();
  const unsigned = (words: number[]) => words.map((w) => (w >>> 0).toString(16).padStart(8, '0'));

  test('gives the known answers of the reference implementation', () => {
    const { scalar } = exports;
    expect(unsigned(scalar(0, 0, 0, 0))).toEqual(['6b200159', '99ba4efe']);
    expect(unsigned(scalar(-1, -1, -1, -1))).toEqual(['1cb996fc', 'bb002be7']);
    expect(unsigned(scalar(0x13198a2e, 0x03707344, 0x243f6a88, 0x85a308d3))).toEqual(['c4923a9c', '483df7a0']);
  });

  test('a vector is four counters', () => {
    for (const lane of [0, 1, 2, 3]) {
      expect(exports.vector(7, 9, 100, 5, lane)).toEqual(exports.scalar(7, 9, 100 + lane, 5));
    }
  });
});

describe('sorting', () => {
  const KEYS = 0;
  const INDICES = 1 << 18;
  const SCRATCH = 2 << 18;
  const INDEX_SCRATCH = 3 << 18;
  const build = (options: SortOptions) => {
    const m = new ModuleBuilder();
    m.defineMemory({ initial: 16 }, 'memory');
    const sort = sortFunction(m, 'sort', options);
    m.function(
      'run',
      ['i32'],
      [],
      (f, n) => {
        f.callAll(sort, KEYS, INDICES, SCRATCH, INDEX_SCRATCH, n);
      },
      { export: true },
    );
    return run(m) as unknown as { run(n: number): void; memory: { buffer: ArrayBuffer } };
  };
  const total = (a: number, b: number) =>
    Number.isNaN(a) ? (Number.isNaN(b) ? 0 : 1) : Number.isNaN(b) ? -1 : a < b ? -1 : a > b ? 1 : 0;
  const float = fc.oneof(
    fc.double(),
    fc.integer({ min: -3, max: 3 }),
    fc.constantFrom(Number.NaN, -0, 0, Infinity, -Infinity),
  );

  test('floats ascend, NaN last, equal keys keep their order', () => {
    for (const [kind, Type] of [
      ['f32', Float32Array],
      ['f64', Float64Array],
    ] as const) {
      const exports = build({ kind, withIndices: true });
      fc.assert(
        fc.property(fc.array(float, { maxLength: 200 }), (values) => {
          const n = values.length;
          const keys = new Type(exports.memory.buffer, KEYS, n);
          const indices = new Int32Array(exports.memory.buffer, INDICES, n);
          keys.set(values);
          const original = [...keys];
          indices.set(original.map((_, k) => k));
          exports.run(n);
          const order = original.map((_, k) => k).sort((a, b) => total(original[a], original[b]));
          expect([...indices]).toEqual(order);
          expect([...keys]).toEqual(order.map((k) => original[k]));
        }),
      );
    }
  });

  test('integers compare signed or unsigned, without indices', () => {
    for (const unsigned of [false, true]) {
      const exports = build({ kind: 'i32', unsigned });
      const Type = unsigned ? Uint32Array : Int32Array;
      fc.assert(
        fc.property(fc.array(fc.integer(), { maxLength: 300 }), (values) => {
          const keys = new Type(exports.memory.buffer, KEYS, values.length);
          keys.set(values);
          const want = keys.slice().sort();
          exports.run(values.length);
          expect(keys).toEqual(want);
        }),
      );
    }
  });
});
