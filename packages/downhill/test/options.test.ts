import { describe, expect, it } from 'vitest';
import * as downhill from '../src/index.ts';
import { ArgumentError } from '../src/tensor/errors.ts';

const { add, grad, jit, mul, random, sum, tensor, vmap } = downhill;

/** What a function is given in plain JavaScript, past the types. */
const wrong = (options: unknown): never => options as never;

const square = (x: number) => mul(x, x);
const key = random.key(0);
const v = tensor([1, 2, 3]);

describe('an option that does not exist is refused by name', () => {
  const core: Record<string, () => unknown> = {
    sum: () => sum(v, wrong({ axes: 0 })),
    mean: () => downhill.mean(v, wrong({ keepDims: true })),
    std: () => downhill.std(v, wrong({ unbiased: true })),
    argmax: () => downhill.argmax(v, wrong({ dim: 0 })),
    cumsum: () => downhill.cumsum(v, wrong({ dim: 0 })),
    logsumexp: () => downhill.logsumexp(v, wrong({ dim: 0 })),
    softmax: () => downhill.softmax(v, wrong({ dim: 0 })),
    norm: () => downhill.norm(v, wrong({ p: 1 })),
    sort: () => downhill.sort(v, wrong({ reverse: true })),
    take: () => downhill.take(v, [0], wrong({ dim: 0 })),
    concatenate: () => downhill.concatenate([v], wrong({ dim: 0 })),
    roll: () => downhill.roll(v, 1, wrong({ dim: 0 })),
    oneHot: () => downhill.oneHot([0], 2, wrong({ type: 'float32' })),
    tensor: () => tensor([1], wrong({ type: 'float32' })),
    eye: () => downhill.eye(2, 2, wrong({ k: 1 })),
    linspace: () => downhill.linspace(0, 1, 3, wrong({ end: false })),
    gelu: () => downhill.gelu(v, wrong({ approx: true })),
    conv: () => downhill.conv(tensor([[[1]]]), tensor([[[1]]]), wrong({ stride: 2 })),
    'random.uniform': () => random.uniform(key, [2], wrong({ min: 0 })),
    'random.normal': () => random.normal(key, [2], wrong({ scale: 2 })),
    'random.choice': () => random.choice(key, 3, [2], wrong({ weights: [1, 1, 1] })),
    grad: () => grad(square, wrong({ argnum: 0 }))(1),
    jacfwd: () => downhill.jacfwd(square, wrong({ argnum: 0 }))(1),
    hessian: () => downhill.hessian(square, wrong({ argnum: 0 })),
    vmap: () => vmap(square, wrong({ axes: 0 })),
    jit: () => jit(square, wrong({ donated: [0] })),
    scan: () => downhill.scan((c: number, x) => [add(c, x), null], 0, v, wrong({ backwards: true })),
    configure: () => downhill.configure(wrong({ thread: 2 })),
  };

  for (const [who, call] of Object.entries(core)) {
    it(who, () => {
      expect(call).toThrow(ArgumentError);
      expect(call).toThrow(new RegExp(`^${who} has no option \\w+; it knows \\w+`));
    });
  }

  it('names every option there is, and takes those', () => {
    expect(() => sum(v, wrong({ axes: 0 }))).toThrow('sum has no option axes; it knows axis, keepdims');
    expect(sum(v, { axis: 0, keepdims: true }).shape).toEqual([1]);
  });

  it('wants an object where NumPy takes a position', () => {
    expect(() => sum(v, wrong(0))).toThrow('sum takes options as an object of axis, keepdims, not 0');
    expect(() => jit(square, wrong(null))).toThrow('not null');
  });
});
