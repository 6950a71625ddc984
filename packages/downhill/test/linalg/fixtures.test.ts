import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { sum } from '../../src/functions/reductions.ts';
import { add, grad, hessian, mul, sin, type Tensor } from '../../src/index.ts';
import {
  cholesky,
  cond,
  det,
  eigh,
  eigvalsh,
  inv,
  lstsq,
  lu,
  matrixRank,
  pinv,
  qr,
  slogdet,
  solve,
  svd,
  svdvals,
} from '../../src/linalg/index.ts';
import { expectClose } from '../support.ts';
import { t } from './support.ts';

interface Fixture {
  inputs: Record<string, unknown>;
  values: Record<string, unknown>;
  gradients: Record<string, { value: number; gradients: unknown[] }>;
  hessians: Record<string, unknown>;
}

const fixture = JSON.parse(readFileSync(new URL('./fixtures/linalg.json', import.meta.url), 'utf8')) as Fixture;
const x = Object.fromEntries(Object.entries(fixture.inputs).map(([k, v]) => [k, t(v)])) as Record<string, Tensor>;

describe('values agree with NumPy and SciPy', () => {
  const cases: Record<string, () => unknown> = {
    cholesky: () => cholesky(x.spd),
    solve: () => solve(x.a, x.b),
    inv: () => inv(x.a),
    det: () => det(x.a),
    logabsdet: () => slogdet(x.a).logabsdet,
    sign: () => slogdet(x.a).sign,
    eigvalsh: () => eigvalsh(x.sym),
    svdvals_tall: () => svdvals(x.tall),
    svdvals_wide: () => svdvals(x.wide),
    q_tall: () => qr(x.tall).q,
    r_tall: () => qr(x.tall).r,
    r_wide: () => qr(x.wide).r,
    lu_p: () => lu(x.tall).p,
    lu_l: () => lu(x.tall).l,
    lu_u: () => lu(x.tall).u,
    pinv_tall: () => pinv(x.tall),
    pinv_deficient: () => pinv(x.deficient),
    lstsq: () => lstsq(x.tall, x.tall_b).x,
    lstsq_residuals: () => lstsq(x.tall, x.tall_b).residuals,
    rank_deficient: () => matrixRank(x.deficient),
    cond: () => cond(x.a),
  };
  it.each(Object.keys(cases))('%s', (name) => {
    expectClose(cases[name](), fixture.values[name], 1e-12);
  });
});

const cube = (v: Tensor): Tensor => mul(v, mul(v, v));
const square = (v: Tensor): Tensor => mul(v, v);

describe('gradients agree with JAX', () => {
  const cases: Record<string, [f: (...xs: Tensor[]) => Tensor, ...at: Tensor[]]> = {
    cholesky: [(a) => sum(mul(cholesky(a), x.c)), x.spd],
    solve: [(a, b) => sum(cube(solve(a, b))), x.a, x.b],
    inv: [(a) => sum(mul(inv(a), x.c)), x.a],
    det: [(a) => det(a), x.a],
    logabsdet: [(a) => slogdet(a).logabsdet, x.a],
    eigvalsh: [(a) => sum(sin(eigvalsh(a))), x.sym],
    eigenvectors: [(a) => sum(mul(square(eigh(a).vectors), x.c)), x.sym],
    svdvals: [(a) => sum(cube(svdvals(a))), x.tall],
    singular_vectors: [
      (a) => {
        const { u, vt } = svd(a);
        return add(sum(mul(square(u), x.c_tall)), sum(mul(square(vt), x.c_square)));
      },
      x.tall,
    ],
    qr: [
      (a) => {
        const { q, r } = qr(a);
        return add(sum(mul(q, x.c_tall)), sum(mul(r, x.c_square)));
      },
      x.tall,
    ],
    lu_tall: [(a) => add(sum(mul(lu(a).l, x.c_tall)), sum(square(lu(a).u))), x.tall],
    lu_wide: [(a) => add(sum(square(lu(a).l)), sum(cube(lu(a).u))), x.wide],
    pinv: [(a) => sum(mul(pinv(a), x.c_wide)), x.wide],
    lstsq: [(a, b) => sum(square(lstsq(a, b).x)), x.tall, x.tall_b],
  };
  it.each(Object.keys(cases))('%s', (name) => {
    const [f, ...at] = cases[name];
    const expected = fixture.gradients[name];
    expectClose(f(...at), expected.value, 1e-11);
    at.forEach((_, i) => {
      expectClose(grad(f as (...xs: Tensor[]) => Tensor, { argnums: i })(...at), expected.gradients[i], 1e-10);
    });
  });

  it('every gradient of the fixture is compared', () => {
    expect(Object.keys(cases).sort()).toEqual(Object.keys(fixture.gradients).sort());
  });
});

describe('second derivatives agree with JAX', () => {
  const part = (name: string, n: number): Tensor =>
    t((fixture.inputs[name] as number[][]).slice(0, n).map((row) => row.slice(0, n)));

  it('det of 4×4', () => {
    expectClose(hessian((a: Tensor) => det(a))(part('a', 4)), fixture.hessians.det, 1e-11);
  });

  it('log |det|', () => {
    expectClose(hessian((a: Tensor) => slogdet(a).logabsdet)(part('spd', 3)), fixture.hessians.logabsdet, 1e-11);
  });
});
