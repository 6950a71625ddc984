import type { Shape } from '../../tensor/shape.ts';
import type { I32 } from '../loops.ts';
import type { FunctionBuilder, FunctionHost } from '../wasm/function.ts';
import { emitMath } from '../wasm/math/index.ts';
import type { Value } from '../wasm/value.ts';
import { type MatrixKernel, overStack } from './matrices.ts';
import { inPieces, minusProducts, shared, spreadTo } from './rows.ts';
import { substituteFunction } from './triangular.ts';

/** Columns that are eliminated together: the columns behind them are read and written once for so many. */
const panel = 16;

/** (a, b, length): two rows change places. */
const swapRows = (module: FunctionHost) =>
  shared(module, 'swap_rows', ['i32', 'i32', 'i32'], [], (f, a, b, length) =>
    inPieces(f, length, (at, kind, parts) => {
      for (const p of parts) {
        const [x, y] = [f.load(kind, a.add(at), p), f.load(kind, b.add(at), p)];
        f.store(a.add(at), y, p);
        f.store(b.add(at), x, p);
      }
    }),
  );

/** (x, row, y, count, length): the column at y over its element above, x, and its multiples of the row of x taken away. */
const eliminate = (module: FunctionHost) =>
  shared(module, 'eliminate', ['i32', 'i32', 'i32', 'i32'], [], (f, x, row, count, length) => {
    const d = f.load('f64', x);
    const here = f.variable('i32', x);
    f.for(0, count, 1, () => {
      here.set(here.get().add(row));
      const y = here.get();
      const factor = f.load('f64', y).div(d);
      f.store(y, factor);
      f.if(factor.ne(0), () =>
        inPieces(f, length, (at, kind, parts) => {
          const [source, target] = [x.add(at), y.add(at)];
          for (const p of parts) {
            const product = spreadTo(factor, kind).mul(f.load(kind, source, p + 8));
            f.store(target, f.load(kind, target, p + 8).sub(product), p + 8);
          }
        }),
      );
    });
  });

/** (a, order, m, n): L and U in place of A, the order of the rows; gives the sign of the permutation. */
export const luFunction = (module: FunctionHost) =>
  shared(module, 'lu_rows', ['i32', 'i32', 'i32', 'i32'], ['f64'], (f, a, order, m, n) => {
    const row = n.mul(8);
    const subtract = minusProducts(module, true);
    const [swap, clear] = [swapRows(module), eliminate(module)];
    const at = (i: I32, j: I32): I32 => a.add(i.mul(n).add(j).mul(8));
    const sign = f.variable('f64', 1);
    const ends = m.min(n);
    f.for(0, m, 1, (i) => f.store(order.add(i.mul(4)), i));
    const k = f.variable('i32', 0);
    f.while(
      () => k.get().lt(ends),
      () => {
        const first = k.get();
        const stop = first.add(panel).min(ends);
        // a pivot of zero ends the panel: its column takes nothing away from the columns behind
        const zero = f.variable('i32', 0);
        f.while(
          () => k.get().lt(stop).and(zero.get().eqz()),
          () => {
            const now = k.get();
            const pivot = f.variable('i32', now);
            const largest = f.variable('f64', f.load('f64', at(now, now)).abs());
            f.for(now.add(1), m, 1, (i) => {
              const x = f.load('f64', at(i, now)).abs();
              f.if(x.gt(largest.get()), () => {
                pivot.set(i);
                largest.set(x);
              });
            });
            const found = pivot.get();
            f.if(found.ne(now), () => {
              sign.set(sign.get().neg());
              const [here, there] = [order.add(now.mul(4)), order.add(found.mul(4))];
              const [x, y] = [f.load('i32', here), f.load('i32', there)];
              f.store(here, y);
              f.store(there, x);
              f.callAll(swap, at(now, f.constant('i32', 0)), at(found, f.constant('i32', 0)), n);
            });
            const here = at(now, now);
            f.if(
              f.load('f64', here).eq(0),
              () => zero.set(1),
              () => {
                f.callAll(clear, here, row, m.sub(now).sub(1), stop.sub(now).sub(1));
                k.set(now.add(1));
              },
            );
          },
        );
        const done = k.get().sub(first);
        f.if(n.gt(stop), () =>
          f.for(first.add(1), m, 1, (i) => {
            const count = i.sub(first).min(done);
            f.callAll(subtract, at(i, stop), at(first, stop), row, at(i, first), 8, count, n.sub(stop));
          }),
        );
        k.set(k.get().add(zero.get()));
      },
    );
    return sign.get();
  });

