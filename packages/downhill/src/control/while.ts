import { convertTo } from '../primitives/convert.ts';
import { broadcastInDim } from '../primitives/layout.ts';
import { reduceOr } from '../primitives/reductions.ts';
import { select } from '../primitives/select.ts';
import { evaluateProgram } from '../program/evaluate.ts';
import { carriesPrograms, type MaybeZero, type Primitive, sampledByTests } from '../program/primitive.ts';
import type { Program } from '../program/program.ts';
import { DtypeError, ShapeError } from '../tensor/errors.ts';
import { shapesEqual, showShape } from '../tensor/shape.ts';
import { type Aval, type DenseTensor, type Tensor, toHost } from '../tensor/tensor.ts';
import { unflatten } from '../tensor/tree.ts';
import { applyProgram, inlineProgram, recordProgram } from '../trace/apply.ts';
import { type TracedFunction, takeArguments, traceFunction } from '../trace/function.ts';
import { bind, Tracer, untilTaken } from '../trace/trace.ts';
import { batchToFront } from '../transforms/batch.ts';
import { plainType, zerosLike } from '../transforms/types.ts';
import { capturesFirst, checkStructure, convertOutputs, joinTypes, leafName, sameType } from './bodies.ts';
import { linearCallPrimitive } from './linear-call.ts';
import { batchBody, fixedPoint, jvpBody, pick, range, reorderInputs } from './loops.ts';

interface WhileParams extends Readonly<Record<string, unknown>> {
  /** (condition constants…, carry…) → bool scalar. */
  readonly condition: Program;
  /** (body constants…, carry…) → carry…. */
  readonly body: Program;
  readonly conditionConstants: number;
  readonly bodyConstants: number;
}

function split<T>(inputs: readonly T[], { conditionConstants, bodyConstants }: WhileParams): [T[], T[], T[]] {
  const middle = conditionConstants + bodyConstants;
  return [inputs.slice(0, conditionConstants), inputs.slice(conditionConstants, middle), inputs.slice(middle)];
}

/** The loop that also carries the tangents of the marked values. */
function forwardLoop(params: WhileParams, bodyMarks: readonly boolean[], start: readonly boolean[]) {
  const { body, bodyConstants: m } = params;
  const marks = fixedPoint(start, (carry) => jvpBody(body, [...bodyMarks, ...carry]).nonzeroOutputs);
  const forward = jvpBody(body, [...bodyMarks, ...marks], marks).program;
  const n = marks.length;
  const constantTangents = bodyMarks.filter(Boolean).length;
  const carryTangents = marks.filter(Boolean).length;
  // jvp gives (constants, carry, constant tangents, carry tangents); the loop wants the constants together
  const loopBody = reorderInputs(forward, [
    ...range(0, m),
    ...range(m + n, constantTangents),
    ...range(m, n),
    ...range(m + n + constantTangents, carryTangents),
  ]);
  const condition = recordProgram(
    'jvp of whileLoop',
    [...params.condition.inputs, ...pick(params.condition.inputs.slice(params.conditionConstants), marks)].map(
      plainType,
    ),
    (inputs) => inlineProgram(params.condition, inputs.slice(0, params.condition.inputs.length)),
  );
  return {
    marks,
    params: {
      condition,
      body: loopBody,
      conditionConstants: params.conditionConstants,
      bodyConstants: m + constantTangents,
    },
  };
}

function jvpWhile(primals: readonly Tensor[], tangents: readonly MaybeZero[], params: WhileParams) {
  const [conditionValues, bodyValues, carry] = split(primals, params);
  const [, bodyTangents, carryTangents] = split(tangents, params);
  const bodyMarks = bodyTangents.map((t) => t !== null);
  const { marks, params: next } = forwardLoop(
    params,
    bodyMarks,
    carryTangents.map((t) => t !== null),
  );
  const settled = carry.flatMap((x, i) =>
    marks[i] ? [carryTangents[i] ? convertTo(carryTangents[i] as Tensor, x) : zerosLike(x)] : [],
  );
  const given = bodyTangents.filter((t): t is Tensor => t !== null);
  const results = bind(whilePrimitive, [...conditionValues, ...bodyValues, ...given, ...carry, ...settled], next);
  let at = carry.length;
  return {
    outputs: results.slice(0, carry.length),
    tangents: marks.map((m): MaybeZero => (m ? (results[at++] as Tensor) : null)),
  };
}

