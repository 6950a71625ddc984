import { describe, it } from 'vitest';
import { checkGrads } from '../../src/calculus/check-grads.ts';
import { eye } from '../../src/functions/creation.ts';
import { matmul } from '../../src/functions/products.ts';
import { add, mul, type Tensor } from '../../src/index.ts';
import {
  cholesky,
  choleskySolve,
  det,
  eigh,
  inv,
  lstsq,
  lu,
  pinv,
  qr,
  slogdet,
  solve,
  svd,
  triangularSolve,
} from '../../src/linalg/index.ts';
import { matrixTranspose } from '../../src/linalg/matrix.ts';
import { randomMatrix } from './support.ts';

const square = add(randomMatrix([4, 4], 3), mul(2, eye(4)));
const stack = add(randomMatrix([2, 3, 3], 4), mul(2, eye(3)));
const tall = randomMatrix([5, 3], 5);
const wide = randomMatrix([3, 5], 6);
const symmetric = matmul(square, matrixTranspose(square));
const right = randomMatrix([4, 2], 7);

describe('both modes to second order, against extrapolated differences', () => {
  const cases: Record<string, [f: (...xs: Tensor[]) => unknown, ...at: Tensor[]]> = {
    solve: [(a, b) => solve(a, b), square, right],
    'solve in a stack': [(a, b) => solve(a, b), stack, randomMatrix([3, 2], 8)],
    'solve positive definite': [(a, b) => solve(a, b, { assume: 'positive definite' }), symmetric, right],
    triangularSolve: [(a, b) => triangularSolve(a, b, { lower: true }), square, right],
    'triangularSolve, transposed, unit diagonal': [
      (a, b) => triangularSolve(a, b, { transposed: true, unitDiagonal: true }),
      square,
      right,
    ],
    inv: [(a) => inv(a), square],
    'det of 4×4': [(a) => det(a), square],
    'det of 3×3': [(a) => det(a), stack],
    slogdet: [(a) => slogdet(a).logabsdet, square],
    cholesky: [(a) => cholesky(a), symmetric],
    choleskySolve: [(a, b) => choleskySolve(cholesky(a), b), symmetric, right],
    lu: [(a) => [lu(a).l, lu(a).u], square],
    'lu, tall': [(a) => [lu(a).l, lu(a).u], tall],
    'lu, wide': [(a) => [lu(a).l, lu(a).u], wide],
    qr: [(a) => [qr(a).q, qr(a).r], tall],
    'qr, wide': [(a) => [qr(a).q, qr(a).r], wide],
    eigh: [(a) => [eigh(a).values, eigh(a).vectors], symmetric],
    svd: [(a) => [svd(a).u, svd(a).s, svd(a).vt], tall],
    'svd, wide': [(a) => [svd(a).u, svd(a).s, svd(a).vt], wide],
    pinv: [(a) => pinv(a), tall],
    'pinv, wide': [(a) => pinv(a), wide],
    lstsq: [(a, b) => lstsq(a, b).x, tall, randomMatrix([5], 9)],
  };
  it.each(Object.keys(cases))('%s', (name) => {
    const [f, ...at] = cases[name] as [f: (...xs: Tensor[]) => unknown, ...at: Tensor[]];
    checkGrads(f as (...args: unknown[]) => unknown, at as never, { name });
  });
});
