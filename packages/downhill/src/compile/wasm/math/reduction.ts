import type { FunctionBuilder, FunctionReference } from '../function.ts';
import type { Value } from '../value.ts';
import { HALF_PI, PI_OVER_2, TWO_OVER_PI } from './coefficients.ts';
import { type Double, FORMATS, fastTwoSum, twoProduct, twoSum } from './format.ts';

/** Below this the multiple of π/2 has at most 20 bits and its products with 33-bit parts are exact. */
const MEDIUM = 1e6;

/** x = q·π/2 + hi + lo with |hi| ≤ π/4 (a little more at the edges); the low bits of `q` count quadrants. */
export interface Reduced extends Double<'f64x2'> {
  readonly q: Value<'i64x2'>;
}

/**
 * Argument reduction for sin, cos and tan. Up to 10⁶ by Cody and Waite with π/2 in four parts and error-free sums;
 * beyond by the exact product with the digits of 2/π that matter (Payne and Hanek 1983), a lane at a time.
 * With `precise` the pair hi + lo has about 100 bits; without, hi alone is good to float32 needs.
 */
export function reducePiOver2(f: FunctionBuilder, x: Value<'f64x2'>, precise: boolean): Reduced {
  const { magic } = FORMATS.f64x2;
  const shifted = x.mul(2 / Math.PI).add(magic);
  const n = shifted.sub(magic);
  const [p1, p2, p3, p4] = PI_OVER_2;
  const first = x.sub(n.mul(p1));
  let medium: Double<'f64x2'>;
  if (precise) {
    const second = twoSum(first, n.mul(p2).neg());
    const third = twoSum(second.hi, n.mul(p3).neg());
    medium = fastTwoSum(third.hi, second.lo.add(third.lo).sub(n.mul(p4)));
  } else {
    medium = { hi: first.sub(n.mul(p2)).sub(n.mul(p3)), lo: f.constant('f64x2', 0) };
  }
  const q = f.variable('i64x2', shifted.as('i64x2'));
  const hi = f.variable('f64x2', medium.hi);
  const lo = f.variable('f64x2', medium.lo);
  const large = x.abs().gt(MEDIUM);
  f.if(large.anyTrue(), () => {
    const slow = slowReduction(f);
    for (const lane of [0, 1]) {
      f.if(large.lane(lane).to('i32', 'wrap_i64'), () => {
        const [quadrant, high, low] = f.callAll(slow, x.lane(lane));
        q.set(q.get().withLane(lane, quadrant));
        hi.set(hi.get().withLane(lane, high));
        lo.set(lo.get().withLane(lane, low));
      });
    }
  });
  return { q: q.get(), hi: hi.get(), lo: lo.get() };
}

type SlowReduction = FunctionReference<readonly ['f64'], readonly ['i64', 'f64', 'f64']>;

/**
 * x = m·2ᵉ. The product of m with 192 bits of 2/π, from the bit where multiples of 4 end, holds the quadrant in its
 * top two bits and below them the fraction, with at least 77 correct bits even for the double nearest to a multiple
 * of π/2. ∞ and NaN give NaN.
 */