/** Gaussian elimination with row exchanges: the factors packed, the order of the rows, the sign of the permutation. */
export const emitLu = overStack(({ shapes }): MatrixKernel => {
  const [m, n] = (shapes[0] as Shape).slice(-2) as [number, number];
  return {
    operands: [{ from: 0, into: 0 }],
    ranks: [2, 1, 0],
    scratch: 0,
    work: (m * n * Math.min(m, n)) / 2,
    emit: (f, _a, [packed, order, sign]) =>
      f.store(sign as I32, f.call(luFunction(f.module), packed as I32, order as I32, m, n)),
  };
});

/** X with A X = B or Aᵀ X = B, from the factors of A. */
export const emitLuSolve = overStack(({ shapes, params }): MatrixKernel => {
  const [n, k] = (shapes[3] as Shape).slice(-2) as [number, number];
  const transposed = params.transposed as boolean;
  return {
    operands: [
      { from: 1, kept: true },
      { from: 2, raw: true },
      { from: 3, kept: !transposed },
    ],
    ranks: [2],
    scratch: 0,
    work: n * n * k,
    emit: (f, [factors, order, b], [x]) => {
      const [from, right, to] = [factors, b, x] as [I32, I32, I32];
      const lower = substituteFunction(f.module, { lower: true, transposed, unitDiagonal: true });
      const upper = substituteFunction(f.module, { lower: false, transposed, unitDiagonal: false });
      const bytes = f.constant('i32', k * 8);
      const overRows = (body: (row: I32, other: I32) => void): void =>
        f.for(0, n, 1, (i) => body(i.mul(k * 8), f.load('i32', (order as I32).add(i.mul(4))).mul(k * 8)));
      if (!transposed) {
        overRows((row, other) => f.copyMemory(to.add(row), right.add(other), bytes));
        f.callAll(lower, from, to, n, k);
        f.callAll(upper, from, to, n, k);
      } else {
        f.callAll(upper, from, right, n, k);
        f.callAll(lower, from, right, n, k);
        overRows((row, other) => f.copyMemory(to.add(other), right.add(row), bytes));
      }
    },
  };
});

/** The pivots of A on the diagonal, one after the other. */
function overPivots(f: FunctionBuilder, a: I32, n: number, body: (pivot: Value<'f64'>) => void): void {
  f.for(0, n, 1, (i) => body(f.load('f64', a.add(i.mul(8 * n + 8)))));
}

/** The product of the pivots, with the sign of their order. */
export const emitDet = overStack(({ shapes }): MatrixKernel => {
  const n = (shapes[0] as Shape).at(-1) as number;
  return {
    operands: [{ from: 0 }],
    ranks: [0],
    scratch: n,
    work: n ** 3 / 3,
    emit: (f, [a], [out], order) => {
      const result = f.variable('f64', f.call(luFunction(f.module), a as I32, order, n, n));
      overPivots(f, a as I32, n, (pivot) => result.set(result.get().mul(pivot)));
      f.store(out as I32, result.get());
    },
  };
});

/** The sign of the determinant and the sum of the logarithms of its pivots. */
export const emitSlogdet = overStack(({ shapes }): MatrixKernel => {
  const n = (shapes[0] as Shape).at(-1) as number;
  return {
    operands: [{ from: 0 }],
    ranks: [0, 0],
    scratch: n,
    work: n ** 3 / 3,
    emit: (f, [a], [sign, log], order) => {
      const turned = f.variable('f64', f.call(luFunction(f.module), a as I32, order, n, n));
      const sum = f.variable('f64', 0);
      overPivots(f, a as I32, n, (pivot) => {
        // NaN, which is equal to nothing, and zeros are their own signs
        const one = f.constant('f64', 1).copysign(pivot);
        turned.set(turned.get().mul(pivot.abs().gt(0).select(one, pivot)));
        sum.set(sum.get().add(emitMath(f, 'log', pivot.abs())));
      });
      f.store(sign as I32, turned.get());
      f.store(log as I32, sum.get());
    },
  };
});
