import { describe, expect, it } from 'vitest';
import { mean, sum } from '../../src/functions/reductions.ts';
import {
  add,
  cos,
  div,
  exp,
  grad,
  jacfwd,
  jacrev,
  jit,
  jvp,
  mul,
  neg,
  sin,
  sub,
  type Tensor,
  tensor,
  vmap,
} from '../../src/index.ts';
import { OdeError, odeint, solveIvp } from '../../src/ode/index.ts';
import { elements, expectClose } from '../support.ts';

interface Sir {
  s: Tensor;
  i: Tensor;
  r: Tensor;
}

/** Susceptible, infected, recovered: the rates from p. */
const sir =
  (beta: Tensor | number, gamma: Tensor | number) =>
  (_t: Tensor, { s, i }: Sir): Sir => {
    const infection = mul(beta, mul(s, i));
    const recovery = mul(gamma, i);
    return { s: neg(infection), i: sub(infection, recovery), r: recovery };
  };

const lotkaVolterra =
  (p: { a: Tensor | number; b: Tensor | number; c: Tensor | number; d: Tensor | number }) =>
  (_t: Tensor, { x, y }: { x: Tensor; y: Tensor }): { x: Tensor; y: Tensor } => ({
    x: sub(mul(p.a, x), mul(p.b, mul(x, y))),
    y: sub(mul(p.d, mul(x, y)), mul(p.c, y)),
  });

const times = [0, 2, 5, 10];
const tight = { tolerance: 1e-11 };

describe('parameter gradients against the variational equations', () => {
  /** d(state)/d(parameter) by writing the sensitivity equations out by hand. */
  function sirSensitivities(beta: number, gamma: number): number[][] {
    const solution = solveIvp(
      (_t, [s, i, , sb, ib, , sg, ig]: number[]) => {
        const db = s * i + beta * (sb * i + s * ib);
        const dg = beta * (sg * i + s * ig);
        return [
          -beta * s * i,
          beta * s * i - gamma * i,
          gamma * i,
          -db,
          db - gamma * ib,
          gamma * ib,
          -dg,
          dg - i - gamma * ig,
          i + gamma * ig,
        ];
      },
      [0.99, 0.01, 0, 0, 0, 0, 0, 0, 0],
      [0, 10],
      { tolerance: 1e-13, times },
    );
    return solution.y;
  }

  it.each(['adjoint', 'discrete'] as const)('SIR, %s', (gradient) => {
    const [beta, gamma] = [1.4, 0.35];
    const expected = sirSensitivities(beta, gamma);
    const y0 = { s: 0.99, i: 0.01, r: 0 };
    // the infected at the end, and the mean recovered over the times
    const loss = (p: { beta: number; gamma: number }): number => {
      const { i, r } = odeint(sir(p.beta, p.gamma) as never, y0, times, { ...tight, gradient });
      return add(mul(3, pick(i, 3)), mean(r)) as unknown as number;
    };
    const g = grad(loss)({ beta, gamma });
    const byHand = (i: number, r: number): number =>
      3 * (expected[3] as number[])[i] + expected.reduce((total, row) => total + row[r] / times.length, 0);
    expect(Math.abs(g.beta - byHand(4, 5))).toBeLessThan(1e-8);
    expect(Math.abs(g.gamma - byHand(7, 8))).toBeLessThan(1e-8);
  });

  it.each(['adjoint', 'discrete'] as const)(
    'Lotka–Volterra, four parameters and two initial values, %s',
    (gradient) => {
      const [a, b, c, d] = [1.1, 0.4, 0.4, 0.1];
      const end = 8;
      // columns: the sensitivities to a, b, c, d, x₀, y₀
      const solution = solveIvp(
        (_t, v: number[]) => {
          const [x, y] = v as [number, number];
          const out = [a * x - b * x * y, d * x * y - c * y];
          const sources = [
            [x, 0],
            [-x * y, 0],
            [0, -y],
            [0, x * y],
            [0, 0],
            [0, 0],
          ];
          sources.forEach(([fx, fy], k) => {
            const [sx, sy] = [v[2 + 2 * k], v[3 + 2 * k]];
            out.push((a - b * y) * sx - b * x * sy + fx, d * y * sx + (d * x - c) * sy + fy);
          });
          return out;
        },
        [10, 5, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1],
        [0, end],
        { tolerance: 1e-13 },
      );
      const last = solution.y.at(-1) as number[];
      const f = (p: { a: number; b: number; c: number; d: number; x: number; y: number }): number => {
        const { x, y } = odeint(lotkaVolterra(p) as never, { x: p.x, y: p.y }, [0, end], { ...tight, gradient });
        return add(pick(x, 1), mul(2, pick(y, 1))) as unknown as number;
      };
      const point = { a, b, c, d, x: 10, y: 5 };
      const g = grad(f)(point);
      (['a', 'b', 'c', 'd', 'x', 'y'] as const).forEach((name, k) => {
        const exact = last[2 + 2 * k] + 2 * last[3 + 2 * k];
        expect(Math.abs(g[name] - exact), name).toBeLessThan(1e-8 * Math.max(1, Math.abs(exact)));
        const direction = { a: 0, b: 0, c: 0, d: 0, x: 0, y: 0, [name]: 1 };
        expect(Math.abs(Number(elements(jvp(f, [point], [direction])[1])[0]) - exact), name).toBeLessThan(
          1e-8 * Math.max(1, Math.abs(exact)),
        );
      });
    },
  );
});

