import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkGrads } from '../../src/calculus/index.ts';
import * as d from '../../src/index.ts';
import { expectClose } from '../support.ts';

const ramp = (...shape: number[]): d.Tensor =>
  d.reshape(d.sin(d.mul(1.3, d.arange(shape.reduce((a, b) => a * b, 1)))), shape);

/** Einstein's summation by its definition: a loop over every value of every label. */
function naiveEinsum(inputs: string[], output: string, xs: d.Tensor[]): number[] {
  const sizes = new Map<string, number>();
  inputs.forEach((labels, k) => {
    [...labels].forEach((l, axis) => sizes.set(l, xs[k].shape[axis]));
  });
  const labels = [...new Set([...output, ...inputs.join('')])];
  const out = new Array<number>([...output].reduce((n, l) => n * (sizes.get(l) as number), 1)).fill(0);
  const visit = (place: Record<string, number>, depth: number): void => {
    if (depth === labels.length) {
      const at = (text: string): number => [...text].reduce((n, l) => n * (sizes.get(l) as number) + place[l], 0);
      out[at(output)] += inputs.reduce((product, text, k) => product * xs[k].data[at(text)], 1);
      return;
    }
    for (let i = 0; i < (sizes.get(labels[depth]) as number); i++) visit({ ...place, [labels[depth]]: i }, depth + 1);
  };
  visit({}, 0);
  return out;
}

describe('einsum', () => {
  test('agrees with its definition for random subscripts of up to three operands', () => {
    const labels = ['a', 'b', 'c', 'd'];
    const sizes: Record<string, number> = { a: 2, b: 3, c: 1, d: 2 };
    const term = fc.array(fc.constantFrom(...labels), { maxLength: 3 }).map((l) => l.join(''));
    fc.assert(
      fc.property(fc.array(term, { minLength: 1, maxLength: 3 }), fc.shuffledSubarray(labels), (inputs, wanted) => {
        const used = new Set(inputs.join(''));
        const output = wanted.filter((l) => used.has(l)).join('');
        const xs = inputs.map((text, k) => d.add(ramp(...[...text].map((l) => sizes[l])), k / 2));
        expectClose(d.einsum(`${inputs.join(',')}->${output}`, ...xs), naiveEinsum(inputs, output, xs), 1e-12);
      }),
      { numRuns: 200 },
    );
  });

  test('without an arrow keeps labels that occur once, in alphabetical order', () => {
    expect(d.einsum('ba', ramp(2, 3)).shape).toEqual([3, 2]);
    expect(d.einsum('ij,jk', ramp(2, 3), ramp(3, 4)).shape).toEqual([2, 4]);
    expect(d.einsum('ii', ramp(3, 3)).shape).toEqual([]);
  });

  test('an ellipsis stands for axes that broadcast', () => {
    expect(d.einsum('...ij,...jk->...ik', ramp(5, 1, 2, 3), ramp(4, 3, 2)).shape).toEqual([5, 4, 2, 2]);
    expectClose(d.einsum('...i->...', ramp(2, 3)), d.sum(ramp(2, 3), { axis: 1 }));
  });

  test('has right gradients to second order', () => {
    checkGrads(
      (a: d.Tensor, b: d.Tensor, c: d.Tensor) => d.einsum('ij,jk,ki->ik', a, b, c),
      [ramp(2, 3), ramp(3, 2), d.add(1, ramp(2, 2))],
    );
    checkGrads((a: d.Tensor) => d.einsum('iij->j', d.square(a)), [ramp(2, 2, 3)]);
  });

  test.each<[string, () => unknown, string]>([
    ['a digit', () => d.einsum('i1->i', ramp(2, 2)), '"1" at position 1 of "i1->i" is not a subscript'],
    ['two arrows', () => d.einsum('i->i->i', ramp(2)), 'more than one "->"'],
    ['too few operands', () => d.einsum('i,j->ij', ramp(2)), 'describes 2 operands; got 1'],
    [
      'too few labels',
      () => d.einsum('i->i', ramp(2, 2)),
      'operand 0 has shape [2, 2] (2 axes) but subscripts "i" name 1',
    ],
    ['sizes that differ', () => d.einsum('ij,jk->ik', ramp(2, 3), ramp(2, 3)), '"j" is 3 in one place and 2 in axis 0'],
    ['an unknown label', () => d.einsum('i->k', ramp(2)), '"k" of the result is in no operand'],
    ['a label twice in the result', () => d.einsum('i->ii', ramp(2)), 'names an axis twice'],
    ['a broken ellipsis', () => d.einsum('i..->i', ramp(2)), 'at most one "..."'],
  ])('%s is refused', (_name, run, message) => {
    expect(run).toThrow(message);
  });
});

