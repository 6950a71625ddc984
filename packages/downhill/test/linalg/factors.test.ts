import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eye, tril, triu } from '../../src/functions/creation.ts';
import { matmul } from '../../src/functions/products.ts';
import { sum } from '../../src/functions/reductions.ts';
import { DifferentiationError, grad, jit, jvp, mul, sub, type Tensor, tensor, vmap, zeros } from '../../src/index.ts';
import {
  cholesky,
  choleskySolve,
  cond,
  det,
  eigh,
  inv,
  lstsq,
  lu,
  matrixRank,
  pinv,
  qr,
  slogdet,
  solve,
  svd,
  triangularSolve,
} from '../../src/linalg/index.ts';
import { matrixTranspose } from '../../src/linalg/matrix.ts';
import { elements, expectClose } from '../support.ts';
import { randomMatrix } from './support.ts';

const largest = (x: Tensor): number => Math.max(0, ...elements(x).map(Math.abs));

function expectEqual(a: Tensor, b: Tensor, tolerance: number): void {
  expect(a.shape).toEqual(b.shape);
  expect(largest(sub(a, b))).toBeLessThanOrEqual(tolerance * Math.max(1, largest(b)));
}

const scaled = (v: Tensor, s: Tensor): Tensor => mul(v, s);

const shapes = fc.record({
  stack: fc.constantFrom([], [3], [2, 1]),
  m: fc.integer({ min: 1, max: 9 }),
  n: fc.integer({ min: 1, max: 9 }),
  seed: fc.integer(),
});

describe('factors give the matrix back', () => {
  it('lu, qr and svd of any shape', () => {
    fc.assert(
      fc.property(shapes, ({ stack, m, n, seed }) => {
        const a = randomMatrix([...stack, m, n], seed);
        const k = Math.min(m, n);
        const { p, l, u } = lu(a);
        expectEqual(matmul(p, matmul(l, u)), a, 1e-13);
        expectEqual(triu(l, 1), zeros([...stack, m, k]), 0);
        expectEqual(tril(u, -1), zeros([...stack, k, n]), 0);
        expect(largest(l)).toBeLessThanOrEqual(1);
        for (const mode of ['reduced', 'complete'] as const) {
          const { q, r } = qr(a, { mode });
          expectEqual(matmul(q, r), a, 1e-13);
          expectEqual(tril(r, -1), zeros(r.shape), 0);
          expectEqual(matmul(matrixTranspose(q), q), identities(stack, q.shape.at(-1)!), 1e-13);
        }
        const { u: left, s, vt } = svd(a);
        expectEqual(matmul(scaled(left, tensorRow(s)), vt), a, 1e-13);
        expectEqual(matmul(matrixTranspose(left), left), identities(stack, k), 1e-13);
        expectEqual(matmul(vt, matrixTranspose(vt)), identities(stack, k), 1e-13);
      }),
      { numRuns: 60 },
    );
  });

  it('eigh and cholesky of symmetric ones', () => {
    fc.assert(
      fc.property(shapes, ({ stack, n, seed }) => {
        const x = randomMatrix([...stack, n, n], seed);
        const symmetric = mul(0.5, sub(x, mul(-1, matrixTranspose(x))));
        const { values, vectors } = eigh(symmetric);
        expectEqual(matmul(scaled(vectors, tensorRow(values)), matrixTranspose(vectors)), symmetric, 1e-13);
        expectEqual(matmul(matrixTranspose(vectors), vectors), identities(stack, n), 1e-13);
        const positive = sub(matmul(x, matrixTranspose(x)), mul(-0.1, identities(stack, n)));
        const l = cholesky(positive);
        expectEqual(matmul(l, matrixTranspose(l)), positive, 1e-13);
        expectEqual(triu(l, 1), zeros(l.shape), 0);
        const b = randomMatrix([...stack, n, 2], seed + 1);
        expectEqual(matmul(positive, choleskySolve(l, b)), b, 1e-11);
        expectEqual(solve(positive, b, { assume: 'positive definite' }), solve(positive, b), 1e-10);
      }),
      { numRuns: 60 },
    );
  });

  it('matrices of size 80 too', () => {
    const a = randomMatrix([80, 80], 5);
    const { values, vectors } = eigh(matmul(a, matrixTranspose(a)));
    expectEqual(matmul(matrixTranspose(vectors), vectors), eye(80), 1e-13);
    const { s } = svd(a);
    elements(values)
      .reverse()
      .forEach((w, i) => expect(Math.sqrt(w)).toBeCloseTo(s.data[i] as number, 8));
    expectEqual(matmul(a, inv(a)), eye(80), 1e-10);
  });

  it('at the ends of the range of floating point', () => {
    for (const size of [1e-160, 1e160]) {
      const a = mul(size, randomMatrix([5, 3], 8));
      const { u, s, vt } = svd(a);
      expectEqual(matmul(u, mul(tensorColumn(s), vt)), a, 1e-13);
      expect(largest(sub(matmul(u, mul(tensorColumn(s), vt)), a)) / size).toBeLessThan(1e-13);
      const { q, r } = qr(a);
      expect(largest(sub(matmul(q, r), a)) / size).toBeLessThan(1e-13);
    }
  });

  it('float32 stays float32', () => {
    const a = tensor(randomMatrix([4, 4], 3).data, { shape: [4, 4], dtype: 'float32' });
    for (const x of [lu(a).l, qr(a).q, svd(a).u, inv(a), det(a), pinv(a)]) {
      expect(x.dtype).toBe('float32');
    }
  });
});

