import { describe, expect, it } from 'vitest';
import { emit } from '../../src/compile/emit.ts';
import { type Buffer, bytesOf } from '../../src/compile/expressions.ts';
import { fuse } from '../../src/compile/fuse.ts';
import { type MemoryPlan, plan } from '../../src/compile/plan.ts';
import { webAssembly } from '../../src/compile/wasm/engine.ts';
import { detectFeatures } from '../../src/compile/wasm/features.ts';
import { scan } from '../../src/control/scan-loop.ts';
import { matmul } from '../../src/functions/products.ts';
import { sum } from '../../src/functions/reductions.ts';
import { sort } from '../../src/functions/sorting.ts';
import { add, mul } from '../../src/primitives/arithmetic.ts';
import { tanh } from '../../src/primitives/hyperbolic.ts';
import { evaluateProgram } from '../../src/program/evaluate.ts';
import { type DenseTensor, type Tensor, tensor } from '../../src/tensor/tensor.ts';
import { makeProgram } from '../../src/transforms/jit.ts';
import { simplifyProgram } from '../../src/transforms/simplify.ts';

const target = { features: detectFeatures({ relaxedSimd: false }) };

/** A product with what is made of it, a loop with an array constant and a stack, and scratch memory. */
const f = (x: Tensor, w: Tensor): Tensor[] => {
  const shift = tensor([0.1, 0.2, 0.3]);
  const [end, sums] = scan(
    (carry: Tensor, row: Tensor) => [tanh(add(mul(carry, row), shift)), sum(carry)] as [Tensor, Tensor],
    tanh(add(matmul(x, w) as Tensor, 1)) as Tensor,
    x,
  );
  return [end as Tensor, sort(mul(sums as Tensor, 2)) as Tensor, sum(end as Tensor) as Tensor];
};
const inputs = [
  tensor([
    [0.5, -1, 0.25],
    [1, 2, -0.5],
    [0.3, 0.1, 1.5],
  ]),
  tensor([0.2, -0.4, 0.6]),
] as const satisfies readonly DenseTensor[];
const program = simplifyProgram(makeProgram(f as (...args: unknown[]) => unknown)(...inputs));
const fused = fuse(program, target);

/** Results of a module with the places of a plan, in numbers. */
function run(memory: MemoryPlan): number[][] {
  const { module, hostCalls } = emit(fused, memory, target);
  expect(hostCalls).toEqual([]);
  const engine = webAssembly();
  const pages = new engine.Memory({ initial: 1 });
  const at = (buffer: Buffer): Float64Array => new Float64Array(pages.buffer, memory.address(buffer), buffer.elements);
  const given = [...inputs, ...program.constants.map((c) => c.value)];
  fused.inputs.forEach((buffer, i) => at(buffer).set((given[i] as DenseTensor).data));
  const host = { memory: pages, evaluate: () => undefined };
  const { exports } = new engine.Instance(new engine.Module(module.toBinary()), { host });
  (exports.run as unknown as () => void)();
  return fused.results.map((buffer) => [...at(buffer)]);
}

describe('emit', () => {
  it('writes the same module for the same kernels and places', () => {
    const memory = plan(fused);
    const bytes = (): Uint8Array => emit(fused, memory, target).module.toBinary();
    expect(bytes()).toEqual(bytes());
    expect(emit(fused, memory, target).module.toText()).toContain('(export "run"');
  });

  it('takes every place from the plan: another one gives a module that computes the same', () => {
    const memory = plan(fused);
    const results = run(memory);
    const expected = evaluateProgram(program, inputs).map((y) => [...y.data]);
    results.forEach((y, i) => y.forEach((value, k) => expect(value).toBeCloseTo(expected[i]?.[k] as number, 12)));
    // every buffer far from the others, the last one first, so that no place is used twice
    const places = new Map<Buffer, number>();
    let end = 4096;
    for (const { buffer } of [...memory.placed].reverse()) {
      places.set(buffer, end);
      end += buffer.elements * bytesOf[buffer.dtype] + 1024 - ((buffer.elements * bytesOf[buffer.dtype]) % 16);
    }
    expect(end).toBeLessThan(65536);
    const apart = run({ ...memory, address: (buffer) => places.get(buffer.part?.of ?? buffer) as number });
    expect(apart).toEqual(results);
  });

  it('calls out before the work of every line of the plan, when asked to', () => {
    const { module } = emit(fused, plan(fused), { ...target, profile: true });
    expect(module.toText()).toMatch(/import "host" "mark"/);
    expect(emit(fused, plan(fused), target).module.toText()).not.toMatch(/"mark"/);
  });
});
