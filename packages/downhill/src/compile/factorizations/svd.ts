import type { Shape } from '../../tensor/shape.ts';
import type { I32 } from '../loops.ts';
import type { FunctionHost } from '../wasm/function.ts';
import type { Value } from '../wasm/value.ts';
import { luFunction } from './lu.ts';
import { type MatrixKernel, overStack } from './matrices.ts';
import { allFinite, columnSigns, hypot, hypotOf, orderOf } from './norms.ts';
import { qrFunction } from './qr.ts';
import { divideRow, fillWith, minusProducts, onesOnDiagonal, rotateRows, shared, sumOfProducts } from './rows.ts';

const mostSweeps = 60;

/** (x, y, count): Σx², Σy² and Σxy. */
const pairSums = (module: FunctionHost) =>
  shared(module, 'pair_sums', ['i32', 'i32', 'i32'], ['f64', 'f64', 'f64'], (f, x, y, count) => {
    const sums = [0, 0, 0].map(() => f.variable('f64', 0));
    f.for(0, count, 1, (i) => {
      const [a, b] = [f.load('f64', x.add(i.mul(8))), f.load('f64', y.add(i.mul(8)))];
      [a.mul(a), b.mul(b), a.mul(b)].forEach((product, k) => {
        const sum = sums[k] as (typeof sums)[0];
        sum.set(sum.get().add(product));
      });
    });
    return sums.map((sum) => sum.get()) as [Value<'f64'>, Value<'f64'>, Value<'f64'>];
  });

/** (x, w, n, negligible, tolerance): rows of x turned in pairs until all are orthogonal, those of w along; 0 without end. */
const orthogonalRows = (module: FunctionHost) =>
  shared(
    module,
    'orthogonal_rows',
    ['i32', 'i32', 'i32', 'f64', 'f64'],
    ['i32'],
    (f, x, w, n, negligible, tolerance) => {
      const [pair, rotate, norm] = [pairSums(module), rotateRows(module), hypot(module)];
      const row = n.mul(8);
      const one = f.constant('f64', 1);
      f.for(0, mostSweeps, 1, () => {
        const rotated = f.variable('i32', 0);
        f.for(0, n.sub(1), 1, (p) => {
          f.for(p.add(1), n, 1, (q) => {
            const [a, b] = [x.add(p.mul(row)), x.add(q.mul(row))];
            const [alpha, beta, gamma] = f.callAll(pair, a, b, n);
            const size = tolerance.mul(alpha.sqrt()).mul(beta.sqrt());
            // rows of rounding noise have no direction to make orthogonal
            const stays = alpha.min(beta).sqrt().le(negligible).or(gamma.eq(0)).or(gamma.abs().le(size));
            f.if(stays.eqz(), () => {
              rotated.set(1);
              const zeta = beta.sub(alpha).div(gamma.mul(2));
              const sign = zeta.lt(0).select(one.neg(), one);
              const t = sign.div(zeta.abs().add(f.call(norm, one, zeta)));
              const c = one.div(f.call(norm, one, t));
              const s = c.mul(t);
              f.callAll(rotate, a, b, c, s, n);
              f.callAll(rotate, w.add(p.mul(row)), w.add(q.mul(row)), c, s, n);
            });
          });
        });
        f.if(rotated.get().eqz(), () => f.return(f.constant('i32', 1)));
      });
      return f.constant('i32', 0);
    },
  );

/** (rows, k, n, trial): row k of an orthonormal set, the unit vector that is farthest from the rows before it. */
const completeRow = (module: FunctionHost) =>
  shared(module, 'complete_row', ['i32', 'i32', 'i32', 'i32'], [], (f, rows, k, n, trial) => {
    const [norm, subtract, divide] = [hypotOf(module), minusProducts(module, false), divideRow(module)];
    const row = n.mul(8);
    const target = rows.add(k.mul(row));
    const best = f.variable('f64', -1);
    // behind the trial lies one number for a product
    const dot = trial.add(row);
    f.for(0, n, 1, (axis) => {
      f.fillMemory(trial, 0, row);
      f.store(trial.add(axis.mul(8)), f.constant('f64', 1));
      // twice, since once leaves what cancellation left
      f.for(0, 2, 1, () =>
        f.for(0, k, 1, (i) => {
          const other = rows.add(i.mul(row));
          const sum = f.variable('f64', 0);
          f.for(0, n, 1, (j) => {
            const product = f.load('f64', other.add(j.mul(8))).mul(f.load('f64', trial.add(j.mul(8))));
            sum.set(sum.get().add(product));
          });
          f.store(dot, sum.get());
          f.callAll(subtract, trial, other, row, dot, 8, 1, n);
        }),
      );
      const length = f.call(norm, trial, n);
      f.if(length.gt(best.get()), () => {
        best.set(length);
        f.copyMemory(target, trial, row);
        f.callAll(divide, target, length, n);
      });
    });
  });

/** Numbers of 64 bits that `singularFunction` needs to itself. */
const scratchOf = (m: number, n: number): number => 4 * n * n + m * n + 5 * n + 8;

