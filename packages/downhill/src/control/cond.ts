import { equal, greaterEqual, notEqual } from '../primitives/comparison.ts';
import { convertTo } from '../primitives/convert.ts';
import { broadcastInDim } from '../primitives/layout.ts';
import { select } from '../primitives/select.ts';
import { evaluateProgram } from '../program/evaluate.ts';
import { carriesPrograms, LinearInput, type MaybeZero, type Primitive, sampledByTests } from '../program/primitive.ts';
import type { Program } from '../program/program.ts';
import { isInteger } from '../tensor/dtype.ts';
import { ArgumentError, DtypeError, ShapeError } from '../tensor/errors.ts';
import { showShape } from '../tensor/shape.ts';
import { type Aval, asTensor, type DenseTensor, type Tensor, type TensorLike, toHost } from '../tensor/tensor.ts';
import { unflatten } from '../tensor/tree.ts';
import { inlineProgram, recordProgram } from '../trace/apply.ts';
import { takeArguments, traceFunction } from '../trace/function.ts';
import { lift } from '../trace/lift.ts';
import { bind, Tracer } from '../trace/trace.ts';
import { batchProgramAt, batchToFront } from '../transforms/batch.ts';
import { residualValues } from '../transforms/linearize.ts';
import { transposeProgram } from '../transforms/transpose.ts';
import { plainType, zerosLike } from '../transforms/types.ts';
import { checkStructure, convertOutputs, joinTypes, leafName, shareCaptures } from './bodies.ts';
import { batchBody, jvpBody, linearizeBody } from './loops.ts';

interface CondParams extends Readonly<Record<string, unknown>> {
  readonly branches: readonly Program[];
}

/** Which branch an index chooses: out of range counts as the nearest. */
const choose = (index: DenseTensor, branches: readonly Program[]): Program =>
  branches[Math.min(Math.max(index.data[0] as number, 0), branches.length - 1)] as Program;

/** Marks that are set in any of several lists. */
const union = (lists: readonly (readonly boolean[])[]): boolean[] =>
  (lists[0] ?? []).map((_, i) => lists.some((list) => list[i]));

/** cond: applies one of several Programs of equal type, chosen by an int32 index. */
export const condPrimitive: Primitive<CondParams> = {
  name: 'cond',
  taylor: 'cond',
  interval: 'cond',
  shape: (_inputs, { branches }) => (branches[0] as Program).outputs.map(plainType),
  evaluate: ([index, ...operands], { branches }) => evaluateProgram(choose(index as DenseTensor, branches), operands),
  jvp: {
    joint: ([index, ...primals], [, ...tangents], { branches }) => {
      const nonzero = tangents.map((t) => t !== null);
      const forced = union(branches.map((b) => jvpBody(b, nonzero).nonzeroOutputs));
      const forward = branches.map((b) => jvpBody(b, nonzero, forced).program);
      const given = tangents.filter((t): t is Tensor => t !== null);
      const results = bind(condPrimitive, [index as Tensor, ...primals, ...given], { branches: forward });
      let next = forced.length;
      return {
        outputs: results.slice(0, forced.length),
        tangents: forced.map((f) => (f ? (results[next++] as Tensor) : null)),
      };
    },
  },
  linearize: ([index, ...primals], [, ...tangents], { branches }) => {
    const nonzero = tangents.map((t) => t !== null);
    const forced = union(branches.map((b) => linearizeBody(b, nonzero).nonzeroOutputs));
    const halves = branches.map((b) => linearizeBody(b, nonzero, forced));
    const outputCount = forced.length;
    // Every branch returns the residuals of all: its own computed, zeros in the places of the others.
    const computedTypes = halves.map((h) => h.primal.outputs.slice(outputCount).map(plainType));
    const primalBranches = halves.map((half, k) =>
      recordProgram('cond', half.primal.inputs.map(plainType), (inputs) => {
        const results = inlineProgram(half.primal, inputs);
        const own = results.slice(outputCount);
        return [
          ...results.slice(0, outputCount),
          ...computedTypes.flatMap((types, j) => (j === k ? own : types.map(zerosLike))),
        ];
      }),
    );
    const results = bind(condPrimitive, [index as Tensor, ...primals], { branches: primalBranches });
    let at = outputCount;
    const residuals = halves.map((half, k) => {
      const count = (computedTypes[k] as Aval[]).length;
      const computed = results.slice(at, at + count);
      at += count;
      return residualValues(half.residuals, primals, computed);
    });
    const given = tangents.filter((t): t is Tensor => t !== null);
    const linearTypes = [...given, ...residuals.flat()].map(plainType);
    let start = given.length;
    const linearBranches = halves.map((half, k) => {
      const from = start;
      start += (residuals[k] as Tensor[]).length;
      return recordProgram('cond', linearTypes, (inputs) =>
        inlineProgram(half.linear, [
          ...inputs.slice(0, given.length),
          ...inputs.slice(from, from + (residuals[k] as Tensor[]).length),
        ]),
      );
    });
    const slopes =
      given.length === 0
        ? []
        : bind(condPrimitive, [index as Tensor, ...given, ...residuals.flat()], { branches: linearBranches });
    let next = 0;
    return {
      outputs: results.slice(0, outputCount),
      tangents: forced.map((f): MaybeZero => (f ? (slopes[next++] as Tensor) : null)),
    };
  },
  transpose: (cts, [index, ...operands], { branches }) => {
    const linear = operands.map((x) => x instanceof LinearInput);
    const used = cts.map((ct) => ct !== null);
    const back = branches.map((b) => transposeProgram(b, linear, used));
    const given = [
      ...operands.filter((x): x is Tensor => !(x instanceof LinearInput)),
      ...cts.filter((ct): ct is Tensor => ct !== null),
    ];
    const results = bind(condPrimitive, [index as Tensor, ...given], { branches: back });
    let next = 0;
    return [null, ...linear.map((isLinear) => (isLinear ? (results[next++] as Tensor) : null))];
  },
  batch: ([index, ...operands], [indexAxis, ...axes], { branches }, size) => {
    if (indexAxis === null) {
      const batched = axes.map((axis) => axis !== null);
      const forced = union(branches.map((b) => batchBody(b, batched, size).batchedOutputs));
      const stacked = branches.map((b) => batchBody(b, batched, size, forced).program);
      const inputs = operands.map((x, i) => (batched[i] ? batchToFront(x, axes[i] as number, size) : x));
      return {
        outputs: bind(condPrimitive, [index as Tensor, ...inputs], { branches: stacked }),
        axes: forced.map((f) => (f ? 0 : null)),
      };
    }
    // Each example may take another branch: all branches run, and each example keeps the results of its own.
    const all = branches.map((b) => {
      const out = batchProgramAt(b, operands, axes, size);
      return out.outputs.map((x, i) => batchToFront(x, out.axes[i] as number | null, size));
    });
    const outputs = (all[0] as Tensor[]).map((first, i) =>
      all.slice(1).reduce((chosen, results, k) => {
        const taken = k === all.length - 2 ? greaterEqual(index as Tensor, k + 1) : equal(index as Tensor, k + 1);
        return select(broadcastInDim(taken, first.shape, [0]), results[i] as Tensor, chosen);
      }, first),
    );
    return { outputs, axes: outputs.map(() => 0) };
  },
  tex: carriesPrograms,
  samples: sampledByTests,
};

