import type { DType } from '../tensor/dtype.ts';
import { sizeOf } from '../tensor/shape.ts';
import {
  bytesOf,
  type Expression,
  kindOf,
  type Leaf,
  type LoopAxis,
  leavesOf,
  loopAxes,
  type Pending,
  type Scalar,
  scalarKinds,
  type View,
  vectorKinds,
} from './expressions.ts';
import { constantOf, emitterOf, isMath, isScalarOnly, loadMask, spread, storeMask, workingType } from './operations.ts';
import { loopText } from './structure.ts';
import { type Address, advance, moved, nest, type Range, sideBySide, waitsForMemory, within } from './walks.ts';
import type { ModuleBuilder } from './wasm/assembler.ts';
import type { FunctionBuilder, FunctionReference } from './wasm/function.ts';
import { isVector, type Kind, lanesOf, type VectorKind } from './wasm/kinds.ts';
import type { Value } from './wasm/value.ts';

/** Writes the loop, or the part of it in a range, where it is called or as the body of its function. */
export type Body = (
  f: FunctionBuilder,
  pointers: readonly Address[],
  out: Address | undefined,
  scalar: ReadonlyMap<Scalar, Value>,
  range?: Range,
) => Value | undefined;

/** How a loop can be cut for several threads: along one axis, at multiples of a number of elements. */
export interface Split {
  readonly units: number;
  readonly multiple: number;
  /** Elements times operations. */
  readonly work: number;
  /** The loop as a function with two more parameters: where on the axis to start and to stop. */
  readonly declare: (host: KernelHost) => FunctionReference;
}

/** A loop over one index space: (addresses of the views and of the result, scalars) → result or nothing. */
export interface Loop {
  readonly body: Body;
  /** The loop as a function of its own. */
  readonly declare: (host: KernelHost) => FunctionReference;
  /** Elements it visits. */
  readonly size: number;
  /** `undefined` when it cannot be cut. */
  readonly split: Split | undefined;
  readonly views: readonly View[];
  readonly scalars: readonly Scalar[];
  /** Text of what it does, for the plan. */
  readonly description: string;
}

/** Loops over no more elements than this are written where they run, without a function of their own. */
export const inPlace = 8;

/** The module loops are written into. */
export interface KernelHost {
  readonly module: ModuleBuilder;
}

/** The work an expression does at each element, described for the plan. */
export function describe(expression: Expression): string {
  let text = '';
  // what is not shown is not walked through: expressions whose parts are shared are long when written out
  const walk = (e: Expression): void => {
    if (text.length > 100) return;
    if (e.type !== 'pending') {
      text += e.type === 'view' ? e.dtype : e.type;
      return;
    }
    text += `${e.equation.primitive.name}(`;
    e.operands.forEach((operand, i) => {
      if (i > 0) text += ', ';
      walk(operand);
    });
    text += ')';
  };
  walk(expression);
  return text.length > 100 ? `${text.slice(0, 97)}…` : text;
}

/** The operations of an expression, each once. */
export const pendings = (expression: Expression, found = new Set<Pending>()): Set<Pending> => {
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
  leaf: (leaf: Leaf) => Value,
  vector: VectorKind | undefined,
  done = new Map<Expression, Value>(),
): Value {
  const walk = (e: Expression): Value => {
    const known = done.get(e);
    if (known) return known;
    const value = e.type === 'pending' ? combine(e) : (constant(e) ?? leaf(e));
    done.set(e, value);
    return value;
  };
  const constant = (e: Leaf): Value | undefined => {
    const number = e.type === 'scalar' ? e.known : undefined;
    return number === undefined ? undefined : constantOf(f, kindOf(e.dtype, vector !== undefined), number);
  };
  const combine = (e: Pending): Value => {
    const emit = emitterOf(e.equation);
    if (!emit) throw new Error(`no code for ${e.equation.primitive.name}`);
    const working = workingType(e.equation);
    const args = e.operands.map((operand, i) => {
      const value = walk(operand);
      const type = (e.equation.inputs[i] as { dtype: DType }).dtype;
      return vector && !isVector(value.kind) ? spread(f, value, type, vector) : value;
    });
    return emit(f, args, working);
  };
  return walk(expression);
}

