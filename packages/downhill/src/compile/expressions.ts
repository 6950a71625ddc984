import type { Equation } from '../program/program.ts';
import type { DType } from '../tensor/dtype.ts';
import { type Shape, shapesEqual, sizeOf, stridesOf } from '../tensor/shape.ts';
import { merged } from './product-layout.ts';
import type { Kind, ScalarKind, VectorKind } from './wasm/kinds.ts';

/** Elements that will lie side by side in memory. Where is for the memory plan to say: a buffer is known by identity. */
export interface Buffer {
  readonly dtype: DType;
  readonly elements: number;
  /** What it is for, as messages say. */
  readonly equation: Equation | undefined;
  /** Filled before the module runs: with an input, or a constant. */
  readonly given?: boolean;
  /** Of a part of another buffer, that buffer, and the address where the part begins, computed when the module runs. */
  readonly part?: { readonly of: Buffer; readonly address: Scalar };
}

/** The buffer of the memory plan that a buffer is, or is part of. */
export const wholeOf = (buffer: Buffer): Buffer => (buffer.part ? wholeOf(buffer.part.of) : buffer);

/** A strided look at a buffer: how transposes, broadcasts and slices cost nothing. Strides and offset in elements. */
export interface View {
  readonly type: 'view';
  readonly buffer: Buffer;
  readonly dtype: DType;
  readonly shape: Shape;
  readonly strides: readonly number[];
  readonly offset: number;
}

/** A scalar that will be held in a register: known by identity, as buffers are. */
export interface Scalar {
  readonly type: 'scalar';
  readonly dtype: DType;
  readonly shape: Shape;
  /** The number it is, when that is known while compiling. */
  readonly known?: number;
}

export const scalarOf = (dtype: DType): Scalar => ({ type: 'scalar', dtype, shape: [] });

/** An elementwise operation not yet computed, waiting to be part of a loop. */
export interface Pending {
  readonly type: 'pending';
  readonly equation: Equation;
  readonly operands: readonly Expression[];
  readonly dtype: DType;
  readonly shape: Shape;
  /** Operations and loads in it, to keep loops from growing without end. */
  readonly cost: number;
  /** What it is made of, each once, but for numbers that are written into its code. */
  readonly leaves: readonly Leaf[];
}

/** A matrix product not yet computed, waiting for what is made of its elements. */
export interface Product {
  readonly type: 'product';
  readonly operands: readonly View[];
  readonly dtype: DType;
  readonly shape: Shape;
  /** Axes of the operands that are contracted, and that count the products of a batch. */
  readonly dims: DotDims;
  /** Which axis of the product each axis of the shape is, when it is to be stored transposed. */
  readonly order?: readonly number[] | undefined;
}

/** What a product does with the axes of its left and right operand. */
export interface DotDims {
  readonly contract: readonly [readonly number[], readonly number[]];
  readonly batch: readonly [readonly number[], readonly number[]];
}

/** Where the value of a variable is, or how it will be computed. */
export type Expression = View | Scalar | Pending | Product;

/** What an expression is made of. */
export type Leaf = View | Scalar | Product;

export const bytesOf: Readonly<Record<DType, number>> = { float64: 8, float32: 4, int32: 4, uint32: 4, bool: 1 };

/** What an element of a dtype is in a register. */
export const scalarKinds: Readonly<Record<DType, ScalarKind>> = {
  float64: 'f64',
  float32: 'f32',
  int32: 'i32',
  uint32: 'i32',
  bool: 'i32',
};

export const vectorKinds: Readonly<Record<Exclude<DType, 'bool'>, VectorKind>> = {
  float64: 'f64x2',
  float32: 'f32x4',
  int32: 'i32x4',
  uint32: 'i32x4',
};

export const kindOf = (dtype: DType, vector: boolean): Kind =>
  vector && dtype !== 'bool' ? vectorKinds[dtype] : scalarKinds[dtype];

/** The whole of a buffer in row-major order. */
export const viewOf = (buffer: Buffer, shape: Shape): View => ({
  type: 'view',
  buffer,
  dtype: buffer.dtype,
  shape,
  strides: stridesOf(shape),
  offset: 0,
});

export function isContiguous({ shape, strides }: View): boolean {
  let step = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    if (shape[i] !== 1 && strides[i] !== step) return false;
    step *= shape[i] as number;
  }
  return true;
}

/** An operation on operands that waits. */
export function pendingOf(
  equation: Equation,
  operands: readonly Expression[],
  { dtype, shape }: { readonly dtype: DType; readonly shape: Shape },
  cost: number,
): Pending {
  return { type: 'pending', equation, operands, dtype, shape, cost, leaves: leavesOfAll(operands) };
}

const isKnown = (e: Expression): boolean => e.type === 'scalar' && e.known !== undefined;

/** There are few, so that looking through them is the fastest way to have each once. */
function leavesOfAll(expressions: readonly Expression[]): readonly Leaf[] {
  let all: readonly Leaf[] = [];
  for (const e of expressions) {
    if (isKnown(e)) continue;
    const own = leavesOf(e);
    const more = all.length === 0 ? own : own.filter((leaf) => !all.includes(leaf));
    if (more.length > 0) all = all.length === 0 ? more : [...all, ...more];
  }
  return all;
}

/** Views, scalars and products an expression is made of, each once. */
export const leavesOf = (expression: Expression): readonly Leaf[] =>
  expression.type === 'pending' ? expression.leaves : [expression];

