/**
 * Words of shared memory that the threads of one module meet at, as byte offsets from the start of their block. Words
 * that different threads write lie on cache lines of their own.
 */
export const words = {
  /** Raised when a task is there or the run has ended: what waiting threads look at. */
  signal: 0,
  /** How many threads sleep on `signal`. */
  sleeping: 64,
  /** 1 while a task may be entered. */
  open: 68,
  /** 1 from the beginning to the end of a run. */
  running: 72,
  /** 1 when the thread that runs the Program sleeps until the others have left the task. */
  joining: 76,
  task: 80,
  /** How the task is cut, see `pieces.ts`. */
  steps: 84,
  stages: 88,
  /** How many of the other threads are inside the task. */
  active: 192,
  /** Not 0 when a piece trapped in another thread: 1 + the index of its function, then the place in the module. */
  failed: 196,
  /** Pieces that other threads have computed so far. */
  helped: 204,
  /** Arguments of the task, 8 bytes each. */
  arguments: 256,
} as const;

/** Arguments a task can have. */
export const maxArguments = 48;

/** Bytes from one thread's line to the next. */
export const lineBytes = 64;

/** Where the next piece of a thread's share that nobody has taken stands: a cache line each. */
export const nextOf = (share: number): number => words.arguments + 8 * maxArguments + lineBytes * share;

/** A word that is 0 when a thread comes to a task first, for whatever it has to do once. */
export const onceOf = (thread: number): number => nextOf(thread) + 4;

/** Bytes of the block of a module for so many threads. */
export const blockBytes = (threads: number): number => nextOf(threads);

/** Threads there can be, whatever is asked for: beyond the number of processors they only wait for each other. */
export const mostThreads = 64;

/** Words that all threads of a process share, whatever module they work for: indices into an Int32Array. */
export const bell = {
  /** Raised to wake the threads. */
  ring: 0,
  /** The module that has work. */
  program: 1,
  /** Messages sent so far. */
  posted: 2,
  /** How many threads sleep on `ring`. */
  sleepers: 16,
  /** Threads that have started. */
  ready: 17,
  /** For each thread the module it works for, or 0. */
  busy: 32,
  /** For each thread whether it has started and not ended. */
  started: 32 + mostThreads,
} as const;

export const bellWords = bell.started + mostThreads;
