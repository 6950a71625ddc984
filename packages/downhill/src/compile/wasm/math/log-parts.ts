/** Binary places of the numbers below: a logarithm is at least 2⁻⁵³ in magnitude, so that 200 of its digits are right. */
const places = 256n;
const one = 1n << places;

/** artanh(p/q) for |p/q| ≤ 1/3 by its series. */
function artanh(p: bigint, q: bigint): bigint {
  const s = (p << places) / q;
  const square = (s * s) >> places;
  let sum = 0n;
  let power = s;
  for (let n = 1n; power !== 0n && power !== -1n; n += 2n) {
    sum += power / n;
    power = (power * square) >> places;
  }
  return sum;
}

const bits = new DataView(new ArrayBuffer(8));

/** c = m·2ᵏ with an integer m. */
function decomposed(c: number): { m: bigint; k: number } {
  bits.setFloat64(0, c);
  const word = bits.getBigUint64(0);
  const exponent = Number(word >> 52n);
  const fraction = word & ((1n << 52n) - 1n);
  return exponent === 0 ? { m: fraction, k: -1074 } : { m: fraction | (1n << 52n), k: exponent - 1075 };
}

/**
 * log c of a positive finite number as a float64 and the float64 nearest to what is left: 2·artanh((m−1)/(m+1)) + k·log 2
 * for c = m·2ᵏ with m in [2/3, 4/3), in integers.
 */
export function logParts(c: number): readonly [head: number, rest: number] {
  const { m, k } = decomposed(c);
  let size = m.toString(2).length;
  // m/2^size lies in [1/2, 1)
  if (3n * m < 2n << BigInt(size)) size--;
  const unit = 1n << BigInt(size);
  const turns = BigInt(k + size);
  const sum = 2n * artanh(m - unit, m + unit) + turns * 2n * artanh(1n, 3n);
  const head = Number(sum);
  return [head / Number(one), Number(sum - BigInt(head)) / Number(one)];
}
