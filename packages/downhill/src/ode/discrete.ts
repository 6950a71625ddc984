import { checkpoint } from '../control/checkpoint.ts';
import { scan } from '../control/scan-loop.ts';
import { concatenate } from '../functions/joining.ts';
import { add, mul } from '../primitives/arithmetic.ts';
import { convertTo } from '../primitives/convert.ts';
import { reshapeTo } from '../primitives/layout.ts';
import { sliceAlong } from '../primitives/slice.ts';
import type { Program } from '../program/program.ts';
import { DenseTensor, type Tensor } from '../tensor/tensor.ts';
import { inlineProgram } from '../trace/apply.ts';
import { plainType } from '../transforms/types.ts';
import type { Tableau } from './tableaus.ts';

/**
 * The accepted steps of an adaptive solve, taken again with their sizes fixed: a scan whose body is one Runge–Kutta step,
 * checkpointed, so that reverse mode keeps the states between steps only. Its derivatives are those of the numbers computed
 * (the choice of steps counts as constant).
 * @param solve runs the adaptive method on known values and tells of each accepted step.
 */
export function replay(
  program: Program,
  states: number,
  operands: readonly Tensor[],
  times: readonly number[],
  tableau: Tableau,
  solve: (onStep: (from: number, to: number) => void) => void,
): Tensor[] {
  const from: number[] = [];
  const sizes: number[] = [];
  const places = [0];
  solve((start, end) => {
    from.push(start);
    sizes.push(end - start);
    if (end === times[places.length]) places.push(from.length);
  });
  const parameters = operands.slice(states);
  const vector = (values: readonly number[]): Tensor =>
    new DenseTensor(Float64Array.from(values), [values.length], 'float64');
  const { a, c } = tableau;
  const types = program.inputs.slice(1, 1 + states).map((x) => ({ ...plainType(x), weak: false }));
  const last = c.length - 1;

  const step = (y: readonly Tensor[], t: Tensor, h: Tensor, ...given: Tensor[]): Tensor[] => {
    const stages: Tensor[][] = [];
    const moved = (weights: readonly number[]): Tensor[] =>
      y.map((v, p) => {
        let sum: Tensor | undefined;
        weights.forEach((w, j) => {
          if (w === 0) return;
          const term = mul(w, stages[j][p]);
          sum = sum ? add(sum, term) : term;
        });
        return sum ? convertTo(add(v, mul(h, sum)), types[p]) : v;
      });
    for (let i = 0; i < last; i++) {
      const time = convertTo(add(t, mul(c[i], h)), program.inputs[0]);
      const state = moved(a[i]).map((v, p) => convertTo(v, program.inputs[1 + p]));
      stages.push(inlineProgram(program, [time, ...state, ...given]));
    }
    return moved(a[last]);
  };
  const body = checkpoint(step as (...args: never[]) => Tensor[]) as unknown as typeof step;
  const start = operands.slice(0, states).map((x, p) => convertTo(x, types[p]));
  const [, path] = scan(
    (y: Tensor[], { t, h }: { t: Tensor; h: Tensor }) => {
      const next = body(y, t, h, ...parameters);
      return [next, next] as const;
    },
    start,
    { t: vector(from), h: vector(sizes) },
  );
  return start.map((y, p) => {
    const all = concatenate([reshapeTo(y, [1, ...y.shape]), (path as Tensor[])[p]]);
    return concatenate(places.map((i) => sliceAlong(all, 0, i, i + 1)));
  });
}
