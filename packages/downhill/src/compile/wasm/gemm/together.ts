import type { Features } from '../features.ts';
import type { FunctionHost, FunctionReference } from '../function.ts';
import type { Value } from '../value.ts';
import { GemmEmitter, type Places } from './gemm.ts';
import { evenly, GemmShape } from './shape.ts';
import { ADD, LAST } from './tile.ts';
import type { GemmOptions } from './types.ts';

type I32 = Value<'i32'>;

/** Packed operands of at most so many bytes at a time, unless a single block of depth is more. */
const MOST = 8 << 20;
/** Rows of a unit: a panel of B is read from the second-level cache once for all of them. */
const UNIT_ROWS = 128;
/** Units a thread, where the product is large enough. */
const MANY = 16;
/** Rows of A packed at a time: a cache line of each column. */
const PACKED_ROWS = 16;

/**
 * A product of several threads. First they pack the operands together, each block once and for all of them; then they
 * take rectangles of C. Deep products whose packed operands would be large do so in rounds, one part of k after another.
 */
export interface TogetherGemm {
  /** Addresses of A, B and C as the functions take them, for one product of the batch. */
  readonly places: (operands: readonly [I32, I32], c: I32, batch: I32) => Places;
  /** (a, b, scratch, from, start, stop): packs units of what the round that begins at k = `from` needs. */
  readonly pack: FunctionReference<readonly 'i32'[], readonly []>;
  readonly packUnits: number;
  /** Elements packed in a round. */
  readonly packed: number;
  /** (a, b, c, scratch, from, batch, start, stop, …extra): computes rectangles of C. */
  readonly multiply: FunctionReference<readonly 'i32'[], readonly []>;
  readonly units: number;
  /** Steps of k a round. */
  readonly depth: number;
  readonly rounds: number;
  /** Bytes of scratch memory that all threads share. */
  readonly scratchBytes: number;
}

/** What of it is known before any code is written. */
export type TogetherShape = Pick<
  TogetherGemm,
  'packUnits' | 'packed' | 'units' | 'depth' | 'rounds' | 'scratchBytes'
> & {
  /** Rows of a unit. */
  readonly unitRows: number;
  readonly blocksPerRound: number;
  /** Bytes of the packed operands for one block of depth. */
  readonly bytesA: number;
  readonly bytesB: number;
  /** Where packed panels of B begin in scratch memory. */
  readonly startB: number;
};

/**
 * How threads share a product, each product of a batch apart; `undefined` where nothing is packed: such a product is cut as
 * it is.
 * @param most bytes of packed operands at a time.
 */
export function togetherShape(
  features: Features,
  options: GemmOptions,
  threads: number,
  most = MOST,
): TogetherShape | undefined {
  const shape = new GemmShape(features, options);
  if (shape.algorithm !== 'packed') return undefined;
  const { packsA, packsB } = shape.choice;
  const { m, n, k } = shape.problem;
  const { rows, columns, depth, size } = shape;
  const panels = Math.ceil(n / columns);
  const width = panels * columns;
  const bytesA = packsA ? m * depth * size : 0;
  const bytesB = packsB ? width * depth * size : 0;
  const blocks = Math.ceil(k / depth);
  const blocksPerRound = Math.max(1, Math.min(blocks, Math.floor(most / (bytesA + bytesB))));
  const startB = Math.ceil((blocksPerRound * bytesA) / 64) * 64;
  let unitRows = evenly(m, rows, UNIT_ROWS);
  while (unitRows > 32 && Math.ceil(m / unitRows) * panels < MANY * threads) unitRows = evenly(m, rows, unitRows >> 1);
  const unitsA = packsA ? Math.ceil(m / PACKED_ROWS) * blocksPerRound : 0;
  const unitsB = packsB ? panels * blocksPerRound : 0;
  return {
    packUnits: unitsA + unitsB,
    packed: blocksPerRound * depth * ((packsA ? m : 0) + (packsB ? width : 0)),
    units: Math.ceil(m / unitRows) * panels,
    depth: blocksPerRound * depth,
    rounds: Math.ceil(blocks / blocksPerRound),
    scratchBytes: startB + blocksPerRound * bytesB,
    unitRows,
    blocksPerRound,
    bytesA,
    bytesB,
    startB,
  };
}

