import type { WasmMemory, WasmModule } from '../wasm/engine.ts';
import { bell, bellWords, words } from './words.ts';
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

function startThread(): Thread | undefined {
  const node = host.process?.getBuiltinModule?.('node:worker_threads') as NodeThreads | undefined;
  try {
    if (node) {
      // without the parent's loaders and options, which the few lines of a thread do not need
      const worker = new node.Worker(workerSource, { eval: true, execArgv: [], env: {} });
      worker.on('error', () => undefined);
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

/** Modules the threads keep at hand. */
const kept = 64;

/** The threads of this process beside the one that calls, started when the first module asks for them. */
class Pool {
  readonly #bell = new Int32Array(new SharedArrayBuffer(4 * bellWords));
  readonly #threads: Thread[] = [];
  /** Modules the threads know, the one used longest ago first. */
  readonly #known = new Set<number>();
  /** A module nobody runs any more is forgotten, so that its memory goes. */
  readonly #gone = new FinalizationRegistry<number>((id) => this.release(id));
  #next = 1;

  /** Threads that have started, not counting the caller's. */
  get ready(): number {
    return Atomics.load(this.#bell, bell.ready);
  }

  /** An id for a new module. */
  name(crew: Crew): number {
    this.#gone.register(crew, this.#next);
    return this.#next++;
  }

  grow(threads: number): void {
    while (this.#threads.length < threads - 1) {
      const made = startThread();
      if (!made) return;
      this.#threads.push(made);
      const posted = Atomics.load(this.#bell, bell.posted);
      made.postMessage({ bell: this.#bell, thread: this.#threads.length, posted });
    }
  }

  /** Wakes the threads for a module, which they get to know if they do not. */
  ring(id: number, crew: Crew): void {
    if (!this.#known.delete(id)) this.#introduce(id, crew);
    this.#known.add(id);
    Atomics.store(this.#bell, bell.program, id);
    this.#wake();
  }

  release(id: number): void {
    if (this.#known.delete(id)) this.#post(() => ({ release: id }));
  }

  #introduce(id: number, { shared }: Crew): void {
    const { module, memory, block, threads } = shared;
    const [failed, active] = [(block + words.failed) / 4, (block + words.active) / 4];
    // threads beyond those the module has memory for are told nothing of it
    this.#post((thread) => (thread < threads ? { id, module, memory, failed, active } : { release: id }));
    if (this.#known.size >= kept) this.release(this.#known.values().next().value as number);
  }

  #post(message: (thread: number) => object): void {
    Atomics.add(this.#bell, bell.posted, 1);
    this.#threads.forEach((thread, i) => thread.postMessage(message(i + 1)));
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

/** The threads as one module sees them. */
export class Crew {
  readonly shared: Shared;
  readonly #pool: Pool;
  readonly #words: Int32Array;
  readonly #id: number;

  constructor(shared: Shared) {
    pool ??= new Pool();
    this.#pool = pool;
    this.shared = shared;
    this.#words = new Int32Array(shared.memory.buffer, shared.block);
    this.#id = pool.name(this);
    pool.grow(shared.threads);
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
    this.#pool.ring(this.#id, this);
  }

  end(): void {
    Atomics.store(this.#words, words.running / 4, 0);
    Atomics.add(this.#words, words.signal / 4, 1);
    if (Atomics.load(this.#words, words.sleeping / 4) > 0) Atomics.notify(this.#words, words.signal / 4);
  }

  /** The threads forget the module. */
  dismiss(): void {
    this.#pool.release(this.#id);
  }
}
