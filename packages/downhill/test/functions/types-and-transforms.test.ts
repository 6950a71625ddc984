import { describe, expect, test } from 'vitest';
import * as d from '../../src/index.ts';
import { elements, expectClose } from '../support.ts';

type Unary = (x: d.Tensor) => d.Tensor;

/** Composites of one operand that keep its shape or reduce it. */
const composites: Record<string, Unary> = {
  relu: d.relu,
  softplus: d.softplus,
  logSigmoid: d.logSigmoid,
  silu: d.silu,
  mish: d.mish,
  gelu: (x) => d.gelu(x),
  geluTanh: (x) => d.gelu(x, { approximate: true }),
  elu: (x) => d.elu(x),
  selu: d.selu,
  leakyRelu: (x) => d.leakyRelu(x),
  softsign: d.softsign,
  hardTanh: d.hardTanh,
  square: d.square,
  reciprocal: d.reciprocal,
  exp2: d.exp2,
  log2: d.log2,
  log10: d.log10,
  sinc: d.sinc,
  trunc: d.trunc,
  hypot: (x) => d.hypot(x, 1),
  logaddexp: (x) => d.logaddexp(x, 0),
  xlogy: (x) => d.xlogy(x, 2),
  mod: (x) => d.mod(x, 0.75),
  floorDivide: (x) => d.floorDivide(x, 0.75),
  nanToNum: (x) => d.nanToNum(x),
  clip: (x) => d.clip(x, 0.5, 1.5),
  where: (x) => d.where(d.greater(x, 1), x, 0),
  sum: (x) => d.sum(x, { axis: -1 }),
  prod: (x) => d.prod(x, { axis: -1 }),
  max: (x) => d.max(x),
  mean: (x) => d.mean(x, { keepdims: true }),
  variance: (x) => d.variance(x, { ddof: 1 }),
  std: (x) => d.std(x),
  norm: (x) => d.norm(x),
  norm3: (x) => d.norm(x, { ord: 3 }),
  logsumexp: (x) => d.logsumexp(x),
  softmax: (x) => d.softmax(x),
  logSoftmax: (x) => d.logSoftmax(x),
  cumsum: (x) => d.cumsum(x),
  cumprod: (x) => d.cumprod(x),
  sort: (x) => d.sort(x),
  'sort descending': (x) => d.sort(x, { descending: true }),
  roll: (x) => d.roll(x, 1),
  flip: (x) => d.flip(x),
  tile: (x) => d.tile(x, 2),
  repeat: (x) => d.repeat(x, 2),
  pad: (x) => d.pad(x, 0, 1),
  diag: (x) => d.diag(x),
  tril: (x) => d.tril(d.outer(x, x)),
  trace: (x) => d.trace(d.outer(x, x)),
  'einsum of one': (x) => d.einsum('i->', x),
  'einsum of three': (x) => d.einsum('i,j,i->j', x, x, x),
  matmul: (x) => d.matmul(d.outer(x, x), x),
  'index by a range': (x) => d.index(x, [null, null, -2]),
  'index by an array': (x) => d.index(x, d.tensor([2, 0])),
  'take with computed indices': (x) => d.take(x, d.argsort(x)),
  takeAlongAxis: (x) => d.takeAlongAxis(x, d.argsort(x)),
  'at set': (x) => d.at(x, 1).set(d.sum(x)),
  'at add': (x) => d.at(x, d.tensor([0, 0])).add(1),
  scatterAdd: (x) => d.scatterAdd(x, d.tensor([1, 1]), d.index(x, [0, 2])),
  split: (x) => d.concatenate(d.split(x, [1])),
  stack: (x) => d.stack([x, x], { axis: -1 }),
};

const rows = [
  [0.3, 1.7, 0.9],
  [1.2, 0.4, 2.1],
];

describe.each(Object.entries(composites))('%s', (_name, f) => {
  test('keeps float32 in float32, and float64 in float64', () => {
    expect(f(d.tensor(rows[0], { dtype: 'float32' })).dtype).toBe('float32');
    expect(f(d.tensor(rows[0])).dtype).toBe('float64');
  });

  test('is the same when recorded, and row by row over a batch', () => {
    const plain = rows.map((row) => f(d.tensor(row)));
    expectClose(d.jit(f)(d.tensor(rows[0])), plain[0]);
    const batched = d.vmap(f)(d.tensor(rows));
    expect(batched.shape).toEqual([2, ...plain[0].shape]);
    expectClose(batched, plain.flatMap(elements));
  });

  test('has the gradient under a batch that it has row by row', () => {
    const gradient = d.grad((x: d.Tensor) => d.sum(d.square(f(x))));
    const plain = rows.flatMap((row) => elements(gradient(d.tensor(row))));
    expect(plain.some(Number.isNaN)).toBe(false);
    expectClose(d.vmap(gradient)(d.tensor(rows)), plain);
  });
});

test('integers become floats where the function is not closed on them, and stay integers where it is', () => {
  const x = d.tensor([1, 2, 3], { dtype: 'int32' });
  for (const f of [d.softplus, d.mean, d.norm, d.softmax, d.log2, d.sinc]) expect(f(x).dtype).toBe('float64');
  for (const f of [d.relu, d.square, d.sum, d.prod, d.max, d.cumsum, d.sort, d.flip]) expect(f(x).dtype).toBe('int32');
  expect(d.sum(d.tensor([true, false, true])).item()).toBe(2);
  expect(d.sum(d.tensor([true, false, true])).dtype).toBe('int32');
  expect(d.argmax(x).dtype).toBe('int32');
});

test('numbers in, numbers out, with the values tensors give', () => {
  const functions = [
    d.relu,
    d.softplus,
    d.gelu,
    d.elu,
    d.selu,
    d.sinc,
    d.log10,
    d.trunc,
    d.square,
    d.sum,
    d.mean,
    d.max,
    d.norm,
    d.logsumexp,
    d.std,
  ];
  for (const f of functions) {
    const value = (f as (x: number) => number)(1.25);
    expect(typeof value).toBe('number');
    expect(value).toBe((f as Unary)(d.tensor([1.25])).data[0]);
  }
  expect(d.any(1)).toBe(true);
  expect(d.all(0)).toBe(false);
  expect(d.countNonzero(d.tensor([0, 2, 3])).item()).toBe(2);
});
