import { checkStructure, convertOutputs } from '../control/bodies.ts';
import { linearCallPrimitive } from '../control/linear-call.ts';
import { convertTo } from '../primitives/convert.ts';
import type { MaybeZero, Primitive } from '../program/primitive.ts';
import type { Program } from '../program/program.ts';
import { allocate, isFloat } from '../tensor/dtype.ts';
import { ArgumentError, DtypeError, ShapeError } from '../tensor/errors.ts';
import { checkOptions } from '../tensor/option-names.ts';
import { shapesEqual, showShape, sizeOf } from '../tensor/shape.ts';
import { type Aval, DenseTensor, type Tensor, toHost } from '../tensor/tensor.ts';
import { type MapLeaves, showPath, type TreeDef, unflatten } from '../tensor/tree.ts';
import { applyProgram, inlineProgram, recordProgram } from '../trace/apply.ts';
import { takeArguments, traceFunction } from '../trace/function.ts';
import { bind, concreteValue } from '../trace/trace.ts';
import { batchProgram, batchToFront } from '../transforms/batch.ts';
import { jvpProgram } from '../transforms/jvp.ts';
import { plainType, zerosLike } from '../transforms/types.ts';
import { type OdeParams, pullBackAdjoint, timeType } from './adjoint.ts';
import { replay } from './discrete.ts';
import { explicitStepper } from './explicit.ts';
import { explicitProgram } from './explicit-program.ts';
import { pullBackForward } from './forward-sensitivities.ts';
import { differenceJacobian, radauStepper } from './radau.ts';
import { OdeError, type OdeReason, odeReasons } from './reasons.ts';
import { BudgetSpent, checkMethod, checkOdeTolerance, type OdeMethod, type OdeTolerance } from './solve-ivp.ts';
import type { Rhs, Statistics } from './stepper.ts';
import { dopri5, tsit5 } from './tableaus.ts';

const explicitTableaus = { tsit5, dopri5, stiff: undefined };

const stackedType = (x: Aval, count: number): Aval => ({ shape: [count, ...x.shape], dtype: x.dtype, weak: false });

const countOf = ({ times }: OdeParams): number => times.length || 2;

const timesOf = (inputs: readonly DenseTensor[], { times, states }: OdeParams): readonly number[] =>
  times.length === 0 ? Array.from(inputs[states].data) : times;

/** The states at the times asked for, reached exactly; tells of every accepted step. */
function trajectory(
  inputs: readonly DenseTensor[],
  params: OdeParams,
  onStep?: (from: number, to: number) => void,
): Float64Array[] {
  const { program, states, method, budget } = params;
  const times = timesOf(inputs, params);
  const control = { absolute: params.absolute, relative: params.relative, largestStep: Number.POSITIVE_INFINITY };
  const types = program.inputs.slice(1, 1 + states);
  const parameters = inputs.slice(states);
  const sizes = types.map((x) => sizeOf(x.shape));
  const total = sizes.reduce((a, b) => a + b, 0);
  const start = new Float64Array(total);
  let at = 0;
  inputs.slice(0, states).forEach((x, i) => {
    start.set(x.data, at);
    at += sizes[i];
  });
  const statistics: Statistics = { steps: 0, rejected: 0, evaluations: 0, jacobians: 0, factorizations: 0 };
  const rhs: Rhs = (t, y, out) => {
    if (statistics.evaluations >= budget) throw new BudgetSpent();
    statistics.evaluations++;
    let from = 0;
    const state = types.map((x, i) => {
      const data = allocate(x.dtype, sizes[i]);
      data.set(y.subarray(from, from + sizes[i]));
      from += sizes[i];
      return new DenseTensor(data, x.shape, x.dtype, x.weak);
    });
    const time = new DenseTensor(Float64Array.of(t), [], 'float64', true);
    let to = 0;
    applyProgram(program, [time, ...state, ...parameters]).forEach((slope, i) => {
      out.set(slope.data, to);
      to += sizes[i];
    });
  };
  const end = times[times.length - 1];
  const results: Float64Array[] = [start];
  let t = times[0];
  const fail = (reason: OdeReason): never => {
    throw new OdeError(
      reason,
      t,
      `odeint from ${times[0]} to ${end}: ${odeReasons[reason]}; it came to t = ${t} in ${statistics.steps} steps and ${statistics.evaluations} evaluations`,
    );
  };
  if (times.length === 1) return results;
  try {
    const stepper =
      method === 'stiff'
        ? radauStepper(rhs, t, start, end, differenceJacobian(rhs, control.absolute), control, statistics)
        : explicitStepper(rhs, t, start, end, method === 'tsit5' ? tsit5 : dopri5, control, statistics);
    for (const stop of times.slice(1)) {
      while (stepper.t !== stop) {
        t = stepper.t;
        const outcome = stepper.advance(stop);
        if (outcome !== 'accepted') fail(outcome);
        onStep?.(t, stepper.t);
      }
      results.push(stepper.y);
    }
  } catch (thrown) {
    if (thrown instanceof BudgetSpent) fail('budget');
    throw thrown;
  }
  return results;
}

