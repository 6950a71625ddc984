import type { FunctionBuilder } from './function.ts';
import { type LaneOf, laneKind, lanesOf } from './kinds.ts';
import { combine, identityOf, type ReductionOptions, type Vector } from './reduce.ts';
import type { Value } from './value.ts';

export interface CumulativeOptions<K extends Vector> extends Omit<ReductionOptions<K>, 'most'> {
  /** Takes results: a vector whose first lane is element i, or element i alone. */
  readonly store: (i: Value<'i32'>, value: Value<K> | Value<LaneOf<K>>) => void;
}

/**
 * Running sums, products, maxima or minima of consecutive elements: each vector is scanned in its register in log2(lanes)
 * steps, then the carry of all before is added. A running sum of n terms has an error of at most n·u·Σ|x|, as any that
 * goes from left to right.
 */
export function emitCumulative<K extends Vector>(
  f: FunctionBuilder,
  { kind, operation, from, to, element, single, store }: CumulativeOptions<K>,
): void {
  const lanes = lanesOf(kind);
  const start = f.variable('i32', from).get();
  const stop = f.variable('i32', to).get();
  const identity = identityOf(f, kind, operation);
  const carry = f.variable(kind, identity);
  const whole = start.add(stop.sub(start).max(0).and(-lanes));
  f.for(start, whole, lanes, (i) => {
    let v = element(i);
    for (let step = 1; step < lanes; step *= 2) v = combine(operation, shiftIn(identity, v, step), v);
    v = combine(operation, carry.get(), v);
    store(i, v);
    carry.set(v.shuffle(v, new Array(lanes).fill(lanes - 1)));
  });
  const last = f.variable(laneKind(kind), carry.get().lane(0));
  f.for(whole, stop, 1, (i) => {
    last.set(combine<Value>(operation, last.get(), single(i)) as Value<LaneOf<K>>);
    store(i, last.get());
  });
}

/** The lanes of v moved up by `step`, with the identity below. */
function shiftIn<K extends Vector>(identity: Value<K>, v: Value<K>, step: number): Value<K> {
  const lanes = lanesOf(v.kind);
  const from = Array.from({ length: lanes }, (_, k) => (k < step ? k : lanes + k - step));
  return identity.shuffle(v, from);
}