describe('products', () => {
  test('matmul, dot, inner, outer, vdot, tensordot by their sums', () => {
    const [a, b] = [ramp(2, 3), ramp(3, 4)];
    expectClose(d.matmul(a, b), naiveEinsum(['ij', 'jk'], 'ik', [a, b]));
    expectClose(d.dot(a, ramp(2, 3, 4)), naiveEinsum(['ij', 'kjl'], 'ikl', [a, ramp(2, 3, 4)]));
    expectClose(d.inner(a, ramp(4, 3)), naiveEinsum(['ij', 'kj'], 'ik', [a, ramp(4, 3)]));
    expectClose(d.outer(a, b).shape, [6, 12]);
    expectClose(d.vdot(a, ramp(6)), naiveEinsum(['i', 'i'], '', [ramp(6), ramp(6)]));
    expectClose(d.tensordot(a, b, { axes: 1 }), d.matmul(a, b));
    expect(d.dot(2, 3)).toBe(6);
    expect(d.matmul(ramp(5, 2, 3), ramp(3)).shape).toEqual([5, 2]);
    expect(d.matmul(ramp(3), ramp(5, 3, 2)).shape).toEqual([5, 2]);
    expect(d.matmul(ramp(2, 3), ramp(5, 3, 2)).shape).toEqual([5, 2, 2]);
  });

  test.each<[string, () => unknown, string]>([
    [
      'inner sizes',
      () => d.matmul(ramp(2, 3), ramp(2, 3)),
      'the last axis of the left has 3, the second to last axis of the right 2',
    ],
    ['scalars', () => d.matmul(2, ramp(2)), 'scalars have no matrix product, use mul'],
    ['dot', () => d.dot(ramp(2), ramp(3)), 'axis -1 has 2, axis -1 has 3'],
    ['vdot', () => d.vdot(ramp(2), ramp(3)), '[2] has 2 elements but [3] has 3'],
    ['tensordot', () => d.tensordot(ramp(2), ramp(2)), '2 axes cannot be contracted in [2]'],
  ])('%s that do not fit are refused with both shapes', (_name, run, message) => {
    expect(run).toThrow(message);
  });
});

describe('methods are the functions', () => {
  const x = d.tensor([
    [1, -2, 3],
    [4, 5, -6],
  ]);
  test('each method gives what its function gives', () => {
    const functions = { ...d };
    const unary = [
      'abs',
      'exp',
      'neg',
      'sin',
      'square',
      'sigmoid',
      'relu',
      'ravel',
      'cumsum',
      'sort',
      'softmax',
      'argmax',
    ] as const;
    for (const name of unary) expect(x[name]().toArray()).toEqual(functions[name](x).toArray());
    const binary = ['add', 'sub', 'mul', 'div', 'maximum', 'less', 'equal', 'mod'] as const;
    for (const name of binary) expect(x[name](2).toArray()).toEqual(functions[name](x, 2).toArray());
    expect(x.var({ ddof: 1 }).item()).toBe(d.variance(x, { ddof: 1 }).item());
    expect(x.T.shape).toEqual([3, 2]);
    expect(x.matmul(x.T).toArray()).toEqual(d.matmul(x, d.transpose(x)).toArray());
    expect(x.at(0, 0).set(9).get(0, 0).item()).toBe(9);
  });
  test('they work on traced values and do not show up when a tensor is looked at', () => {
    expect(
      d
        .grad((v: d.Tensor) => v.mul(v).sum())(x)
        .toArray(),
    ).toEqual(x.mul(2).toArray());
    expect(Object.keys(x)).not.toContain('add');
  });
});