export function load(f: FunctionBuilder, view: View, pointer: Address): Value {
  return view.dtype === 'bool' ? f.loadAs('i32.load8_u', 'i32', pointer) : f.load(scalarKinds[view.dtype], pointer);
}

export function store(f: FunctionBuilder, dtype: DType, pointer: Address, value: Value): void {
  if (dtype === 'bool') f.storeAs('i32.store8', pointer, value);
  else f.store(pointer, value);
}

/** The axis to cut: the outermost of those given if it is long enough, else the longest. */
export function axisToCut(axes: readonly LoopAxis[]): LoopAxis | undefined {
  const [first] = axes;
  if (!first || first.length >= enough) return first;
  return axes.reduce((best, axis) => (axis.length > best.length ? axis : best));
}

/** An axis of so many rounds can be shared out evenly. */
const enough = 16;

/** Operations at each element of an expression; one of the mathematical functions counts as several. */
export function operationsOf(expression: Expression): number {
  let sum = leavesOf(expression).length;
  for (const { equation } of pendings(expression)) sum += isMath(equation.primitive.name) ? 10 : 1;
  return sum;
}

/**
 * What a kernel's function takes: an address a view, the address of the result if it has one, a register a scalar, and
 * the range when it is cut along an axis. Loops of one structure, wherever their arrays lie, share the function.
 * @param structure what the body follows from besides the name; `undefined` when that is not known.
 */
export function declare(
  { module }: KernelHost,
  name: string,
  structure: string | undefined,
  views: readonly View[],
  scalars: readonly Scalar[],
  withResult: boolean,
  result: Kind | undefined,
  body: Body,
  cut?: LoopAxis,
): FunctionReference {
  const params: Kind[] = [
    ...views.map((): Kind => 'i32'),
    ...(withResult ? ['i32' as Kind] : []),
    ...scalars.map((s) => scalarKinds[s.dtype]),
    ...(cut ? ['i32' as Kind, 'i32' as Kind] : []),
  ];
  const results: Kind[] = result ? [result] : [];
  const write = (f: FunctionBuilder, ...given: Value[]) => {
    const pointers = given.slice(0, views.length) as Address[];
    const out = withResult ? (given[views.length] as Address) : undefined;
    const rest = given.slice(views.length + (withResult ? 1 : 0));
    const [from, to] = given.slice(-2) as Address[];
    const range = cut && { axis: cut, from: from as Address, to: to as Address };
    const value = body(f, pointers, out, new Map(scalars.map((s, i) => [s, rest[i] as Value])), range);
    return value as never;
  };
  const key = structure && `${cut ? 'cut ' : ''}${structure}`;
  return module.once(name, key, (unique) => module.function(unique, params, results, write)) as FunctionReference;
}

/** What a kernel is given: views, and scalars that are not numbers known while it is written. */
export const leafParts = (expression: Expression): { views: View[]; scalars: Scalar[] } => {
  const leaves = leavesOf(expression);
  return {
    views: leaves.filter((l): l is View => l.type === 'view'),
    scalars: leaves.filter((l): l is Scalar => l.type === 'scalar' && l.known === undefined),
  };
};

/** An expression and where its elements go. */
export interface Part {
  readonly expression: Expression;
  readonly target: View;
}

/**
 * An elementwise loop: writes every element of expressions of one shape, each through a view of its result. The views of
 * the loop are those it reads and then those it writes; what several expressions share is computed once.
 */
