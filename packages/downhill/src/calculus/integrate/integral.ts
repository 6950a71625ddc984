import { linearCallPrimitive } from '../../control/linear-call.ts';
import { add, addTangents, mul, sub } from '../../primitives/arithmetic.ts';
import { convertTo } from '../../primitives/convert.ts';
import type { MaybeZero, Primitive } from '../../program/primitive.ts';
import type { Program } from '../../program/program.ts';
import { allocate, isFloat } from '../../tensor/dtype.ts';
import { ArgumentError, DtypeError, ShapeError } from '../../tensor/errors.ts';
import { checkOptions } from '../../tensor/option-names.ts';
import { showShape, sizeOf } from '../../tensor/shape.ts';
import { type Aval, asTensor, DenseTensor, type Tensor, type TensorLike, toHost } from '../../tensor/tensor.ts';
import { type MapLeaves, unflatten } from '../../tensor/tree.ts';
import { applyProgram, inlineProgram, recordProgram } from '../../trace/apply.ts';
import { takeArguments, traceFunction } from '../../trace/function.ts';
import { bind } from '../../trace/trace.ts';
import { batchProgram, batchToFront } from '../../transforms/batch.ts';
import { jvpProgram } from '../../transforms/jvp.ts';
import { plainType } from '../../transforms/types.ts';
import { vjpProgram } from '../../transforms/vjp.ts';
import { adaptive } from './adaptive.ts';
import { integralProgram } from './integral-program.ts';
import { checkBudget, checkTolerance, type Tolerance } from './integrate.ts';
import { mapRange } from './range.ts';
import { IntegrationError, integrationReasons } from './reasons.ts';

interface IntegralParams extends Readonly<Record<string, unknown>> {
  /** (x, parameters…) → components of the integrand. */
  readonly program: Program;
  readonly absolute: number;
  readonly relative: number;
  readonly budget: number;
  readonly breakpoints: readonly number[];
}

/** The integrand's variable: a number, as a JavaScript number is one. */
const pointType: Aval = { shape: [], dtype: 'float64', weak: true };

/** The program with only some of its outputs. */
const withOutputs = (program: Program, from: number): Program => ({ ...program, outputs: program.outputs.slice(from) });

/** Rows of components at many points, by running the batched program once. */
function sampler({ program }: IntegralParams, parameters: readonly DenseTensor[]) {
  const batches = new Map<number, ReturnType<typeof batchProgram>>();
  const sizes = program.outputs.map((x) => sizeOf(x.shape));
  const width = sizes.reduce((a, b) => a + b, 0);
  return (x: Float64Array): Float64Array => {
    const n = x.length;
    let batch = batches.get(n);
    if (!batch) {
      batch = batchProgram(
        program,
        [true, ...parameters.map(() => false)],
        n,
        program.outputs.map(() => true),
      );
      batches.set(n, batch);
    }
    const results = applyProgram(batch.program, [new DenseTensor(x, [n], 'float64', true), ...parameters]);
    const out = new Float64Array(n * width);
    let at = 0;
    results.forEach((result, k) => {
      const { data } = result;
      for (let i = 0; i < n; i++) out.set(data.subarray(i * sizes[k], (i + 1) * sizes[k]), i * width + at);
      at += sizes[k];
    });
    return out;
  };
}

function quadrature(inputs: readonly DenseTensor[], params: IntegralParams): DenseTensor[] {
  const [from, to] = [inputs[0].data[0], inputs[1].data[0]];
  const { program, breakpoints, absolute, relative, budget } = params;
  if (Number.isNaN(from) || Number.isNaN(to)) throw new ArgumentError(`integral: the limits are ${from} and ${to}`);
  const sign = from <= to ? 1 : -1;
  const range = sign > 0 ? ([from, to] as const) : ([to, from] as const);
  let value = new Float64Array(program.outputs.reduce((n, x) => n + sizeOf(x.shape), 0));
  if (from !== to) {
    const mapped = mapRange(range, breakpoints, 'integral');
    const sample = mapped.transform(sampler(params, inputs.slice(2)));
    const { pieces, rule, combine } = mapped;
    const result = adaptive({ sample, pieces, rule, combine, absolute, relative, budget });
    const { reason, where } = result;
    // at the limit of rounding the value is as good as it can be
    if (reason !== 'converged' && reason !== 'roundoff') {
      const place = where ? mapped.back(where) : range;
      throw new IntegrationError(
        reason,
        `integral over [${from}, ${to}]: ${integrationReasons[reason]}, on [${place.join(', ')}] (after ${result.evaluations} evaluations, estimated error ${result.error.toExponential(1)})`,
        place,
      );
    }
    value = result.value as Float64Array<ArrayBuffer>;
  }
  let at = 0;
  return program.outputs.map((x) => {
    const data = allocate(x.dtype, sizeOf(x.shape));
    for (let i = 0; i < data.length; i++) data[i] = sign * value[at++];
    return new DenseTensor(data, x.shape, x.dtype, x.weak);
  });
}