const identities = (stack: readonly number[], n: number): Tensor =>
  mul(eye(n), tensor(new Float64Array(stack.reduce((a, b) => a * b, 1) * n * n).fill(1), { shape: [...stack, n, n] }));

/** s along rows: for columns scaled by s. */
const tensorRow = (s: Tensor): Tensor =>
  tensor(s.data, { shape: [...s.shape.slice(0, -1), 1, s.shape.at(-1) as number] });

const tensorColumn = (s: Tensor): Tensor => tensor(s.data, { shape: [...s.shape, 1] });

describe('answers', () => {
  it('solve, transposed derivatives and all, under vmap equals a loop', () => {
    const a = randomMatrix([3, 4, 4], 11);
    const b = randomMatrix([3, 4], 12);
    const loss = (m: Tensor, v: Tensor): Tensor => sum(mul(solve(m, v), solve(m, v)));
    const each = vmap(grad(loss, { argnums: [0, 1] }))(a, b) as unknown as [Tensor, Tensor];
    for (let i = 0; i < 3; i++) {
      const [m, v] = [
        tensor(a.data.slice(i * 16, i * 16 + 16), { shape: [4, 4] }),
        tensor(b.data.slice(i * 4, i * 4 + 4)),
      ];
      const [gm, gv] = grad(loss, { argnums: [0, 1] })(m, v) as unknown as [Tensor, Tensor];
      expectClose(each[0].data.slice(i * 16, i * 16 + 16), gm.data, 1e-12);
      expectClose(Array.from(each[1].data.slice(i * 4, i * 4 + 4)), Array.from(gv.data), 1e-12);
    }
  });

  it('vmap over factorizations equals a stack', () => {
    const a = randomMatrix([3, 5, 4], 21);
    expectEqual(vmap((m: Tensor) => qr(m).q)(a) as Tensor, qr(a).q, 0);
    expectEqual(vmap((m: Tensor) => svd(m).s)(a) as Tensor, svd(a).s, 0);
    expectEqual(vmap((m: Tensor) => lu(m).u, { inAxes: 1 })(a) as Tensor, lu(swapFirst(a)).u, 0);
  });

  it('jit gives the same', () => {
    const a = randomMatrix([4, 4], 31);
    expectEqual(jit((m: Tensor) => inv(m))(a) as Tensor, inv(a), 0);
  });

  it('triangular systems in all four forms', () => {
    const a = sub(randomMatrix([5, 5], 41), mul(-3, eye(5)));
    const b = randomMatrix([5, 2], 42);
    for (const lower of [true, false]) {
      const triangle = lower ? tril(a) : triu(a);
      expectEqual(matmul(triangle, triangularSolve(a, b, { lower })), b, 1e-13);
      expectEqual(matmul(matrixTranspose(triangle), triangularSolve(a, b, { lower, transposed: true })), b, 1e-13);
    }
  });

  it('the shortest least-squares answer, for wide and deficient matrices', () => {
    const wide = randomMatrix([3, 6], 51);
    const { x, rank, residuals } = lstsq(wide, [1, 2, 3]);
    expectClose(matmul(wide, x), [1, 2, 3], 1e-12);
    expect(rank.item()).toBe(3);
    expect(residuals.shape).toEqual([]);
    const null1 = sub(eye(6), matmul(pinv(wide), wide));
    expect(largest(matmul(null1, x))).toBeLessThan(1e-12);
    expect(matrixRank(zeros([3, 3])).item()).toBe(0);
    expect(
      matrixRank([
        [1, 2],
        [2, 4],
      ]).item(),
    ).toBe(1);
  });

  it('determinants', () => {
    expect(det([[2]]).item()).toBe(2);
    expect(
      det([
        [1, 2],
        [3, 4],
      ]).item(),
    ).toBe(-2);
    expect(
      slogdet([
        [1, 2],
        [2, 4],
      ]).logabsdet.item(),
    ).toBe(Number.NEGATIVE_INFINITY);
    const product = matmul(randomMatrix([6, 6], 61), randomMatrix([6, 6], 62));
    expectClose(det(product), det(randomMatrix([6, 6], 61)).item() * det(randomMatrix([6, 6], 62)).item(), 1e-12);
  });

  it('condition numbers', () => {
    expectClose(
      cond([
        [3, 0],
        [0, 0.5],
      ]),
      6,
    );
    expect(
      cond([
        [1, 1],
        [1, 1],
      ]).item(),
    ).toBeGreaterThan(1e15);
  });
});

