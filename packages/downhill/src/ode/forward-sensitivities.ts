import { eye } from '../functions/creation.ts';
import { addTangents, mul } from '../primitives/arithmetic.ts';
import { convertTo } from '../primitives/convert.ts';
import { broadcastInDim, reduceSum, reshapeTo } from '../primitives/layout.ts';
import { sliceAlong } from '../primitives/slice.ts';
import type { MaybeZero } from '../program/primitive.ts';
import type { Program } from '../program/program.ts';
import { sizeOf } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { batchProgram } from '../transforms/batch.ts';
import { plainType, zerosLike } from '../transforms/types.ts';

export interface ForwardRequest {
  readonly states: number;
  /** Which parameters have a tangent. */
  readonly marks: readonly boolean[];
  /** (t, y…, s…, c…, dc…) → (f…, tangent of f…). */
  readonly forward: Program;
  /** Solves such a system for the states and their sensitivities at the times. */
  readonly solve: (inputs: readonly Tensor[], program: Program) => Tensor[];
}

/**
 * Cotangents of the initial state and of the marked parameters, through the sensitivities in all of their directions at once:
 * ct · ∂Y/∂(y₀, c). The variational equations are as stable as the problem itself, where the adjoint of a stiff problem,
 * run backwards, is not; the price is a system that grows with the number of directions.
 */
export function pullBackForward(
  primals: readonly Tensor[],
  cotangents: readonly MaybeZero[],
  { states, marks, forward, solve }: ForwardRequest,
): Tensor[] {
  const y0 = primals.slice(0, states);
  const parameters = primals.slice(states);
  const inputs = [...y0, ...parameters.filter((_, i) => marks[i])];
  const sizes = inputs.map((x) => sizeOf(x.shape));
  const total = sizes.reduce((a, b) => a + b, 0);
  const starts = sizes.map((_, i) => sizes.slice(0, i).reduce((a, b) => a + b, 0));
  const directions = inputs.map((x, i) => {
    const block = sliceAlong(eye(total, total, { dtype: x.dtype }), 1, starts[i], starts[i] + sizes[i]);
    return convertTo(reshapeTo(block, [total, ...x.shape]), plainType(x));
  });
  const batched = [
    false,
    ...y0.map(() => false),
    ...y0.map(() => true),
    ...parameters.map(() => false),
    ...directions.slice(states).map(() => true),
  ];
  const forced = forward.outputs.map((_, i) => i >= states);
  const { program } = batchProgram(forward, batched, total, forced);
  const results = solve([...y0, ...directions.slice(0, states), ...parameters, ...directions.slice(states)], program);
  // [times, directions, …] against [times, …]
  let pulled: MaybeZero = null;
  results.slice(states).forEach((s, k) => {
    const ct = cotangents[k];
    if (!ct) return;
    const wide = broadcastInDim(
      ct,
      s.shape,
      ct.shape.map((_, i) => (i === 0 ? 0 : i + 1)),
    );
    const axes = s.shape.map((_, i) => i).filter((i) => i !== 1);
    pulled = addTangents(pulled, reduceSum(mul(convertTo(wide, plainType(s)), s), axes));
  });
  return inputs.map((x, i) => {
    if (!pulled) return zerosLike(plainType(x));
    return convertTo(reshapeTo(sliceAlong(pulled, 0, starts[i], starts[i] + sizes[i]), x.shape), plainType(x));
  });
}
