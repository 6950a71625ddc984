import type { WasmMemory, WasmModule } from '../wasm/engine.ts';
import { giveMemory } from './memories.ts';
import { bell, bellWords, nextOf, words } from './words.ts';
import { workerSource } from './worker.ts';

/** A thread to send messages to. */
interface Thread {
  postMessage(message: unknown): void;
}

/** What Node and browsers offer for threads, typed without either's types. */
interface Host {
  readonly crossOriginIsolated?: boolean;
  readonly navigator?: { readonly hardwareConcurrency?: number };
  readonly process?: { getBuiltinModule?(name: string): unknown };
  readonly Worker?: new (url: string, options: { type: 'module' }) => Thread & { onerror: unknown };
  readonly Blob?: new (parts: readonly string[], options: { type: string }) => unknown;
  readonly URL?: { createObjectURL(blob: unknown): string };
}

interface NodeThreads {
  readonly Worker: new (
    source: string,
    options: { eval: true; execArgv: readonly string[]; env: object },
  ) => Thread & { unref(): void; on(event: string, listener: () => void): void };
}

/** Milliseconds after which a thread that does not leave a memory counts as gone: the memory serves nobody any more. */
const patience = 2000;

const host = globalThis as Host;

/** More threads than this gain little on the sizes a page or a script has. */
const most = 8;

/** Processors the engine says there are, 8 at most: the number of threads unless configured. */
export function hardwareThreads(): number {
  const os = host.process?.getBuiltinModule?.('node:os') as { availableParallelism(): number } | undefined;
  return Math.max(1, Math.min(most, os?.availableParallelism() ?? host.navigator?.hardwareConcurrency ?? 1));
}

let blocking: boolean | undefined;

/**
 * May this thread wait for others? A browser's main thread may not, and nothing can be shared with workers on a page that
 * is not cross-origin isolated.
 */
export function mayUseThreads(): boolean {
  if (blocking !== undefined) return blocking;
  try {
    // refused where blocking is not allowed, before it looks at the value, which here is another
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1, 0);
    blocking = host.crossOriginIsolated !== false;
  } catch {
    blocking = false;
  }
  return blocking;
}

/** @param ended called when the thread is gone, whatever the reason, where the host tells. */
function startThread(ended: () => void): Thread | undefined {
  const node = host.process?.getBuiltinModule?.('node:worker_threads') as NodeThreads | undefined;
  try {
    if (node) {
      // without the parent's loaders and options, which the few lines of a thread do not need
      const worker = new node.Worker(workerSource, { eval: true, execArgv: [], env: {} });
      worker.on('error', () => undefined);
      worker.on('exit', ended);
      worker.unref();
      return worker;
    }
    if (!host.Worker || !host.Blob || !host.URL) return undefined;
    const url = host.URL.createObjectURL(new host.Blob([workerSource], { type: 'text/javascript' }));
    return new host.Worker(url, { type: 'module' });
  } catch {
    // a policy of the page forbids workers made of text: it goes on with one thread
    return undefined;
  }
}

/** A module whose tasks other threads may share. */
export interface Shared {
  readonly module: WasmModule;
  readonly memory: WasmMemory;
  /** Byte address of its words, see `words.ts`. */
  readonly block: number;
  readonly threads: number;
}

/** The threads of this process beside the one that calls, started when the first module asks for them. */
class Pool {
  readonly #bell = new Int32Array(new SharedArrayBuffer(4 * bellWords));
  /** By number less one; those that ended leave a gap, which another one fills. */
  readonly #threads: (Thread | undefined)[] = [];
  #next = 1;

