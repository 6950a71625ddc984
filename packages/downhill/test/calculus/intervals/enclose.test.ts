import { describe, expect, it } from 'vitest';
import { enclose, evaluateInterval, type Interval, interval } from '../../../src/calculus/intervals/index.ts';
import {
  abs,
  add,
  cond,
  cos,
  div,
  exp,
  floor,
  greater,
  less,
  log,
  makeProgram,
  mul,
  pow,
  scan,
  sin,
  sqrt,
  stopGradient,
  sub,
  sum,
  type Tensor,
  tensor,
  where,
  whileLoop,
} from '../../../src/index.ts';

const ends = (x: Interval): [number, number] => [x.low.item() + 0, x.high.item() + 0];

/** Holds [low, high] and is wider by no more than `slack`. */
function expectTight(x: Interval, low: number, high: number, slack = 1e-12): void {
  const [a, b] = ends(x);
  expect(a).toBeLessThanOrEqual(low);
  expect(b).toBeGreaterThanOrEqual(high);
  expect(low - a).toBeLessThanOrEqual(slack);
  expect(b - high).toBeLessThanOrEqual(slack);
}

const of = (f: (...xs: Tensor[]) => Tensor, ...boxes: Interval[]): Interval =>
  evaluateInterval(makeProgram(f)(...boxes.map((b) => b.low as Tensor)), boxes)[0];

describe('evaluateInterval', () => {
  it('keeps exact results exact', () => {
    expect(ends(of((x) => sub(x, 1), interval(1, 2)))).toEqual([0, 1]);
    expect(ends(of((x) => mul(x, x), interval(-2, 3)))).toEqual([0, 9]);
    expect(ends(of((x, y) => mul(x, y), interval(-2, 3), interval(-1, 4)))).toEqual([-8, 12]);
    expect(ends(of((x) => sqrt(x), interval(4, 9)))).toEqual([2, 3]);
    expect(ends(of((x) => sub(x, x), interval(-1, 7)))).toEqual([0, 0]);
  });

  it('rounds outwards: a tenth three times holds three tenths', () => {
    const [low, high] = ends(of((x) => add(add(x, x), x), interval(0.1)));
    expect(low).toBeLessThan(high);
    expect(low).toBeLessThanOrEqual(0.3);
    expect(high).toBeGreaterThanOrEqual(0.30000000000000004);
  });

  it('finds the extrema inside of sin and cos, the poles of tan, the kink of abs', () => {
    expect(ends(of((x) => sin(x), interval(1, 2)))[1]).toBe(1);
    expect(ends(of((x) => cos(x), interval(3, 7)))).toEqual([-1, 1]);
    expectTight(
      of((x) => sin(x), interval(0, 1)),
      0,
      Math.sin(1),
    );
    expect(ends(of((x) => abs(x), interval(-1, 2)))).toEqual([0, 2]);
  });

  it('says where a function may be undefined instead of giving NaN', () => {
    const logarithm = of((x) => log(x), interval(-1, Math.E));
    expect(logarithm.grade).toBe('partial');
    expect(ends(logarithm)[0]).toBe(Number.NEGATIVE_INFINITY);
    const quotient = of((x) => div(1, x), interval(-1, 1));
    expect(quotient.grade).toBe('partial');
    expect(ends(quotient)).toEqual([Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]);
    expect(of((x) => div(1, x), interval(1, 2)).grade).toBe('continuous');
    expect(of((x) => floor(x), interval(0.5, 1.5)).grade).toBe('defined');
  });

  it('compares in three values and joins what it cannot decide', () => {
    const f = (x: Tensor): Tensor => where(greater(x, 0), exp(x), mul(x, -1));
    expectTight(of(f, interval(1, 2)), Math.E, Math.exp(2));
    expect(of(f, interval(1, 2)).grade).toBe('continuous');
    expect(ends(of(f, interval(-2, -1)))).toEqual([1, 2]);
    expectTight(of(f, interval(-2, 1)), Math.exp(-2) - Math.exp(-2) - 1, Math.E, 1e-12);
    const g = (x: Tensor): Tensor => greater(x, 0);
    expect(ends(of(g, interval(-1, 1)))).toEqual([0, 1]);
    expect(ends(of(g, interval(1, 2)))).toEqual([1, 1]);
  });

  it('goes through branches, scans and loops', () => {
    const branch = (x: Tensor): Tensor =>
      cond(
        greater(x, 0),
        (v: Tensor) => add(v, 10),
        (v: Tensor) => sub(v, 10),
        x,
      );
    expect(ends(of(branch, interval(1, 2)))).toEqual([11, 12]);
    expect(ends(of(branch, interval(-1, 2)))).toEqual([-11, 12]);
    const scanned = (x: Tensor): Tensor =>
      scan((c: Tensor, t: Tensor) => [add(mul(c, x), t), null] as const, tensor(0), tensor([1, 2, 4]))[0];
    expect(ends(of(scanned, interval(2, 3)))).toEqual([12, 19]);
    // doubled until 10 is passed: 3 → 12, 4 → 16, and anything between where the rounds differ
    const doubled = (x: Tensor): Tensor =>
      whileLoop(
        (c: Tensor) => less(c, 10),
        (c: Tensor) => mul(c, 2),
        x,
      );
    expect(ends(of(doubled, interval(3, 4)))).toEqual([12, 16]);
    expect(ends(of(doubled, interval(4, 6)))).toEqual([8, 24]);
  });

  it('refuses a loop that may never end, an operation without a rule, and boxes that do not fit', () => {
    const stuck = (x: Tensor): Tensor =>
      whileLoop(
        (c: Tensor) => less(c, 10),
        (c: Tensor) => mul(c, c),
        x,
      );
    const program = makeProgram(stuck)(tensor(0.5));
    expect(() => evaluateInterval(program, [interval(0.5, 2)], { rounds: 50 })).toThrow(
      /after 50 rounds the condition/,
    );
    expect(() => evaluateInterval(program, [])).toThrow('0 boxes for 1 inputs');
    expect(() => evaluateInterval(program, [interval([1, 2])])).toThrow('box 0 is float64[2]; the input is float64[]');
    expect(() => interval(2, 1)).toThrow('the lower bound 2 is not below the upper bound 1; give the smaller first');
    expect(() => interval(0, Number.NaN)).toThrow('not below');
    expect(() => interval([1, 2], 1)).toThrow('they must agree');
  });
});