/** (t, y…, s…, c…, dc…) → (f…, tangent of f…): the state with its sensitivities. */
function variational(program: Program, states: number, marks: readonly boolean[]): Program {
  const y = program.inputs.slice(1, 1 + states);
  const c = program.inputs.slice(1 + states);
  const forward = jvpProgram(
    program,
    [false, ...y.map(() => true), ...marks],
    program.outputs.map(() => true),
  ).program;
  const types = [timeType, ...y, ...y, ...c, ...c.filter((_, i) => marks[i])].map(plainType);
  return recordProgram('odeint', types, ([t, ...rest]) => {
    const [state, slope, other] = [rest.slice(0, states), rest.slice(states, 2 * states), rest.slice(2 * states)];
    return inlineProgram(forward, [t, ...state, ...other.slice(0, c.length), ...slope, ...other.slice(c.length)]);
  });
}

function sensitivities(primals: readonly Tensor[], tangents: readonly MaybeZero[], params: OdeParams): Tensor[] {
  const { program, states } = params;
  const marks = tangents.slice(states).map((t) => t !== null);
  const s0 = primals.slice(0, states).map((x, i) => (tangents[i] ? convertTo(tangents[i], x) : zerosLike(x)));
  const given = tangents.slice(states).filter((t): t is Tensor => t !== null);
  const results = bind(odePrimitive, [...primals.slice(0, states), ...s0, ...primals.slice(states), ...given], {
    ...params,
    program: variational(program, states, marks),
    states: 2 * states,
  });
  return results.slice(states);
}

/**
 * ode: the states at given times of y' = f(t, y, c), by an adaptive method, when values exist.
 *
 * Forward: the sensitivity s = dy satisfies the variational equation  s' = ∂f/∂y s + ∂f/∂c dc, s(t₀) = dy₀, solved together
 * with y. Reverse: with a = ∂L/∂y the adjoint satisfies  a' = −(∂f/∂y)ᵀ a  backwards in time, jumping by the cotangent of
 * each reported state, and ∂L/∂c = ∫ (∂f/∂c)ᵀ a dt (Pontryagin; Chen et al. 2018). The state is started anew from what was
 * reported at each time, so that it does not drift on the way back. Both are ordinary differential equations solved by this
 * same operation to the same tolerance, and can be differentiated again. What decays fast forwards grows as fast backwards,
 * so the stiff method pulls back through forward sensitivities instead: see forward-sensitivities.ts.
 */
