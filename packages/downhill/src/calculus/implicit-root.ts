import { scan } from '../control/scan-loop.ts';
import { eye } from '../functions/creation.ts';
import { stack } from '../functions/joining.ts';
import { solve, solveStacks } from '../linalg/solve.ts';
import { div, neg } from '../primitives/arithmetic.ts';
import { convertTo } from '../primitives/convert.ts';
import { moveAxis, reshapeTo } from '../primitives/layout.ts';
import type { MaybeZero, Primitive } from '../program/primitive.ts';
import type { Program } from '../program/program.ts';
import { isFloat } from '../tensor/dtype.ts';
import { ArgumentError, DownhillError, DtypeError, ShapeError } from '../tensor/errors.ts';
import { checkOptions } from '../tensor/option-names.ts';
import { shapesEqual, showShape } from '../tensor/shape.ts';
import { type Aval, asTensor, DenseTensor, type Tensor, type TensorLike, toHost } from '../tensor/tensor.ts';
import { applyProgram } from '../trace/apply.ts';
import { takeArguments, traceFunction } from '../trace/function.ts';
import { bind } from '../trace/trace.ts';
import { batchProgramAt, batchToFront } from '../transforms/batch.ts';
import { jvpProgram, jvpProgramAt } from '../transforms/jvp.ts';
import { dropDead } from '../transforms/simplify.ts';
import { plainType } from '../transforms/types.ts';
import { type RootProblem, scalarRootProgram } from './root-program.ts';
import { findRoot, type RootReason, rootReasons } from './roots.ts';
import { systemRootProgram } from './system-root-program.ts';

/** A root that was asked for as a value and could not be found. */
export class RootError extends DownhillError {
  readonly reason: RootReason;
  /** The best point found. */
  readonly x: readonly number[];

  constructor(reason: RootReason, x: readonly number[], message: string) {
    super('root', message);
    this.reason = reason;
    this.x = x;
  }
}

interface RootParams extends RootProblem, Readonly<Record<string, unknown>> {}

/** ∂f/∂x at x as an n×n matrix: the tangents of all directions at once. */
function jacobianAt(program: Program, x: Tensor, parameters: readonly Tensor[]): Tensor {
  const n = x.size;
  const marks = program.inputs.map((_, i) => i === 0);
  const whole = jvpProgram(program, marks, [true]).program;
  const forward = dropDead({ ...whole, outputs: whole.outputs.slice(1) });
  const directions = reshapeTo(eye(n, n, { dtype: x.dtype }), [n, ...x.shape]);
  const inputs = [x, ...parameters, directions];
  const axes = inputs.map((_, i) => (i === inputs.length - 1 ? 0 : null));
  const out = batchProgramAt(forward, inputs, axes, n);
  const tangent = out.outputs[0] as Tensor;
  const rows =
    out.axes[0] === null || out.axes[0] === undefined
      ? stack(Array.from({ length: n }, () => tangent))
      : moveAxis(tangent, out.axes[0], 0);
  // row i is the derivative along direction i, so the matrix is its transpose
  return moveAxis(reshapeTo(rows, [n, n]), 1, 0);
}

function fail(reason: RootReason, x: ArrayLike<number>, size: number, evaluations: number): never {
  const point = Array.from(x);
  throw new RootError(
    reason,
    point,
    `root: ${rootReasons[reason]} (after ${evaluations} evaluations the best point is ${point.length === 1 ? point[0] : `[${point.join(', ')}]`}, where the residual has size ${size.toExponential(1)})`,
  );
}

const norm = (x: ArrayLike<number>): number => Math.hypot(...Array.from(x));

