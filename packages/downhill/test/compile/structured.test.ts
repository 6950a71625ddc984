import { describe, expect, it } from 'vitest';
import { compileProgram } from '../../src/compile/compile.ts';
import { checkpoint } from '../../src/control/checkpoint.ts';
import { cond, switchCase } from '../../src/control/cond.ts';
import { foriLoop, scan } from '../../src/control/scan-loop.ts';
import { whileLoop } from '../../src/control/while.ts';
import { add, div, mul, sub } from '../../src/primitives/arithmetic.ts';
import { greater, less } from '../../src/primitives/comparison.ts';
import { dotGeneral } from '../../src/primitives/dot.ts';
import { permute, reduceSum, stretchTo } from '../../src/primitives/layout.ts';
import { pow } from '../../src/primitives/powers.ts';
import { reverse } from '../../src/primitives/slice.ts';
import { sin } from '../../src/primitives/trigonometric.ts';
import { evaluateProgram } from '../../src/program/evaluate.ts';
import { asTensor, type DenseTensor, type Tensor, tensor } from '../../src/tensor/tensor.ts';
import { treeLeaves } from '../../src/tensor/tree.ts';
import { grad } from '../../src/transforms/grad.ts';
import { hessian } from '../../src/transforms/jacobian.ts';
import { makeProgram } from '../../src/transforms/jit.ts';
import { vmap } from '../../src/transforms/vmap.ts';
import { expectClose } from '../support.ts';

/** Compiled twice over (state must not leak from run to run) against the reference evaluator. */
function agrees<A extends unknown[]>(f: (...args: A) => unknown, ...args: A): void {
  const program = makeProgram(f)(...args);
  const inputs = treeLeaves(args).map((x) => asTensor(x) as DenseTensor);
  const expected = evaluateProgram(program, inputs);
  const { run } = compileProgram(program);
  expectClose(run(inputs), expected, 1e-12);
  expectClose(run(inputs), expected, 1e-12);
}

const total = (x: Tensor): Tensor => reduceSum(x, [0]);
const rows = tensor([
  [1, 2],
  [3, 4],
  [5, 6],
]);
const product = (x: Tensor, y: Tensor): Tensor => dotGeneral(x, y, { contract: [[1], [0]], batch: [[], []] });

