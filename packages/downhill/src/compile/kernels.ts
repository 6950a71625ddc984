import type { DType } from '../tensor/dtype.ts';
import { sizeOf } from '../tensor/shape.ts';
import {
  bytesOf,
  type Expression,
  kindOf,
  type LoopAxis,
  leavesOf,
  loopAxes,
  type Pending,
  type Scalar,
  scalarKinds,
  type View,
  vectorKinds,
  viewOf,
} from './expressions.ts';
import { emitterOf, isScalarOnly, loadMask, spread, storeMask, workingType } from './operations.ts';
import type { ModuleBuilder } from './wasm/assembler.ts';
import type { FunctionBuilder, FunctionReference } from './wasm/function.ts';
import { type Kind, lanesOf, type VectorKind } from './wasm/kinds.ts';
import type { Value } from './wasm/value.ts';

export type Address = Value<'i32'>;

/** Writes the loop where it is called, or as the body of its function. */
export type Body = (
  f: FunctionBuilder,
  pointers: readonly Address[],
  out: Address | undefined,
  scalar: ReadonlyMap<Scalar, Value>,
) => Value | undefined;

/** A loop over one index space: (addresses of the views and of the result, scalars) → result or nothing. */
export interface Kernel {
  readonly body: Body;
  /** The loop as a function of its own. */
  readonly declare: () => FunctionReference;
  /** Elements it visits. */
  readonly size: number;
  readonly views: readonly View[];
  readonly scalars: readonly Scalar[];
  /** Text of what it does, for the plan. */
  readonly description: string;
}

/** The module kernels are written into, and names for their functions. */
export interface KernelHost {
  readonly module: ModuleBuilder;
  name(stem: string): string;
}

/** The work an expression does at each element, described for the plan. */
export function describe(expression: Expression): string {
  const walk = (e: Expression): string =>
    e.type === 'pending'
      ? `${e.equation.primitive.name}(${e.operands.map(walk).join(', ')})`
      : e.type === 'view'
        ? e.dtype
        : 'scalar';
  const text = walk(expression);
  return text.length > 100 ? `${text.slice(0, 97)}…` : text;
}

const pendings = (expression: Expression, found = new Set<Pending>()): Set<Pending> => {
  if (expression.type === 'pending' && !found.has(expression)) {
    found.add(expression);
    for (const e of expression.operands) pendings(e, found);
  }
  return found;
};

/** The vector kind all of an expression can be computed in, or `undefined` when it needs scalars. Bools are masks. */
export function commonVector(expression: Expression, result: DType): VectorKind | undefined {
  const types = new Set<DType>([result]);
  for (const p of pendings(expression)) {
    if (isScalarOnly(p.equation)) return undefined;
    types.add(workingType(p.equation));
    types.add(p.dtype);
  }
  for (const leaf of leavesOf(expression)) types.add(leaf.dtype);
  types.delete('bool');
  const widths = new Set([...types].map((t) => bytesOf[t]));
  if (widths.size > 1) return undefined;
  const [lanes = 'int32'] = result === 'bool' ? types : [result];
  return vectorKinds[lanes as Exclude<DType, 'bool'>];
}

/** A vector of elements; bools as the lanes of a mask. */
export const loadVector = (f: FunctionBuilder, view: View, pointer: Address, vector: VectorKind): Value =>
  view.dtype === 'bool' ? loadMask(f, pointer, vector) : f.load(kindOf(view.dtype, true), pointer);

/** Emits one element, or one vector of elements, of an expression from registers. */
export function emitElement(
  f: FunctionBuilder,
  expression: Expression,
  leaf: (leaf: View | Scalar) => Value,
  vector: VectorKind | undefined,
): Value {
  const done = new Map<Expression, Value>();
  const walk = (e: Expression): Value => {
    const known = done.get(e);
    if (known) return known;
    const value = e.type === 'pending' ? combine(e) : leaf(e);
    done.set(e, value);
    return value;
  };
  const combine = (e: Pending): Value => {
    const emit = emitterOf(e.equation);
    if (!emit) throw new Error(`no code for ${e.equation.primitive.name}`);
    const working = workingType(e.equation);
    const args = e.operands.map((operand, i) => {
      const value = walk(operand);
      const type = (e.equation.inputs[i] as { dtype: DType }).dtype;
      return vector && !value.kind.includes('x') ? spread(f, value, type, vector) : value;
    });
    return emit(f, args, working);
  };
  return walk(expression);
}

/** Moves every pointer along its axis: pointer + index · step bytes. */
export const advance = (
  pointers: readonly Address[],
  views: readonly View[],
  axis: LoopAxis,
  index: Value<'i32'>,
): Address[] =>
  pointers.map((p, k) => {
    const bytes = (axis.steps[k] as number) * bytesOf[(views[k] as View).dtype];
    return bytes === 0 ? p : p.add(index.mul(bytes));
  });

export function load(f: FunctionBuilder, view: View, pointer: Address): Value {
  return view.dtype === 'bool' ? f.loadAs('i32.load8_u', 'i32', pointer) : f.load(scalarKinds[view.dtype], pointer);
}

export function store(f: FunctionBuilder, dtype: DType, pointer: Address, value: Value): void {
  if (dtype === 'bool') f.storeAs('i32.store8', pointer, value);
  else f.store(pointer, value);
}

