import { convertTo } from '../primitives/convert.ts';
import { moveAxis, reshapeTo } from '../primitives/layout.ts';
import { slicePrimitive } from '../primitives/slice.ts';
import { isFloat } from '../tensor/dtype.ts';
import { DifferentiationError } from '../tensor/errors.ts';
import { checkOptions } from '../tensor/options.ts';
import { sizeOf } from '../tensor/shape.ts';
import { type Aval, convertData, type Tensor, toHost } from '../tensor/tensor.ts';
import { showPath, unflatten } from '../tensor/tree.ts';
import { applyProgram, recordProgram } from '../trace/apply.ts';
import { type TracedArguments, type TracedFunction, takeArguments, traceFunction } from '../trace/function.ts';
import { bind1 } from '../trace/trace.ts';
import { batchProgramAt, batchToFront } from './batch.ts';
import { jvp } from './forward.ts';
import { checkDifferentiable, grad, positionsOf } from './grad.ts';
import { jvpProgram } from './jvp.ts';
import { linearizeProgramAt } from './linearize.ts';
import { transposeProgramAt } from './transpose.ts';
import { plainType, settleCotangent, zerosLike } from './types.ts';

export interface JacobianOptions {
  /** Which argument to differentiate with respect to. Default 0. */
  readonly argnums?: number;
}

/** One partial derivative of a number by a number is a number; every other block is a tensor. */
type Block<R, X> = R extends number ? (X extends number ? number : Tensor) : Tensor;

type Row<R, X> = X extends Tensor | number | boolean
  ? Block<R, X>
  : X extends object
    ? { [K in keyof X]: Row<R, X[K]> }
    : X;

/** A Jacobian: for each leaf of the result, the tree of the argument with shapes `[...result, ...argument]`. */
export type Jacobian<R, X> = R extends Tensor | number | boolean
  ? Row<R, X>
  : R extends object
    ? { [K in keyof R]: Jacobian<R[K], X> }
    : R;

interface Problem {
  readonly taken: TracedArguments;
  readonly traced: TracedFunction;
  readonly position: number;
}

function traceAt(
  f: (...args: never[]) => unknown,
  args: readonly unknown[],
  options: JacobianOptions,
  who: string,
): Problem {
  checkOptions(who, options, { argnums: 1 });
  const [position] = positionsOf(options.argnums, args.length) as [number];
  const taken = takeArguments(args, [position]);
  checkDifferentiable(taken, who);
  const traced = traceFunction(f, taken, { context: who, concrete: true });
  traced.outputs.forEach((x, i) => {
    if (!isFloat(x.dtype)) {
      throw new DifferentiationError(
        `${who}: result${showPath(traced.outputPaths[i] ?? [])} is ${x.dtype}, which has no derivative`,
      );
    }
  });
  return { taken, traced, position };
}

/** Unit tangents of several values laid end to end: for each value a stack `[total, ...shape]`. */
function unitVectors(types: readonly Aval[]): Tensor[] {
  const total = types.reduce((n, x) => n + sizeOf(x.shape), 0);
  let start = 0;
  return types.map((x) => {
    const size = sizeOf(x.shape);
    const data = new Float64Array(total * size);
    for (let i = 0; i < size; i++) data[(start + i) * size + i] = 1;
    start += size;
    return convertData(data, [total, ...x.shape], x.dtype);
  });
}

/** Rows `start … start + count` of the leading axis. */
function rows(x: Tensor, start: number, count: number): Tensor {
  const limits = [start + count, ...x.shape.slice(1)];
  return bind1(slicePrimitive, [x], {
    start: x.shape.map((_, i) => (i === 0 ? start : 0)),
    limit: limits,
    stride: x.shape.map(() => 1),
  });
}

/** Blocks indexed [result leaf][argument leaf] put into trees; scalars by scalars become numbers. */
function assemble(problem: Problem, blocks: readonly (readonly Tensor[])[]): unknown {
  const { taken, traced, position } = problem;
  return unflatten(
    traced.outputDef,
    blocks.map((row, i) => {
      const weak = traced.outputs[i]?.weak === true;
      const hosts = row.map((block, k) =>
        toHost(convertTo(block, { dtype: block.dtype, weak: weak && taken.leaves[k]?.weak === true })),
      );
      return taken.rebuild(hosts)[position];
    }),
  );
}

function forwardJacobian(problem: Problem): unknown {
  const { taken, traced } = problem;
  const { program, captured } = traced.closed;
  const sizes = taken.leaves.map((x) => x.size);
  const total = sizes.reduce((a, b) => a + b, 0);
  const count = taken.leaves.length;
  const forward = jvpProgram(
    program,
    program.inputs.map((_, i) => i < count),
  );
  const result = recordProgram('jacfwd', program.inputs.map(plainType), (inputs) => {
    const basis = unitVectors(program.inputs.slice(0, count));
    const axes = [...inputs.map(() => null), ...basis.map(() => 0)];
    const out = batchProgramAt(forward.program, [...inputs, ...basis], axes, total);
    let next = program.outputs.length;
    return program.outputs.flatMap((y, i) => {
      if (!forward.nonzeroOutputs[i])
        return taken.leaves.map((x) => zerosLike({ ...plainType(y), shape: [...y.shape, ...x.shape] }));
      const stack = batchToFront(out.outputs[next] as Tensor, out.axes[next] as number | null, total);
      next++;
      let start = 0;
      return taken.leaves.map((x, k) => {
        const part = moveAxis(rows(stack, start, sizes[k] as number), 0, y.shape.length);
        start += sizes[k] as number;
        return reshapeTo(part, [...y.shape, ...x.shape]);
      });
    });
  });
  const flat = applyProgram(result, [...taken.leaves, ...captured]);
  return assemble(
    problem,
    traced.outputs.map((_, i) => flat.slice(i * count, (i + 1) * count)),
  );
}

