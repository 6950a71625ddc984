import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gammaOf } from '../../src/formula/gamma.ts';
import { editDistance, nearestName } from '../../src/formula/nearest.ts';
import * as B from '../../src/formula/precise/big.ts';
import * as F from '../../src/formula/precise/functions.ts';
import * as Q from '../../src/formula/rational.ts';
import { recognize } from '../../src/formula/recognize.ts';
import { toText } from '../../src/formula/text.ts';

/** Decimal digits of a big number, cut off. */
function digits(a: B.Big, places: number): string {
  const scaled = B.toFixed(B.mul(a, B.fromInteger(10n ** BigInt(places))), 0);
  const text = (scaled < 0n ? -scaled : scaled).toString().padStart(places + 1, '0');
  return `${scaled < 0n ? '-' : ''}${text.slice(0, -places)}.${text.slice(-places)}`;
}

const big = (x: number): B.Big => B.fromDouble(x);

describe('precise functions agree with mpmath to 58 places', () => {
  it.each<[string, B.Big, string]>([
    ['pi', F.PI, '3.1415926535897932384626433832795028841971693993751058209749'],
    ['e', F.E, '2.7182818284590452353602874713526624977572470936999595749669'],
    ['log 10', F.log(big(10)), '2.3025850929940456840179914546843642076011014886287729760333'],
    ['log 0.999', F.log(big(0.999)), '-0.0010005003335835343892104694413808902397648272334679900686'],
    ['sin 100', F.sin(big(100)), '-0.5063656411097587936565576104597854320650327212906573234433'],
    ['cos -2', F.cos(big(-2)), '-0.4161468365471423869975682295007621897660007710755448907551'],
    ['atan 0.75', F.atan(big(0.75)), '0.6435011087932843868028092287173226380415105911153123828656'],
    ['asin 0.5', F.asin(big(0.5)), '0.5235987755982988730771072305465838140328615665625176368291'],
    ['tanh 0.001', F.tanh(big(0.001)), '0.0009999996666668000207626926629550768958705630884781787743'],
    ['erf 1.5', F.erf(big(1.5)), '0.9661051464753107270669762616459478586814104792576367804499'],
    ['gamma 4.5', F.gamma(big(4.5)), '11.6317283965674489291442241094262652621089183058031655289031'],
    ['gamma -1.5', F.gamma(big(-1.5)), '2.3632718012073547030642233111215269103967326081631828376184'],
    ['lgamma 100.25', F.lgamma(big(100.25)), '360.2845596377642349684133059592857003915401984300271081995352'],
    ['digamma 0.25', F.digamma(big(0.25)), '-4.2274535333762654080895301460966835773672444387082422716552'],
    ['sqrt 2', B.sqrt(B.TWO), '1.4142135623730950488016887242096980785696718753769480731766'],
  ])('%s', (_name, value, expected) => {
    expect(digits(value, 64).slice(0, expected.length)).toBe(expected);
  });

  it('erfc far in its tail', () => {
    expect(B.toDouble(F.erfc(big(9)))).toBe(4.13703174651381e-37);
  });

  it.each<[string, (x: B.Big) => B.Big, (x: number) => number]>([
    ['sin', F.sin, Math.sin],
    ['cos', F.cos, Math.cos],
    ['exp', F.exp, Math.exp],
    ['atan', F.atan, Math.atan],
    ['sinh', F.sinh, Math.sinh],
    ['asinh', F.asinh, Math.asinh],
  ])('%s agrees with double precision everywhere', (_name, precise, plain) => {
    fc.assert(
      fc.property(fc.double({ min: -40, max: 40, noNaN: true }), (x) => {
        const value = B.toDouble(precise(big(x)));
        expect(Math.abs(value - plain(x))).toBeLessThanOrEqual(4e-16 * Math.max(1, Math.abs(value)) * 4);
      }),
      { numRuns: 200 },
    );
  });

  it('big numbers hold doubles exactly', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (x) => {
        expect(B.toDouble(big(x))).toBe(x === 0 ? 0 : x);
      }),
    );
  });
});

describe('gamma in double precision', () => {
  it('agrees with the precise one', () => {
    for (let x = -40.3; x < 100; x += 0.37) {
      const exact = B.toDouble(F.gamma(big(x)));
      expect(Math.abs(gammaOf(x) / exact - 1)).toBeLessThan(3e-13);
    }
  });

  it('is a factorial at whole numbers and NaN at poles', () => {
    expect([1, 2, 3, 4, 5, 6, 11].map(gammaOf)).toEqual([1, 1, 2, 6, 24, 120, 3628800]);
    expect([0, -1, -7, Number.NaN].map(gammaOf)).toEqual([NaN, NaN, NaN, NaN]);
    expect(gammaOf(180)).toBe(Infinity);
    expect(gammaOf(0.5)).toBeCloseTo(Math.sqrt(Math.PI), 14);
  });
});

