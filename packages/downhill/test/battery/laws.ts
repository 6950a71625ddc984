import { expect } from 'vitest';
import { evaluateProgram } from '../../src/program/evaluate.ts';
import { isDeclined, LinearInput } from '../../src/program/primitive.ts';
import type { Program } from '../../src/program/program.ts';
import { verifyProgram } from '../../src/program/verify.ts';
import { isFloat } from '../../src/tensor/dtype.ts';
import { shapesEqual } from '../../src/tensor/shape.ts';
import { convertData, DenseTensor, type Tensor } from '../../src/tensor/tensor.ts';
import { recordProgram } from '../../src/trace/apply.ts';
import { batchProgram } from '../../src/transforms/batch.ts';
import { jvpProgram, jvpProgramAt } from '../../src/transforms/jvp.ts';
import { plainType } from '../../src/transforms/types.ts';
import { vjpProgram } from '../../src/transforms/vjp.ts';
import { type Case, direction, programOf } from './draw.ts';

export { type Case, direction, programOf, randomSource } from './draw.ts';

const differentiable = (inputs: readonly DenseTensor[]): boolean[] => inputs.map((x) => isFloat(x.dtype));

const perturbed = (x: DenseTensor, direction: DenseTensor | null, h: number): DenseTensor =>
  direction
    ? new DenseTensor(x.data.map((v, i) => v + h * (direction.data[i] as number)) as never, x.shape, x.dtype, x.weak)
    : x;

const inner = (a: readonly Tensor[], b: readonly Tensor[]): number =>
  a.reduce(
    (sum, x, i) => sum + Array.from(x.data).reduce((s, v, k) => s + v * ((b[i] as Tensor).data[k] as number), 0),
    0,
  );

const norm = (a: readonly Tensor[]): number => Math.sqrt(inner(a, a));

/** The shape rule and the evaluation tell the same story, traced or not. */
export function checkTypes(c: Case): void {
  const types = c.primitive.shape(c.inputs, c.params);
  const results = c.primitive.evaluate(c.inputs, c.params);
  expect(results.length).toBe(types.length);
  results.forEach((y, i) => {
    expect(y.dtype).toBe(types[i]?.dtype);
    expect(shapesEqual(y.shape, types[i]?.shape ?? [])).toBe(true);
    expect(y.data.length).toBe(y.size);
  });
  const program = programOf(c);
  verifyProgram(program, c.primitive.name);
  evaluateProgram(program, c.inputs).forEach((y, i) =>
    expect(Array.from(y.data)).toEqual(Array.from((results[i] as Tensor).data)),
  );
}

function floats(outputs: readonly DenseTensor[]): DenseTensor[] {
  return outputs.filter((y) => isFloat(y.dtype));
}

/** Directional derivative by central differences, extrapolated twice (error of order h⁶). */
function differences(
  program: Program,
  inputs: readonly DenseTensor[],
  tangents: readonly (DenseTensor | null)[],
): number[] {
  const quotient = (h: number): number[] => {
    const shift = (s: number) =>
      floats(
        evaluateProgram(
          program,
          inputs.map((x, i) => perturbed(x, tangents[i] ?? null, s)),
        ),
      );
    const [up, down] = [shift(h), shift(-h)];
    return up.flatMap((y, i) =>
      Array.from(y.data, (v, k) => (v - ((down[i] as DenseTensor).data[k] as number)) / (2 * h)),
    );
  };
  const h = 1e-3;
  const [a, b, c] = [quotient(h), quotient(h / 2), quotient(h / 4)];
  return a.map((v, i) => {
    const first = (4 * (b[i] as number) - v) / 3;
    const second = (4 * (c[i] as number) - (b[i] as number)) / 3;
    return (16 * second - first) / 15;
  });
}

function expectNear(actual: readonly number[], expected: readonly number[], tolerance: number, what: string): void {
  const scale = Math.max(1, ...expected.map(Math.abs));
  actual.forEach((v, i) => {
    const w = expected[i] as number;
    if (!(Math.abs(v - w) <= tolerance * scale)) {
      expect.fail(`${what}: element ${i} is ${v}, expected ${w} (tolerance ${tolerance}, scale ${scale})`);
    }
  });
}