describe('compiled loops and branches', () => {
  it('scan: scalars, arrays, stacked results, either direction, more rounds than one call runs', () => {
    agrees((x: Tensor) => scan((c: Tensor, t: Tensor) => [add(mul(c, 0.5), t), mul(c, c)], x, rows), tensor([0, 1]));
    agrees(
      (x: Tensor) => scan((c: Tensor, t: Tensor) => [add(mul(c, 0.5), t), [c, sin(t)]], x, rows, { reverse: true }),
      tensor([0, 1]),
    );
    agrees(
      (x: number) => foriLoop(0, 2000, (i, c: number) => add(mul(c, 0.999), mul(i, 1e-3)) as unknown as number, x),
      1,
    );
    agrees((x: Tensor) => scan((c: Tensor, t: Tensor) => [add(c, t), c], x, tensor([])), tensor(1));
  });

  it('carried arrays that swap, shift or read each other', () => {
    const [a, b, c] = [tensor([1, 2, 3]), tensor([4, 5, 6]), tensor([7, 8, 9])];
    agrees(
      (x: Tensor, y: Tensor) => foriLoop(0, 5, (_i, [p, q]: [Tensor, Tensor]) => [q, p] as [Tensor, Tensor], [x, y]),
      a,
      b,
    );
    agrees(
      (x: Tensor, y: Tensor, z: Tensor) =>
        foriLoop(
          0,
          4,
          (_i, [p, q, r]: [Tensor, Tensor, Tensor]) => [add(q, r), sub(r, p), mul(p, 0.5)] as [Tensor, Tensor, Tensor],
          [x, y, z],
        ),
      a,
      b,
      c,
    );
    agrees((x: Tensor) => foriLoop(0, 3, (_i, p: Tensor) => add(p, total(p)), x), a);
  });

  it('gradients of loops, loops in loops, loops of products', () => {
    const f = (x: Tensor): Tensor => total(scan((c: Tensor, t: Tensor) => [sin(mul(c, t)), null], x, rows)[0]);
    agrees(grad(f), tensor([0.3, 0.4]));
    agrees(hessian(f), tensor([0.3, 0.4]));
    const inner = (c: Tensor): Tensor => foriLoop(0, 3, (_i, d: Tensor) => mul(d, 1.1), c);
    agrees((x: Tensor) => foriLoop(0, 4, (_i, c: Tensor) => sin(inner(c)), x), tensor([0.3, 0.4]));
    agrees(
      grad((w: Tensor) =>
        total(
          foriLoop(
            0,
            3,
            (_i, c: Tensor) =>
              mul(
                0.1,
                product(
                  rows.shape.length
                    ? tensor([
                        [1, 2],
                        [3, 4],
                      ])
                    : rows,
                  c,
                ),
              ),
            w,
          ),
        ),
      ),
      tensor([1, 2]),
    );
    agrees(
      grad((w: Tensor) => total(checkpoint((v: Tensor) => pow(product(rows, v), 2))(w))),
      tensor([1, 2]),
    );
  });

  it('while: scalars and arrays, no round at all, batched', () => {
    const root = (x: Tensor): Tensor =>
      whileLoop<[Tensor | number, Tensor]>(
        ([i]) => less(i, 8) as Tensor,
        ([i, r]) => [add(i, 1), mul(0.5, add(r, div(x, r)))],
        [0, x],
      )[1];
    agrees(root, tensor(2));
    agrees(vmap(root), tensor([2, 3, 4]));
    agrees(
      (x: Tensor) =>
        whileLoop(
          (c: Tensor) => less(total(c), 0),
          (c: Tensor) => mul(c, 2),
          x,
        ),
      tensor([1, 2]),
    );
    agrees(
      (x: Tensor) =>
        whileLoop(
          (c: Tensor) => less(total(c), 1e6),
          (c: Tensor) => mul(c, 1.001),
          x,
        ),
      tensor([1, 2]),
    );
  });

  it('branches of scalars and arrays, inside loops too', () => {
    const f = (x: Tensor): Tensor =>
      cond(
        greater(total(x), 1),
        (y: Tensor) => mul(y, 2),
        (y: Tensor) => sin(y),
        x,
      );
    agrees(f, tensor([1, 2, 3]));
    agrees(f, tensor([-1, -2, 3]));
    agrees(
      grad((x: Tensor) => total(f(x))),
      tensor([1, 2, 3]),
    );
    agrees(
      (x: Tensor) =>
        foriLoop(
          0,
          6,
          (i, c: Tensor) =>
            cond(
              less(i, 3),
              (y: Tensor) => add(y, 1),
              (y: Tensor) => mul(y, y),
              c,
            ),
          x,
        ),
      tensor(0.5),
    );
    for (const k of [-1, 0, 1, 2, 7]) {
      agrees(
        (i: Tensor, x: Tensor) => switchCase(i, [(y: Tensor) => y, (y: Tensor) => mul(y, y), (y: Tensor) => sin(y)], x),
        tensor(k, { dtype: 'int32' }),
        tensor(3),
      );
    }
  });

  it('a thousand descent steps are one call of one function', () => {
    const descend = (w: number): number =>
      foriLoop(0, 1000, (_i, v: number) => sub(v, mul(0.01, grad((u: number) => pow(sub(u, 3), 2))(v))), w);
    const { plan, run } = compileProgram(makeProgram(descend)(0));
    expect(plan.filter((line) => !line.includes('scan'))).toEqual([]);
    expectClose(run([asTensor(0) as DenseTensor]), [3 * (1 - 0.98 ** 1000)]);
  });
});

describe('memory', () => {
  it('moves cost nothing: transposes, broadcasts, slices and reversals are read as they lie, by loops and by products', () => {
    const [x, v] = [tensor(new Float64Array(1200), { shape: [40, 30] }), tensor(new Float64Array(40))];
    const turned = (m: Tensor): Tensor => reverse(permute(m, [1, 0]), [0]);
    const loop = compileProgram(
      makeProgram((m: Tensor, w: Tensor) => add(mul(turned(m), 2), stretchTo(w, [30, 40])))(x, v),
    );
    expect(loop.plan).toEqual(['float64[30,40] ← add(mul(float64, scalar), float64)']);
    expect(loop.memory.planned).toBe((1200 + 40 + 1200) * 8);
    const both = compileProgram(makeProgram((m: Tensor) => product(permute(m, [1, 0]), m))(x));
    expect(both.plan).toEqual([expect.stringMatching(/^float64\[30,30\] ← product/)]);
    agrees(
      (m: Tensor, w: Tensor) => [mul(turned(m), w), product(permute(m, [1, 0]), permute(turned(m), [1, 0]))],
      rows,
      tensor([7, 8, 9]),
    );
  });

  it('uses places again: a long chain of arrays needs few of them', () => {
    const f = (x: Tensor): Tensor => {
      let y = x;
      for (let i = 0; i < 40; i++) y = sub(sin(y), mul(total(y), 0.01));
      return y;
    };
    const { memory } = compileProgram(makeProgram(f)(tensor(new Float64Array(1000))));
    expect(memory.bytes).toBeLessThan(6 * 8000);
    expect(memory.planned).toBeGreaterThan(30 * 8000);
  });
});
