import { allocate, castScalar, type DType, dtypeOf, isFloat, type TypedArray } from './dtype.ts';
import { ArgumentError, DonatedError, DtypeError, OperatorError, ShapeError } from './errors.ts';
import { checkOptions } from './options.ts';
import { formatTensor } from './print.ts';
import { checkShape, type Shape, shapesEqual, showShape, sizeOf } from './shape.ts';

/** Nested arrays of numbers or booleans, as deep as the tensor has axes. */
export type NestedArray = readonly (number | boolean | NestedArray)[];

/** Whatever can stand for a tensor in a call. */
export type TensorLike = Tensor | number | boolean | NestedArray;

/** What `toArray` gives back: a number or boolean for a scalar, nested arrays otherwise. */
export type ArrayValue = number | boolean | ArrayValue[];

/** Shape, dtype and weakness: all that is known of a value before it exists. */
export interface Aval {
  readonly shape: Shape;
  readonly dtype: DType;
  /** True when the value comes from JavaScript numbers alone, so that it gives way to the dtype of a tensor. */
  readonly weak: boolean;
}

/**
 * An immutable n-dimensional array, or (while a function is being traced) the promise of one. Every function of Downhill
 * accepts both alike. Operators of plain JavaScript do not work on tensors outside transformed code and say so.
 */
export abstract class Tensor implements Aval {
  abstract readonly shape: Shape;
  abstract readonly dtype: DType;
  abstract readonly weak: boolean;

  /**
   * The elements in row-major order, without a copy. The array belongs to the tensor: read it, do not write to it.
   * @throws ConcretizationError for a traced tensor whose value does not exist yet.
   */
  abstract get data(): TypedArray;

  get rank(): number {
    return this.shape.length;
  }

  get size(): number {
    return sizeOf(this.shape);
  }

  /** The single element of a tensor of size 1, as a JavaScript number (0 or 1 for bool). */
  item(): number {
    if (this.size !== 1) {
      throw new ShapeError(`item() needs exactly one element; this tensor has shape ${showShape(this.shape)}`);
    }
    return this.data[0] as number;
  }

  /** The elements as nested JavaScript arrays; a scalar gives a number, bool gives booleans. */
  toArray(): ArrayValue {
    const { data, shape, dtype } = this;
    let offset = 0;
    const build = (axis: number): ArrayValue => {
      if (axis === shape.length) {
        const element = data[offset++] as number;
        return dtype === 'bool' ? element !== 0 : element;
      }
      return Array.from({ length: shape[axis] as number }, () => build(axis + 1));
    };
    return build(0);
  }

  toString(): string {
    return formatTensor(this);
  }

  toJSON(): { dtype: DType; shape: Shape; data: (number | string)[] } {
    const data = Array.from(this.data, (v) => (Number.isFinite(v) ? v : String(v)));
    return { dtype: this.dtype, shape: this.shape, data };
  }

  [Symbol.toPrimitive](hint: string): string {
    if (hint === 'string') return this.toString();
    throw new OperatorError(operatorMessage(this));
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}

function operatorMessage(x: Tensor): string {
  const what = `${x.dtype}${showShape(x.shape)} tensor`;
  const line = userLine();
  return (
    `a JavaScript operator or Math function was applied to a ${what}${line ? ` at ${line}` : ''}, where it has no meaning. ` +
    'Three ways on: call the function instead (add, mul, sin, greater, where, … or x.mul(y)); ' +
    'put "use math" at the top of the function and build it with downhill-transform; ' +
    'or give the transform a self-contained function, which is then lifted from its source.'
  );
}

/**
 * Where frames of this library lie: in its sources, to which source maps lead, and what is built of them. In somebody
 * else's bundle it is that file; in one that is not a module no frame can be told apart.
 */
const ownPlaces = ['src/', 'dist/'].map((folder) =>
  ((import.meta.url as string | undefined) ?? '')
    .replace('file://', '')
    .replace(/(src|dist)\/(tensor|node\/chunks)\/[^/]*$/, folder),
);

/** True for a stack frame inside this library or the runtime. */
export const isOwnFrame = (frame: string): boolean =>
  ownPlaces.some((place) => place !== '' && frame.includes(place)) ||
  frame.includes('node:internal') ||
  frame.includes('(native)') ||
  frame.includes('<anonymous>)');

/** `file:line:column` of the innermost stack frame outside the library, or `undefined` when the stack does not say. */
export function userLine(stack = `${new Error().stack}`): string | undefined {
  for (const frame of stack.split('\n')) {
    const at = /(?:at .*?\(?|@)((?:file:\/\/|https?:\/\/|\/|[A-Za-z]:\\)[^()]*:\d+:\d+)\)?$/.exec(frame);
    if (at && !isOwnFrame(frame)) return (at[1] as string).replace('file://', '');
  }
  return undefined;
}

/** A tensor whose elements exist: in an array of its own, or in the memory of the program that computed them. */
export class DenseTensor extends Tensor {
  override readonly shape: Shape;
  override readonly dtype: DType;
  override readonly weak: boolean;
  #data: TypedArray | (() => TypedArray) | undefined;
  #donatedTo = '';

