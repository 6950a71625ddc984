import { elementwise } from '../primitives/elementwise.ts';
import { isFloat } from '../tensor/dtype.ts';
import { asTensor, type Tensor, toHost } from '../tensor/tensor.ts';
import { treeMap } from '../tensor/tree.ts';
import { bind1 } from '../trace/trace.ts';

/** stop_gradient: the identity, with a derivative declared zero. */
export const stopGradientPrimitive = elementwise({
  name: 'stop_gradient',
  taylor: 'constant',
  interval: 'monotone',
  arity: 1,
  accepts: 'float',
  evaluate: (x) => x as number,
  jvp: () => [null],
  transpose: { declined: 'its derivative is zero' },
  tex: ([a]) => `\\operatorname{stop}\\left(${a}\\right)`,
});

/** The same values, treated as constants by every derivative. Accepts a tree. */
export function stopGradient<T>(tree: T): T {
  return treeMap((leaf) => {
    const x: Tensor = asTensor(leaf);
    return isFloat(x.dtype) ? toHost(bind1(stopGradientPrimitive, [x])) : leaf;
  }, tree) as T;
}
