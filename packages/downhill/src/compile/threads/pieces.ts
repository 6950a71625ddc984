import type { FunctionBuilder } from '../wasm/function.ts';
import type { Value } from '../wasm/value.ts';

type I32 = Value<'i32'>;

/**
 * How units are cut into pieces: a share for each thread, of one stretch of units; of every share `stages` times half of what
 * is left, then single steps.
 */
export interface Pieces {
  /** Units to the step: pieces begin at multiples of it. */
  readonly grain: number;
  /** Steps in all. */
  readonly steps: number;
  readonly stages: number;
  readonly threads: number;
}

/** Steps there may be, so that their number times that of threads is a number of 32 bits. */
const mostSteps = 2 ** 20;

/** Single steps at the end of a share, so that no thread waits long for the last of another. */
const last = 4;

/**
 * Large pieces first and small ones last (Polychronopoulos and Kuck 1987): few pieces, and all threads are done at nearly the
 * same time even when one of them comes late or has other work. Each thread begins with its own share, the same stretch in
 * kernel after kernel, so that what it reads is often what it wrote (Markatos and LeBlanc 1994).
 * @param multiple pieces begin at multiples of so many units.
 * @param least units a piece should have at least.
 */
export function cutPieces(units: number, threads: number, multiple: number, least: number): Pieces {
  const wanted = Math.max(Math.min(least, units), units / mostSteps, 1);
  const grain = Math.ceil(wanted / multiple) * multiple;
  const steps = Math.ceil(units / grain);
  let stages = 0;
  while (Math.floor(Math.floor(steps / threads) / 2 ** (stages + 1)) >= last) stages++;
  return { grain, steps, stages, threads };
}

/** Where the share of a thread begins, in steps. */
const shareBegin = (steps: I32, threads: number, share: I32): I32 => steps.mul(share).divU(threads);

/** Pieces in the share of a thread, of a task that is known only when the module runs. */
export function pieceCount(steps: I32, stages: I32, threads: number, share: I32): I32 {
  const length = shareBegin(steps, threads, share.add(1)).sub(shareBegin(steps, threads, share));
  return stages.add(length.shrU(stages));
}

/** Where a piece of a share starts and stops, in units; the last of all may stop beyond their end. */
export function pieceRange(
  f: FunctionBuilder,
  { grain, steps, stages, threads }: Pieces,
  share: I32,
  piece: I32,
): { readonly start: I32; readonly stop: I32 } {
  const all = f.constant('i32', steps);
  const begin = shareBegin(all, threads, share);
  const length = shareBegin(all, threads, share.add(1)).sub(begin);
  const single = begin.add(length).sub(length.shrU(stages)).add(piece.sub(stages));
  const rest = length.shrU(piece);
  const half = begin.add(length).sub(rest);
  const early = piece.lt(stages);
  return {
    start: early.select(half, single).mul(grain),
    stop: early.select(half.add(rest.sub(rest.shrU(1))), single.add(1)).mul(grain),
  };
}
