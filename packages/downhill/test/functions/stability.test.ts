import { describe, expect, test } from 'vitest';
import { checkGrads } from '../../src/calculus/index.ts';
import * as d from '../../src/index.ts';
import { expectClose } from '../support.ts';

const { NEGATIVE_INFINITY: minusInf, POSITIVE_INFINITY: inf } = Number;
type Scalar = (x: number) => number;

const derivatives = (f: Scalar, x: number): number[] => [f(x), d.grad(f)(x), d.grad(d.grad(f) as Scalar)(x)];

/** f, f′, f″ to 17 digits from mpmath at 200 digits. */
const references: Record<string, [Scalar, [x: number, ...values: number[]][]]> = {
  softplus: [
    d.softplus,
    [
      [-40, 4.248354255291589e-18, 4.248354255291589e-18, 4.248354255291589e-18],
      [-1, 0.3132616875182228, 0.2689414213699951, 0.19661193324148185],
      [0, Math.LN2, 0.5, 0.25],
      [30, 30.000000000000092, 0.9999999999999064, 9.357622968838423e-14],
    ],
  ],
  sinc: [
    d.sinc,
    [
      [0.25, 0.9003163161571061, -0.7728381398822342, -2.703060757258859],
      [1e-3, 0.9999983550667448, -0.0032898648867278964, -3.289858392793072],
      [0.2, 0.935489283788639, -0.6323614470684581, -2.9092946817677032],
      [1.5, -0.21220659078919377, 0.14147106052612918, 1.90576702169169],
      [2.25, 0.10003514623967845, 0.2698096155319418, -1.2271380889524741],
      [0, 1, 0, -(Math.PI ** 2) / 3],
    ],
  ],
  'logaddexp(x, 1)': [
    (x) => d.logaddexp(x, 1),
    [
      [-30, 1.0000000000000344, 3.442477108469858e-14, 3.4424771084697395e-14],
      [0.5, 1.4740769841801067, 0.37754066879814546, 0.2350037122015945],
      [1, 1.6931471805599454, 0.5, 0.25],
      [31, 31.000000000000092, 0.9999999999999064, 9.357622968838423e-14],
    ],
  ],
  mish: [
    d.mish,
    [
      [-20, -4.122307240628761e-8, -3.916191874348969e-8, -3.710076504245658e-8],
      [0, 0, 0.6, 0.64],
      [1.5, 1.4033782663958025, 1.0884879850078477, -0.0021502385832350064],
    ],
  ],
  'hypot(x, ½)': [(x) => d.hypot(x, 0.5), [[1.25, 1.346291201783626, 0.9284766908852593, 0.10245260037354587]]],
};

describe.each(Object.entries(references))('%s and its first two derivatives', (_name, [f, rows]) => {
  test.each(rows)('at %d', (x, ...expected) => {
    derivatives(f, x).forEach((got, k) => {
      expect(Math.abs(got - expected[k])).toBeLessThanOrEqual(2e-14 * Math.abs(expected[k]) + 1e-17);
    });
  });
});

describe('far out, where the textbook formula overflows', () => {
  // value, slope and curvature are exact in double precision there
  const limits: [string, Scalar, number, number[]][] = [
    ['softplus', d.softplus, 800, [800, 1, 0]],
    ['softplus', d.softplus, -800, [0, 0, 0]],
    ['sigmoid', d.sigmoid, 800, [1, 0, 0]],
    ['sigmoid', d.sigmoid, -800, [0, 0, 0]],
    ['logSigmoid', d.logSigmoid, -800, [-800, 1, 0]],
    ['logSigmoid', d.logSigmoid, 800, [0, 0, 0]],
    ['silu', d.silu, 800, [800, 1, 0]],
    ['silu', d.silu, -800, [0, 0, 0]],
    ['gelu', d.gelu, 800, [800, 1, 0]],
    ['gelu', d.gelu, -800, [0, 0, 0]],
    ['elu', d.elu, -800, [-1, 0, 0]],
    ['tanh', d.tanh, 300, [1, 0, 0]],
    ['log1p(exp) as logaddexp', (x) => d.logaddexp(x, 0), 800, [800, 1, 0]],
    ['logaddexp', (x) => d.logaddexp(x, 1e4), -1e4, [1e4, 0, 0]],
    ['hypot', (x) => d.hypot(x, 1e200), 1e200, [Math.SQRT2 * 1e200, Math.SQRT1_2, 0]],
  ];
  test.each(limits)('%s at %2$d', (_name, f, x, expected) => {
    expectClose(derivatives(f, x), expected, 1e-15);
  });

  test('logsumexp of ±1e4 and of nothing but −∞, with gradients', () => {
    const gradient = d.grad((x: d.Tensor) => d.logsumexp(x));
    const of = (...xs: number[]): d.Tensor => d.tensor(xs);
    expect(d.logsumexp(of(1e4, 1e4)).item()).toBe(1e4 + Math.LN2);
    expect(d.logsumexp(of(-1e4, -1e4)).item()).toBe(-1e4 + Math.LN2);
    expect(d.logsumexp(of(1e4, -1e4)).item()).toBe(1e4);
    expect(gradient(of(1e4, -1e4)).toArray()).toEqual([1, 0]);
    expect(gradient(of(-1e4, -1e4)).toArray()).toEqual([0.5, 0.5]);
    expect(d.logsumexp(of(minusInf, minusInf)).item()).toBe(minusInf);
    expect(gradient(of(minusInf, minusInf)).toArray()).toEqual([0, 0]);
    expect(gradient(of(minusInf, 3)).toArray()).toEqual([0, 1]);
    expect(d.logsumexp(of(inf, 1)).item()).toBe(inf);
    expect(d.logsumexp(d.zeros([0])).item()).toBe(minusInf);
    expectClose(d.hessian((x: d.Tensor) => d.logsumexp(x))(of(-1e4, -1e4)), [0.25, -0.25, -0.25, 0.25]);
  });

  test('softmax and its logarithm at spread scores', () => {
    expect(d.softmax(d.tensor([1e4, 0, -1e4])).toArray()).toEqual([1, 0, 0]);
    expect(d.logSoftmax(d.tensor([1e4, 0])).toArray()).toEqual([0, -1e4]);
    expect(
      d.softmax(
        d.tensor([
          [1, 2],
          [3, 3],
        ]),
        { axis: null },
      ).shape,
    ).toEqual([2, 2]);
  });
});

