import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Explanation, explain } from '../../src/calculus/index.ts';
import * as d from '../../src/index.ts';

const byExpression = (e: Explanation, text: string) => {
  const node = e.nodes.find((n) => n.expression === text);
  if (!node) return expect.fail(`no node ${text} among ${e.nodes.map((n) => n.expression).join(' | ')}`);
  return node;
};

/** The sum, over all paths from a node to the result, of the products of the partials along them. */
function sumOverPaths(e: Explanation, from: number): number {
  if (from === e.result) return 1;
  let total = 0;
  for (const node of e.nodes) {
    for (const { id, partial } of node.parents) {
      if (id === from) total += (partial as number) * sumOverPaths(e, node.id);
    }
  }
  return total;
}

describe('the chain rule of (2x + 1)² at 3', () => {
  const e = explain((x: number) => d.pow(d.add(d.mul(2, x), 1), 2))(3);

  test('every value, partial, product and adjoint is there, in evaluation order', () => {
    expect(e.nodes.map((n) => [n.expression, n.primitive, n.value, n.adjoint])).toEqual([
      ['x', 'input', 3, 28],
      ['2 * x', 'mul', 6, 14],
      ['2 * x + 1', 'add', 7, 14],
      ['(2 * x + 1) ^ 2', 'pow', 49, 1],
    ]);
    expect(e.nodes.map((n) => n.parents)).toEqual([
      [],
      [{ id: 0, partial: 2, product: 28 }],
      [{ id: 1, partial: 1, product: 14 }],
      [{ id: 2, partial: 14, product: 14 }],
    ]);
    expect([e.value, e.result]).toEqual([49, 3]);
  });

  test('each operation remembers the line that wrote it', () => {
    expect(e.nodes[3].site).toMatch(/explain\.test\.ts:\d+:\d+$/);
    expect(e.nodes[0].site).toBeUndefined();
  });
});

test('sin(exp(x²)) at ½ has the three factors of the composition', () => {
  const e = explain((x: number) => d.sin(d.exp(d.mul(x, x))))(0.5);
  const partials = e.nodes.slice(1).map((n) => n.parents.map((p) => p.partial));
  expect(partials[0]).toEqual([0.5, 0.5]);
  expect(partials[1][0]).toBeCloseTo(Math.exp(0.25), 15);
  expect(partials[2][0]).toBeCloseTo(Math.cos(Math.exp(0.25)), 15);
});

test('an operand used twice has an edge for each use', () => {
  const e = explain((x: number) => d.mul(x, x))(3);
  expect(e.nodes[1].parents).toEqual([
    { id: 0, partial: 3, product: 3 },
    { id: 0, partial: 3, product: 3 },
  ]);
  expect(e.nodes[0].adjoint).toBe(6);
});

describe('for any composition', () => {
  type Build = (xs: number[]) => number;
  const unary = [d.sin, d.exp, d.tanh, d.sigmoid, d.softplus, d.relu, (v: number) => d.mul(v, v)] as const;
  const binary = [d.add, d.sub, d.mul, d.maximum, (a: number, b: number) => d.div(a, d.add(1.5, d.mul(b, b)))] as const;
  /** A random program: each step applies an operation to earlier values. */
  const program = fc.array(fc.tuple(fc.nat(), fc.nat(), fc.nat()), { minLength: 1, maxLength: 7 }).map(
    (steps): Build =>
      (xs) => {
        const values = [...xs];
        for (const [op, i, j] of steps) {
          const [a, b] = [values[i % values.length], values[j % values.length]];
          const k = op % (unary.length + binary.length);
          values.push(k < unary.length ? unary[k](a) : binary[k - unary.length](a, b));
        }
        return d.add(values.at(-1) as number, d.mul(0.1, values[0]));
      },
  );
  const points = fc.array(fc.double({ min: -1.5, max: 1.5, noNaN: true }), { minLength: 2, maxLength: 3 });

  test('the sum over paths is the gradient, and so is the adjoint of each input', () => {
    fc.assert(
      fc.property(program, points, (f, xs) => {
        const e = explain((p: number[]) => f(p))(xs);
        const gradient = d.grad((p: number[]) => f(p))(xs);
        gradient.forEach((g, i) => {
          const scale = Math.max(1, Math.abs(g));
          expect(Math.abs((e.nodes[i].adjoint as number) - g)).toBeLessThanOrEqual(1e-12 * scale);
          expect(Math.abs(sumOverPaths(e, i) - g)).toBeLessThanOrEqual(1e-9 * scale);
        });
      }),
      { numRuns: 100 },
    );
  });

  test('products are partial times adjoint, and adjoints are the sums of what flows in', () => {
    fc.assert(
      fc.property(program, points, (f, xs) => {
        const { nodes, result } = explain((p: number[]) => f(p))(xs);
        const inflow = nodes.map((n) => (n.id === result ? 1 : 0));
        for (const node of [...nodes].reverse()) {
          for (const { id, partial, product } of node.parents) {
            expect((product as number) - (partial as number) * (node.adjoint as number)).toBe(0);
            inflow[id] += product as number;
          }
        }
        nodes.forEach((n) => {
          expect(n.adjoint as number).toBeCloseTo(inflow[n.id], 9);
        });
      }),
      { numRuns: 50 },
    );
  });
});