/** while: repeats the body on the carried values as long as the condition holds. */
export const whilePrimitive: Primitive<WhileParams> = {
  name: 'while',
  taylor: 'while',
  interval: 'while',
  shape: (_inputs, { body }) => body.outputs.map(plainType),
  evaluate: (inputs, params) => {
    const [conditionValues, bodyValues, start] = split(inputs, params);
    let carry = start;
    while ((evaluateProgram(params.condition, [...conditionValues, ...carry])[0] as DenseTensor).data[0] !== 0) {
      carry = evaluateProgram(params.body, [...bodyValues, ...carry]);
    }
    return carry;
  },
  jvp: { joint: jvpWhile },
  linearize: (primals, tangents, params) => {
    const outputs = bind(whilePrimitive, primals, params);
    const marks = tangents.map((t) => t !== null);
    const given = tangents.filter((t): t is Tensor => t !== null);
    let nonzero: boolean[] = [];
    const program = recordProgram('jvp of whileLoop', [...primals, ...given].map(plainType), (inputs) => {
      let at = primals.length;
      const slopes = marks.map((m) => (m ? (inputs[at++] as Tensor) : null));
      const result = jvpWhile(inputs.slice(0, primals.length), slopes, params);
      nonzero = result.tangents.map((t) => t !== null);
      return result.tangents.filter((t): t is Tensor => t !== null);
    });
    const slopes = bind(linearCallPrimitive, [...primals, ...given], {
      program,
      primals: primals.length,
      transposed: null,
      reason:
        'the number of rounds of a whileLoop is not known in advance, so they cannot be run backwards. ' +
        'Use scan, or foriLoop with bounds that are plain numbers; or forward mode (jvp, jacfwd)',
    });
    let at = 0;
    return { outputs, tangents: nonzero.map((m): MaybeZero => (m ? (slopes[at++] as Tensor) : null)) };
  },
  transpose: { declined: 'a loop of unknown length has no adjoint' },
  batch: (inputs, axes, params, size) => {
    const [conditionValues, bodyValues, carry] = split(inputs, params);
    const [conditionAxes, bodyAxes, carryAxes] = split(axes, params);
    const batched = (list: readonly (number | null)[]): boolean[] => list.map((axis) => axis !== null);
    const bodyMarks = batched(bodyAxes);
    const conditionMarks = batched(conditionAxes);
    const conditionBatched = (marks: readonly boolean[]): boolean =>
      batchBody(params.condition, [...conditionMarks, ...marks], size).batchedOutputs[0] as boolean;
    const marks = fixedPoint(batched(carryAxes), (m) => {
      const next = batchBody(params.body, [...bodyMarks, ...m], size).batchedOutputs;
      // when each example decides for itself when to stop, everything carried differs between examples
      return conditionBatched(m) ? m.map(() => true) : next;
    });
    const body = batchBody(params.body, [...bodyMarks, ...marks], size, marks).program;
    const front = (x: Tensor, axis: number | null): Tensor => (axis === null ? x : batchToFront(x, axis, size));
    const start = carry.map((x, i) => (marks[i] ? batchToFront(x, carryAxes[i] as number | null, size) : x));
    const operands = [
      ...conditionValues.map((x, i) => front(x, conditionAxes[i] as number | null)),
      ...bodyValues.map((x, i) => front(x, bodyAxes[i] as number | null)),
    ];
    const condition = batchBody(params.condition, [...conditionMarks, ...marks], size).program;
    if (!conditionBatched(marks)) {
      return {
        outputs: bind(whilePrimitive, [...operands, ...start], { ...params, condition, body }),
        axes: marks.map((m) => (m ? 0 : null)),
      };
    }
    // Runs until no example wants another round; the body keeps the values of those that have stopped.
    const [c, b] = [params.conditionConstants, params.bodyConstants];
    const shared = [...conditionValues, ...bodyValues].map((x, i) => plainType(operands[i] ?? x));
    const carryTypes = start.map(plainType);
    const any = recordProgram('vmap of whileLoop', [...shared.slice(0, c), ...carryTypes], (values) => [
      reduceOr(inlineProgram(condition, values)[0] as Tensor, [0]),
    ]);
    const guarded = recordProgram('vmap of whileLoop', [...shared, ...carryTypes], (values) => {
      const now = values.slice(c + b);
      const on = inlineProgram(condition, [...values.slice(0, c), ...now])[0] as Tensor;
      const next = inlineProgram(body, values.slice(c));
      return next.map((x, i) =>
        convertTo(select(broadcastInDim(on, x.shape, [0]), x, now[i] as Tensor), now[i] as Tensor),
      );
    });
    const outputs = bind(whilePrimitive, [...operands.slice(0, c), ...operands, ...start], {
      condition: any,
      body: guarded,
      conditionConstants: c,
      bodyConstants: c + b,
    });
    return { outputs, axes: marks.map(() => 0) };
  },
  tex: carriesPrograms,
  samples: sampledByTests,
};

