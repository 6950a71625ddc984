import { type DType, isFloat } from '../tensor/dtype.ts';
import { sizeOf } from '../tensor/shape.ts';
import {
  axisToCut,
  type Body,
  commonVector,
  declare,
  describe,
  emitElement,
  type KernelHost,
  type Loop,
  leafParts,
  load,
  loadVector,
  operationsOf,
  type Split,
  store,
} from './elementwise.ts';
import {
  bytesOf,
  type Expression,
  type Leaf,
  type LoopAxis,
  loopAxes,
  type Scalar,
  scalarKinds,
  type View,
} from './expressions.ts';
import { constantOf, spread } from './operations.ts';
import { loopText } from './structure.ts';
import { type Address, advance, nest, times, within } from './walks.ts';
import type { FunctionBuilder, FunctionReference } from './wasm/function.ts';
import { lanesOf, type VectorKind } from './wasm/kinds.ts';
import type { Value } from './wasm/value.ts';

export type ReductionName = 'reduce_sum' | 'reduce_prod' | 'reduce_max' | 'reduce_min';

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

/** A reduction to one value can be cut into blocks. */
export interface Reduction extends Loop {
  readonly blocks:
    | (Split & {
        /** Joins the blocks: the parameters of the first function, the range left out, to the result. */
        readonly finish: (host: KernelHost) => FunctionReference;
      })
    | undefined;
}

/**
 * A reduction of an expression over axes. When the innermost axis is reduced, four vectors of partial results run side by
 * side; sums of long rows are taken in blocks that join a float64 total. When it is kept, one vector of results runs over
 * the reduced axes. The result is returned when it is a scalar, and stored otherwise.
 */
