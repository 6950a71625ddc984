import { isDeclined, type MaybeZero } from '../program/primitive.ts';
import type { Atom, Program } from '../program/program.ts';
import { DifferentiationError } from '../tensor/errors.ts';
import { DenseTensor, type Tensor } from '../tensor/tensor.ts';
import { environment, recordProgram } from '../trace/apply.ts';
import { withSite } from '../trace/site.ts';
import { bind, type ClosedProgram, Trace, type Tracer, withTrace } from '../trace/trace.ts';
import { plainType, zerosLike } from './types.ts';

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
 * stands; only operations that depend on tangents enter the linear Program, whatever rule they come from. Outputs
 * marked `forced` get a tangent even where it is zero.
 */
export function linearizeProgramAt(
  program: Program,
  primals: readonly Tensor[],
  nonzero: readonly boolean[],
  forced: readonly boolean[] = [],
): Linearized {
  const values = environment(program, primals);
  const trace = new Trace({ context: 'linearize', captureAll: false, user: false });
  return withTrace(trace, () => {
    const slopes = new Map<Atom, Tensor>();
    program.inputs.forEach((variable, i) => {
      if (nonzero[i]) slopes.set(variable, trace.input(plainType(variable)));
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
    const outTangents = program.outputs.map((atom, i) => slopes.get(atom) ?? (forced[i] ? zerosLike(atom) : null));
    return {
      outputs: program.outputs.map(values.read),
      linear: trace.finish(outTangents.filter((t): t is Tensor => t !== null)),
      nonzeroOutputs: outTangents.map((t) => t !== null),
    };
  });
}

/** What a residual of a linearized Program is: one of its inputs, a constant, or a value computed on the way. */
export type Residual = { readonly input: number } | { readonly constant: DenseTensor } | 'computed';

export interface LinearizedProgram {
  /** (inputs…) → (outputs…, computed residuals…). */
  readonly primal: Program;
  /** (tangents of the inputs marked nonzero…, residuals…) → tangents of `nonzeroOutputs`. */
  readonly linear: Program;
  readonly nonzeroOutputs: readonly boolean[];
  readonly residuals: readonly Residual[];
}

/**
 * `linearizeProgramAt` with both halves as Programs, for operations that carry Programs of their own.
 * @param isReusable false for inputs whose value will be gone when the linear half runs (the carry of a loop).
 */
export function linearizeProgram(
  program: Program,
  nonzero: readonly boolean[],
  forced: readonly boolean[] = [],
  isReusable: (input: number) => boolean = () => true,
): LinearizedProgram {
  let split: Linearized | undefined;
  let residuals: Residual[] = [];
  const primal = recordProgram('linearize', program.inputs.map(plainType), (inputs) => {
    split = linearizeProgramAt(program, inputs, nonzero, forced);
    const places = new Map(inputs.map((x, i) => [(x as Tracer).variable, i]));
    residuals = split.linear.captured.map((r): Residual => {
      if (r instanceof DenseTensor) return { constant: r };
      const input = places.get((r as Tracer).variable);
      return input === undefined || !isReusable(input) ? 'computed' : { input };
    });
    return [...split.outputs, ...split.linear.captured.filter((_, i) => residuals[i] === 'computed')];
  });
  const { linear, nonzeroOutputs } = split as Linearized;
  return { primal, linear: linear.program, nonzeroOutputs, residuals };
}

/** The values of residuals, from the inputs of the Program and its computed ones. */
export function residualValues(
  residuals: readonly Residual[],
  inputs: readonly Tensor[],
  computed: readonly Tensor[],
): Tensor[] {
  let next = 0;
  return residuals.map((r) =>
    r === 'computed' ? (computed[next++] as Tensor) : 'input' in r ? (inputs[r.input] as Tensor) : r.constant,
  );
}
