import { add } from '../primitives/arithmetic.ts';
import { select } from '../primitives/select.ts';
import { isDeclined, LinearInput, type MaskedCotangent, type MaybeZero } from '../program/primitive.ts';
import { type Atom, type Equation, isVariable, type Program, type Variable } from '../program/program.ts';
import { DifferentiationError } from '../tensor/errors.ts';
import { shapesEqual } from '../tensor/shape.ts';
import type { Aval, DenseTensor, Tensor } from '../tensor/tensor.ts';
import { recordProgram } from '../trace/apply.ts';
import { withSite } from '../trace/site.ts';
import { bind } from '../trace/trace.ts';
import { plainType, settleCotangent } from './types.ts';

/**
 * A cotangent on its way back. Behind a `where` it keeps the mask beside the value: the operations upstream scale the
 * value first and the mask is applied last, so that the branch not taken contributes an exact zero even where its slope
 * is infinite or NaN (zero times infinity never happens).
 */
type Cotangent = Tensor | MaskedCotangent;

const isMasked = (ct: Cotangent): ct is MaskedCotangent => 'mask' in ct;

const settle = (ct: Cotangent): Tensor => (isMasked(ct) ? select(ct.mask, ct.value, 0) : ct);

/**
 * The adjoint of a linear Program applied to cotangents: (T a ⊸ T b) becomes T b ⊸ T a.
 * @param linearCount how many of the first inputs are linear; the others are residuals, whose values are given.
 * @returns a cotangent (or the symbolic zero) for each linear input.
 */
export function transposeProgramAt(
  program: Program,
  linearCount: number,
  residuals: readonly Tensor[],
  cotangents: readonly MaybeZero[],
): MaybeZero[] {
  const values = new Map<Variable, Tensor>();
  program.inputs.slice(linearCount).forEach((variable, i) => values.set(variable, residuals[i] as Tensor));
  for (const { variable, value } of program.constants) values.set(variable, value);
  const linear = new Set<Variable>(program.inputs.slice(0, linearCount));
  for (const equation of program.equations) {
    if (equation.inputs.some((a) => isVariable(a) && linear.has(a))) for (const v of equation.outputs) linear.add(v);
  }
  const pending = new Map<Variable, Cotangent>();
  const accumulate = (atom: Atom, ct: Cotangent | null): void => {
    if (!ct || !isVariable(atom) || !linear.has(atom)) return;
    const before = pending.get(atom);
    pending.set(atom, before ? add(settle(before), settle(ct)) : ct);
  };
  program.outputs.forEach((atom, i) => accumulate(atom, cotangents[i] ?? null));
  const read = (atom: Atom): Tensor => (isVariable(atom) ? (values.get(atom) as Tensor) : atom);
  for (const { primitive, inputs, params, outputs, site } of program.equations) {
    // a loop none of whose results has a tangent has no results here, whatever it reads
    if (outputs.length === 0 || outputs.some((v) => linear.has(v))) continue;
    const results = withSite(site, () => bind(primitive, inputs.map(read), params));
    outputs.forEach((v, i) => values.set(v, results[i] as Tensor));
  }
  for (let i = program.equations.length - 1; i >= 0; i--) {
    const equation = program.equations[i] as Equation;
    const cts = equation.outputs.map((v) => pending.get(v) ?? null);
    for (const v of equation.outputs) pending.delete(v);
    if (cts.every((ct) => ct === null)) continue;
    const inputs = equation.inputs.map((atom): Tensor | LinearInput => {
      if (!isVariable(atom)) return atom as DenseTensor;
      return linear.has(atom) ? new LinearInput(atom) : (values.get(atom) as Tensor);
    });
    withSite(equation.site, () => {
      const results = transposeEquation(equation, cts, inputs);
      equation.inputs.forEach((atom, k) => accumulate(atom, results[k] ?? null));
    });
  }
  return program.inputs.slice(0, linearCount).map((variable) => {
    const ct = pending.get(variable);
    return ct ? settle(ct) : null;
  });
}

function transposeEquation(
  equation: Equation,
  cts: readonly (Cotangent | null)[],
  inputs: readonly (Tensor | LinearInput)[],
): readonly (Cotangent | null)[] {
  const { primitive, params, site } = equation;
  const { transpose, maskedTranspose, moveMask, elementwise } = primitive;
  if (isDeclined(transpose)) {
    throw new DifferentiationError(
      `${primitive.name}${site?.line ? ` at ${site.line}` : ''} has no reverse-mode derivative: ${transpose.declined}`,
    );
  }
  const [ct] = cts;
  if (maskedTranspose && ct && cts.length === 1 && !isMasked(ct) && sameShapes(ct, inputs))
    return maskedTranspose(ct, inputs);
  if (ct && isMasked(ct) && cts.length === 1) {
    const { mask, value } = ct;
    if (elementwise && !maskedTranspose && sameShapes(value, inputs)) {
      return transpose([value], inputs, params).map((result) => (result ? { mask, value: result } : null));
    }
    if (moveMask) {
      const [result] = transpose([value], inputs, params);
      return [result ? { mask: moveMask(mask, inputs[0] as Aval, params), value: result } : null];
    }
  }
  return transpose(
    cts.map((c) => c && settle(c)),
    inputs,
    params,
  );
}

/** True when no operand stretched, so that each cotangent belongs to one element of each linear input. */
const sameShapes = (ct: Aval, inputs: readonly (Tensor | LinearInput)[]): boolean =>
  inputs.every((x) => !(x instanceof LinearInput) || shapesEqual(x.shape, ct.shape));

/**
 * The adjoint of a linear Program as a Program: (residuals…, cotangents of the outputs marked…) → cotangents of the
 * linear inputs, zeros written out. Linear inputs and residuals may stand in any order.
 */
export function transposeProgram(program: Program, linear: readonly boolean[], outputs: readonly boolean[]): Program {
  const wanted = program.inputs.filter((_, i) => linear[i]);
  const residuals = program.inputs.filter((_, i) => !linear[i]);
  const ordered = { ...program, inputs: [...wanted, ...residuals] };
  const cotangentTypes = program.outputs.filter((_, i) => outputs[i]);
  return recordProgram('transpose', [...residuals, ...cotangentTypes].map(plainType), (values) => {
    let next = residuals.length;
    const cotangents = program.outputs.map((_, i) => (outputs[i] ? (values[next++] as Tensor) : null));
    const results = transposeProgramAt(ordered, wanted.length, values.slice(0, residuals.length), cotangents);
    return wanted.map((x, i) => settleCotangent(results[i] ?? null, x));
  });
}
