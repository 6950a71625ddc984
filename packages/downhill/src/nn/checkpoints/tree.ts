import { ArgumentError } from '../../tensor/errors.ts';
import { showShape } from '../../tensor/shape.ts';
import { asTensor, DenseTensor, scalar, Tensor } from '../../tensor/tensor.ts';
import { flatten, type Leaf, showPath, unflatten } from '../../tensor/tree.ts';
import { crc32 } from './crc32.ts';
import { decodeSafetensors, encodeSafetensors, FormatError } from './safetensors.ts';

/** A tree of parameters and state with the facts that go with it, as one file. */
export interface Snapshot<T> {
  readonly tree: T;
  /** Anything JSON can hold. */
  readonly facts: unknown;
}

/** JSON has neither NaN nor infinities nor a negative zero. */
const writeNumber = (_key: string, value: unknown): unknown =>
  typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0))
    ? { $number: Object.is(value, -0) ? '-0' : String(value) }
    : value;
const readNumber = (_key: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && '$number' in value ? Number(value.$number) : value;

const noSum = '00000000';
const metadataKey = 'downhill';
/** What a leaf was, since all leaves are stored as tensors: kept so that a resumed run has the same types throughout. */
type LeafKind = 'tensor' | 'weak' | 'number' | 'boolean';

const kindOf = (x: Leaf): LeafKind =>
  x instanceof Tensor ? (x.weak ? 'weak' : 'tensor') : (typeof x as 'number' | 'boolean');

/**
 * A snapshot as safetensors: the leaves of the tree under their paths, the facts as JSON in the metadata, with a CRC-32 of
 * the whole. One file, so that it is there as a whole or not at all.
 */
export function encodeSnapshot<T>({ tree, facts }: Snapshot<T>): Uint8Array {
  const { leaves, paths } = flatten(tree, 'the snapshot');
  const tensors = new Map(leaves.map((x, i) => [showPath(paths[i] ?? []), asTensor(x)]));
  const kinds = leaves.map(kindOf);
  const document = JSON.stringify({ kinds, facts }, writeNumber);
  const bytes = encodeSafetensors(tensors, { crc32: noSum, [metadataKey]: document });
  const sum = new TextEncoder().encode(crc32(bytes).toString(16).padStart(8, '0'));
  bytes.set(sum, placeOfSum(bytes));
  return bytes;
}

/** The place of the eight digits of the sum; the metadata opens the header with it. */
function placeOfSum(bytes: Uint8Array): number {
  const head = new TextEncoder().encode('{"__metadata__":{"crc32":"');
  if (head.some((byte, i) => bytes[8 + i] !== byte)) {
    throw new FormatError(
      'checkpoint: it has no checksum where checkpoints have it, so it is no checkpoint or is corrupt',
    );
  }
  return 8 + head.length;
}

/**
 * Reads a snapshot into the structure of `like`, whose shapes and dtypes it must have.
 * @throws FormatError for bytes that are cut off or changed, with the reason; ArgumentError for a snapshot of another model.
 */
export function decodeSnapshot<T>(bytes: Uint8Array, like: T): Snapshot<T> {
  const { tensors, metadata } = decodeSafetensors(bytes);
  const place = placeOfSum(bytes);
  const stored = new TextDecoder().decode(bytes.subarray(place, place + 8));
  const rest = new TextEncoder().encode(noSum);
  const sum = crc32(bytes.subarray(0, place), rest, bytes.subarray(place + 8))
    .toString(16)
    .padStart(8, '0');
  if (stored !== sum) {
    throw new FormatError(`checkpoint: its checksum is ${sum}, and ${stored} was written; some byte has changed`);
  }
  const document = metadata[metadataKey];
  if (document === undefined) throw new FormatError('checkpoint: the tensors have no state beside them');
  const { kinds, facts } = JSON.parse(document, readNumber) as { kinds: LeafKind[]; facts: unknown };
  const { leaves, paths, def } = flatten(like, 'the model');
  const names = paths.map((path) => showPath(path));
  const extra = [...tensors.keys()].find((name) => !names.includes(name));
  if (extra !== undefined || tensors.size !== names.length) {
    const missing = names.find((name) => !tensors.has(name));
    throw new ArgumentError(
      `checkpoint: it belongs to another model: ${extra === undefined ? `it lacks ${missing}` : `it has ${extra}, which this one has not`}`,
    );
  }
  const restored = leaves.map((leaf, i) => {
    const name = names[i] as string;
    const x = tensors.get(name) as Tensor;
    const wanted = asTensor(leaf);
    if (showShape(x.shape) !== showShape(wanted.shape) || x.dtype !== wanted.dtype) {
      throw new ArgumentError(
        `checkpoint: ${name} is ${x.dtype}${showShape(x.shape)}, where this model has ${wanted.dtype}${showShape(wanted.shape)}`,
      );
    }
    return restoreLeaf(x, kinds[i] as LeafKind);
  });
  return { tree: unflatten(def, restored) as T, facts };
}

function restoreLeaf(x: Tensor, kind: LeafKind): Leaf {
  switch (kind) {
    case 'number':
      return x.data[0] as number;
    case 'boolean':
      return x.data[0] !== 0;
    case 'weak':
      return x.rank === 0
        ? scalar(x.data[0] as number, x.dtype, true)
        : new DenseTensor(x.data, x.shape, x.dtype, true);
    case 'tensor':
      return x;
  }
}