function reverseJacobian(problem: Problem): unknown {
  const { taken, traced } = problem;
  const { program, captured } = traced.closed;
  const sizes = program.outputs.map((x) => sizeOf(x.shape));
  const total = sizes.reduce((a, b) => a + b, 0);
  const count = taken.leaves.length;
  const result = recordProgram('jacrev', program.inputs.map(plainType), (inputs) => {
    const split = linearizeProgramAt(
      program,
      inputs,
      program.inputs.map((_, i) => i < count),
    );
    const basis = unitVectors(program.outputs);
    // The pullback as a Program of (cotangents…, residuals…), so that it can be batched over the unit cotangents.
    const residualTypes = split.linear.captured.map(plainType);
    const pullback = recordProgram('jacrev', [...program.outputs.map(plainType), ...residualTypes], (values) => {
      const seeds = values.slice(0, program.outputs.length).filter((_, i) => split.nonzeroOutputs[i]);
      const results = transposeProgramAt(split.linear.program, count, values.slice(program.outputs.length), seeds);
      return taken.leaves.map((x, i) => settleCotangent(results[i] ?? null, x));
    });
    const axes = [...basis.map(() => 0), ...residualTypes.map(() => null)];
    const out = batchProgramAt(pullback, [...basis, ...split.linear.captured], axes, total);
    const stacks = out.outputs.map((x, i) => batchToFront(x, out.axes[i] as number | null, total));
    let start = 0;
    return program.outputs.flatMap((y, i) => {
      const blocks = taken.leaves.map((x, k) =>
        reshapeTo(rows(stacks[k] as Tensor, start, sizes[i] as number), [...y.shape, ...x.shape]),
      );
      start += sizes[i] as number;
      return blocks;
    });
  });
  const flat = applyProgram(result, [...taken.leaves, ...captured]);
  return assemble(
    problem,
    traced.outputs.map((_, i) => flat.slice(i * count, (i + 1) * count)),
  );
}

/**
 * The Jacobian by forward mode: one pass an input element, all at once. Cheap when there are few inputs.
 * Each block has shape `[...result, ...argument]`.
 */
export function jacfwd<A extends unknown[], R>(
  f: (...args: A) => R,
  options: JacobianOptions = {},
): (...args: A) => Jacobian<R, A[0]> {
  return (...args) => forwardJacobian(traceAt(f, args, options, 'jacfwd')) as Jacobian<R, A[0]>;
}

/**
 * The Jacobian by reverse mode: one backward pass a result element, all at once. Cheap when there are few results.
 * Each block has shape `[...result, ...argument]`.
 */
export function jacrev<A extends unknown[], R>(
  f: (...args: A) => R,
  options: JacobianOptions = {},
): (...args: A) => Jacobian<R, A[0]> {
  return (...args) => reverseJacobian(traceAt(f, args, options, 'jacrev')) as Jacobian<R, A[0]>;
}

/** The Jacobian by whichever mode needs fewer passes: forward for tall Jacobians, reverse for wide ones. */
export function jacobian<A extends unknown[], R>(
  f: (...args: A) => R,
  options: JacobianOptions = {},
): (...args: A) => Jacobian<R, A[0]> {
  return (...args) => {
    const problem = traceAt(f, args, options, 'jacobian');
    const inputs = problem.taken.leaves.reduce((n, x) => n + x.size, 0);
    const outputs = problem.traced.outputs.reduce((n, x) => n + sizeOf(x.shape), 0);
    return (inputs <= outputs ? forwardJacobian(problem) : reverseJacobian(problem)) as Jacobian<R, A[0]>;
  };
}

/**
 * The Hessian of a scalar function, forward over reverse: for an argument of shape s a tensor of shape `[...s, ...s]`,
 * for a tree the tree of trees of blocks.
 */
export function hessian<A extends unknown[]>(
  f: (...args: A) => Tensor | number,
  options: JacobianOptions = {},
): (...args: A) => Jacobian<A[0], A[0]> {
  checkOptions('hessian', options, { argnums: 1 });
  const { argnums = 0 } = options;
  const gradient = grad(f, { argnums }) as (...args: A) => A[0];
  return jacfwd(gradient, { argnums }) as (...args: A) => Jacobian<A[0], A[0]>;
}

/**
 * Hessian-vector products of a scalar function at the cost of a few gradients, without the Hessian: forward over
 * reverse (Pearlmutter 1994). `hvp(f)(x, v)` is ∇²f(x) v, with the structure of x.
 */
export function hvp<X>(f: (x: X) => Tensor | number): (x: X, v: X) => X {
  const gradient = grad(f) as (x: X) => X;
  return (x, v) => jvp(gradient, [x], [v])[1];
}
