// Prints how far the vector math kernels are from the true values, in units in the last place.
//
//   node bench/kernels/ulp.mjs                    committed fixtures, and a dense float32 sweep against the float64 kernels
//   node bench/kernels/ulp.mjs --samples FOLDER   files made by fixtures.py --raw instead of the fixtures
//   options: --plain (no relaxed SIMD), --stride N (every N-th float32, default 997), names of functions

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from './load.mjs';

const argv = process.argv.slice(2);
const option = (name, fallback) => {
  const at = argv.indexOf(name);
  return at < 0 ? fallback : argv.splice(at, 2)[1];
};
const folder = option('--samples', undefined);
const stride = Number(option('--stride', '997'));
const plain = argv.includes('--plain');
const only = argv.filter((a) => !a.startsWith('--'));

const wasm = await load(
  'compile/wasm/assembler.ts',
  'compile/wasm/features.ts',
  'compile/wasm/math/index.ts',
  'compile/wasm/math/log-parts.ts',
  'compile/wasm/math/power.ts',
);
const features = wasm.detectFeatures(plain ? { relaxedSimd: false } : {});
const CHUNK = 1 << 16;
const memory = new WebAssembly.Memory({ initial: (4 * CHUNK * 8) / 65536 + 1 });

/** Array versions of every kernel: (bytes) => void, from chunks 0 and 1 to chunk 2. */
function build() {
  const m = new wasm.ModuleBuilder(features);
  m.importMemory('env', 'memory', { initial: 1 });
  for (const name of [...wasm.UNARY_MATH, ...wasm.BINARY_MATH]) {
    const binary = wasm.BINARY_MATH.includes(name);
    for (const kind of ['f32x4', 'f64x2']) {
      const kernel = wasm.mathFunction(m, name, kind);
      m.function(
        `map_${name}_${kind}`,
        ['i32'],
        [],
        (f, bytes) => {
          f.for(0, bytes, 16, (i) => {
            const x = f.load(kind, i);
            const args = binary ? [x, f.load(kind, i, CHUNK * 8)] : [x];
            f.store(i, f.call(kernel, ...args), CHUNK * 16);
          });
        },
        { export: true },
      );
    }
  }
  m.function(
    'map_pow_by_log',
    ['i32'],
    [],
    (f, bytes) => {
      f.for(0, bytes, 16, (i) => {
        const log = { hi: f.load('f64x2', i, CHUNK * 8), lo: f.load('f64x2', i, CHUNK * 16) };
        f.store(i, wasm.powByLog(f, f.load('f64x2', i), log), CHUNK * 24);
      });
    },
    { export: true },
  );
  return new WebAssembly.Instance(new WebAssembly.Module(m.toBinary()), { env: { memory } }).exports;
}
const exports = build();
const kinds = {
  f32x4: { Type: Float32Array, digits: 24, lowest: -149, largest: 3.4028234663852886e38 },
  f64x2: { Type: Float64Array, digits: 53, lowest: -1074, largest: Number.MAX_VALUE },
};

function apply(name, kind, columns) {
  const { Type } = kinds[kind];
  const n = columns[0].length;
  const out = new Type(n);
  for (let from = 0; from < n; from += CHUNK) {
    const part = Math.min(CHUNK, n - from);
    for (const [c, column] of columns.entries()) {
      new Type(memory.buffer, c * CHUNK * 8, part).set(column.subarray(from, from + part));
    }
    exports[`map_${name}_${kind}`](part * Type.BYTES_PER_ELEMENT);
    out.set(new Type(memory.buffer, CHUNK * 16, part), from);
  }
  return out;
}

/** Powers of bases known while compiling: the same samples, with the logarithms of the bases given. */
function knownBases({ columns: [x, y], value, lost }) {
  const use = [...x.keys()].filter((k) => wasm.hasLogarithm(x[k]));
  const pick = (list) => list && Float64Array.from(use, (k) => list[k]);
  const got = new Float64Array(use.length);
  for (let from = 0; from < use.length; from += CHUNK) {
    const part = use.slice(from, from + CHUNK);
    const logs = part.map((k) => wasm.logParts(x[k]));
    const columns = [part.map((k) => y[k]), logs.map((l) => l[0]), logs.map((l) => l[1])];
    columns.forEach((column, c) => new Float64Array(memory.buffer, c * CHUNK * 8, part.length).set(column));
    exports.map_pow_by_log(part.length * 8);
    got.set(new Float64Array(memory.buffer, CHUNK * 24, part.length), from);
  }
  return worst('f64x2', [pick(x), pick(y)], got, pick(value), pick(lost));
}

const bits = new DataView(new ArrayBuffer(8));
function ulp(value, { digits, lowest }) {
  bits.setFloat64(0, value);
  const exponent = ((bits.getUint16(0) >> 4) & 0x7ff) - 1023;
  return 2 ** Math.max(exponent - digits + 1, lowest);
}

