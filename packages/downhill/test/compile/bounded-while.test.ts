import { describe, expect, it } from 'vitest';
import { compileProgram } from '../../src/compile/compile.ts';
import { detectFeatures } from '../../src/compile/wasm/features.ts';
import { boundedWhile } from '../../src/control/bounded-while.ts';
import * as d from '../../src/index.ts';
import { evaluateProgram } from '../../src/program/evaluate.ts';
import { asTensor, type DenseTensor, type Tensor } from '../../src/tensor/tensor.ts';
import { treeLeaves } from '../../src/tensor/tree.ts';
import { expectClose } from '../support.ts';

/** Compiled and run twice (nothing of the first run may be left in the stacks) against the reference evaluator. */
function agrees<A extends unknown[]>(f: (...args: A) => unknown, ...args: A): DenseTensor[] {
  const program = d.makeProgram(f)(...args);
  const inputs = treeLeaves(args).map((x) => asTensor(x) as DenseTensor);
  const expected = evaluateProgram(program, inputs);
  const { run } = compileProgram(program);
  expectClose(run(inputs), expected, 1e-12);
  const plain = compileProgram(program, { features: detectFeatures({ simd: false }) });
  expectClose(plain.run(inputs), expected, 1e-12);
  const result = run(inputs);
  expectClose(result, expected, 1e-12);
  return result;
}

describe('a while loop that writes stacks', () => {
  const halving =
    (capacity: number) =>
    (x: number, bound: number): unknown =>
      boundedWhile(
        (c: number) => d.greater(c, bound),
        (c: number) => [d.mul(c, 0.5), { value: c, small: d.less(c, 1) }] as const,
        x,
        capacity,
      );

  it('ends by its condition, and leaves zeros beyond the last round', () => {
    const [rounds, last, small, values] = agrees(halving(8), 16, 1.5);
    expect(rounds?.data[0]).toBe(4);
    expect(last?.data[0]).toBe(1);
    expect([...(values?.data ?? [])]).toEqual([16, 8, 4, 2, 0, 0, 0, 0]);
    expect(small?.dtype).toBe('bool');
  });

  it('ends when the stacks are full, and may run no round at all', () => {
    expect(agrees(halving(3), 16, 1.5)[0]?.data[0]).toBe(3);
    expect(agrees(halving(3), 1, 1.5)[0]?.data[0]).toBe(0);
    expect(agrees(halving(0), 16, 1.5)[0]?.data[0]).toBe(0);
  });

  it('runs more rounds than one call of its function does', () => {
    const count = (n: number): unknown =>
      boundedWhile(
        (i: number) => d.less(i, n),
        (i: number) => [d.add(i, 1), d.mul(i, i)] as const,
        0,
        2000,
      );
    expect(agrees(count, 1300)[0]?.data[0]).toBe(1300);
    expect(agrees(count, 5000)[0]?.data[0]).toBe(2000);
  });

  it('arrays: what came in and what goes on are stacked, whatever is written in place', () => {
    const f = (x: Tensor, v: Tensor): unknown =>
      boundedWhile(
        ([a]: readonly [Tensor, Tensor]) => d.less(d.sum(d.square(a)), 1e4),
        ([a, b]: readonly [Tensor, Tensor]) =>
          [[d.add(d.mul(a, 1.1), b), d.mul(b, a)] as const, [a, d.sin(b), b]] as const,
        [x, v] as const,
        20,
      );
    for (const n of [1, 3, 8, 100]) {
      const x = d.linspace(0.5, 2, n);
      agrees(f, x, d.linspace(1, 0.1, n));
      agrees(f, d.astype(x, 'float32'), d.linspace(1, 0.1, n).astype('float32'));
    }
  });

  it('says what is wrong with a body or a condition', () => {
    const loop = (condition: (c: number) => unknown, body: (c: number) => unknown) =>
      d.makeProgram((x: number) => boundedWhile(condition as never, body as never, x, 4))(1);
    expect(() =>
      loop(
        (c) => d.less(c, 1),
        (c) => [[c, c], null],
      ),
    ).toThrow('what the body of a loop carries on has structure');
    expect(() =>
      loop(
        (c) => c,
        (c) => [c, null],
      ),
    ).toThrow('the condition of a loop must be bool; got float64');
    expect(() =>
      loop(
        (c) => d.less(d.stack([c, c]), 1),
        (c) => [c, null],
      ),
    ).toThrow('must be one scalar; got [2]');
    expect(() => d.vmap((x: Tensor) => d.jit(halving(3))(x as never, 0))(d.ones([3]))).toThrow('no batched form');
  });
});