describe('kinks and points without a derivative follow the documented convention', () => {
  const slopes: [string, Scalar, number, number][] = [
    ['relu at 0', d.relu, 0, 0],
    ['leakyRelu at 0', d.leakyRelu, 0, 1],
    ['elu at 0', d.elu, 0, 1],
    ['hardTanh at 1', d.hardTanh, 1, 1],
    ['hardTanh beyond 1', d.hardTanh, 1.5, 0],
    ['clip inside', (x) => d.clip(x, -1, 1), 0.5, 1],
    ['clip at its bound', (x) => d.clip(x, -1, 1), 1, 0],
    ['softsign at 0', d.softsign, 0, 1],
    ['norm at 0', (x) => d.norm(x), 0, 0],
    ['hypot at the origin', (x) => d.hypot(x, 0), 0, 0],
    ['xlogy at x = 0', (x) => d.xlogy(x, 2), 0, Math.LN2],
  ];
  test.each(slopes)('%s', (_name, f, x, expected) => {
    expect(d.grad(f)(x)).toBe(expected);
  });

  test('norms at zero have slope 0, whatever the order and the axis', () => {
    const zero = d.zeros([2, 3]);
    for (const options of [{}, { axis: 1 }, { axis: 0, ord: 3 }, { axis: 1, ord: 1 }]) {
      expect(
        d
          .grad((x: d.Tensor) => d.sum(d.norm(x, options)))(zero)
          .toArray(),
      ).toEqual([
        [0, 0, 0],
        [0, 0, 0],
      ]);
    }
    expect(
      d
        .grad((x: d.Tensor) => d.std(x))(d.tensor([2, 2, 2]))
        .toArray(),
    ).toEqual([0, 0, 0]);
  });

  test('NaN goes through and is never hidden', () => {
    const all = [d.relu, d.softplus, d.sigmoid, d.elu, d.gelu, d.silu, d.leakyRelu, d.sinc, d.hardTanh, d.logSigmoid];
    for (const f of all) expect(f(Number.NaN)).toBeNaN();
    expect(d.clip(Number.NaN, 0, 1)).toBeNaN();
    expect(d.logsumexp(d.tensor([Number.NaN, 1])).item()).toBeNaN();
    expect(d.norm(d.tensor([Number.NaN, 1])).item()).toBeNaN();
    expect(d.hypot(Number.NaN, inf)).toBe(inf);
  });
});

test('gradients of composites to second order, by differences', () => {
  const x = d.tensor([
    [0.3, -1.2, 2.1],
    [1.7, 0.4, -0.6],
  ]);
  const functions: Record<string, (v: d.Tensor) => d.Tensor> = {
    gelu: (v) => d.gelu(v),
    geluTanh: (v) => d.gelu(v, { approximate: true }),
    selu: d.selu,
    softsign: d.softsign,
    logit: (v) => d.logit(d.sigmoid(v)),
    'mod and floorDivide': (v) => d.add(d.square(d.mod(v, 0.7)), d.floorDivide(v, 0.7)),
    var: (v) => d.variance(v, { axis: 1, ddof: 1 }),
    std: (v) => d.std(v, { axis: 0 }),
    norm: (v) => d.norm(v),
    'norm 3': (v) => d.norm(v, { axis: 1, ord: 3 }),
    logsumexp: (v) => d.logsumexp(v, { axis: 0 }),
    softmax: (v) => d.softmax(v),
    logSoftmax: (v) => d.logSoftmax(v, { axis: 0 }),
    cumprod: (v) => d.cumprod(v, { axis: 1 }),
    sort: (v) => d.square(d.sort(v)),
    diagonal: (v) => d.square(d.diagonal(v)),
    nanToNum: (v) => d.square(d.nanToNum(v)),
  };
  for (const [name, f] of Object.entries(functions)) checkGrads(f, [x], { name });
});