export function reduceLoop(name: ReductionName, expression: Expression, axes: readonly number[]): Reduction {
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
    buffer: { dtype, elements: 0, equation: undefined },
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
  /** One element of the expression at given addresses, or a vector of them. */
  const elements =
    (f: FunctionBuilder, scalar: ReadonlyMap<Scalar, Value>) =>
    (here: readonly Address[], width: VectorKind | undefined): Value => {
      const leafAt = (given: Leaf): Value => {
        const leaf = given as View | Scalar;
        if (leaf.type === 'scalar')
          return width ? spread(f, scalar.get(leaf) as Value, leaf.dtype, width) : (scalar.get(leaf) as Value);
        const k = views.indexOf(leaf);
        if (!width) return load(f, leaf, here[k] as Address);
        const isFixed = innermost?.steps[k] === 0 || leaf.shape.length === 0;
        return isFixed
          ? spread(f, load(f, leaf, here[k] as Address), leaf.dtype, width)
          : loadVector(f, leaf, here[k] as Address, width);
      };
      const value = emitElement(f, expression, leafAt, width);
      return width && !value.kind.includes('x') ? spread(f, value, dtype, width) : value;
    };
  const inner = innermost ?? { length: 1, steps: all.map(() => 0), reduced: true };
  const lanes = vector ? lanesOf(vector) : 1;
  const group = lanes * chains;
  const block = sumBlock - (sumBlock % group);
  /** What blocks of a reduced row cover; the rest joins element by element. */
  const whole = vector ? inner.length - (inner.length % group) : 0;
  // a float64 total for sums of floats: blocks of partial sums join it, so that rounding does not pile up
  const wide = name === 'reduce_sum' && dtype === 'float32';
  const totalOf = (f: FunctionBuilder) => {
    const total = f.variable((wide ? 'f64' : kind) as 'f64', first);
    const join = (value: Value): void =>
      total.set(fold(name, dtype, total.get(), wide ? value.to('f64', 'promote_f32') : value) as Value<'f64'>);
    const result = (): Value => (wide ? total.get().to('f32', 'demote_f64') : total.get());
    return { join, result };
  };
  type Element = ReturnType<typeof elements>;
  /** The elements from `from` to before `to` of a row, in four vectors of partial results. */
  const blockAt = (
    f: FunctionBuilder,
    element: Element,
    row: readonly Address[],
    from: Value<'i32'>,
    to: Value<'i32'>,
  ): Value => {
    const partial = Array.from({ length: chains }, () => f.variable(vector as 'f64x2', first));
    f.for(from, to, group, (i) =>
      partial.forEach((p, c) =>
        p.set(
          fold(name, dtype, p.get(), element(advance(f, row, all, inner, i.add(c * lanes)), vector)) as Value<'f64x2'>,
        ),
      ),
    );
    const [a, b, c, d] = partial.map((p) => p.get() as Value) as [Value, Value, Value, Value];
    const sum = fold(name, dtype, fold(name, dtype, a, b), fold(name, dtype, c, d)) as Value<'f64x2'>;
    let value: Value = sum.lane(0);
    for (let lane = 1; lane < lanes; lane++) value = fold(name, dtype, value, sum.lane(lane));
    return value;
  };
  /** What is left of a row after the blocks. */
  const joinRest = (f: FunctionBuilder, element: Element, row: readonly Address[], join: (value: Value) => void) => {
    if (whole < inner.length)
      times(f, whole, inner.length, 1, (i) => join(element(advance(f, row, all, inner, i), undefined)));
  };
  const body: Body = (f, pointers, out, scalar, range) => {
    const element = elements(f, scalar);
    const start = [...pointers, ...(out ? [out] : [f.constant('i32', 0)])];
    if (empty) {
      if (scalarResult) return constantOf(f, kind, first);
      f.for(0, step, 1, (i) =>
        store(f, dtype, (out as Address).add(i.mul(bytesOf[dtype])), constantOf(f, kind, first)),
      );
      return undefined;
    }
    if (keepsInner) {
      const whole = vector ? inner.length - (inner.length % lanes) : 0;
      const line = (row: readonly Address[]): void => {
        const column = (width: VectorKind | undefined) => (i: Value<'i32'>) => {
          const here = advance(f, row, all, inner, i);
          const total = f.variable((width ?? kind) as 'f64', first);
          nest(f, reducedLoops, all, here, (at) =>
            total.set(fold(name, dtype, total.get(), element(at, width)) as Value<'f64'>),
          );
          f.store(here.at(-1) as Address, total.get());
        };
        if (vector && whole > 0) within(f, range, inner, 0, whole, lanes, column(vector));
        if (whole < inner.length) within(f, range, inner, whole, inner.length, 1, column(undefined));
      };
      nest(f, keptLoops.slice(0, -1), all, start, line, range);
      return undefined;
    }
    const outerReduced = reducedLoops.slice(0, -1);
    const one = (row: readonly Address[]): Value => {
      const { join, result } = totalOf(f);
      nest(f, outerReduced, all, row, (at) => {
        if (vector && whole > block) {
          f.for(0, whole, block, (from) => join(blockAt(f, element, at, from, from.add(block).min(whole))));
        } else if (vector && whole > 0) {
          join(blockAt(f, element, at, f.constant('i32', 0), f.constant('i32', whole)));
        }
        joinRest(f, element, at, join);
      });
      return result();
    };
    if (scalarResult) return one(start);
    nest(f, keptLoops, all, start, (row) => f.store(row.at(-1) as Address, one(row)), range);
    return undefined;
  };
  const structure = (): string | undefined => {
    const text = loopText([expression], views, scalars);
    // a view may be a scalar's, so that the shape is not always that of one of them
    return text && `${text} of [${shape}] along ${axes}`;
  };
  const size = sizeOf(shape);
  const work = size * operationsOf(expression);
  const cut = empty || scalarResult ? undefined : axisToCut(keptLoops);
  return {
    body,
    declare: (host) =>
      declare(host, name, structure(), views, scalars, !scalarResult, scalarResult ? kind : undefined, body),
    split: cut && {
      units: cut.length,
      multiple: cut === innermost ? lanes : 1,
      work,
      declare: (host) => declare(host, name, structure(), views, scalars, true, undefined, body, cut),
    },
    blocks: scalarResult && loops.length === 1 && whole > block ? inBlocks() : undefined,
    size,
    views,
    scalars,
    description: `${dtype}[${kept.map((i) => shape[i])}] ← ${name}[${axes}] of ${describe(expression)}${vector ? ` · ${vector}` : ''}`,
  };

  /** The same blocks stored instead of joined, by whoever computes them, and joined afterwards in the same order. */
  function inBlocks(): NonNullable<Reduction['blocks']> {
    const units = Math.ceil(whole / block);
    const axis: LoopAxis = { length: units, steps: [], reduced: false };
    const place = (out: Address | undefined, k: Value<'i32'>): Address => (out as Address).add(k.mul(bytesOf[dtype]));
    const store: Body = (f, pointers, out, scalar, range) => {
      const element = elements(f, scalar);
      const row = [...pointers, f.constant('i32', 0)];
      within(f, range, axis, 0, units, 1, (k) => {
        const from = k.mul(block);
        f.store(place(out, k), blockAt(f, element, row, from, from.add(block).min(whole)));
      });
      return undefined;
    };
    const finish: Body = (f, pointers, out, scalar) => {
      const { join, result } = totalOf(f);
      f.for(0, units, 1, (k) => join(f.load(kind, place(out, k))));
      joinRest(f, elements(f, scalar), [...pointers, f.constant('i32', 0)], join);
      return result();
    };
    return {
      units,
      multiple: 1,
      work,
      declare: (host) => declare(host, `${name}_blocks`, structure(), views, scalars, true, undefined, store, axis),
      finish: (host) => declare(host, `${name}_join`, structure(), views, scalars, true, kind, finish),
    };
  }
}
