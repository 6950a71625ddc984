// GFLOP/s of the matrix product on one core, and how much that is of the peak: of what fused additions of registers alone
// reach at the same moment, turn by turn with the product, since processors change their clock.
//   node bench/kernels/gemm.mjs [sizes…] [--plain] [--tiles [4x2,6x2,…]] [--float64] [--transposed]
//   node --experimental-wasm-revectorize bench/kernels/gemm.mjs --wide
import { load } from './load.mjs';

const wasm = await load('compile/wasm/assembler.ts', 'compile/wasm/features.ts', 'compile/wasm/gemm/gemm.ts');
const argv = process.argv.slice(2);
const has = (name) => argv.includes(name);
const sizes = argv.filter((a) => /^[\dx]+$/.test(a));
const features = wasm.detectFeatures({
  ...(has('--plain') ? { relaxedSimd: false } : {}),
  wideSimd: has('--wide'),
});
const dtype = has('--float64') ? 'float64' : 'float32';
const Type = dtype === 'float32' ? Float32Array : Float64Array;

/** Additions to so many sums in registers hide the latency of two units. */
const SUMS = features.wideSimd ? 24 : 12;

/** A function that makes about so many operations, nothing but multiplications and additions of registers. */
function arithmetic() {
  const module = new wasm.ModuleBuilder(features);
  const kind = dtype === 'float32' ? 'f32x4' : 'f64x2';
  const lanes = dtype === 'float32' ? 4 : 2;
  module.defineMemory({ initial: 1 }, 'memory');
  module.function(
    'run',
    ['i32'],
    [],
    (f, repeats) => {
      const zero = f.constant('i32', 0);
      const sums = Array.from({ length: SUMS }, (_, i) => f.variable(kind, f.load(kind, zero, 16 * i)));
      const x = f.loadSplat(kind, zero, 1024);
      f.for(0, repeats, 1, () => {
        for (let step = 0; step < 8; step++) for (const sum of sums) sum.set(f.madd(x, sum.get(), x));
      });
      for (const [i, sum] of sums.entries()) f.store(zero, sum.get(), 16 * i);
    },
    { export: true },
  );
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.toBinary()));
  const turn = 2 * lanes * SUMS * 8;
  return (operations) => exports.run(Math.round(operations / turn));
}

const registers = arithmetic();

function measure(m, n, k, tile) {
  const size = Type.BYTES_PER_ELEMENT;
  const pages = (bytes) => Math.ceil(bytes / 65536) * 65536;
  const at = { a: 0, b: pages(m * k * size + 64) };
  at.c = at.b + pages(k * n * size + 64);
  at.scratch = at.c + pages(m * n * size + 64);
  const module = new wasm.ModuleBuilder(features);
  const b = has('--transposed') ? { row: 1, column: k } : { row: n, column: 1 };
  const a = { row: k, column: 1 };
  const gemm = wasm.emitGemm(module, 'gemm', {
    dtype,
    m,
    n,
    k,
    a,
    b,
    c: { row: n, column: 1 },
    ...(tile === undefined ? {} : { tile }),
  });
  module.defineMemory({ initial: (at.scratch + pages(gemm.scratchBytes + 64)) / 65536 }, 'memory');
  module.function(
    'run',
    ['i32'],
    [],
    (f, repeats) => {
      f.for(0, repeats, 1, () => {
        f.callAll(gemm.function, at.a, at.b, at.c, at.scratch, 0, gemm.units);
      });
    },
    { export: true },
  );
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.toBinary()));
  for (const start of [at.a, at.b]) {
    const x = new Type(exports.memory.buffer, start, (start === at.a ? m : n) * k);
    for (let i = 0; i < x.length; i++) x[i] = ((i * 0.6180339887) % 1) - 0.5;
  }
  const flops = 2 * m * n * k;
  const repeats = Math.max(1, Math.round(2e8 / flops));
  const OPERATIONS = 2e7;
  let best = Infinity;
  let least = Infinity;
  exports.run(Math.min(repeats, 200));
  // engines optimise a function from its second calls on
  for (let i = 0; i < 20; i++) registers(OPERATIONS / 10);
  // Processor time, so that other work on the machine counts less.
  const now = () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  };
  const begun = performance.now();
  while (performance.now() - begun < 1500) {
    const start = now();
    exports.run(repeats);
    best = Math.min(best, (now() - start) / repeats);
    const before = now();
    registers(OPERATIONS);
    least = Math.min(least, now() - before);
  }
  const peak = OPERATIONS / least / 1e6;
  return { rate: flops / best / 1e6, peak, algorithm: gemm.algorithm };
}

const CANDIDATES = '4x2,2x4,6x2,4x3,3x4,3x3,5x2,8x1';
const at = argv.indexOf('--tiles');
const listed = /^\d+x\d+,/.test(argv[at + 1] ?? '') ? argv[at + 1] : CANDIDATES;
const tiles = has('--tiles')
  ? listed.split(',').map((t) => ({ rows: Number(t.split('x')[0]), vectors: Number(t.split('x')[1]) }))
  : [undefined];
console.log(`${dtype}, relaxed SIMD ${features.relaxedSimd ? 'on' : 'off'}, Node ${process.versions.node}`);
console.log('| m × n × k | tile | algorithm | GFLOP/s | peak | |\n| --- | --- | --- | ---: | ---: | ---: |');
for (const text of sizes.length > 0 ? sizes : ['16', '32', '64', '96', '128', '256', '512', '1024']) {
  const parts = text.split('x').map(Number);
  const [m, n, k] = parts.length === 3 ? parts : [parts[0], parts[0], parts[0]];
  for (const tile of tiles) {
    const { rate, peak, algorithm } = measure(m, n, k, tile);
    const shape = tile === undefined ? 'chosen' : `${tile.rows}×${tile.vectors}`;
    const part = `${((100 * rate) / peak).toFixed(0)} %`;
    console.log(`| ${m} × ${n} × ${k} | ${shape} | ${algorithm} | ${rate.toFixed(1)} | ${peak.toFixed(1)} | ${part} |`);
  }
}