describe('arithmetic beside the primitives', () => {
  test('mod has the sign of the divisor, and floorDivide goes with it', () => {
    for (const [x, y] of [
      [7, 3],
      [-7, 3],
      [7, -3],
      [-7, -3],
      [1, 0.1],
      [-0.5, 0.25],
    ]) {
      const [q, r] = [d.floorDivide(x, y), d.mod(x, y)];
      expect(q * y + r).toBeCloseTo(x, 12);
      expect(r === 0 || Math.sign(r) === Math.sign(y)).toBe(true);
    }
    expect(d.floorDivide(1, 0.1)).toBe(9);
    expect(d.floorDivide(d.tensor([7, -7], { dtype: 'int32' }), 2).dtype).toBe('int32');
    expect(d.floorDivide(d.tensor([7, -7], { dtype: 'int32' }), 2).toArray()).toEqual([3, -4]);
    expect(d.floorDivide(1, 0)).toBe(inf);
  });

  test('xlogy is 0 at x = 0 except beside NaN', () => {
    expect(d.xlogy(0, 0)).toBe(0);
    expect(d.xlogy(0, -1)).toBe(0);
    expect(d.xlogy(0, inf)).toBe(0);
    expect(d.xlogy(0, Number.NaN)).toBeNaN();
    expect(d.xlogy(2, 3)).toBe(2 * Math.log(3));
  });

  test('tests for NaN and infinity give booleans for numbers and bool tensors otherwise', () => {
    expect(d.isNaN(Number.NaN)).toBe(true);
    expect(d.isInf(minusInf)).toBe(true);
    expect(d.isNaN(d.tensor([1, Number.NaN])).dtype).toBe('bool');
    expect(d.nanToNum(d.tensor([Number.NaN, inf, 1]), { posinf: 9 }).toArray()).toEqual([0, 9, 1]);
  });

  test('logaddexp has −∞ as its neutral element', () => {
    expect(d.logaddexp(minusInf, 3)).toBe(3);
    expect(d.logaddexp(minusInf, minusInf)).toBe(minusInf);
    expect(d.logaddexp(inf, inf)).toBe(inf);
  });

  test('trunc, clip with one bound, degrees', () => {
    expect([d.trunc(-1.5), d.trunc(1.5)]).toEqual([-1, 1]);
    expect([d.clip(5, null, 3), d.clip(-5, -2)]).toEqual([3, -2]);
    expect(d.clip(d.tensor([1, 9], { dtype: 'int32' }), 2, 5).dtype).toBe('int32');
    expect(d.degrees(d.radians(90))).toBe(90);
  });
});

describe('reductions refuse what has no answer', () => {
  test.each<[string, () => unknown, string]>([
    ['mean of nothing', () => d.mean(d.zeros([0])), 'mean: there are no elements to average in [0]'],
    [
      'variance of one with ddof 1',
      () => d.variance(d.tensor([3]), { ddof: 1 }),
      '1 element with ddof 1 leave nothing',
    ],
    ['max of nothing', () => d.max(d.zeros([2, 0])), 'is empty'],
    ['an axis that does not exist', () => d.sum(d.zeros([2]), { axis: 1 }), 'axis 1 is out of range for rank 1'],
    ['an axis named twice', () => d.sum(d.zeros([2, 2]), { axis: [0, -2] }), 'axis 0 is named twice'],
    ['a norm that is none', () => d.norm(d.zeros([2]), { ord: 0.5 }), 'ord 0.5 is not a norm'],
    ['the spectral norm', () => d.norm(d.zeros([2, 2]), { ord: 2 }), "'fro', 1 and Infinity are"],
  ])('%s', (_name, run, message) => {
    expect(run).toThrow(message);
  });
  test('matrix norms by column and by row', () => {
    const m = d.tensor([
      [1, -2],
      [3, 4],
    ]);
    expect(d.norm(m, { ord: 1 }).item()).toBe(6);
    expect(d.norm(m, { ord: inf }).item()).toBe(7);
    expect(d.norm(m, { ord: 'fro' }).item()).toBe(Math.sqrt(30));
    expect(d.norm(m, { ord: 1, axis: [1, 0] }).item()).toBe(7);
  });
});
