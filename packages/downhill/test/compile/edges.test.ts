import { describe, expect, it } from 'vitest';
import { compileProgram } from '../../src/compile/index.ts';
import * as d from '../../src/index.ts';
import { evaluateProgram } from '../../src/program/evaluate.ts';
import type { DType } from '../../src/tensor/dtype.ts';
import { convertData, type DenseTensor, type Tensor } from '../../src/tensor/tensor.ts';
import { makeProgram } from '../../src/transforms/jit.ts';

type Operation = (...xs: Tensor[]) => unknown;

const text = ({ dtype, shape, data }: DenseTensor): string =>
  `${dtype}[${shape}] ${Array.from(data, (v) => (Object.is(v, -0) ? '-0' : String(v))).join(' ')}`;

/** Compiled with nothing left to the reference evaluator, and equal to it: types, signs of zero, every element. */
function agrees(what: string, f: Operation, ...inputs: Tensor[]): void {
  const given = inputs as DenseTensor[];
  const program = makeProgram(f as (...xs: Tensor[]) => unknown)(...inputs);
  const { run, plan } = compileProgram(program);
  expect(plan.join('\n'), what).not.toMatch(/by the reference/);
  expect(run(given).map(text), what).toEqual(evaluateProgram(program, given).map(text));
}

const library = d as unknown as Record<string, (...args: unknown[]) => Tensor>;
const named = (name: string, ...more: unknown[]): Operation => {
  const f = library[name];
  if (!f) throw new Error(`the library has no ${name}`);
  return (...xs) => f(...xs, ...more);
};
const floats = ['float64', 'float32'] as const;
const integers = ['int32', 'uint32'] as const;
const list = (dtype: DType, values: readonly number[]): Tensor => convertData(values, [values.length], dtype);
const pairs = (dtype: DType, values: readonly number[]): [Tensor, Tensor] => [
  list(
    dtype,
    values.flatMap((x) => values.map(() => x)),
  ),
  list(
    dtype,
    values.flatMap(() => values),
  ),
];
const [inf, nan] = [Number.POSITIVE_INFINITY, Number.NaN];
const extremes = [
  0, 1, -1, 2, 7, -7, 2147483647, -2147483648, 2147483646, -2147483647, 31, 32, 33, 64, 4294967295, 2147483648,
];
const numbers = [
  ...[
    0,
    -0,
    1,
    -1,
    0.5,
    -0.5,
    1.5,
    2.5,
    -2.5,
    nan,
    inf,
    -inf,
    5e-324,
    -5e-324,
    2.2e-308,
    1e-310,
    1e308,
    3.4e38,
    3.5e38,
  ],
  ...[-3.5e38, 1e-45, 1e-40, 2147483647, 2147483648, -2147483648, -2147483649, 4294967295, 4294967296, 1e20, -1e20],
  ...[0.999999, -0.999999, 16777217],
];
const dtypes: readonly DType[] = [...floats, ...integers, 'bool'];

describe.each(integers)('%s at its ends', (dtype) => {
  // uint32 has the bits of int32
  const values = dtype === 'int32' ? extremes.map((v) => v | 0) : extremes.map((v) => v >>> 0);
  const all = list(dtype, values);

  it('wraps, divides by zero and by −1, shifts by 32 and more, compares with its own sign', () => {
    const [x, y] = pairs(dtype, values);
    const binary = [
      ...[
        'add',
        'sub',
        'mul',
        'div',
        'rem',
        'mod',
        'floorDivide',
        'maximum',
        'minimum',
        'less',
        'greaterEqual',
        'equal',
      ],
      ...['bitwiseAnd', 'bitwiseXor', 'shiftLeft', 'shiftRightLogical'],
    ];
    for (const name of binary) {
      agrees(name, named(name), x, y);
      for (const k of [0, 1, 2, 6, 7])
        agrees(`${name} by ${values[k]}`, named(name), x, convertData([values[k] as number], [], dtype));
    }
    for (const name of ['neg', 'abs', 'sign', 'bitwiseNot']) agrees(name, named(name), all);
    for (const name of ['sum', 'prod', 'max', 'argmin']) agrees(name, named(name), all);
    for (const name of ['cumsum', 'cummax']) agrees(name, (v) => d.flip(named(name)(d.flip(v)) as Tensor), all);
    agrees('sort', (v) => [d.sort(v), d.argsort(v, { descending: true })], all);
    agrees('matmul', (v) => d.matmul(d.reshape(v, [4, 4]), d.reshape(v, [4, 4])), all);
  });

  it('converts', () => {
    for (const to of dtypes) agrees(to, (v) => d.astype(v, to), all);
    const [to, expected] = dtype === 'int32' ? (['uint32', 4294967295] as const) : (['int32', -1] as const);
    const ones = convertData([dtype === 'int32' ? -1 : 4294967295], [], dtype);
    expect(d.astype(ones, to).item()).toBe(expected);
  });
});

