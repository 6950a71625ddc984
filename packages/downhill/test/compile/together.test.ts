import { describe, expect, test } from 'vitest';
import { compileProgram } from '../../src/compile/index.ts';
import { foriLoop, scan } from '../../src/control/scan-loop.ts';
import { add, div, mul, sub } from '../../src/primitives/arithmetic.ts';
import { exp } from '../../src/primitives/exponential.ts';
import { permute, reduceSum } from '../../src/primitives/layout.ts';
import { sqrt } from '../../src/primitives/powers.ts';
import { evaluateProgram } from '../../src/program/evaluate.ts';
import { type DenseTensor, type Tensor, tensor } from '../../src/tensor/tensor.ts';
import { makeProgram } from '../../src/transforms/jit.ts';

const array = (seed: number, size = 37) =>
  tensor(Float64Array.from({ length: size }, (_, i) => Math.sin(i * seed + seed))) as DenseTensor;

/** Compiled with the first `donated` inputs given up, against the reference evaluator; the plan. */
function compare(f: (...args: never[]) => unknown, args: readonly DenseTensor[], donated = 0) {
  const program = makeProgram(f as (...args: DenseTensor[]) => unknown)(...args);
  const inputs = Array.from({ length: donated }, (_, i) => i);
  const compiled = compileProgram(program, { donation: { inputs, owner: 'f' } });
  const expected = evaluateProgram(program, args);
  const results = compiled.run(args);
  results.forEach((y, i) =>
    y.data.forEach((v, k) => expect(v).toBeCloseTo((expected[i] as DenseTensor).data[k] as number, 11)),
  );
  return compiled.plan;
}

const adam = (x: Tensor, m: Tensor, v: Tensor, g: Tensor): Tensor[] => {
  const mean = add(mul(0.9, m), mul(0.1, g));
  const second = add(mul(0.999, v), mul(0.001, mul(g, g)));
  return [sub(x, mul(0.01, div(mean, add(sqrt(second), 1e-8)))), mean, second];
};

describe('results of one shape that share operands', () => {
  const positive = () => mul(array(3), array(3)) as DenseTensor;

  test('are stored by one loop where they lie: a step of Adam is one pass', () => {
    const plan = compare(adam as never, [array(1), array(2), positive(), array(4)], 3);
    expect(plan).toHaveLength(1);
    expect(plan[0]?.split(';')).toHaveLength(3);
  });

  test('and so in a loop of the Program', () => {
    const f = (x: Tensor, m: Tensor, v: Tensor) =>
      foriLoop(0, 7, (_i, [x, m, v]: Tensor[]) => adam(x as Tensor, m as Tensor, v as Tensor, mul(x as Tensor, 2)), [
        x,
        m,
        v,
      ]);
    const plan = compare(f as never, [array(1), array(2), positive()], 3);
    expect(plan.filter((line) => line.includes(';'))).toHaveLength(1);
  });

  test('trade places without a copy', () => {
    const plan = compare(((a: Tensor, b: Tensor) => [add(b, 1), mul(a, b)]) as never, [array(1), array(2)], 2);
    expect(plan).toHaveLength(1);
  });

  test('but not where one reads other elements of a place', () => {
    const square = (seed: number) =>
      tensor(
        Float64Array.from({ length: 36 }, (_, i) => Math.cos(seed * i)),
        { shape: [6, 6] },
      ) as DenseTensor;
    const f = (a: Tensor, b: Tensor) => [add(b, permute(a, [1, 0])), mul(a, b)];
    expect(compare(f as never, [square(1), square(2)], 2).length).toBeGreaterThan(1);
    const sums = (a: Tensor, b: Tensor) => {
      const y = exp(mul(a, b));
      return [y, sub(y, b), reduceSum(y, [0])];
    };
    compare(sums as never, [array(1), array(2)], 2);
  });

  test('what a scan stacks is stored by itself', () => {
    const f = (x: Tensor) =>
      scan(
        (c: Tensor, t: Tensor) => {
          const y = add(mul(c, 0.5), t);
          return [y, mul(y, c)];
        },
        x,
        tensor([
          [1, 2, 3],
          [4, 5, 6],
        ]) as Tensor,
      );
    compare(f as never, [array(1, 3)], 1);
  });
});

test('an expression whose parts are shared is compiled as what it is, not as it would be written out', () => {
  // written out it has 2⁴⁴ factors
  const f = (x: Tensor) => {
    let y = x;
    for (let i = 0; i < 44; i++) y = mul(y, y) as Tensor;
    return y;
  };
  const [plan] = compare(f as never, [tensor(Float64Array.of(1, -1, 0, 1 + 2 ** -44)) as DenseTensor]);
  expect(plan).toMatch(/^float64\[4\] ← mul\(mul\(mul.*…/);
});
