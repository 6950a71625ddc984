import { describe, expect, it } from 'vitest';
import { IntegrationError, integral } from '../../../src/calculus/integrate/index.ts';
import { sum } from '../../../src/functions/reductions.ts';
import {
  cos,
  div,
  exp,
  grad,
  hessian,
  jit,
  jvp,
  log,
  mul,
  pow,
  sin,
  sqrt,
  sub,
  type Tensor,
  tensor,
  vmap,
} from '../../../src/index.ts';
import { expectClose } from '../../support.ts';

const gaussian = (k: Tensor | number, to: Tensor | number): Tensor =>
  integral((x) => exp(mul(mul(-1, k), mul(x, x))), [0, to]) as Tensor;

describe('integral is differentiable by Leibniz', () => {
  it('gives numbers for numbers', () => {
    expect(integral((x) => sin(x), [0, Math.PI])).toBeCloseTo(2, 12);
    expect(integral((x) => sin(x), [Math.PI, 0])).toBeCloseTo(-2, 12);
    expect(integral((x) => sin(x), [1, 1])).toBe(0);
  });

  it('in the limits', () => {
    const upper = grad((b: number) => integral((x) => exp(mul(x, x)), [0, b]) as number);
    expectClose(upper(0.7), Math.exp(0.49), 1e-14);
    const lower = grad((a: number) => integral((x) => exp(mul(x, x)), [a, 1]) as number);
    expectClose(lower(0.7), -Math.exp(0.49), 1e-14);
  });

  it('in captured parameters, in both modes and to second order', () => {
    // ∫_0^∞ exp(−k x²) dx = ½ √(π/k)
    const f = (k: number): number => integral((x) => exp(mul(mul(-1, k), mul(x, x))), [0, Infinity]) as number;
    const k = 1.7;
    const value = 0.5 * Math.sqrt(Math.PI / k);
    expectClose(f(k), value, 1e-12);
    expectClose(grad(f)(k), -value / (2 * k), 1e-10);
    expectClose(jvp(f, [k], [1])[1], -value / (2 * k), 1e-10);
    expectClose(grad(grad(f))(k), (3 * value) / (4 * k * k), 1e-9);
    expectClose(hessian(f)(k), (3 * value) / (4 * k * k), 1e-9);
  });

  it('in limits and parameters at once', () => {
    const k = 1.3;
    const b = 0.8;
    const g = grad((p: { k: number; b: number }) => gaussian(p.k, p.b) as unknown as number)({ k, b });
    expectClose(g.b, Math.exp(-k * b * b), 1e-13);
    const h = 1e-5;
    const at = (v: number): number => integral((x) => exp(mul(-v, mul(x, x))), [0, b]) as number;
    expectClose(g.k, (at(k + h) - at(k - h)) / (2 * h), 1e-9);
  });

  it('where the derivative has an endpoint singularity of its own', () => {
    // d/da ∫_0^1 x^a = ∫_0^1 x^a log x = −1/(a + 1)²
    const g = grad((a: number) => integral((x) => pow(x, a), [0, 1]) as number);
    expectClose(g(-0.4), -1 / 0.36, 1e-8);
    expectClose(g(0.5), -1 / 2.25, 1e-9);
  });

  it('vector-valued, through trees', () => {
    const moments = (s: Tensor): { zero: Tensor; first: Tensor } =>
      integral((x) => ({ zero: exp(mul(mul(-1, s), x)), first: mul(x, exp(mul(mul(-1, s), x))) }), [0, Infinity]) as {
        zero: Tensor;
        first: Tensor;
      };
    const s = tensor([1, 2, 4]);
    expectClose(moments(s).zero, [1, 0.5, 0.25], 1e-10);
    expectClose(moments(s).first, [1, 0.25, 1 / 16], 1e-10);
    const g = grad((v: Tensor) => sum(moments(v).first))(s) as Tensor;
    expectClose(g, [-2, -2 / 8, -2 / 64], 1e-8);
  });

  it('under vmap, with batched limits and parameters, and under jit', () => {
    const ends = tensor([0.3, 1, 2]);
    expectClose(
      vmap((b: Tensor) => gaussian(1, b))(ends) as Tensor,
      [0.3, 1, 2].map((b) => integral((x) => exp(mul(-1, mul(x, x))), [0, b]) as number),
      1e-10,
    );
    expectClose(
      vmap(grad((b: Tensor) => gaussian(1, b)))(ends) as Tensor,
      [0.3, 1, 2].map((b) => Math.exp(-b * b)),
      1e-10,
    );
    expectClose(
      vmap((k: Tensor) => gaussian(k, Infinity))(ends) as Tensor,
      [0.3, 1, 2].map((k) => 0.5 * Math.sqrt(Math.PI / k)),
      1e-9,
    );
    expectClose(
      jit((b: Tensor) => gaussian(1, b))(tensor(1)) as Tensor,
      integral((x) => exp(mul(-1, mul(x, x))), [0, 1]),
      1e-14,
    );
  });

  it('nested: a double integral with an inner limit that moves', () => {
    // area of the quarter disc
    const area = integral((x) => integral((y) => cos(mul(0, y)), [0, sqrt(sub(1, mul(x, x)))]) as Tensor, [0, 1], {
      tolerance: 1e-8,
    });
    expectClose(area, Math.PI / 4, 1e-8);
  });

  it('throws where there is no number', () => {
    const reason = (f: () => unknown): string => {
      try {
        f();
      } catch (thrown) {
        if (thrown instanceof IntegrationError) return `${thrown.code} ${thrown.reason}`;
        throw thrown;
      }
      return 'nothing';
    };
    expect(reason(() => integral((x) => div(1, x), [0, 1]))).toBe('integration diverges');
    expect(reason(() => integral((x) => log(x), [-1, 1]))).toBe('integration not-a-number');
    expect(reason(() => integral((x) => sin(div(1, x)), [0, 1], { budget: 500 }))).toBe('integration budget');
    expect(() => integral((x) => div(1, x), [0, 1])).toThrow(
      /integral over \[0, 1\]: the integral does not exist.*on \[0, 0\.25\]/,
    );
    expect(() => integral((x) => x, [Number.NaN, 1])).toThrow(/the limits are NaN and 1/);
    expect(() => integral((x) => x, [tensor([0, 1]), 1])).toThrow(/a limit has shape \[2\]/);
    expect(() => integral((x) => x, [0, 1], { tolerance: 0 })).toThrow(/a tolerance of 0 cannot be met/);
  });
});
