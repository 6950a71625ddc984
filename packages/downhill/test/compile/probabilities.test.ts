import { describe, expect, it } from 'vitest';
import { compileProgram } from '../../src/compile/index.ts';
import { multivariateNormal } from '../../src/distributions/index.ts';
import { evaluateProgram } from '../../src/program/evaluate.ts';
import { type DenseTensor, type Tensor, tensor } from '../../src/tensor/tensor.ts';
import { makeProgram } from '../../src/transforms/jit.ts';
import { compiledLike } from './solver-support.ts';

const pair = (r: number, dtype: 'float64' | 'float32' = 'float64') => {
  const covariance = tensor(
    [
      [1, r],
      [r, 1],
    ],
    { dtype },
  );
  return (x: Tensor): Tensor => multivariateNormal(tensor([0, 0], { dtype }), covariance).cumulative(x) as Tensor;
};
const { POSITIVE_INFINITY: inf, NaN: none } = Number;
const limits = [-8, -3, -1, 0, 0.5, 2, 7, inf, -inf, none];
const points = limits.flatMap((h) => [-5, -0.3, 0, 1, 3, inf].map((k) => [h, k]));

describe('normal_probability in a module', () => {
  it.each([0, 0.3, -0.5, 0.9, 0.93, -0.95, 0.999, -0.9999, 1 - 1e-12])(
    'two variables with correlation %s: tails, infinities and NaN within 4e-16 of the reference',
    (r) => {
      const program = makeProgram(pair(r))(tensor(points));
      const { run, signature } = compileProgram(program);
      expect(signature.hostCalls).toEqual([]);
      const inputs = [tensor(points) as DenseTensor];
      const [expected, found] = [evaluateProgram(program, inputs)[0], run(inputs)[0]];
      expected?.data.forEach((p, i) => {
        const q = found?.data[i] as number;
        if (Number.isNaN(p)) expect(q).toBeNaN();
        else expect(Math.abs(p - q)).toBeLessThanOrEqual(4e-16);
      });
    },
  );

  it('one point, and float32', () => {
    compiledLike(pair(0.4), [tensor([0.3, -0.2])], 4);
    compiledLike(
      pair(0.5, 'float32'),
      [
        tensor(
          [
            [0.3, -0.2],
            [1, 2],
          ],
          { dtype: 'float32' },
        ),
      ],
      2,
    );
  });

  it('of three variables and more is left to the reference evaluator', () => {
    const three = multivariateNormal(
      tensor([0, 0, 0]),
      tensor([
        [1, 0.2, 0.1],
        [0.2, 1, 0.3],
        [0.1, 0.3, 1],
      ]),
    );
    const program = makeProgram((x: Tensor) => three.cumulative(x) as Tensor)(tensor([0, 1, 2]));
    expect(compileProgram(program).signature.hostCalls).toEqual(['normal_probability']);
  });
});