/** lgamma and digamma lose relative accuracy beside their zeros: values smaller than this are left out there. */
const NEAR_ZERO = { lgamma: 0.05, digamma: 0.05 };

/** Largest error of `got` against value + lost, and where. */
function worst(kind, columns, got, value, lost, smallest = 0) {
  const format = kinds[kind];
  let max = 0;
  let at = -1;
  for (let k = 0; k < got.length; k++) {
    const want = value[k];
    if (Math.abs(want) < smallest) continue;
    let error;
    const limit = format.largest + ulp(format.largest, format) / 2;
    if (Number.isNaN(want) || Number.isNaN(got[k])) {
      error = Number.isNaN(want) === Number.isNaN(got[k]) ? 0 : Infinity;
    } else if (Math.abs(want) >= limit || !Number.isFinite(got[k])) {
      const rounded = Math.abs(want) >= limit ? Math.sign(want) * Infinity : want;
      const near = Math.abs(want) > format.largest * (1 - 4 * 2 ** -format.digits);
      error = got[k] === rounded ? 0 : near ? 1 : Infinity;
    } else error = Math.abs((got[k] - want - (lost?.[k] ?? 0)) / ulp(want, format));
    if (error > max) {
      max = error;
      at = k;
    }
  }
  return { max, where: at < 0 ? '' : columns.map((c) => c[at]).join(', '), count: got.length };
}

function fixture(name) {
  if (folder === undefined) {
    const path = new URL(`../../packages/downhill/test/compile/wasm/fixtures/${name}.json`, import.meta.url);
    const { arguments: columns, value } = JSON.parse(readFileSync(path, 'utf8'));
    const decode = (text) => new Float64Array(new Uint8Array(Buffer.from(text, 'base64')).buffer);
    return { columns: columns.map(decode), value: decode(value), lost: undefined };
  }
  const bytes = readFileSync(join(folder, `${name}.f64`));
  const all = new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  const count = wasm.BINARY_MATH.includes(name) ? 4 : 3;
  const n = all.length / count;
  const column = (k) => all.subarray(k * n, (k + 1) * n);
  const columns = count === 4 ? [column(0), column(1)] : [column(0)];
  return { columns, value: column(count - 2), lost: column(count - 1) };
}

function sweep(name) {
  const n = Math.floor(2 ** 32 / stride);
  let result = { max: 0, where: '', count: n };
  const size = CHUNK;
  const words = new Uint32Array(size);
  for (let from = 0; from < n; from += size) {
    for (let k = 0; k < size; k++) words[k] = ((from + k) * stride) >>> 0;
    const x = new Float32Array(words.buffer);
    const got = apply(name, 'f32x4', [x]);
    const want = apply(name, 'f64x2', [Float64Array.from(x)]);
    const r = worst('f32x4', [x], got, want);
    if (r.max > result.max) result = { ...r, count: n };
  }
  return result;
}

function print(name, kind, source, { max, where, count }) {
  const cells = [name.padEnd(9), kind, max.toFixed(3).padStart(9), String(count).padStart(9)];
  console.log(`| ${cells.join(' | ')} | ${source} | ${where} |`);
}

console.log(`relaxed SIMD: ${features.relaxedSimd ? 'on' : 'off'}; Node ${process.versions.node}`);
console.log('| function | format | max ulp | points | against | worst at |\n| --- | --- | ---: | ---: | --- | --- |');
const available = new Set(folder === undefined ? undefined : readdirSync(folder).map((f) => f.replace(/\.f64$/, '')));
for (const name of [...wasm.UNARY_MATH, ...wasm.BINARY_MATH]) {
  if (only.length > 0 && !only.includes(name)) continue;
  if (name === 'sign') continue;
  if (folder === undefined || available.has(name)) {
    const { columns, value, lost } = fixture(name);
    const wide = apply(name, 'f64x2', columns);
    print(name, 'f64x2', 'MPFR', worst('f64x2', columns, wide, value, lost, NEAR_ZERO[name]));
    if (name === 'pow') print('pow by log', 'f64x2', 'MPFR', knownBases({ columns, value, lost }));
    const half = columns[0].length / 2;
    const narrow = columns.map((c) => Float32Array.from(c.subarray(half)));
    const exact = columns.map((c) => c.subarray(half));
    if (narrow.every((c, j) => c.every((v, k) => v === exact[j][k]))) {
      const got = apply(name, 'f32x4', narrow);
      print(name, 'f32x4', 'MPFR', worst('f32x4', narrow, got, value.subarray(half)));
    }
  }
  if (wasm.UNARY_MATH.includes(name) && !argv.includes('--no-sweep')) print(name, 'f32x4', 'f64x2', sweep(name));
}