const swapFirst = (a: Tensor): Tensor => {
  const [b, m, n] = a.shape as [number, number, number];
  const out = new Float64Array(a.size);
  for (let i = 0; i < b; i++)
    for (let j = 0; j < m; j++)
      for (let k = 0; k < n; k++) out[(j * b + i) * n + k] = a.data[(i * m + j) * n + k] as number;
  return tensor(out, { shape: [m, b, n] });
};

describe('derivatives at the edges', () => {
  it('tangents match differences for every factor', () => {
    const a = randomMatrix([5, 3], 71);
    const square = sub(randomMatrix([4, 4], 72), mul(-2, eye(4)));
    const symmetric = matmul(square, matrixTranspose(square));
    const cases: [name: string, f: (x: Tensor) => Tensor, at: Tensor][] = [
      ['cholesky', (x) => cholesky(x), symmetric],
      ['eigenvectors', (x) => eigh(x).vectors, symmetric],
      ['q', (x) => qr(x).q, a],
      ['r wide', (x) => qr(x).r, matrixTranspose(a)],
      ['u', (x) => svd(x).u, a],
      ['vt wide', (x) => svd(x).vt, matrixTranspose(a)],
      ['lu l', (x) => lu(x).l, square],
      ['pinv', (x) => pinv(x), a],
      ['det', (x) => det(x), square],
      ['inv', (x) => inv(x), square],
      ['log det', (x) => slogdet(x).logabsdet, square],
    ];
    for (const [name, f, at] of cases) {
      const direction = randomMatrix(at.shape, 73);
      const [, tangent] = jvp(f, [at], [direction]);
      const h = 1e-4;
      const step = (k: number): Tensor => f(sub(at, mul(-k * h, direction)));
      // fourth-order central difference
      const estimate = mul(1 / (12 * h), sub(mul(8, sub(step(1), step(-1))), sub(step(2), step(-2))));
      expect(largest(sub(tangent, estimate)), name).toBeLessThan(1e-8 * Math.max(1, largest(tangent)));
    }
  });

  it('the gradient of a singular determinant is its cofactors', () => {
    const ones = tensor(new Float64Array(16).fill(1), { shape: [4, 4] });
    expect(largest(grad((x: Tensor) => det(x))(ones) as Tensor)).toBeLessThan(1e-15);
    const rank3 = tensor([
      [1, 0, 0, 0],
      [0, 2, 0, 0],
      [0, 0, 3, 0],
      [0, 0, 0, 0],
    ]);
    const expected = zeros([4, 4]).toArray() as number[][];
    (expected[3] as number[])[3] = 6;
    expectClose(grad((x: Tensor) => det(x))(rank3), expected, 1e-14);
  });

  it('equal eigenvalues: values are differentiable in sum, vectors are not', () => {
    expectClose(grad((x: Tensor) => sum(eigh(x).values))(eye(3)), eye(3), 1e-14);
    const g = grad((x: Tensor) =>
      sum(
        mul(eigh(x).vectors, [
          [1, 2],
          [3, 4],
        ]),
      ),
    )(eye(2)) as Tensor;
    expect(elements(g).some((v) => !Number.isFinite(v))).toBe(true);
  });

  it('a complete basis has no derivative and says why', () => {
    expect(() => grad((x: Tensor) => sum(qr(x, { mode: 'complete' }).q))(randomMatrix([4, 2], 1))).toThrow(
      DifferentiationError,
    );
  });
});

describe('refusals', () => {
  it.each([
    [
      'solve',
      () =>
        solve(
          [
            [1, 2],
            [2, 4],
          ],
          [1, 2],
        ),
      /singular: elimination finds no pivot in column 1/,
    ],
    [
      'inv in a stack',
      () =>
        inv([
          [
            [1, 0],
            [0, 1],
          ],
          [
            [0, 0],
            [0, 0],
          ],
        ]),
      /singular \(matrix \[1\] of the stack\)/,
    ],
    [
      'cholesky',
      () =>
        cholesky([
          [1, 2],
          [2, 1],
        ]),
      /not positive definite.*eigh/,
    ],
    [
      'triangular',
      () =>
        triangularSolve(
          [
            [1, 0],
            [0, 0],
          ],
          [1, 1],
        ),
      /diagonal is 0 at row 1/,
    ],
    ['NaN', () => svd([[1, Number.NaN]]), /svd: the matrix holds NaN/],
    ['infinity', () => eigh([[Number.POSITIVE_INFINITY]]), /eigh: the matrix holds Infinity/],
    ['not square', () => det([[1, 2]]), /det: shape \[1, 2\]; square matrices are needed/],
    ['a vector', () => qr([1, 2]), /a matrix, or a stack of matrices, is needed/],
    ['right side', () => solve([[1]], [1, 2]), /has 1 rows but the right side \[2\] has 2/],
    ['mode', () => qr([[1]], { mode: 'full' as 'reduced' }), /'reduced' or 'complete'/],
    ['rcond', () => pinv([[1]], { rcond: 2 }), /rcond 2; a fraction/],
  ])('%s', (_name, f, message) => {
    expect(f).toThrow(message);
  });
});