/** Newton's method on a system with a backtracking line search on the size of the residual (Armijo's condition, c = 1e-4). */
function solveSystem(
  start: DenseTensor,
  parameters: readonly DenseTensor[],
  { program, tolerance, budget }: RootParams,
) {
  let x = Float64Array.from(start.data);
  let evaluations = 0;
  const dense = (v: Float64Array): DenseTensor =>
    convertTo(new DenseTensor(v, start.shape, 'float64'), start) as DenseTensor;
  const residual = (v: Float64Array): Float64Array => {
    evaluations++;
    return Float64Array.from(applyProgram(program, [dense(v), ...parameters])[0].data);
  };
  let f = residual(x);
  for (;;) {
    const size = norm(f);
    if (size === 0) return x;
    if (Number.isNaN(size)) fail('not-a-number', x, size, evaluations);
    if (evaluations >= budget) fail('budget', x, size, evaluations);
    const jacobian = jacobianAt(program, dense(x), parameters);
    let step: Float64Array;
    try {
      step = Float64Array.from(solve(jacobian, new DenseTensor(f.slice(), [f.length], 'float64')).data, (v) => -v);
    } catch {
      return fail('flat', x, size, evaluations);
    }
    const small = tolerance * (1 + norm(x));
    const length = norm(step);
    let t = 1;
    let next = x.map((v, i) => v + step[i]);
    let fn = residual(next);
    while (!(norm(fn) <= (1 - 1e-4 * t) * size)) {
      // at the bottom of rounding no step helps, and none is needed
      if (length <= 1e3 * small) return x;
      if (t * length <= small) fail('stalled', x, size, evaluations);
      if (evaluations >= budget) fail('budget', x, size, evaluations);
      t /= 2;
      next = x.map((v, i) => v + t * step[i]);
      fn = residual(next);
    }
    [x, f] = [next, fn];
    if (t * length <= small) return x;
  }
}

function evaluateRoot(inputs: readonly DenseTensor[], params: RootParams): DenseTensor[] {
  const { program, starts, tolerance, budget } = params;
  const parameters = inputs.slice(starts);
  const like = program.inputs[0];
  const result = (values: ArrayLike<number>): DenseTensor[] => [
    convertTo(new DenseTensor(Float64Array.from(values), like.shape, 'float64'), like) as DenseTensor,
  ];
  if (starts === 1 && inputs[0].rank > 0) return result(solveSystem(inputs[0], parameters, params));
  const point = (x: number): DenseTensor =>
    convertTo(new DenseTensor(Float64Array.of(x), [], 'float64'), like) as DenseTensor;
  const f = (x: number): number => applyProgram(program, [point(x), ...parameters])[0].data[0];
  const forward = starts === 1 ? jvpProgram(program, [true], [true]).program : undefined;
  const report = findRoot(
    f,
    starts === 2
      ? { bracket: [inputs[0].data[0], inputs[1].data[0]], tolerance, budget }
      : {
          from: inputs[0].data[0],
          tolerance,
          budget,
          derivative: (x) => applyProgram(forward as Program, [point(x), ...parameters, point(1)])[1].data[0],
        },
  );
  if (!report.converged) fail(report.reason, [report.x], Math.abs(report.value), report.evaluations);
  return result([report.x]);
}

/**
 * root: x with f(x, c) = 0, by a bracketing method or Newton's, when values exist.
 *
 * The implicit function theorem: f(x(c), c) = 0 gives  ∂f/∂x dx + ∂f/∂c dc = 0, so  dx = −(∂f/∂x)⁻¹ ∂f/∂c dc. Where the
 * search began has no influence on where it ends, so brackets and starts have derivative zero.
 */
