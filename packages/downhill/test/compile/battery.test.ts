import { describe, expect, it } from 'vitest';
import { compileProgram } from '../../src/compile/compile.ts';
import { acceptsDtype } from '../../src/primitives/elementwise.ts';
import { primitives } from '../../src/primitives/registry.ts';
import { evaluateProgram } from '../../src/program/evaluate.ts';
import type { Primitive, Samples } from '../../src/program/primitive.ts';
import type { Program } from '../../src/program/program.ts';
import { castScalar, type DType, dtypes, isFloat } from '../../src/tensor/dtype.ts';
import { DownhillError } from '../../src/tensor/errors.ts';
import { sizeOf } from '../../src/tensor/shape.ts';
import { convertData, type DenseTensor } from '../../src/tensor/tensor.ts';
import { jvpProgram } from '../../src/transforms/jvp.ts';
import { drawOperand, structural } from '../battery/cases.ts';
import { type Case, direction, programOf, randomSource } from '../battery/laws.ts';

/** Operations some case of the battery left to the reference evaluator. */
const onReference = new Set<string>();

/** Distance in units of the last place of the larger value, at the precision of the dtype. */
function ulps(a: number, b: number, dtype: DType): number {
  if (Object.is(a, b) || a === b || (Number.isNaN(a) && Number.isNaN(b))) return 0;
  const [mantissa, smallest] = dtype === 'float32' ? [2 ** -23, 2 ** -149] : [2 ** -52, 2 ** -1074];
  return Math.abs(a - b) / Math.max(Math.abs(b) * mantissa, smallest);
}

function compare(program: Program, inputs: readonly DenseTensor[], bound: number, what: string): void {
  const expected = evaluateProgram(program, inputs);
  const compiled = compileProgram(program);
  for (const line of compiled.plan) {
    const [, left] = / ← (\w+) by the reference/.exec(line) ?? [];
    if (left) onReference.add(left);
  }
  const actual = compiled.run(inputs);
  expected.forEach((y, i) => {
    const z = actual[i] as DenseTensor;
    expect(z.dtype, what).toBe(y.dtype);
    expect(z.shape, what).toEqual(y.shape);
    y.data.forEach((v, k) => {
      const distance = ulps(z.data[k] as number, v, y.dtype);
      if (!(distance <= bound))
        expect.fail(
          `${what}: element ${k} is ${z.data[k]}, the reference has ${v} (${distance} ulp; operands ${inputs.map((x) => x.data[x.size === 1 ? 0 : k])})`,
        );
    });
  });
}

const shapes: readonly (readonly number[])[] = [[], [0], [1], [7], [2, 3], [19], [2, 1, 9], [1, 2, 1, 3, 2]];
const edges = [
  0,
  -0,
  1,
  -1,
  0.5,
  -0.5,
  1.5,
  2.5,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  5e-324,
  1e308,
  -1e308,
  1e-310,
  3.4e38,
  1e-45,
  710,
  -745,
  33,
  3,
];

const elementwise = primitives.filter((p): p is Primitive & { samples: Samples } => 'accepts' in p.samples);
const first = (p: Primitive, i: number, dtype: DType): DType => (p.name === 'select' && i === 0 ? 'bool' : dtype);

const countOf = (p: Primitive, dtype: DType): number =>
  [1, 2, 3].find((n) => {
    try {
      p.shape(
        Array.from({ length: n }, (_, i) => ({ shape: [], dtype: first(p, i, dtype), weak: false })),
        {},
      );
      return true;
    } catch {
      return false;
    }
  }) ?? 0;

/** Stated bounds: arithmetic is exact, kernels within 4 ulp in float64 and 2 in float32 of the truth, as is the reference. */
const exact = new Set([
  'neg',
  'add',
  'sub',
  'mul',
  'div',
  'sqrt',
  'abs',
  'sign',
  'floor',
  'ceil',
  'round',
  'max',
  'min',
  'clamp',
  'select',
  'rem',
]);
const bound = (p: Primitive): number =>
  exact.has(p.name) ? 0 : p.name === 'lgamma' || p.name === 'digamma' ? 2000 : 8;

describe.each(elementwise.map((p) => [p.name, p] as const))('%s compiled', (name, p) => {
  it.each(dtypes.filter((d) => acceptsDtype(p.samples.accepts, d)))(
    '%s agrees with the reference on shapes and edge values',
    (dtype) => {
      const count = countOf(p, dtype);
      shapes.forEach((shape, s) => {
        const random = randomSource(s + 1);
        const inputs = Array.from({ length: count }, (_, i) => {
          const own = first(p, i, dtype);
          const [low, high] = p.samples.domain?.[i] ?? [-3, 3];
          const draw = () =>
            own === 'bool'
              ? Math.round(random())
              : isFloat(own)
                ? low + (high - low) * random()
                : Math.round((low + (high - low) * random()) * 3);
          return convertData(Array.from({ length: sizeOf(shape) }, draw), shape, own);
        });
        const c: Case = { primitive: p, params: {}, inputs };
        compare(programOf(c), inputs, bound(p), `${name} ${dtype}[${shape}]`);
      });
      const list = [...new Set(edges.map((v) => castScalar(v, dtype)))];
      const rows =
        count === 1
          ? list.map((x) => [x])
          : list.flatMap((x) => list.map((y) => (count === 2 ? [x, y] : [castScalar(x, 'bool'), x, y])));
      const inputs = Array.from({ length: count }, (_, i) =>
        convertData(
          rows.map((r) => r[i] as number),
          [rows.length],
          first(p, i, dtype),
        ),
      );
      compare(programOf({ primitive: p, params: {}, inputs }), inputs, bound(p), `${name} ${dtype} at the edges`);
    },
  );
});

describe.each(primitives.filter((p) => structural[p.name]).map((p) => [p.name, p] as const))(
  '%s compiled',
  (name, p) => {
    it.each(dtypes)('%s agrees with the reference', (dtype) => {
      (structural[name] ?? []).forEach((spec, k) => {
        const random = randomSource(k + 1);
        const inputs = spec.operands.map((o) => drawOperand(o, dtype, random));
        const c: Case = { primitive: p, params: spec.params, inputs };
        try {
          p.shape(inputs, spec.params);
        } catch (error) {
          if (error instanceof DownhillError && error.code === 'dtype') return;
          throw error;
        }
        compare(programOf(c), inputs, 64, `${name} ${dtype} case ${k}`);
        if (dtype !== 'float64' && dtype !== 'float32') return;
        const marks = inputs.map((x) => isFloat(x.dtype));
        const forward = jvpProgram(programOf(c), marks).program;
        const tangents = inputs.filter((_, i) => marks[i]).map((x) => direction(x, random));
        compare(forward, [...inputs, ...tangents], 4096, `jvp of ${name} ${dtype} case ${k}`);
      });
    });
  },
);

describe('the whole battery', () => {
  it('runs in the module: no case is left to the reference evaluator', () => {
    expect([...onReference]).toEqual([]);
  });
});
