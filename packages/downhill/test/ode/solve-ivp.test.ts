import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { grad, mul, Tensor, tensor } from '../../src/index.ts';
import { odeReasons, solveIvp } from '../../src/ode/index.ts';
import { dopri5, type Tableau, tsit5 } from '../../src/ode/tableaus.ts';
import { expectClose } from '../support.ts';
import { problems } from './problems.ts';

interface Row {
  relative: number;
  absolute: number;
  error: number;
  evaluations: number;
}

const fixture = JSON.parse(readFileSync(new URL('./fixtures/ode.json', import.meta.url), 'utf8')) as Record<
  string,
  { end: number; y0: number[]; exact: number[]; scipy: { method: string; rows: Row[] } }
>;

const inf = Number.POSITIVE_INFINITY;

describe('the tableaus', () => {
  const sum = (xs: readonly number[]): number => xs.reduce((a, b) => a + b, 0);
  it.each<[string, Tableau]>([
    ['tsit5', tsit5],
    ['dopri5', dopri5],
  ])('%s: consistency, order conditions to 5 and the dense output', (_name, { a, c, e, dense }) => {
    const b = [...(a[6] as number[]), 0];
    a.forEach((row, i) => expect(Math.abs(sum(row) - (c[i] as number))).toBeLessThan(1e-14));
    const weigh = (f: (i: number) => number): number => sum(b.map((w, i) => w * f(i)));
    const inner = (i: number, f: (j: number) => number): number => sum((a[i] as number[]).map((w, j) => w * f(j)));
    const at = (i: number): number => c[i] as number;
    for (let k = 0; k <= 4; k++) expect(weigh((i) => at(i) ** k)).toBeCloseTo(1 / (k + 1), 13);
    expect(weigh((i) => inner(i, at))).toBeCloseTo(1 / 6, 13);
    expect(weigh((i) => at(i) * inner(i, at))).toBeCloseTo(1 / 8, 13);
    expect(weigh((i) => inner(i, (j) => at(j) ** 2))).toBeCloseTo(1 / 12, 13);
    expect(weigh((i) => inner(i, (j) => inner(j, at)))).toBeCloseTo(1 / 24, 13);
    expect(weigh((i) => inner(i, (j) => at(j) ** 3))).toBeCloseTo(1 / 20, 13);
    expect(weigh((i) => inner(i, (j) => inner(j, (k) => inner(k, at))))).toBeCloseTo(1 / 120, 13);
    expect(Math.abs(sum(e))).toBeLessThan(1e-14);
    expectClose(dense(1), b, 1e-13);
    expectClose(
      dense(0),
      b.map(() => 0),
      1e-15,
    );
    for (const x of [0.2, 0.5, 0.9]) {
      const w = dense(x);
      for (let k = 0; k <= 3; k++) expect(sum(w.map((v, i) => v * at(i) ** k))).toBeCloseTo(x ** (k + 1) / (k + 1), 12);
    }
  });
});

describe('work and precision beside SciPy on six standard problems', () => {
  for (const [name, { end, y0, exact, scipy }] of Object.entries(fixture)) {
    const stiff = scipy.method === 'Radau';
    for (const method of stiff ? (['stiff'] as const) : (['dopri5', 'tsit5'] as const)) {
      it(`${name} by ${method}`, () => {
        for (const { relative, absolute, error, evaluations } of scipy.rows) {
          const solution = solveIvp(problems[name] as (t: number, y: number[]) => number[], y0, [0, end], {
            method,
            tolerance: { absolute, relative },
          });
          expect(solution).toMatchObject({ converged: true, reason: 'reached', message: odeReasons.reached });
          const floor = name === 'robertson' ? 1e-4 : 1;
          const ours = Math.max(
            ...(solution.y.at(-1) as number[]).map((v, i) => Math.abs(v - exact[i]!) / (Math.abs(exact[i]!) + floor)),
          );
          expect(ours, `error at ${relative}`).toBeLessThan(1.5 * error + 1e-12);
          expect(solution.statistics.evaluations, `work at ${relative}`).toBeLessThan(1.5 * evaluations);
        }
      });
    }
  }
});

