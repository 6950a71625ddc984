import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Buffer, bytesOf, viewOf, wholeOf } from '../../src/compile/expressions.ts';
import { fuse } from '../../src/compile/fuse.ts';
import { type Fused, type Kernel, type Kernels, walk } from '../../src/compile/kernel.ts';
import { type MemoryPlan, type Placed, plan } from '../../src/compile/plan.ts';
import { detectFeatures } from '../../src/compile/wasm/features.ts';
import { zeros } from '../../src/tensor/tensor.ts';
import { valueAndGrad } from '../../src/transforms/grad.ts';
import { makeProgram } from '../../src/transforms/jit.ts';
import { simplifyProgram } from '../../src/transforms/simplify.ts';
import { allSteps, inputShapes, randomFunction } from './random-program.ts';

/**
 * Runs kernels without computing anything: memory holds, for every 4 bytes, the buffer that was last written there. What a
 * kernel reads must still be there. Bodies run three times, as rounds of a loop do. Returns what was found overwritten.
 */
function overwritten({ inputs, kernels, results }: Fused, address: (buffer: Buffer) => number): string[] {
  const memory = new Map<number, Buffer>();
  const wrong: string[] = [];
  const words = (buffer: Buffer): number[] => {
    const from = address(buffer);
    const count = Math.ceil((buffer.elements * bytesOf[buffer.dtype]) / 4);
    return Array.from({ length: count }, (_, i) => from + 4 * i);
  };
  const write = (given: Buffer): void => {
    const buffer = wholeOf(given);
    for (const at of words(buffer)) memory.set(at, buffer);
  };
  const read = (given: Buffer, what: string): void => {
    const buffer = wholeOf(given);
    if (words(buffer).some((at) => memory.get(at) !== buffer)) wrong.push(what);
  };
  const run = (list: Kernels): void => {
    for (const kernel of list) {
      const { name, reads, writes, scratch, bodies } = kernel;
      for (const { buffer } of reads) if (name !== 'address') read(buffer, `${name} reads`);
      for (const buffer of scratch) write(buffer);
      for (const { buffer } of writes) write(buffer);
      if (bodies.length > 0) for (let round = 0; round < 3; round++) bodies.forEach(run);
      for (const { buffer } of writes) write(buffer);
    }
  };
  const given = (list: Kernels): Buffer[] =>
    list.flatMap((k) => [...(k.data ? k.writes.map((v) => v.buffer) : []), ...k.bodies.flatMap(given)]);
  for (const buffer of [...inputs, ...given(kernels)]) write(buffer);
  run(kernels);
  for (const buffer of results) read(buffer, 'a result');
  return wrong;
}

/** Pairs of buffers that are needed at the same time and overlap, unless a kernel says that its result may lie on its operand. */
function overlaps({ kernels }: Fused, { placed }: MemoryPlan): string[] {
  const all: Kernel[] = [];
  walk(kernels, (k) => all.push(k));
  const follows = (later: Placed, earlier: Placed): boolean =>
    later.from === earlier.to &&
    all[later.from]?.overlays.some(([w, r]) => w === later.buffer && r === earlier.buffer) === true;
  return placed.flatMap((p, i) =>
    placed.slice(i + 1).flatMap((q) => {
      const together = p.from <= q.to && q.from <= p.to;
      const apart = p.address + p.bytes <= q.address || q.address + q.bytes <= p.address;
      return together && !apart && !follows(p, q) && !follows(q, p) ? [`${p.address} and ${q.address}`] : [];
    }),
  );
}

const features = detectFeatures();
const choice = fc.tuple(fc.nat(1000), fc.nat(1000), fc.nat(1000), fc.nat(1000));
const inputs = [zeros(inputShapes.matrix), zeros(inputShapes.vector), zeros([])];

