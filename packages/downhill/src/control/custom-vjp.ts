import { reduceSum } from '../primitives/layout.ts';
import { evaluateProgram } from '../program/evaluate.ts';
import { carriesPrograms, type MaybeZero, type Primitive, sampledByTests } from '../program/primitive.ts';
import type { Program } from '../program/program.ts';
import { isFloat } from '../tensor/dtype.ts';
import { ArgumentError, DifferentiationError, ShapeError } from '../tensor/errors.ts';
import { shapesEqual, showShape } from '../tensor/shape.ts';
import { type Aval, asTensor, type Tensor, toHost } from '../tensor/tensor.ts';
import { flatten, type TreeDef, unflatten } from '../tensor/tree.ts';
import { inlineProgram, recordProgram } from '../trace/apply.ts';
import { takeArguments, traceFunction } from '../trace/function.ts';
import { lift } from '../trace/lift.ts';
import { bind } from '../trace/trace.ts';
import { batchProgram, batchToFront } from '../transforms/batch.ts';
import { plainType, settleCotangent, zerosLike } from '../transforms/types.ts';
import { checkStructure } from './bodies.ts';
import { unflattenAll } from './custom-jvp.ts';
import { linearCallPrimitive } from './linear-call.ts';
import { runLoop } from './while.ts';

interface CustomVjpParams extends Readonly<Record<string, unknown>> {
  readonly program: Program;
  /** (arguments…) → (outputs…, residuals…). */
  readonly forward: (primals: readonly Tensor[]) => readonly Tensor[];
  /** (residuals…, cotangents of the outputs…) → cotangents of the arguments. */
  readonly backward: (residuals: readonly Tensor[], cotangents: readonly Tensor[]) => readonly Tensor[];
  readonly ruled: number;
}

interface BatchedHalves {
  readonly forward: Program;
  readonly backward: ReturnType<typeof batchProgram>;
}

const forwardOnly =
  'a customVjp function has a reverse rule only, so forward mode (jvp, jacfwd, hessian by forward over reverse of the function itself) does not reach through it; use customJvp, whose rule serves both modes';

/** custom_vjp: a Program whose pullback was written by the user. */
export const customVjpPrimitive: Primitive<CustomVjpParams> = {
  name: 'custom_vjp',
  taylor: 'program',
  interval: 'program',
  shape: (_inputs, { program }) => program.outputs.map(plainType),
  evaluate: (inputs, { program }) => evaluateProgram(program, inputs),
  jvp: { declined: forwardOnly },
  linearize: (primals, tangents, { program, forward, backward, ruled }) => {
    if (tangents.slice(ruled).some((t) => t !== null)) {
      throw new DifferentiationError(
        'a customVjp function captured a value that is being differentiated; its rule cannot know about it. Pass the value as an argument',
      );
    }
    const results = forward(primals.slice(0, ruled));
    const count = program.outputs.length;
    const residuals = results.slice(count);
    const marks = program.outputs.map((x) => isFloat(x.dtype));
    const outputTypes = program.outputs.filter((_, i) => marks[i]).map(plainType);
    const given = tangents.slice(0, ruled).filter((t): t is Tensor => t !== null);
    const types = [...residuals, ...given].map(plainType);
    // The linear map itself is not known, only its adjoint: running it forward is refused.
    const refused = recordProgram('customVjp', types, () => outputTypes.map(zerosLike));
    const slopes = bind(linearCallPrimitive, [...residuals, ...given], {
      program: refused,
      primals: residuals.length,
      transposed: (values: readonly Tensor[], cotangents: readonly MaybeZero[]) => {
        let next = 0;
        const cts = program.outputs.map((x, i) => settleCotangent(marks[i] ? (cotangents[next++] ?? null) : null, x));
        const back = backward(values, cts);
        return back.filter((_, i) => tangents[i] !== null);
      },
      reason: '',
      forwardRefused: forwardOnly,
    });
    let next = 0;
    return {
      outputs: results.slice(0, count),
      tangents: marks.map((m): MaybeZero => (m ? (slopes[next++] as Tensor) : null)),
    };
  },
  transpose: { declined: 'it is linearized before it is transposed' },
  batch: (inputs, axes, { program, forward, backward, ruled }, size) => {
    const marks = axes.map((axis) => axis !== null);
    const batched = batchProgram(program, marks, size);
    const count = program.outputs.length;
    // Batched at their first use: the forward half may call the function it belongs to.
    let halves: BatchedHalves | undefined;
    const batchHalves = (): BatchedHalves => {
      const types = program.inputs.slice(0, ruled).map(plainType);
      const forwardProgram = recordProgram('customVjp', types, (values) => forward(values));
      const residualTypes = forwardProgram.outputs.slice(count).map(plainType);
      const forwardBatched = batchProgram(forwardProgram, marks.slice(0, ruled), size, batched.batchedOutputs);
      const residualMarks = forwardBatched.batchedOutputs.slice(count);
      const backwardProgram = recordProgram(
        'customVjp',
        [...residualTypes, ...program.outputs.map(plainType)],
        (values) => backward(values.slice(0, residualTypes.length), values.slice(residualTypes.length)),
      );
      const backwardBatched = batchProgram(backwardProgram, [...residualMarks, ...batched.batchedOutputs], size);
      return { forward: forwardBatched.program, backward: backwardBatched };
    };
    const operands = inputs.map((x, i) => (marks[i] ? batchToFront(x, axes[i] as number, size) : x));
    const outputs = bind(customVjpPrimitive, operands, {
      program: batched.program,
      ruled,
      forward: (primals: readonly Tensor[]) => {
        halves ??= batchHalves();
        return inlineProgram(halves.forward, primals);
      },
      backward: (residuals: readonly Tensor[], cotangents: readonly Tensor[]) => {
        halves ??= batchHalves();
        const { program: pullback, batchedOutputs } = halves.backward;
        return inlineProgram(pullback, [...residuals, ...cotangents]).map((ct, i) => {
          const isBatched = batchedOutputs[i] === true;
          if (marks[i]) return isBatched ? ct : batchToFront(ct, null, size);
          // every example contributed to an argument they share
          return isBatched ? reduceSum(ct, [0]) : ct;
        });
      },
    });
    return { outputs, axes: batched.batchedOutputs.map((b) => (b ? 0 : null)) };
  },
  tex: carriesPrograms,
  samples: sampledByTests,
};

