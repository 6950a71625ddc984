import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileProgram, detectFeatures } from '../../src/compile/index.ts';
import { foriLoop } from '../../src/control/scan-loop.ts';
import { add, mul, sub } from '../../src/primitives/arithmetic.ts';
import { greater, lessEqual } from '../../src/primitives/comparison.ts';
import { dotGeneral } from '../../src/primitives/dot.ts';
import { tanh } from '../../src/primitives/hyperbolic.ts';
import { permute, reduceSum, reshapeTo, stretchTo } from '../../src/primitives/layout.ts';
import { maximum } from '../../src/primitives/piecewise.ts';
import { select } from '../../src/primitives/select.ts';
import { reverse, sliceAlong } from '../../src/primitives/slice.ts';
import { evaluateProgram } from '../../src/program/evaluate.ts';
import type { DType } from '../../src/tensor/dtype.ts';
import { type DenseTensor, type Tensor, tensor } from '../../src/tensor/tensor.ts';
import { makeProgram } from '../../src/transforms/jit.ts';

const wave = (count: number, seed: number) => Float64Array.from({ length: count }, (_, i) => Math.sin(1.7 * i + seed));

/** An array of this shape and dtype with values of order one. */
const array = (shape: readonly number[], dtype: DType, seed: number): DenseTensor => {
  const values = wave(
    shape.reduce((a, b) => a * b, 1),
    seed,
  );
  return tensor(dtype === 'float32' ? new Float32Array(values) : values, { shape }) as DenseTensor;
};

/** Compiled against the reference evaluator; the kernels that were made. */
function compare(f: (...args: never[]) => unknown, args: readonly DenseTensor[], tolerance: number, mask = {}) {
  const program = makeProgram(f as (...args: DenseTensor[]) => unknown)(...args);
  const compiled = compileProgram(program, { features: detectFeatures(mask) });
  const expected = evaluateProgram(program, args);
  compiled.run(args).forEach((y, i) => {
    const want = expected[i] as Tensor;
    expect(y.shape).toEqual(want.shape);
    const [got, wanted] = [y.data, (want as DenseTensor).data];
    for (let k = 0; k < got.length; k++) {
      const [a, b] = [got[k] as number, wanted[k] as number];
      if (Math.abs(a - b) > tolerance * (1 + Math.abs(b))) throw new Error(`element ${k} of ${y.shape}: ${a} for ${b}`);
    }
  });
  return compiled.plan;
}

interface Case {
  readonly sizes: readonly [number, number, number];
  readonly batch: number;
  readonly transposed: readonly [boolean, boolean];
  readonly dtype: 'float32' | 'float64';
  readonly chain: readonly number[];
  readonly features: object;
}

const size = fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 10, max: 70 }));
const cases: fc.Arbitrary<Case> = fc.record({
  sizes: fc.tuple(size, size, fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 250, max: 300 }))),
  batch: fc.constantFrom(0, 0, 2, 5),
  transposed: fc.tuple(fc.boolean(), fc.boolean()),
  dtype: fc.constantFrom('float32', 'float32', 'float64'),
  chain: fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 5 }),
  features: fc.constantFrom({}, {}, { relaxedSimd: false }, { wideSimd: true }),
});

