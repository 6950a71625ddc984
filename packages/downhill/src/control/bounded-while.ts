import { convertTo } from '../primitives/convert.ts';
import { evaluateProgram } from '../program/evaluate.ts';
import { carriesPrograms, type Primitive, sampledByTests } from '../program/primitive.ts';
import type { Program } from '../program/program.ts';
import { allocate } from '../tensor/dtype.ts';
import { ArgumentError, DtypeError, ShapeError } from '../tensor/errors.ts';
import { showShape, sizeOf } from '../tensor/shape.ts';
import { type Aval, DenseTensor, scalar, type Tensor, toHost } from '../tensor/tensor.ts';
import { type MapLeaves, type TreeDef, unflatten } from '../tensor/tree.ts';
import { type TracedFunction, takeArguments, traceFunction } from '../trace/function.ts';
import { plainType } from '../transforms/types.ts';
import { capturesFirst, checkStructure, convertOutputs, joinTypes, leafName, sameType } from './bodies.ts';
import { runLoop } from './while.ts';

export interface BoundedWhileParams extends Readonly<Record<string, unknown>> {
  /** (condition constants…, carry…) → bool scalar. */
  readonly condition: Program;
  /** (body constants…, carry…) → (carry…, one slice of each result…). */
  readonly body: Program;
  readonly conditionConstants: number;
  readonly bodyConstants: number;
  readonly carried: number;
  /** Slices each stack has room for: as many rounds are run at most. */
  readonly capacity: number;
}

const declined = { declined: 'runs the loops of descents, which nobody differentiates through' };

/** bounded_while: a loop that ends by a condition or when its stacks are full; slices no round wrote are zero. */
export const boundedWhilePrimitive: Primitive<BoundedWhileParams> = {
  name: 'bounded_while',
  taylor: declined,
  interval: declined,
  shape: (_inputs, { body, carried, capacity }) => [
    { shape: [], dtype: 'int32', weak: false },
    ...body.outputs.map((x, i) => (i < carried ? plainType(x) : stackOf(x, capacity))),
  ],
  evaluate: (inputs, { condition, body, conditionConstants, bodyConstants, carried, capacity }) => {
    const middle = conditionConstants + bodyConstants;
    const forCondition = inputs.slice(0, conditionConstants);
    const forBody = inputs.slice(conditionConstants, middle);
    let carry = inputs.slice(middle);
    const types = body.outputs.slice(carried);
    const stacks = types.map((x) => allocate(x.dtype, capacity * sizeOf(x.shape)));
    let round = 0;
    const goesOn = (): boolean =>
      (evaluateProgram(condition, [...forCondition, ...carry])[0] as DenseTensor).data[0] !== 0;
    for (; round < capacity && goesOn(); round++) {
      const results = evaluateProgram(body, [...forBody, ...carry]);
      carry = results.slice(0, carried);
      results.slice(carried).forEach((y, j) => stacks[j]?.set(y.data, round * y.size));
    }
    return [
      scalar(round, 'int32'),
      ...carry,
      ...types.map((x, j) => {
        const { shape, dtype, weak } = stackOf(x, capacity);
        return new DenseTensor(stacks[j] as NonNullable<(typeof stacks)[0]>, shape, dtype, weak);
      }),
    ];
  },
  jvp: declined,
  transpose: declined,
  batch: () => {
    throw new ArgumentError(
      'a loop that writes stacks and ends by a condition has no batched form; use scan under vmap',
    );
  },
  tex: carriesPrograms,
  samples: sampledByTests,
};

const stackOf = (x: Aval, capacity: number): Aval => ({ shape: [capacity, ...x.shape], dtype: x.dtype, weak: false });

/**
 * `[carry, y] = body(carry)` as long as `condition(carry)` holds, at most `capacity` times. Returns how many rounds there
 * were, the last carry, and what the rounds gave as `y`, stacked: a `whileLoop` that leaves a trace, or a `scan` that can
 * end early. Slices that no round wrote are zero. It runs values and has no derivative.
 * @throws ShapeError or DtypeError when a round changes the type of the carry, or the condition is not a bool scalar.
 */
export function boundedWhile<C, Y>(
  condition: (carry: C) => Tensor | boolean,
  body: (carry: C) => readonly [C, Y],
  init: C,
  capacity: number,
): [rounds: Tensor, carry: C, ys: MapLeaves<Y, Tensor>] {
  const taken = takeArguments([init], [0]);
  const initDef = taken.defs.get(0) as TreeDef;
  const carried = taken.leaves.length;
  let types = taken.leaves.map(plainType);
  let traced: TracedFunction;
  let resultDef: TreeDef;
  for (;;) {
    traced = traceFunction(body, taken, { context: 'the body of a loop', types, concrete: false });
    const { outputDef } = traced;
    const [carryDef, given] = outputDef.kind === 'array' ? outputDef.children : [];
    checkStructure(carryDef as TreeDef, initDef, 'what the body of a loop carries on');
    resultDef = given as TreeDef;
    const joined = types.map((t, i) =>
      joinTypes(t, traced.outputs[i] as Aval, leafName('what the loop carries', taken.paths, i)),
    );
    if (joined.every((t, i) => sameType(t, types[i] as Aval) && t.weak === (types[i] as Aval).weak)) break;
    types = joined;
  }
  const test = traceFunction(condition, taken, { context: 'the condition of a loop', types, concrete: false });
  const [verdict] = test.outputs;
  if (verdict === undefined || verdict.shape.length > 0) {
    throw new ShapeError(`the condition of a loop must be one scalar; got ${verdict ? showShape(verdict.shape) : 0}`);
  }
  if (verdict.dtype !== 'bool') throw new DtypeError(`the condition of a loop must be bool; got ${verdict.dtype}`);
  const { closed, outputs } = traced;
  const params: BoundedWhileParams = {
    condition: capturesFirst(test.closed),
    body: convertOutputs(
      capturesFirst(closed),
      outputs.map((y, i) => (i < carried ? (types[i] as Aval) : plainType(y))),
    ),
    conditionConstants: test.closed.captured.length,
    bodyConstants: closed.captured.length,
    carried,
    capacity,
  };
  const start = taken.leaves.map((x, i) => convertTo(x, types[i] as Aval));
  const results = runLoop(boundedWhilePrimitive, [...test.closed.captured, ...closed.captured, ...start], params);
  return [
    results[0] as Tensor,
    unflatten(initDef, results.slice(1, 1 + carried).map(toHost)) as C,
    unflatten(resultDef, results.slice(1 + carried)) as MapLeaves<Y, Tensor>,
  ];
}
