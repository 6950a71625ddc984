import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ModuleBuilder } from '../../../src/compile/wasm/assembler.ts';
import { webAssembly } from '../../../src/compile/wasm/engine.ts';
import { detectFeatures, type Features } from '../../../src/compile/wasm/features.ts';
import { emitMath } from '../../../src/compile/wasm/math/index.ts';
import { logParts } from '../../../src/compile/wasm/math/log-parts.ts';
import { powByLog } from '../../../src/compile/wasm/math/power.ts';
import { run } from './run.ts';

const f32 = Math.fround;

/** x and y of the fixture of pow, and xʸ correctly rounded. */
const fixture = (() => {
  const path = new URL('./fixtures/pow.json', import.meta.url);
  const record = JSON.parse(readFileSync(path, 'utf8')) as { arguments: string[]; value: string };
  const decode = (text: string) => new Float64Array(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
  const [x, y] = record.arguments.map(decode) as [Float64Array, Float64Array];
  const value = decode(record.value);
  return [...x].map((base, k) => ({ base, y: y[k] as number, value: value[k] as number }));
})();

/** Powers of one number of many exponents, by scalars and by vectors. */
function powersOf(base: number, kind: 'f64' | 'f32', exponents: readonly number[], features?: Features) {
  const memory = new (webAssembly().Memory)({ initial: 1 });
  const m = new ModuleBuilder(features);
  m.importMemory('env', 'memory', { initial: 1 });
  const vector = kind === 'f64' ? 'f64x2' : 'f32x4';
  const width = kind === 'f64' ? 8 : 4;
  m.function(
    'scalars',
    ['i32'],
    [],
    (f, bytes) => {
      f.for(0, bytes, width, (i) => f.store(i, emitMath(f, 'pow', f.constant(kind, base), f.load(kind, i)), 8192));
    },
    { export: true },
  );
  m.function(
    'vectors',
    ['i32'],
    [],
    (f, bytes) => {
      f.for(0, bytes, 16, (i) => f.store(i, emitMath(f, 'pow', f.constant(vector, base), f.load(vector, i)), 16384));
    },
    { export: true },
  );
  const exports = run(m, { env: { memory } });
  const type = kind === 'f64' ? Float64Array : Float32Array;
  new type(memory.buffer, 0, exponents.length).set(exponents);
  exports.scalars(exponents.length * width);
  exports.vectors(exponents.length * width);
  const scalars = [...new type(memory.buffer, 8192, exponents.length)];
  expect([...new type(memory.buffer, 16384, exponents.length)]).toEqual(scalars);
  return scalars;
}

/** Distance in units in the last place of a float64. */
function ulps(got: number, want: number): number {
  if (Object.is(got, want)) return 0;
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, want);
  const exponent = ((view.getUint16(0) >> 4) & 0x7ff) - 1023;
  return Math.abs(got - want) / 2 ** Math.max(exponent - 52, -1074);
}

describe('powers of a number known while the code is written', () => {
  test('its logarithm has two exact parts', () => {
    // the logarithm by mpmath at 300 bits, as a float64 and the float64 nearest to the rest
    expect(logParts(0.9)).toEqual([-0.10536051565782628, 4.81014917638444e-18]);
    expect(logParts(0.999)).toEqual([-0.0010005003335835344, -2.5644777003677798e-20]);
    expect(logParts(2)).toEqual([Math.LN2, 2.3190468138462996e-17]);
    expect(logParts(1e-300)).toEqual([-690.7755278982137, -2.3670096176709832e-14]);
    expect(logParts(5e-324)).toEqual([-744.4400719213812, -4.422444340918698e-14]);
    expect(logParts(1 - 2 ** -53)).toEqual([-1.1102230246251565e-16, -6.162975822039155e-33]);
  });

  test('are within 4 ulp of the true ones, for the bases of all fixtures', () => {
    const known = fixture.filter(({ base }) => base > 0 && base < Infinity && base !== 1);
    expect(known.length).toBeGreaterThan(500);
    const memory = new (webAssembly().Memory)({ initial: 2 });
    const m = new ModuleBuilder();
    m.importMemory('env', 'memory', { initial: 1 });
    const at = 32768;
    m.function(
      'powers',
      ['i32'],
      [],
      (f, bytes) => {
        f.for(0, bytes, 16, (i) => {
          const log = { hi: f.load('f64x2', i, at), lo: f.load('f64x2', i, 2 * at) };
          f.store(i, powByLog(f, f.load('f64x2', i), log), 3 * at);
        });
      },
      { export: true },
    );
    const { powers } = run(m, { env: { memory } });
    known.forEach(({ base, y }, k) => {
      const [hi, lo] = logParts(base);
      for (const [j, value] of [y, hi, lo].entries()) new Float64Array(memory.buffer, j * at)[k] = value;
    });
    powers(known.length * 8);
    const got = new Float64Array(memory.buffer, 3 * at, known.length);
    known.forEach(({ base, y, value }, k) => {
      expect(ulps(got[k] as number, value), `${base} ** ${y}`).toBeLessThanOrEqual(2);
    });
  });

  const special = [
    0,
    -0,
    1,
    -1,
    0.5,
    2,
    3,
    1e-300,
    5e-324,
    1e6,
    -1e6,
    1e300,
    -1e300,
    Infinity,
    -Infinity,
    Number.NaN,
    7.25,
    -3,
  ];
  for (const base of [
    0.9,
    0.999,
    2,
    10,
    1e-300,
    5e-324,
    Number.MAX_VALUE,
    1 + 2 ** -52,
    0,
    -0,
    1,
    -1,
    -2.5,
    Infinity,
    -Infinity,
    Number.NaN,
  ]) {
    test(`${Object.is(base, -0) ? '-0' : base} to any power, with and without fused multiply-add`, () => {
      for (const features of [
        detectFeatures(),
        detectFeatures({ relaxedSimd: false }),
        detectFeatures({ simd: false }),
      ]) {
        powersOf(base, 'f64', special, features).forEach((got, k) => {
          const y = special[k] as number;
          // C99 has 1 to any power and −1 to an infinite one as 1, where JavaScript has NaN
          const want = base === 1 || (base === -1 && Math.abs(y) === Infinity) ? 1 : base ** y;
          if (Number.isFinite(want) && want !== 0) expect(ulps(got, want), `${base} ** ${y}`).toBeLessThanOrEqual(2);
          else expect(got, `${base} ** ${y}`).toBe(want);
        });
      }
    });
  }

  test('are within 1 ulp in float32', () => {
    const exponents = Array.from({ length: 400 }, (_, k) => f32((k - 200) * 0.37));
    for (const base of [0.9, 0.1, 3, 1.0001, 123456].map(f32)) {
      powersOf(base, 'f32', exponents).forEach((got, k) => {
        const want = base ** (exponents[k] as number);
        if (Math.abs(want) > 3.4e38) expect(got).toBe(Infinity);
        else expect(Math.abs(got - want)).toBeLessThanOrEqual(Math.max(Math.abs(want) * 2 ** -23, 2 ** -149));
      });
    }
  });

  test('without SIMD have the bits of plain SIMD', () => {
    const exponents = Array.from({ length: 64 }, (_, k) => k * 1.7 - 40);
    const plain = powersOf(0.999, 'f64', exponents, detectFeatures({ relaxedSimd: false }));
    expect(powersOf(0.999, 'f64', exponents, detectFeatures({ simd: false }))).toEqual(plain);
  });
});