describe('solutions', () => {
  it('of a number, backwards, at times, and in between', () => {
    for (const method of ['tsit5', 'dopri5', 'stiff'] as const) {
      const s = solveIvp((_t, y: number) => -y, 1, [0, 3], { method, tolerance: 1e-9 });
      expectClose(s.y.at(-1), Math.exp(-3), 1e-8);
      for (let t = 0; t <= 3; t += 0.1) expectClose(s.at(t), Math.exp(-t), 3e-8);
      const back = solveIvp((_t, y: number) => -y, Math.exp(-3), [3, 0], { method, tolerance: 1e-9, times: [2, 1, 0] });
      expect(back.t).toEqual([2, 1, 0]);
      expectClose(back.y, [Math.exp(-2), Math.exp(-1), 1], 1e-7);
    }
  });

  it('of trees with tensors', () => {
    const s = solveIvp(
      (t, { b }: { a: number; b: Tensor }) => ({ a: t, b: mul(-1, b) }),
      { a: 0, b: tensor([1, 2]) },
      [0, 1],
      {
        tolerance: 1e-9,
      },
    );
    const end = s.y.at(-1) as { a: number; b: Tensor };
    expectClose(end.a, 0.5, 1e-12);
    expectClose(end.b, [Math.exp(-1), 2 * Math.exp(-1)], 1e-8);
    expect(end.b).toBeInstanceOf(Tensor);
  });

  it('obey the tolerance on random linear systems', () => {
    fc.assert(
      fc.property(fc.double({ min: -3, max: 1, noNaN: true }), fc.double({ min: 0.1, max: 8, noNaN: true }), (r, w) => {
        const f = (_t: number, [x, y]: number[]): number[] => [r * x! - w * y!, w * x! + r * y!];
        const s = solveIvp(f, [1, 0], [0, 2], { tolerance: 1e-8 });
        const scale = Math.max(1, Math.exp(2 * r));
        expectClose(s.y.at(-1), [Math.exp(2 * r) * Math.cos(2 * w), Math.exp(2 * r) * Math.sin(2 * w)], 2e-6 * scale);
      }),
      { numRuns: 30 },
    );
  });

  it('with a Jacobian given take the same path with fewer evaluations', () => {
    const f = problems['van-der-pol'] as (t: number, y: number[]) => number[];
    const options = { method: 'stiff', tolerance: 1e-6 } as const;
    const plain = solveIvp(f, [2, 0], [0, 100], options);
    const told = solveIvp(f, [2, 0], [0, 100], {
      ...options,
      jacobian: (_t, [x, v]) => [
        [0, 1],
        [-2000 * x! * v! - 1, 1000 * (1 - x! * x!)],
      ],
    });
    expect(told.statistics.evaluations).toBeLessThan(plain.statistics.evaluations);
    expectClose(told.y.at(-1), plain.y.at(-1), 1e-4);
  });
});

describe('events', () => {
  /** A ball thrown up; height and speed. */
  const ball = (_t: number, [, v]: number[]): number[] => [v!, -9.81];

  it('are located by the dense output, in order, with direction', () => {
    const s = solveIvp(ball, [0, 10], [0, 5], {
      tolerance: 1e-9,
      events: [
        { f: (_t, [x]) => x!, direction: -1, terminal: true, name: 'ground' },
        { f: (_t, [, v]) => v!, name: 'top' },
        { f: (t) => t - 0.5, direction: -1 },
      ],
    });
    expect(s.reason).toBe('event');
    expect(s.converged).toBe(true);
    expect(s.events.map(({ name }) => name)).toEqual(['top', 'ground']);
    expectClose(
      s.events.map(({ t }) => t),
      [10 / 9.81, 20 / 9.81],
      1e-9,
    );
    expectClose(s.t.at(-1), 20 / 9.81, 1e-9);
    expectClose(s.y.at(-1), [0, -10], 1e-8);
  });

  it('that repeat are all found', () => {
    const s = solveIvp((_t, [x, v]: number[]) => [v!, -x!], [0, 1], [0, 10], {
      tolerance: 1e-9,
      events: [{ f: (_t, [x]) => x! }],
    });
    expectClose(
      s.events.map(({ t }) => t),
      [Math.PI, 2 * Math.PI, 3 * Math.PI],
      1e-7,
    );
  });
});

