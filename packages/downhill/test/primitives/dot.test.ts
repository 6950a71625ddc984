import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DotDims, dotGeneral } from '../../src/primitives/dot.ts';
import { sizeOf, stridesOf } from '../../src/tensor/shape.ts';
import { convertData, type Tensor, tensor, zeros } from '../../src/tensor/tensor.ts';
import { grad } from '../../src/transforms/grad.ts';
import { jacfwd, jacrev } from '../../src/transforms/jacobian.ts';
import { randomSource } from '../battery/laws.ts';
import { elements, expectClose } from '../support.ts';

const none: readonly number[] = [];
const matrix: DotDims = { contract: [[1], [0]], batch: [none, none] };

/** Σ over every assignment of sizes to labels, one label an axis: the definition, as slow as it is plain. */
function bySumming(x: Tensor, y: Tensor, { contract, batch }: DotDims): number[] {
  const xFree = x.shape.map((_, i) => i).filter((i) => !contract[0].includes(i) && !batch[0].includes(i));
  const yFree = y.shape.map((_, i) => i).filter((i) => !contract[1].includes(i) && !batch[1].includes(i));
  const result = [...batch[0], ...xFree].map((a) => x.shape[a]).concat(yFree.map((a) => y.shape[a]));
  const inner = contract[0].map((a) => x.shape[a]);
  const [sx, sy] = [stridesOf(x.shape), stridesOf(y.shape)];
  const place = (i: number, dims: readonly number[]) => stridesOf(dims).map((s, k) => Math.floor(i / s) % dims[k]);
  return Array.from({ length: sizeOf(result) }, (_, o) => {
    const at = place(o, result);
    let total = 0;
    for (let c = 0; c < sizeOf(inner); c++) {
      const k = place(c, inner);
      let [i, j] = [0, 0];
      batch[0].forEach((a, n) => {
        i += at[n] * sx[a];
        j += at[n] * sy[batch[1][n]];
      });
      xFree.forEach((a, n) => {
        i += at[batch[0].length + n] * sx[a];
      });
      yFree.forEach((a, n) => {
        j += at[batch[0].length + xFree.length + n] * sy[a];
      });
      contract[0].forEach((a, n) => {
        i += k[n] * sx[a];
        j += k[n] * sy[contract[1][n]];
      });
      total += x.data[i] * y.data[j];
    }
    return total;
  });
}

/** Two operands whose axes are shuffled labels, and the dimension numbers that pair them up. */
const products = fc
  .record({
    batch: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 2 }),
    contract: fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 2 }),
    left: fc.array(fc.integer({ min: 1, max: 10 }), { maxLength: 2 }),
    right: fc.array(fc.integer({ min: 1, max: 10 }), { maxLength: 2 }),
    seed: fc.integer({ min: 0, max: 1e9 }),
  })
  .map(({ batch, contract, left, right, seed }) => {
    const random = randomSource(seed);
    const operand = (free: number[]) => {
      const labels = [
        ...batch.map((d, i) => ({ kind: 'batch', i, d })),
        ...contract.map((d, i) => ({ kind: 'contract', i, d })),
        ...free.map((d, i) => ({ kind: 'free', i, d })),
      ]
        .map((label) => ({ label, order: random() }))
        .sort((a, b) => a.order - b.order)
        .map(({ label }) => label);
      const shape = labels.map((l) => l.d);
      const axesOf = (kind: string, count: number) =>
        Array.from({ length: count }, (_, i) => labels.findIndex((l) => l.kind === kind && l.i === i));
      return {
        x: tensor(
          Float64Array.from({ length: sizeOf(shape) }, () => random() * 2 - 1),
          { shape },
        ),
        batch: axesOf('batch', batch.length),
        contract: axesOf('contract', contract.length),
      };
    };
    const [l, r] = [operand(left), operand(right)];
    return { x: l.x, y: r.x, dims: { contract: [l.contract, r.contract], batch: [l.batch, r.batch] } as DotDims };
  });

