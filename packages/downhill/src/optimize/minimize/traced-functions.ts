import { astype } from '../../functions/creation.ts';
import { concatenate } from '../../functions/joining.ts';
import { reshape } from '../../functions/shape.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { treeLeaves } from '../../tensor/tree.ts';
import { jvp } from '../../transforms/forward.ts';
import { grad, valueAndGrad } from '../../transforms/grad.ts';
import { jacfwd } from '../../transforms/jacobian.ts';
import type { Functions, Sides } from './iteration.ts';
import { cutOut } from './problem.ts';

/** The leaves of a tree as one vector of float64. */
const packed = (tree: unknown): Tensor =>
  concatenate(
    treeLeaves(tree).map((leaf) => {
      const wide = astype(leaf, 'float64');
      return reshape(wide, [wide.size]);
    }),
  );

/** A function of a tree and its derivatives at traced vectors, which are rounded to what the leaves can hold. */
export function tracedFunctions<P>(
  f: (parameters: P) => Tensor | number,
  like: P,
  box: Sides<Tensor>,
): Functions<Tensor, Tensor> {
  const both = valueAndGrad(f as (parameters: P) => Tensor);
  const leaves = treeLeaves(like);
  const isNarrow = leaves.some((leaf) => leaf instanceof Tensor && leaf.dtype === 'float32');
  const flat = (v: Tensor): Tensor => f(cutOut(like, v)) as Tensor;
  const gradient = grad(flat);
  // passed on by a function without operators, so that its source is not searched for them
  const slopes = (v: Tensor): Tensor => gradient(v);
  const rounded = (x: Tensor, parameters: P): Tensor => (isNarrow ? packed(parameters) : x);
  return {
    box,
    size: leaves.reduce<number>((n, leaf) => n + (leaf instanceof Tensor ? leaf.size : 1), 0),
    evaluate: (x) => {
      const parameters = cutOut(like, x);
      const [value, gradient] = both(parameters);
      return {
        x: rounded(x, parameters),
        value: astype(value as Tensor, 'float64'),
        gradient: packed(gradient),
      };
    },
    value: (x) => {
      const parameters = cutOut(like, x);
      return { x: rounded(x, parameters), value: astype(f(parameters), 'float64') };
    },
    hessian: (x) => astype(jacfwd(slopes)(x) as Tensor, 'float64'),
    productsAt: (x) => (v) => astype(jvp(slopes, [x], [v])[1], 'float64'),
  };
}
