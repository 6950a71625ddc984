// Operations that become loops of a module, and the slopes of each, as cases of the compiler's battery.
import { integral, root } from '../../src/calculus/index.ts';
import { multivariateNormal } from '../../src/distributions/index.ts';
import { sum } from '../../src/functions/reductions.ts';
import { odeint } from '../../src/ode/index.ts';
import { mul, neg, sub } from '../../src/primitives/arithmetic.ts';
import { exp } from '../../src/primitives/exponential.ts';
import { reverse } from '../../src/primitives/slice.ts';
import { sin } from '../../src/primitives/trigonometric.ts';
import { type DenseTensor, type Tensor, tensor } from '../../src/tensor/tensor.ts';
import { valueAndGrad } from '../../src/transforms/grad.ts';
import { makeProgram } from '../../src/transforms/jit.ts';
import { vmap } from '../../src/transforms/vmap.ts';
import type { BatteryCase } from './battery-cases.ts';

const functions: readonly [what: string, f: (x: Tensor) => Tensor, at: readonly number[], bound: number][] = [
  [
    'ode, tsit5',
    (k) =>
      sum(
        (
          odeint(
            (_t, [x, v]: [Tensor, Tensor]) => [v, neg(mul(sum(k), sin(x)))],
            [1, 0.5] as [number, number],
            [0, 1, 2, 3],
            {
              tolerance: 1e-3,
            },
          ) as [Tensor, Tensor]
        )[0],
      ),
    [1, 0.5],
    1e6,
  ],
  [
    'ode, dopri5, back in time',
    (y) =>
      sum(
        odeint((t, s: Tensor) => sub(t, mul(s, reverse(s, [0]))), y, [1, 0.5], {
          method: 'dopri5',
          tolerance: 1e-3,
        }) as Tensor,
      ),
    [1, 0.5],
    1e6,
  ],
  ['root of a bracket', (c) => root((x) => sub(sub(x, mul(0.6, sin(x))), sum(c)), [-1, 8]) as Tensor, [1, 0.5], 64],
  ['root from a start', (c) => root((x) => sub(mul(x, exp(x)), sum(c)), 3) as Tensor, [1, 0.5], 64],
  [
    'root of a system',
    (c) => sum(root((x) => sub(mul(x, exp(mul(0.1, reverse(x, [0])))), c), tensor([1, 2]))),
    [1, 0.5],
    64,
  ],
  [
    'roots of a batch',
    (c) => sum(vmap((m: Tensor) => root((x) => sub(exp(x), m), [-5, 5]) as Tensor)(c)),
    [1, 0.5],
    64,
  ],
  ['integral', (c) => integral((x) => sum(exp(mul(c, sin(x)))), [0, 1]) as Tensor, [1, 0.5], 256],
  [
    'integral to infinity',
    (c) => integral((x) => sum(exp(neg(mul(c, x)))), [0, Number.POSITIVE_INFINITY]) as Tensor,
    [1, 0.5],
    1e5,
  ],
  [
    'normal_probability',
    (h) =>
      multivariateNormal(
        tensor([0, 0]),
        tensor([
          [1, 0.4],
          [0.4, 2],
        ]),
      ).cumulative(h) as Tensor,
    [1, 0.5],
    64,
  ],
  [
    'normal_probability of variables that are nearly one',
    (h) =>
      multivariateNormal(
        tensor([0, 0]),
        tensor([
          [1, -0.97],
          [-0.97, 1],
        ]),
      ).cumulative(h) as Tensor,
    [1, 0.5],
    1e4,
  ],
];

/** A value and its gradient for each. */
export function* solverCases(): Generator<BatteryCase> {
  for (const [what, f, at, bound] of functions) {
    const inputs = [tensor([...at]) as DenseTensor];
    const program = makeProgram(valueAndGrad(f) as (x: Tensor) => unknown)(inputs[0] as Tensor);
    yield { what, program, inputs, bound };
  }
}
