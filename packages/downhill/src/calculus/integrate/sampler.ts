import { ArgumentError } from '../../tensor/errors.ts';
import { asTensor, describeValue, scalar, Tensor, tensor } from '../../tensor/tensor.ts';
import { flatten, showTree, type TreeDef, unflatten } from '../../tensor/tree.ts';
import { Tracer } from '../../trace/trace.ts';

/** What an integrand may return: a number, a tensor, or a tree of them; all components are integrated. */
export type IntegrandValue = unknown;

/** An integrand taken as a function from points to rows of numbers. */
export interface Sampled {
  /** `points` holds `count` points of as many coordinates as the integrand takes; gives count rows of components. */
  readonly sample: (points: Float64Array, count: number) => Float64Array;
  /** Components put back into the form the integrand returns. */
  readonly rebuild: (components: Float64Array) => unknown;
}

const tracedMessage =
  'the integrand, or what it captured, is being traced by a transform, where an error estimate has no value: ' +
  'use integral(f, range), which is differentiable in its limits and in what the integrand captures';

/**
 * Calls `f` point by point. The structure of its result is taken from the first call and must not change.
 * @throws ArgumentError for results that are not numbers, or that are traced.
 */
export function pointwise(f: (...x: number[]) => unknown, dimensions: number, who: string): Sampled {
  let form: { def: TreeDef; shapes: (readonly number[] | undefined)[]; size: number } | undefined;
  const components = (value: unknown): number | Float64Array => {
    if (typeof value === 'number') return value;
    const flat = flatten(value, `the result of the integrand of ${who}`);
    for (const leaf of flat.leaves) if (leaf instanceof Tracer) throw new ArgumentError(`${who}: ${tracedMessage}`);
    const parts = flat.leaves.map((leaf) => asTensor(leaf).data);
    const all = new Float64Array(parts.reduce((n, p) => n + p.length, 0));
    let at = 0;
    for (const part of parts) {
      all.set(part, at);
      at += part.length;
    }
    const shapes = flat.leaves.map((leaf) => (leaf instanceof Tensor ? leaf.shape : undefined));
    if (!form) form = { def: flat.def, shapes, size: all.length };
    else if (showTree(form.def) !== showTree(flat.def) || form.size !== all.length) {
      throw new ArgumentError(
        `${who}: the integrand returned ${describeValue(value)} with ${all.length} components where it had returned ${form.size}; it must return the same structure everywhere`,
      );
    }
    return all;
  };
  const call =
    dimensions === 1
      ? (points: Float64Array, i: number): unknown => f(points[i])
      : (points: Float64Array, i: number): unknown => f(...points.subarray(i * dimensions, (i + 1) * dimensions));
  return {
    sample: (points, count) => {
      let out: Float64Array | undefined;
      let size = 1;
      for (let i = 0; i < count; i++) {
        const row = components(call(points, i));
        if (typeof row === 'number') {
          out ??= new Float64Array(count);
          if (size !== 1 || form) {
            if (form && form.size !== 1) {
              throw new ArgumentError(
                `${who}: the integrand returned a number where it had returned ${form.size} components`,
              );
            }
          }
          out[i] = row;
        } else {
          size = row.length;
          out ??= new Float64Array(count * size);
          out.set(row, i * size);
        }
      }
      return out ?? new Float64Array(0);
    },
    rebuild: (values) => {
      if (!form) return values[0];
      let at = 0;
      const leaves = form.shapes.map((shape) => {
        if (!shape) return values[at++];
        const size = shape.reduce((a, b) => a * b, 1);
        const part = values.slice(at, at + size);
        at += size;
        return shape.length === 0 ? scalar(part[0]) : tensor(part, { shape });
      });
      return unflatten(form.def, leaves);
    },
  };
}

/** Calls `f` once for many points: each coordinate is a vector of n numbers, the result has n rows. */
export function vectorized(f: (...x: Tensor[]) => unknown, dimensions: number, who: string): Sampled {
  let shape: readonly number[] = [];
  return {
    sample: (points, count) => {
      const coordinates = Array.from({ length: dimensions }, (_, k) =>
        tensor(Float64Array.from({ length: count }, (_x, i) => points[i * dimensions + k])),
      );
      const result = f(...coordinates);
      if (!(result instanceof Tensor) || result.shape[0] !== count) {
        throw new ArgumentError(
          `${who}: a vectorized integrand takes vectors of ${count} points and returns a tensor with ${count} rows; got ${result instanceof Tensor ? `shape [${result.shape.join(', ')}]` : describeValue(result)}`,
        );
      }
      if (result instanceof Tracer) throw new ArgumentError(`${who}: ${tracedMessage}`);
      shape = result.shape.slice(1);
      return Float64Array.from(result.data);
    },
    rebuild: (values) => (shape.length === 0 ? values[0] : tensor(values, { shape })),
  };
}