export function mapLoop(parts: readonly Part[]): Loop {
  const given = parts.map(({ expression }) => leafParts(expression));
  const views = [...new Set(given.flatMap((g) => g.views))];
  const scalars = [...new Set(given.flatMap((g) => g.scalars))];
  const { shape } = (parts[0] as Part).expression;
  const size = sizeOf(shape);
  const all = [...views, ...parts.map((p) => p.target)];
  const axes = loopAxes(shape, all);
  const last = axes.at(-1) ?? { length: 1, steps: all.map(() => 0), reduced: false };
  const unitSteps = last.steps.every((s, k) => s === 1 || (s === 0 && k < views.length));
  const vector = unitSteps ? vectorOf(parts.map((p) => p.expression)) : undefined;
  const lanes = vector ? lanesOf(vector) : 1;
  const operations = parts.reduce((sum, { expression }) => sum + operationsOf(expression), 0);
  const isLong = axes.length === 1 && waitsForMemory(size, all, operations);
  /** Everything at one place: all is read before anything is written, so that results may lie where operands do. */
  const emit = (
    f: FunctionBuilder,
    leaf: (leaf: Leaf) => Value,
    width: VectorKind | undefined,
    here: readonly Address[],
  ): void => {
    const done = new Map<Expression, Value>();
    const values = parts.map(({ expression }) => emitElement(f, expression, leaf, width, done));
    parts.forEach(({ expression: { dtype } }, k) => {
      const value = values[k] as Value;
      const place = here[views.length + k] as Address;
      if (!width) store(f, dtype, place, value);
      else {
        const whole = isVector(value.kind) ? value : spread(f, value, dtype, width);
        if (dtype === 'bool') storeMask(f, place, whole);
        else f.store(place, whole);
      }
    });
  };
  const body: Body = (f, pointers, _out, scalar, range) => {
    if (size === 0) return undefined;
    const line = (row: readonly Address[]): void => {
      const fixed = new Map<Leaf, Value>();
      views.forEach((v, k) => {
        if (last.steps[k] === 0) fixed.set(v, load(f, v, row[k] as Address));
      });
      const whole = vector ? last.length - (last.length % lanes) : 0;
      if (vector && whole > 0) {
        const wide = new Map<Leaf, Value>();
        for (const [leaf, value] of fixed) wide.set(leaf, spread(f, value, leaf.dtype, vector));
        for (const s of scalars) wide.set(s, spread(f, scalar.get(s) as Value, s.dtype, vector));
        const round = (start: readonly Address[], i: Value<'i32'>): void => {
          const here = all.map((v, k) => moved(f, start[k] as Address, i, bytesOf[v.dtype]));
          const leaf = (l: Leaf): Value =>
            wide.get(l) ?? loadVector(f, l as View, here[views.indexOf(l as View)] as Address, vector);
          emit(f, leaf, vector, here);
        };
        if (isLong) sideBySide(f, range, last, whole, lanes, row, all, round);
        else within(f, range, last, 0, whole, lanes, (i) => round(row, i));
      }
      if (whole < last.length) {
        within(f, range, last, whole, last.length, 1, (i) => {
          const here = advance(f, row, all, last, i);
          const leaf = (l: Leaf): Value =>
            fixed.get(l) ?? scalar.get(l as Scalar) ?? load(f, l as View, here[views.indexOf(l as View)] as Address);
          emit(f, leaf, undefined, here);
        });
      }
    };
    nest(f, axes.slice(0, -1), all, pointers, line, range);
    return undefined;
  };
  const cut = axisToCut(axes);
  const structure = (): string | undefined =>
    loopText(
      parts.map((p) => p.expression),
      all,
      scalars,
    );
  const results = parts.map(({ expression }) => `${expression.dtype}[${shape}] ← ${describe(expression)}`);
  return {
    body,
    declare: (host) => declare(host, 'map', structure(), all, scalars, false, undefined, body),
    split: cut && {
      units: cut.length,
      multiple: cut === last ? lanes : 1,
      work: size * operations,
      declare: (host) => declare(host, 'map', structure(), all, scalars, false, undefined, body, cut),
    },
    size,
    views: all,
    scalars,
    description: `${results.join('; ')}${vector ? ` · ${vector}` : ''}`,
  };
}

/** The vector kind that all of several expressions can be computed in. */
function vectorOf(expressions: readonly Expression[]): VectorKind | undefined {
  const [first, ...others] = expressions.map((e) => commonVector(e, e.dtype));
  return others.every((kind) => kind === first) ? first : undefined;
}
