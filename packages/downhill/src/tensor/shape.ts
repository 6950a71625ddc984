import { ShapeError } from './errors.ts';

export type Shape = readonly number[];

/** Number of elements: the product of the dimensions, 1 for a scalar. */
export function sizeOf(shape: Shape): number {
  let size = 1;
  for (const d of shape) size *= d;
  return size;
}

/** Row-major strides, in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = step;
    step *= shape[i] as number;
  }
  return strides;
}

export function shapesEqual(a: Shape, b: Shape): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** `[2, 3]`, as shapes are written in messages. */
export const showShape = (shape: Shape): string => `[${shape.join(', ')}]`;

/**
 * The common shape of operands under NumPy's rule: align on the right, a dimension of 1 stretches.
 * @throws ShapeError naming the shapes and the axis that disagree.
 */
export function broadcastShapes(...shapes: readonly Shape[]): Shape {
  let result: Shape = shapes[0] ?? [];
  for (const shape of shapes.slice(1)) {
    if (shapesEqual(shape, result)) continue;
    const rank = Math.max(result.length, shape.length);
    const next = new Array<number>(rank);
    for (let i = 1; i <= rank; i++) {
      const a = result[result.length - i] ?? 1;
      const b = shape[shape.length - i] ?? 1;
      if (a !== b && a !== 1 && b !== 1) {
        throw new ShapeError(
          `shapes ${shapes.map(showShape).join(' and ')} do not broadcast: axis -${i} has ${a} and ${b}; equal sizes or a 1 are needed`,
        );
      }
      next[rank - i] = a === 1 ? b : a;
    }
    result = next;
  }
  return result;
}

/** A dimension list made of whole, non-negative numbers; throws otherwise. */
export function checkShape(shape: readonly number[], where = 'shape'): Shape {
  for (const d of shape) {
    if (!Number.isInteger(d) || d < 0) {
      throw new ShapeError(`${where} ${showShape(shape)} has a dimension ${d}; dimensions are whole numbers from 0`);
    }
  }
  return shape;
}

/** An axis counted from the front; negative axes count from the end. */
export function normalizeAxis(axis: number, rank: number, where = 'axis'): number {
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank) {
    throw new ShapeError(
      `${where} ${axis} is out of range for ${rank === 0 ? 'a scalar' : `rank ${rank} (use ${-rank} to ${rank - 1})`}`,
    );
  }
  return axis < 0 ? axis + rank : axis;
}

/** Axes as a sorted list without repeats; `undefined` or `null` means all of them. */
export function normalizeAxes(axis: number | readonly number[] | null | undefined, rank: number): number[] {
  if (axis === undefined || axis === null) return Array.from({ length: rank }, (_, i) => i);
  const list = (typeof axis === 'number' ? [axis] : axis).map((a) => normalizeAxis(a, rank));
  const sorted = [...list].sort((a, b) => a - b);
  for (let i = 1; i < sorted.length; i++) {
    if (sorted[i] === sorted[i - 1]) throw new ShapeError(`axis ${sorted[i]} is named twice`);
  }
  return sorted;
}