describe('plan', () => {
  it('keeps what is needed: nothing that live buffers hold is overwritten, in random Programs with loops and gradients', () => {
    let saved = 0;
    let caught = 0;
    let bodies = 0;
    fc.assert(
      fc.property(
        fc.array(choice, { minLength: 2, maxLength: 10 }),
        fc.boolean(),
        fc.constantFrom(1, 2),
        (choices, withGradient, threads) => {
          const f = randomFunction(choices, allSteps);
          const g = withGradient ? valueAndGrad(f as never, { argnums: [0, 1, 2] }) : f;
          const program = simplifyProgram(makeProgram(g as (...args: unknown[]) => unknown)(...inputs));
          const donated = withGradient && program.outputs.length === 4 ? [undefined, 0, 1, undefined] : [];
          const fused = fuse(program, { features, threads, threshold: 64 }, donated);
          const memory = plan(fused);
          expect(overlaps(fused, memory)).toEqual([]);
          expect(overwritten(fused, memory.address)).toEqual([]);
          expect(Math.max(...memory.placed.map((p) => p.address + p.bytes))).toBe(memory.bytes);
          if (memory.block !== undefined) expect(memory.block % 64).toBe(0);
          for (const p of memory.placed) expect(p.address % 16).toBe(0);
          saved += memory.planned - memory.bytes;
          bodies += fused.kernels.filter((k) => k.bodies.length > 0).length;
          // and this would be seen: a place too few, for any two buffers that are needed together
          const wrong = (buffer: Buffer): number => (fused.inputs.includes(buffer) ? memory.address(buffer) : 64);
          if (overwritten(fused, wrong).length > 0) caught++;
        },
      ),
      { numRuns: 40, seed: 20261122 },
    );
    expect(saved).toBeGreaterThan(0);
    expect(bodies).toBeGreaterThan(10);
    expect(caught).toBeGreaterThan(20);
  });

  const buffer = (elements = 4): Buffer => ({ dtype: 'float64', elements, equation: undefined });
  const kernel = (
    parts: Partial<Record<'reads' | 'writes' | 'scratch', readonly Buffer[]>>,
    bodies: Kernels[] = [],
    overlays: Kernel['overlays'] = [],
  ) => {
    const views = (list: readonly Buffer[] = []) => list.map((b) => viewOf(b, [b.elements]));
    const { reads, writes, scratch = [] } = parts;
    const made: Kernel = {
      name: 'made',
      line: undefined,
      equation: undefined,
      reads: views(reads),
      writes: views(writes),
      scratch,
      overlays,
      shared: false,
      bodies,
      write: () => {},
    };
    return made;
  };
  const [x, a, b, c, y] = [buffer(), buffer(), buffer(), buffer(), buffer()] as [
    Buffer,
    Buffer,
    Buffer,
    Buffer,
    Buffer,
  ];

  it('uses a place again after the last kernel that reads it, but not for what that kernel writes', () => {
    const steps = [
      [x, a],
      [a, b],
      [b, c],
      [c, y],
    ] as const;
    const { address, bytes, planned, placed } = plan({
      inputs: [x],
      kernels: steps.map(([from, to]) => kernel({ reads: [from], writes: [to] })),
      results: [y],
    });
    expect([x, a, b, c, y].map(address)).toEqual([16, 48, 80, 48, 80]);
    expect([bytes, planned]).toEqual([112, 160]);
    expect(placed.map(({ from, to }) => [from, to])).toEqual([
      [-1, Number.POSITIVE_INFINITY],
      [0, 1],
      [1, 2],
      [2, 3],
      [3, Number.POSITIVE_INFINITY],
    ]);
  });

  it('lays the result of an elementwise kernel on an operand that ends there, and on no other', () => {
    const [first, second] = [kernel({ reads: [x], writes: [a] }), kernel({ reads: [a], writes: [b] }, [], [[b, a]])];
    const over = plan({ inputs: [x], kernels: [first, second], results: [b] });
    expect(over.address(b)).toBe(over.address(a));
    expect(over.bytes).toBe(80);
    // the operand is read again, or is a result
    const again = plan({ inputs: [x], kernels: [first, second, kernel({ reads: [a] })], results: [b] });
    expect(again.address(b)).not.toBe(again.address(a));
    const both = plan({ inputs: [x], kernels: [first, second], results: [a, b] });
    expect(both.address(b)).not.toBe(both.address(a));
    // in a round, last or not, an operand that the next one reads
    const overlaid = kernel({ reads: [a], writes: [b] }, [], [[b, a]]);
    for (const round of [[overlaid], [overlaid, kernel({ reads: [b] })]]) {
      const loop = plan({ inputs: [x], kernels: [first, kernel({}, [round])], results: [] });
      expect(loop.address(b)).not.toBe(loop.address(a));
    }
  });

  it('keeps what a round reads for all rounds, and what it writes for itself until it was read', () => {
    // a is made before the loop and read in it; b and c live in a round
    const round = [kernel({ reads: [a], writes: [b] }), kernel({ reads: [b], writes: [c] }), kernel({ reads: [c, x] })];
    const loop = [kernel({ reads: [x], writes: [a] }), kernel({}, [round]), kernel({ reads: [x], writes: [y] })];
    const { address, placed } = plan({ inputs: [x], kernels: loop, results: [y] });
    const life = (of: Buffer) => placed.filter((p) => p.buffer === of).map(({ from, to }) => [from, to]);
    expect([life(a), life(b), life(c)]).toEqual([[[0, 4]], [[2, 3]], [[3, 4]]]);
    expect(new Set([x, a, b, c].map(address)).size).toBe(4);
    expect(address(y)).toBe(address(a));
  });

  it('gives what is named in two bodies of a loop, or in it and after it, all of the loop; branches share places', () => {
    const branches = [
      [kernel({ writes: [a] }), kernel({ reads: [a] })],
      [kernel({ writes: [b] }), kernel({ reads: [b] })],
    ];
    const apart = plan({ inputs: [], kernels: [kernel({}, branches)], results: [] });
    expect(apart.address(a)).toBe(apart.address(b));
    const crossing = [[kernel({ writes: [a] })], [kernel({ writes: [b] }), kernel({ reads: [a, c] })]];
    const { placed } = plan({ inputs: [], kernels: [kernel({}, crossing), kernel({ reads: [c] })], results: [] });
    const life = (of: Buffer) => placed.filter((p) => p.buffer === of).map(({ from, to }) => [from, to]);
    expect([life(a), life(b), life(c)]).toEqual([[[0, 3]], [[2, 2]], [[0, 4]]]);
  });

  it('finds a part where the buffer is, gives results without kernels a place, and threads words of their own', () => {
    const part: Buffer = { ...a, part: { of: a, address: { type: 'scalar', dtype: 'int32', shape: [] } } };
    const kernels = [kernel({ writes: [a] }), { ...kernel({ reads: [part], scratch: [b] }), shared: true }];
    const { address, block, bytes } = plan({ inputs: [], kernels, results: [y], threads: 2 });
    expect(address(part)).toBe(address(a));
    expect(address(y) + 32).toBeLessThanOrEqual(bytes);
    expect(block).toBeGreaterThan(0);
  });
});