/** (x, count): √Σx² in the order of the numbers. */
const plainNorm = (module: FunctionHost) =>
  shared(module, 'plain_norm', ['i32', 'i32'], ['f64'], (f, x, count) => {
    const sum = f.variable('f64', 0);
    f.for(0, count, 1, (i) => {
      const v = f.load('f64', x.add(i.mul(8)));
      sum.set(sum.get().add(v.mul(v)));
    });
    return sum.get().sqrt();
  });

/** The largest power of two that is not more than a positive number. */
function powerBelow(x: Value<'f64'>): Value<'f64'> {
  const small = x.lt(2 ** -1022);
  const scaled = small.select(x.mul(2 ** 54), x);
  const power = scaled.as('i64').and(0x7ff0000000000000n).as('f64');
  return small.select(power.mul(2 ** -54), power);
}

/**
 * (a, m, n, u, s, v, scratch): A = U diag(s) Vᵀ, s descending; 0 for elements that are not finite. A is overwritten; the
 * rows of Vᵀ lie at the beginning of the scratch. See `linalg/one-sided-jacobi.ts`.
 */
const singularFunction = (module: FunctionHost) =>
  shared(
    module,
    'singular_values',
    ['i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32'],
    ['i32'],
    (f, a, m, n, u, s, v, scratch) => {
      const [norm, sums, divide] = [plainNorm(module), sumOfProducts(module), divideRow(module)];
      const [order, complete, turn] = [orderOf(module), completeRow(module), orthogonalRows(module)];
      const qr = qrFunction(module);
      const row = n.mul(8);
      const square = n.mul(row);
      const right = scratch;
      const rows = right.add(square);
      const w = rows.add(square);
      const turned = w.add(square);
      const q = turned.add(square);
      const norms = q.add(m.mul(row));
      const places = norms.add(row);
      const taus = places.add(row);
      const trial = taus.add(row);
      f.if(f.call(allFinite(module), a, m.mul(n)).eqz(), () => f.return(f.constant('i32', 0)));
      const scale = f.variable('f64', 0);
      f.for(0, m.mul(n), 1, (i) => scale.set(scale.get().max(f.load('f64', a.add(i.mul(8))).abs())));
      // keeps the squares of the rotations inside the range of floating point
      const unit = scale.get().gt(0).select(powerBelow(scale.get()), f.constant('f64', 1));
      f.callAll(divide, a, unit, m.mul(n));
      f.fillMemory(right, 0, square.mul(4).add(m.mul(row)));
      f.callAll(qr, a, m, n, n, q, taus);
      f.for(0, n, 1, (i) => {
        const offset = i.mul(row.add(8));
        f.copyMemory(rows.add(offset), a.add(offset), n.sub(i).mul(8));
      });
      onesOnDiagonal(f, w, n, n);
      const negligible = f.call(norm, rows, n.mul(n)).mul(Number.EPSILON);
      const tolerance = n.to('f64', 'convert_i32_s').sqrt().mul(Number.EPSILON);
      f.if(f.call(turn, rows, w, n, negligible, tolerance).eqz(), () => f.return(f.constant('i32', 0)));
      f.for(0, n, 1, (i) => f.store(norms.add(i.mul(8)), f.call(norm, rows.add(i.mul(row)), n)));
      f.callAll(order, norms, places, n, -1);
      f.for(0, n, 1, (to) => {
        const from = f.load('i32', places.add(to.mul(4)));
        const length = f.load('f64', norms.add(from.mul(8)));
        f.store(s.add(to.mul(8)), length.mul(unit));
        const target = right.add(to.mul(row));
        f.if(
          length.gt(negligible),
          () => {
            f.copyMemory(target, rows.add(from.mul(row)), row);
            f.callAll(divide, target, length, n);
          },
          () => f.callAll(complete, right, to, n, trial),
        );
        f.for(0, n, 1, (j) => {
          f.store(v.add(j.mul(n).add(to).mul(8)), f.load('f64', target.add(j.mul(8))));
          f.store(turned.add(j.mul(n).add(to).mul(8)), f.load('f64', w.add(from.mul(n).add(j).mul(8))));
        });
      });
      f.for(0, m, 1, (i) => f.callAll(sums, u.add(i.mul(row)), turned, row, q.add(i.mul(row)), 8, n, n));
      return f.constant('i32', 1);
    },
  );

/** Singular values and vectors; each column of U has a positive largest component. */
export const emitSvd = overStack(({ shapes }): MatrixKernel => {
  const [m, n] = (shapes[0] as Shape).slice(-2) as [number, number];
  return {
    operands: [{ from: 0 }],
    ranks: [2, 1, 2],
    scratch: scratchOf(m, n),
    work: 8 * n * n * (n + m),
    emit: (f, [a], [u, s, v], scratch) => {
      const [left, values, right] = [u, s, v] as [I32, I32, I32];
      f.if(
        f.call(singularFunction(f.module), a as I32, m, n, left, values, right, scratch),
        () => f.callAll(columnSigns(f.module), left, m, n, right, n),
        () => {
          fillWith(f, left, Number.NaN, m * n);
          fillWith(f, values, Number.NaN, n);
          fillWith(f, right, Number.NaN, n * n);
        },
      );
    },
  };
});

