import type { ModuleBuilder } from '../wasm/assembler.ts';
import type { FunctionBuilder, FunctionReference } from '../wasm/function.ts';
import type { Kind } from '../wasm/kinds.ts';
import type { Value } from '../wasm/value.ts';
import { cutPieces, type Pieces, pieceCount, pieceRange } from './pieces.ts';
import { lineBytes, nextOf, onceOf, words } from './words.ts';

type I32 = Value<'i32'>;

/**
 * Looks at a word of shared memory so often before a thread sleeps, some fifty microseconds: as long as what one thread does
 * between two tasks mostly takes, and no longer than waking a thread.
 */
const spins = 30_000;

/** How the work of a function is cut. */
export interface Cut {
  /** What the parameters start and stop of the function count. */
  readonly units: number;
  /** Where these two stand among the parameters. Default: last. */
  readonly at?: number;
  /** Pieces begin at multiples of this. Default 1. */
  readonly multiple?: number;
  /** Pieces meet in memory, so that one thread does them all, in order. */
  readonly inOrder?: boolean;
  /** Work of the whole, in elements times simple operations. */
  readonly work: number;
  /** For each argument that is scratch memory the bytes from one thread's share to the next. */
  readonly scratch?: ReadonlyMap<number, number>;
}

interface Task {
  readonly target: FunctionReference;
  readonly kinds: readonly Kind[];
  readonly pieces: Pieces;
  readonly cut: Cut;
  /** What it stands for. */
  readonly origin: object | undefined;
}

/** Marks of a module made for measuring, beside the lines of the plan: the thread that runs the Program waits for others. */
export const waiting = { begins: -1, ends: -2 } as const;

/** Pieces of less work than this part of what is shared at all are not worth the taking. */
const smallest = 16;

/**
 * The tasks of a module: calls that all threads carry out together. The thread that runs the Program writes the
 * arguments to shared memory and opens the task; whoever is there takes piece after piece; when none is left it closes
 * the task and waits until the others have left it. Pieces are the same whoever computes them, so that results do not
 * depend on the number of threads, nor on whether they come at all.
 */
export class Tasks {
  /** Threads the module has scratch memory for, its own included. */
  readonly threads: number;
  /** Work that is worth waking threads for: pieces of a small part of it are not cut any smaller. */
  readonly threshold: number;
  /** Where the words of shared memory lie, when there are tasks. */
  readonly #block: number | undefined;
  readonly #module: ModuleBuilder;
  readonly #mark: FunctionReference<readonly ['i32'], readonly []> | undefined;
  readonly #tasks: Task[] = [];
  #start: FunctionReference<readonly ['i32', 'i32', 'i32'], readonly []> | undefined;

  /** @param mark called when the thread that runs the Program begins and ends to wait for others, when that is measured. */
  constructor(
    module: ModuleBuilder,
    block: number | undefined,
    threads: number,
    threshold: number,
    mark?: FunctionReference<readonly ['i32'], readonly []>,
  ) {
    this.#module = module;
    this.#mark = mark;
    this.#block = block;
    this.threads = threads;
    this.threshold = threshold;
  }