  /** @param data the elements, or what reads them when they are first wanted. */
  constructor(data: TypedArray | (() => TypedArray), shape: Shape, dtype: DType, weak = false) {
    super();
    this.#data = data;
    this.shape = shape;
    this.dtype = dtype;
    this.weak = weak;
  }

  /** @throws DonatedError when the elements were given away to a jitted function. */
  override get data(): TypedArray {
    const data = this.#data;
    if (typeof data === 'function') {
      this.#data = data();
      return this.#data;
    }
    if (data) return data;
    throw new DonatedError(
      `this ${this.dtype}${showShape(this.shape)} tensor was donated to ${this.#donatedTo}, which used its memory for its results; ` +
        'go on with those, or leave the argument out of `donate` to keep the tensor',
    );
  }

  /** Gives the elements up: from now on reading them is an error that names `owner`. */
  donate(owner: string): void {
    this.#data = undefined;
    this.#donatedTo = owner;
  }

  get isDonated(): boolean {
    return this.#data === undefined;
  }
}

export interface TensorOptions {
  /** Element type; default float64 for numbers and arrays, bool for booleans, the array's own for typed arrays. */
  readonly dtype?: DType;
  /** Shape; default that of the nesting, or one axis for a typed array. */
  readonly shape?: readonly number[];
}

function filledShape(shape: readonly number[], count: number): readonly number[] {
  if (sizeOf(checkShape(shape)) !== count) {
    throw new ShapeError(`${count} elements do not fill shape ${showShape(shape)} (${sizeOf(shape)} elements)`);
  }
  return shape;
}

const isTypedArray = (x: unknown): x is TypedArray => ArrayBuffer.isView(x) && !(x instanceof DataView);

/**
 * A tensor from a number, a boolean, nested arrays or a typed array. A typed array is taken without a copy when the
 * dtype needs no conversion, so do not write to it afterwards. JavaScript numbers and arrays make float64.
 * @throws ShapeError for ragged nesting or a shape that does not hold the elements.
 * @throws DtypeError for elements that are not numbers or booleans.
 */
export function tensor(values: TensorLike | TypedArray, options: TensorOptions = {}): Tensor {
  checkOptions('tensor', options, { dtype: 1, shape: 1 });
  if (values instanceof Tensor) {
    if (options.shape && !shapesEqual(options.shape, values.shape))
      return tensor(values.data, { dtype: values.dtype, ...options });
    return options.dtype && options.dtype !== values.dtype
      ? convertData(values.data, values.shape, options.dtype)
      : values;
  }
  if (isTypedArray(values)) {
    const own = options.dtype === 'bool' && values instanceof Uint8Array ? 'bool' : dtypeOf(values);
    const shape = filledShape(options.shape ?? [values.length], values.length);
    // a bool is 0 or 1 in memory: machine code looks at its bits
    if ((options.dtype && options.dtype !== own) || (own === 'bool' && values.some((v) => v > 1)))
      return convertData(values, shape, options.dtype ?? own);
    return new DenseTensor(values, [...shape], own);
  }
  const shape: number[] = [];
  for (let level: unknown = values; Array.isArray(level); level = level[0]) {
    shape.push(level.length);
    if (level.length === 0) break;
  }
  const flat: number[] = [];
  const seen = { boolean: false, number: false };
  flattenInto(values, 0, shape, flat, seen);
  const dtype = options.dtype ?? (seen.boolean && !seen.number ? 'bool' : 'float64');
  return convertData(flat, [...filledShape(options.shape ?? shape, flat.length)], dtype);
}

function flattenInto(
  value: unknown,
  depth: number,
  shape: readonly number[],
  out: number[],
  seen: { boolean: boolean; number: boolean },
): void {
  if (Array.isArray(value)) {
    if (depth >= shape.length || value.length !== shape[depth]) {
      throw new ShapeError(
        `ragged array: ${depth >= shape.length ? 'an array stands where a number was expected' : `a row of ${value.length} where ${shape[depth]} elements were expected`} at depth ${depth}`,
      );
    }
    for (const element of value) flattenInto(element, depth + 1, shape, out, seen);
    return;
  }
  if (depth !== shape.length)
    throw new ShapeError(`ragged array: a number stands where an array was expected at depth ${depth}`);
  if (typeof value === 'number') {
    seen.number = true;
    out.push(value);
  } else if (typeof value === 'boolean') {
    seen.boolean = true;
    out.push(value ? 1 : 0);
  } else if (value instanceof Tensor && !(value instanceof DenseTensor)) {
    throw new DtypeError(
      'a traced value cannot be copied into a new tensor, which would cut its derivative; use stack([…])',
    );
  } else if (value instanceof Tensor && value.rank === 0) {
    seen.number = true;
    out.push(value.item());
  } else {
    throw new DtypeError(`a tensor holds numbers and booleans; found ${value === null ? 'null' : `a ${typeof value}`}`);
  }
}

/** A copy of elements in another dtype, each cast by `castScalar`. */
export function convertData(values: ArrayLike<number>, shape: Shape, dtype: DType, weak = false): DenseTensor {
  const data = allocate(dtype, values.length);
  if (isFloat(dtype)) data.set(values);
  else for (let i = 0; i < values.length; i++) data[i] = castScalar(values[i] as number, dtype);
  return new DenseTensor(data, shape, dtype, weak);
}

/** A rank-0 tensor. */
export function scalar(value: number | boolean, dtype?: DType, weak = false): DenseTensor {
  const type = dtype ?? (typeof value === 'boolean' ? 'bool' : 'float64');
  const data = allocate(type, 1);
  data[0] = castScalar(Number(value), type);
  return new DenseTensor(data, [], type, weak);
}

/** A tensor of one repeated value. */
export function full(shape: readonly number[], value: number | boolean, dtype?: DType): DenseTensor {
  const type = dtype ?? (typeof value === 'boolean' ? 'bool' : 'float64');
  checkShape(shape);
  return new DenseTensor(allocate(type, sizeOf(shape)).fill(castScalar(Number(value), type)), [...shape], type);
}

/** A tensor of zeros; float64 unless told. */
export const zeros = (shape: readonly number[], dtype: DType = 'float64'): DenseTensor => full(shape, 0, dtype);

/** A tensor of ones; float64 unless told. */
export const ones = (shape: readonly number[], dtype: DType = 'float64'): DenseTensor => full(shape, 1, dtype);

/**
 * Any tensor-like value as a tensor. JavaScript numbers and booleans become weak scalars.
 * @throws ArgumentError for anything else, naming what was given.
 */
export function asTensor(x: TensorLike): Tensor {
  if (x instanceof Tensor) return x;
  if (typeof x === 'number' || typeof x === 'boolean') return scalar(x, undefined, true);
  if (Array.isArray(x)) return tensor(x);
  if (isTypedArray(x)) return tensor(x);
  throw new ArgumentError(`expected a tensor, a number, a boolean or nested arrays of them; got ${describeValue(x)}`);
}

export function describeValue(x: unknown): string {
  if (x === null) return 'null';
  if (x === undefined) return 'undefined';
  if (typeof x === 'function') return `the function ${x.name || '(anonymous)'}`;
  if (typeof x === 'object') return `a ${x.constructor?.name ?? 'null-prototype object'}`;
  if (typeof x === 'string') return `the string ${JSON.stringify(x.length > 40 ? `${x.slice(0, 40)}…` : x)}`;
  return `the ${typeof x} ${String(x)}`;
}

/** What goes back to the caller: weak scalars become plain JavaScript values, everything else stays a tensor. */
export function toHost(x: Tensor): Tensor | number | boolean {
  if (!(x instanceof DenseTensor) || !x.weak || x.rank !== 0) return x;
  const value = x.data[0] as number;
  return x.dtype === 'bool' ? value !== 0 : value;
}
