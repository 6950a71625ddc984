import { describe, expect, test } from 'vitest';
import { compileProgram } from '../../src/compile/index.ts';
import { relu } from '../../src/functions/activations.ts';
import { add, mul } from '../../src/primitives/arithmetic.ts';
import { exp } from '../../src/primitives/exponential.ts';
import { reduceSum, reshapeTo } from '../../src/primitives/layout.ts';
import { maximum, minimum } from '../../src/primitives/piecewise.ts';
import { evaluateProgram } from '../../src/program/evaluate.ts';
import { type DenseTensor, type Tensor, tensor } from '../../src/tensor/tensor.ts';
import { grad } from '../../src/transforms/grad.ts';
import { makeProgram } from '../../src/transforms/jit.ts';

const specials = [Number.NaN, 0, -0, 1, -1, 1e-320, -1e-40, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 3, 2.5];

describe('the extremum of an array and a number', () => {
  test.each(['float64', 'float32'] as const)('has the NaN and the zero of Math.max and Math.min in %s', (dtype) => {
    const round = dtype === 'float32' ? Math.fround : (x: number) => x;
    const values = (dtype === 'float32' ? Float32Array : Float64Array).from(specials);
    const x = tensor(values) as DenseTensor;
    for (const limit of specials) {
      const f = (x: Tensor) => [maximum(x, limit), maximum(limit, x), minimum(x, limit), minimum(limit, x)];
      const results = compileProgram(makeProgram(f)(x)).run([x]);
      const wanted = [Math.max, Math.max, Math.min, Math.min];
      results.forEach((y, i) => {
        const expected = Array.from(values, (v) => (wanted[i] as typeof Math.max)(v, round(limit)));
        expect(Array.from(y.data)).toEqual(expected);
      });
    }
  });
});

describe('a mask is read from what it selected', () => {
  const z = tensor(Float64Array.from(specials)) as DenseTensor;
  const slope = grad((x: Tensor) => reduceSum(mul(exp(relu(add(x, 0.25)) as Tensor), 0.5), [0]));

  test('with the same values and slopes, NaN included', () => {
    const program = makeProgram(slope as (x: Tensor) => Tensor)(z);
    const [expected] = evaluateProgram(program, [z]) as [DenseTensor];
    const [got] = compileProgram(program).run([z]) as [DenseTensor];
    got.data.forEach((v, i) => {
      const want = expected.data[i] as number;
      if (Number.isFinite(want)) expect(v).toBeCloseTo(want, 12);
      else expect(v).toEqual(want);
    });
  });

  test('and is not stored', () => {
    const plan = compileProgram(makeProgram(slope as (x: Tensor) => Tensor)(z)).plan;
    expect(plan.some((line) => line.startsWith('bool'))).toBe(false);
  });
});

describe('results that lie in memory of their own', () => {
  test('stay there; a second look at the same one is a copy', () => {
    const x = tensor(Float64Array.from({ length: 64 }, (_, i) => i)) as DenseTensor;
    const f = (x: Tensor) => {
      const y = exp(mul(x, -0.1));
      return [y, reshapeTo(y, [8, 8]), reduceSum(y, [0])];
    };
    const program = makeProgram(f)(x);
    const { plan, run } = compileProgram(program);
    expect(plan.filter((line) => line.endsWith('copy'))).toHaveLength(1);
    const [a, b] = run([x]) as [DenseTensor, DenseTensor];
    expect(Array.from(a.data)).toEqual(Array.from(b.data));
    expect(a.data[3]).toBeCloseTo(Math.exp(-0.3), 14);
  });
});