/** A product followed by operations with whatever broadcasts against it. */
function program({ sizes: [m, n, k], batch, transposed, dtype, chain }: Case) {
  const lead = batch > 0 ? [batch] : [];
  const side = (rows: number, columns: number, flip: boolean) => [
    ...lead,
    ...(flip ? [columns, rows] : [rows, columns]),
  ];
  const out = [...lead, m, n];
  const args = [
    array(side(m, k, transposed[0]), dtype, 1),
    array(side(k, n, transposed[1]), dtype, 2),
    array(out, dtype, 3),
    array([n], dtype, 4),
    array([...lead, m, 1], dtype, 5),
    array([...lead, n, m], dtype, 6),
    array([3], dtype, 7),
  ];
  const b = lead.length;
  const f = (x: Tensor, y: Tensor, whole: Tensor, row: Tensor, column: Tensor, turned: Tensor, three: Tensor) => {
    const contract = [[b + (transposed[0] ? 0 : 1)], [b + (transposed[1] ? 1 : 0)]] as const;
    const shared = lead.map((_, i) => i);
    const product = () => mul(dotGeneral(x, y, { contract, batch: [shared, shared] }), 1 / Math.sqrt(k));
    const scalar = reduceSum(three, [0]);
    const rows = stretchTo(row, out);
    const columns = stretchTo(column, out);
    const flipped = permute(turned, [...shared, b + 1, b]);
    const steps: readonly ((z: Tensor) => Tensor)[] = [
      (z) => add(z, rows),
      (z) => add(z, columns),
      (z) => mul(z, whole),
      (z) => maximum(z, 0),
      (z) => select(lessEqual(z, 0), mul(z, 0.1), z),
      (z) => tanh(z),
      (z) => mul(add(z, 0.3), 0.5),
      (z) => add(z, scalar),
      (z) => sub(whole, mul(z, 0.1)),
      (z) => add(z, flipped),
      (z) => select(greater(whole, rows), z, columns),
      (z) => add(z, reverse(whole, [b])),
      (z) => sub(z, product()),
    ];
    const made = chain.reduce((z, i) => (steps[i] as (z: Tensor) => Tensor)(z), product());
    return [made, reduceSum(made, [b])];
  };
  return { f: f as (...args: never[]) => unknown, args };
}