describe('stiff problems', () => {
  it("Robertson's rate constants: the gradient at t = 40 against sensitivity equations", () => {
    const rates = [0.04, 1e4, 3e7] as const;
    const hand = solveIvp(
      (_t, v: number[]) => {
        const [a, b, c] = v as [number, number, number];
        const [p, q, r] = rates;
        const [one, two, three] = [p * a, q * b * c, r * b * b];
        const out = [two - one, one - two - three, three];
        for (let k = 0; k < 3; k++) {
          const [sa, sb, sc] = v.slice(3 + 3 * k, 6 + 3 * k) as [number, number, number];
          const d1 = p * sa + (k === 0 ? a : 0);
          const d2 = q * (sb * c + b * sc) + (k === 1 ? b * c : 0);
          const d3 = 2 * r * b * sb + (k === 2 ? b * b : 0);
          out.push(d2 - d1, d1 - d2 - d3, d3);
        }
        return out;
      },
      [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
      [0, 40],
      { method: 'stiff', tolerance: { absolute: 1e-16, relative: 1e-10 } },
    );
    const last = hand.y.at(-1) as number[];
    const f = (k: { p: number; q: number; r: number }): number => {
      const y = odeint(
        (_t, { a, b, c }: { a: Tensor; b: Tensor; c: Tensor }) => {
          const [one, two, three] = [mul(k.p, a), mul(k.q, mul(b, c)), mul(k.r, mul(b, b))];
          return { a: sub(two, one), b: sub(sub(one, two), three), c: three };
        },
        { a: 1, b: 0, c: 0 },
        [0, 40],
        { method: 'stiff', tolerance: { absolute: 1e-13, relative: 1e-8 } },
      );
      return pick(y.a, 1) as unknown as number;
    };
    const at = { p: 0.04, q: 1e4, r: 3e7 };
    const g = grad(f)(at);
    [g.p, g.q, g.r].forEach((value, k) => {
      const exact = last[3 + 3 * k] as number;
      expect(Math.abs(value - exact)).toBeLessThan(1e-5 * Math.abs(exact));
    });
  });

  it('a fast transient does not blow up on the way back', () => {
    // y = cos t + (y₀ − 1) e^(−1000 t)
    const f = (y0: number, k: number): number =>
      pick(
        odeint((t, y: Tensor) => sub(mul(mul(-1, k), sub(y, cos(t))), sin(t)), y0, [0, 1], {
          method: 'stiff',
        }) as Tensor,
        1,
      ) as unknown as number;
    const [dy, dk] = grad(f, { argnums: [0, 1] })(1.5, 1000) as [number, number];
    expect(Math.abs(dy)).toBeLessThan(1e-6);
    expect(Math.abs(dk)).toBeLessThan(1e-6);
  });
});

const pick = (x: Tensor, i: number): Tensor =>
  sum(mul(x, tensor(Array.from({ length: x.shape[0] as number }, (_, k) => (k === i ? 1 : 0)))));

const decay = (k: Tensor | number, end = 1, options = {}): Tensor =>
  pick(odeint((_t, y: Tensor) => mul(mul(-1, k), y), 2, [0, end], { tolerance: 1e-11, ...options }) as Tensor, 1);

describe('odeint', () => {
  it('gives each leaf an axis over the times', () => {
    const y = odeint(
      (t, { a, b }: { a: Tensor; b: Tensor }) => ({ a: neg(a), b: mul(t, b) }),
      { a: 1, b: tensor([1, 2]) },
      [0, 0.5, 1],
    );
    expect(y.a.shape).toEqual([3]);
    expect(y.b.shape).toEqual([3, 2]);
    expectClose(y.a, [1, Math.exp(-0.5), Math.exp(-1)], 1e-7);
    expectClose(y.b, [1, 2, Math.exp(1 / 8), 2 * Math.exp(1 / 8), Math.exp(0.5), 2 * Math.exp(0.5)], 1e-7);
  });

  it('runs backwards, and with the stiff method', () => {
    const y = odeint((_t, v: Tensor) => neg(v), 1, [1, 0], { tolerance: 1e-10 }) as Tensor;
    expectClose(y, [1, Math.E], 1e-9);
    const stiff = odeint((t, v: Tensor) => sub(mul(-1000, sub(v, sin(t))), 0), 0, [0, 1], {
      method: 'stiff',
    }) as Tensor;
    // y = (10⁶ sin t − 10³ cos t)/(10⁶ + 1) once the start is forgotten
    expectClose(stiff.data[1], (1e6 * Math.sin(1) - 1e3 * Math.cos(1)) / (1e6 + 1), 1e-7);
    const g = grad((k: number) => decay(k, 1, { method: 'stiff', tolerance: 1e-9 }) as unknown as number)(0.7);
    expectClose(g, -2 * Math.exp(-0.7), 1e-7);
  });

  it('second derivatives', () => {
    const f = (k: number): number => decay(k) as unknown as number;
    expectClose(grad(f)(0.7), -2 * Math.exp(-0.7), 1e-9);
    expectClose(grad(grad(f))(0.7), 2 * Math.exp(-0.7), 1e-8);
  });

  it('in forward and reverse mode alike, with captured tensors', () => {
    const f = (m: Tensor): Tensor =>
      odeint((_t, y: Tensor) => sum(mul(m, y), { axis: 1 }), tensor([1, 0.5]), [0, 1, 2], {
        tolerance: 1e-10,
      }) as Tensor;
    const at = tensor([
      [-0.5, 1],
      [-1, -0.2],
    ]);
    expectClose(jacfwd(f)(at), jacrev(f)(at) as Tensor, 1e-8);
  });

  it('under vmap and jit', () => {
    expectClose(
      vmap((k: Tensor) => decay(k))(tensor([0.5, 1])) as Tensor,
      [2 * Math.exp(-0.5), 2 * Math.exp(-1)],
      1e-9,
    );
    expectClose(
      vmap(grad((k: Tensor) => decay(k)))(tensor([0.5, 1])) as Tensor,
      [-2 * Math.exp(-0.5), -2 * Math.exp(-1)],
      1e-9,
    );
    expectClose(jit((k: Tensor) => decay(k))(tensor(0.5)) as Tensor, 2 * Math.exp(-0.5), 1e-9);
  });

  it('the discrete gradient is that of the numbers, even with a loose tolerance', () => {
    const loose = (k: number, gradient: 'adjoint' | 'discrete'): number =>
      grad((v: number) => decay(v, 3, { tolerance: 1e-3, gradient }) as unknown as number)(k);
    const exact = -6 * Math.exp(-2.1);
    expect(Math.abs(loose(0.7, 'discrete') - exact)).toBeLessThan(0.02);
    expect(Math.abs(loose(0.7, 'adjoint') - exact)).toBeLessThan(0.02);
  });

  it('names why it stopped', () => {
    const reason = (f: () => unknown): unknown => {
      try {
        return f();
      } catch (thrown) {
        if (thrown instanceof OdeError) return [thrown.code, thrown.reason];
        throw thrown;
      }
    };
    expect(reason(() => odeint((_t, y: Tensor) => mul(y, y), 1, [0, 2]))).toEqual(['ode', 'step-too-small']);
    expect(reason(() => odeint((_t, y: Tensor) => mul(1e5, sub(1, y)), 0, [0, 100], { budget: 1000 }))).toEqual([
      'ode',
      'budget',
    ]);
    expect(reason(() => odeint((t, y: Tensor) => div(y, t), 1, [0, 1]))).toEqual(['ode', 'not-finite']);
    expect(() => odeint((_t, y: Tensor) => mul(y, y), 1, [0, 2])).toThrow(
      /odeint from 0 to 2: no step .* it came to t = 1/s,
    );
  });

  it.each([
    [() => odeint((_t, y: Tensor) => y, 1, []), /a list of times/],
    [() => odeint((_t, y: Tensor) => y, 1, [0, 1, 0.5]), /time 2 is 0.5/],
    [() => odeint((_t, y: Tensor) => y, 1, [0, Number.NaN]), /time 1 is NaN/],
    [() => odeint((_t, y: Tensor) => [y], 1, [0, 1]), /the right side of odeint has structure/],
    [() => odeint((_t, y: Tensor) => sum(y), tensor([1, 2]), [0, 1]), /has shape \[\] where the state has \[2\]/],
    [() => odeint((_t, y: Tensor) => y, 1, [0, 1], { method: 'rk4' as 'tsit5' }), /'tsit5', 'dopri5' or 'stiff'/],
    [() => odeint((_t, y: Tensor) => y, 1, [0, 1], { tolerance: 0 }), /tolerance 0 is not a positive/],
    [
      () => odeint((_t, y: Tensor) => exp(y), 1, [0, 1], { method: 'stiff', gradient: 'discrete' }),
      /'discrete' goes with/,
    ],
  ])('refusal %#', (f, message) => {
    expect(f).toThrow(message);
  });
});
