import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Claim, causes, diagnose, localSlope } from '../../../src/calculus/doctor/index.ts';
import { formula } from '../../../src/formula/index.ts';
import * as d from '../../../src/index.ts';
import seeds from '../../fixtures/seed-numbers.json' with { type: 'json' };
import { seededMistakes } from './mistakes.ts';

type Point = Readonly<Record<string, number>>;

/** The doctor's finding on one claimed partial derivative, the others being right. */
function examine(f: string, at: Point, variable: string, claim: string, asNumber = false) {
  const read = formula(f, { variables: Object.keys(at) });
  const names = read.variables;
  const claims = Object.fromEntries(
    names.map((name): [string, Claim] => {
      const text = name === variable ? claim : read.derivative(name).text;
      return [name, asNumber ? formula(text).at(at) : formula(text)];
    }),
  );
  const { components } = diagnose(read, claims, at);
  return components[names.indexOf(variable)];
}

/** Functions without kinks, with points inside their domains. */
const smooth: readonly (readonly [string, Point])[] = [
  ...seededMistakes.map(([f, at]) => [f, at] as const),
  ['log(1 + e^(x*y)) - y*x', { x: 0.3, y: -1.2 }],
  ['(1 - x)^2 + 100(y - x^2)^2', { x: -1.2, y: 1 }],
  ['(x - 1)^8', { x: 1.5 }],
  ['erf(x)/(2 + sin(y))', { x: 0.4, y: 2 }],
  ['x^2 + 7 - 7', { x: 3 }],
  ['1e6*x - 1e6*x*cos(x)', { x: 1e-3 }],
];

describe('seeded mistakes', () => {
  test('there are at least 60 of them, of every kind that a formula can have', () => {
    expect(seededMistakes.length).toBeGreaterThanOrEqual(60);
    expect(new Set(seededMistakes.map(([, , , , kind]) => kind)).size).toBeGreaterThanOrEqual(15);
  });

  for (const asNumber of [false, true]) {
    const what = asNumber ? 'a number at one point' : 'a formula';
    test(`the cause of at least 90 % is named when the claim is ${what}, and none passes for right`, () => {
      const missed = seededMistakes.filter(([f, at, variable, claim, kind]) => {
        const found = examine(f, at, variable, claim, asNumber);
        expect(found.right, `${f} by ${variable}: ${claim}`).toBe(false);
        expect(found.remainderOrder, `${f} by ${variable}: ${claim}`).toBeLessThan(1.5);
        return found.likelyCause?.kind !== kind;
      });
      expect(missed.length, missed.map(([f, , , claim]) => `${f}: ${claim}`).join('; ')).toBeLessThanOrEqual(
        0.1 * seededMistakes.length,
      );
    });
  }
});

describe('right gradients are never accused', () => {
  test.each(smooth)('%s as formulas, as numbers and as numbers of six digits', (text, at) => {
    const f = formula(text);
    for (const digits of [undefined, 17, 6]) {
      const claims = Object.fromEntries(
        f.variables.map((name): [string, Claim] => {
          const derivative = f.derivative(name);
          const value = d.grad(f.f as (...args: number[]) => number, { argnums: f.variables.indexOf(name) })(
            ...f.variables.map((v) => at[v]),
          );
          return [name, digits === undefined ? formula(derivative.text) : Number(value.toPrecision(digits))];
        }),
      );
      const { verdict, components } = diagnose(f, claims, at);
      expect(verdict, JSON.stringify(components)).toBe('right');
      for (const c of components) {
        expect(c.likelyCause).toBeNull();
        // where the function itself cancels, its remainders are rounding and have no order
        if (digits === undefined && !text.startsWith('1e6')) expect(c.remainderOrder).toBeGreaterThan(1.5);
      }
    }
  });

  test('at random points, written in other ways than the engine has them', () => {
    const pairs: readonly (readonly [string, string])[] = [
      ['tanh(x)', '1 - tanh(x)^2'],
      ['sigmoid(x)', 'e^(-x)/(1 + e^(-x))^2'],
      ['sin(x)^2', 'sin(2x)'],
      ['(x - 1)^3', '3x^2 - 6x + 3'],
      ['tan(x)', '1 + tan(x)^2'],
      ['x*e^x - e^x', 'e^x*(x - 1) + e^x'],
      ['log(x^2 + 1)', '2/(x + 1/x)'],
      ['cos(x)^2', '-2*sin(x)*cos(x)'],
    ];
    fc.assert(
      fc.property(fc.constantFrom(...pairs), fc.double({ min: -4, max: 4, noNaN: true }), ([f, claim], x) => {
        fc.pre(Math.abs(x) > 1e-3 && Math.abs(Math.cos(x)) > 0.05);
        expect(examine(f, { x }, 'x', claim).right).toBe(true);
        expect(examine(f, { x }, 'x', claim, true).right).toBe(true);
      }),
      { seed: 5, numRuns: 60 },
    );
  });
});

