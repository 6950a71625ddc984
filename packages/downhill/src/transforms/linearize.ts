import { isDeclined, type MaybeZero } from '../program/primitive.ts';
import type { Atom, Program } from '../program/program.ts';
import { DifferentiationError } from '../tensor/errors.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { environment } from '../trace/apply.ts';
import { withSite } from '../trace/site.ts';
import { bind, type ClosedProgram, Trace, withTrace } from '../trace/trace.ts';
import { tangentType } from './jvp.ts';

export interface Linearized {
  readonly outputs: readonly Tensor[];
  /**
   * The linear map T a ⊸ T b at the point: a Program from the tangents of the inputs marked nonzero, followed by the
   * residuals (values of the point it needs, listed in `captured`), to the tangents of the outputs that are not zero.
   */
  readonly linear: ClosedProgram;
  /** Which outputs have a tangent in `linear`. */
  readonly nonzeroOutputs: readonly boolean[];
}

/**
 * Splits a Program at a point into its value and a linear map: a → (b, T a ⊸ T b). Values are bound where the caller
 * stands; only operations that depend on tangents enter the linear Program, whatever rule they come from.
 */
export function linearizeProgramAt(
  program: Program,
  primals: readonly Tensor[],
  nonzero: readonly boolean[],
): Linearized {
  const values = environment(program, primals);
  const trace = new Trace({ context: 'linearize', captureAll: false, user: false });
  return withTrace(trace, () => {
    const slopes = new Map<Atom, Tensor>();
    program.inputs.forEach((variable, i) => {
      if (nonzero[i]) slopes.set(variable, trace.input(tangentType(variable)));
    });
    for (const equation of program.equations) {
      const { primitive, params, site } = equation;
      const inputs = equation.inputs.map(values.read);
      const tangents = equation.inputs.map((atom) => slopes.get(atom) ?? null);
      withSite(site, () => {
        let outputs: readonly Tensor[];
        let outputTangents: readonly MaybeZero[] = [];
        const { jvp, linearize } = primitive;
        if (tangents.every((t) => t === null)) outputs = bind(primitive, inputs, params);
        else if (linearize) ({ outputs, tangents: outputTangents } = linearize(inputs, tangents, params));
        else if (typeof jvp === 'function') {
          outputs = bind(primitive, inputs, params);
          outputTangents = jvp(inputs, tangents, params, outputs);
        } else {
          const why = isDeclined(jvp) ? jvp.declined : 'it can be differentiated in forward mode only';
          throw new DifferentiationError(
            `${primitive.name}${site?.line ? ` at ${site.line}` : ''} cannot be linearized: ${why}`,
          );
        }
        equation.outputs.forEach((variable, i) => {
          values.write(variable, outputs[i] as Tensor);
          const tangent = outputTangents[i];
          if (tangent) slopes.set(variable, tangent);
        });
      });
    }
    const outTangents = program.outputs.map((atom) => slopes.get(atom) ?? null);
    return {
      outputs: program.outputs.map(values.read),
      linear: trace.finish(outTangents.filter((t): t is Tensor => t !== null)),
      nonzeroOutputs: outTangents.map((t) => t !== null),
    };
  });
}
