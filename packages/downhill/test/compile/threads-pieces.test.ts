import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutPieces, type Pieces, pieceCount, pieceRange } from '../../src/compile/threads/pieces.ts';
import { ModuleBuilder } from '../../src/compile/wasm/assembler.ts';
import { webAssembly } from '../../src/compile/wasm/engine.ts';

type Range = [start: number, stop: number];

/** Where the pieces of every thread's share start and stop, as the module computes it. */
function ranges(pieces: Pieces): Range[][] {
  const { threads } = pieces;
  const module = new ModuleBuilder();
  module.function(
    'count',
    ['i32'],
    ['i32'],
    (f, share) => [pieceCount(f.constant('i32', pieces.steps), f.constant('i32', pieces.stages), threads, share)],
    { export: true },
  );
  module.function(
    'range',
    ['i32', 'i32'],
    ['i32', 'i32'],
    (f, share, piece) => {
      const { start, stop } = pieceRange(f, pieces, share, piece);
      return [start, stop];
    },
    { export: true },
  );
  const engine = webAssembly();
  const { exports } = new engine.Instance(new engine.Module(module.toBinary() as never));
  const count = exports.count as unknown as (share: number) => number;
  const range = exports.range as unknown as (share: number, piece: number) => Range;
  return Array.from({ length: threads }, (_, share) =>
    Array.from({ length: count(share) }, (_, piece): Range => [...range(share, piece)]),
  );
}

/** When each thread is done that begins when `late` says, takes its own share and then pieces of the others'. */
function finish(shares: Range[][], late: readonly number[]): number[] {
  const queues = shares.map((pieces) => [...pieces]);
  const busy = [...late];
  for (;;) {
    const thread = busy.indexOf(Math.min(...busy));
    const turns = queues.map((_, k) => queues[(thread + k) % queues.length] as Range[]);
    const [piece] = (turns.find((queue) => queue.length > 0) ?? []).splice(0, 1);
    if (!piece) return busy;
    busy[thread] = (busy[thread] as number) + piece[1] - piece[0];
  }
}

describe('pieces of a task', () => {
  it('cover all units once, share after share and in order, at multiples', () => {
    const argument = fc.record({
      units: fc.integer({ min: 1, max: 3000 }),
      threads: fc.integer({ min: 2, max: 8 }),
      multiple: fc.constantFrom(1, 2, 4),
      least: fc.integer({ min: 0, max: 50 }),
    });
    fc.assert(
      fc.property(argument, ({ units, threads, multiple, least }) => {
        const found = ranges(cutPieces(units, threads, multiple, least)).flat();
        let next = 0;
        for (const [start, stop] of found) {
          expect(start).toBe(next);
          expect(start % multiple).toBe(0);
          expect(stop).toBeGreaterThan(start);
          expect(Math.min(stop, units) - start).toBeGreaterThanOrEqual(Math.min(least, units - start));
          next = stop;
        }
        expect(next).toBeGreaterThanOrEqual(units);
        expect(found.at(-1)?.[0]).toBeLessThan(units);
      }),
      { numRuns: 60 },
    );
  });

  it('stay within 32 bits for as many units and threads as there can be', () => {
    const units = 2 ** 30;
    const found = ranges(cutPieces(units, 64, 1, 1)).flat();
    expect(found[0]?.[0]).toBe(0);
    found.slice(1).forEach(([start], i) => expect(start).toBe(found[i]?.[1]));
    expect(found.at(-1)?.[1]).toBe(units);
  });

  it('are large first and small last, and all threads are done at nearly the same time', () => {
    for (const threads of [2, 3, 4, 8]) {
      for (const units of [64, 101, 1000]) {
        const shares = ranges(cutPieces(units, threads, 1, 1));
        const sizes = shares.map((share) => share.map(([start, stop]) => stop - start));
        for (const share of sizes) {
          expect(share.length).toBeLessThan(8 + Math.log2(units));
          expect(share).toEqual([...share].sort((x, y) => y - x));
          expect(share.at(-1)).toBe(1);
        }
        const busy = finish(shares, new Array(threads).fill(0));
        expect(Math.max(...busy)).toBeLessThanOrEqual(Math.ceil(units / threads));
      }
    }
  });

  it('a late thread leaves much of its share to the others', () => {
    const shares = ranges(cutPieces(1000, 2, 1, 1));
    // the second comes when the first has done a third of all the work, and nobody waits for more than a small piece
    const busy = finish(shares, [0, 333]);
    expect((busy[0] as number) + (busy[1] as number)).toBe(1333);
    expect(Math.max(...busy)).toBeLessThanOrEqual(1333 / 2 + 1);
    // one that never comes leaves all of it
    expect(finish(shares, [0, 1e9])).toEqual([1000, 1e9]);
  });
});
