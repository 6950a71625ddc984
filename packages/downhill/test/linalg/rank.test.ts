import { describe, expect, it } from 'vitest';
import { matmul } from '../../src/functions/products.ts';
import { svd } from '../../src/linalg/index.ts';
import { mul } from '../../src/primitives/arithmetic.ts';
import { permute } from '../../src/primitives/layout.ts';
import { tensor } from '../../src/tensor/tensor.ts';
import { randomSource } from '../battery/laws.ts';
import { expectClose } from '../support.ts';

const identity = (n: number): number[][] =>
  Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => Number(i === j)));

describe('svd of matrices far from full rank', () => {
  it.each([
    [20, 10, 1],
    [20, 10, 3],
    [12, 12, 2],
    [6, 5, 0],
    [30, 8, 5],
  ])('%d×%d of rank %d, some columns zero: orthonormal factors that give the matrix back', (m, n, rank) => {
    for (let seed = 0; seed < 20; seed++) {
      const random = randomSource(seed);
      const left = Array.from({ length: m }, () => Array.from({ length: rank }, () => random() - 0.5));
      const right = Array.from({ length: rank }, () =>
        Array.from({ length: n }, (_, j) => (j % 3 === 1 ? 0 : random() - 0.5)),
      );
      const rows = left.map((l) =>
        Array.from({ length: n }, (_, j) => l.reduce((s, v, k) => s + v * ((right[k] as number[])[j] as number), 0)),
      );
      const a = tensor(rows);
      const { u, s, vt } = svd(a);
      expect(Array.from(s.data).every((x) => x >= 0)).toBe(true);
      expect(Array.from(s.data).filter((x) => x > 1e-12).length).toBe(rank);
      expectClose(matmul(permute(u, [1, 0]), u), identity(n), 1e-12);
      expectClose(matmul(vt, permute(vt, [1, 0])), identity(n), 1e-12);
      expectClose(matmul(mul(u, s), vt), rows, 1e-12);
    }
  });
});
