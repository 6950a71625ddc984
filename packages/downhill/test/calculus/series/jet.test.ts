import { describe, expect, it } from 'vitest';
import { integral, jet, taylor } from '../../../src/calculus/index.ts';
import { propagateSeries } from '../../../src/calculus/series/propagate.ts';
import {
  abs,
  add,
  checkpoint,
  cond,
  cos,
  customJvp,
  div,
  exp,
  foriLoop,
  grad,
  greater,
  jit,
  jvp,
  less,
  log,
  makeProgram,
  maximum,
  mul,
  scan,
  sin,
  sub,
  sum,
  switchCase,
  type Tensor,
  tanh,
  tensor,
  vmap,
  where,
  whileLoop,
} from '../../../src/index.ts';
import { cholesky } from '../../../src/linalg/index.ts';
import { unary } from '../../../src/primitives/unary.ts';
import type { Series } from '../../../src/program/primitive.ts';
import { isVariable } from '../../../src/program/program.ts';
import { recordProgram } from '../../../src/trace/apply.ts';
import { onesLike } from '../../../src/transforms/types.ts';
import { randomSource } from '../../battery/laws.ts';
import { checkSeries } from '../../battery/series.ts';
import { expectClose } from '../../support.ts';

/** The first coefficients by nested forward mode. */
function nested(f: (x: Tensor) => Tensor, at: number, order: number): number[] {
  const coefficients: number[] = [];
  let g = f;
  let factorial = 1;
  for (let k = 0; k <= order; k++) {
    const value = g(at as unknown as Tensor) as Tensor | number;
    coefficients.push((typeof value === 'number' ? value : value.item()) / factorial);
    const before = g;
    g = (x: Tensor) => jvp(before, [x], [1 as unknown as Tensor])[1];
    factorial *= k + 1;
  }
  return coefficients;
}

const likeNested = (f: (x: Tensor) => Tensor, at: number, order = 5): void =>
  expectClose(taylor(f, at, order), nested(f, at, order), 1e-10);

