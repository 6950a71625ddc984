import { describe, expect, it } from 'vitest';
import { type CauseKind, type Claim, diagnose } from '../../../src/calculus/doctor/index.ts';
import * as d from '../../../src/index.ts';

type Parameters = Record<string, d.Tensor | number>;
type Model = (p: Parameters) => d.Tensor;

const T = (x: d.TensorLike) => x as d.Tensor;
const X = d.tensor([
  [1, 2],
  [3, -1],
  [0.5, 2],
  [-1, 4],
]);
const y = d.tensor([1, 0, 2, -1]);
const labels = d.tensor([1, 0, 1, 1]);
const A = d.tensor([
  [2, 1, 0],
  [-1, 3, 0.5],
  [0.25, 0, 1],
]);

/** Mean squared error of a linear model. */
const linear: Model = ({ w, b }) => T(d.mean(d.square(d.sub(d.add(d.matmul(X, w), b), y))));
const linearAt = { w: d.tensor([0.3, -0.2]), b: 0.1 };
const residual = d.sub(d.add(d.matmul(X, linearAt.w), 0.1), y);
/** Logistic regression with a ridge. */
const logistic: Model = ({ w }) =>
  T(
    d.add(
      d.mean(d.sub(d.softplus(d.matmul(X, w)), d.mul(labels, d.matmul(X, w)))),
      d.mul(0.1, d.sum(d.square(w as d.Tensor))),
    ),
  );
const logisticAt = { w: d.tensor([0.4, -0.7]) };
/** A network of one hidden layer. */
const network: Model = ({ U, v }) => T(d.sum(d.square(d.sub(d.matmul(d.tanh(d.matmul(X, U)), v), y))));
const networkAt = {
  U: d.tensor([
    [0.2, -0.4],
    [0.1, 0.7],
  ]),
  v: d.tensor([1, -2]),
};
const hidden = d.tanh(d.matmul(X, networkAt.U));
const miss = d.mul(2, d.sub(d.matmul(hidden, networkAt.v), y));
/** xᵀAx with A that is not symmetric, and a product of an array with itself. */
const form: Model = ({ x }) => T(d.sum(d.mul(x, d.matmul(A, x))));
const formAt = { x: d.tensor([1, -2, 0.5]) };
const cube: Model = ({ x }) => T(d.sum(d.mul(d.sin(x as d.Tensor), d.exp(x as d.Tensor))));

const gradient = (f: Model, at: Parameters) => d.grad(f)(at) as Record<string, d.Tensor>;
const g = gradient(linear, linearAt);
const n = gradient(network, networkAt);
const l = gradient(logistic, logisticAt);
const earlier = { w: d.tensor([0.5, 0.5]), b: -1 };

interface Mistake {
  what: string;
  model: Model;
  at: Parameters;
  parameter: string;
  claim: d.TensorLike;
  kind: CauseKind;
  previous?: Parameters;
}

const mistakes: Mistake[] = [
  {
    what: 'the sum for the mean',
    model: linear,
    at: linearAt,
    parameter: 'w',
    claim: d.mul(4, g.w as d.Tensor),
    kind: 'sum-for-mean',
  },
  {
    what: 'the sum for the mean, of a number',
    model: linear,
    at: linearAt,
    parameter: 'b',
    claim: T(d.mul(4, g.b as d.Tensor)),
    kind: 'sum-for-mean',
  },
  {
    what: 'target minus prediction',
    model: linear,
    at: linearAt,
    parameter: 'w',
    claim: d.neg(g.w as d.Tensor),
    kind: 'sign',
  },
  {
    what: 'the 2 of the square',
    model: linear,
    at: linearAt,
    parameter: 'w',
    claim: d.mul(0.5, g.w as d.Tensor),
    kind: 'constant-factor',
  },
  {
    what: 'a factor 3',
    model: linear,
    at: linearAt,
    parameter: 'b',
    claim: d.mul(3, g.b as d.Tensor),
    kind: 'constant-factor',
  },
  {
    what: 'a column',
    model: linear,
    at: linearAt,
    parameter: 'w',
    claim: d.reshape(g.w as d.Tensor, [2, 1]),
    kind: 'transposed',
  },
  {
    what: 'one row an example',
    model: linear,
    at: linearAt,
    parameter: 'w',
    claim: d.mul(d.mul(0.5, d.reshape(residual, [4, 1])), X),
    kind: 'not-summed',
  },
  {
    what: 'one number an example',
    model: linear,
    at: linearAt,
    parameter: 'b',
    claim: d.mul(0.5, residual),
    kind: 'not-summed',
  },
  {
    what: 'the point before',
    model: linear,
    at: linearAt,
    parameter: 'w',
    claim: gradient(linear, earlier).w as d.Tensor,
    kind: 'stale-point',
    previous: earlier,
  },
  {
    what: 'the point before, of a number',
    model: linear,
    at: linearAt,
    parameter: 'b',
    claim: gradient(linear, earlier).b as d.Tensor,
    kind: 'stale-point',
    previous: earlier,
  },
  {
    what: 'the slope of tanh',
    model: network,
    at: networkAt,
    parameter: 'U',
    claim: d.matmul(d.transpose(X), d.outer(miss, networkAt.v)),
    kind: 'chain',
  },
  {
    what: 'the transpose of U',
    model: network,
    at: networkAt,
    parameter: 'U',
    claim: d.transpose(n.U as d.Tensor),
    kind: 'transposed',
  },
  { what: 'the sign in U', model: network, at: networkAt, parameter: 'U', claim: d.neg(n.U as d.Tensor), kind: 'sign' },
  {
    what: 'the 2 in v',
    model: network,
    at: networkAt,
    parameter: 'v',
    claim: d.mul(0.5, n.v as d.Tensor),
    kind: 'constant-factor',
  },
  {
    what: 'the slope of the square',
    model: network,
    at: networkAt,
    parameter: 'v',
    claim: d.matmul(d.transpose(hidden), d.tensor([1, 1, 1, 1])),
    kind: 'chain',
  },
  {
    what: 'the ridge',
    model: logistic,
    at: logisticAt,
    parameter: 'w',
    claim: d.sub(l.w as d.Tensor, d.mul(0.2, logisticAt.w)),
    kind: 'missing-term',
  },
  {
    what: 'the sum for the mean of the data alone',
    model: logistic,
    at: logisticAt,
    parameter: 'w',
    claim: d.neg(l.w as d.Tensor),
    kind: 'sign',
  },
  {
    what: 'half of the quadratic form',
    model: form,
    at: formAt,
    parameter: 'x',
    claim: d.matmul(A, formAt.x),
    kind: 'product-rule',
  },
  {
    what: 'the other half of it',
    model: form,
    at: formAt,
    parameter: 'x',
    claim: d.matmul(d.transpose(A), formAt.x),
    kind: 'product-rule',
  },
  {
    what: 'a factor of the whole form',
    model: form,
    at: formAt,
    parameter: 'x',
    claim: d.mul(2, d.matmul(d.add(A, d.transpose(A)), formAt.x)),
    kind: 'constant-factor',
  },
  {
    what: 'a term of a product of functions',
    model: cube,
    at: formAt,
    parameter: 'x',
    claim: d.mul(d.cos(formAt.x), d.exp(formAt.x)),
    kind: 'product-rule',
  },
  {
    what: 'the sign of one function',
    model: cube,
    at: formAt,
    parameter: 'x',
    claim: d.sub(d.mul(d.sin(formAt.x), d.exp(formAt.x)), d.mul(d.cos(formAt.x), d.exp(formAt.x))),
    kind: 'sign',
  },
];