/** Nested loops over all axes, the innermost one left to `inner`. */
export function nest(
  f: FunctionBuilder,
  axes: readonly LoopAxis[],
  views: readonly View[],
  pointers: readonly Address[],
  inner: (pointers: readonly Address[]) => void,
): void {
  const [axis, ...rest] = axes;
  if (!axis) {
    inner(pointers);
    return;
  }
  times(f, 0, axis.length, 1, (i) => nest(f, rest, views, advance(pointers, views, axis, i), inner));
}

/** Loops of up to this many rounds are written out. */
const unrolled = 4;

export function times(
  f: FunctionBuilder,
  from: number,
  to: number,
  step: number,
  body: (i: Value<'i32'>) => void,
): void {
  if (to - from > unrolled * step) f.for(from, to, step, body);
  else for (let i = from; i < to; i += step) body(f.constant('i32', i));
}

/** What a kernel's function takes: an address a view, the address of the result if it has one, a register a scalar. */
export function declare(
  unit: KernelHost,
  name: string,
  views: readonly View[],
  scalars: readonly Scalar[],
  withResult: boolean,
  result: Kind | undefined,
  body: Body,
): FunctionReference {
  const params: Kind[] = [
    ...views.map((): Kind => 'i32'),
    ...(withResult ? ['i32' as Kind] : []),
    ...scalars.map((s) => scalarKinds[s.dtype]),
  ];
  const results: Kind[] = result ? [result] : [];
  return unit.module.function(unit.name(name), params, results, (f: FunctionBuilder, ...given: Value[]) => {
    const pointers = given.slice(0, views.length) as Address[];
    const out = withResult ? (given[views.length] as Address) : undefined;
    const rest = given.slice(views.length + (withResult ? 1 : 0));
    const value = body(f, pointers, out, new Map(scalars.map((s, i) => [s, rest[i] as Value])));
    return value as never;
  }) as FunctionReference;
}

export const leafParts = (expression: Expression): { views: View[]; scalars: Scalar[] } => {
  const leaves = leavesOf(expression);
  return {
    views: leaves.filter((l): l is View => l.type === 'view'),
    scalars: leaves.filter((l): l is Scalar => l.type === 'scalar'),
  };
};

/**
 * An elementwise loop: writes every element of an expression through a view of the result, which is row-major unless told.
 */
export function mapKernel(unit: KernelHost, expression: Expression, target?: View): Kernel {
  const { views, scalars } = leafParts(expression);
  const { dtype, shape } = expression;
  const size = sizeOf(shape);
  const out = target ?? viewOf({ dtype, bytes: 0, address: 0, uses: 0 }, shape);
  const all = [...views, out];
  const axes = loopAxes(shape, all);
  const last = axes.at(-1) ?? { length: 1, steps: all.map(() => 0), reduced: false };
  const unitSteps = last.steps.slice(0, -1).every((s) => s === 0 || s === 1) && last.steps.at(-1) === 1;
  const vector = unitSteps ? commonVector(expression, dtype) : undefined;
  const body: Body = (f, pointers, out, scalar) => {
    if (size === 0) return undefined;
    nest(f, axes.slice(0, -1), all, [...pointers, out as Address], (row) => {
      const fixed = new Map<View | Scalar, Value>();
      views.forEach((v, k) => {
        if (last.steps[k] === 0) fixed.set(v, load(f, v, row[k] as Address));
      });
      const lanes = vector ? lanesOf(vector) : 1;
      const whole = vector ? last.length - (last.length % lanes) : 0;
      if (vector && whole > 0) {
        const wide = new Map<View | Scalar, Value>();
        for (const [leaf, value] of fixed) wide.set(leaf, spread(f, value, leaf.dtype, vector));
        for (const s of scalars) wide.set(s, spread(f, scalar.get(s) as Value, s.dtype, vector));
        times(f, 0, whole, lanes, (i) => {
          const value = emitElement(
            f,
            expression,
            (leaf) => {
              const known = wide.get(leaf);
              if (known) return known;
              const k = views.indexOf(leaf as View);
              return loadVector(f, leaf as View, (row[k] as Address).add(i.mul(bytesOf[leaf.dtype])), vector);
            },
            vector,
          );
          const whole = value.kind.includes('x') ? value : spread(f, value, dtype, vector);
          const place = (row.at(-1) as Address).add(i.mul(bytesOf[dtype]));
          if (dtype === 'bool') storeMask(f, place, whole);
          else f.store(place, whole);
        });
      }
      if (whole < last.length) {
        times(f, whole, last.length, 1, (i) => {
          const here = advance(row, all, last, i);
          const value = emitElement(
            f,
            expression,
            (leaf) =>
              fixed.get(leaf) ??
              scalar.get(leaf as Scalar) ??
              load(f, leaf as View, here[views.indexOf(leaf as View)] as Address),
            undefined,
          );
          store(f, dtype, here.at(-1) as Address, value);
        });
      }
    });
    return undefined;
  };
  return {
    body,
    declare: () => declare(unit, 'map', views, scalars, true, undefined, body),
    size,
    views,
    scalars,
    description: `${dtype}[${shape}] ← ${describe(expression)}${vector ? ` · ${vector}` : ''}`,
  };
}