export const rootPrimitive: Primitive<RootParams> = {
  name: 'root',
  taylor: { declined: 'a root has no series rule; nest jvp' },
  interval: { declined: 'a search gives estimates, not enclosures' },
  shape: (_inputs, { program }) => [plainType(program.inputs[0])],
  evaluate: evaluateRoot,
  decompose: (inputs, params) =>
    params.starts === 1 && inputs[0].shape.length > 0
      ? systemRootProgram(inputs, params, jacobianAt)
      : scalarRootProgram(inputs, params),
  jvp: (primals, tangents, { program, starts }, [x]) => {
    const parameters = primals.slice(starts);
    const given = tangents.slice(starts);
    if (given.every((t) => t === null)) return [null];
    const moved: MaybeZero = jvpProgramAt(program, [x, ...parameters], [null, ...given]).tangents[0];
    if (!moved) return [null];
    if (x.rank === 0) {
      const slope = jvpProgramAt(program, [x, ...parameters], [convertTo(asTensor(1), x)]).tangents[0];
      if (!slope) return [null];
      return [convertTo(neg(div(moved, slope)), x)];
    }
    const n = x.size;
    const solved = solveStacks(
      jacobianAt(program, x, parameters),
      reshapeTo(convertTo(moved, { dtype: x.dtype, weak: false }), [n, 1]),
    );
    return [convertTo(neg(reshapeTo(solved, x.shape)), x)];
  },
  transpose: { declined: 'it is linearized before it is transposed' },
  batch: (inputs, axes, params, size) => {
    // each example has a search of its own
    const marks = axes.map((axis) => axis !== null);
    const stacked = inputs.flatMap((x, i) => (marks[i] ? [batchToFront(x, axes[i] as number, size)] : []));
    const [, found] = scan(
      (carry: null, given: Tensor[]) => {
        let next = 0;
        const operands = inputs.map((x, i) => (marks[i] ? given[next++] : x));
        return [carry, bind(rootPrimitive, operands, params)[0] as Tensor] as const;
      },
      null,
      stacked,
    );
    return { outputs: [found], axes: [0] };
  },
  tex: { declined: 'carries a Program' },
  samples: { declined: 'roots have tests of their own' },
};

export interface ImplicitRootOptions {
  /** Relative to 1 + |x|. Default 1e-14. */
  readonly tolerance?: number;
  /** The most evaluations of the function. Default 200. */
  readonly budget?: number;
}

/**
 * The x with f(x) = 0, differentiable to any order in everything `f` captures or closes over (implicit differentiation: the
 * iterations are not differentiated), in both modes and under `vmap`.
 * @param where a bracket `[a, b]` of numbers for a scalar x (Brent's method), or a start: a number or a tensor, for which f
 * must return a residual of the same shape (Newton's method with a line search).
 * @throws RootError naming why no root was found; ArgumentError or ShapeError for a start that does not fit.
 */
export function root(
  f: (x: Tensor) => TensorLike,
  where: readonly [number, number] | number | Tensor,
  options: ImplicitRootOptions = {},
): Tensor | number {
  checkOptions('root', options, { tolerance: 1, budget: 1 });
  const { tolerance = 1e-14, budget = 200 } = options;
  if (!(tolerance > 0)) throw new ArgumentError(`root: the tolerance ${tolerance} is not a positive number`);
  if (!(Number.isInteger(budget) && budget > 1))
    throw new ArgumentError(`root: the budget ${budget} is not a whole number from 2`);
  const given = Array.isArray(where) ? where.map((v: number) => asTensor(v)) : [asTensor(where as number | Tensor)];
  if (Array.isArray(where) && (given.length !== 2 || given.some((x) => x.rank > 0))) {
    throw new ArgumentError('root: a bracket is a pair of numbers [a, b]; give a start as a number or with tensor(…)');
  }
  const starts = given.map((x) => (isFloat(x.dtype) ? x : convertTo(x, { dtype: 'float64', weak: x.weak })));
  const like: Aval = plainType(starts[0]);
  const traced = traceFunction(f as (x: never) => unknown, takeArguments([starts[0]], [0]), {
    context: 'root',
    types: [like],
    concrete: false,
  });
  const [residual] = traced.outputs;
  if (traced.outputs.length !== 1 || !residual || !shapesEqual(residual.shape, like.shape)) {
    throw new ShapeError(
      `root: the function returns ${traced.outputs.map((x) => showShape(x.shape)).join(', ') || 'nothing'} for x of shape ${showShape(like.shape)}; as many equations as unknowns are needed`,
    );
  }
  if (!isFloat(residual.dtype)) throw new DtypeError(`root: the function returns ${residual.dtype}; floats are needed`);
  const { program, captured } = traced.closed;
  const params = { program, starts: given.length as 1 | 2, tolerance, budget };
  return toHost(bind(rootPrimitive, [...starts, ...captured], params)[0]) as Tensor | number;
}