/**
 * `f` with a pullback of your own, used by reverse mode.
 * @param forward takes the arguments and returns `[value, residuals]`, where residuals is any tree.
 * @param backward takes the residuals and the cotangent of the value and returns one cotangent an argument, as a list.
 * @throws DifferentiationError in forward mode, which such a function does not have.
 */
export function customVjp<A extends unknown[], R, S>(
  f: (...args: A) => R,
  forward: (...args: A) => readonly [value: R, residuals: S],
  backward: (residuals: S, cotangent: R) => A,
): (...args: A) => R {
  const [liftedForward, liftedBackward] = [lift(forward), lift(backward)];
  return (...args) => {
    const taken = takeArguments(
      args,
      args.map((_, i) => i),
    );
    const traced = traceFunction(f, taken, {
      context: 'customVjp',
      types: taken.leaves.map(plainType),
      concrete: false,
    });
    const { program, captured } = traced.closed;
    const defs = args.map((_, i) => taken.defs.get(i) as TreeDef);
    let residualDef: TreeDef | undefined;
    const flatForward = (primals: readonly Tensor[]): Tensor[] => {
      const result = liftedForward(...(unflattenAll(defs, primals) as A));
      if (!Array.isArray(result) || result.length !== 2)
        throw new ArgumentError('the forward rule of customVjp must return [value, residuals]');
      const value = flatten(result[0], 'the value returned by the forward rule of customVjp');
      checkStructure(value.def, traced.outputDef, 'the value returned by the forward rule of customVjp');
      const residuals = flatten(result[1], 'the residuals of customVjp');
      residualDef = residuals.def;
      return [
        ...value.leaves.map((v, i) => settleCotangent(asTensor(v), traced.outputs[i] as Aval)),
        ...residuals.leaves.map(asTensor),
      ];
    };
    const flatBackward = (residuals: readonly Tensor[], cotangents: readonly Tensor[]): Tensor[] => {
      const result = liftedBackward(
        unflatten(residualDef as TreeDef, residuals) as S,
        unflatten(traced.outputDef, cotangents) as R,
      );
      const what = 'the cotangents returned by the backward rule of customVjp';
      const flat = flatten(result, what);
      checkStructure(flat.def, { kind: 'array', children: defs }, what);
      return flat.leaves.map((leaf, i) => {
        const ct = asTensor(leaf);
        const type = taken.leaves[i] as Aval;
        if (!shapesEqual(ct.shape, type.shape)) {
          throw new ShapeError(
            `${what} have shape ${showShape(ct.shape)} where the argument has ${showShape(type.shape)}`,
          );
        }
        return isFloat(type.dtype) ? settleCotangent(ct, plainType(type)) : ct;
      });
    };
    const params = { program, forward: flatForward, backward: flatBackward, ruled: taken.leaves.length };
    const results = runLoop(customVjpPrimitive, [...taken.leaves, ...captured], params);
    return unflatten(traced.outputDef, results.map(toHost)) as R;
  };
}