describe('rational numbers', () => {
  it('convert to the nearest double', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }), fc.integer({ min: 0, max: 60 }), (n, k) => {
        expect(Q.toNumber(Q.rational(n, 10n ** BigInt(k)))).toBe(Number(`${n}e-${k}`) + 0);
      }),
    );
    expect(Q.toNumber(Q.rational(1, 3))).toBe(1 / 3);
    expect(Q.toNumber(Q.rational(10n ** 300n, 3n * 10n ** 299n))).toBe(10 / 3);
  });

  it('read and write decimals', () => {
    expect(Q.fromDecimal('12.50')).toEqual(Q.rational(25, 2));
    expect(Q.fromDecimal('.5e-3')).toEqual(Q.rational(1, 2000));
    expect(Q.fromDecimal('1e2')).toEqual(Q.rational(100));
    expect(Q.fromDecimal('.')).toBeUndefined();
    expect(Q.toDecimal(Q.rational(1, 8))).toBe('0.125');
    expect(Q.toDecimal(Q.rational(1, 3))).toBeUndefined();
    expect(Q.toDecimal(Q.rational(-7, 10n ** 30n))).toBe('-7e-30');
  });

  it('take exact roots and bounded powers', () => {
    expect(Q.root(Q.rational(27, 8), 3n)).toEqual(Q.rational(3, 2));
    expect(Q.root(Q.rational(2), 2n)).toBeUndefined();
    expect(Q.root(Q.rational(12n ** 40n), 40n)).toEqual(Q.rational(12));
    expect(Q.power(Q.rational(2, 3), -2n)).toEqual(Q.rational(9, 4));
    expect(Q.power(Q.rational(0), -1n)).toBeUndefined();
    expect(Q.power(Q.rational(10), 10n ** 9n)).toBeUndefined();
    expect(Q.power(Q.rational(-1), 10n ** 9n + 1n)).toEqual(Q.rational(-1));
  });
});

describe('numbers of a program', () => {
  it.each<[number, string]>([
    [3, '3'],
    [-0.5, '-0.5'],
    [1 / 3, '1/3'],
    [1 / 3 - 1, '-2/3'],
    [0.1 + 0.2, '0.3'],
    [Math.PI, 'pi'],
    [2 * Math.PI, '2pi'],
    [-Math.PI / 2, '-1/2*pi'],
    [Math.PI - 1, 'pi - 1'],
    [Math.E, 'e'],
    [2 / Math.sqrt(Math.PI), '2(1/sqrt(pi))'],
    [Math.SQRT2, 'sqrt(2)'],
    [Math.LN2, 'log(2)'],
    [Math.log(0.4), '-log(2.5)'],
    [1.23456789012345, '1.23456789012345'],
    [0.7390851332151607, '0.7390851332151607'],
    [1e300, '1e300'],
    [Infinity, 'inf'],
  ])('%d is written %s', (value, expected) => {
    expect(toText(recognize(value))).toBe(expected);
  });

  it('are fractions where decimals are not wanted', () => {
    expect(toText(recognize(0.5, false))).toBe('1/2');
    expect(toText(recognize(0.1, false))).toBe('1/10');
  });
});

describe('the nearest name', () => {
  it.each([
    ['sigmod', ['sign', 'sigmoid', 'sin'], 'sigmoid'],
    ['sine', ['cos', 'sin', 'sinh'], 'sin'],
    ['lgo', ['log', 'exp'], 'log'],
    ['wieght', ['weight', 'height'], 'weight'],
    ['SIN', ['sin'], 'sin'],
    ['alert', ['abs', 'sqrt', 'asin'], undefined],
    ['q', ['x', 'y'], undefined],
  ])('%s among %j is %s', (wrong, known, expected) => {
    expect(nearestName(wrong, known)).toBe(expected);
  });

  it('counts insertions, deletions, changes and swaps', () => {
    expect(editDistance('kitten', 'sitting', 9)).toBe(3);
    expect(editDistance('abcd', 'abdc', 9)).toBe(1);
    expect(editDistance('abc', 'xyz', 2)).toBe(Infinity);
  });
});