describe('the golden list', () => {
  test.each([
    ['tan(x)', '1/cos(x)^2', true],
    ['tan(x)', '1 + tan(x)^2', true],
    ['x*e^x - 2e^x', 'x*e^x - e^x', true],
    ['x*e^x - 2e^x', 'e^x*(x - 1)', true],
    ['3x^2 - 4x', '6x - 4', true],
    ['3x^2 - 4x', '6x - 4.0000000001', false],
    ['x^2/2', 'sqrt(x^2)', false],
    ['x*log(x) - x', 'log(x)', true],
  ])('the derivative of %s as %s is right: %s', (f, claim, right) => {
    expect(examine(f, { x: 1.3 }, 'x', claim).right).toBe(right);
  });

  test('a claim that is right on one side only is told so, with a point where it is not', () => {
    const cause = examine('x^2/2', { x: 1.3 }, 'x', 'sqrt(x^2)').likelyCause;
    expect(cause?.kind).toBe('elsewhere');
    expect(cause?.sentence).toMatch(/right near the point, but not at x = -/);
  });
});

describe('what a finding says', () => {
  test('the blamed node is named as an expression', () => {
    const { likelyCause } = examine('sin(3x^2)', { x: 0.5 }, 'x', 'cos(3x^2)');
    expect(likelyCause?.node?.expression).toBe('3 * x ^ 2');
    expect(likelyCause?.sentence).toBe(
      'the inner derivative is missing: d(3 * x ^ 2) is 3 here, and was taken as 1 (chain rule)',
    );
  });

  test('an out-of-date gradient is recognized among the points before', () => {
    const f = formula('(w - 3)^2');
    const { components } = diagnose(f, [-6], { w: 0.5 }, { previous: [{ w: 0 }] });
    expect(components[0].likelyCause?.kind).toBe('stale-point');
    expect(components[0].likelyCause?.sentence).toContain('w = 0');
  });

  test('functions the engine cannot follow are judged by differences', () => {
    const f = (x: number, y: number): number => Math.sin(x) * y;
    const { components } = diagnose(f, [Math.cos(1) * 2, -Math.sin(1)], [1, 2]);
    expect(components.map((c) => c.right)).toEqual([true, false]);
    expect(components[1].likelyCause?.kind).toBe('sign');
  });

  test('every kind has its sentence', () => {
    for (const sentence of Object.values(causes)) expect(sentence.length).toBeGreaterThan(10);
  });
});

