import { add } from '../primitives/arithmetic.ts';
import { less } from '../primitives/comparison.ts';
import { convertTo } from '../primitives/convert.ts';
import { ArgumentError, ShapeError } from '../tensor/errors.ts';
import { checkOptions } from '../tensor/options.ts';
import { showShape } from '../tensor/shape.ts';
import { type Aval, asTensor, DenseTensor, type Tensor, toHost } from '../tensor/tensor.ts';
import { type MapLeaves, showPath, unflatten } from '../tensor/tree.ts';
import { type TracedFunction, takeArguments, traceFunction } from '../trace/function.ts';
import { lift } from '../trace/lift.ts';
import { plainType } from '../transforms/types.ts';
import { capturesFirst, checkStructure, convertOutputs, joinTypes, leafName, sameType } from './bodies.ts';
import { scanPrimitive } from './scan.ts';
import { runLoop, whileLoop } from './while.ts';

export interface ScanOptions {
  /** Number of rounds; needed when there are no sequences. */
  readonly length?: number;
  /** True to run from the last slice to the first. Default false. */
  readonly reverse?: boolean;
}

/** One slice of each leaf of the sequences. */
export type SliceOf<X> = MapLeaves<X, Tensor>;

/**
 * Runs `[carry, y] = f(carry, x)` over the leading axis of the leaves of `xs`, one slice a round, and returns the last
 * carry with the results stacked. One Program whatever the length; differentiable in both modes.
 * @param xs a tree of tensors with equal leading axes, or `null` with `length` given.
 * @throws ShapeError for leading axes that differ, or a carry whose type changes from round to round.
 */
export function scan<C, X, Y>(
  f: (carry: C, x: SliceOf<X>) => readonly [C, Y],
  init: C,
  xs: X,
  options: ScanOptions = {},
): [carry: C, ys: MapLeaves<Y, Tensor>] {
  checkOptions('scan', options, { length: 1, reverse: 1 });
  const { reverse = false } = options;
  const taken = takeArguments([init, xs], [0, 1]);
  const carried = taken.owners.filter((owner) => owner === 0).length;
  const length = scanLength(taken.leaves.slice(carried), taken.paths.slice(carried).map(showPath), options.length);
  let types = taken.leaves.map(
    (x, i): Aval => (i < carried ? plainType(x) : { ...plainType(x), shape: x.shape.slice(1) }),
  );
  let traced: TracedFunction;
  for (;;) {
    traced = traceFunction(f as (...args: never[]) => unknown, taken, {
      context: 'the body of scan',
      types,
      concrete: false,
    });
    const { outputDef } = traced;
    const [carryDef] = outputDef.kind === 'array' && outputDef.children.length === 2 ? outputDef.children : [];
    if (!carryDef) throw new ArgumentError('the body of scan must return [carry, y] (y may be null)');
    checkStructure(carryDef, taken.defs.get(0) as typeof carryDef, 'the carry returned by the body of scan');
    const joined = types.map((t, i) =>
      i < carried ? joinTypes(t, traced.outputs[i] as Aval, leafName('the carry of scan', taken.paths, i)) : t,
    );
    if (joined.every((t, i) => sameType(t, types[i] as Aval) && t.weak === (types[i] as Aval).weak)) break;
    types = joined;
  }
  const { closed, outputs, outputDef } = traced;
  const body = convertOutputs(
    capturesFirst(closed),
    outputs.map((y, i) => (i < carried ? (types[i] as Aval) : plainType(y))),
  );
  const start = taken.leaves.slice(0, carried).map((x, i) => convertTo(x, types[i] as Aval));
  const results = runLoop(scanPrimitive, [...closed.captured, ...start, ...taken.leaves.slice(carried)], {
    body,
    constants: closed.captured.length,
    carried,
    length,
    reverse,
  });
  return unflatten(outputDef, results.map(toHost)) as [C, MapLeaves<Y, Tensor>];
}

function scanLength(sequences: readonly Tensor[], names: readonly string[], given: number | undefined): number {
  let length = given;
  sequences.forEach((x, i) => {
    if (x.shape.length === 0) throw new ShapeError(`scan: xs${names[i]} is a scalar and has no axis to scan over`);
    const own = x.shape[0] as number;
    if (length !== undefined && own !== length) {
      throw new ShapeError(
        `scan: xs${names[i]} has shape ${showShape(x.shape)}, so ${own} slices, where ${length} are needed`,
      );
    }
    length = own;
  });
  if (length === undefined || !Number.isInteger(length) || length < 0) {
    throw new ArgumentError('scan needs sequences to scan over, or a whole number as options.length');
  }
  return length;
}

/**
 * `for (let i = lower; i < upper; i++) carry = body(i, carry)`. With bounds that are plain numbers it is a scan, and so
 * differentiable in both modes; with traced bounds it is a whileLoop.
 */
export function foriLoop<C>(
  lower: number | Tensor,
  upper: number | Tensor,
  body: (i: Tensor, carry: C) => C,
  init: C,
): C {
  if (typeof lower === 'number' && typeof upper === 'number') {
    if (!Number.isInteger(lower) || !Number.isInteger(upper)) {
      throw new ArgumentError(`foriLoop counts whole numbers; got bounds ${lower} and ${upper}`);
    }
    const count = Math.max(0, upper - lower);
    const indices = new DenseTensor(
      Int32Array.from({ length: count }, (_, i) => lower + i),
      [count],
      'int32',
    );
    const step = lift(body);
    return scan((carry: C, i: Tensor) => [step(i, carry), null] as const, init, indices as Tensor)[0];
  }
  const strong = (x: number | Tensor): Tensor => convertTo(asTensor(x), { dtype: 'int32', weak: false });
  const last = strong(upper);
  const step = lift(body);
  const [, result] = whileLoop<readonly [Tensor, C]>(
    ([i]) => less(i, last),
    ([i, carry]) => [add(i, 1), step(i, carry)],
    [strong(lower), init],
  );
  return result;
}