/** Buffers an expression reads, each once. */
export function buffersOf(expression: Expression): readonly Buffer[] {
  const found: Buffer[] = [];
  const add = ({ buffer }: View): void => {
    if (!found.includes(buffer)) found.push(buffer);
  };
  for (const leaf of leavesOf(expression)) {
    if (leaf.type === 'product') leaf.operands.forEach(add);
    else if (leaf.type === 'view') add(leaf);
  }
  return found;
}

/** An expression with some of its leaves replaced; what it shared stays shared. */
export function substitute(expression: Expression, leaves: ReadonlyMap<Leaf, Expression>): Expression {
  const done = new Map<Expression, Expression>();
  const walk = (e: Expression): Expression => {
    if (e.type !== 'pending') return leaves.get(e) ?? e;
    let made = done.get(e);
    if (!made) {
      made = pendingOf(e.equation, e.operands.map(walk), e, e.cost);
      done.set(e, made);
    }
    return made;
  };
  return walk(expression);
}

export const hasProducts = (expression: Expression): boolean =>
  leavesOf(expression).some((leaf) => leaf.type === 'product');

export const productsOf = (expression: Expression): readonly Product[] =>
  leavesOf(expression).filter((leaf): leaf is Product => leaf.type === 'product');

/** Strides of another shape for the same elements where they lie, or `undefined` when no strides do it. */
function restrided(view: View, target: Shape): readonly number[] | undefined {
  // nothing is read of what has no elements, and their numbers in stretches could not be compared
  if (isContiguous(view) || sizeOf(view.shape) === 0) return stridesOf(target);
  const strides: number[] = [];
  let axis = 0;
  let taken = 0;
  // stretches of axes of both shapes that hold the same number of elements
  while (axis < view.shape.length || taken < target.length) {
    const [from, to] = [axis, taken];
    let have = view.shape[axis++] ?? 1;
    let want = target[taken++] ?? 1;
    while (have !== want) {
      if (have < want) have *= view.shape[axis++] as number;
      else want *= target[taken++] as number;
    }
    const [shape, own] = [view.shape.slice(from, axis), view.strides.slice(from, axis)];
    const walk = merged(
      { shape, strides: own },
      shape.map((_, i) => i),
    );
    if (!walk) return undefined;
    const part = target.slice(to, taken);
    strides.push(...stridesOf(part).map((s) => s * walk.step));
  }
  return strides;
}

/** A view through an operation that only moves elements, or `undefined` when the elements must be copied first. */
export function moveView(view: View, equation: Equation): View | undefined {
  const { shape, strides, offset } = view;
  const { params, primitive } = equation;
  const target = (equation.outputs[0] as { shape: Shape }).shape;
  switch (primitive.name) {
    case 'reshape': {
      const strides = restrided(view, target);
      return strides && { ...view, shape: target, strides };
    }
    case 'transpose': {
      const permutation = params.permutation as readonly number[];
      return { ...view, shape: target, strides: permutation.map((p) => strides[p] as number) };
    }
    case 'broadcast_in_dim': {
      const dimensions = params.dimensions as readonly number[];
      const stretched = target.map((d, axis) => {
        const i = dimensions.indexOf(axis);
        return i < 0 || (shape[i] === 1 && d !== 1) ? 0 : (strides[i] as number);
      });
      return { ...view, shape: target, strides: stretched };
    }
    case 'slice': {
      const [start, stride] = [params.start as readonly number[], params.stride as readonly number[]];
      return {
        ...view,
        shape: target,
        strides: strides.map((s, i) => s * (stride[i] as number)),
        offset: offset + strides.reduce((sum, s, i) => sum + s * (start[i] as number), 0),
      };
    }
    case 'rev': {
      const axes = params.axes as readonly number[];
      return {
        ...view,
        strides: strides.map((s, i) => (axes.includes(i) ? -s : s)),
        offset:
          offset + axes.reduce((sum, i) => sum + (strides[i] as number) * Math.max(0, (shape[i] as number) - 1), 0),
      };
    }
    default:
      return undefined;
  }
}

export const movesOnly: ReadonlySet<string> = new Set(['reshape', 'transpose', 'broadcast_in_dim', 'slice', 'rev']);

/** One axis of a loop nest: its length and the step of every view along it. */
export interface LoopAxis {
  readonly length: number;
  readonly steps: readonly number[];
  /** For reductions: true when the axis disappears. */
  readonly reduced: boolean;
}

/** Loops count with signed numbers of 32 bits. */
export const mostCounted = 2 ** 31 - 1;

/**
 * The axes of a loop over `shape`, neighbours merged where every view walks them as one and both are kept or both
 * reduced. Views of scalars have no steps of their own: they count as 0.
 */
export function loopAxes(shape: Shape, views: readonly View[], reduced: ReadonlySet<number> = new Set()): LoopAxis[] {
  const axes: LoopAxis[] = [];
  shape.forEach((length, axis) => {
    if (length === 1) return;
    const steps = views.map((v) => (v.shape.length === 0 ? 0 : (v.strides[axis] as number)));
    const last = axes.at(-1);
    const isReduced = reduced.has(axis);
    const whole = (last?.length ?? 1) * length;
    if (
      last &&
      last.reduced === isReduced &&
      whole <= mostCounted &&
      steps.every((s, k) => last.steps[k] === s * length)
    ) {
      axes[axes.length - 1] = { length: whole, steps, reduced: isReduced };
    } else axes.push({ length, steps, reduced: isReduced });
  });
  return axes;
}

export const sameShape = shapesEqual;
export const elementCount = sizeOf;
