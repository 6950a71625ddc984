import { allocate, type DType, type TypedArray } from '../../tensor/dtype.ts';
import { ArgumentError, DownhillError } from '../../tensor/errors.ts';
import { sizeOf } from '../../tensor/shape.ts';
import { DenseTensor, type Tensor } from '../../tensor/tensor.ts';

/** Bytes that are not what their format asks for; the message says where they fail. */
export class FormatError extends DownhillError {
  constructor(message: string) {
    super('format', message);
  }
}

const names: Readonly<Record<DType, string>> = {
  float64: 'F64',
  float32: 'F32',
  int32: 'I32',
  uint32: 'U32',
  bool: 'BOOL',
};
const dtypeOfName = new Map(Object.entries(names).map(([dtype, name]) => [name, dtype as DType]));
const bytesOf: Readonly<Record<DType, number>> = { float64: 8, float32: 4, int32: 4, uint32: 4, bool: 1 };

export interface TensorFile {
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** Texts beside the tensors (`__metadata__`). */
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Named tensors in the safetensors format: eight bytes with the length of a JSON header, the header (names with dtype,
 * shape and byte range), then the elements, little-endian, without gaps. Other software reads it too.
 */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, Tensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: metadata };
  let end = 0;
  // Wide elements first, so that every array begins at a multiple of its element.
  const entries = [...tensors].sort(([, a], [, b]) => bytesOf[b.dtype] - bytesOf[a.dtype]);
  for (const [name, x] of entries) {
    if (name === '__metadata__') throw new ArgumentError('safetensors: no tensor can be called "__metadata__"');
    const begin = end;
    end += x.size * bytesOf[x.dtype];
    header[name] = { dtype: names[x.dtype], shape: x.shape, data_offsets: [begin, end] };
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const padded = Math.ceil(text.length / 8) * 8;
  const bytes = new Uint8Array(8 + padded + end);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, padded, true);
  bytes.fill(32, 8 + text.length, 8 + padded);
  bytes.set(text, 8);
  let at = 8 + padded;
  for (const [, x] of entries) at = writeElements(view, at, x.data, x.dtype);
  return bytes;
}

function writeElements(view: DataView, at: number, data: TypedArray, dtype: DType): number {
  const width = bytesOf[dtype];
  const set = {
    float64: (i: number, v: number) => view.setFloat64(i, v, true),
    float32: (i: number, v: number) => view.setFloat32(i, v, true),
    int32: (i: number, v: number) => view.setInt32(i, v, true),
    uint32: (i: number, v: number) => view.setUint32(i, v, true),
    bool: (i: number, v: number) => view.setUint8(i, v),
  }[dtype];
  for (let i = 0; i < data.length; i++) set(at + i * width, data[i] as number);
  return at + data.length * width;
}

/**
 * Reads what `encodeSafetensors`, or other software, wrote.
 * @throws FormatError for bytes that are cut off, have a header that is not one, or ranges that do not fit the shapes.
 */
export function decodeSafetensors(bytes: Uint8Array): TensorFile {
  if (bytes.length < 8)
    throw new FormatError(`safetensors: ${bytes.length} bytes; the length of the header alone takes 8`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint32(0, true) + view.getUint32(4, true) * 2 ** 32;
  if (length > bytes.length - 8) {
    throw new FormatError(
      `safetensors: the header should have ${length} bytes, but only ${bytes.length - 8} follow; the file is cut off or is something else`,
    );
  }
  const header = parseHeader(bytes.subarray(8, 8 + length));
  const start = 8 + length;
  const metadata = readMetadata(header.__metadata__);
  const tensors = new Map<string, Tensor>();
  let used = 0;
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    const { dtype, shape, begin, end } = readEntry(name, entry);
    if (start + end > bytes.length) {
      throw new FormatError(
        `safetensors: "${name}" ends at byte ${start + end}, but there are ${bytes.length}; the file is cut off`,
      );
    }
    used = Math.max(used, end);
    tensors.set(name, new DenseTensor(readElements(view, start + begin, dtype, sizeOf(shape)), shape, dtype));
  }
  if (start + used !== bytes.length) {
    throw new FormatError(`safetensors: ${bytes.length - start - used} bytes follow the last tensor`);
  }
  return { tensors, metadata };
}

function parseHeader(bytes: Uint8Array): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw new FormatError(`safetensors: the header is not JSON (${(error as Error).message})`);
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new FormatError('safetensors: the header is not an object');
  }
  return parsed as Record<string, unknown>;
}

function readMetadata(given: unknown): Record<string, string> {
  if (given === undefined) return {};
  if (typeof given !== 'object' || given === null || Object.values(given).some((v) => typeof v !== 'string')) {
    throw new FormatError('safetensors: __metadata__ holds something that is not text');
  }
  return given as Record<string, string>;
}

const isSize = (x: unknown): x is number => Number.isSafeInteger(x) && (x as number) >= 0;

function readEntry(name: string, entry: unknown): { dtype: DType; shape: number[]; begin: number; end: number } {
  const { dtype: code, shape, data_offsets: range } = (entry ?? {}) as Record<string, unknown>;
  const dtype = typeof code === 'string' ? dtypeOfName.get(code) : undefined;
  if (dtype === undefined) {
    throw new FormatError(
      `safetensors: "${name}" has elements of type ${JSON.stringify(code)}; ${[...dtypeOfName.keys()].join(', ')} can be read`,
    );
  }
  if (
    !Array.isArray(shape) ||
    !shape.every(isSize) ||
    !Array.isArray(range) ||
    range.length !== 2 ||
    !range.every(isSize)
  ) {
    throw new FormatError(`safetensors: "${name}" has no proper shape and byte range`);
  }
  const [begin, end] = range as [number, number];
  const needed = sizeOf(shape) * bytesOf[dtype];
  if (end - begin !== needed) {
    throw new FormatError(`safetensors: "${name}" has ${end - begin} bytes where its shape [${shape}] needs ${needed}`);
  }
  return { dtype, shape, begin, end };
}

function readElements(view: DataView, at: number, dtype: DType, count: number): TypedArray {
  const data = allocate(dtype, count);
  const width = bytesOf[dtype];
  const get = {
    float64: (i: number) => view.getFloat64(i, true),
    float32: (i: number) => view.getFloat32(i, true),
    int32: (i: number) => view.getInt32(i, true),
    uint32: (i: number) => view.getUint32(i, true),
    bool: (i: number) => (view.getUint8(i) === 0 ? 0 : 1),
  }[dtype];
  for (let i = 0; i < count; i++) data[i] = get(at + i * width);
  return data;
}
