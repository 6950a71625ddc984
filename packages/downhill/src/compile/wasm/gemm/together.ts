import type { Features } from '../features.ts';
import type { FunctionBuilder, FunctionHost, FunctionReference } from '../function.ts';
import type { Value } from '../value.ts';
import { GemmEmitter, type Places } from './gemm.ts';
import { GemmShape } from './shape.ts';
import { ADD, LAST } from './tile.ts';
import type { GemmOptions } from './types.ts';

type I32 = Value<'i32'>;

/** Packed operands of at most so many bytes at a time, unless a single block of depth is more. */
const MOST = 8 << 20;
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
  /** (a, b, c, scratch, from, batch, start, stop, …extra): computes tiles of C. */
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
  /** Panels of B that pass by the rows of a unit in turn: they stay in the second-level cache meanwhile. */
  readonly blockPanels: number;
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
export function togetherShape(features: Features, options: GemmOptions, most = MOST): TogetherShape | undefined {
  const shape = new GemmShape(features, options);
  if (shape.algorithm !== 'packed') return undefined;
  const { packsA, packsB } = shape.choice;
  const { m, n, k } = shape.problem;
  const { columns, depth, size } = shape;
  const panels = Math.ceil(n / columns);
  const width = panels * columns;
  const bytesA = packsA ? m * depth * size : 0;
  const bytesB = packsB ? width * depth * size : 0;
  const blocks = Math.ceil(k / depth);
  const blocksPerRound = Math.max(1, Math.min(blocks, Math.floor(most / (bytesA + bytesB))));
  const startB = Math.ceil((blocksPerRound * bytesA) / 64) * 64;
  const unitsA = packsA ? Math.ceil(m / PACKED_ROWS) * blocksPerRound : 0;
  const unitsB = packsB ? panels * blocksPerRound : 0;
  return {
    packUnits: unitsA + unitsB,
    packed: blocksPerRound * depth * ((packsA ? m : 0) + (packsB ? width : 0)),
    units: Math.ceil(m / shape.groupRows()) * panels,
    depth: blocksPerRound * depth,
    rounds: Math.ceil(blocks / blocksPerRound),
    scratchBytes: startB + blocksPerRound * bytesB,
    unitRows: shape.groupRows(),
    blockPanels: shape.blockColumns() / columns,
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
  most = MOST,
): TogetherGemm | undefined {
  const shape = togetherShape(module.features, options, most);
  if (!shape) return undefined;
  const { unitRows, blockPanels, blocksPerRound, bytesA, bytesB, startB, depth: roundDepth } = shape;
  const emitter = new GemmEmitter(module, name, options);
  const { rows, columns, depth, size } = emitter;
  const { m, n, k, a, b, swapped } = emitter.problem;
  const panels = Math.ceil(n / columns);
  const { packA, packB } = emitter.packers();
  const groups = Math.ceil(m / PACKED_ROWS);
  const blockUnits = Math.ceil(m / unitRows) * blockPanels;
  const unitsB = packB ? panels * blocksPerRound : 0;

  const pack = module.function(`${name}_pack`, ['i32', 'i32', 'i32', 'i32', 'i32', 'i32'], [], (f, ...given) => {
    const [aAt, bAt, scratch, from, start, stop] = given as unknown as [I32, I32, I32, I32, I32, I32];
    const part = (u: I32, perBlock: number) => {
      const block = u.divU(perBlock);
      const p = from.add(block.mul(depth));
      return { block, p, at: u.sub(block.mul(perBlock)), deep: f.constant('i32', k).sub(p).min(depth) };
    };
    if (packB) {
      const end = stop.min(unitsB);
      walk(f, start, end, (u) => {
        const { block, p, at, deep } = part(u, panels);
        const count = f.constant('i32', panels).sub(at).min(end.sub(u));
        const j = at.mul(columns);
        f.if(deep.gt(0), () => {
          const source = bAt.add(p.mul(b.row * size)).add(j.mul(b.column * size));
          const target = scratch.add(block.mul(bytesB)).add(j.mul(deep).mul(size)).add(startB);
          f.callAll(packB, source, target, f.constant('i32', n).sub(j).min(count.mul(columns)), deep);
        });
        return count;
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

  const params: readonly 'i32'[] = new Array(8 + emitter.extra).fill('i32');
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
      walk(f, start, stop, (u) => {
        const ahead = u.divU(blockUnits);
        const first = ahead.mul(blockPanels);
        const across = f.constant('i32', panels).sub(first).min(blockPanels);
        const within = u.sub(ahead.mul(blockUnits));
        const row = within.divU(across);
        const along = within.sub(row.mul(across));
        const count = across.sub(along).min(stop.sub(u));
        const i0 = row.mul(unitRows);
        const i1 = i0.add(unitRows).min(m);
        const begin = first.add(along);
        f.for(begin, begin.add(count), 1, (index) => {
          const panel = index.mul(columns);
          const j = emitter.firstColumn(panel);
          const right = fromB.add(packB ? panel.mul(deep).mul(size) : j.mul(b.column * size));
          f.for(i0, i1, rows, (i) => {
            const left = fromA.add(i.mul(packA ? depth * size : a.row * size));
            emitter.tile(f, place, { i, j, panel, a: left, b: right, depth: deep, flags });
          });
        });
        return count;
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

/** Units one run after another; the body says how long the run was that it began with a unit. */
function walk(f: FunctionBuilder, start: I32, stop: I32, run: (u: I32) => I32): void {
  const u = f.variable('i32', start);
  f.while(
    () => u.get().lt(stop),
    () => {
      const at = u.get();
      u.set(at.add(run(at)));
    },
  );
}
