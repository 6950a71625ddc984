import { ArgumentError } from '../tensor/errors.ts';
import { asTensor, describeValue, Tensor, tensor } from '../tensor/tensor.ts';
import { flatten, type Leaf, showTree, type TreeDef, unflatten } from '../tensor/tree.ts';
import { Tracer } from '../trace/trace.ts';

/** How a tree of numbers and tensors lies in one array of numbers. */
export interface StateForm {
  readonly size: number;
  readonly read: (tree: unknown, out: Float64Array) => void;
  readonly write: (values: Float64Array) => unknown;
}

/**
 * The form of a state, from its first value. Plain numbers stay plain numbers, tensors become tensors.
 * @throws ArgumentError for states that hold something else, or traced values.
 */
export function stateForm(y0: unknown, who: string): StateForm {
  const { def, leaves, paths } = flatten(y0, `the state of ${who}`);
  if (leaves.length === 0) throw new ArgumentError(`${who}: the state is empty`);
  const shapes = leaves.map((leaf: Leaf, i) => {
    if (leaf instanceof Tracer) {
      throw new ArgumentError(
        `${who}: the state is being traced by a transform, where steps cannot be chosen; use odeint, which is differentiable`,
      );
    }
    if (typeof leaf === 'boolean') throw new ArgumentError(`${who}: the state holds a boolean at ${paths[i]}`);
    return leaf instanceof Tensor ? leaf.shape : undefined;
  });
  const sizes = shapes.map((shape) => (shape ? shape.reduce((a, b) => a * b, 1) : 1));
  const size = sizes.reduce((a, b) => a + b, 0);
  const wanted = showTree(def);
  const read = (tree: unknown, out: Float64Array): void => {
    if (typeof tree === 'number' && def.kind === 'leaf') {
      out[0] = tree;
      return;
    }
    const flat = flatten(tree, `the right side of ${who}`);
    if (showTree(flat.def) !== wanted) {
      throw new ArgumentError(
        `${who}: the right side returned ${showTree(flat.def)}; the structure of the state, ${wanted}, is needed`,
      );
    }
    let at = 0;
    flat.leaves.forEach((leaf, i) => {
      if (leaf instanceof Tracer) {
        throw new ArgumentError(
          `${who}: the right side captured a value that is being traced by a transform; use odeint, which is differentiable`,
        );
      }
      const { data } = asTensor(leaf);
      if (data.length !== sizes[i]) {
        throw new ArgumentError(
          `${who}: the right side returned ${data.length} numbers where the state has ${sizes[i]} (got ${describeValue(leaf)})`,
        );
      }
      out.set(data, at);
      at += sizes[i];
    });
  };
  const write = (values: Float64Array): unknown => {
    let at = 0;
    const parts = shapes.map((shape, i) => {
      if (!shape) return values[at++];
      const part = tensor(values.slice(at, at + sizes[i]), { shape });
      at += sizes[i];
      return part;
    });
    return unflatten(def as TreeDef, parts);
  };
  return { size, read, write };
}