  /** Threads that have started, not counting the caller's. */
  get ready(): number {
    return Atomics.load(this.#bell, bell.ready);
  }

  #grow(threads: number): void {
    for (let i = 0; i < threads - 1; i++) {
      if (this.#threads[i]) continue;
      const made = startThread(() => this.#lose(i));
      if (!made) return;
      this.#threads[i] = made;
      const posted = Atomics.load(this.#bell, bell.posted);
      made.postMessage({ bell: this.#bell, thread: i + 1, posted });
    }
  }

  /** A thread has ended, perhaps in a memory, which it is no longer in, and asleep. */
  #lose(i: number): void {
    this.#threads[i] = undefined;
    Atomics.store(this.#bell, bell.busy + i, 0);
    if (Atomics.exchange(this.#bell, bell.started + i, 0)) Atomics.sub(this.#bell, bell.ready, 1);
  }

  /** Makes a module known to the threads it has memory for. */
  enlist({ module, memory, block, threads }: Shared): number {
    this.#grow(threads);
    const id = this.#next++;
    const [failed, active] = [(block + words.failed) / 4, (block + words.active) / 4];
    this.#post((thread) => (thread < threads ? { id, module, memory, failed, active } : { release: id }));
    return id;
  }

  /** Wakes the threads for a module. */
  ring(id: number): void {
    Atomics.store(this.#bell, bell.program, id);
    this.#wake();
  }

  /**
   * Has the threads forget a module, and waits until none of them is in its memory.
   * @returns whether the memory is free: a thread that was stopped from outside may not have said that it left.
   */
  dismiss(id: number): boolean {
    Atomics.compareExchange(this.#bell, bell.program, id, 0);
    const left = this.#threads.every((thread, i) => {
      while (thread && Atomics.load(this.#bell, bell.busy + i) === id) {
        if (Atomics.wait(this.#bell, bell.busy + i, id, patience) === 'timed-out') return false;
      }
      return true;
    });
    this.#post(() => ({ release: id }));
    return left;
  }

  #post(message: (thread: number) => object): void {
    Atomics.add(this.#bell, bell.posted, 1);
    this.#threads.forEach((thread, i) => thread?.postMessage(message(i + 1)));
    this.#wake();
  }

  #wake(): void {
    Atomics.add(this.#bell, bell.ring, 1);
    if (Atomics.load(this.#bell, bell.sleepers) > 0) Atomics.notify(this.#bell, bell.ring);
  }
}

let pool: Pool | undefined;

/** Threads that have started so far, the caller's own included. */
export const runningThreads = (): number => 1 + (pool?.ready ?? 0);

/** A memory that nobody looks at any more goes back, once the threads have left it. */
const gone = new FinalizationRegistry<{ readonly id: number; readonly memory: WasmMemory }>(({ id, memory }) => {
  if (pool?.dismiss(id)) giveMemory(memory);
});

/** Beyond the pieces of any task. */
const lastPiece = 2 ** 30;

/** The threads as one module sees them. */
export class Crew {
  readonly #pool: Pool;
  readonly #memory: WasmMemory;
  readonly #words: Int32Array;
  readonly #id: number;
  readonly #threads: number;

  /** @param viewers what must be gone before the memory may serve another module. */
  constructor(shared: Shared, viewers: object) {
    pool ??= new Pool();
    this.#pool = pool;
    this.#memory = shared.memory;
    this.#threads = shared.threads;
    this.#words = new Int32Array(shared.memory.buffer, shared.block);
    this.#id = pool.enlist(shared);
    gone.register(viewers, { id: this.#id, memory: shared.memory }, this);
  }

  /** Pieces of work that other threads have done for this module. */
  get helped(): number {
    return Atomics.load(this.#words, words.helped / 4);
  }

  /** Function and place in the module at which another thread trapped, if one did. */
  get failure(): { readonly index: number; readonly offset: number } | undefined {
    const failed = Atomics.load(this.#words, words.failed / 4);
    return failed === 0 ? undefined : { index: failed - 1, offset: Atomics.load(this.#words, words.failed / 4 + 1) };
  }

  begin(): void {
    Atomics.store(this.#words, words.running / 4, 1);
    this.#pool.ring(this.#id);
  }

  end(): void {
    // after a trap there may be pieces left that nobody is to take
    for (let share = 0; share < this.#threads; share++) Atomics.store(this.#words, nextOf(share) / 4, lastPiece);
    Atomics.store(this.#words, words.open / 4, 0);
    Atomics.store(this.#words, words.running / 4, 0);
    Atomics.add(this.#words, words.signal / 4, 1);
    if (Atomics.load(this.#words, words.sleeping / 4) > 0) Atomics.notify(this.#words, words.signal / 4);
  }

  /** The threads forget the module, whose memory serves another. */
  dismiss(): void {
    gone.unregister(this);
    if (this.#pool.dismiss(this.#id)) giveMemory(this.#memory);
  }
}