  /**
   * The address of a word that is 0 when a thread is called first for a task: an argument of which each thread gets its own
   * when `Cut.scratch` gives it {@link lineBytes}.
   */
  once(f: FunctionBuilder): I32 {
    return f.constant('i32', (this.#block as number) + onceOf(0));
  }

  /** Calls a function on all of its units: by all threads where that was found to pay, at once where it was not. */
  run(f: FunctionBuilder, target: FunctionReference, args: readonly Value[], cut: Cut, shared: boolean): void {
    if (shared) {
      this.call(f, target, args, cut);
      return;
    }
    const all = [...args];
    all.splice(cut.at ?? args.length, 0, f.constant('i32', 0), f.constant('i32', cut.units));
    f.callAll(target, ...(all as never[]));
  }

  /** Calls a function on pieces of its units, by all threads; `args` are its arguments but for start and stop. */
  call(f: FunctionBuilder, target: FunctionReference, args: readonly Value[], cut: Cut): void {
    const { units, multiple = 1, work } = cut;
    const least = Math.ceil((units * this.threshold) / smallest / Math.max(work, 1));
    const pieces = cutPieces(units, this.threads, multiple, least);
    const at = f.constant('i32', this.#block as number);
    args.forEach((x, i) => f.store(at, x, words.arguments + 8 * i));
    this.#start ??= this.#emitStart();
    f.callAll(this.#start, this.#tasks.length, pieces.steps, pieces.stages);
    this.#tasks.push({ target, kinds: args.map((x) => x.kind), pieces, cut, origin: this.#module.origin });
  }

  /** Writes what the other threads run; to be called when everything else is written. */
  finish(): void {
    if (this.#tasks.length === 0) return;
    this.#emitPieces();
    this.#emitServe();
  }

  /** Takes pieces of the task that is open until there are none. Written last, since it calls every task. */
  readonly #pieces: FunctionReference<readonly ['i32'], readonly []> = {
    name: 'pieces',
    params: ['i32'],
    results: [],
    pure: false,
  };

  #emitStart() {
    return this.#module.function(
      'together',
      ['i32', 'i32', 'i32'],
      [],
      (f, task, steps, stages) => {
        const at = f.constant('i32', this.#block as number);
        f.store(at, task, words.task);
        f.store(at, steps, words.steps);
        f.store(at, stages, words.stages);
        for (let share = 0; share < this.threads; share++) {
          f.atomicStore(at, 0, nextOf(share));
          f.store(at, f.constant('i32', 0), onceOf(share));
        }
        f.atomicStore(at, 1, words.open);
        f.atomicUpdate('add', at, 1, words.signal);
        f.if(f.atomicLoad(at, words.sleeping), () => {
          f.atomicNotify(at, -1, words.signal);
        });
        f.callAll(this.#pieces, 0);
        f.atomicStore(at, 0, words.open);
        if (this.#mark) f.callAll(this.#mark, waiting.begins);
        const left = f.variable('i32', spins);
        f.block((done) => {
          f.loop((again) => {
            done.goIf(f.atomicLoad(at, words.active).eqz());
            left.set(left.get().sub(1));
            f.if(left.get().le(0), () => {
              f.atomicStore(at, 1, words.joining);
              const inside = f.atomicLoad(at, words.active);
              f.if(inside, () => {
                f.atomicWait(at, inside, -1n, words.active);
              });
              f.atomicStore(at, 0, words.joining);
            });
            again.go();
          });
        });
        if (this.#mark) f.callAll(this.#mark, waiting.ends);
        f.if(f.atomicLoad(at, words.failed), () => f.unreachable());
      },
      { shared: true },
    );
  }

  #emitPieces(): void {
    const calls = this.#tasks.map((task, k) => this.#emitTask(task, k));
    this.#module.function(
      'pieces',
      ['i32'],
      [],
      (f, thread) => {
        const at = f.constant('i32', this.#block as number);
        const task = f.load('i32', at, words.task);
        const steps = f.load('i32', at, words.steps);
        const stages = f.load('i32', at, words.stages);
        const run = (from: number, to: number, share: I32, piece: I32): void => {
          if (to - from === 1) {
            f.callAll(calls[from] as (typeof calls)[0], share, piece, thread);
            return;
          }
          const middle = (from + to) >> 1;
          f.if(
            task.lt(middle),
            () => run(from, middle, share, piece),
            () => run(middle, to, share, piece),
          );
        };
        // its own share first, then what the others have not come to
        f.for(thread, thread.add(this.threads), 1, (turn) => {
          const share = turn.geU(this.threads).select(turn.sub(this.threads), turn);
          const count = pieceCount(steps, stages, this.threads, share);
          const next = at.add(share.mul(lineBytes));
          f.block((done) => {
            f.loop((again) => {
              const piece = f.atomicUpdate('add', next, 1, nextOf(0));
              done.goIf(piece.geU(count));
              f.if(thread, () => {
                f.atomicUpdate('add', at, 1, words.helped);
              });
              run(0, calls.length, share, piece);
              again.go();
            });
          });
        });
      },
      { shared: true },
    );
  }

  #emitTask({ target, kinds, pieces, cut, origin }: Task, k: number) {
    this.#module.origin = origin;
    return this.#module.function(`task_${k}`, ['i32', 'i32', 'i32'], [], (f, share, piece, thread) => {
      const at = f.constant('i32', this.#block as number);
      const args = kinds.map((kind, i): Value => {
        const x = f.load(kind, at, words.arguments + 8 * i);
        const bytes = cut.scratch?.get(i);
        return bytes === undefined ? x : (x as I32).add(thread.mul(bytes));
      });
      const { start, stop } = pieceRange(f, pieces, share, piece);
      args.splice(cut.at ?? args.length, 0, start, stop.min(cut.units));
      f.callAll(target, ...(args as never[]));
    });
  }

  /** What another thread does during a run: a share of every task, and between them it looks, then sleeps. */
  #emitServe(): void {
    this.#module.function(
      'serve',
      ['i32'],
      [],
      (f, thread) => {
        const at = f.constant('i32', this.#block as number);
        const served = f.variable('i32', f.atomicLoad(at, words.signal).sub(1));
        const left = f.variable('i32', spins);
        f.block((done) => {
          f.loop((again) => {
            const signal = f.atomicLoad(at, words.signal);
            f.if(
              signal.ne(served.get()),
              () => {
                served.set(signal);
                left.set(spins);
                f.atomicUpdate('add', at, 1, words.active);
                f.if(f.atomicLoad(at, words.open), () => f.callAll(this.#pieces, thread));
                f.if(f.atomicUpdate('sub', at, 1, words.active).eq(1), () => {
                  f.if(f.atomicLoad(at, words.joining), () => {
                    f.atomicNotify(at, -1, words.active);
                  });
                });
              },
              () => {
                done.goIf(f.atomicLoad(at, words.running).eqz());
                left.set(left.get().sub(1));
                f.if(left.get().le(0), () => {
                  left.set(spins);
                  f.atomicUpdate('add', at, 1, words.sleeping);
                  f.atomicWait(at, signal, -1n, words.signal);
                  f.atomicUpdate('sub', at, 1, words.sleeping);
                });
              },
            );
            again.go();
          });
        });
      },
      { export: true, shared: true },
    );
  }
}