describe('mistakes in gradients of arrays', () => {
  it.each(mistakes.map((m) => [m.what, m] as const))('%s', (_, { model, at, parameter, claim, kind, previous }) => {
    const claims = { ...gradient(model, at), [parameter]: claim };
    const { components, verdict } = diagnose(model as (...args: never[]) => d.Tensor, [claims as never], [at], {
      names: ['p'],
      previous: previous ? [[previous]] : [],
    });
    expect(verdict).toBe('wrong');
    for (const { variable, right, likelyCause } of components) {
      if (variable !== `p.${parameter}`) expect([variable, right, likelyCause]).toEqual([variable, true, null]);
      else expect([right, likelyCause?.kind], likelyCause?.sentence).toEqual([false, kind]);
    }
  });

  it('right gradients pass, as trees, functions and separate arguments', () => {
    for (const [model, at] of [
      [linear, linearAt],
      [network, networkAt],
      [logistic, logisticAt],
      [form, formAt],
    ] as const) {
      const f = model as (...args: never[]) => d.Tensor;
      expect(diagnose(f, [gradient(model, at) as never], [at]).verdict).toBe('right');
      expect(diagnose(f, [d.grad(model) as unknown as Claim], [at]).verdict).toBe('right');
    }
    const apart = (w: d.Tensor, b: number) => linear({ w, b });
    expect(diagnose(apart, [g.w as d.Tensor, g.b as d.Tensor], [linearAt.w, 0.1]).verdict).toBe('right');
  });

  it('a claim that lacks a part is refused with both structures', () => {
    const f = linear as (...args: never[]) => d.Tensor;
    expect(() => diagnose(f, [{ w: g.w } as never], [linearAt], { names: ['p'] })).toThrow(
      /the claim for p has the structure \{"w": \*\}, and p itself \{"b": \*, "w": \*\}; give a claim for every part/,
    );
  });
});

describe('factors in sentences', () => {
  const cause = (f: (x: number, y: number) => unknown, claim: number) =>
    diagnose(f as (...args: never[]) => number, [claim, 3], [3, 2]).components[0]?.likelyCause;

  it('a variable is named, not its value: in x·y by x the factor y, which is 2 only here', () => {
    expect(cause((x, y) => d.mul(x, y), 1)?.sentence).toBe('the factor y of x * y (2 here) is missing');
    expect(cause((x, y) => d.add(d.mul(d.exp(x), y), d.mul(y, y)), Math.exp(3))?.sentence).toContain('the factor y of');
    expect(cause((x, y) => d.add(d.div(d.exp(x), y), y), Math.exp(3))?.sentence).toContain('the factor 1/y of');
  });

  it('a constant by its value', () => {
    expect(cause((x, y) => d.add(d.mul(2, d.exp(x)), d.mul(3, y)), Math.exp(3))?.sentence).toMatch(
      /the constant factor 2 of .* is missing/,
    );
  });

  it('so, too, a summand that does not move', () => {
    const kept = cause((x, y) => d.add(d.exp(x), d.mul(3, y)), Math.exp(3) + 6);
    expect(kept?.kind).toBe('constant-kept');
    expect(kept?.sentence).toMatch(/the term 3 \* y of .* \(6 here\) was kept/);
  });
});