describe('tensors are shown by shape and norm', () => {
  const e = explain((p: { w: d.Tensor; b: number }) => d.sum(d.tanh(d.add(d.mul(p.w, p.w), p.b))))({
    w: d.tensor([1, 2]),
    b: 0.5,
  });

  test('values, Jacobians and adjoints', () => {
    const product = byExpression(e, 'w * w');
    expect(product.value).toEqual({ shape: [2], dtype: 'float64', norm: Math.sqrt(17) });
    expect(product.parents[0].partial).toEqual({ shape: [2, 2], dtype: 'float64', norm: Math.sqrt(5) });
    expect(byExpression(e, 'sum(tanh(w * w + b))').parents[0].partial).toMatchObject({ shape: [2] });
  });

  test('the adjoint of an input is its gradient', () => {
    const gradient = d.grad((w: d.Tensor) => d.sum(d.tanh(d.add(d.mul(w, w), 0.5))))(d.tensor([1, 2]));
    const norm = d.norm(gradient).item();
    expect((byExpression(e, 'w').adjoint as { norm: number }).norm).toBeCloseTo(norm, 14);
  });

  test('large Jacobians are not computed', () => {
    const big = explain((v: d.Tensor) => d.sum(d.sin(v)))(d.ones([100]));
    expect(big.nodes[1].parents[0].partial).toEqual({ shape: [100, 100], dtype: 'float64', norm: null });
    expect(big.nodes[0].adjoint).toMatchObject({ norm: expect.closeTo(10 * Math.cos(1), 12) });
  });
});

test('a branch not taken gets nothing, even where its slope is infinite', () => {
  const f = (x: number): number => d.where(d.greater(x, 0), d.log(x), d.mul(2, x));
  const e = explain(f)(0);
  expect(e.nodes[0].adjoint).toBe(2);
  expect(d.grad(f)(0)).toBe(2);
  expect(byExpression(e, 'log(x)').adjoint).toBe(0);
});

test('branches on values are followed, and long texts refer to nodes', () => {
  const f = (x: number): number => {
    let y = x;
    for (let i = 0; i < 12; i++) y = d.sin(d.add(y, x));
    return y;
  };
  const texts = explain(f)(0.3).nodes.map((n) => n.expression);
  expect(Math.max(...texts.map((t) => t.length))).toBeLessThan(80);
  expect(texts.at(-1)).toMatch(/#\d+ \+ x/);
  const chosen = explain((x: d.Tensor) => (d.greater(x, 1).item() ? d.mul(x, 2) : d.neg(x)))(d.tensor(3));
  expect(chosen.nodes.at(-1)?.expression).toBe('x * 2');
});

test('names are those given, record keys, or letters', () => {
  const first = (e: Explanation): string[] => e.nodes.filter((n) => n.primitive === 'input').map((n) => n.expression);
  expect(first(explain((a: number, b: number) => d.mul(a, b))(1, 2))).toEqual(['x', 'y']);
  expect(first(explain((p: number[]) => d.mul(p[0], p[1]))([1, 2]))).toEqual(['x[0]', 'x[1]']);
  expect(first(explain((a: number) => d.neg(a), { names: ['w'] })(1))).toEqual(['w']);
});

test('a result that is not a float scalar is refused with its type', () => {
  expect(() => explain((v: d.Tensor) => v)(d.ones([2]))).toThrow('it returned float64[2]');
  expect(() => explain((v: number) => d.greater(v, 1) as never)(2)).toThrow('bool');
  expect(() => explain((v: number) => [v, v] as never)(2)).toThrow('it returned 2 values');
});

test('a constant result has no node, and its inputs no adjoint', () => {
  const e = explain((_x: number) => 7)(1);
  expect(e).toMatchObject({ value: 7, result: null, nodes: [{ adjoint: 0 }] });
});