/** f(b) db − f(a) da. */
function limitTangents(primals: readonly Tensor[], tangents: readonly MaybeZero[], program: Program): MaybeZero[] {
  const parameters = primals.slice(2);
  const at = (i: number): Tensor[] => inlineProgram(program, [convertTo(primals[i], pointType), ...parameters]);
  let result: MaybeZero[] = program.outputs.map(() => null);
  const [da, db] = tangents;
  if (db) result = at(1).map((f) => convertTo(mul(f, db), plainType(f)));
  if (da) {
    const values = at(0);
    result = result.map((t, i) => addTangents(t, convertTo(mul(-1, mul(values[i], da)), plainType(values[i]))));
  }
  return result;
}

/** The integral of the integrand's tangent in its parameters: of which outputs, and as a program in (x, c…, dc…). */
function parameterTangents(program: Program, marks: readonly boolean[]) {
  const forward = jvpProgram(program, [false, ...marks]);
  return { program: withOutputs(forward.program, program.outputs.length), nonzero: forward.nonzeroOutputs };
}

const spread = (values: readonly Tensor[], nonzero: readonly boolean[]): MaybeZero[] => {
  let next = 0;
  return nonzero.map((m) => (m ? values[next++] : null));
};

/**
 * integral: the integral of a Program over a range, computed adaptively to a tolerance when values exist.
 *
 * Leibniz:  d ∫_a^b f(x, c) dx = f(b, c) db − f(a, c) da + ∫_a^b ∂f/∂c(x, c) dc dx.
 * The last term is an integral again, adapted to its own integrand; so is its adjoint, ∫ (∂f/∂c)ᵀ ct dx.
 */
