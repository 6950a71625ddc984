import { scan } from '../control/scan-loop.ts';
import { add, neg } from '../primitives/arithmetic.ts';
import { convertTo } from '../primitives/convert.ts';
import { reshapeTo } from '../primitives/layout.ts';
import { reverse, sliceAlong } from '../primitives/slice.ts';
import type { MaybeZero } from '../program/primitive.ts';
import { type Program, Variable } from '../program/program.ts';
import { type Aval, DenseTensor, type Tensor } from '../tensor/tensor.ts';
import { inlineProgram, recordProgram } from '../trace/apply.ts';
import { plainType, zerosLike } from '../transforms/types.ts';
import { vjpProgram } from '../transforms/vjp.ts';
import type { OdeMethod } from './solve-ivp.ts';

export interface OdeParams extends Readonly<Record<string, unknown>> {
  /** (t, state…, parameters…) → slopes of the state. */
  readonly program: Program;
  /** How many inputs after t belong to the state. */
  readonly states: number;
  /** Empty where the first parameter holds two of them. */
  readonly times: readonly number[];
  readonly method: OdeMethod;
  readonly absolute: number;
  readonly relative: number;
  readonly budget: number;
}

/** The independent variable, as a JavaScript number would be. */
export const timeType: Aval = { shape: [], dtype: 'float64', weak: true };

export interface AdjointRequest {
  /** Which parameters have a cotangent. */
  readonly marks: readonly boolean[];
  readonly params: OdeParams;
  /** Solves such a system. */
  readonly solve: (inputs: readonly Tensor[], params: OdeParams) => Tensor[];
}

/** (t, y…, a…, g…, c…) → (f…, −(∂f/∂y)ᵀ a…, −(∂f/∂c)ᵀ a…). */
function adjointProgram(program: Program, states: number, marks: readonly boolean[]): Program {
  const y = program.inputs.slice(1, 1 + states);
  const c = program.inputs.slice(1 + states);
  const back = vjpProgram(
    program,
    [false, ...y.map(() => true), ...marks],
    program.outputs.map(() => true),
  );
  const g = c.filter((_, i) => marks[i]);
  const types = [timeType, ...y, ...y, ...g, ...c].map(plainType);
  return recordProgram('odeint', types, ([t, ...rest]) => {
    const [state, a] = [rest.slice(0, states), rest.slice(states, 2 * states)];
    const results = inlineProgram(back, [t, ...state, ...rest.slice(2 * states + g.length), ...a]);
    return results.map((x, i) => {
      if (i < states) return x;
      const like = i < 2 * states ? y[i - states] : g[i - 2 * states];
      return convertTo(neg(x), plainType(like));
    });
  });
}

const rowOf = (x: Tensor, i: number): Tensor => reshapeTo(sliceAlong(x, 0, i, i + 1), x.shape.slice(1));

/** Two times more as the first parameter of a right side, which does not read them. */
function withSpan(program: Program, states: number): Program {
  const span = new Variable({ shape: [2], dtype: 'float64', weak: false });
  return { ...program, inputs: [...program.inputs.slice(0, 1 + states), span, ...program.inputs.slice(1 + states)] };
}

/**
 * Cotangents of the initial state and of the marked parameters, by the adjoint equation solved backwards from each
 * reported state to the one before: a loop over them, whatever their number.
 */
export function pullBackAdjoint(
  reported: readonly Tensor[],
  parameters: readonly Tensor[],
  cotangents: readonly MaybeZero[],
  { marks, params, solve }: AdjointRequest,
): Tensor[] {
  const { program, states, times } = params;
  const count = 2 * states + marks.filter(Boolean).length;
  const adjoint = adjointProgram(program, states, marks);
  const back: OdeParams = {
    ...params,
    program: times.length === 0 ? adjoint : withSpan(adjoint, count),
    times: [],
    states: count,
  };
  type Pulled = { a: Tensor[]; g: Tensor[] };
  const jumped = (a: readonly Tensor[], rows: readonly MaybeZero[]): Tensor[] =>
    a.map((v, k) => {
      const ct = rows[k];
      return ct ? convertTo(add(v, ct), v) : v;
    });
  /** From a reported state to the one before it. */
  const pull = ({ a, g }: Pulled, state: readonly Tensor[], rows: readonly MaybeZero[], span: Tensor): Pulled => {
    const here = state.map((x, k) => convertTo(x, plainType(program.inputs[1 + k])));
    const others = times.length === 0 ? parameters.slice(1) : parameters;
    const operands = [...here, ...jumped(a, rows), ...g, span, ...others];
    const results = solve(operands, back).map((x) => rowOf(x, 1));
    return { a: results.slice(states, 2 * states), g: results.slice(2 * states) };
  };
  let pulled: Pulled = {
    a: reported.map((x) => zerosLike({ ...plainType(x), shape: x.shape.slice(1) })),
    g: parameters.filter((_, i) => marks[i]).map((x) => zerosLike(plainType(x))),
  };
  const rowsAt = (i: number): MaybeZero[] => cotangents.map((ct) => ct && rowOf(ct, i));
  const last = (reported[0] as Tensor).shape[0] - 1;
  if (times.length === 0) {
    pulled = pull(
      pulled,
      reported.map((x) => rowOf(x, 1)),
      rowsAt(1),
      reverse(parameters[0], [0]),
    );
  } else if (last > 0) {
    const spans = Float64Array.from({ length: 2 * last }, (_, i) => times[(i >> 1) + 1 - (i & 1)]);
    const later = (x: Tensor): Tensor => sliceAlong(x, 0, 1, last + 1);
    [pulled] = scan(
      (known: Pulled, x: { span: Tensor; state: Tensor[]; rows: (Tensor | null)[] }) =>
        [pull(known, x.state, x.rows, x.span), null] as const,
      pulled,
      {
        span: new DenseTensor(spans, [last, 2], 'float64') as Tensor,
        state: reported.map(later),
        rows: cotangents.map((ct) => ct && later(ct)),
      },
      { reverse: true },
    ) as [Pulled, null];
  }
  return [...jumped(pulled.a, rowsAt(0)), ...pulled.g];
}
