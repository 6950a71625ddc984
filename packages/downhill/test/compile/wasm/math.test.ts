import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ModuleBuilder } from '../../../src/compile/wasm/assembler.ts';
import { webAssembly } from '../../../src/compile/wasm/engine.ts';
import { detectFeatures } from '../../../src/compile/wasm/features.ts';
import type { FloatVector } from '../../../src/compile/wasm/kinds.ts';
import {
  BINARY_MATH,
  emitMath,
  inlineMath,
  type MathName,
  mathFunction,
  UNARY_MATH,
} from '../../../src/compile/wasm/math/index.ts';
import { run } from './run.ts';

const SPACE = 1 << 16;
const FORMAT = {
  f32x4: { Type: Float32Array, digits: 24, lowest: -149, largest: 3.4028234663852886e38 },
  f64x2: { Type: Float64Array, digits: 53, lowest: -1074, largest: Number.MAX_VALUE },
};
const ALL: readonly MathName[] = [...UNARY_MATH, ...BINARY_MATH];
const isBinary = (name: MathName) => (BINARY_MATH as readonly string[]).includes(name);

/** Every kernel over arrays: arguments at 0 and SPACE, results at 2·SPACE. */
const memory = new (webAssembly().Memory)({ initial: 4 });
const exports = (() => {
  const m = new ModuleBuilder();
  m.importMemory('env', 'memory', { initial: 1 });
  for (const name of ALL) {
    for (const kind of ['f32x4', 'f64x2'] as const) {
      const kernel = mathFunction<FloatVector>(m, name, kind);
      m.function(
        `${name} ${kind}`,
        ['i32'],
        [],
        (f, bytes) => {
          f.for(0, bytes, 16, (i) => {
            const args = [f.load(kind, i), f.load(kind, i, SPACE)];
            f.store(i, f.call(kernel, ...(isBinary(name) ? args : [args[0]])), 2 * SPACE);
          });
        },
        { export: true },
      );
    }
  }
  return run(m, { env: { memory } });
})();

function apply(name: MathName, kind: FloatVector, ...columns: readonly ArrayLike<number>[]) {
  const { Type } = FORMAT[kind];
  const padded = Math.ceil(columns[0].length / 4) * 4;
  for (const [c, column] of columns.entries()) {
    const target = new Type(memory.buffer, c * SPACE, padded).fill(1);
    target.set(column);
  }
  exports[`${name} ${kind}`](padded * Type.BYTES_PER_ELEMENT);
  return new Type(memory.buffer, 2 * SPACE, columns[0].length).slice();
}

function ulp(value: number, kind: FloatVector): number {
  const { digits, lowest } = FORMAT[kind];
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const exponent = ((view.getUint16(0) >> 4) & 0x7ff) - 1023;
  return 2 ** Math.max(exponent - digits + 1, lowest);
}

function error(got: number, want: number, kind: FloatVector): number {
  if (Object.is(got, want) || (Number.isNaN(got) && Number.isNaN(want))) return 0;
  const { largest } = FORMAT[kind];
  if (Math.abs(got) === Infinity && Math.abs(want) > largest) return got * want > 0 ? 0 : Infinity;
  const distance = Math.abs(got - want) / ulp(want, kind);
  return Number.isNaN(distance) ? Infinity : distance;
}

