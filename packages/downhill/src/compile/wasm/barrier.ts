import type { FunctionBuilder } from './function.ts';
import type { Value } from './value.ts';

/** Bytes a barrier needs in shared memory, zeroed before its first use, from a multiple of 4. */
export const BARRIER_BYTES = 8;

/** Looks at the generation so often before it sleeps: waking a thread costs more than a short wait. */
const SPINS = 2000;

/**
 * Waits until `threads` threads have arrived. Two words of shared memory: how many have arrived, and a generation that
 * the last one raises. Everything a thread stored before is visible to all after. Must not run where blocking is not
 * allowed, as on a page's main thread.
 */
export function emitBarrier(f: FunctionBuilder, address: Value<'i32'>, threads: Value<'i32'>): void {
  const generation = f.atomicLoad(address, 4);
  const arrived = f.atomicUpdate('add', address, 1).add(1);
  f.if(
    arrived.eq(threads),
    () => {
      f.atomicStore(address, 0);
      f.atomicUpdate('add', address, 1, 4);
      f.atomicNotify(address, -1, 4);
    },
    () => {
      const left = f.variable('i32', SPINS);
      f.block((done) => {
        f.loop((again) => {
          done.goIf(f.atomicLoad(address, 4).ne(generation));
          left.set(left.get().sub(1));
          f.if(left.get().le(0), () => {
            f.atomicWait(address, generation, -1n, 4);
          });
          again.go();
        });
      });
    },
  );
}
