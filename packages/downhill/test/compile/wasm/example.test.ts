import { expect, test } from 'vitest';
import { ModuleBuilder } from '../../../src/compile/wasm/assembler.ts';
import { webAssembly } from '../../../src/compile/wasm/engine.ts';
import type { FloatVector } from '../../../src/compile/wasm/kinds.ts';
import { elementLoop } from '../../../src/compile/wasm/loops.ts';
import { emitMath } from '../../../src/compile/wasm/math/index.ts';
import type { Value } from '../../../src/compile/wasm/value.ts';
import { run } from './run.ts';

/** The worked example of docs/compiler-backend.md. */
function tanhOfProduct() {
  const m = new ModuleBuilder();
  m.importMemory('env', 'memory', { initial: 1 });
  m.function(
    'tanh_of_product',
    ['i32', 'i32', 'i32', 'i32'],
    [],
    (f, a, b, y, n) => {
      elementLoop(f, 'f32x4', 0, n, (i, kind) => {
        const at = i.mul(4);
        const product = f.load(kind, a.add(at)).mul(f.load(kind, b.add(at)));
        f.store(y.add(at), emitMath(f, 'tanh', product as Value<FloatVector | 'f32'>));
      });
    },
    { export: true },
  );
  return m;
}

test('y[i] = tanh(a[i]·b[i]) for any n, and nothing beyond', () => {
  const memory = new (webAssembly().Memory)({ initial: 1 });
  const { tanh_of_product } = run(tanhOfProduct(), { env: { memory } });
  const [a, b, y] = [0, 4096, 8192].map((at) => new Float32Array(memory.buffer, at, 64));
  for (let i = 0; i < 64; i++) {
    a[i] = (i - 30) / 10;
    b[i] = (i % 5) - 2;
  }
  for (const n of [0, 1, 3, 4, 5, 31, 63]) {
    y.fill(-7);
    tanh_of_product(0, 4096, 8192, n);
    for (let i = 0; i < 64; i++) {
      if (i >= n) expect(y[i]).toBe(-7);
      else expect(y[i]).toBeCloseTo(Math.tanh(Math.fround(a[i] * b[i])), 6);
    }
  }
});

test('the vector loop holds the kernel itself, the scalar tail a call', () => {
  const text = tanhOfProduct().toText();
  expect(text.match(/call \$tanh_f32x4/g)).toHaveLength(1);
  expect(text.match(/^ +loop$/gm)).toHaveLength(2);
});
