import type {
  BatchRule,
  Declined,
  JointJvp,
  Params,
  Primitive,
  Samples,
  TangentRule,
  TransposeRule,
} from '../program/primitive.ts';
import { allocate, type DType, isFloat, isInteger } from '../tensor/dtype.ts';
import { DtypeError, ShapeError } from '../tensor/errors.ts';
import { type Shape, shapesEqual, showShape, sizeOf } from '../tensor/shape.ts';
import { type Aval, DenseTensor, type Tensor } from '../tensor/tensor.ts';
import { bind } from '../trace/trace.ts';
import { broadcastInDim, moveAxis } from './layout.ts';

type ScalarFunction = (...xs: number[]) => number | boolean;

export interface ElementwiseSpec {
  readonly name: string;
  readonly arity: 1 | 2 | 3;
  /** Dtypes of the operands. */
  readonly accepts: Samples['accepts'];
  /** 'bool' for comparisons; by default the dtype of the last operand. */
  readonly result?: 'bool';
  /** The function on numbers. Results are rounded to the dtype when stored. */
  readonly evaluate: ScalarFunction;
  /** The function on 32-bit integers, where the one on numbers would be inexact. */
  readonly integer?: ScalarFunction;
  /** The function on float32, where the operation is defined by a computation in that precision. */
  readonly single?: ScalarFunction;
  readonly jvp: TangentRule<Params> | JointJvp<Params> | Declined;
  readonly taylor: Primitive['taylor'];
  readonly interval: Primitive['interval'];
  readonly transpose: TransposeRule<Params> | Declined;
  readonly tex: (operands: readonly string[]) => string;
  readonly domain?: Samples['domain'];
  readonly comparison?: true;
  /** Index of operands exempt from the common dtype (the condition of select). */
  readonly condition?: 0;
  /** Why the generated battery cannot sample it. */
  readonly samples?: Declined;
  readonly maskedTranspose?: Primitive['maskedTranspose'];
}

/** The common shape of elementwise operands: equal, or scalar. */
function commonShape(name: string, inputs: readonly Aval[]): Shape {
  let shape: Shape = [];
  for (const input of inputs) {
    if (input.shape.length === 0) continue;
    if (shape.length > 0 && !shapesEqual(shape, input.shape)) {
      throw new ShapeError(
        `${name}: operands of shapes ${inputs.map((x) => showShape(x.shape)).join(' and ')}; equal shapes or scalars are needed`,
      );
    }
    shape = input.shape;
  }
  return shape;
}

export function acceptsDtype(accepts: Samples['accepts'], dtype: DType): boolean {
  switch (accepts) {
    case 'any':
      return true;
    case 'bool':
      return dtype === 'bool';
    case 'float':
      return isFloat(dtype);
    case 'integer':
      return isInteger(dtype);
    case 'number':
      return dtype !== 'bool';
  }
}

/** The record of an operation that works on each element alone; scalars stretch to the shape of the others. */
export function elementwise(spec: ElementwiseSpec): Primitive {
  const { name, arity, accepts, evaluate, integer } = spec;
  const typed = (inputs: readonly Aval[]): readonly Aval[] => (spec.condition === 0 ? inputs.slice(1) : inputs);
  const shape = (inputs: readonly Aval[]): readonly Aval[] => {
    if (inputs.length !== arity) throw new ShapeError(`${name} takes ${arity} operands; got ${inputs.length}`);
    const common = commonShape(name, inputs);
    const operands = typed(inputs);
    const dtype = (operands[0] as Aval).dtype;
    for (const operand of operands) {
      if (operand.dtype !== dtype) {
        throw new DtypeError(
          `${name}: operands of dtypes ${inputs.map((x) => x.dtype).join(' and ')}; convert with astype first`,
        );
      }
      if (!acceptsDtype(accepts, operand.dtype))
        throw new DtypeError(`${name} is not defined for ${operand.dtype} (it takes ${accepts})`);
    }
    if (spec.condition === 0 && (inputs[0] as Aval).dtype !== 'bool') {
      throw new DtypeError(`${name}: the condition is ${(inputs[0] as Aval).dtype}; it must be bool`);
    }
    return [{ shape: common, dtype: spec.result ?? dtype, weak: operands.every((x) => x.weak) }];
  };
  const primitive: Primitive = {
    name,
    shape,
    evaluate: (inputs) => {
      const type = shape(inputs)[0] as Aval;
      const operands = typed(inputs);
      const { dtype } = operands[0] as Aval;
      const f = (isInteger(dtype) ? integer : dtype === 'float32' ? spec.single : undefined) ?? evaluate;
      return [mapElements(f, inputs, type)];
    },
    jvp: spec.jvp,
    transpose: spec.transpose,
    batch: elementwiseBatch(() => primitive),
    taylor: spec.taylor,
    interval: spec.interval,
    tex: spec.tex,
    samples: spec.samples ?? (spec.domain ? { accepts, domain: spec.domain } : { accepts }),
    elementwise: true,
    scalar: evaluate,
    ...(spec.comparison ? { comparison: true } : {}),
    ...(spec.maskedTranspose ? { maskedTranspose: spec.maskedTranspose } : {}),
  };
  return primitive;
}

/** `f` over the elements of operands of equal shape or scalars. */
export function mapElements(f: ScalarFunction, inputs: readonly DenseTensor[], type: Aval): DenseTensor {
  const size = sizeOf(type.shape);
  const out = allocate(type.dtype, size);
  const [a, b, c] = inputs.map((x) => x.data);
  const [ia, ib, ic] = inputs.map((x) => (x.shape.length === 0 ? 0 : 1));
  if (a && b && c)
    for (let i = 0; i < size; i++)
      out[i] = Number(
        f(a[i * (ia as number)] as number, b[i * (ib as number)] as number, c[i * (ic as number)] as number),
      );
  else if (a && b)
    for (let i = 0; i < size; i++) out[i] = Number(f(a[i * (ia as number)] as number, b[i * (ib as number)] as number));
  else if (a) for (let i = 0; i < size; i++) out[i] = Number(f(a[i] as number));
  return new DenseTensor(out, type.shape, type.dtype, type.weak);
}

/**
 * Batching of elementwise operations: all batch axes move to the front; an operand without one stays as it is when it
 * is a scalar and is stretched over the batch otherwise.
 */
export function elementwiseBatch(primitive: () => Primitive): BatchRule<Params> {
  const apply = (inputs: readonly Tensor[], axis: number) => {
    const outputs = bind(primitive(), inputs, {});
    return { outputs, axes: outputs.map(() => axis) };
  };
  return (inputs, axes, _params, size) => {
    const own = inputs.map((x, i) => (axes[i] === null ? x.shape : x.shape.filter((_, k) => k !== axes[i])));
    const shape = own.find((s) => s.length > 0) ?? [];
    const first = axes.find((a) => a !== null) as number;
    const aligned = axes.every((axis, i) =>
      axis === null ? (own[i] as Shape).length === 0 : axis === first && (own[i] as Shape).length === shape.length,
    );
    if (aligned) return apply(inputs, first);
    const operands = inputs.map((x, i) => {
      const axis = axes[i] as number | null;
      const rank = (own[i] as Shape).length;
      if (axis === null)
        return rank === 0
          ? x
          : broadcastInDim(
              x,
              [size, ...shape],
              shape.map((_, k) => k + 1),
            );
      const front = moveAxis(x, axis, 0);
      return rank === shape.length ? front : broadcastInDim(front, [size, ...shape], [0]);
    });
    return apply(operands, 0);
  };
}