describe.each(floats)('%s at the edges', (dtype) => {
  const all = list(dtype, numbers);
  const [x, y] = pairs(dtype, numbers);
  const ordered = list(
    dtype,
    numbers.filter((v) => !Number.isNaN(v)),
  );

  it('converts to integers as XLA does: towards zero, within the range, NaN to 0', () => {
    const v = convertData([-1, -1.5, -1e10, Number.NaN, Infinity, -Infinity, 5e9, 3e9, 7.9], [9], dtype);
    agrees('uint32', (u) => d.astype(u, 'uint32'), v);
    agrees('int32', (u) => d.astype(u, 'int32'), v);
    const most = 4294967295;
    expect([...d.astype(v, 'uint32').data]).toEqual([0, 0, 0, 0, most, 0, most, 3e9, 7]);
    const [low, high] = [-2147483648, 2147483647];
    expect([...d.astype(v, 'int32').data]).toEqual([-1, -1, low, 0, high, low, high, high, 7]);
  });

  it('converts, compares, rounds and clamps', () => {
    for (const to of dtypes) {
      agrees(to, (v) => d.astype(v, to), all);
      for (const k of [9, 24, 25, 29])
        agrees(`${to} of one`, (v) => d.astype(v, to), convertData([numbers[k] as number], [], dtype));
    }
    for (const name of [
      'add',
      'mul',
      'div',
      'maximum',
      'minimum',
      'less',
      'equal',
      'notEqual',
      'rem',
      'mod',
      'floorDivide',
    ])
      agrees(name, named(name), x, y);
    for (const name of [
      'neg',
      'abs',
      'sign',
      'floor',
      'ceil',
      'round',
      'sqrt',
      'trunc',
      'isNaN',
      'isFinite',
      'nanToNum',
      'relu',
    ])
      agrees(name, named(name), all);
    for (const [low, high] of [
      [-1, 1],
      [nan, 1],
      [-1, nan],
      [1, -1],
      [-0, 0],
    ])
      agrees(`clamp ${low} ${high}`, (v) => d.clamp(v, low as number, high as number), all);
  });

  it('order: ties, NaN, signs of zero, stability; running and along either axis', () => {
    const zeros = list(dtype, [0, -0, 0, -0, 0, -0, -0, 0, 0]);
    for (const name of ['max', 'min', 'argmax', 'argmin', 'any', 'all', 'cummax', 'cummin'])
      for (const v of [all, ordered, zeros, list(dtype, [1, 3, 3, 1, 3])]) agrees(name, named(name), v);
    for (const name of ['max', 'argmin', 'cummax', 'cummin', 'sort', 'argsort'])
      for (const axis of [0, 1]) agrees(name, named(name, { axis }), d.reshape(all, [3, 11]));
    for (const name of ['cummax', 'cumsum', 'cumprod'])
      agrees(name, (v) => d.flip(named(name)(d.flip(v)) as Tensor), list(dtype, [1, 0.5, -2, nan, 3, -0]));
    const tied = list(dtype, [nan, 2, -0, 0, inf, 1, 2, nan, -inf, 0, -0, 1]);
    agrees(
      'sort',
      (v) => [d.sort(v), d.argsort(v), d.sort(v, { descending: true }), d.argsort(v, { descending: true })],
      tied,
    );
    expect([...(d.argsort(tied) as DenseTensor).data]).toEqual([8, 2, 3, 9, 10, 5, 11, 1, 6, 4, 0, 7]);
  });

  it('indices outside: gathers fill, scatters drop, slices move inside', () => {
    const v = list(dtype, [1, 2, 3, 4, 5, 6]);
    const indices = [0, 2, -1, -3, 5, 100, -100, 2147483647, -2147483648];
    const places = list('int32', indices);
    agrees('take', (a, i) => d.take(a as Tensor, i as Tensor), v, places);
    agrees('take rows', (a, i) => d.take(d.reshape(a as Tensor, [3, 2]), i as Tensor, { axis: 0 }), v, places);
    agrees('scatterAdd', (a, i) => d.scatterAdd(a as Tensor, i as Tensor, d.ones([9])), v, places);
    for (const at of indices) {
      const start = convertData([at], [], 'int32');
      agrees('dynamicSlice', (a, i) => d.dynamicSlice(a as Tensor, [i as Tensor], [2]), v, start);
      agrees(
        'dynamicUpdateSlice',
        (a, i) => d.dynamicUpdateSlice(a as Tensor, d.astype(d.zeros([2]), dtype), [i as Tensor]),
        v,
        start,
      );
    }
  });

  it('nothing at all: every reduction, order and product of arrays without elements', () => {
    const none = list(dtype, []);
    for (const name of ['sum', 'prod', 'any', 'all', 'cumsum', 'cummax', 'sort', 'argsort', 'sin', 'logsumexp'])
      agrees(name, named(name), none);
    for (const shape of [
      [0, 3],
      [3, 0],
      [0, 0],
    ])
      for (const axis of [0, 1]) {
        const v = d.reshape(none, shape);
        for (const name of ['sum', 'prod', 'any', 'cumprod']) agrees(name, named(name, { axis }), v);
        for (const name of ['max', 'argmax']) {
          if (shape[axis] !== 0 || shape[1 - axis] === 0) agrees(name, named(name, { axis }), v);
          else expect(() => named(name, { axis })(v)).toThrow(/is empty, and nothing has no/);
        }
      }
    agrees('matmul', (v) => d.matmul(d.reshape(v, [3, 0]), d.reshape(v, [0, 4])), none);
    agrees('concatenate', (v) => d.concatenate([v, d.ones([2]), v]), none);
    for (const shape of [
      [0, 17, 1],
      [2, 0],
      [3, 0, 2],
    ])
      agrees(`tile [${shape}]`, (v) => d.tile(d.reshape(v, shape), [2, 2, 2]), none);
  });

  it('indices into axes without elements read nothing, or what is read outside', () => {
    const none = list(dtype, []);
    const along = (axis: number) => (a: Tensor, i: Tensor) => d.takeAlongAxis(a, i, { axis });
    for (const [shape, table, axis] of [
      [[0], [0], 0],
      [[0, 3], [0, 3], 0],
      [[0, 3], [0, 2], 1],
      [[3, 0], [1, 0], 0],
      [[3, 0], [3, 4], 1],
      [[2, 0, 3], [2, 5, 3], 1],
    ] as const) {
      const [x, places] = [d.reshape(none, shape), d.zeros(table, 'int32')];
      agrees('takeAlongAxis', along(axis) as Operation, x, places);
      expect(d.jit(along(axis))(x, places).shape).toEqual(table);
      agrees('take', (a, i) => d.take(a as Tensor, i as Tensor, { axis }), x, places);
      agrees('its slope', (a, i) => d.grad((v: Tensor) => d.sum(along(axis)(v, i as Tensor)))(a as Tensor), x, places);
    }
    const rows = d.zeros([2], 'int32');
    agrees(
      'scatterAdd',
      (a, i) => d.scatterAdd(a as Tensor, i as Tensor, d.ones([2, 3])),
      d.reshape(none, [0, 3]),
      rows,
    );
    agrees(
      'of no examples',
      (a, i) => d.vmap(along(0))(a as Tensor, i as Tensor),
      d.zeros([0, 4]),
      d.zeros([0, 2], 'int32'),
    );
    // what is known to lie outside is an error as ever
    expect(() => d.takeAlongAxis(d.zeros([0]), d.tensor([0]))).toThrow(/index 0 is out of range for an axis of size 0/);
  });

  it('eight axes, no axis, and broadcasts far larger than what is stored', () => {
    const eight = d.reshape(
      list(
        dtype,
        Array.from({ length: 768 }, (_, i) => Math.sin(i)),
      ),
      [2, 2, 2, 2, 3, 2, 4, 2],
    );
    agrees(
      'eight axes',
      (v) => [
        d.transpose(v, [7, 2, 5, 0, 3, 6, 1, 4]),
        d.flip(v),
        d.max(v, { axis: [1, 3, 6] }),
        d.sort(v, { axis: 4 }),
        d.argmax(v, { axis: 6 }),
        d.cummax(v, { axis: 5 }),
        d.mul(d.transpose(v, [0, 2, 1, 3, 4, 5, 6, 7]), v),
      ],
      eight,
    );
    agrees(
      'no axis',
      (v) => [d.neg(v), d.transpose(v), d.sum(v), d.any(v), d.select(d.greater(v, 0), v, d.neg(v))],
      convertData([2], [], dtype),
    );
    agrees('broadcast', (v) => d.max(d.broadcastTo(v, [50, 40, 30, 32])), ordered);
    agrees(
      'broadcast over rows',
      (v) => d.argmax(d.broadcastTo(d.reshape(v, [33, 1]), [33, 100_000]), { axis: 0 }),
      all,
    );
  });

  it('convolutions with padding, strides and dilation beyond the input', () => {
    const image = d.reshape(
      list(
        dtype,
        Array.from({ length: 120 }, (_, i) => (i % 7) - 3),
      ),
      [2, 3, 4, 5],
    );
    const kernel = d.reshape(
      list(
        dtype,
        Array.from({ length: 72 }, (_, i) => (i % 5) - 2),
      ),
      [4, 3, 3, 2],
    );
    const options: d.ConvOptions[] = [
      { strides: [3, 1], padding: 'SAME' },
      {
        padding: [
          [5, 6],
          [7, 8],
        ],
      },
      {
        padding: [
          [9, 9],
          [9, 9],
        ],
        strides: 4,
      },
      { kernelDilation: 2, padding: 'SAME' },
      {
        inputDilation: [2, 3],
        kernelDilation: [1, 2],
        padding: [
          [3, 1],
          [0, 4],
        ],
        strides: [2, 3],
      },
      {
        padding: [
          [-1, -1],
          [0, 0],
        ],
      },
      { strides: 9 },
      { kernelDilation: 9 },
    ];
    for (const o of options) agrees(JSON.stringify(o), (v, w) => d.conv(v as Tensor, w as Tensor, o), image, kernel);
  });
});
