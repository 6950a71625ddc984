import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { add, cosh, type Jitted, jit, log, mul, square, sub, sum, type Tensor, tensor } from '../../src/index.ts';
import {
  adam,
  applyUpdates,
  averagedWeights,
  chain,
  clipByNorm,
  emaOfWeights,
  geometricSchedule,
  minimize,
  partition,
  setToZero,
  sgd,
} from '../../src/optimize/index.ts';
import { sumOfSquares } from './problems.ts';

type Pair = { readonly a: Tensor; readonly b: Tensor };
const values = fc.array(fc.double({ min: -50, max: 50, noNaN: true }), { minLength: 1, maxLength: 6 });
const norm = (x: Tensor): number => Math.hypot(...x.data);

describe('clipByNorm', () => {
  it('shortens each leaf by itself, keeps its direction, and leaves short ones as they are', () => {
    fc.assert(
      fc.property(values, values, fc.double({ min: 0.01, max: 40, noNaN: true }), (a, b, bound) => {
        const gradient: Pair = { a: tensor(a), b: tensor(b) };
        const [clipped] = clipByNorm<Pair>(bound).update(gradient, {}, gradient);
        for (const leaf of ['a', 'b'] as const) {
          const [before, after] = [gradient[leaf], clipped[leaf]];
          const length = norm(before);
          if (length < bound) expect([...after.data]).toEqual([...before.data]);
          else {
            expect(norm(after)).toBeCloseTo(bound, 9);
            before.data.forEach((v: number, i: number) =>
              expect(after.data[i] as number).toBeCloseTo((v * bound) / length, 9),
            );
          }
        }
      }),
    );
  });

  it('bounds the steps of a descent, with zeros and under jit', () => {
    const rule = chain<Pair, readonly [unknown, unknown]>(clipByNorm(0.5), sgd(1));
    const start: Pair = { a: tensor([30, 40]), b: tensor([0, 0]) };
    const step: Jitted<[Pair, Pair], Pair> = jit((g: Pair, p: Pair) =>
      applyUpdates(p, rule.update(g, rule.init(p) as never, p)[0]),
    );
    const next = step(start, start);
    expect([...next.a.data]).toEqual([30 - 0.3, 40 - 0.4]);
    expect([...next.b.data]).toEqual([0, 0]);
    expect(() => clipByNorm(0)).toThrow('clipByNorm: the bound is the number 0; a positive finite number is needed');
    expect(() => clipByNorm(Number.NaN)).toThrow('clipByNorm');
  });
});

describe('emaOfWeights', () => {
  it('keeps Σ (1−d) dⁿ⁻ᵏ wₖ / (1−dⁿ) beside the steps of its rule, which it does not change', () => {
    fc.assert(
      fc.property(
        values,
        fc.double({ min: 0, max: 0.99, noNaN: true }),
        fc.integer({ min: 1, max: 9 }),
        (w, decay, n) => {
          const inner = adam<Tensor>(0.3);
          const rule = emaOfWeights(inner, decay);
          let [p, q] = [tensor(w), tensor(w)];
          let [s, t] = [rule.init(p), inner.init(q)];
          const path: number[][] = [];
          for (let k = 0; k < n; k++) {
            const g = sub(mul(2, p), 1) as Tensor;
            const [updates, next] = rule.update(g, s, p);
            [p, s] = [applyUpdates(p, updates), next];
            const [plain, after] = inner.update(g, t, q);
            [q, t] = [applyUpdates(q, plain), after];
            expect([...p.data]).toEqual([...q.data]);
            path.push([...p.data] as number[]);
          }
          const mean = averagedWeights(s, decay);
          w.forEach((_, i) => {
            const weighted = path.reduce(
              (total, point, k) => total + (1 - decay) * decay ** (n - 1 - k) * (point[i] as number),
              0,
            );
            expect(mean.data[i] as number).toBeCloseTo(weighted / (1 - decay ** n), 9);
          });
        },
      ),
    );
  });

  it('has no mean before the first step, and refuses a decay of 1', () => {
    const rule = emaOfWeights(sgd<Tensor>(1), 0.9);
    expect(() => averagedWeights(rule.init(tensor([1])), 0.9)).toThrow('averagedWeights: no step has been taken');
    expect(() => emaOfWeights(sgd(1), 1)).toThrow(
      'emaOfWeights: decay is the number 1; a number from 0 and below 1 is needed',
    );
  });
});

describe('setToZero', () => {
  it('leaves a group where it is, whatever its gradient', () => {
    const rule = partition<Pair>({ frozen: setToZero(), free: adam(0.1) }, (path) =>
      path === '.a' ? 'frozen' : 'free',
    );
    let p: Pair = { a: tensor([1, -2]), b: tensor([3]) };
    let s = rule.init(p);
    for (let k = 0; k < 5; k++) {
      const [updates, next] = rule.update({ a: tensor([Number.NaN, 1e300]), b: tensor([1]) }, s, p);
      [p, s] = [applyUpdates(p, updates), next];
    }
    expect([...p.a.data]).toEqual([1, -2]);
    expect(p.b.item()).toBeCloseTo(2.5, 6);
  });
});

