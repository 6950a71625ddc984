import type { FunctionBuilder } from '../wasm/function.ts';
import type { Value } from '../wasm/value.ts';

type I32 = Value<'i32'>;

/** How units are cut into pieces: `stages` times half of what is left, a share for each thread; then one by one. */
export interface Pieces {
  /** Units to the step: pieces begin at multiples of it. */
  readonly grain: number;
  /** Steps in all. */
  readonly steps: number;
  readonly stages: number;
  readonly threads: number;
  readonly count: number;
}

/** Single steps a thread at the end, so that no thread waits long for the last of another. */
const last = 4;

/**
 * Large pieces first and small ones last (Polychronopoulos and Kuck 1987, in stages): few pieces, and all threads are done
 * at nearly the same time even when one of them comes late or has other work.
 * @param multiple pieces begin at multiples of so many units.
 * @param least units a piece should have at least.
 */
export function cutPieces(units: number, threads: number, multiple: number, least: number): Pieces {
  const grain = Math.max(1, Math.ceil(Math.min(least, units) / multiple)) * multiple;
  const steps = Math.ceil(units / grain);
  let stages = 0;
  while (Math.floor(steps / 2 ** (stages + 1)) >= last * threads) stages++;
  return { grain, steps, stages, threads, count: stages * threads + Math.floor(steps / 2 ** stages) };
}

/** Where a piece starts and stops, in units; the last may stop beyond their end. */
export function pieceRange(
  f: FunctionBuilder,
  pieces: Pieces,
  piece: I32,
): { readonly start: I32; readonly stop: I32 } {
  const { grain, steps, stages, threads } = pieces;
  const single = piece.add(steps - Math.floor(steps / 2 ** stages) - stages * threads);
  if (stages === 0) return { start: single.mul(grain), stop: single.add(1).mul(grain) };
  const stage = piece.divU(threads);
  const share = piece.sub(stage.mul(threads));
  const rest = f.constant('i32', steps).shrU(stage);
  const half = rest.sub(rest.shrU(1));
  const begun = f.constant('i32', steps).sub(rest);
  const at = (n: I32): I32 => begun.add(n.mul(half).divU(threads));
  const early = piece.lt(stages * threads);
  return {
    start: early.select(at(share), single).mul(grain),
    stop: early.select(at(share.add(1)), single.add(1)).mul(grain),
  };
}