/** det(A) A⁻ᵀ from singular values, without a division. */
export const emitCofactor = overStack(({ shapes }): MatrixKernel => {
  const n = (shapes[0] as Shape).at(-1) as number;
  const own = scratchOf(n, n);
  return {
    operands: [{ from: 0 }],
    ranks: [2],
    scratch: own + 2 * n * n + 4 * n,
    work: 16 * n ** 3,
    emit: (f, [a], [out], scratch) => {
      const u = scratch.add(8 * own);
      const v = u.add(8 * n * n);
      const [s, others, factors, order] = [0, 1, 2, 3].map((k) => v.add(8 * (n * n + k * n))) as [I32, I32, I32, I32];
      const to = out as I32;
      const determinant = (matrix: I32): Value<'f64'> => {
        // the matrix A is not needed any more
        f.copyMemory(a as I32, matrix, f.constant('i32', 8 * n * n));
        const result = f.variable('f64', f.call(luFunction(f.module), a as I32, order, n, n));
        f.for(0, n, 1, (i) => result.set(result.get().mul(f.load('f64', (a as I32).add(i.mul(8 * n + 8))))));
        return result.get();
      };
      f.if(
        f.call(singularFunction(f.module), a as I32, n, n, u, s, v, scratch),
        () => {
          const both = determinant(u).mul(determinant(v));
          const sign = both.abs().gt(0).select(f.constant('f64', 1).copysign(both), both);
          f.for(0, n, 1, (k) => {
            const product = f.variable('f64', sign);
            f.for(0, n, 1, (j) => {
              f.if(j.ne(k), () => product.set(product.get().mul(f.load('f64', s.add(j.mul(8))))));
            });
            f.store(others.add(k.mul(8)), product.get());
          });
          f.for(0, n, 1, (i) => {
            f.for(0, n, 1, (k) => {
              const x = f.load('f64', u.add(i.mul(n).add(k).mul(8)));
              f.store(factors.add(k.mul(8)), x.mul(f.load('f64', others.add(k.mul(8)))));
            });
            f.callAll(sumOfProducts(f.module), to.add(i.mul(8 * n)), scratch, 8 * n, factors, 8, n, n);
          });
        },
        () => fillWith(f, to, Number.NaN, n * n),
      );
    },
  };
});

/** The Moore–Penrose inverse: V s⁺ Uᵀ over the singular values above the cut. */
export const emitPinv = overStack(({ shapes, params }): MatrixKernel => {
  const [m, n] = (shapes[0] as Shape).slice(-2) as [number, number];
  const [high, low] = [Math.max(m, n), Math.min(m, n)];
  const own = scratchOf(high, low);
  return {
    operands: [{ from: 0, transposed: m < n }],
    ranks: [2],
    scratch: own + 2 * high * low + low * low + 2 * low,
    work: 8 * low * low * (high + low),
    emit: (f, [a], [out], scratch) => {
      const u = scratch.add(8 * own);
      const turned = u.add(8 * high * low);
      const v = turned.add(8 * high * low);
      const s = v.add(8 * low * low);
      const factors = s.add(8 * low);
      const to = out as I32;
      const sums = sumOfProducts(f.module);
      f.if(
        f.call(singularFunction(f.module), a as I32, high, low, u, s, v, scratch),
        () => {
          // they descend, so that those above the cut come first
          const rank = f.variable('i32', 0);
          if (low > 0) {
            const cut = f.load('f64', s).mul(params.rcond as number);
            f.for(0, low, 1, (k) => f.if(f.load('f64', s.add(k.mul(8))).gt(cut), () => rank.set(rank.get().add(1))));
          }
          if (m >= n) {
            f.for(0, high, 1, (j) =>
              f.for(0, low, 1, (k) =>
                f.store(turned.add(k.mul(high).add(j).mul(8)), f.load('f64', u.add(j.mul(low).add(k).mul(8)))),
              ),
            );
            f.for(0, low, 1, (i) => {
              f.for(0, rank.get(), 1, (k) => {
                const x = f.load('f64', v.add(i.mul(low).add(k).mul(8)));
                f.store(factors.add(k.mul(8)), x.div(f.load('f64', s.add(k.mul(8)))));
              });
              f.callAll(sums, to.add(i.mul(8 * high)), turned, 8 * high, factors, 8, rank.get(), high);
            });
          } else {
            // the rows of Vᵀ, each over its singular value
            f.for(0, rank.get(), 1, (k) => {
              const row = scratch.add(k.mul(8 * low));
              f.callAll(divideRow(f.module), row, f.load('f64', s.add(k.mul(8))), low);
            });
            f.for(0, high, 1, (j) =>
              f.callAll(sums, to.add(j.mul(8 * low)), scratch, 8 * low, u.add(j.mul(8 * low)), 8, rank.get(), low),
            );
          }
        },
        () => fillWith(f, to, Number.NaN, m * n),
      );
    },
  };
});