function slowReduction(f: FunctionBuilder): SlowReduction {
  const found = f.module.find('reduce_pi_over_2');
  if (found !== undefined) return found as SlowReduction;
  const word = digitsWord(f);
  const high = highProduct(f);
  return f.module.function('reduce_pi_over_2', ['f64'], ['i64', 'f64', 'f64'], (g, x) => {
    const bits = x.as('i64');
    const exponent = bits.shrU(52).and(0x7ff).to('i32', 'wrap_i64').sub(1075);
    g.if(exponent.gt(971), () => {
      const nan = g.constant('f64', Number.NaN);
      g.return(g.constant('i64', 0), nan, nan);
    });
    const m = bits.and((1n << 52n) - 1n).or(1n << 52n);
    // The table begins with 64 zeros, so that the window may begin before the point.
    const start = exponent.sub(2).add(64);
    const at = start.shrU(6);
    const shift = start.and(63);
    const words = [0, 1, 2, 3].map((k) => g.call(word, at.add(k)));
    const windowed = [0, 1, 2].map((k) => {
      const left = words[k].shl(shift);
      const right = words[k + 1].shrU(1).shrU(g.constant('i32', 63).sub(shift));
      return left.or(right);
    });
    // 192-bit fraction of m·window, most significant word first.
    const third = m.mul(windowed[2]);
    const secondLow = m.mul(windowed[1]);
    const second = secondLow.add(g.call(high, m, windowed[2]));
    const carry = second.ltU(secondLow).to('i64', 'extend_i32_u');
    const first = m
      .mul(windowed[0])
      .add(g.call(high, m, windowed[1]))
      .add(carry);

    const quadrant = first.shrU(62);
    const top = first.shl(2).or(second.shrU(62));
    const bottom = second.shl(2).or(third.shrU(62));
    // A fraction of one half or more belongs to the next quadrant, with a negative remainder.
    const up = top.shrU(63);
    const flip = g.constant('i64', 0).sub(up);
    const a = top.xor(flip);
    const b = bottom.xor(flip);
    const zeros = a.eqz().select(b.clz().add(64), a.clz());
    const small = zeros.and(63).to('i32', 'wrap_i64');
    const crossing = b.shrU(1).shrU(g.constant('i32', 63).sub(small));
    const far = zeros.to('i32', 'wrap_i64').ge(64);
    const normalHigh = far.select(b.shl(small), a.shl(small).or(crossing));
    const normalLow = far.select(g.constant('i64', 0), b.shl(small));
    const scale = g
      .constant('i64', 1023 - 53)
      .sub(zeros)
      .shl(52)
      .as('f64');
    const lead = normalHigh.shrU(11).to('f64', 'convert_i64_u').mul(scale);
    const rest = normalHigh
      .and(0x7ff)
      .shl(42)
      .or(normalLow.shrU(22))
      .to('f64', 'convert_i64_u')
      .mul(scale.mul(2 ** -53));
    const vector = (v: Value<'f64'>) => v.splat('f64x2');
    const product = twoProduct(vector(lead), g.constant('f64x2', HALF_PI[0]));
    const tail = vector(lead).mul(HALF_PI[1]).add(vector(rest).mul(HALF_PI[0])).add(product.lo);
    const r = fastTwoSum(product.hi, tail);
    const sign = bits.lt(0).to('i64', 'extend_i32_u');
    const turns = quadrant.add(up);
    const negative = sign.xor(up).to('i32', 'wrap_i64');
    const signed = (v: Value<'f64'>) => negative.select(v.neg(), v);
    return [
      sign.to('i32', 'wrap_i64').select(g.constant('i64', 0).sub(turns), turns),
      signed(r.hi.lane(0)),
      signed(r.lo.lane(0)),
    ];
  });
}

/** The k-th word of 2/π: a search tree of conditions, so that no memory needs to be set aside for it. */
function digitsWord(f: FunctionBuilder): FunctionReference<readonly ['i32'], readonly ['i64']> {
  return f.module.function(
    'two_over_pi_word',
    ['i32'],
    ['i64'],
    (g, k) => {
      const found = g.variable('i64', 0);
      const search = (low: number, high: number) => {
        if (high - low === 1) {
          found.set(TWO_OVER_PI[low]);
          return;
        }
        const middle = (low + high) >> 1;
        g.if(
          k.lt(middle),
          () => search(low, middle),
          () => search(middle, high),
        );
      };
      search(0, TWO_OVER_PI.length);
      return found.get();
    },
    { pure: true },
  );
}

/** The high 64 bits of an unsigned 64×64-bit product. */
function highProduct(f: FunctionBuilder): FunctionReference<readonly ['i64', 'i64'], readonly ['i64']> {
  return f.module.function(
    'multiply_high',
    ['i64', 'i64'],
    ['i64'],
    (_g, a, b) => {
      const mask = 0xffffffffn;
      const [a0, a1] = [a.and(mask), a.shrU(32)];
      const [b0, b1] = [b.and(mask), b.shrU(32)];
      const middle = a1.mul(b0).add(a0.mul(b0).shrU(32));
      const other = a0.mul(b1).add(middle.and(mask));
      return a1.mul(b1).add(middle.shrU(32)).add(other.shrU(32));
    },
    { pure: true },
  );
}