export const odePrimitive: Primitive<OdeParams> = {
  name: 'ode',
  shape: (_inputs, params) =>
    params.program.inputs.slice(1, 1 + params.states).map((x) => stackedType(x, countOf(params))),
  evaluate: (inputs, params) => {
    const { program, states } = params;
    const rows = trajectory(inputs, params);
    const count = rows.length;
    let at = 0;
    return program.inputs.slice(1, 1 + states).map((x) => {
      const size = sizeOf(x.shape);
      const type = stackedType(x, count);
      const data = allocate(x.dtype, size * count);
      rows.forEach((row, i) => data.set(row.subarray(at, at + size), i * size));
      at += size;
      return new DenseTensor(data, type.shape, type.dtype, false);
    });
  },
  decompose: (inputs, params) => {
    const tableau = explicitTableaus[params.method];
    return tableau && explicitProgram(inputs, { ...params, tableau });
  },
  jvp: (primals, tangents, params) => sensitivities(primals, tangents, params),
  linearize: (primals, tangents, params) => {
    const { program, states } = params;
    const outputs = bind(odePrimitive, primals, params);
    const marks = tangents.slice(states).map((t) => t !== null);
    const starts = primals.slice(0, states).map((x, i) => tangents[i] ?? zerosLike(x));
    const given = tangents.slice(states).filter((t): t is Tensor => t !== null);
    const fixed = [...primals, ...outputs];
    const whole = recordProgram('odeint', [...fixed, ...starts, ...given].map(plainType), (inputs) => {
      const slopes = inputs.slice(fixed.length);
      let next = states;
      const all = [...slopes.slice(0, states), ...marks.map((m) => (m ? slopes[next++] : null))];
      return sensitivities(inputs.slice(0, primals.length), all, params);
    });
    const slopes = bind(linearCallPrimitive, [...fixed, ...starts, ...given], {
      program: whole,
      primals: fixed.length,
      reason: '',
      transposed: (values: readonly Tensor[], cotangents: readonly MaybeZero[]) => {
        const parameters = values.slice(states, primals.length);
        const reported = values.slice(primals.length);
        if (params.method === 'stiff') {
          const solve = (inputs: readonly Tensor[], forward: Program): Tensor[] =>
            bind(odePrimitive, inputs, { ...params, program: forward, states: 2 * states });
          const forward = variational(program, states, marks);
          return pullBackForward(values.slice(0, primals.length), cotangents, { states, marks, forward, solve });
        }
        const solve = (inputs: readonly Tensor[], back: OdeParams): Tensor[] => bind(odePrimitive, inputs, back);
        return pullBackAdjoint(reported, parameters, cotangents, { marks, params, solve });
      },
    });
    return { outputs, tangents: slopes };
  },
  transpose: { declined: 'it is linearized before it is transposed' },
  batch: (inputs, axes, params, size) => {
    const { states } = params;
    const marks = axes.map((axis, i) => i < states || axis !== null);
    const operands = inputs.map((x, i) => (marks[i] ? batchToFront(x, axes[i] as number | null, size) : x));
    // the batch is one larger system with steps in common
    const { program } = batchProgram(
      params.program,
      [false, ...marks],
      size,
      params.program.outputs.map(() => true),
    );
    return {
      outputs: bind(odePrimitive, operands, { ...params, program }),
      axes: Array.from({ length: states }, () => 1),
    };
  },
  taylor: { declined: 'solutions of differential equations have no series rule; nest jvp' },
  interval: { declined: 'solutions of differential equations have no enclosure' },
  tex: { declined: 'carries a Program' },
  samples: { declined: 'differential equations have tests of their own' },
};

export interface OdeintOptions {
  readonly method?: OdeMethod;
  /** The local error allowed in a component: absolute + relative · |y|. A number stands for both. Default 1e-8. */
  readonly tolerance?: number | OdeTolerance;
  /** The most evaluations of the right side, for each solve. Default 1 000 000. */
  readonly budget?: number;
  /**
   * 'adjoint' (default): derivatives are solutions of further differential equations (variational forward, adjoint in
   * reverse), to the same tolerance; works everywhere. 'discrete': the accepted steps are replayed and differentiated, so
   * that derivatives are exactly those of the computed numbers; explicit methods only, and the values must be known when
   * the function is traced (not inside vmap, scan or jit of their own).
   */
  readonly gradient?: 'adjoint' | 'discrete';
}

