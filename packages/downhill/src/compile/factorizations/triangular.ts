import type { Shape } from '../../tensor/shape.ts';
import type { I32 } from '../loops.ts';
import type { FunctionHost } from '../wasm/function.ts';
import { type MatrixKernel, overStack } from './matrices.ts';
import { divideRow, fillWith, minusProducts, shared } from './rows.ts';

/** Rows that are eliminated together: the rows below are read and written once for so many. */
const block = 32;

/** (u, n): Uᵀ U = A, row by row over the upper triangle of A; 0 when a pivot is not positive. */
const choleskyFunction = (module: FunctionHost) =>
  shared(module, 'cholesky_rows', ['i32', 'i32'], ['i32'], (f, u, n) => {
    const row = n.mul(8);
    const subtract = minusProducts(module, false);
    const divide = divideRow(module);
    const at = (i: I32, j: I32): I32 => u.add(i.mul(n).add(j).mul(8));
    f.for(0, n, block, (first) => {
      const stop = first.add(block).min(n);
      f.for(first, stop, 1, (i) => {
        const here = at(i, i);
        const above = at(first, i);
        f.callAll(subtract, here, above, row, above, row, i.sub(first), n.sub(i));
        const d = f.load('f64', here);
        f.if(d.gt(0).and(d.ne(Number.POSITIVE_INFINITY)).eqz(), () => f.return(f.constant('i32', 0)));
        const root = d.sqrt();
        f.store(here, root);
        f.callAll(divide, here.add(8), root, n.sub(i).sub(1));
      });
      f.for(stop, n, 1, (i) => {
        const above = at(first, i);
        f.callAll(subtract, at(i, i), above, row, above, row, stop.sub(first), n.sub(i));
      });
    });
    return f.constant('i32', 1);
  });

/** L of A = L Lᵀ from the lower triangle of A, or NaN. */
export const emitCholesky = overStack(({ shapes }): MatrixKernel => {
  const n = (shapes[0] as Shape).at(-1) as number;
  return {
    operands: [{ from: 0, transposed: true }],
    ranks: [2],
    scratch: 0,
    work: n ** 3 / 6,
    emit: (f, [u], [l]) => {
      const factor = choleskyFunction(f.module);
      const [from, to] = [u as I32, l as I32];
      f.if(
        f.call(factor, from, n),
        () =>
          f.for(0, n, 1, (i) => {
            f.for(0, i.add(1), 1, (j) => {
              const x = f.load('f64', from.add(j.mul(n).add(i).mul(8)));
              f.store(to.add(i.mul(n).add(j).mul(8)), x);
            });
          }),
        () => fillWith(f, to, Number.NaN, n * n),
      );
    },
  };
});

interface Substitution {
  readonly lower: boolean;
  readonly transposed: boolean;
  readonly unitDiagonal: boolean;
}

/** (t, x, n, k): x := T⁻¹ x or T⁻ᵀ x by substitution, row after row. */
export const substituteFunction = (module: FunctionHost, { lower, transposed, unitDiagonal }: Substitution) => {
  const forward = lower !== transposed;
  const name = `substitute_${forward ? 'down' : 'up'}${transposed ? '_transposed' : ''}${unitDiagonal ? '_unit' : ''}`;
  return shared(module, name, ['i32', 'i32', 'i32', 'i32'], [], (f, t, x, n, k) => {
    const subtract = minusProducts(module, true);
    const divide = divideRow(module);
    const [row, width] = [n.mul(8), k.mul(8)];
    f.for(0, n, 1, (step) => {
      const i = forward ? step : n.sub(1).sub(step);
      const from = forward ? f.constant('i32', 0) : i.add(1);
      const count = forward ? i : step;
      const first = transposed ? t.add(from.mul(row)).add(i.mul(8)) : t.add(i.mul(row)).add(from.mul(8));
      const here = x.add(i.mul(width));
      const apart = transposed ? row : f.constant('i32', 8);
      f.callAll(subtract, here, x.add(from.mul(width)), width, first, apart, count, k);
      if (!unitDiagonal) f.callAll(divide, here, f.load('f64', t.add(i.mul(row.add(8)))), k);
    });
  });
};

/** X with T X = B or Tᵀ X = B. */
export const emitTriangularSolve = overStack(({ shapes, params }): MatrixKernel => {
  const [n, k] = (shapes[1] as Shape).slice(-2) as [number, number];
  return {
    operands: [
      { from: 0, kept: true },
      { from: 1, into: 0 },
    ],
    ranks: [2],
    scratch: 0,
    work: (n * n * k) / 2,
    emit: (f, [t], [x]) =>
      f.callAll(substituteFunction(f.module, params as unknown as Substitution), t as I32, x as I32, n, k),
  };
});
