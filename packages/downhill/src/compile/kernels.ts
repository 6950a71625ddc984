import { type DType, isFloat } from '../tensor/dtype.ts';
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
import { constantOf, emitterOf, isScalarOnly, loadMask, spread, storeMask, workingType } from './operations.ts';
import type { ModuleBuilder } from './wasm/assembler.ts';
import type { FunctionBuilder, FunctionReference } from './wasm/function.ts';
import { type Kind, lanesOf, type VectorKind } from './wasm/kinds.ts';
import type { Value } from './wasm/value.ts';

type Address = Value<'i32'>;

/** Writes the loop where it is called, or as the body of its function. */
type Body = (
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

export type ReductionName = 'reduce_sum' | 'reduce_prod' | 'reduce_max' | 'reduce_min';

/** The work an expression does at each element, described for the plan. */
function describe(expression: Expression): string {
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
function commonVector(expression: Expression, result: DType): VectorKind | undefined {
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
const loadVector = (f: FunctionBuilder, view: View, pointer: Address, vector: VectorKind): Value =>
  view.dtype === 'bool' ? loadMask(f, pointer, vector) : f.load(kindOf(view.dtype, true), pointer);

/** Emits one element, or one vector of elements, of an expression from registers. */
function emitElement(
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
const advance = (
  pointers: readonly Address[],
  views: readonly View[],
  axis: LoopAxis,
  index: Value<'i32'>,
): Address[] =>
  pointers.map((p, k) => {
    const bytes = (axis.steps[k] as number) * bytesOf[(views[k] as View).dtype];
    return bytes === 0 ? p : p.add(index.mul(bytes));
  });

function load(f: FunctionBuilder, view: View, pointer: Address): Value {
  return view.dtype === 'bool' ? f.loadAs('i32.load8_u', 'i32', pointer) : f.load(scalarKinds[view.dtype], pointer);
}

function store(f: FunctionBuilder, dtype: DType, pointer: Address, value: Value): void {
  if (dtype === 'bool') f.storeAs('i32.store8', pointer, value);
  else f.store(pointer, value);
}

/** Nested loops over all axes, the innermost one left to `inner`. */
function nest(
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

function times(f: FunctionBuilder, from: number, to: number, step: number, body: (i: Value<'i32'>) => void): void {
  if (to - from > unrolled * step) f.for(from, to, step, body);
  else for (let i = from; i < to; i += step) body(f.constant('i32', i));
}

/** What a kernel's function takes: an address a view, the address of the result if it has one, a register a scalar. */
function declare(
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

const leafParts = (expression: Expression): { views: View[]; scalars: Scalar[] } => {
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

const neutral: Readonly<Record<ReductionName, (dtype: DType) => number>> = {
  reduce_sum: () => 0,
  reduce_prod: () => 1,
  reduce_max: (dtype) => (isFloat(dtype) ? Number.NEGATIVE_INFINITY : dtype === 'int32' ? -2147483648 : 0),
  reduce_min: (dtype) => (isFloat(dtype) ? Number.POSITIVE_INFINITY : dtype === 'int32' ? 2147483647 : -1),
};

function fold(name: ReductionName, dtype: DType, total: Value, x: Value): Value {
  const [a, b] = [total as Value<'f64'>, x as Value<'f64'>];
  if (name === 'reduce_sum') return a.add(b);
  if (name === 'reduce_prod') return a.mul(b);
  if (dtype === 'uint32') return name === 'reduce_max' ? a.maxU(b) : a.minU(b);
  return name === 'reduce_max' ? a.max(b) : a.min(b);
}

/** Elements summed in vector registers before the block joins the float64 total; see docs/compiler.md for the bound. */
const sumBlock = 4096;
const chains = 4;

/**
 * A reduction of an expression over axes. When the innermost axis is reduced, four vectors of partial results run side by
 * side; sums of long rows are taken in blocks that join a float64 total. When it is kept, one vector of results runs over
 * the reduced axes. The result is returned when it is a scalar, and stored otherwise.
 */
export function reduceKernel(
  unit: KernelHost,
  name: ReductionName,
  expression: Expression,
  axes: readonly number[],
): Kernel {
  const { dtype, shape } = expression;
  const { views, scalars } = leafParts(expression);
  const reducedSet = new Set(axes);
  const kept = shape.map((_, i) => i).filter((i) => !reducedSet.has(i));
  const strides = shape.map(() => 0);
  let step = 1;
  for (const axis of [...kept].reverse()) {
    strides[axis] = step;
    step *= shape[axis] as number;
  }
  const outView: View = {
    type: 'view',
    buffer: { dtype, bytes: 0, address: 0, uses: 0 },
    dtype,
    shape,
    strides,
    offset: 0,
  };
  const all = [...views, outView];
  const loops = loopAxes(shape, all, reducedSet);
  const scalarResult = kept.length === 0;
  const kind = scalarKinds[dtype];
  const keptLoops = loops.filter((l) => !l.reduced);
  const reducedLoops = loops.filter((l) => l.reduced);
  const innermost = loops.at(-1);
  const keepsInner = innermost !== undefined && !innermost.reduced;
  const dense = (l: LoopAxis | undefined): boolean => l?.steps.slice(0, -1).every((s) => s === 0 || s === 1) === true;
  const vector = dense(innermost) ? commonVector(expression, dtype) : undefined;
  const first = neutral[name](dtype);
  const empty = sizeOf(shape) === 0;
  const body: Body = (f, pointers, out, scalar) => {
    const leafAt =
      (here: readonly Address[], width: VectorKind | undefined) =>
      (leaf: View | Scalar): Value => {
        if (leaf.type === 'scalar')
          return width ? spread(f, scalar.get(leaf) as Value, leaf.dtype, width) : (scalar.get(leaf) as Value);
        const k = views.indexOf(leaf);
        if (!width) return load(f, leaf, here[k] as Address);
        const isFixed = innermost?.steps[k] === 0 || leaf.shape.length === 0;
        return isFixed
          ? spread(f, load(f, leaf, here[k] as Address), leaf.dtype, width)
          : loadVector(f, leaf, here[k] as Address, width);
      };
    const element = (here: readonly Address[], width: VectorKind | undefined): Value => {
      const value = emitElement(f, expression, leafAt(here, width), width);
      return width && !value.kind.includes('x') ? spread(f, value, dtype, width) : value;
    };
    const start = [...pointers, ...(out ? [out] : [f.constant('i32', 0)])];
    if (empty) {
      if (scalarResult) return constantOf(f, kind, first);
      f.for(0, step, 1, (i) =>
        store(f, dtype, (out as Address).add(i.mul(bytesOf[dtype])), constantOf(f, kind, first)),
      );
      return undefined;
    }
    if (keepsInner) {
      const inner = innermost as LoopAxis;
      const lanes = vector ? lanesOf(vector) : 1;
      const whole = vector ? inner.length - (inner.length % lanes) : 0;
      nest(f, keptLoops.slice(0, -1), all, start, (row) => {
        const column = (width: VectorKind | undefined) => (i: Value<'i32'>) => {
          const here = advance(row, all, inner, i);
          const total = f.variable((width ?? kind) as 'f64', first);
          nest(f, reducedLoops, all, here, (at) =>
            total.set(fold(name, dtype, total.get(), element(at, width)) as Value<'f64'>),
          );
          f.store(here.at(-1) as Address, total.get());
        };
        if (vector && whole > 0) times(f, 0, whole, lanes, column(vector));
        if (whole < inner.length) times(f, whole, inner.length, 1, column(undefined));
      });
      return undefined;
    }
    const inner = innermost ?? { length: 1, steps: all.map(() => 0), reduced: true };
    const outerReduced = reducedLoops.slice(0, -1);
    const one = (row: readonly Address[]): Value => {
      // a float64 total for sums of floats: blocks of partial sums join it, so that rounding does not pile up
      const wide = name === 'reduce_sum' && dtype === 'float32';
      const total = f.variable((wide ? 'f64' : kind) as 'f64', first);
      const join = (value: Value): void =>
        total.set(fold(name, dtype, total.get(), wide ? value.to('f64', 'promote_f32') : value) as Value<'f64'>);
      nest(f, outerReduced, all, row, (at) => {
        const lanes = vector ? lanesOf(vector) : 1;
        const group = lanes * chains;
        const whole = vector ? inner.length - (inner.length % group) : 0;
        if (vector && whole > 0) {
          const partial = Array.from({ length: chains }, () => f.variable(vector as 'f64x2', first));
          const round = (i: Value<'i32'>): void =>
            partial.forEach((p, c) =>
              p.set(
                fold(
                  name,
                  dtype,
                  p.get(),
                  element(advance(at, all, inner, i.add(c * lanes)), vector),
                ) as Value<'f64x2'>,
              ),
            );
          const gather = (): void => {
            const [a, b, c, d] = partial.map((p) => p.get() as Value);
            const sum = fold(
              name,
              dtype,
              fold(name, dtype, a as Value, b as Value),
              fold(name, dtype, c as Value, d as Value),
            ) as Value<'f64x2'>;
            let value: Value = sum.lane(0);
            for (let lane = 1; lane < lanes; lane++) value = fold(name, dtype, value, sum.lane(lane));
            join(value);
          };
          const block = sumBlock - (sumBlock % group);
          if (whole > block) {
            f.for(0, whole, block, (from) => {
              for (const p of partial) p.set(f.constant(vector as 'f64x2', first));
              f.for(from, from.add(block).min(whole), group, round);
              gather();
            });
          } else {
            for (const p of partial) p.set(f.constant(vector as 'f64x2', first));
            f.for(0, whole, group, round);
            gather();
          }
        }
        if (whole < inner.length)
          times(f, whole, inner.length, 1, (i) => join(element(advance(at, all, inner, i), undefined)));
      });
      const result = total.get() as Value;
      return wide ? result.to('f32', 'demote_f64') : result;
    };
    if (scalarResult) return one(start);
    nest(f, keptLoops, all, start, (row) => f.store(row.at(-1) as Address, one(row)));
    return undefined;
  };
  return {
    body,
    declare: () => declare(unit, name, views, scalars, !scalarResult, scalarResult ? kind : undefined, body),
    size: sizeOf(shape),
    views,
    scalars,
    description: `${dtype}[${kept.map((i) => shape[i])}] ← ${name}[${axes}] of ${describe(expression)}${vector ? ` · ${vector}` : ''}`,
  };
}
