import { notLinear, type Primitive } from '../program/primitive.ts';
import { DtypeError, ShapeError } from '../tensor/errors.ts';
import { type Shape, shapesEqual, showShape, sizeOf } from '../tensor/shape.ts';
import { type Aval, DenseTensor, type Tensor } from '../tensor/tensor.ts';
import { bind } from '../trace/trace.ts';
import { elementwiseBatch } from './elementwise.ts';

/** One mixing step: (x, y) becomes (x + y, rotate(y) xor (x + y)); the sum is already in x. */
const mix = (x: number, y: number, turn: number): number => ((y << turn) | (y >>> (32 - turn))) ^ x;

/**
 * Threefry-2x32 with 20 rounds: two 32-bit words scrambled under a key of two words, written to `out[0]` and `out[1]`.
 * J. Salmon, M. Moraes, R. Dror, D. Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC11, section 3.3.
 */
function threefryBlock(k0: number, k1: number, c0: number, c1: number, out: Int32Array): void {
  let [a, b, c] = [k0 | 0, k1 | 0, k0 ^ k1 ^ 0x1bd11bda];
  let x = (c0 + a) | 0;
  let y = (c1 + b) | 0;
  for (let group = 1; group <= 5; group++) {
    const even = group % 2 === 0;
    x = (x + y) | 0;
    y = mix(x, y, even ? 17 : 13);
    x = (x + y) | 0;
    y = mix(x, y, even ? 29 : 15);
    x = (x + y) | 0;
    y = mix(x, y, even ? 16 : 26);
    x = (x + y) | 0;
    y = mix(x, y, even ? 24 : 6);
    const first = a;
    a = b;
    b = c;
    c = first;
    x = (x + a) | 0;
    y = (y + b + group) | 0;
  }
  out[0] = x;
  out[1] = y;
}

function commonShape(inputs: readonly Aval[]): Shape {
  if (inputs.length !== 4) throw new ShapeError(`threefry2x32 takes 2 key and 2 counter words; got ${inputs.length}`);
  const shape = inputs.find((x) => x.shape.length > 0)?.shape ?? [];
  for (const x of inputs) {
    if (x.dtype !== 'uint32') throw new DtypeError(`threefry2x32 takes uint32 words; got ${x.dtype}`);
    if (x.shape.length > 0 && !shapesEqual(x.shape, shape)) {
      throw new ShapeError(`threefry2x32: words of shapes ${inputs.map((w) => showShape(w.shape)).join(', ')} differ`);
    }
  }
  return shape;
}

/** threefry2x32(key word 0, key word 1, counter word 0, counter word 1): two scrambled words, elementwise, uint32. */
export const threefryPrimitive: Primitive = {
  name: 'threefry2x32',
  taylor: 'constant',
  interval: 'points',
  shape: (inputs) => {
    const shape = commonShape(inputs);
    return [0, 1].map(() => ({ shape, dtype: 'uint32', weak: false }));
  },
  evaluate: (inputs) => {
    const shape = commonShape(inputs);
    const size = sizeOf(shape);
    const [a, b] = [new Uint32Array(size), new Uint32Array(size)];
    const block = new Int32Array(2);
    const [k0, k1, c0, c1] = inputs.map((x) => x.data);
    const [i0, i1, i2, i3] = inputs.map((x) => (x.shape.length === 0 ? 0 : 1));
    for (let i = 0; i < size; i++) {
      threefryBlock(k0[i * i0], k1[i * i1], c0[i * i2], c1[i * i3], block);
      a[i] = block[0];
      b[i] = block[1];
    }
    return [new DenseTensor(a, shape, 'uint32'), new DenseTensor(b, shape, 'uint32')];
  },
  jvp: () => [null, null],
  transpose: notLinear,
  batch: elementwiseBatch(() => threefryPrimitive),
  tex: { declined: 'random bits have no formula' },
  samples: { declined: 'random bits are compared with published ones' },
};

/** The pair of words that `counter` becomes under `key`; shapes equal or scalar. */
export const threefry2x32 = (
  key: readonly [Tensor, Tensor],
  counter: readonly [Tensor, Tensor],
): readonly [Tensor, Tensor] => bind(threefryPrimitive, [...key, ...counter]) as [Tensor, Tensor];