describe('what goes wrong is named', () => {
  it('a solution that ends before the span does', () => {
    const s = solveIvp((_t, y: number) => y * y, 1, [0, 2]);
    expect(s.reason).toBe('step-too-small');
    expect(s.converged).toBe(false);
    expectClose(s.t.at(-1), 1, 1e-5);
    expect(s.message).toBe(odeReasons['step-too-small']);
  });

  it('a budget, with what was found', () => {
    const s = solveIvp((_t, y: number) => -1e5 * y, 1, [0, 100], { budget: 2000 });
    expect(s.reason).toBe('budget');
    expect(s.statistics.evaluations).toBeLessThanOrEqual(2000);
    expect(s.t.length).toBeGreaterThan(10);
    expect(solveIvp((_t, y: number) => -1e5 * y, 1, [0, 100], { method: 'stiff', budget: 2000 }).reason).toBe(
      'reached',
    );
  });

  it('a right side without a value', () => {
    for (const method of ['tsit5', 'stiff'] as const) {
      expect(solveIvp((t, y: number) => Math.sqrt(1 - t) * y, 1, [0, 2], { method }).reason).not.toBe('reached');
      expect(solveIvp(() => Number.NaN, 1, [0, 2], { method })).toMatchObject({ reason: 'not-finite', t: [0] });
    }
  });

  it.each([
    [() => solveIvp((_t, y: number) => y, 1, [0, 0]), /the time span \[0, 0\] is empty/],
    [() => solveIvp((_t, y: number) => y, 1, [0, inf]), /is not a pair of finite numbers/],
    [() => solveIvp((_t, y: number) => y, 1, [0, 1], { tolerance: { absolute: 0 } }), /absolute tolerance 0/],
    [
      () => solveIvp((_t, y: number) => y, 1, [0, 1], { tolerance: { relative: 0 } }),
      /relative tolerance of 0 cannot be met/,
    ],
    [() => solveIvp((_t, y: number) => y, 1, [0, 1], { times: [0.5, 0.2] }), /time 1 is 0.2/],
    [() => solveIvp((_t, y: number) => y, 1, [0, 1], { times: [2] }), /must lie between 0 and 1/],
    [() => solveIvp((_t, y: number) => y, 1, [0, 1], { method: 'euler' as 'tsit5' }), /'tsit5', 'dopri5' or 'stiff'/],
    [() => solveIvp((_t, y: number) => y, 1, [0, 1], { budget: 0 }), /the budget 0/],
    [() => solveIvp((_t, y: number) => y, 1, [0, 1], { firstStep: -1 }), /the first step -1/],
    [
      () => solveIvp((_t, _y: number[]) => [1], [1, 2], [0, 1]),
      /the right side returned \[\*\]; the structure of the state/,
    ],
    [
      () => solveIvp((_t, y: number) => String(y) as unknown as number, 1, [0, 1]),
      /the right side of solveIvp is the string/,
    ],
    [() => solveIvp((_t, y: unknown[]) => y, [], [0, 1]), /the state is empty/],
    [() => solveIvp(3 as unknown as (t: number, y: number) => number, 1, [0, 1]), /solveIvp needs a function/],
    [() => solveIvp((_t, y: number) => y, 1, [0, 1]).at(2), /known from 0 to 1; 2 lies outside/],
    [
      () => grad((k: number) => solveIvp((_t, y: number) => mul(k, y) as number, 1, [0, 1]).y[0] as number)(1),
      /use odeint/,
    ],
  ])('refusal %#', (f, message) => {
    expect(f).toThrow(message);
  });
});