describe('what is made of a product', () => {
  test('agrees with the reference evaluator, whatever it is and however the operands lie', () => {
    let fused = 0;
    fc.assert(
      fc.property(cases, (c) => {
        const { f, args } = program(c);
        const plan = compare(f, args, c.dtype === 'float32' ? 2e-5 : 1e-12, c.features);
        if (plan.some((line) => line.includes('then'))) fused++;
      }),
      { numRuns: 150, seed: 7 },
    );
    expect(fused).toBeGreaterThan(75);
  });

  const [x, w] = [array([40, 30], 'float32', 1), array([30, 50], 'float32', 2)];
  const matmul = (x: Tensor, w: Tensor) => dotGeneral(x, w, { contract: [[1], [0]], batch: [[], []] });

  test('bias and activation are one kernel with the product', () => {
    const f = (x: Tensor, w: Tensor, b: Tensor) => {
      const z = add(matmul(x, w), stretchTo(b, [40, 50]));
      return select(lessEqual(z, 0), 0, z);
    };
    const plan = compare(f as never, [x, w, array([50], 'float32', 3)], 1e-5);
    expect(plan).toEqual([
      'float32[40,50] ← product 1×(40×30 · 30×50) · direct · then select(le(add(product, float32), scalar), scalar, add(product, float32))',
    ]);
  });

  test('a sum of products is accumulated by the last', () => {
    const plan = compare(((x: Tensor, w: Tensor) => add(matmul(x, w), matmul(mul(x, x), w))) as never, [x, w], 1e-5);
    expect(plan.filter((line) => line.includes('product'))).toHaveLength(2);
    expect(plan.at(-1)).toContain('then add(float32, product)');
  });

  test('a product that two loops read is computed once and stored', () => {
    const f = (x: Tensor, w: Tensor) => {
      const z = matmul(x, w);
      return [tanh(z), reduceSum(z, [0])];
    };
    const plan = compare(f as never, [x, w], 1e-5);
    expect(plan.filter((line) => line.includes('product'))).toHaveLength(1);
  });

  test('results of another dtype, and lanes that lie apart, are left to a loop of their own', () => {
    const compared = compare(((x: Tensor, w: Tensor) => greater(matmul(x, w), 0.1)) as never, [x, w], 0);
    expect(compared).toHaveLength(2);
    const turned = array([50, 40], 'float32', 4);
    const added = compare(
      ((x: Tensor, w: Tensor, t: Tensor) => add(matmul(x, w), permute(t, [1, 0]))) as never,
      [x, w, turned],
      1e-5,
    );
    expect(added).toHaveLength(2);
  });

  test.each([
    [20, {}],
    [700, {}],
    [20, { wideSimd: true }],
    [250, { wideSimd: true }],
    [700, { wideSimd: true }],
  ])('an update in place of its own operand, %i deep, %j', (depth, mask) => {
    const [rows, columns] = [45, 71];
    const [a, g] = [array([depth, rows], 'float32', 1), array([depth, columns], 'float32', 2)];
    const w = array([rows, columns], 'float32', 3);
    const step = (w: Tensor, a: Tensor, g: Tensor) => {
      const slope = dotGeneral(a, g, { contract: [[0], [0]], batch: [[], []] });
      return sub(w, mul(0.01, slope));
    };
    const program = makeProgram(step)(w, a, g);
    const features = detectFeatures(mask);
    const compiled = compileProgram(program, { features, donation: { inputs: [0], owner: 'step' } });
    // a product in one go is updated where it lies, a deeper one leaves unfinished sums there
    expect(compiled.plan).toHaveLength(depth < 256 ? 1 : 2);
    const [expected] = evaluateProgram(program, [w, a, g]) as [DenseTensor];
    const [got] = compiled.run([w, a, g]) as [DenseTensor];
    got.data.forEach((v, i) => expect(v).toBeCloseTo(expected.data[i] as number, 4));
  });

  test('weights carried by a loop are updated where they lie', () => {
    const f = (w: Tensor, x: Tensor) =>
      foriLoop(
        0,
        5,
        (_i, w: Tensor) => {
          const slope = dotGeneral(x, tanh(matmul(x, w)), { contract: [[0], [0]], batch: [[], []] });
          return sub(w, mul(0.02, slope));
        },
        w,
      );
    compare(f as never, [array([30, 50], 'float32', 2), array([300, 30], 'float32', 1)], 1e-4);
  });

  /** Heads of attention: batches that no single step walks, results stored in the order they are wanted. */
  test.each([
    ['float32', [2, 9, 3, 8], [0, 2, 1, 3]],
    ['float64', [3, 17, 2, 5], [0, 2, 3, 1]],
    ['float32', [2, 6, 4, 7], [0, 3, 1, 2]],
    ['float32', [1, 5, 1, 4], [2, 0, 1, 3]],
    ['float64', [2, 5, 3, 4], [3, 1, 0, 2]],
  ] as const)('in %s, %j in order %j, without copies', (dtype, shape, order) => {
    const [b, l, h, d] = shape;
    const whole = array([b, l, 3 * h * d], dtype, 1);
    const bias = array(
      order.map((a) => [b, h, l, d][a] as number),
      dtype,
      2,
    );
    const f = (x: Tensor, bias: Tensor) => {
      const part = (i: number) =>
        permute(reshapeTo(sliceAlong(x, 2, i * h * d, (i + 1) * h * d), [b, l, h, d]), [0, 2, 1, 3]);
      const scores = dotGeneral(part(0), part(1), {
        contract: [[3], [3]],
        batch: [
          [0, 1],
          [0, 1],
        ],
      });
      const mixed = dotGeneral(scores, part(2), {
        contract: [[3], [2]],
        batch: [
          [0, 1],
          [0, 1],
        ],
      });
      return maximum(add(permute(mixed, order), bias), 0.1);
    };
    const plan = compare(f as never, [whole, bias], dtype === 'float32' ? 1e-5 : 1e-12);
    expect(plan.filter((line) => line.includes('product'))).toHaveLength(2);
    if (order[3] === 3) expect(plan).toHaveLength(2);
  });
});
