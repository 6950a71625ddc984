import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Tensor, tensor, zeros } from '../../src/index.ts';
import {
  decodeSafetensors,
  decodeSnapshot,
  encodeSafetensors,
  encodeSnapshot,
  FormatError,
} from '../../src/nn/index.ts';
import { scalar } from '../../src/tensor/tensor.ts';

const tree = {
  weights: [tensor(new Float32Array([1, -0, Number.NaN, Infinity, 5e-42, 6]), { shape: [2, 3] }), zeros([0, 2])],
  count: 3,
  flag: true,
  counts: tensor(Int32Array.of(-1, 2)),
  key: tensor(Uint32Array.of(4294967295, 1)),
  mask: tensor([true, false]),
  weak: scalar(0.1, 'float32', true),
  nothing: null,
};
const facts = { step: 7, loss: Number.NaN, best: -Infinity, zero: -0, list: [1.1, { a: 'é' }] };
const bytes = encodeSnapshot({ tree, facts });

describe('safetensors', () => {
  it('hold every dtype bit for bit, with the header that other software reads', () => {
    const file = encodeSafetensors(
      new Map([
        ['w', tensor(new Float32Array([1, 2]))],
        ['b', tensor([0.1])],
      ]),
      { who: 'x' },
    );
    const length = new DataView(file.buffer).getUint32(0, true);
    expect(JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length)))).toEqual({
      __metadata__: { who: 'x' },
      b: { dtype: 'F64', shape: [1], data_offsets: [0, 8] },
      w: { dtype: 'F32', shape: [2], data_offsets: [8, 16] },
    });
    expect((8 + length) % 8).toBe(0);
    const { tensors, metadata } = decodeSafetensors(file);
    expect(metadata).toEqual({ who: 'x' });
    expect(tensors.get('w')?.toArray()).toEqual([1, 2]);
    expect(tensors.get('b')?.toArray()).toEqual([0.1]);
  });

  it("read what the format's own library wrote (safetensors for Python)", () => {
    const written = [
      '00010000000000007b225f5f6d657461646174615f5f223a7b2277686f223a22707974686f6e227d2c2262223a7b22647479',
      '7065223a22463634222c227368617065223a5b315d2c22646174615f6f666673657473223a5b302c385d7d2c2277223a7b22',
      '6474797065223a22463332222c227368617065223a5b322c335d2c22646174615f6f666673657473223a5b382c33325d7d2c',
      '2269223a7b226474797065223a22493332222c227368617065223a5b325d2c22646174615f6f666673657473223a5b33322c',
      '34305d7d2c226d223a7b226474797065223a22424f4f4c222c227368617065223a5b335d2c22646174615f6f666673657473',
      '223a5b34302c34335d7d7d202020000000000000e03f0000803f0000004000004040000080400000a0400000c040ffffffff',
      '07000000010001',
    ].join('');
    const { tensors, metadata } = decodeSafetensors(Uint8Array.from(Buffer.from(written, 'hex')));
    expect(metadata).toEqual({ who: 'python' });
    expect(Object.fromEntries([...tensors].map(([name, x]) => [name, [x.dtype, x.toArray()]]))).toEqual({
      w: [
        'float32',
        [
          [1, 2, 3],
          [4, 5, 6],
        ],
      ],
      b: ['float64', [0.5]],
      m: ['bool', [true, false, true]],
      i: ['int32', [-1, 7]],
    });
  });

  it.each([
    [new Uint8Array(3), '3 bytes; the length of the header alone takes 8'],
    [new Uint8Array(8).fill(255), 'the file is cut off or is something else'],
    [withHeader('nonsense'), 'the header is not JSON'],
    [withHeader('[1]'), 'the header is not an object'],
    [withHeader('{"w":{"dtype":"F16","shape":[1],"data_offsets":[0,2]}}'), 'elements of type "F16"'],
    [withHeader('{"w":{"dtype":"F32","shape":[-1],"data_offsets":[0,2]}}'), 'no proper shape and byte range'],
    [withHeader('{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}'), 'has 4 bytes where its shape [2] needs 8'],
    [withHeader('{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}'), 'the file is cut off'],
    [withHeader('{"__metadata__":{"a":1}}'), 'holds something that is not text'],
    [withHeader('{}', 4), '4 bytes follow the last tensor'],
  ])('refuse other bytes with the reason (%#)', (given, message) => {
    expect(() => decodeSafetensors(given)).toThrow(FormatError);
    expect(() => decodeSafetensors(given)).toThrow(message);
  });
});

function withHeader(text: string, extra = 0): Uint8Array {
  const header = new TextEncoder().encode(text);
  const file = new Uint8Array(8 + header.length + extra);
  new DataView(file.buffer).setUint32(0, header.length, true);
  file.set(header, 8);
  return file;
}

describe('snapshots', () => {
  it('give back values, types and kinds of leaves', () => {
    const back = decodeSnapshot(bytes, tree);
    expect(back.facts).toEqual(facts);
    expect(Object.is((back.facts as typeof facts).zero, -0)).toBe(true);
    expect(back.tree.count).toBe(3);
    expect(back.tree.flag).toBe(true);
    expect(back.tree.nothing).toBe(null);
    expect(back.tree.weak.weak).toBe(true);
    const bits = (x: Tensor): number[] => [...new Uint8Array(x.data.buffer, x.data.byteOffset, x.data.byteLength)];
    for (const [a, b] of [
      [back.tree.weights[0], tree.weights[0]],
      [back.tree.counts, tree.counts],
      [back.tree.key, tree.key],
      [back.tree.mask, tree.mask],
    ] as [Tensor, Tensor][]) {
      expect(b.dtype).toBe(a.dtype);
      expect(bits(a)).toEqual(bits(b));
    }
  });

  it('refuse every truncation', () => {
    for (let n = 0; n < bytes.length; n++)
      expect(() => decodeSnapshot(bytes.subarray(0, n), tree)).toThrow(FormatError);
  });

  it('refuse every change of a byte', () => {
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const damaged = bytes.slice();
        damaged[at] = (damaged[at] as number) ^ change;
        expect(() => decodeSnapshot(damaged, tree)).toThrow(FormatError);
      }),
      { numRuns: 500 },
    );
  });

  it('refuse another model by the parameter that differs', () => {
    const { mask: _, ...less } = tree;
    expect(() => decodeSnapshot(bytes, less as never)).toThrow('it has .mask, which this one has not');
    expect(() => decodeSnapshot(bytes, { ...tree, more: 1 })).toThrow('it lacks .more');
    expect(() => decodeSnapshot(bytes, { ...tree, counts: zeros([3]) })).toThrow(
      '.counts is int32[2], where this model has float64[3]',
    );
  });
});
