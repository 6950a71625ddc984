import { allocate, isFloat } from '../../tensor/dtype.ts';
import { ArgumentError, ShapeError } from '../../tensor/errors.ts';
import { showShape } from '../../tensor/shape.ts';
import { DenseTensor, describeValue, Tensor } from '../../tensor/tensor.ts';

/** Examples along the leading axis of both: row i of `inputs` should give row i of `targets`. */
export interface Dataset {
  readonly inputs: Tensor;
  readonly targets: Tensor;
}

/**
 * @throws ShapeError for lengths that differ, ArgumentError for no examples or values that are not finite, naming the first.
 */
export function checkDataset(name: string, { inputs, targets }: Dataset): number {
  for (const [what, x] of [
    ['inputs', inputs],
    ['targets', targets],
  ] as const) {
    if (!(x instanceof Tensor))
      throw new ArgumentError(`train: ${name}.${what} is ${describeValue(x)}; a tensor is needed`);
    if (x.rank === 0) throw new ShapeError(`train: ${name}.${what} is a scalar; examples go along the first axis`);
  }
  const [n, m] = [inputs.shape[0] as number, targets.shape[0] as number];
  if (n !== m) throw new ShapeError(`train: ${name} has ${n} inputs and ${m} targets; they must be as many`);
  if (n === 0) throw new ArgumentError(`train: ${name} holds no examples`);
  for (const [what, x] of [
    ['inputs', inputs],
    ['targets', targets],
  ] as const) {
    if (!isFloat(x.dtype)) continue;
    const bad = x.data.findIndex((v: number) => !Number.isFinite(v));
    if (bad < 0) continue;
    const place: number[] = [];
    let rest = bad;
    for (let axis = x.rank - 1; axis >= 0; axis--) {
      const size = x.shape[axis] as number;
      place.unshift(rest % size);
      rest = Math.floor(rest / size);
    }
    throw new ArgumentError(
      `train: ${name}.${what}${showShape(place)} is ${x.data[bad]}; correct such values or leave those rows out`,
    );
  }
  return n;
}

/** Slices of the leading axis, in the order of `rows`. */
export function takeRows(x: Tensor, rows: ArrayLike<number>): Tensor {
  const width = x.size / (x.shape[0] as number);
  const out = allocate(x.dtype, rows.length * width);
  const { data } = x;
  for (let i = 0; i < rows.length; i++) {
    const from = (rows[i] as number) * width;
    out.set(data.subarray(from, from + width), i * width);
  }
  return new DenseTensor(out, [rows.length, ...x.shape.slice(1)], x.dtype);
}

/** Rows from `start` up to `end`, without a copy. */
export function rowRange(x: Tensor, start: number, end: number): Tensor {
  const width = x.size / (x.shape[0] as number);
  return new DenseTensor(x.data.subarray(start * width, end * width), [end - start, ...x.shape.slice(1)], x.dtype);
}

/** Tensors one after the other along the leading axis. */
export function joinRows(parts: readonly Tensor[]): Tensor {
  const [first] = parts as readonly [Tensor];
  const rows = parts.reduce((n, x) => n + (x.shape[0] as number), 0);
  const out = allocate(
    first.dtype,
    parts.reduce((n, x) => n + x.size, 0),
  );
  let at = 0;
  for (const part of parts) {
    out.set(part.data, at);
    at += part.size;
  }
  return new DenseTensor(out, [rows, ...first.shape.slice(1)], first.dtype);
}
