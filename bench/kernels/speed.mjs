// Nanoseconds an element of each vector math kernel over an array that fits in the first-level cache.
//   node bench/kernels/speed.mjs [names…]
import { load } from './load.mjs';

const wasm = await load('compile/wasm/assembler.ts', 'compile/wasm/math/index.ts');
const only = process.argv.slice(2);
const BYTES = 16384;

function measure(name, kind, inline) {
  const binary = wasm.BINARY_MATH.includes(name);
  const m = new wasm.ModuleBuilder();
  m.defineMemory({ initial: 2 }, 'memory');
  m.function(
    'map',
    ['i32'],
    [],
    (f, repeats) => {
      f.for(0, repeats, 1, () => {
        f.for(0, BYTES, 16, (i) => {
          const x = f.load(kind, i);
          const args = binary ? [x, x] : [x];
          const y = inline
            ? wasm.inlineMath(f, name, ...args)
            : f.call(wasm.mathFunction(f.module, name, kind), ...args);
          f.store(i, y, 32768);
        });
      });
    },
    { export: true },
  );
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(m.toBinary()));
  const Type = kind === 'f32x4' ? Float32Array : Float64Array;
  const x = new Type(exports.memory.buffer, 0, BYTES / Type.BYTES_PER_ELEMENT);
  for (let k = 0; k < x.length; k++) x[k] = 0.01 + 0.9 * ((k * 0.6180339887) % 1);
  exports.map(50);
  const warm = performance.now();
  while (performance.now() - warm < 60) exports.map(10);
  let best = Infinity;
  for (let r = 0; r < 5; r++) {
    const start = performance.now();
    exports.map(40);
    best = Math.min(best, (performance.now() - start) / 40 / x.length);
  }
  return (best * 1e6).toFixed(2).padStart(8);
}

console.log('| kernel | f32x4 inline | f32x4 call | f64x2 inline | f64x2 call | (ns an element)');
for (const name of [...wasm.UNARY_MATH, ...wasm.BINARY_MATH]) {
  if (only.length > 0 && !only.includes(name)) continue;
  const cells = ['f32x4', 'f64x2'].flatMap((k) => [measure(name, k, true), measure(name, k, false)]);
  console.log(`| ${name.padEnd(9)} | ${cells.join(' | ')} |`);
}