/** Forward mode against differences, reverse against forward by ⟨y, J x⟩ = ⟨Jᵀ y, x⟩, for one Program. */
function checkDerivatives(
  program: Program,
  inputs: readonly DenseTensor[],
  random: () => number,
  tolerance: number,
  what: string,
): void {
  const marks = differentiable(inputs);
  const tangents = inputs.map((x, i) => (marks[i] ? direction(x, random) : null));
  const given = tangents.filter((t): t is DenseTensor => t !== null);
  const outputs = evaluateProgram(program, inputs);
  const floatOutputs = outputs.map((y) => isFloat(y.dtype));
  const forward = jvpProgram(program, marks, floatOutputs);
  verifyProgram(forward.program, `jvp of ${what}`);
  const slopes = evaluateProgram(forward.program, [...inputs, ...given]).slice(outputs.length);
  expectNear(
    slopes.flatMap((t) => Array.from(t.data)),
    differences(program, inputs, tangents),
    tolerance,
    `jvp of ${what}`,
  );
  const back = vjpProgram(program, marks, floatOutputs);
  verifyProgram(back, `vjp of ${what}`);
  const seeds = floats(outputs).map((y) => direction(y, random));
  const pulled = evaluateProgram(back, [...inputs, ...seeds]).slice(outputs.length);
  const [left, right] = [inner(seeds, slopes), inner(pulled, given)];
  const size = Math.max(1e-12, norm(seeds) * norm(slopes), norm(pulled) * norm(given));
  if (!(Math.abs(left - right) <= 1e-12 * size)) {
    expect.fail(`vjp of ${what}: ⟨y, Jx⟩ is ${left} but ⟨Jᵀy, x⟩ is ${right}`);
  }
}

/** Tangents and cotangents have the dtype of the values they belong to, without a conversion on the way. */
export function checkTangentTypes(c: Case): void {
  const marks = differentiable(c.inputs);
  const program = programOf(c);
  if (!marks.some(Boolean)) return;
  const given = c.inputs.filter((_, i) => marks[i]);
  recordProgram('tangent types', [...c.inputs, ...given].map(plainType), (values) => {
    let next = c.inputs.length;
    const tangents = marks.map((m) => (m ? (values[next++] as Tensor) : null));
    const { outputs, tangents: slopes } = jvpProgramAt(program, values.slice(0, c.inputs.length), tangents);
    slopes.forEach((t, i) => {
      if (!t) return;
      expect(t.dtype, `tangent of ${c.primitive.name}`).toBe(outputs[i]?.dtype);
      expect(t.shape, `tangent of ${c.primitive.name}`).toEqual(outputs[i]?.shape);
    });
    return outputs;
  });
  const back = vjpProgram(
    program,
    marks,
    program.outputs.map((y) => isFloat(y.dtype)),
  );
  const conversions = back.equations.filter(
    (e) => e.primitive.name === 'convert_element_type' && isFloat((e.inputs[0] as Tensor).dtype),
  ).length;
  const own = c.primitive.name === 'convert_element_type' ? 2 : 0;
  expect(conversions, `conversions in the vjp of ${c.primitive.name}`).toBeLessThanOrEqual(own);
}

/** First and second derivatives of an operation at an interior point, in both modes and their compositions. */
export function checkJvpAndVjp(c: Case, random: () => number): void {
  const marks = differentiable(c.inputs);
  const program = programOf(c);
  if (!marks.some(Boolean) || !program.outputs.some((y) => isFloat(y.dtype))) return;
  checkDerivatives(program, c.inputs, random, 1e-8, c.primitive.name);
  const floatOutputs = program.outputs.map((y) => isFloat(y.dtype));
  const given = c.inputs.filter((_, i) => marks[i]).map((x) => direction(x, random));
  const forward = jvpProgram(program, marks, floatOutputs).program;
  checkDerivatives(
    { ...forward, outputs: forward.outputs.slice(program.outputs.length) },
    [...c.inputs, ...given],
    random,
    1e-6,
    `jvp of ${c.primitive.name}`,
  );
  const seeds = floats(evaluateProgram(program, c.inputs)).map((y) => direction(y, random));
  const back = vjpProgram(program, marks, floatOutputs);
  checkDerivatives(
    { ...back, outputs: back.outputs.slice(program.outputs.length) },
    [...c.inputs, ...seeds],
    random,
    1e-6,
    `vjp of ${c.primitive.name}`,
  );
}

