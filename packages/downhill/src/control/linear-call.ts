import { evaluateProgram } from '../program/evaluate.ts';
import { carriesPrograms, LinearInput, type MaybeZero, type Primitive, sampledByTests } from '../program/primitive.ts';
import type { Program } from '../program/program.ts';
import { DifferentiationError } from '../tensor/errors.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { inlineProgram } from '../trace/apply.ts';
import { bind } from '../trace/trace.ts';
import { batchProgram, batchToFront } from '../transforms/batch.ts';
import { jvpProgramAt } from '../transforms/jvp.ts';
import { plainType, zerosLike } from '../transforms/types.ts';

/** How a linear call is run backwards: (primals…, cotangents…) → cotangents of its tangents. */
export type Transposed = (primals: readonly Tensor[], cotangents: readonly MaybeZero[]) => readonly MaybeZero[];

interface LinearCallParams extends Readonly<Record<string, unknown>> {
  /** (primals…, tangents…) → tangents, linear in the latter. */
  readonly program: Program;
  /** How many of the inputs are primals. */
  readonly primals: number;
  readonly transposed: Transposed | null;
  /** Why there is no transpose, when there is none. */
  readonly reason: string;
  /** Why it cannot be run forward, when only the adjoint is known. */
  readonly forwardRefused?: string;
}

function refuseForward({ forwardRefused }: LinearCallParams): void {
  if (forwardRefused) throw new DifferentiationError(forwardRefused);
}

/**
 * linear_call: a Program that is linear in its last inputs, kept whole because its adjoint is not the adjoint of its
 * equations: it recomputes (checkpoint), is written by the user (customVjp), or does not exist (whileLoop).
 */
export const linearCallPrimitive: Primitive<LinearCallParams> = {
  name: 'linear_call',
  taylor: 'program',
  interval: 'program',
  shape: (_inputs, { program }) => program.outputs.map(plainType),
  evaluate: (inputs, params) => {
    refuseForward(params);
    return evaluateProgram(params.program, inputs);
  },
  jvp: {
    joint: (primals, tangents, params) => {
      refuseForward(params);
      return jvpProgramAt(params.program, primals, tangents);
    },
  },
  linearize: (primals, tangents, params) => {
    const count = params.primals;
    if (tangents.slice(0, count).some((t) => t !== null)) {
      throw new DifferentiationError(
        `the linear map of a transformed call cannot be differentiated in reverse mode at its point: ${params.reason || 'apply the transform to the whole function instead'}`,
      );
    }
    const outputs = bind(linearCallPrimitive, primals, params);
    const slopes = params.program.inputs.slice(count).map((x, i) => tangents[count + i] ?? zerosLike(x));
    return { outputs, tangents: bind(linearCallPrimitive, [...primals.slice(0, count), ...slopes], params) };
  },
  transpose: (cotangents, inputs, { primals, transposed, reason }) => {
    if (!transposed) throw new DifferentiationError(`no reverse-mode derivative: ${reason}`);
    const values = inputs.slice(0, primals) as Tensor[];
    const results = transposed(values, cotangents);
    return inputs.map((x, i) => (i >= primals && x instanceof LinearInput ? (results[i - primals] ?? null) : null));
  },
  batch: (inputs, axes, params, size) => {
    refuseForward(params);
    const marks = axes.map((axis) => axis !== null);
    const { program, batchedOutputs } = batchProgram(params.program, marks, size);
    const operands = inputs.map((x, i) => (marks[i] ? batchToFront(x, axes[i] as number, size) : x));
    return { outputs: inlineProgram(program, operands), axes: batchedOutputs.map((b) => (b ? 0 : null)) };
  },
  tex: carriesPrograms,
  samples: sampledByTests,
};
