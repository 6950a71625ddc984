import type { FunctionBuilder } from './function.ts';
import { type Kind, laneKind, lanesOf } from './kinds.ts';
import type { Operand, Value } from './value.ts';

/**
 * A loop over elements `from` … `to` − 1 in whole vectors, and then one element at a time for the rest. `body` writes
 * the work twice: once for the vector `kind` at element i, once for its scalar kind.
 */
export function elementLoop(
  f: FunctionBuilder,
  kind: 'f32x4' | 'f64x2' | 'i32x4' | 'i64x2',
  from: Operand<'i32'>,
  to: Operand<'i32'>,
  body: (i: Value<'i32'>, kind: Kind) => void,
): void {
  const start = f.variable('i32', from).get();
  const stop = f.variable('i32', to).get();
  const whole = start.add(stop.sub(start).max(0).and(-lanesOf(kind)));
  f.for(start, whole, lanesOf(kind), (i) => body(i, kind));
  f.for(whole, stop, 1, (i) => body(i, laneKind(kind)));
}
