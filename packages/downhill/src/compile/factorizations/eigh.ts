import type { Shape } from '../../tensor/shape.ts';
import type { I32 } from '../loops.ts';
import type { FunctionHost } from '../wasm/function.ts';
import { type MatrixKernel, overStack } from './matrices.ts';
import { allFinite, columnSigns, hypot, orderOf } from './norms.ts';
import {
  fillWith,
  inPieces,
  minusProducts,
  onesOnDiagonal,
  rotateRows,
  shared,
  spreadTo,
  sumOfProducts,
} from './rows.ts';

/** (a, row, v, p, count): a − v pᵀ − p vᵀ for the columns and rows 0 … count − 1. */
const minusSymmetric = (module: FunctionHost) =>
  shared(module, 'minus_symmetric', ['i32', 'i32', 'i32', 'i32', 'i32'], [], (f, a, row, v, p, count) => {
    const here = f.variable('i32', a);
    f.for(0, count, 1, (i) => {
      const [vi, pi] = [f.load('f64', v.add(i.mul(8))), f.load('f64', p.add(i.mul(8)))];
      const start = here.get();
      inPieces(f, count, (at, kind, parts) => {
        const [target, left, right] = [start.add(at), v.add(at), p.add(at)];
        for (const part of parts) {
          const first = spreadTo(vi, kind).mul(f.load(kind, right, part));
          const second = spreadTo(pi, kind).mul(f.load(kind, left, part));
          f.store(target, f.load(kind, target, part).sub(first.add(second)), part);
        }
      });
      here.set(start.add(row));
    });
  });

/**
 * (a, n, d, e, p, vectors): T = QᵀA Q from the lower triangle; Q in place of A, the diagonal at d, what is beside it at e[1…].
 * `vectors` holds n rows of n for the reflections. See `linalg/symmetric-eigen.ts`.
 */
const tridiagonalFunction = (module: FunctionHost) =>
  shared(module, 'tridiagonal', ['i32', 'i32', 'i32', 'i32', 'i32', 'i32'], [], (f, a, n, d, e, p, vectors) => {
    const row = n.mul(8);
    const at = (i: I32, j: I32): I32 => a.add(i.mul(n).add(j).mul(8));
    const [sums, subtract, update] = [sumOfProducts(module), minusProducts(module, false), minusSymmetric(module)];
    f.for(0, n, 1, (i) => f.for(i.add(1), n, 1, (j) => f.store(at(i, j), f.load('f64', at(j, i)))));
    f.for(0, n.sub(2), 1, (k) => {
      const v = vectors.add(k.mul(row));
      const next = k.add(1);
      const scale = f.variable('f64', 0);
      f.for(next, n, 1, (i) => scale.set(scale.get().max(f.load('f64', at(i, k)).abs())));
      const unit = scale.get();
      const tail = f.variable('f64', 0);
      f.for(k.add(2), n, 1, (i) => {
        const x = f.load('f64', at(i, k)).div(unit);
        tail.set(tail.get().add(x.mul(x)));
      });
      const x0 = f.load('f64', at(next, k));
      // the first number of its row says whether there is a reflection: v begins behind it
      f.store(v, f.constant('f64', 0));
      f.if(
        unit.gt(0).and(tail.get().ne(0)),
        () => {
          f.store(v, f.constant('f64', 1));
          const ratio = x0.div(unit);
          const norm = unit.mul(tail.get().add(ratio.mul(ratio)).sqrt());
          const alpha = x0.gt(0).select(norm.neg(), norm);
          const length = norm.mul(2).sqrt().mul(norm.add(x0.abs()).sqrt());
          const [vk, pk] = [v.add(next.mul(8)), p.add(next.mul(8))];
          const left = n.sub(next);
          f.store(vk, x0.sub(alpha).div(length));
          f.for(k.add(2), n, 1, (i) => f.store(v.add(i.mul(8)), f.load('f64', at(i, k)).div(length)));
          // the block is symmetric, so that its rows serve as its columns
          f.callAll(sums, pk, at(next, next), row, vk, 8, left, left);
          const dot = f.variable('f64', 0);
          f.for(next, n, 1, (i) => {
            const doubled = f.load('f64', p.add(i.mul(8))).mul(2);
            f.store(p.add(i.mul(8)), doubled);
            dot.set(dot.get().add(f.load('f64', v.add(i.mul(8))).mul(doubled)));
          });
          f.for(next, n, 1, (i) => {
            const here = p.add(i.mul(8));
            f.store(here, f.load('f64', here).sub(dot.get().mul(f.load('f64', v.add(i.mul(8))))));
          });
          f.callAll(update, at(next, next), row, vk, pk, left);
          f.store(e.add(next.mul(8)), alpha);
        },
        () => f.store(e.add(next.mul(8)), x0),
      );
    });
    f.if(n.gt(1), () => f.store(e.add(n.sub(1).mul(8)), f.load('f64', at(n.sub(1), n.sub(2)))));
    f.for(0, n, 1, (i) => f.store(d.add(i.mul(8)), f.load('f64', at(i, i))));
    f.fillMemory(a, 0, n.mul(row));
    onesOnDiagonal(f, a, n, n);
    f.for(0, n.sub(2), 1, (step) => {
      const k = n.sub(3).sub(step);
      const v = vectors.add(k.mul(row));
      f.if(f.load('f64', v).ne(0), () => {
        const next = k.add(1);
        const left = n.sub(next);
        const [vk, pk] = [v.add(next.mul(8)), p.add(next.mul(8))];
        f.callAll(sums, pk, at(next, next), row, vk, 8, left, left);
        f.for(next, n, 1, (i) => f.store(p.add(i.mul(8)), f.load('f64', p.add(i.mul(8))).mul(2)));
        f.for(next, n, 1, (i) => f.callAll(subtract, at(i, next), pk, row, v.add(i.mul(8)), 8, 1, left));
      });
    });
  });