/**
 * `carry = body(carry)` as long as `condition(carry)` holds; returns the last carry. The carry is a tree whose structure,
 * shapes and dtypes stay the same from round to round. Works in forward mode and under `vmap`; for reverse mode use
 * `scan` or `foriLoop` with plain bounds.
 * @throws ShapeError or DtypeError when a round changes the type of the carry, or the condition is not a bool scalar.
 */
export function whileLoop<C>(condition: (carry: C) => Tensor | boolean, body: (carry: C) => C, init: C): C {
  const taken = takeArguments([init], [0]);
  const initDef = taken.defs.get(0) as NonNullable<ReturnType<typeof taken.defs.get>>;
  let types = taken.leaves.map(plainType);
  let traced: TracedFunction;
  for (;;) {
    traced = traceFunction(body, taken, { context: 'the body of whileLoop', types, concrete: false });
    checkStructure(traced.outputDef, initDef, 'the result of the body of whileLoop');
    const joined = types.map((t, i) =>
      joinTypes(t, traced.outputs[i] as Aval, leafName('the carry of whileLoop', taken.paths, i)),
    );
    if (joined.every((t, i) => sameType(t, types[i] as Aval) && t.weak === (types[i] as Aval).weak)) break;
    types = joined;
  }
  const test = traceFunction(condition, taken, { context: 'the condition of whileLoop', types, concrete: false });
  const [verdict] = test.outputs;
  if (test.outputs.length !== 1 || !verdict || verdict.shape.length > 0 || verdict.dtype !== 'bool') {
    throw verdict && shapesEqual(verdict.shape, [])
      ? new DtypeError(`the condition of whileLoop must return bool; got ${verdict.dtype}`)
      : new ShapeError(
          `the condition of whileLoop must return one scalar; got ${test.outputs.map((x) => showShape(x.shape)).join(', ') || 'nothing'}`,
        );
  }
  // in a branch that is not taken it need not end
  const start = taken.leaves.map((x, i) => untilTaken(convertTo(x, types[i] as Aval)));
  const operands = [...test.closed.captured, ...traced.closed.captured, ...start];
  const params: WhileParams = {
    condition: capturesFirst(test.closed),
    body: convertOutputs(capturesFirst(traced.closed), types),
    conditionConstants: test.closed.captured.length,
    bodyConstants: traced.closed.captured.length,
  };
  return unflatten(initDef, runLoop(whilePrimitive, operands, params).map(toHost)) as C;
}

/** A loop applied: through the executor when everything is concrete, recorded otherwise. */
export function runLoop<P extends Readonly<Record<string, unknown>>>(
  primitive: Primitive<P>,
  operands: readonly Tensor[],
  params: P,
): Tensor[] {
  if (operands.some((x) => x instanceof Tracer)) return bind(primitive, operands, params);
  const program = recordProgram(primitive.name, operands.map(plainType), (inputs) => bind(primitive, inputs, params));
  return operands.length === 0 ? bind(primitive, operands, params) : applyProgram(program, operands);
}
