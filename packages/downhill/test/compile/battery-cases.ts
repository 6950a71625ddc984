// The battery of the compiler, without a test runner: every record × dtype × shapes and edge values, with the distance
// from the reference evaluator that each may have.
import { type CompileOptions, compileProgram } from '../../src/compile/index.ts';
import { acceptsDtype } from '../../src/primitives/elementwise.ts';
import { primitives } from '../../src/primitives/registry.ts';
import { evaluateProgram } from '../../src/program/evaluate.ts';
import type { Primitive, Samples } from '../../src/program/primitive.ts';
import type { Program } from '../../src/program/program.ts';
import { castScalar, type DType, isFloat } from '../../src/tensor/dtype.ts';
import { DownhillError } from '../../src/tensor/errors.ts';
import { sizeOf } from '../../src/tensor/shape.ts';
import { convertData, type DenseTensor } from '../../src/tensor/tensor.ts';
import { jvpProgram } from '../../src/transforms/jvp.ts';
import { drawOperand, structural } from '../battery/cases.ts';
import { type Case, direction, programOf, randomSource } from '../battery/draw.ts';

/** A Program, operands, and how many units of the last place results may be off. */
export interface BatteryCase {
  readonly what: string;
  readonly program: Program;
  readonly inputs: readonly DenseTensor[];
  readonly bound: number;
  /** Units are those of the largest result, or of this number if that is larger; by default each element's own. */
  readonly scale?: number;
}

/** Distance in units of the last place of the larger value, at the precision of the dtype. */
function ulps(a: number, b: number, dtype: DType, least: number): number {
  if (Object.is(a, b) || a === b || (Number.isNaN(a) && Number.isNaN(b))) return 0;
  const [mantissa, smallest] = dtype === 'float32' ? [2 ** -23, 2 ** -149] : [2 ** -52, 2 ** -1074];
  return Math.abs(a - b) / Math.max(Math.abs(b) * mantissa, least * mantissa, smallest);
}

/** Where results are further from the reference than a case may be, or nothing. */
export function difference(
  { what, inputs, bound, scale = 0 }: BatteryCase,
  expected: readonly DenseTensor[],
  actual: readonly DenseTensor[],
): string | undefined {
  for (const [i, y] of expected.entries()) {
    const z = actual[i] as DenseTensor;
    if (z.dtype !== y.dtype || z.shape.join() !== y.shape.join())
      return `${what}: ${z.dtype}[${z.shape}], the reference has ${y.dtype}[${y.shape}]`;
    const least = scale && y.data.reduce((m, v) => (Number.isFinite(v) ? Math.max(m, Math.abs(v)) : m), scale);
    for (const [k, v] of y.data.entries()) {
      const distance = ulps(z.data[k] as number, v, y.dtype, least);
      if (distance <= bound) continue;
      const operands = inputs.map((x) => x.data[x.size === 1 ? 0 : k]);
      return `${what}: element ${k} is ${z.data[k]}, the reference has ${v} (${distance} ulp; operands ${operands})`;
    }
  }
  return undefined;
}

/** What is wrong with a compiled case, or nothing; with the plan it was compiled to. */
export function check(
  battery: BatteryCase,
  options: CompileOptions = {},
): { wrong: string | undefined; plan: readonly string[] } {
  const { program, inputs } = battery;
  const { plan, run } = compileProgram(program, options);
  return { wrong: difference(battery, evaluateProgram(program, inputs), run(inputs)), plan };
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

export const elementwise = primitives.filter((p): p is Primitive & { samples: Samples } => 'accepts' in p.samples);
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

/** An elementwise operation on every shape and on every pair of edge values. */
export function* elementwiseCases(p: Primitive & { samples: Samples }, dtype: DType): Generator<BatteryCase> {
  if (!acceptsDtype(p.samples.accepts, dtype)) return;
  const count = countOf(p, dtype);
  for (const [s, shape] of shapes.entries()) {
    const random = randomSource(s + 1);
    const inputs = Array.from({ length: count }, (_, i) => {
      const own = first(p, i, dtype);
      const [low, high] = p.samples.domain?.[i] ?? [-3, 3];
      const draw = (): number =>
        own === 'bool'
          ? Math.round(random())
          : isFloat(own)
            ? low + (high - low) * random()
            : Math.round((low + (high - low) * random()) * 3);
      return convertData(Array.from({ length: sizeOf(shape) }, draw), shape, own);
    });
    const program = programOf({ primitive: p, params: {}, inputs });
    yield { what: `${p.name} ${dtype}[${shape}]`, program, inputs, bound: bound(p) };
  }
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
  const program = programOf({ primitive: p, params: {}, inputs });
  yield { what: `${p.name} ${dtype} at the edges`, program, inputs, bound: bound(p) };
}

/** An operation with parameters: its cases, and their derivatives in a random direction. */
export function* structuralCases(p: Primitive, dtype: DType): Generator<BatteryCase> {
  for (const [k, spec] of (structural[p.name] ?? []).entries()) {
    const random = randomSource(k + 1);
    const inputs = spec.operands.map((o) => drawOperand(o, dtype, random));
    const c: Case = { primitive: p, params: spec.params, inputs };
    try {
      p.shape(inputs, spec.params);
    } catch (error) {
      if (error instanceof DownhillError && error.code === 'dtype') continue;
      throw error;
    }
    yield { what: `${p.name} ${dtype} case ${k}`, program: programOf(c), inputs, bound: 64 };
    if (dtype !== 'float64' && dtype !== 'float32') continue;
    const marks = inputs.map((x) => isFloat(x.dtype));
    const forward = jvpProgram(programOf(c), marks).program;
    const tangents = inputs.filter((_, i) => marks[i]).map((x) => direction(x, random));
    yield {
      what: `jvp of ${p.name} ${dtype} case ${k}`,
      program: forward,
      inputs: [...inputs, ...tangents],
      bound: 4096,
    };
  }
}
