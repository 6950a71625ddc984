import type { I32 } from '../loops.ts';
import type { FunctionBuilder, FunctionHost, FunctionReference, FunctionResult, ValuesOf } from '../wasm/function.ts';
import type { Kind } from '../wasm/kinds.ts';
import type { Value } from '../wasm/value.ts';

/** A function of the module, written when it is first asked for. */
export const shared = <const P extends readonly Kind[], const R extends readonly Kind[]>(
  module: FunctionHost,
  name: string,
  params: P,
  results: R,
  body: (f: FunctionBuilder, ...params: ValuesOf<P>) => FunctionResult<R>,
): FunctionReference<P, R> =>
  (module.find(name) as FunctionReference<P, R> | undefined) ??
  module.function(name, params, results, body, { shared: true });

type Wide = 'f64x2' | 'f64';

export const spreadTo = (x: Value<'f64'>, kind: Wide): Value<'f64'> =>
  (kind === 'f64' ? x : x.splat('f64x2')) as Value<'f64'>;

/**
 * Elements 0 … length − 1 of a row in pieces of four vectors, one vector and one number: `piece` gets the byte offset of
 * its first element, the kind of its parts and how many there are, 16 bytes apart. Kinds are named f64 for both.
 */
export function inPieces(
  f: FunctionBuilder,
  length: I32,
  piece: (at: I32, kind: 'f64', parts: readonly number[]) => void,
): void {
  const j = f.variable('i32', 0);
  for (const [kind, parts] of [
    ['f64x2', [0, 16, 32, 48]],
    ['f64x2', [0]],
    ['f64', [0]],
  ] as const) {
    const step = kind === 'f64' ? 1 : 2 * parts.length;
    f.while(
      () => j.get().add(step).le(length),
      () => {
        piece(j.get().mul(8), kind as 'f64', parts);
        j.set(j.get().add(step));
      },
    );
  }
}

type Sum = FunctionReference<readonly ['i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32'], readonly []>;

/**
 * (y, x, row, c, step, count, length): y −= Σ c[p] x[p] over `count` rows of x that lie `row` bytes apart, coefficients
 * `step` bytes apart; in the order of p, each product rounded, as the loops of the reference do.
 * @param skips coefficients of zero are passed over, whatever they would be multiplied by.
 */
export const minusProducts = (module: FunctionHost, skips: boolean): Sum =>
  sums(module, skips ? 'minus_products_skipping' : 'minus_products', skips, true);

/** The same, but y = Σ c[p] x[p], from 0. */
export const sumOfProducts = (module: FunctionHost): Sum => sums(module, 'sum_of_products', false, false);

const sums = (module: FunctionHost, name: string, skips: boolean, subtracts: boolean): Sum =>
  shared(module, name, ['i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32'], [], (f, y, x, row, c, step, count, length) =>
    inPieces(f, length, (at, kind, parts) => {
      const here = y.add(at);
      const totals = parts.map((p) => f.variable(kind, subtracts ? f.load(kind, here, p) : f.constant(kind, 0)));
      const source = f.variable('i32', x.add(at));
      const weight = f.variable('i32', c);
      f.for(0, count, 1, () => {
        const factor = f.load('f64', weight.get());
        const round = (): void => {
          const wide = spreadTo(factor, kind);
          totals.forEach((total, k) => {
            const product = wide.mul(f.load(kind, source.get(), parts[k] as number));
            total.set(subtracts ? total.get().sub(product) : total.get().add(product));
          });
        };
        if (skips) f.if(factor.ne(0), round);
        else round();
        source.set(source.get().add(row));
        weight.set(weight.get().add(step));
      });
      totals.forEach((total, k) => f.store(here, total.get(), parts[k] as number));
    }),
  );

/** (x, d, length): x /= d. */
export const divideRow = (module: FunctionHost) =>
  shared(module, 'divide_row', ['i32', 'f64', 'i32'], [], (f, x, d, length) =>
    inPieces(f, length, (at, kind, parts) => {
      const here = x.add(at);
      for (const p of parts) f.store(here, f.load(kind, here, p).div(spreadTo(d, kind)), p);
    }),
  );

/** (a, b, c, s, length): the rows a and b become c a − s b and s a + c b. */
export const rotateRows = (module: FunctionHost) =>
  shared(module, 'rotate_rows', ['i32', 'i32', 'f64', 'f64', 'i32'], [], (f, a, b, c, s, length) =>
    inPieces(f, length, (at, kind, parts) => {
      const [left, right] = [a.add(at), b.add(at)];
      const [cos, sin] = [spreadTo(c, kind), spreadTo(s, kind)];
      for (const p of parts) {
        const [x, y] = [f.load(kind, left, p), f.load(kind, right, p)];
        f.store(left, cos.mul(x).sub(sin.mul(y)), p);
        f.store(right, sin.mul(x).add(cos.mul(y)), p);
      }
    }),
  );

/**
 * (x, row, v, step, count, tau, length): I − τ [1; v] [1; v]ᵀ applied to `length` columns of 1 + `count` rows of x, `row`
 * bytes apart; the elements of v lie `step` bytes apart.
 */
export const reflectRows = (module: FunctionHost) =>
  shared(
    module,
    'reflect_rows',
    ['i32', 'i32', 'i32', 'i32', 'i32', 'f64', 'i32'],
    [],
    (f, x, row, v, step, count, tau, length) =>
      inPieces(f, length, (at, kind, parts) => {
        const here = x.add(at);
        const totals = parts.map((p) => f.variable(kind, f.load(kind, here, p)));
        const overRows = (body: (factor: Value<'f64'>, source: I32) => void): void => {
          const source = f.variable('i32', here.add(row));
          const weight = f.variable('i32', v);
          f.for(0, count, 1, () => {
            body(spreadTo(f.load('f64', weight.get()), kind), source.get());
            source.set(source.get().add(row));
            weight.set(weight.get().add(step));
          });
        };
        overRows((factor, source) => {
          totals.forEach((total, k) =>
            total.set(total.get().add(factor.mul(f.load(kind, source, parts[k] as number)))),
          );
        });
        totals.forEach((total, k) => {
          const p = parts[k] as number;
          total.set(total.get().mul(spreadTo(tau, kind)));
          f.store(here, f.load(kind, here, p).sub(total.get()), p);
        });
        overRows((factor, source) => {
          totals.forEach((total, k) => {
            const p = parts[k] as number;
            f.store(source, f.load(kind, source, p).sub(total.get().mul(factor)), p);
          });
        });
      }),
  );

/** Every one of `count` numbers from `to` on. */
export function fillWith(f: FunctionBuilder, to: I32, value: number, count: I32 | number): void {
  f.for(0, count, 1, (i) => f.store(to.add(i.mul(8)), f.constant('f64', value)));
}

/** Ones on the diagonal of rows of `columns` numbers that are zeros. */
export function onesOnDiagonal(f: FunctionBuilder, to: I32, count: I32 | number, columns: I32 | number): void {
  const step = typeof columns === 'number' ? f.constant('i32', 8 * columns + 8) : columns.mul(8).add(8);
  f.for(0, count, 1, (i) => f.store(to.add(i.mul(step)), f.constant('f64', 1)));
}