describe('dot_general', () => {
  it('is the sum over contracting axes, in step along batch axes, for any dimension numbers', () => {
    fc.assert(
      fc.property(products, ({ x, y, dims }) => {
        expectClose(dotGeneral(x, y, dims), bySumming(x, y, dims), 1e-13);
      }),
      { numRuns: 200 },
    );
  });

  it('has the product of the other operand as its slope, in either mode', () => {
    fc.assert(
      fc.property(products, ({ x, y, dims }) => {
        const size = x.size * y.size * dotGeneral(x, y, dims).size;
        fc.pre(size > 0 && size < 2000);
        const f = (v: Tensor, w: Tensor) => dotGeneral(v, w, dims);
        for (const argnums of [0, 1]) {
          const forward = jacfwd(f, { argnums })(x, y) as Tensor;
          expectClose(jacrev(f, { argnums })(x, y), elements(forward), 1e-13);
        }
        // linear in the left operand: f(x) = Σ ∂f/∂x · x
        const slopes = elements(jacfwd(f)(x, y));
        const values = elements(f(x, y));
        const sums = values.map((_, o) => Array.from(x.data).reduce((s, v, i) => s + v * slopes[o * x.size + i], 0));
        expectClose(sums, values, 1e-12);
      }),
      { numRuns: 60 },
    );
  });

  it('multiplies integers exactly modulo 2³²', () => {
    const x = convertData([65537, 2147483647, -5], [1, 3], 'int32');
    const y = convertData([65537, 3, 7], [3, 1], 'int32');
    const exact = (65537n * 65537n + 2147483647n * 3n - 35n) % 4294967296n;
    expect(dotGeneral(x, y, matrix).data[0]).toBe(Number(BigInt.asIntN(32, exact)));
    const u = convertData([4294967295, 2], [1, 2], 'uint32');
    expect(dotGeneral(u, convertData([4294967295, 3], [2, 1], 'uint32'), matrix).data[0]).toBe(7);
  });

  it('accumulates float32 in float64 and rounds once', () => {
    const x = convertData([16777216, 1, -16777216], [1, 3], 'float32');
    expect(dotGeneral(x, convertData([1, 1, 1], [3, 1], 'float32'), matrix).data[0]).toBe(1);
  });

  it('gives zeros over an empty contraction and keeps NaN and infinities', () => {
    expect(dotGeneral(zeros([2, 0]), zeros([0, 3]), matrix).toArray()).toEqual([
      [0, 0, 0],
      [0, 0, 0],
    ]);
    const x = tensor([[0, Number.POSITIVE_INFINITY]]);
    expect(dotGeneral(x, tensor([[Number.NaN], [1]]), matrix).data[0]).toBeNaN();
    expect(dotGeneral(x, tensor([[1], [1]]), matrix).data[0]).toBe(Number.POSITIVE_INFINITY);
    expect(dotGeneral(x, tensor([[1], [0]]), matrix).data[0]).toBeNaN();
  });

  it('has the Hessian of a quadratic form', () => {
    const a = tensor([
      [2, 1],
      [0, 3],
    ]);
    const whole: DotDims = { contract: [[0], [0]], batch: [none, none] };
    const form = (x: Tensor) => dotGeneral(x, dotGeneral(a, x, { ...whole, contract: [[1], [0]] }), whole);
    expectClose(grad(form)(tensor([1, -2])), [2 * 2 * 1 + 1 * -2, 1 * 1 + 2 * 3 * -2]);
    expectClose(jacrev(grad(form))(tensor([1, -2])), [4, 1, 1, 6]);
  });

  it('names shapes and axes that do not fit', () => {
    expect(() => dotGeneral(zeros([2, 3]), zeros([4, 5]), matrix)).toThrow(
      'contracting axis 1 of [2, 3] has 3 but axis 0 of [4, 5] has 4',
    );
    expect(() => dotGeneral(zeros([2]), zeros([2]), matrix)).toThrow('axis 1 is out of range for the left operand [2]');
    expect(() => dotGeneral(zeros([2]), zeros([2]), { contract: [[0], none], batch: [none, none] })).toThrow(
      '1 contracting axes on the left but 0 on the right',
    );
    expect(() => dotGeneral(zeros([2]), zeros([2]), { contract: [[0], [0]], batch: [[0], [0]] })).toThrow('axis twice');
    expect(() => dotGeneral(zeros([2, 2]), zeros([2, 2], 'float32'), matrix)).toThrow('float64 and float32');
    expect(() => dotGeneral(zeros([2, 2], 'bool'), zeros([2, 2], 'bool'), matrix)).toThrow('not defined for bool');
  });
});
