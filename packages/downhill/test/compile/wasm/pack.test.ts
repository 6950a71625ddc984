import { describe, expect, it } from 'vitest';
import { ModuleBuilder } from '../../../src/compile/wasm/assembler.ts';
import { webAssembly } from '../../../src/compile/wasm/engine.ts';
import { packFunction } from '../../../src/compile/wasm/gemm/pack.ts';
import { run } from './run.ts';

describe('a narrow panel', () => {
  /** What lies in scratch memory before: the smallest denormal number, which no result may wait for. */
  const before = 2 ** -149;

  it.each([
    ['elements side by side', 1, 10],
    ['elements of a transposed operand', 6, 1],
  ])('ends its last vector with zeros: %s', (_, across, along) => {
    const [columns, width, depth] = [10, 8, 6];
    const module = new ModuleBuilder();
    const memory = new (webAssembly().Memory)({ initial: 1 });
    module.importMemory('host', 'memory', { initial: 1 });
    const shape = { kind: 'f32x4', width, across, along, rest: columns % width, back: 0 } as const;
    const pack = packFunction(module, 'pack', shape);
    const kinds = ['i32', 'i32', 'i32', 'i32'] as const;
    module.function('main', kinds, [], (f, ...given) => void f.callAll(pack, ...given), { export: true });
    const { main } = run(module, { host: { memory } });
    const source = new Float32Array(memory.buffer, 64, columns * depth);
    source.forEach((_x, i) => {
      source[i] = i + 1;
    });
    const target = new Float32Array(memory.buffer, 4096, 2 * width * depth).fill(before);
    main?.(64, 4096, columns, depth);
    const element = (k: number, column: number) => source[k * along + column * across];
    for (let k = 0; k < depth; k++) {
      const first = [...target.subarray(k * width, (k + 1) * width)];
      expect(first).toEqual(Array.from({ length: width }, (_x, c) => element(k, c)));
      const last = [...target.subarray((depth + k) * width, (depth + k) * width + 4)];
      expect(last).toEqual([element(k, 8), element(k, 9), 0, 0]);
    }
  });
});