describe('arrays', () => {
  const X = d.tensor([
    [1, 2],
    [3, -1],
    [0.5, 2],
    [-1, 4],
  ]);
  const y = d.tensor([1, 0, 2, -1]);
  const mse = (w: d.Tensor, b: number): d.Tensor => d.mean(d.square(d.sub(d.add(d.matmul(X, w), b), y))) as d.Tensor;
  const w = d.tensor([0.3, -0.2]);
  const [gw, gb] = d.grad(mse, { argnums: [0, 1] })(w, 0.1) as [d.Tensor, number];
  const causeOf = (claim: Claim, claimB: Claim = gb) => diagnose(mse, [claim, claimB], [w, 0.1]).components[0];

  test('right arrays pass', () => {
    expect(diagnose(mse, [gw, gb], [w, 0.1]).verdict).toBe('right');
    expect(causeOf(gw).remainderOrder).toBeGreaterThan(1.5);
  });

  test.each<[string, () => Claim, string]>([
    ['sum instead of mean', () => d.mul(gw, 4), 'sum-for-mean'],
    ['sign', () => d.neg(gw), 'sign'],
    ['factor', () => d.mul(gw, 3), 'constant-factor'],
    ['shape', () => d.reshape(gw, [2, 1]), 'transposed'],
    [
      'not added up',
      () => d.mul(d.mul(2 / 4, d.reshape(d.sub(d.add(d.matmul(X, w), 0.1), y), [4, 1])), X),
      'not-summed',
    ],
  ])('%s', (_, claim, kind) => {
    const found = causeOf(claim());
    expect(found.right).toBe(false);
    expect(found.likelyCause?.kind).toBe(kind);
    // numbers in the wrong arrangement are the right slope along every direction
    if (kind !== 'transposed') expect(found.remainderOrder).toBeLessThan(1.5);
  });

  test('a transposed matrix, a missing derivative of the activation, another argument', () => {
    const W = d.tensor([
      [0.2, -0.4],
      [0.1, 0.7],
    ]);
    const f = (a: d.Tensor, v: d.Tensor): d.Tensor => d.sum(d.square(d.tanh(d.matmul(a, v)))) as d.Tensor;
    const v = d.tensor([1, -2]);
    const [gW, gv] = d.grad(f, { argnums: [0, 1] })(W, v) as [d.Tensor, d.Tensor];
    const first = (claim: Claim) => diagnose(f, [claim, gv], [W, v]).components[0].likelyCause;
    expect(first(d.transpose(gW))?.kind).toBe('transposed');
    const h = d.tanh(d.matmul(W, v));
    const withoutSlope = d.outer(d.mul(2, h), v);
    expect(first(withoutSlope)?.kind).toBe('chain');
    expect(first(withoutSlope)?.node?.expression).toContain('tanh');
    expect(diagnose(f, [gW, d.matmul(d.transpose(W), v)], [W, v]).components[1].likelyCause?.kind).toBe('unknown');
  });
});

describe('how far a slope holds', () => {
  test('tangent and loss of (w − 3)² from 0 (N0.5)', () => {
    const { inputs, expected } = seeds.entries.find((entry) => entry.id === 'N0.5') as unknown as {
      inputs: { w: number; d: number[]; slope: number; loss: number };
      expected: { predicted: number[]; true: number[] };
    };
    const found = localSlope(formula('(w - 3)^2').f as (w: number) => number, inputs.w, inputs.d);
    expect([found.value, found.slope]).toEqual([inputs.loss, inputs.slope]);
    found.steps.forEach((step, i) => {
      expect(step.predicted).toBeCloseTo(expected.predicted[i], 12);
      expect(step.actual).toBeCloseTo(expected.true[i], 12);
    });
    expect(found.steps.map(({ verdict }) => verdict)).toEqual(['good', 'poor', 'poor', 'useless']);
    expect(found.steps[3].sentence).toContain('far too long');
  });

  test('a line is exact, a step over a hill goes the wrong way, a step of 0 is refused', () => {
    const along = (text: string) => formula(text).f as (x: number) => number;
    expect(localSlope(along('3x + 1'), 2, [5]).steps[0].verdict).toBe('exact');
    expect(localSlope(along('sin(x)'), 0, [5]).steps[0].verdict).toBe('wrong-way');
    expect(() => localSlope(along('x'), 0, [0])).toThrow('the step is the number 0; a finite number other than 0');
  });
});

describe('bad input', () => {
  const f = formula('x*y');
  test('claims and points that do not fit', () => {
    expect(() => diagnose(f, { x: 1, z: 2 }, { x: 1, y: 2 })).toThrow('the claim names z, which is no variable');
    expect(() => diagnose(f, { x: 1 }, { x: 1, y: 2 })).toThrow('the claim gives nothing for y');
    expect(() => diagnose(f, [1], [1, 2])).toThrow('1 claims were given for 2 arguments');
    expect(() => diagnose(formula('log(x)'), [1], [-1])).toThrow('the function is NaN at this point');
    expect(() => diagnose(f, [formula('z'), 1], [1, 2])).toThrow('the claim uses z, which the function does not have');
  });
});