/** A linear operation's transpose, operand by operand, by ⟨y, A x⟩ = ⟨Aᵀ y, x⟩. */
export function checkTranspose(c: Case, random: () => number): void {
  const { primitive, params, inputs } = c;
  const { transpose } = primitive;
  if (isDeclined(transpose)) return;
  inputs.forEach((x, place) => {
    if (!isFloat(x.dtype)) return;
    const zero = new DenseTensor(x.data.map(() => 0) as never, x.shape, x.dtype, x.weak);
    const at = (value: DenseTensor): readonly DenseTensor[] =>
      primitive.evaluate(
        inputs.map((v, i) => (i === place ? value : v)),
        params,
      );
    const [y, y0] = [at(x), at(zero)];
    if (!y.every((v) => isFloat(v.dtype))) return;
    // affine in this operand: what the operand adds is what its linear part gives
    const seeds = y.map((v) => direction(v, random));
    const operands = inputs.map((v, i) => (i === place ? new LinearInput(v) : v));
    const ct = transpose(seeds, operands, params)[place] as Tensor | null;
    if (ct === null) return;
    expect(ct.shape).toEqual(x.shape);
    const left = inner(seeds, y) - inner(seeds, y0);
    const right = inner([ct], [x]);
    const tolerance =
      ([x, ...y].some((v) => v.dtype === 'float32') ? 1e-5 : 1e-11) *
      Math.max(1, norm(seeds) * norm(y), norm([ct]) * norm([x]));
    if (!(Math.abs(left - right) <= tolerance))
      expect.fail(`transpose of ${primitive.name}, operand ${place}: ${left} and ${right}`);
  });
}

/** Batching against a loop, for several choices of batched operands and axes. */
export function checkBatch(
  c: Case,
  random: () => number,
  variants: (inputs: readonly DenseTensor[]) => DenseTensor[],
): void {
  const size = 3;
  const count = c.inputs.length;
  if (count === 0) return;
  const program = programOf(c);
  const choices = new Set<number>([(1 << count) - 1]);
  for (let k = 0; k < 4; k++) choices.add(1 + Math.floor(random() * ((1 << count) - 1)));
  const examples = Array.from({ length: size }, (_, k) => (k === 0 ? [...c.inputs] : variants(c.inputs)));
  for (const choice of choices) {
    const marks = c.inputs.map((_, i) => (choice & (1 << i)) !== 0);
    const stacked = c.inputs.map((x, i) => (marks[i] ? stack(examples.map((e) => e[i] as DenseTensor)) : x));
    const { program: batched, batchedOutputs } = batchProgram(program, marks, size);
    verifyProgram(batched, `vmap of ${c.primitive.name}`);
    const results = evaluateProgram(batched, stacked);
    for (let k = 0; k < size; k++) {
      const alone = evaluateProgram(
        program,
        c.inputs.map((x, i) => (marks[i] ? ((examples[k] as DenseTensor[])[i] as DenseTensor) : x)),
      );
      alone.forEach((y, i) => {
        const whole = results[i] as DenseTensor;
        const own = batchedOutputs[i] ? whole.data.slice(k * y.size, (k + 1) * y.size) : whole.data;
        expectNear(
          Array.from(own),
          Array.from(y.data),
          1e-13,
          `vmap of ${c.primitive.name}, example ${k}, operands batched ${marks}`,
        );
      });
    }
  }
}

function stack(xs: readonly DenseTensor[]): DenseTensor {
  const first = xs[0] as DenseTensor;
  return convertData(
    xs.flatMap((x) => Array.from(x.data)),
    [xs.length, ...first.shape],
    first.dtype,
    first.weak,
  );
}
