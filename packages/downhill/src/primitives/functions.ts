import type { Primitive, Samples } from '../program/primitive.ts';
import { type DType, isInteger, promoteTypes, type WeakType } from '../tensor/dtype.ts';
import { DtypeError } from '../tensor/errors.ts';
import { broadcastShapes, shapesEqual } from '../tensor/shape.ts';
import { asTensor, DenseTensor, type Tensor, type TensorLike, toHost } from '../tensor/tensor.ts';
import { bind1, Tracer } from '../trace/trace.ts';
import { convertTo } from './convert.ts';
import { stretchTo } from './layout.ts';

/** A function of one operand: numbers give numbers, everything else a tensor. */
export interface UnaryFunction {
  (x: number): number;
  (x: TensorLike): Tensor;
  readonly primitive: Primitive;
}

/** A function of two operands with broadcasting: two numbers give a number, everything else a tensor. */
export interface BinaryFunction {
  (x: number, y: number): number;
  (x: TensorLike, y: TensorLike): Tensor;
  readonly primitive: Primitive;
}

/** A test of one operand: a number gives a boolean, everything else a bool tensor. */
export interface UnaryPredicate {
  (x: number): boolean;
  (x: TensorLike): Tensor;
  readonly primitive: Primitive;
}

/** A comparison with broadcasting: two numbers give a boolean, everything else a bool tensor. */
export interface BinaryPredicate {
  (x: number, y: number): boolean;
  (x: TensorLike, y: TensorLike): Tensor;
  readonly primitive: Primitive;
}

/** The dtype operands are brought to before an operation that accepts only some. */
function acceptable(type: WeakType, accepts: Samples['accepts'], name: string): WeakType {
  const { dtype, weak } = type;
  if (accepts === 'float' && (dtype === 'bool' || isInteger(dtype))) return { dtype: 'float64', weak };
  if ((accepts === 'number' || accepts === 'integer') && dtype === 'bool') return { dtype: 'int32', weak };
  if (accepts === 'integer' && !isInteger(dtype)) throw new DtypeError(`${name} takes integers; got ${dtype}`);
  if (accepts === 'bool' && dtype !== 'bool')
    throw new DtypeError(`${name} takes bool; got ${dtype} (compare with 0 first)`);
  return type;
}

const isWholeLiteral = (x: Tensor): boolean =>
  x instanceof DenseTensor && x.weak && x.shape.length === 0 && x.dtype === 'float64' && Number.isInteger(x.data[0]);

/** The common type of operands. A whole JavaScript number beside an integer tensor counts as an integer. */
export function commonType(xs: readonly Tensor[]): WeakType {
  const strongInteger = xs.find((x) => !x.weak && isInteger(x.dtype));
  const types = xs.map(
    (x): WeakType =>
      strongInteger && isWholeLiteral(x)
        ? { dtype: strongInteger.dtype, weak: true }
        : { dtype: x.dtype, weak: x.weak },
  );
  return types.reduce(promoteTypes);
}

/** Operands brought to one dtype and to shapes that are equal or scalar, by NumPy's rules. */
export function promote(xs: readonly Tensor[], accepts: Samples['accepts'], name: string): Tensor[] {
  const type = acceptable(commonType(xs), accepts, name);
  const converted = xs.map((x) => (x.dtype === type.dtype ? x : convertTo(x, type)));
  return stretchTogether(converted);
}

/** Operands stretched to their common shape, scalars left as they are. */
export function stretchTogether(xs: readonly Tensor[]): Tensor[] {
  const first = xs.find((x) => x.shape.length > 0);
  if (!first || xs.every((x) => x.shape.length === 0 || shapesEqual(x.shape, first.shape))) return [...xs];
  const shape = broadcastShapes(...xs.map((x) => x.shape));
  return xs.map((x) => (x.shape.length === 0 || shapesEqual(x.shape, shape) ? x : stretchTo(x, shape)));
}

const isPrimitiveValue = (x: unknown): boolean => typeof x === 'number' || typeof x === 'boolean';

/** `x` as a tensor of the dtype that `promote` would give it alone, for functions of one operand. */
export const operand = (x: TensorLike, accepts: Samples['accepts'], name: string): Tensor =>
  promote([asTensor(x)], accepts, name)[0] as Tensor;

function apply(primitive: Primitive, xs: readonly TensorLike[]): unknown {
  const accepts = 'accepts' in primitive.samples ? primitive.samples.accepts : 'any';
  const result = bind1(primitive, promote(xs.map(asTensor), accepts, primitive.name));
  if (result instanceof Tracer) {
    if (primitive.comparison) result.trace.watch(result, primitive.name);
    return result;
  }
  return xs.every(isPrimitiveValue) ? toHost(result) : result;
}

function named<F>(primitive: Primitive, f: (x: TensorLike, ...rest: TensorLike[]) => unknown): F {
  Object.defineProperty(f, 'name', { value: primitive.name });
  return Object.assign(f, { primitive }) as F;
}

/** Takes one operand and looks at no other, so that `xs.map(sin)` works although `map` passes the index too. */
function ofOne<F>(primitive: Primitive): F {
  const onNumber = primitive.scalar as (x: number) => number | boolean;
  return named<F>(primitive, (x) => (typeof x === 'number' ? onNumber(x) : apply(primitive, [x])));
}

function ofTwo<F>(primitive: Primitive): F {
  const onNumbers = primitive.scalar as (x: number, y: number) => number | boolean;
  return named<F>(primitive, (x, y, ...rest) =>
    typeof x === 'number' && typeof y === 'number' && rest.length === 0
      ? onNumbers(x, y)
      : apply(primitive, [x, y, ...rest]),
  );
}

export const unaryFunction = (primitive: Primitive): UnaryFunction => ofOne<UnaryFunction>(primitive);
export const binaryFunction = (primitive: Primitive): BinaryFunction => ofTwo<BinaryFunction>(primitive);
export const unaryPredicate = (primitive: Primitive): UnaryPredicate => ofOne<UnaryPredicate>(primitive);
export const binaryPredicate = (primitive: Primitive): BinaryPredicate => ofTwo<BinaryPredicate>(primitive);

/** A result type for functions that choose a dtype: floats stay, everything else becomes float64. */
export const floatType = (dtype: DType): DType => (dtype === 'float32' ? 'float32' : 'float64');