describe('enclose', () => {
  it('tightens what the natural extension cannot', () => {
    const { value, evaluations } = enclose((x: Tensor) => sub(mul(x, x), x), [[0, 1]]);
    expectTight(value, -0.25, 0, 1e-6);
    expect(evaluations).toBeLessThanOrEqual(64);
  });

  it('encloses gradient and Hessian: sin x + x² is certified convex', () => {
    const { gradient, hessian } = enclose((x: Tensor) => add(sin(x), mul(x, x)), [[-3, 3]], { order: 2 });
    expectTight(hessian?.[0]?.[0] as Interval, 1, 3);
    expectTight(gradient?.[0] as Interval, -6 + Math.cos(3), 6 + Math.cos(3), 1e-9);
  });

  it('gives the Hessian of several arguments as blocks', () => {
    const f = (x: Tensor, y: Tensor): Tensor => add(mul(mul(x, x), y), sum(y));
    const { gradient, hessian } = enclose(
      f,
      [
        [1, 2],
        [3, 4],
      ],
      { order: 2 },
    );
    expect(gradient?.map((g) => ends(g))).toEqual([
      [6, 16],
      [2, 5],
    ]);
    expect(hessian?.map((row) => row.map(ends))).toEqual([
      [
        [6, 8],
        [2, 4],
      ],
      [
        [2, 4],
        [0, 0],
      ],
    ]);
  });

  it('the second derivative of x⁴ touches zero and does not cross it', () => {
    const { hessian } = enclose((x: Tensor) => pow(x, 4), [[-1, 1]], { order: 2 });
    expect(ends(hessian?.[0]?.[0] as Interval)).toEqual([0, 12]);
  });

  it('uses no mean-value form where the function jumps or its derivative is declared', () => {
    // the slope of floor is 0 everywhere, so f(c) + 0 · (x − c) would be a single value
    expect(ends(enclose((x: Tensor) => floor(x), [[0.2, 2.7]]).value)).toEqual([0, 2]);
    const { value } = enclose((x: Tensor) => stopGradient(mul(x, 3)), [[0, 1]]);
    expect(ends(value)).toEqual([0, 3]);
  });

  it('is tighter with a larger budget and never beyond the truth', () => {
    const f = (x: Tensor): Tensor => mul(sin(mul(x, 5)), exp(mul(x, -1)));
    const width = (budget: number): number => {
      const [a, b] = ends(enclose(f, [[0, 3]], { budget }).value);
      expect(a).toBeLessThanOrEqual(-0.3974);
      expect(b).toBeGreaterThanOrEqual(0.745);
      return b - a;
    };
    expect(width(100)).toBeLessThan(width(4));
    expect(width(400)).toBeLessThan(1.14255);
  });

  it('refuses bad requests by name', () => {
    const f = (x: Tensor): Tensor => mul(x, x);
    expect(() => enclose(f, [[1, 0]])).toThrow('give the smaller first');
    expect(() => enclose(f, [[0, 1]], { budget: 0 })).toThrow('a budget of 0 boxes');
    expect(() => enclose(f, [[0, 1]], { order: 3 as 2 })).toThrow('order 3; 0, 1 or 2');
    expect(() => enclose((x: Tensor) => mul(x, x), [[tensor([0, 0]), tensor([1, 1])]], { order: 1 })).toThrow(
      'one float scalar',
    );
  });
});
