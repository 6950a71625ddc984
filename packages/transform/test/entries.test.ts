import 'downhill-transform/lift';
import * as d from 'downhill';
import { checkGrads, explain, integrate, numericalGradient } from 'downhill/calculus';
import { describe, expect, it } from 'vitest';

const v = d.tensor([1, 2, 3]);
const values = (x: unknown): unknown => {
  if (x instanceof d.Tensor) return x.toArray();
  return Array.isArray(x) ? x.map(values) : x;
};

type Numbers = (...xs: number[]) => number;
const t = (f: (...xs: never[]) => unknown): never => f as never;

describe('functions with operators are accepted wherever a function is', () => {
  const cube: Numbers = (x) => (x as number) ** 3;

  it.each<[string, () => unknown, unknown]>([
    ['grad', () => d.grad(cube)(2), 12],
    ['valueAndGrad', () => d.valueAndGrad(cube)(2), [8, 12]],
    ['jvp', () => d.jvp(cube, [2], [1]), [8, 12]],
    ['vjp', () => d.vjp(cube, 2)[1](1), [12]],
    ['linearize', () => d.linearize(cube, 2)[1](1), 12],
    [
      'jacfwd',
      () => d.jacfwd(t((x: number) => x * x))(v as never),
      [
        [2, 0, 0],
        [0, 4, 0],
        [0, 0, 6],
      ],
    ],
    [
      'jacrev',
      () => d.jacrev(t((x: number) => x * x))(v as never),
      [
        [2, 0, 0],
        [0, 4, 0],
        [0, 0, 6],
      ],
    ],
    [
      'jacobian',
      () => d.jacobian(t((x: number) => x * x))(v as never),
      [
        [2, 0, 0],
        [0, 4, 0],
        [0, 0, 6],
      ],
    ],
    [
      'hessian',
      () => d.hessian(t((x: d.Vector) => x[0] * x[1] * x[2]))(v as never),
      [
        [0, 3, 2],
        [3, 0, 1],
        [2, 1, 0],
      ],
    ],
    ['hvp', () => d.hvp(cube)(2, 1), 12],
    ['vmap', () => d.vmap(t((x: number) => x * x + 1))(v as never), [2, 5, 10]],
    ['jit', () => d.jit(cube)(3), 27],
    ['makeProgram', () => d.makeProgram(cube)(2).equations.length > 0, true],
    ['evalShape', () => d.evalShape(cube, 2)[0]?.shape, []],
    ['checkpoint', () => d.grad(d.checkpoint(cube))(2), 12],
    [
      'customJvp',
      () =>
        d.grad(
          d.customJvp(
            t((x: number) => x ** 2),
            t(([x]: number[], [dx]: number[]) => [(x as number) ** 2, 3 * (x as number) * (dx as number)]),
          ),
        )(2 as never),
      6,
    ],
    [
      'customVjp',
      () =>
        d.grad(
          d.customVjp(
            t((x: number) => x ** 2),
            t((x: number) => [x ** 2, x]),
            t((x: number, g: number) => [3 * x * g]),
          ),
        )(2 as never),
      6,
    ],
    [
      'cond on a value',
      () =>
        d.cond(
          true,
          t((x: number) => x * 2),
          t((x: number) => x - 1),
          d.tensor(4) as never,
        ),
      8,
    ],
    [
      'cond on a traced value',
      () =>
        d.grad(
          (x: number) =>
            d.cond(
              d.greater(x, 0),
              t((y: number) => y ** 2),
              t((y: number) => -y),
              x as never,
            ) as number,
        )(3),
      6,
    ],
    ['switchCase', () => d.switchCase(1, [t((x: number) => x * 2), t((x: number) => x * 3)], d.tensor(4) as never), 12],
    [
      'whileLoop',
      () =>
        d.whileLoop(
          t((c: number) => c < 100),
          t((c: number) => c * 3),
          d.tensor(1) as never,
        ),
      243,
    ],
    [
      'foriLoop',
      () =>
        d.foriLoop(
          0,
          3,
          t((i: number, c: number) => c * 2 + i),
          d.tensor(1) as never,
        ),
      12,
    ],
    [
      'scan',
      () =>
        d.scan(
          t((c: number, x: number) => [c + x, c * x]),
          d.tensor(0) as never,
          v as never,
        ),
      [6, [0, 2, 9]],
    ],
    ['checkGrads', () => checkGrads(cube, [2]).every(({ ok }) => ok), true],
    ['explain', () => explain(cube)(2).value, 8],
    [
      'numericalGradient',
      () =>
        Math.round(
          numericalGradient(
            t((x: number) => x ** 3),
            2,
          ) * 1e6,
        ) / 1e6,
      12,
    ],
    [
      'integrate',
      () =>
        Math.round(
          (
            integrate(
              t((x: number) => x ** 2),
              [0, 3],
            ) as { value: number }
          ).value * 1e9,
        ) / 1e9,
      9,
    ],
  ])('%s', (_name, run, expected) => {
    expect(values(run())).toEqual(expected);
  });
});