/**
 * The solution of y' = f(t, y) at the given times, differentiable in y0 and in everything `f` captures or closes over.
 * @param y0 the state at `times[0]`: a number, a tensor or a tree of them; f returns the same structure.
 * @param times plain numbers, increasing or decreasing.
 * @returns the structure of y0 with a leading axis over the times in each leaf.
 * @throws OdeError naming why the end was not reached; ArgumentError, ShapeError or DtypeError for what does not fit.
 */
export function odeint<Y>(
  f: (t: Tensor, y: MapLeaves<Y, Tensor>) => unknown,
  y0: Y,
  times: readonly number[],
  options: OdeintOptions = {},
): MapLeaves<Y, Tensor> {
  checkOptions('odeint', options, { method: 1, tolerance: 1, budget: 1, gradient: 1 });
  const { method = 'tsit5', budget = 1_000_000, gradient = 'adjoint' } = options;
  checkMethod(method, 'odeint');
  const { absolute, relative } = checkOdeTolerance(options.tolerance ?? 1e-8, 'odeint');
  if (!(Number.isInteger(budget) && budget > 0))
    throw new ArgumentError(`odeint: the budget ${budget} is not a positive whole number`);
  if (gradient !== 'adjoint' && gradient !== 'discrete') {
    throw new ArgumentError(`odeint: gradient ${JSON.stringify(gradient)}; 'adjoint' or 'discrete' is needed`);
  }
  if (gradient === 'discrete' && method === 'stiff') {
    throw new ArgumentError(
      "odeint: gradient 'discrete' goes with 'tsit5' and 'dopri5'; the stiff method has 'adjoint'",
    );
  }
  checkTimes(times);
  const taken = takeArguments([0, y0], [0, 1]);
  const states = taken.leaves.length - 1;
  if (states === 0) throw new ArgumentError('odeint: the state is empty');
  const leaves = taken.leaves
    .slice(1)
    .map((x) => (isFloat(x.dtype) ? x : convertTo(x, { dtype: 'float64', weak: x.weak })));
  const types = leaves.map(plainType);
  const traced = traceFunction(f as (...args: never[]) => unknown, taken, {
    context: 'odeint',
    types: [timeType, ...types],
    concrete: false,
  });
  const def = taken.defs.get(1) as TreeDef;
  checkStructure(traced.outputDef, def, 'the right side of odeint');
  traced.outputs.forEach((x, i) => {
    const place = showPath(taken.paths[i + 1] ?? []);
    if (!shapesEqual(x.shape, types[i].shape)) {
      throw new ShapeError(
        `odeint: the right side${place} has shape ${showShape(x.shape)} where the state has ${showShape(types[i].shape)}`,
      );
    }
    if (!isFloat(x.dtype)) throw new DtypeError(`odeint: the right side${place} is ${x.dtype}; floats are needed`);
  });
  const { closed } = traced;
  const program = convertOutputs(closed.program, types);
  const params: OdeParams = { program, states, times: [...times], method, absolute, relative, budget };
  const operands = [...leaves, ...closed.captured];
  const results =
    gradient === 'adjoint' || operands.every((x) => x instanceof DenseTensor)
      ? bind(odePrimitive, operands, params)
      : replay(program, states, operands, times, method === 'tsit5' ? tsit5 : dopri5, (onStep) => {
          trajectory(operands.map(concreteValue), params, onStep);
        });
  return unflatten(def, results.map(toHost)) as MapLeaves<Y, Tensor>;
}

function checkTimes(times: readonly number[]): void {
  if (!Array.isArray(times) || times.length === 0)
    throw new ArgumentError('odeint needs a list of times, the first for y0');
  const direction = Math.sign(times[times.length - 1] - times[0]);
  times.forEach((t, i) => {
    if (typeof t !== 'number' || !Number.isFinite(t) || (i > 0 && !((t - times[i - 1]) * direction > 0))) {
      throw new ArgumentError(`odeint: times must be finite numbers, each beyond the one before; time ${i} is ${t}`);
    }
  });
}
