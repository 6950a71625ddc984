import { describe, expect, it } from 'vitest';
import { mul } from '../../src/primitives/arithmetic.ts';
import {
  bitwiseAnd,
  bitwiseNot,
  bitwiseOr,
  bitwiseXor,
  shiftLeft,
  shiftRightLogical,
} from '../../src/primitives/bitwise.ts';
import { greater } from '../../src/primitives/comparison.ts';
import { iota } from '../../src/primitives/iota.ts';
import { reduceSum } from '../../src/primitives/layout.ts';
import { sqrt } from '../../src/primitives/powers.ts';
import { select } from '../../src/primitives/select.ts';
import { convertData, type Tensor, tensor } from '../../src/tensor/tensor.ts';
import { grad } from '../../src/transforms/grad.ts';
import { vmap } from '../../src/transforms/vmap.ts';
import { elements } from '../support.ts';

describe('iota', () => {
  it('counts along one axis and repeats along the others', () => {
    expect(iota('int32', [4]).toArray()).toEqual([0, 1, 2, 3]);
    expect(iota('float32', [2, 3], 0).toArray()).toEqual([
      [0, 0, 0],
      [1, 1, 1],
    ]);
    expect(iota('uint32', [2, 3], 1).toArray()).toEqual([
      [0, 1, 2],
      [0, 1, 2],
    ]);
    expect(elements(iota('float64', [2, 2, 2], 1))).toEqual([0, 0, 1, 1, 0, 0, 1, 1]);
    expect(iota('int32', [0, 3], 1).shape).toEqual([0, 3]);
    expect(iota('int32', [3, 0], 0).shape).toEqual([3, 0]);
  });

  it('does not depend on a batch', () => {
    expect(vmap((x: Tensor) => mul(x, iota('float64', [2])))(tensor([1, 3])).toArray()).toEqual([
      [0, 1],
      [0, 3],
    ]);
  });

  it('refuses bool, scalars and negative dimensions', () => {
    expect(() => iota('bool', [2])).toThrow('iota: bool has no counting order');
    expect(() => iota('int32', [])).toThrow('iota: axis 0 is out of range for a scalar');
    expect(() => iota('int32', [-1])).toThrow('iota: shape [-1] has a dimension -1');
  });
});

describe('bit operations', () => {
  const [x, y] = [convertData([0b1100, 4294967295], [2], 'uint32'), convertData([0b1010, 1], [2], 'uint32')];

  it('work on the 32 bits of each element', () => {
    expect(bitwiseAnd(x, y).toArray()).toEqual([0b1000, 1]);
    expect(bitwiseOr(x, y).toArray()).toEqual([0b1110, 4294967295]);
    expect(bitwiseXor(x, y).toArray()).toEqual([0b0110, 4294967294]);
    expect(bitwiseNot(x).toArray()).toEqual([4294967283, 0]);
    expect(bitwiseNot(convertData([0, -1], [2], 'int32')).toArray()).toEqual([-1, 0]);
  });

  it('shift zeros in, and everything out from 32 places on', () => {
    const places = convertData([0, 1, 31, 32, 33], [5], 'uint32');
    const ones = convertData([4294967295], [], 'uint32');
    expect(shiftLeft(ones, places).toArray()).toEqual([4294967295, 4294967294, 2147483648, 0, 0]);
    expect(shiftRightLogical(ones, places).toArray()).toEqual([4294967295, 2147483647, 1, 0, 0]);
    expect(shiftRightLogical(convertData([-1], [1], 'int32'), 28).toArray()).toEqual([15]);
  });

  it('refuse real numbers', () => {
    expect(() => bitwiseAnd(tensor([1]), tensor([2]))).toThrow('bitwise_and takes integers; got float64');
  });
});

describe('select', () => {
  it('hides the branch not taken from the slope under vmap too', () => {
    const safe = (x: Tensor): Tensor => select(greater(x, 0), sqrt(x), 0);
    const total = (x: Tensor): Tensor => reduceSum(vmap(safe)(x), [0]);
    expect(grad(total)(tensor([0, 1, 4])).toArray()).toEqual([0, 0.5, 0.25]);
  });
});
