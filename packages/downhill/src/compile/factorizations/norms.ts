import type { I32 } from '../loops.ts';
import type { FunctionHost } from '../wasm/function.ts';
import { shared } from './rows.ts';

/**
 * (x, count): √Σx², scaled by the largest and with the rounding of each addition carried on, as engines have Math.hypot.
 */
export const hypotOf = (module: FunctionHost) =>
  shared(module, 'hypot_of', ['i32', 'i32'], ['f64'], (f, x, count) => {
    const largest = f.variable('f64', 0);
    f.for(0, count, 1, (i) => largest.set(largest.get().max(f.load('f64', x.add(i.mul(8))).abs())));
    const scale = largest.get();
    f.if(scale.eq(0).or(scale.eq(Number.POSITIVE_INFINITY)), () => f.return(scale));
    const [sum, rest] = [f.variable('f64', 0), f.variable('f64', 0)];
    f.for(0, count, 1, (i) => {
      const ratio = f
        .load('f64', x.add(i.mul(8)))
        .abs()
        .div(scale);
      const term = ratio.mul(ratio).sub(rest.get());
      const total = sum.get().add(term);
      rest.set(total.sub(sum.get()).sub(term));
      sum.set(total);
    });
    return sum.get().sqrt().mul(scale);
  });

/** (x, y): the same for two numbers. */
export const hypot = (module: FunctionHost) =>
  shared(module, 'hypot', ['f64', 'f64'], ['f64'], (f, x, y) => {
    const scale = x.abs().max(y.abs());
    f.if(scale.eq(0).or(scale.eq(Number.POSITIVE_INFINITY)), () => f.return(scale));
    const [a, b] = [x.abs().div(scale), y.abs().div(scale)];
    const first = a.mul(a);
    // of the first addition, to 0, nothing is lost
    return first.add(b.mul(b)).sqrt().mul(scale);
  });

/** (x, count): are all numbers finite? */
export const allFinite = (module: FunctionHost) =>
  shared(module, 'all_finite', ['i32', 'i32'], ['i32'], (f, x, count) => {
    const good = f.variable('i32', 1);
    f.for(0, count, 1, (i) => {
      const v = f.load('f64', x.add(i.mul(8)));
      good.set(good.get().and(v.abs().lt(Number.POSITIVE_INFINITY)));
    });
    return good.get();
  });

/**
 * (v, rows, columns, partner, partnerRows): turns each column whose component of largest magnitude is negative, and the
 * partner's along with it. The tolerance is that of `columnSigns` in `linalg/symmetric-eigen.ts`.
 */
export const columnSigns = (module: FunctionHost) =>
  shared(module, 'column_signs', ['i32', 'i32', 'i32', 'i32', 'i32'], [], (f, v, rows, columns, partner, others) => {
    const row = columns.mul(8);
    f.for(0, columns, 1, (j) => {
      const first = v.add(j.mul(8));
      const largest = f.variable('f64', 0);
      f.for(0, rows, 1, (i) => {
        const x = f.load('f64', first.add(i.mul(row)));
        f.if(
          x.abs().gt(
            largest
              .get()
              .abs()
              .mul(1 + 1e-9),
          ),
          () => largest.set(x),
        );
      });
      const turn = (start: I32, count: I32): void =>
        f.for(0, count, 1, (i) => {
          const at = start.add(i.mul(row));
          f.store(at, f.load('f64', at).neg());
        });
      f.if(largest.get().lt(0), () => {
        turn(first, rows);
        turn(partner.add(j.mul(8)), others);
      });
    });
  });

/**
 * (keys, order, count, sign): the places of keys in ascending order (descending for −1), equal keys in their order, by
 * insertion.
 */
export const orderOf = (module: FunctionHost) =>
  shared(module, 'order_of', ['i32', 'i32', 'i32', 'f64'], [], (f, keys, order, count, sign) => {
    const key = (place: I32) => f.load('f64', keys.add(place.mul(8))).mul(sign);
    f.for(0, count, 1, (i) => {
      const now = key(i);
      const k = f.variable('i32', i);
      f.block((done) => {
        f.loop((again) => {
          const here = k.get();
          done.goIf(here.le(0));
          const before = f.load('i32', order.add(here.sub(1).mul(4)));
          done.goIf(key(before).le(now));
          f.store(order.add(here.mul(4)), before);
          k.set(here.sub(1));
          again.go();
        });
      });
      f.store(order.add(k.get().mul(4)), i);
    });
  });