describe('jet', () => {
  it('takes series and gives series, in trees', () => {
    const f = ({ a, b }: { a: Tensor; b: Tensor }): { p: Tensor; q: Tensor } => ({ p: mul(a, b), q: add(a, sum(b)) });
    const [value, [first, second, third]] = jet(
      f,
      [{ a: tensor(2), b: tensor([1, 3]) }],
      [
        [
          { a: 1, b: tensor([0, 1]) },
          { a: 0, b: tensor([1, 0]) },
        ],
      ],
      { order: 3 },
    );
    expectClose([value.p, value.q], [2, 6, 6]);
    expectClose([first.p, first.q], [1, 5, 2]);
    expectClose([second.p, second.q], [2, 1, 1]);
    expectClose([third.p, third.q], [1, 0, 0]);
  });

  it('normalizes: the second coefficient along v is half of vᵀ H v', () => {
    const f = (x: Tensor): Tensor => sum(mul(mul(x, x), x));
    const [, [slope, curvature]] = jet(f, [tensor([1, 2])], [[tensor([1, -1])]], { order: 2 });
    expectClose([slope, curvature], [3 - 12, (6 + 12) / 2]);
  });

  it('goes through cond, switchCase, scan, foriLoop, whileLoop, checkpoint and where', () => {
    const branch = (x: Tensor): Tensor =>
      cond(
        greater(x, 0),
        (v: Tensor) => sin(v),
        (v: Tensor) => mul(v, 2),
        x,
      );
    likeNested(branch, 0.7);
    likeNested(branch, -0.7);
    likeNested((x) => switchCase(1, [(v: Tensor) => v, (v: Tensor) => exp(v)], x), 0.3);
    likeNested((x) => scan((c: Tensor, t: Tensor) => [mul(c, add(x, t)), null] as const, x, tensor([1, 2, 3]))[0], 0.4);
    likeNested(
      (x) => sum(scan((c: Tensor, t: Tensor) => [sin(mul(c, t)), c] as const, x, mul(x, tensor([1, 2, 3])))[1]),
      0.4,
    );
    likeNested((x) => foriLoop(0, 4, (_i, c: Tensor) => sin(add(c, x)), x), 0.2);
    // values decide when to stop: 0.3 is doubled until it exceeds 1
    likeNested(
      (x) =>
        whileLoop(
          (c: Tensor) => less(c, 1),
          (c: Tensor) => mul(c, add(1.5, mul(x, c))),
          x,
        ),
      0.3,
    );
    likeNested(
      checkpoint((x: Tensor) => exp(sin(x))),
      0.6,
    );
    likeNested((x) => where(greater(x, 0.5), mul(x, x), log(x)), 0.2);
    const traced = (x: Tensor): Tensor => jit((v: Tensor) => taylor(branch, v, 3)[3])(x);
    expectClose(traced(0.7 as unknown as Tensor), nested(branch, 0.7, 3)[3]);
  });

  it('takes the piece a point lies on, and at kinks the convention of the tangent', () => {
    expectClose(
      taylor((x: Tensor) => abs(mul(x, x)), -0.5, 3),
      [0.25, -1, 1, 0],
    );
    expect(taylor((x: Tensor) => abs(x), 0, 2)).toEqual([0, 0, 0]);
    expectClose(
      taylor((x: Tensor) => maximum(x, mul(2, x)), 0, 2),
      [0, 1.5, 0],
    );
  });

  it('uses the own series of a function with a tangent rule of its own', () => {
    const f = customJvp(
      (x: Tensor) => sin(x),
      (xs: [Tensor], ts: [Tensor]) => [sin(xs[0]), mul(100, ts[0])] as const,
    );
    expectClose(taylor(f, 0, 3), [0, 1, 0, -1 / 6]);
  });

  it('is differentiable, and works under vmap and jit', () => {
    // c₃ of sin(a x) about a is −a³ cos(a²) / 6
    const third = (a: Tensor): Tensor => taylor((x: Tensor) => sin(mul(a, x)), a, 3)[3];
    const exact = (a: number): number => (-(a ** 3) * Math.cos(a * a)) / 6;
    const slope = (a: number): number => (-3 * a * a * Math.cos(a * a) + 2 * a ** 4 * Math.sin(a * a)) / 6;
    expectClose(third(tensor(0.5)), exact(0.5));
    expectClose(grad(third)(tensor(0.5)), slope(0.5));
    expectClose(vmap(third)(tensor([0.5, 0.8])), [exact(0.5), exact(0.8)]);
    expectClose(vmap(grad(third))(tensor([0.5, 0.8])), [slope(0.5), slope(0.8)]);
    expectClose(jit(third)(tensor(0.5)), exact(0.5));
  });

  it('composes with grad on the inside: the series of a gradient', () => {
    const f = (x: Tensor): Tensor => sum(mul(mul(x, x), mul(x, x)));
    const [value, [first, second]] = jet(grad(f), [tensor([1, 2])], [[tensor([1, 0])]], { order: 2 });
    expectClose([value, first, second], [4, 32, 12, 0, 12, 0]);
  });

  it('costs the square of the order: equations are counted, not seconds', () => {
    const f = makeProgram((x: Tensor) => div(exp(sin(x)), add(1, mul(tanh(x), x))))(0.3 as unknown as Tensor);
    const count = (order: number): number =>
      recordProgram('count', f.inputs, ([x]) => {
        const curve: Series = [x, onesLike(x)];
        return propagateSeries(f, [curve], order)[0].filter((c): c is Tensor => c !== null);
      }).equations.length;
    const [ten, twenty, forty] = [10, 20, 40].map(count);
    expect(twenty / ten).toBeLessThan(4.3);
    expect(forty / twenty).toBeLessThan(4.3);
    expect(count(50)).toBeLessThan(30_000);
    const doubled = makeProgram((x: Tensor) => {
      let g = (v: Tensor): Tensor => div(exp(sin(v)), add(1, mul(tanh(v), v)));
      for (let k = 0; k < 8; k++) {
        const before = g;
        g = (v: Tensor) => jvp(before, [v], [1 as unknown as Tensor])[1];
      }
      return g(x);
    })(0.3 as unknown as Tensor);
    expect(doubled.equations.length).toBeGreaterThan(count(20));
    expect(f.inputs.every(isVariable)).toBe(true);
  });

  it('order 50 is still right: 1 / (1 − x) and e^x', () => {
    expect(taylor((x: Tensor) => div(1, sub(1, x)), 0, 50).every((c) => c === 1)).toBe(true);
    const last = taylor((x: Tensor) => exp(x), 0, 50)[50];
    expect(Math.abs(last * 3.0414093201713376e64 - 1)).toBeLessThan(1e-14);
    expectClose(taylor((x: Tensor) => mul(cos(x), exp(x)), 0, 50)[40], 2 ** 20 / 8.159152832478977e47, 1e-13);
  });

  it('a rule that is wrong is found out', () => {
    const wrong = unary({
      name: 'wrong',
      interval: 'points',
      taylor: 'sinh',
      evaluate: Math.sin,
      slope: (x) => cos(x),
      tex: (a) => a,
    });
    const c = { primitive: wrong.primitive, params: {}, inputs: [tensor([0.3, 0.4]) as never] };
    expect(() => checkSeries(c, randomSource(1), 3, 1e-9)).toThrow(/coefficient/);
  });

  it('says what cannot be done and why', () => {
    expect(() => jet((x: Tensor) => x, [tensor(1)], [])).toThrow('1 primals but 0 series');
    expect(() => jet((x: Tensor) => x, [tensor([1, 2])], [[tensor([1, 2, 3])]])).toThrow(
      'coefficient 1 of argument 0 has shape [3]; [2] is needed',
    );
    expect(() => jet((x: { a: Tensor }) => x.a, [{ a: tensor(1) }], [[{ b: 1 }]])).toThrow('has structure');
    expect(() => taylor((x: Tensor) => x, 0, -1)).toThrow('order -1; a whole number from 0');
    expect(() => taylor((x: Tensor) => x, 0, 1.5)).toThrow('order 1.5');
    expect(() => taylor((x: Tensor) => integral((t: Tensor) => mul(t, x), [0, 1]) as Tensor, 0.5, 2)).toThrow(
      /integral.* has no power series: an integral has no series rule; nest jvp/,
    );
    expect(() => jet(cholesky as (x: Tensor) => Tensor, [tensor([[2]])], [[tensor([[1]])]])).toThrow(
      /has no power series: factorizations have no series rule/,
    );
    const circular = unary({
      name: 'circular',
      interval: 'increasing',
      evaluate: Math.exp,
      slope: (_x, y) => y,
      tex: (a) => a,
    });
    expect(() => taylor((x: Tensor) => circular(x), 0, 2)).toThrow(
      'circular has no power series: its slope is written in terms of its result',
    );
  });
});
