import { describe, expect, test } from 'vitest';
import { compileProgram } from '../../src/compile/index.ts';
import { relu } from '../../src/functions/activations.ts';
import { add, mul } from '../../src/primitives/arithmetic.ts';
import { exp } from '../../src/primitives/exponential.ts';
import { reduceSum, reshapeTo } from '../../src/primitives/layout.ts';
import { maximum, minimum } from '../../src/primitives/piecewise.ts';
import { padWith, sliceAlong } from '../../src/primitives/slice.ts';
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

describe('sums of pads', () => {
  const x = tensor(
    Float64Array.from({ length: 60 }, (_, i) => Math.sin(i)),
    { shape: [5, 12] },
  ) as DenseTensor;
  const run = (f: (x: Tensor) => Tensor) => {
    const program = makeProgram(f)(x);
    const { plan, run } = compileProgram(program);
    const [got] = run([x]) as [DenseTensor];
    expect(Array.from(got.data)).toEqual(Array.from((evaluateProgram(program, [x])[0] as DenseTensor).data));
    return plan;
  };

  test('that fill an array, as slopes of its slices do, are laid end to end', () => {
    const parts = (x: Tensor) => [0, 1, 2].map((i) => sliceAlong(x, 1, 4 * i, 4 * i + 4)) as [Tensor, Tensor, Tensor];
    const f = (x: Tensor) => {
      const [a, b, c] = parts(x);
      return reduceSum(mul(mul(a, a), mul(b, c)), [0, 1]);
    };
    expect(run(grad(f) as (x: Tensor) => Tensor).filter((line) => line.startsWith('float64[5,12]'))).toEqual([]);
  });

  test('with a gap, an overlap or another filling stay sums, and −0 becomes 0', () => {
    const zero = tensor(0) as Tensor;
    const pad = (y: Tensor, low: number, high: number, value = zero) =>
      padWith(y, value, [
        [0, 0, 0],
        [low, high, 0],
      ]);
    const piece = (x: Tensor, from: number, to: number) => mul(sliceAlong(x, 1, from, to), -0);
    run((x) => add(pad(piece(x, 0, 4), 0, 8), pad(piece(x, 4, 11), 4, 1)));
    run((x) => add(pad(piece(x, 0, 7), 0, 5), pad(piece(x, 4, 12), 4, 0)));
    run((x) => add(pad(piece(x, 0, 4), 0, 8, tensor(1) as Tensor), pad(piece(x, 4, 12), 4, 0)));
    run((x) => add(pad(piece(x, 0, 4), 0, 8), pad(piece(x, 4, 12), 4, 0)));
    run((x) => add(pad(sliceAlong(x, 1, 4, 12), 0, 4), pad(sliceAlong(x, 1, 0, 4), 8, 0)));
  });
});