export const integralPrimitive: Primitive<IntegralParams> = {
  name: 'integral',
  taylor: { declined: 'an integral has no series rule; nest jvp' },
  interval: { declined: 'quadrature gives estimates, not enclosures' },
  shape: ([a, b], { program }) => {
    for (const limit of [a, b]) {
      if (limit.shape.length > 0)
        throw new ShapeError(`integral: a limit has shape ${showShape(limit.shape)}; scalars are needed`);
    }
    return program.outputs.map(plainType);
  },
  evaluate: quadrature,
  decompose: integralProgram,
  jvp: (primals, tangents, params) => {
    const ends = limitTangents(primals, tangents, params.program);
    const marks = tangents.slice(2).map((t) => t !== null);
    if (!marks.includes(true)) return ends;
    const inner = parameterTangents(params.program, marks);
    const given = tangents.slice(2).filter((t): t is Tensor => t !== null);
    const values = bind(integralPrimitive, [...primals, ...given], { ...params, program: inner.program });
    return spread(values, inner.nonzero).map((t, i) => addTangents(ends[i], t));
  },
  linearize: (primals, tangents, params) => {
    const { program } = params;
    const outputs = bind(integralPrimitive, primals, params);
    const ends = limitTangents(primals, tangents, program);
    const marks = tangents.slice(2).map((t) => t !== null);
    if (!marks.includes(true)) return { outputs, tangents: ends };
    const inner = parameterTangents(program, marks);
    const given = tangents.slice(2).filter((t): t is Tensor => t !== null);
    const whole = recordProgram('integral', [...primals, ...given].map(plainType), (inputs) =>
      bind(integralPrimitive, inputs, { ...params, program: inner.program }),
    );
    const slopes = bind(linearCallPrimitive, [...primals, ...given], {
      program: whole,
      primals: primals.length,
      reason: '',
      transposed: (values: readonly Tensor[], cotangents: readonly MaybeZero[]) => {
        const all = spread(cotangents as Tensor[], inner.nonzero);
        const seeds = all.filter((ct): ct is Tensor => ct !== null);
        const back = vjpProgram(
          program,
          [false, ...marks],
          all.map((ct) => ct !== null),
        );
        return bind(integralPrimitive, [...values, ...seeds], {
          ...params,
          program: withOutputs(back, program.outputs.length),
        });
      },
    });
    return { outputs, tangents: spread(slopes, inner.nonzero).map((t, i) => addTangents(ends[i], t)) };
  },
  transpose: { declined: 'it is linearized before it is transposed' },
  batch: (inputs, axes, params, size) => {
    const marks = axes.map((axis) => axis !== null);
    const operands = inputs.map((x, i) => (marks[i] ? batchToFront(x, axes[i] as number, size) : x));
    const settle = (
      program: Program,
      batched: readonly boolean[],
      limits: readonly Tensor[],
      rest: readonly Tensor[],
    ) => {
      const one = batchProgram(program, batched, size);
      const outputs = bind(integralPrimitive, [...limits, ...rest], { ...params, program: one.program });
      return { outputs, axes: one.batchedOutputs.map((m) => (m ? 0 : null)) };
    };
    if (!marks[0] && !marks[1])
      return settle(params.program, [false, ...marks.slice(2)], operands.slice(0, 2), operands.slice(2));
    if (params.breakpoints.length > 0) throw new ArgumentError('integral: breakpoints do not go with batched limits');
    // each example has its own range, so all are brought to [0, 1]: x = a + (b − a) u
    const types = [
      pointType,
      ...inputs.map((x, i) => ({ ...plainType(x), shape: x.shape.filter((_, k) => k !== axes[i]) })),
    ];
    const unit = recordProgram('integral', types, ([u, a, b, ...parameters]) => {
      const width = sub(b, a);
      const x = convertTo(add(a, mul(width, u)), pointType);
      return inlineProgram(params.program, [x, ...parameters]).map((f) => convertTo(mul(f, width), plainType(f)));
    });
    const limits = [0, 1].map((v) => asTensor(v));
    return settle(unit, [false, ...marks], limits, operands);
  },
  tex: { declined: 'carries a Program' },
  samples: { declined: 'integrals have tests of their own' },
};

export interface IntegralOptions {
  /** A number stands for the absolute and the relative tolerance. Default 1e-10. */
  readonly tolerance?: Tolerance;
  /** Places where the integrand or a derivative jumps; plain numbers. */
  readonly breakpoints?: readonly number[];
  /** The most evaluations of the integrand. Default 100 000. */
  readonly budget?: number;
}

/**
 * ∫ f(x) dx over `[from, to]`, differentiable in both limits and in everything `f` captures or closes over, to any order, in
 * both modes and under `vmap` (Leibniz's rule; each derivative is an integral adapted to its own integrand). `f` is traced
 * once and run on all nodes of a rule at a time; it returns a scalar, a tensor or a tree. Reversed limits change the sign.
 * @throws IntegrationError when the integral diverges, meets NaN or exhausts its budget: there is no number to return.
 */
export function integral<V>(
  f: (x: Tensor) => V,
  range: readonly [from: TensorLike, to: TensorLike],
  options: IntegralOptions = {},
): MapLeaves<V, Tensor | number> {
  checkOptions('integral', options, { tolerance: 1, breakpoints: 1, budget: 1 });
  const { absolute, relative } = checkTolerance(options.tolerance ?? 1e-10, 'integral');
  const budget = checkBudget(options.budget ?? 100_000, 'integral');
  if (!Array.isArray(range) || range.length !== 2) throw new ArgumentError('integral: the range is a pair [from, to]');
  const limits = range.map((x) => {
    const limit = asTensor(x as TensorLike);
    return convertTo(limit, { dtype: 'float64', weak: limit.weak });
  });
  const traced = traceFunction(f as (x: never) => unknown, takeArguments([0], [0]), {
    context: 'integral',
    types: [pointType],
    concrete: false,
  });
  for (const x of traced.outputs) {
    if (!isFloat(x.dtype)) throw new DtypeError(`integral: the integrand returns ${x.dtype}; floats are needed`);
  }
  const { program, captured } = traced.closed;
  const results = bind(integralPrimitive, [...limits, ...captured], {
    program,
    absolute,
    relative,
    budget,
    breakpoints: options.breakpoints ?? [],
  });
  return unflatten(traced.outputDef, results.map(toHost)) as MapLeaves<V, Tensor | number>;
}
