import type { Cut } from './threads/tasks.ts';
import { maxArguments } from './threads/words.ts';

/** Threads that are awake, because something before was shared, share this part of what they are worth waking for. */
const awake = 8;

/** Which kernels several threads carry out together. */
export class Sharing {
  /** Threads there is scratch memory for, the caller's included. */
  readonly threads: number;
  /** Less work than this stays with the thread that runs the Program, as long as the others sleep. */
  readonly threshold: number;
  /** Was anything shared so far? */
  began = false;

  constructor(threads: number, threshold: number) {
    this.threads = threads;
    this.threshold = threshold;
  }

  /** Is a call with so many arguments worth cutting up? */
  pays({ work, units, multiple = 1, inOrder = false }: Cut, args: number): boolean {
    const least = this.began ? this.threshold / awake : this.threshold;
    return this.threads > 1 && !inOrder && work >= least && units > multiple && args <= maxArguments;
  }
}