function fixture(name: MathName) {
  const path = new URL(`./fixtures/${name}.json`, import.meta.url);
  const record = JSON.parse(readFileSync(path, 'utf8')) as { arguments: string[]; value: string };
  const decode = (text: string) => new Float64Array(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
  return { columns: record.arguments.map(decode), value: decode(record.value) };
}

const RELATIVE: ReadonlySet<MathName> = new Set(['lgamma', 'digamma']);

describe('accuracy against correctly rounded values', () => {
  for (const name of ALL) {
    if (name === 'sign') continue;
    test(`${name} in float64 is within ${RELATIVE.has(name) ? '1e-13' : '4 ulp'}`, () => {
      const { columns, value } = fixture(name);
      const got = apply(name, 'f64x2', ...columns);
      for (const [k, want] of value.entries()) {
        const where = `${name}(${columns.map((c) => c[k]).join(', ')})`;
        const off = error(got[k], want, 'f64x2');
        if (RELATIVE.has(name)) {
          const relative = off === 0 ? 0 : Math.abs(got[k] - want) / Math.abs(want);
          expect(relative, where).toBeLessThanOrEqual(1e-13);
        } else expect(off, where).toBeLessThanOrEqual(name === 'rem' ? 0 : 4);
      }
    });

    test(`${name} in float32 is within 2 ulp`, () => {
      const { columns, value } = fixture(name);
      const half = value.length / 2;
      const narrow = columns.map((c) => Float32Array.from(c.subarray(half)));
      const got = apply(name, 'f32x4', ...narrow);
      for (let k = 0; k < half; k++) {
        if (narrow.some((c, j) => c[k] !== columns[j][half + k])) continue;
        const where = `${name}(${narrow.map((c) => c[k]).join(', ')})`;
        expect(error(got[k], value[half + k], 'f32x4'), where).toBeLessThanOrEqual(2);
      }
    });
  }

  test('float32 stays within 2 ulp of float64 over all exponents and both signs', () => {
    for (const name of UNARY_MATH) {
      const x = Float32Array.from({ length: 8192 }, (_, k) => {
        const bits = Math.imul(k * 524287 + 12345, 1);
        return new Float32Array(Uint32Array.of(bits >>> 0).buffer)[0];
      });
      const got = apply(name, 'f32x4', x);
      const want = apply(name, 'f64x2', Float64Array.from(x));
      for (const [k, y] of got.entries()) {
        expect(error(y, want[k], 'f32x4'), `${name}(${x[k]})`).toBeLessThanOrEqual(2);
      }
    }
  });
});

const { PI } = Math;
const NAN = Number.NaN;
const INF = Infinity;

/** name, argument, value: exact in both formats, or rounded to the format. */
const SPECIAL: readonly (readonly [MathName, number, number])[] = [
  ...(['expm1', 'log1p', 'sin', 'tan', 'tanh', 'sinh', 'asin', 'atan'] as const).flatMap((name) => [
    [name, 0, 0] as const,
    [name, -0, -0] as const,
    [name, NAN, NAN] as const,
  ]),
  ...(['asinh', 'atanh', 'erf', 'cbrt', 'sign'] as const).flatMap((name) => [
    [name, 0, 0] as const,
    [name, -0, -0] as const,
    [name, NAN, NAN] as const,
  ]),
  ...(['exp', 'cos', 'cosh'] as const).flatMap((name) => [
    [name, 0, 1] as const,
    [name, -0, 1] as const,
    [name, NAN, NAN] as const,
  ]),
  ['exp', INF, INF],
  ['exp', -INF, 0],
  ['exp', 1e4, INF],
  ['exp', -1e4, 0],
  ['expm1', INF, INF],
  ['expm1', -INF, -1],
  ['expm1', -500, -1],
  ['log', 0, -INF],
  ['log', -0, -INF],
  ['log', -1, NAN],
  ['log', INF, INF],
  ['log', 1, 0],
  ['log', NAN, NAN],
  ['log', -INF, NAN],
  ['log1p', -1, -INF],
  ['log1p', -2, NAN],
  ['log1p', INF, INF],
  ['sin', INF, NAN],
  ['cos', -INF, NAN],
  ['tan', INF, NAN],
  ['tanh', INF, 1],
  ['tanh', -INF, -1],
  ['tanh', 1000, 1],
  ['sinh', INF, INF],
  ['sinh', -INF, -INF],
  ['cosh', -INF, INF],
  ['asin', 1, PI / 2],
  ['asin', -1, -PI / 2],
  ['asin', 1.5, NAN],
  ['acos', 1, 0],
  ['acos', -1, PI],
  ['acos', -1.5, NAN],
  ['acos', NAN, NAN],
  ['acos', 0, PI / 2],
  ['atan', INF, PI / 2],
  ['atan', -INF, -PI / 2],
  ['asinh', INF, INF],
  ['asinh', -INF, -INF],
  ['acosh', 1, 0],
  ['acosh', 0.5, NAN],
  ['acosh', INF, INF],
  ['atanh', 1, INF],
  ['atanh', -1, -INF],
  ['atanh', 2, NAN],
  ['erf', INF, 1],
  ['erf', -INF, -1],
  ['erfc', INF, 0],
  ['erfc', -INF, 2],
  ['erfc', NAN, NAN],
  ['erfc', 0, 1],
  ['erfc', 40, 0],
  ['cbrt', -8, -2],
  ['cbrt', 27, 3],
  ['cbrt', INF, INF],
  ['cbrt', -INF, -INF],
  ['logistic', INF, 1],
  ['logistic', -INF, 0],
  ['logistic', 0, 0.5],
  ['logistic', NAN, NAN],
  ['logistic', -1e4, 0],
  ['lgamma', 1, 0],
  ['lgamma', 2, 0],
  ['lgamma', 0, INF],
  ['lgamma', -0, INF],
  ['lgamma', -3, INF],
  ['lgamma', INF, INF],
  ['lgamma', -INF, INF],
  ['lgamma', NAN, NAN],
  ['digamma', 0, NAN],
  ['digamma', -2, NAN],
  ['digamma', INF, INF],
  ['digamma', NAN, NAN],
  ['digamma', -INF, NAN],
  ['rsqrt', 4, 0.5],
  ['rsqrt', 0, INF],
  ['rsqrt', -0, -INF],
  ['rsqrt', -1, NAN],
  ['rsqrt', INF, 0],
  ['sign', -5, -1],
  ['sign', INF, 1],
];

/** x, y, pow(x, y), from the table of IEEE 754. */
const POWERS: readonly (readonly [number, number, number])[] = [
  [NAN, 0, 1],
  [1, NAN, 1],
  [NAN, 1, NAN],
  [2, NAN, NAN],
  [0, 3, 0],
  [-0, 3, -0],
  [-0, 2, 0],
  [0, -3, INF],
  [-0, -3, -INF],
  [-0, -2, INF],
  [-1, INF, 1],
  [-1, -INF, 1],
  [0.5, INF, 0],
  [0.5, -INF, INF],
  [2, INF, INF],
  [-2, -INF, 0],
  [-INF, 3, -INF],
  [-INF, 2, INF],
  [-INF, -3, -0],
  [-INF, 0.5, INF],
  [INF, -2, 0],
  [-8, 1 / 3, NAN],
  [-2, 3, -8],
  [-2, -2, 0.25],
  [3, 4, 81],
  [10, -400, 0],
  [10, 400, INF],
  [-10, 401, -INF],
  [0, 0, 1],
  [4, 0.5, 2],
];

/** y, x, atan2(y, x). */
const ANGLES: readonly (readonly [number, number, number])[] = [
  [0, 0, 0],
  [-0, 0, -0],
  [0, -0, PI],
  [-0, -0, -PI],
  [0, 1, 0],
  [0, -1, PI],
  [-0, -1, -PI],
  [1, 0, PI / 2],
  [-1, -0, -PI / 2],
  [1, INF, 0],
  [-1, -INF, -PI],
  [INF, 2, PI / 2],
  [-INF, -2, -PI / 2],
  [INF, INF, PI / 4],
  [INF, -INF, (3 * PI) / 4],
  [-INF, -INF, (-3 * PI) / 4],
  [NAN, 1, NAN],
  [1, NAN, NAN],
  [0, NAN, NAN],
  [1e300, 1e300, PI / 4],
  [-1e-320, 1e300, -0],
];

const REMAINDERS: readonly (readonly [number, number, number])[] = [
  [5.5, 2, 1.5],
  [-5.5, 2, -1.5],
  [5.5, -2, 1.5],
  [-4, 2, -0],
  [1, 0, NAN],
  [INF, 2, NAN],
  [3, INF, 3],
  [0, 5, 0],
  [-0, 5, -0],
  [NAN, 1, NAN],
  [2 ** 100, 3, 1],
];

describe('special values', () => {
  for (const kind of ['f32x4', 'f64x2'] as const) {
    const round = (x: number) => (kind === 'f32x4' ? Math.fround(x) : x);
    // 3π/4 and the like: one more rounding than the table's.
    const same = (got: number, want: number, where: string) => {
      if (Number.isFinite(want) && want !== 0) {
        expect(error(got, round(want), kind), where).toBeLessThanOrEqual(1);
      } else expect(got, where).toBe(want);
    };

    test(`of functions of one argument, ${kind}`, () => {
      for (const [name, x, want] of SPECIAL) same(apply(name, kind, [x])[0], want, `${name}(${x})`);
    });

    test(`of pow, atan2 and rem, ${kind}`, () => {
      const tables = [
        ['pow', POWERS],
        ['atan2', ANGLES],
        ['rem', REMAINDERS],
      ] as const;
      for (const [name, table] of tables) {
        for (const [a, b, want] of table) {
          if (kind === 'f32x4' && Math.abs(a) > 1e38 && Number.isFinite(a)) continue;
          same(apply(name, kind, [a], [b])[0], want, `${name}(${a}, ${b})`);
        }
      }
    });
  }

  test('subnormal arguments and results are full citizens', () => {
    expect(apply('log', 'f64x2', [5e-324])[0]).toBeCloseTo(-744.4400719213812, 12);
    expect(apply('exp', 'f64x2', [-745.13])[0]).toBe(5e-324);
    expect(apply('exp', 'f32x4', [-103])[0]).toBe(2 ** -149);
    expect(apply('cbrt', 'f64x2', [8 * 2 ** -1074])[0]).toBe(2 * 2 ** -358);
    expect(apply('sin', 'f64x2', [5e-324])[0]).toBe(5e-324);
    expect(apply('tanh', 'f32x4', [2 ** -149])[0]).toBe(2 ** -149);
    expect(apply('rem', 'f64x2', [1e300], [5e-324])[0]).toBe(0);
  });

  test('sin and cos of the doubles hardest to reduce', () => {
    // 6381956970095103·2^797 lies closest of all to a multiple of π/2 (Muller et al., Handbook, table 11.1).
    const x = 6381956970095103 * 2 ** 797;
    expect(apply('cos', 'f64x2', [x])[0]).toBe(-4.687165924254628e-19);
    expect(apply('sin', 'f64x2', [1e22])[0]).toBe(-0.8522008497671888);
  });
});

describe('forms', () => {
  test('inline, called and scalar give the same bits', () => {
    const m = new ModuleBuilder();
    for (const name of ALL) {
      const binary = isBinary(name);
      const pair = <T>(x: T) => (binary ? [x, x] : [x]);
      m.function(`${name} inline`, ['f64'], ['f64'], (f, x) => inlineMath(f, name, ...pair(x.splat('f64x2'))).lane(1), {
        export: true,
      });
      m.function(`${name} f64`, ['f64'], ['f64'], (f, x) => emitMath(f, name, ...pair(x)), {
        export: true,
      });
      m.function(`${name} f32`, ['f32'], ['f32'], (f, x) => emitMath(f, name, ...pair(x)), {
        export: true,
      });
    }
    const scalar = run(m);
    for (const name of ALL) {
      for (const x of [0.3, 0.9, 1.7, -2.5, 30]) {
        const column = isBinary(name) ? [[x], [x]] : [[x]];
        const wide = apply(name, 'f64x2', ...column)[0];
        expect(scalar[`${name} inline`](x), name).toBe(wide);
        expect(scalar[`${name} f64`](x), name).toBe(wide);
        expect(scalar[`${name} f32`](x), name).toBe(apply(name, 'f32x4', ...column)[0]);
      }
    }
  });

  test('shared functions are put into a module once', () => {
    const m = new ModuleBuilder();
    m.function('f', ['f64x2'], ['f64x2'], (f, x) => emitMath(f, 'sin', emitMath(f, 'sin', x)));
    expect(m.toText().match(/\(func \$sin_f64x2/g)).toHaveLength(1);
    expect(m.toText().match(/\(func \$reduce_pi_over_2/g)).toHaveLength(1);
  });

  test('a wrong number of arguments is said', () => {
    const m = new ModuleBuilder();
    expect(() => m.function('f', ['f64x2'], ['f64x2'], (f, x) => inlineMath(f, 'pow', x))).toThrow(
      'pow takes 2 arguments, got 1',
    );
  });

  test('features can be masked', () => {
    expect(detectFeatures({ simd: false })).toMatchObject({ simd: false, relaxedSimd: false });
    expect(detectFeatures({ threads: false }).threads).toBe(false);
    expect(detectFeatures().simd).toBe(true);
  });
});
