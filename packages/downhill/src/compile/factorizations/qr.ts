import type { Shape } from '../../tensor/shape.ts';
import type { I32 } from '../loops.ts';
import type { FunctionHost } from '../wasm/function.ts';
import { type MatrixKernel, overStack } from './matrices.ts';
import { onesOnDiagonal, reflectRows, shared } from './rows.ts';

/**
 * (a, m, n, columns, q, taus): reflections until A is upper triangular, R on and above its diagonal; `columns` columns of
 * Q at q, which holds zeros. See `linalg/qr.ts` for the signs.
 */
export const qrFunction = (module: FunctionHost) =>
  shared(module, 'qr_rows', ['i32', 'i32', 'i32', 'i32', 'i32', 'i32'], [], (f, a, m, n, columns, q, taus) => {
    const reflect = reflectRows(module);
    const row = n.mul(8);
    const at = (i: I32, j: I32): I32 => a.add(i.mul(n).add(j).mul(8));
    f.for(0, n, 1, (k) => {
      const tauAt = taus.add(k.mul(8));
      f.store(tauAt, f.constant('f64', 0));
      const scale = f.variable('f64', 0);
      f.for(k, m, 1, (i) => scale.set(scale.get().max(f.load('f64', at(i, k)).abs())));
      const unit = scale.get();
      const tail = f.variable('f64', 0);
      f.for(k.add(1), m, 1, (i) => {
        const x = f.load('f64', at(i, k)).div(unit);
        tail.set(tail.get().add(x.mul(x)));
      });
      // a column that is zero below the diagonal needs no reflection
      f.if(unit.gt(0).and(tail.get().ne(0)), () => {
        const here = at(k, k);
        const x0 = f.load('f64', here);
        const ratio = x0.div(unit);
        const norm = unit.mul(tail.get().add(ratio.mul(ratio)).sqrt());
        const alpha = x0.gt(0).select(norm.neg(), norm);
        const head = x0.sub(alpha);
        f.for(k.add(1), m, 1, (i) => f.store(at(i, k), f.load('f64', at(i, k)).div(head)));
        const tau = head.neg().div(alpha);
        f.store(tauAt, tau);
        const left = n.sub(k).sub(1);
        f.callAll(reflect, here.add(8), row, here.add(row), row, m.sub(k).sub(1), tau, left);
        f.store(here, alpha);
      });
    });
    onesOnDiagonal(f, q, columns, columns);
    const width = columns.mul(8);
    f.for(0, n, 1, (step) => {
      const k = n.sub(1).sub(step);
      const tau = f.load('f64', taus.add(k.mul(8)));
      f.if(tau.ne(0), () => {
        const here = q.add(k.mul(width.add(8)));
        f.callAll(reflect, here, width, at(k, k).add(row), row, m.sub(k).sub(1), tau, columns.sub(k));
      });
    });
  });

/** Q and R of A = Q R by Householder's reflections. */
export const emitQr = overStack(({ shapes, params }): MatrixKernel => {
  const [m, n] = (shapes[0] as Shape).slice(-2) as [number, number];
  const columns = params.columns as number;
  return {
    operands: [{ from: 0 }],
    ranks: [2, 2],
    scratch: n,
    work: m * n * (n + columns),
    emit: (f, [a], [q, r], taus) => {
      const [from, to] = [a as I32, r as I32];
      f.callAll(qrFunction(f.module), from, m, n, columns, q as I32, taus);
      f.for(0, n, 1, (i) => {
        const offset = i.mul(n + 1).mul(8);
        f.copyMemory(to.add(offset), from.add(offset), f.constant('i32', n).sub(i).mul(8));
      });
    },
  };
});
