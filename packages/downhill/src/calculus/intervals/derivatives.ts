import type { Program } from '../../program/program.ts';
import { subPrograms } from '../../program/program.ts';
import { isFloat } from '../../tensor/dtype.ts';
import { DifferentiationError } from '../../tensor/errors.ts';
import { showShape } from '../../tensor/shape.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { AnyFunction } from '../../trace/lift.ts';
import { grad } from '../../transforms/grad.ts';
import { hessian } from '../../transforms/jacobian.ts';
import { makeProgram } from '../../transforms/jit.ts';
import type { Interval } from './interval.ts';
import { shareEquations } from './share.ts';

/** Programs of a function of several arguments and of its derivatives, for intervals to walk. */
export interface DerivativePrograms {
  readonly value: Program;
  /** One output an argument, of its shape. */
  readonly gradient: Program | undefined;
  /** Outputs [i][j] row by row, of the shapes of argument i and argument j together. */
  readonly hessian: Program | undefined;
  /** False where the derivative of the Program is not that of the function: a stopped gradient, a rule of the user's. */
  readonly faithful: boolean;
}

const declared = new Set(['stop_gradient', 'custom_jvp', 'custom_vjp']);

const isFaithful = (program: Program): boolean =>
  program.equations.every((e) => !declared.has(e.primitive.name) && subPrograms(e).every(([, sub]) => isFaithful(sub)));

/**
 * Traces a function and its derivatives up to an order.
 * @throws DifferentiationError when derivatives are asked for and the result is not a float scalar.
 */
export function derivativePrograms(
  f: AnyFunction,
  boxes: readonly Interval[],
  order: 'values' | 0 | 1 | 2,
): DerivativePrograms {
  const call = f as (...xs: Tensor[]) => Tensor;
  const places = boxes.map((b) => b.low as Tensor);
  const all = places.map((_, i) => i);
  const value = shareEquations(makeProgram(call)(...places));
  const faithful = isFaithful(value);
  const smooth = boxes.every((b) => isFloat(b.low.dtype));
  const [y] = value.outputs;
  const scalar = value.outputs.length === 1 && y.shape.length === 0 && isFloat(y.dtype);
  if (order !== 'values' && order > 0 && !(scalar && smooth)) {
    throw new DifferentiationError(
      `enclose: derivatives need float arguments and one float scalar; the function of ${boxes.map((b) => b.low.dtype).join(', ')} returned ${value.outputs.map((v) => `${v.dtype}${showShape(v.shape)}`).join(', ') || 'nothing'}`,
    );
  }
  if (order === 'values' || !scalar || !smooth || boxes.length === 0)
    return { value, gradient: undefined, hessian: undefined, faithful };
  const gradient = shareEquations(makeProgram(grad(call, { argnums: all }))(...places));
  if (order === 0) return { value, gradient, hessian: undefined, faithful };
  const together = (xs: Tensor[]): Tensor => call(...xs);
  const second = makeProgram((...xs: Tensor[]) => (hessian(together) as (list: Tensor[]) => unknown)(xs));
  return { value, gradient, hessian: shareEquations(second(...places)), faithful };
}
