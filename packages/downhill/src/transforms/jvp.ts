import { isDeclined, type MaybeZero } from '../program/primitive.ts';
import type { Atom, Program } from '../program/program.ts';
import { DifferentiationError } from '../tensor/errors.ts';
import type { Aval, Tensor } from '../tensor/tensor.ts';
import { environment, recordProgram } from '../trace/apply.ts';
import { withSite } from '../trace/site.ts';
import { bind } from '../trace/trace.ts';
import { plainType, settleCotangent } from './types.ts';

/**
 * Pushes tangents through a Program: (a → b) gives (a, T a) → (b, T b). `null` tangents are symbolic zeros and cost
 * nothing. Integer and bool values have no tangent.
 */
export function jvpProgramAt(
  program: Program,
  primals: readonly Tensor[],
  tangents: readonly MaybeZero[],
): { outputs: Tensor[]; tangents: MaybeZero[] } {
  const values = environment(program, primals);
  const slopes = new Map<Atom, Tensor>();
  program.inputs.forEach((variable, i) => {
    const tangent = tangents[i];
    if (tangent) slopes.set(variable, tangent);
  });
  for (const equation of program.equations) {
    const { primitive, params, site } = equation;
    const inputs = equation.inputs.map(values.read);
    const inputTangents = equation.inputs.map((atom) => slopes.get(atom) ?? null);
    withSite(site, () => {
      let outputs: readonly Tensor[];
      let outputTangents: readonly MaybeZero[] = [];
      const { jvp } = primitive;
      if (inputTangents.every((t) => t === null)) outputs = bind(primitive, inputs, params);
      else if (typeof jvp === 'function') {
        outputs = bind(primitive, inputs, params);
        outputTangents = jvp(inputs, inputTangents, params, outputs);
      } else if (isDeclined(jvp)) {
        throw new DifferentiationError(
          `${primitive.name}${site?.line ? ` at ${site.line}` : ''} has no derivative: ${jvp.declined}`,
        );
      } else ({ outputs, tangents: outputTangents } = jvp.joint(inputs, inputTangents, params));
      equation.outputs.forEach((variable, i) => {
        values.write(variable, outputs[i] as Tensor);
        const tangent = outputTangents[i];
        if (tangent) slopes.set(variable, tangent);
      });
    });
  }
  return {
    outputs: program.outputs.map(values.read),
    tangents: program.outputs.map((atom) => slopes.get(atom) ?? null),
  };
}

/**
 * The Program of (primals…, tangents of the inputs marked nonzero…) → (outputs…, tangents that are not zero…), and
 * which outputs those are. Outputs marked `forced` get a tangent even where it is zero.
 */
export function jvpProgram(
  program: Program,
  nonzero: readonly boolean[],
  forced: readonly boolean[] = [],
): { program: Program; nonzeroOutputs: boolean[] } {
  let nonzeroOutputs: boolean[] = [];
  const marked = program.inputs.filter((_, i) => nonzero[i]);
  const result = recordProgram('jvp', [...program.inputs, ...marked].map(plainType), (inputs) => {
    let next = program.inputs.length;
    const tangents = program.inputs.map((_, i) => (nonzero[i] ? (inputs[next++] as Tensor) : null));
    const out = jvpProgramAt(program, inputs.slice(0, program.inputs.length), tangents);
    nonzeroOutputs = out.tangents.map((t, i) => t !== null || forced[i] === true);
    const kept = out.tangents.flatMap((t, i) =>
      nonzeroOutputs[i] ? [settleCotangent(t, program.outputs[i] as Aval)] : [],
    );
    return [...out.outputs, ...kept];
  });
  return { program: result, nonzeroOutputs };
}
