import { inverseErrorTables } from '../../../primitives/erf-inv.ts';
import { logTables } from '../../../primitives/fused-log.ts';
import type { FunctionBuilder, FunctionReference } from '../function.ts';
import type { Value } from '../value.ts';

/*
 * The inverse error function, operation by operation as primitives/erf-inv.ts and primitives/fused-log.ts compute it, so
 * that random normal numbers are the same bits compiled and not. Float32 is worked in float64 registers and rounded to
 * float32 after every step, as Math.fround does.
 */

type D = Value<'f64'>;
type Unary = FunctionReference<readonly ['f64'], readonly ['f64']>;

interface Arithmetic {
  readonly round: (x: D) => D;
  readonly fma: (a: D, b: D, c: D) => D;
}

const head = (x: D): D => {
  const t = x.mul(134217729);
  return t.sub(t.sub(x));
};

function fusedDouble(a: D, b: D, c: D): D {
  const product = a.mul(b);
  const [ah, bh] = [head(a), head(b)];
  const [al, bl] = [a.sub(ah), b.sub(bh)];
  const productError = ah.mul(bh).sub(product).add(ah.mul(bl)).add(al.mul(bh)).add(al.mul(bl));
  const sum = product.add(c);
  const part = sum.sub(product);
  return sum.add(product.sub(sum.sub(part)).add(c.sub(part)).add(productError));
}

const fround = (x: D): D => x.to('f32', 'demote_f64').to('f64', 'promote_f32');

const double: Arithmetic = { round: (x) => x, fma: fusedDouble };
const single: Arithmetic = { round: fround, fma: (a, b, c) => fround(a.mul(b).add(c)) };

function polynomial(f: FunctionBuilder, coefficients: readonly number[], x: D, { fma }: Arithmetic): D {
  const [first, ...rest] = coefficients as [number, ...number[]];
  return rest.reduce((p, c) => fma(p, x, f.constant('f64', c)), f.constant('f64', first));
}

/** x = m 2^e with m in [√½, √2), for normal positive x. */
function split(x: D): [mantissa: D, exponent: D] {
  const bits = x.as('i64');
  const exponent = bits
    .shrU(52 as never)
    .sub(1023n)
    .to('i32', 'wrap_i64');
  const mantissa = bits.and(0xfffffffffffffn).or(0x3ff0000000000000n).as('f64');
  const high = mantissa.ge(Math.SQRT2);
  return [high.select(mantissa.mul(0.5), mantissa), exponent.add(high).to('f64', 'convert_i32_s')];
}

function singleLog(f: FunctionBuilder, x: D): D {
  const { round, fma } = single;
  const c = (v: number): D => f.constant('f64', v);
  const [m, e] = split(x);
  const t = round(m.sub(1));
  const square = round(t.mul(t));
  const cube = round(square.mul(t));
  let p = c(0);
  for (const row of logTables.single) p = fma(p, cube, polynomial(f, row, t, single));
  const small = fma(p, cube, round(e.mul(Math.fround(-2.1219444e-4))));
  return fma(c(0.693359375), e, round(fma(c(-0.5), square, t).add(small)));
}

function twoSum(a: D, b: D): [sum: D, error: D] {
  const sum = a.add(b);
  const part = sum.sub(a);
  return [sum, a.sub(sum.sub(part)).add(b.sub(part))];
}

function roundedLog(f: FunctionBuilder, x: D): D {
  const c = (v: number): D => f.constant('f64', v);
  const [m, e] = split(x);
  const g = m.sub(1);
  const t = m.add(1);
  const s = g.div(t);
  const sTail = fusedDouble(s.neg(), t, g)
    .sub(s.mul(m.sub(t.sub(1))))
    .div(t);
  const z = s.mul(s);
  const zTail = fusedDouble(s, s, z.neg()).add(s.mul(2).mul(sTail));
  let rest = c(0);
  for (let k = 27; k >= 5; k -= 2) rest = c(2 / k).add(z.mul(rest));
  const [co, coError] = twoSum(c(2 / 3), z.mul(rest));
  const coTail = coError.add(logTables.twoThirdsTail);
  const w = s.mul(z);
  const wTail = fusedDouble(s, z, w.neg()).add(s.mul(zTail)).add(sTail.mul(z));
  const cubic = w.mul(co);
  const cubicTail = fusedDouble(w, co, cubic.neg()).add(w.mul(coTail)).add(wTail.mul(co));
  const [sum, sumError] = twoSum(e.mul(logTables.log2.head), s.mul(2));
  const [total, totalError] = twoSum(sum, cubic);
  const tail = sTail.mul(2).add(cubicTail).add(e.mul(logTables.log2.tail));
  return total.add(totalError.add(sumError.add(tail)));
}

/** log(1 + x) in the given arithmetic, for −1 < x ≤ 0. */
function fusedLog1p(f: FunctionBuilder, x: D, arithmetic: Arithmetic): D {
  const { round, fma } = arithmetic;
  const isSingle = arithmetic === single;
  const result = f.variable('f64', 0);
  f.if(
    x.abs().ge(Math.SQRT2 - 1),
    () => result.set(isSingle ? singleLog(f, fround(x.add(1))) : roundedLog(f, x.add(1))),
    () => {
      const { numerator, denominator } = isSingle ? logTables.log1pSingle : logTables.log1p;
      const square = round(x.mul(x));
      const ratio = round(polynomial(f, numerator, x, arithmetic).div(polynomial(f, denominator, x, arithmetic)));
      const tail = fma(f.constant('f64', -0.5), square, round(round(x.mul(square)).mul(ratio)));
      result.set(round(x.add(tail)));
    },
  );
  return result.get();
}

function make(f: FunctionBuilder, name: string, isSingle: boolean): Unary {
  const arithmetic = isSingle ? single : double;
  const table = isSingle ? inverseErrorTables.single : inverseErrorTables.double;
  const { round } = arithmetic;
  return f.module.function(
    name,
    ['f64'],
    ['f64'],
    (g, x) => {
      g.if(x.abs().lt(1).eqz(), () => {
        g.return(x.abs().eq(1).select(x.mul(Number.POSITIVE_INFINITY), g.constant('f64', Number.NaN)));
      });
      const w = fusedLog1p(g, round(x.mul(x)).neg(), arithmetic).neg();
      const result = g.variable('f64', 0);
      const piece = (k: number): void => {
        const argument = round((k === 0 ? w : round(w.sqrt())).sub(table.shifts[k] as number));
        result.set(round(polynomial(g, table.coefficients[k] as number[], argument, arithmetic).mul(x)));
      };
      const choose = (k: number): void => {
        if (k === table.limits.length) piece(k);
        else
          g.if(
            w.ge(table.limits[k] as number),
            () => choose(k + 1),
            () => piece(k),
          );
      };
      choose(0);
      return result.get();
    },
    { pure: true },
  );
}

/** The inverse of erf of a scalar; the same bits as the reference evaluator. */
export function emitErfInv(f: FunctionBuilder, x: Value<'f32' | 'f64'>): Value {
  const isSingle = x.kind === 'f32';
  const name = `erf_inv_${x.kind}`;
  const target = (f.module.find(name) as Unary | undefined) ?? make(f, name, isSingle);
  const wide = isSingle ? (x as Value).to('f64', 'promote_f32') : (x as Value<'f64'>);
  const value = f.call(target, wide);
  return isSingle ? value.to('f32', 'demote_f64') : value;
}
