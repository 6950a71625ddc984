import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutPieces, type Pieces, pieceRange } from '../../src/compile/threads/pieces.ts';
import { ModuleBuilder } from '../../src/compile/wasm/assembler.ts';
import { webAssembly } from '../../src/compile/wasm/engine.ts';

/** Where the pieces start and stop, as the module computes it. */
function ranges(pieces: Pieces): [start: number, stop: number][] {
  const module = new ModuleBuilder();
  module.function(
    'range',
    ['i32'],
    ['i32', 'i32'],
    (f, piece) => {
      const { start, stop } = pieceRange(f, pieces, piece);
      return [start, stop];
    },
    { export: true },
  );
  const engine = webAssembly();
  const { exports } = new engine.Instance(new engine.Module(module.toBinary() as never));
  const range = exports.range as unknown as (piece: number) => [number, number];
  return Array.from({ length: pieces.count }, (_, piece) => [...range(piece)]);
}

describe('pieces of a task', () => {
  it('cover all units once, in order, at multiples', () => {
    const argument = fc.record({
      units: fc.integer({ min: 1, max: 3000 }),
      threads: fc.integer({ min: 2, max: 8 }),
      multiple: fc.constantFrom(1, 2, 4),
      least: fc.integer({ min: 0, max: 50 }),
    });
    fc.assert(
      fc.property(argument, ({ units, threads, multiple, least }) => {
        const found = ranges(cutPieces(units, threads, multiple, least));
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

  it('are large first and small last, so that whoever takes them by turns is done at nearly the same time', () => {
    for (const threads of [2, 3, 4, 8]) {
      for (const units of [64, 101, 1000]) {
        const sizes = ranges(cutPieces(units, threads, 1, 1)).map(([start, stop]) => stop - start);
        expect(sizes.length).toBeLessThan(threads * (8 + Math.log2(units)));
        expect(sizes.at(-1)).toBe(1);
        const busy = new Array<number>(threads).fill(0);
        for (const size of sizes) busy[busy.indexOf(Math.min(...busy))] += size;
        expect(Math.max(...busy)).toBeLessThanOrEqual(units / threads + 1);
      }
    }
  });

  it('a late thread leaves its share to the others', () => {
    const sizes = ranges(cutPieces(1000, 2, 1, 1)).map(([start, stop]) => stop - start);
    // the second comes when the first has done a third of all the work
    const busy = [0, 333];
    for (const size of sizes) busy[busy.indexOf(Math.min(...busy))] += size;
    expect(Math.max(...busy)).toBeLessThanOrEqual((1000 + 333) / 2 + 1);
  });
});