describe('geometricSchedule', () => {
  it('goes from one rate to the other by equal factors, and stays there', () => {
    const schedule = geometricSchedule(1e-4, 1, 4);
    [1e-4, 1e-3, 1e-2, 1e-1, 1, 1].forEach((rate, k) => expect(Number(schedule(k)) / rate).toBeCloseTo(1, 12));
  });
});

describe("minimize with Armijo's rule", () => {
  it('takes only steps that fall enough, and reaches the minimum of a bowl and of a valley', () => {
    const bowl = ({ x, y }: { x: number; y: number }) => add(square(sub(x, 3)), mul(10, square(add(y, 1))));
    const run = minimize(bowl, { x: 0, y: 0 }, { method: 'gradient-descent', lineSearch: 'armijo' });
    expect(run.reason).toBe('gradient-tolerance');
    expect(run.point.x).toBeCloseTo(3, 7);
    expect(run.point.y).toBeCloseTo(-1, 7);
    const valley = ({ x, y }: { x: number; y: number }) => add(square(sub(1, x)), mul(100, square(sub(y, square(x)))));
    const slow = minimize(
      valley,
      { x: -1.2, y: 1 },
      { method: 'gradient-descent', lineSearch: 'armijo', maxIterations: 1500, maxEvaluations: 1e5 },
    );
    const slopeAt = (x: number, y: number) => [-2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x)] as const;
    expect(slow.trajectory.length).toBeGreaterThan(100);
    for (const [k, after] of slow.trajectory.entries()) {
      const before = slow.trajectory[k - 1];
      if (!before?.point || !after.point) continue;
      const [gx, gy] = slopeAt(before.point.x, before.point.y);
      const along = gx * (after.point.x - before.point.x) + gy * (after.point.y - before.point.y);
      expect(after.value).toBeLessThanOrEqual(before.value + 1e-4 * along + 1e-15);
    }
    expect(slow.value).toBeLessThan(0.01);
  });

  it('asks for fewer values a step than the strong Wolfe conditions, or as many', () => {
    const f = (v: Tensor) => sum(log(cosh(mul(v, tensor([1, 2, 3])))));
    const start = tensor([2, -1, 0.7]);
    const options = { method: 'gradient-descent', gradientTolerance: 1e-6 } as const;
    const armijo = minimize(f, start, { ...options, lineSearch: 'armijo' });
    const wolfe = minimize(f, start, { ...options, lineSearch: 'strong-wolfe' });
    for (const run of [armijo, wolfe]) {
      expect(run.converged).toBe(true);
      for (const v of run.point.data) expect(Math.abs(v as number)).toBeLessThan(1e-5);
    }
    expect(armijo.evaluations / armijo.iterations).toBeLessThanOrEqual(wolfe.evaluations / wolfe.iterations + 1);
  });

  it('is refused by other names, and where a method needs the curvature condition', () => {
    expect(() => minimize(square as never, 1, { lineSearch: 'goldstein' as never })).toThrow(/lineSearch.*armijo/);
    expect(() => minimize(square as never, 1, { method: 'bfgs', lineSearch: 'armijo' })).toThrow(
      /'armijo'.*'gradient-descent'/,
    );
  });
});

describe('conjugate gradients by Hestenes and Stiefel', () => {
  it('ends on a quadratic of n variables after about n steps, as Polak and Ribière do', () => {
    const weights = tensor([1, 3, 7, 12, 30]);
    const f = (v: Tensor) => sum(mul(weights, square(sub(v, 1))));
    for (const beta of ['hestenes-stiefel', 'polak-ribiere'] as const) {
      const run = minimize(f, tensor([5, -4, 3, -2, 1]), { method: 'conjugate-gradient', beta });
      expect(run.converged, beta).toBe(true);
      expect(run.iterations, beta).toBeLessThan(40);
      for (const v of run.point.data) expect(v as number).toBeCloseTo(1, 7);
    }
  });

  it('solves valleys of the collection from their standard starts', () => {
    const starts = { rosenbrock: [-1.2, 1], beale: [1, 1], wood: [-3, -1, -3, -1], 'powell-singular': [3, -1, 0, 1] };
    for (const [name, start] of Object.entries(starts)) {
      const run = minimize(sumOfSquares(name), tensor(start), {
        method: 'conjugate-gradient',
        beta: 'hestenes-stiefel',
        gradientTolerance: 1e-6,
        maxIterations: 20_000,
        maxEvaluations: 200_000,
      });
      expect(run.converged, `${name}: ${run.message}`).toBe(true);
      expect(run.value, name).toBeLessThan(1e-8);
    }
    expect(() => minimize(square as never, 1, { method: 'conjugate-gradient', beta: 'fletcher' as never })).toThrow(
      /beta/,
    );
  });
});
