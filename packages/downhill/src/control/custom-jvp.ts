import { evaluateProgram } from '../program/evaluate.ts';
import { carriesPrograms, type MaybeZero, type Primitive, sampledByTests } from '../program/primitive.ts';
import type { Program } from '../program/program.ts';
import { isFloat } from '../tensor/dtype.ts';
import { ArgumentError, DifferentiationError } from '../tensor/errors.ts';
import { type Aval, asTensor, type Tensor, toHost } from '../tensor/tensor.ts';
import { flatten, type TreeDef, unflatten } from '../tensor/tree.ts';
import { inlineProgram, recordProgram } from '../trace/apply.ts';
import { takeArguments, traceFunction } from '../trace/function.ts';
import { lift } from '../trace/lift.ts';
import { bind } from '../trace/trace.ts';
import { batchProgram, batchToFront } from '../transforms/batch.ts';
import { plainType, settleCotangent } from '../transforms/types.ts';
import { checkStructure } from './bodies.ts';
import { runLoop } from './while.ts';

/** (primals, tangents), both flat → outputs followed by their tangents. */
type FlatRule = (primals: readonly Tensor[], tangents: readonly Tensor[]) => readonly Tensor[];

interface CustomJvpParams extends Readonly<Record<string, unknown>> {
  readonly program: Program;
  readonly rule: FlatRule;
  /** How many inputs belong to the rule; the rest was captured by the function. */
  readonly ruled: number;
}

function applyRule(
  primals: readonly Tensor[],
  tangents: readonly MaybeZero[],
  { program, rule, ruled }: CustomJvpParams,
) {
  if (tangents.slice(ruled).some((t) => t !== null)) {
    throw new DifferentiationError(
      'a customJvp function captured a value that is being differentiated; its rule cannot know about it. Pass the value as an argument',
    );
  }
  const settled = primals.slice(0, ruled).map((x, i) => settleCotangent(tangents[i] ?? null, x));
  const results = rule(primals.slice(0, ruled), settled);
  const count = program.outputs.length;
  const slopes = results
    .slice(count)
    .map((t, i): MaybeZero => (isFloat((program.outputs[i] as Aval).dtype) ? t : null));
  return { outputs: results.slice(0, count), tangents: slopes };
}

/** custom_jvp: a Program whose tangent rule was written by the user. */
export const customJvpPrimitive: Primitive<CustomJvpParams> = {
  name: 'custom_jvp',
  taylor: 'program',
  interval: 'program',
  shape: (_inputs, { program }) => program.outputs.map(plainType),
  evaluate: (inputs, { program }) => evaluateProgram(program, inputs),
  jvp: { joint: applyRule },
  linearize: applyRule,
  transpose: { declined: 'it is linearized before it is transposed' },
  batch: (inputs, axes, params, size) => {
    const { program, rule, ruled } = params;
    const marks = axes.map((axis) => axis !== null);
    const batched = batchProgram(program, marks, size);
    const count = program.outputs.length;
    const ruleMarks = marks.slice(0, ruled);
    const forced = [...batched.batchedOutputs, ...batched.batchedOutputs];
    let flatBatched: Program | undefined;
    // Batched at its first use: a rule may call the function it belongs to.
    const batchRule = (): Program => {
      const types = program.inputs.slice(0, ruled).map(plainType);
      const flat = recordProgram('customJvp', [...types, ...types], (values) =>
        rule(values.slice(0, ruled), values.slice(ruled)),
      );
      return batchProgram(flat, [...ruleMarks, ...ruleMarks], size, forced).program;
    };
    const operands = inputs.map((x, i) => (marks[i] ? batchToFront(x, axes[i] as number, size) : x));
    const outputs = bind(customJvpPrimitive, operands, {
      program: batched.program,
      ruled,
      rule: (primals: readonly Tensor[], tangents: readonly Tensor[]) => {
        flatBatched ??= batchRule();
        return inlineProgram(flatBatched, [...primals, ...tangents]);
      },
    });
    return { outputs, axes: outputs.map((_, i) => (batched.batchedOutputs[i % count] ? 0 : null)) };
  },
  tex: carriesPrograms,
  samples: sampledByTests,
};

/** Puts flat leaves of several arguments back into their trees. */
export function unflattenAll(defs: readonly TreeDef[], leaves: readonly unknown[]): unknown[] {
  return unflatten({ kind: 'array', children: defs }, leaves) as unknown[];
}

/**
 * `f` with a forward derivative of your own: for functions whose automatic derivative is unstable or unavailable. Both
 * modes use it, so the tangent must be linear in the tangents.
 * @param rule takes the primals and the tangents, as lists of arguments, and returns `[value, tangent]`.
 * @throws ArgumentError when the rule does not return a pair of the structure of `f`'s result.
 */
export function customJvp<A extends unknown[], R>(
  f: (...args: A) => R,
  rule: (primals: A, tangents: A) => readonly [value: R, tangent: R],
): (...args: A) => R {
  const liftedRule = lift(rule);
  return (...args) => {
    const taken = takeArguments(
      args,
      args.map((_, i) => i),
    );
    const traced = traceFunction(f, taken, {
      context: 'customJvp',
      types: taken.leaves.map(plainType),
      concrete: false,
    });
    const { program, captured } = traced.closed;
    const defs = args.map((_, i) => taken.defs.get(i) as TreeDef);
    const flatRule: FlatRule = (primals, tangents) => {
      const result = liftedRule(unflattenAll(defs, primals) as A, unflattenAll(defs, tangents) as A);
      if (!Array.isArray(result) || result.length !== 2)
        throw new ArgumentError('the rule of customJvp must return [value, tangent]');
      return result.flatMap((part, k) => {
        const what =
          k === 0 ? 'the value returned by the rule of customJvp' : 'the tangent returned by the rule of customJvp';
        const flat = flatten(part, what);
        checkStructure(flat.def, traced.outputDef, what);
        return flat.leaves.map((leaf, i) => settleCotangent(asTensor(leaf), traced.outputs[i] as Aval));
      });
    };
    const params = { program, rule: flatRule, ruled: taken.leaves.length };
    const results = runLoop(customJvpPrimitive, [...taken.leaves, ...captured], params);
    return unflatten(traced.outputDef, results.map(toHost)) as R;
  };
}