function traceBranches(
  branches: readonly ((...operands: never[]) => unknown)[],
  index: Tensor,
  operands: readonly unknown[],
  names: readonly string[],
): unknown {
  const taken = takeArguments(
    operands,
    operands.map((_, i) => i),
  );
  const traced = branches.map((f, i) =>
    traceFunction(f, taken, {
      context: names[i] as string,
      types: taken.leaves.map(plainType),
      concrete: false,
      conditional: true,
    }),
  );
  const [first] = traced as [(typeof traced)[0]];
  traced.slice(1).forEach((t, i) => checkStructure(t.outputDef, first.outputDef, `the result of ${names[i + 1]}`));
  const types = first.outputs.map((x, i) =>
    traced
      .slice(1)
      .reduce(
        (type, t, k) =>
          joinTypes(
            type,
            t.outputs[i] as Aval,
            leafName(`the result of ${names[0]} and ${names[k + 1]}`, first.outputPaths, i),
          ),
        plainType(x),
      ),
  );
  const { programs, captured } = shareCaptures(traced.map((t) => t.closed));
  const results = bind(condPrimitive, [index, ...taken.leaves, ...captured], {
    branches: programs.map((p) => convertOutputs(p, types)),
  });
  return unflatten(first.outputDef, results.map(toHost));
}

function scalarOperand(x: TensorLike, who: string): Tensor {
  const value = asTensor(x);
  if (value.shape.length > 0) {
    throw new ShapeError(
      `${who} needs a scalar; got shape ${showShape(value.shape)} (use where to choose element by element)`,
    );
  }
  return value;
}

/**
 * `onTrue(...operands)` where `predicate` holds, else `onFalse(...operands)`. Both are traced when the predicate is
 * traced, only the one taken runs; under `vmap` over the predicate both run and each example keeps its own.
 * @param predicate a scalar bool (or number: zero is false).
 * @throws ShapeError or DtypeError when the branches return different structures, shapes or dtypes.
 */
export function cond<A extends unknown[], R>(
  predicate: TensorLike,
  onTrue: (...operands: A) => R,
  onFalse: (...operands: A) => R,
  ...operands: A
): R {
  const value = scalarOperand(predicate, 'the predicate of cond');
  if (!(value instanceof Tracer)) return lift(value.item() !== 0 ? onTrue : onFalse)(...operands);
  const holds = value.dtype === 'bool' ? value : notEqual(value, 0);
  const index = convertTo(holds, { dtype: 'int32', weak: false });
  return traceBranches([onFalse, onTrue], index, operands, [
    'the false branch of cond',
    'the true branch of cond',
  ]) as R;
}

/**
 * `branches[index](...operands)`, the index clamped to the list.
 * @throws DtypeError for an index that is not an integer.
 */
export function switchCase<A extends unknown[], R>(
  index: TensorLike,
  branches: readonly ((...operands: A) => R)[],
  ...operands: A
): R {
  if (branches.length === 0) throw new ArgumentError('switchCase needs at least one branch');
  const value = scalarOperand(index, 'the index of switchCase');
  if (!(value instanceof Tracer)) {
    const i = Math.min(Math.max(Math.trunc(value.item()), 0), branches.length - 1);
    return lift(branches[i] as (...operands: A) => R)(...operands);
  }
  if (!isInteger(value.dtype)) throw new DtypeError(`switchCase needs an integer index; got ${value.dtype}`);
  const names = branches.map((_, i) => `branch ${i} of switchCase`);
  return traceBranches(branches, convertTo(value, { dtype: 'int32', weak: false }), operands, names) as R;
}