/** Emits C = A·B for threads that share packed operands; `undefined` where there is no {@link togetherShape}. */
export function emitTogether(
  module: FunctionHost,
  name: string,
  options: GemmOptions,
  threads: number,
  most = MOST,
): TogetherGemm | undefined {
  const shape = togetherShape(module.features, options, threads, most);
  if (!shape) return undefined;
  const { unitRows, blocksPerRound, bytesA, bytesB, startB, depth: roundDepth } = shape;
  const emitter = new GemmEmitter(module, name, options);
  const { rows, columns, depth, size } = emitter;
  const { m, n, k, a, b, swapped } = emitter.problem;
  const panels = Math.ceil(n / columns);
  const { packA, packB } = emitter.packers();
  const groups = Math.ceil(m / PACKED_ROWS);
  const unitsB = packB ? panels * blocksPerRound : 0;

  const pack = module.function(`${name}_pack`, ['i32', 'i32', 'i32', 'i32', 'i32', 'i32'], [], (f, ...given) => {
    const [aAt, bAt, scratch, from, start, stop] = given as unknown as [I32, I32, I32, I32, I32, I32];
    const part = (u: I32, perBlock: number) => {
      const block = u.divU(perBlock);
      const p = from.add(block.mul(depth));
      return { block, p, at: u.sub(block.mul(perBlock)), deep: f.constant('i32', k).sub(p).min(depth) };
    };
    if (packB) {
      f.for(start, stop.min(unitsB), 1, (u) => {
        const { block, p, at, deep } = part(u, panels);
        const j = at.mul(columns);
        f.if(deep.gt(0), () => {
          const source = bAt.add(p.mul(b.row * size)).add(j.mul(b.column * size));
          const target = scratch.add(block.mul(bytesB)).add(j.mul(deep).mul(size)).add(startB);
          f.callAll(packB, source, target, f.constant('i32', n).sub(j).min(columns), deep);
        });
      });
    }
    if (packA) {
      f.for(start.max(unitsB), stop, 1, (u) => {
        const { block, p, at, deep } = part(u.sub(unitsB), groups);
        const i = at.mul(PACKED_ROWS);
        f.if(deep.gt(0), () => {
          const source = aAt.add(i.mul(a.row * size)).add(p.mul(a.column * size));
          const target = scratch.add(block.mul(bytesA)).add(i.mul(depth * size));
          f.callAll(packA, source, target, f.constant('i32', m).sub(i).min(PACKED_ROWS), deep);
        });
      });
    }
  });

  const params: readonly 'i32'[] = new Array(8 + (options.extra ?? 0)).fill('i32');
  const multiply = module.function(`${name}_multiply`, params, [], (f, ...given) => {
    const [aAt, bAt, c, scratch, from, batch, start, stop, ...extra] = given as unknown as [
      ...[I32, I32, I32, I32, I32, I32, I32, I32],
      ...I32[],
    ];
    const place = { a: aAt, b: bAt, c, batch, extra };
    f.for(from, from.add(roundDepth).min(k), depth, (p) => {
      const deep = f.constant('i32', k).sub(p).min(depth);
      const flags = p
        .gt(0)
        .select(ADD, f.constant('i32', 0))
        .or(p.add(deep).ge(k).select(LAST, f.constant('i32', 0)));
      const block = p.sub(from).divU(depth);
      const fromA = packA ? scratch.add(block.mul(bytesA)) : aAt.add(p.mul(a.column * size));
      const fromB = packB ? scratch.add(block.mul(bytesB)).add(startB) : bAt.add(p.mul(b.row * size));
      f.for(start, stop, 1, (u) => {
        const row = u.divU(panels);
        const panel = u.sub(row.mul(panels)).mul(columns);
        const j = emitter.firstColumn(panel);
        const i0 = row.mul(unitRows);
        const right = fromB.add(packB ? panel.mul(deep).mul(size) : j.mul(b.column * size));
        f.for(i0, i0.add(unitRows).min(m), rows, (i) => {
          const left = fromA.add(i.mul(packA ? depth * size : a.row * size));
          emitter.tile(f, place, { i, j, panel, a: left, b: right, depth: deep, flags });
        });
      });
    });
  });

  return {
    ...shape,
    places: ([x, y], c, batch) => emitter.places(swapped ? [y, x, c] : [x, y, c], batch),
    pack,
    multiply,
  };
}