const mostSweeps = 60;

/** (d, e, q, n): QL iterations that leave eigenvalues at d and vectors in the rows of q; 0 without convergence. */
const diagonalFunction = (module: FunctionHost) =>
  shared(module, 'tridiagonal_eigen', ['i32', 'i32', 'i32', 'i32'], ['i32'], (f, d, e, q, n) => {
    const [rotate, norm] = [rotateRows(module), hypot(module)];
    const row = n.mul(8);
    const get = (x: I32, i: I32) => f.load('f64', x.add(i.mul(8)));
    const put = (x: I32, i: I32, value: ReturnType<typeof get>) => f.store(x.add(i.mul(8)), value);
    const zero = f.constant('f64', 0);
    f.for(1, n, 1, (i) => put(e, i.sub(1), get(e, i)));
    put(e, n.sub(1), zero);
    f.for(0, n, 1, (l) => {
      const sweep = f.variable('i32', 0);
      f.block((found) => {
        f.loop((again) => {
          const end = f.variable('i32', l);
          f.block((split) => {
            f.loop((further) => {
              const m = end.get();
              split.goIf(m.ge(n.sub(1)));
              const size = get(d, m)
                .abs()
                .add(get(d, m.add(1)).abs())
                .mul(Number.EPSILON);
              // not more than, or NaN
              split.goIf(get(e, m).abs().gt(size).eqz());
              end.set(m.add(1));
              further.go();
            });
          });
          const m = end.get();
          found.goIf(m.eq(l));
          f.if(sweep.get().eq(mostSweeps), () => f.return(f.constant('i32', 0)));
          sweep.set(sweep.get().add(1));
          const slope = get(d, l.add(1)).sub(get(d, l)).div(get(e, l).mul(2));
          const root = f.call(norm, slope, 1);
          const signed = slope.lt(0).select(root.neg(), root);
          const g = f.variable(
            'f64',
            get(d, m)
              .sub(get(d, l))
              .add(get(e, l).div(slope.add(signed))),
          );
          const [s, c, shift] = [f.variable('f64', 1), f.variable('f64', 1), f.variable('f64', 0)];
          const i = f.variable('i32', m.sub(1));
          const whole = f.variable('i32', 1);
          f.block((left) => {
            f.loop((up) => {
              const now = i.get();
              left.goIf(now.lt(l));
              const x = s.get().mul(get(e, now));
              const b = c.get().mul(get(e, now));
              const r = f.call(norm, x, g.get());
              put(e, now.add(1), r);
              f.if(r.eq(0), () => {
                put(d, now.add(1), get(d, now.add(1)).sub(shift.get()));
                put(e, m, zero);
                whole.set(0);
                left.go();
              });
              s.set(x.div(r));
              c.set(g.get().div(r));
              const base = get(d, now.add(1)).sub(shift.get());
              const turn = get(d, now).sub(base).mul(s.get()).add(c.get().mul(2).mul(b));
              shift.set(s.get().mul(turn));
              put(d, now.add(1), base.add(shift.get()));
              g.set(c.get().mul(turn).sub(b));
              // low becomes c low − s high, and high s low + c high
              const low = q.add(now.mul(row));
              f.callAll(rotate, low, low.add(row), c.get(), s.get(), n);
              i.set(now.sub(1));
              up.go();
            });
          });
          f.if(whole.get(), () => {
            put(d, l, get(d, l).sub(shift.get()));
            put(e, l, g.get());
            put(e, m, zero);
          });
          again.go();
        });
      });
    });
    return f.constant('i32', 1);
  });

/** Eigenvalues in ascending order, and vectors with a positive largest component. */
export const emitEigh = overStack(({ shapes }): MatrixKernel => {
  const n = (shapes[0] as Shape).at(-1) as number;
  return {
    operands: [{ from: 0 }],
    ranks: [1, 2],
    scratch: n * n + 4 * n,
    work: 5 * n ** 3,
    emit: (f, [a], [w, v], scratch) => {
      if (n === 0) return;
      const [from, values, vectors] = [a, w, v] as [I32, I32, I32];
      const [d, e, p, order] = [0, 1, 2, 3].map((k) => scratch.add(8 * (n * n + k * n))) as [I32, I32, I32, I32];
      const good = f.variable('i32', f.call(allFinite(f.module), from, n * n));
      f.if(good.get(), () => {
        f.callAll(tridiagonalFunction(f.module), from, n, d, e, p, scratch);
        f.for(0, n, 1, (i) =>
          f.for(0, n, 1, (j) =>
            f.store(scratch.add(j.mul(n).add(i).mul(8)), f.load('f64', from.add(i.mul(n).add(j).mul(8)))),
          ),
        );
        good.set(f.call(diagonalFunction(f.module), d, e, scratch, n));
      });
      f.if(
        good.get(),
        () => {
          f.callAll(orderOf(f.module), d, order, n, 1);
          f.for(0, n, 1, (to) => {
            const source = f.load('i32', order.add(to.mul(4)));
            f.store(values.add(to.mul(8)), f.load('f64', d.add(source.mul(8))));
            f.for(0, n, 1, (i) =>
              f.store(vectors.add(i.mul(n).add(to).mul(8)), f.load('f64', scratch.add(source.mul(n).add(i).mul(8)))),
            );
          });
          f.callAll(columnSigns(f.module), vectors, n, n, vectors, 0);
        },
        () => {
          fillWith(f, values, Number.NaN, n);
          fillWith(f, vectors, Number.NaN, n * n);
        },
      );
    },
  };
});
