import { evaluateProgram } from '../program/evaluate.ts';
import { carriesPrograms, type MaybeZero, type Primitive, sampledByTests } from '../program/primitive.ts';
import type { Program } from '../program/program.ts';
import { type Tensor, toHost } from '../tensor/tensor.ts';
import { unflatten } from '../tensor/tree.ts';
import { takeArguments, traceFunction } from '../trace/function.ts';
import { bind } from '../trace/trace.ts';
import { batchProgram, batchToFront } from '../transforms/batch.ts';
import { jvpProgram } from '../transforms/jvp.ts';
import { plainType } from '../transforms/types.ts';
import { vjpProgram } from '../transforms/vjp.ts';
import { linearCallPrimitive } from './linear-call.ts';
import { runLoop } from './while.ts';

interface CheckpointParams extends Readonly<Record<string, unknown>> {
  readonly program: Program;
}

/** checkpoint: a Program kept whole, so that reverse mode stores its inputs only and computes the rest again. */
export const checkpointPrimitive: Primitive<CheckpointParams> = {
  name: 'checkpoint',
  taylor: 'program',
  interval: 'program',
  shape: (_inputs, { program }) => program.outputs.map(plainType),
  evaluate: (inputs, { program }) => evaluateProgram(program, inputs),
  jvp: {
    joint: (primals, tangents, { program }) => {
      const forward = jvpProgram(
        program,
        tangents.map((t) => t !== null),
      );
      const given = tangents.filter((t): t is Tensor => t !== null);
      const results = bind(checkpointPrimitive, [...primals, ...given], { program: forward.program });
      let next = program.outputs.length;
      return {
        outputs: results.slice(0, program.outputs.length),
        tangents: forward.nonzeroOutputs.map((m): MaybeZero => (m ? (results[next++] as Tensor) : null)),
      };
    },
  },
  linearize: (primals, tangents, { program }) => {
    const outputs = bind(checkpointPrimitive, primals, { program });
    const marks = tangents.map((t) => t !== null);
    const forward = jvpProgram(program, marks);
    const count = program.outputs.length;
    const slopesOnly = { ...forward.program, outputs: forward.program.outputs.slice(count) };
    const given = tangents.filter((t): t is Tensor => t !== null);
    const slopes = bind(linearCallPrimitive, [...primals, ...given], {
      program: slopesOnly,
      primals: primals.length,
      transposed: (values: readonly Tensor[], cotangents: readonly MaybeZero[]) => {
        let next = 0;
        const seeds = forward.nonzeroOutputs.map((m): MaybeZero => (m ? (cotangents[next++] ?? null) : null));
        const back = vjpProgram(
          program,
          marks,
          seeds.map((ct) => ct !== null),
        );
        const pulled = { ...back, outputs: back.outputs.slice(count) };
        return bind(checkpointPrimitive, [...values, ...seeds.filter((ct): ct is Tensor => ct !== null)], {
          program: pulled,
        });
      },
      reason: '',
    });
    let next = 0;
    return { outputs, tangents: forward.nonzeroOutputs.map((m): MaybeZero => (m ? (slopes[next++] as Tensor) : null)) };
  },
  transpose: { declined: 'it is linearized before it is transposed' },
  batch: (inputs, axes, { program }, size) => {
    const marks = axes.map((axis) => axis !== null);
    const batched = batchProgram(program, marks, size);
    const operands = inputs.map((x, i) => (marks[i] ? batchToFront(x, axes[i] as number, size) : x));
    return {
      outputs: bind(checkpointPrimitive, operands, { program: batched.program }),
      axes: batched.batchedOutputs.map((b) => (b ? 0 : null)),
    };
  },
  tex: carriesPrograms,
  samples: sampledByTests,
};

/**
 * `f` with its intermediate values forgotten after the forward sweep and computed again when reverse mode needs them:
 * less memory for more work (Griewank and Walther, Evaluating Derivatives, chapter 12). Values and derivatives are
 * those of `f`.
 */
export function checkpoint<A extends unknown[], R>(f: (...args: A) => R): (...args: A) => R {
  return (...args) => {
    const taken = takeArguments(
      args,
      args.map((_, i) => i),
    );
    const traced = traceFunction(f, taken, {
      context: 'checkpoint',
      types: taken.leaves.map(plainType),
      concrete: false,
    });
    const { program, captured } = traced.closed;
    const results = runLoop(checkpointPrimitive, [...taken.leaves, ...captured], { program });
    return unflatten(traced.outputDef, results.map(toHost)) as R;
  };
}
