import { DenseTensor } from '../tensor/tensor.ts';
import { takeArguments } from '../trace/function.ts';
import { makeProgram } from '../transforms/jit.ts';
import { compileProgram } from './compile.ts';
import { waiting } from './threads/tasks.ts';
import { detectFeatures } from './wasm/features.ts';
import { setWideSimd } from './wide.ts';

/** The time of a line of the plan. */
export interface LineTime {
  readonly line: string;
  readonly seconds: number;
  /** Of these, what the calling thread waited for others after its own share was done. */
  readonly waiting: number;
}

export interface ProfileOptions {
  /** How many threads the function may run on: 1 unless told. Times are those of the calling one. */
  readonly threads?: number;
  /** With vectors of 256 bits where the engine has them, as `configure({ wideSimd: true })` says. */
  readonly wideSimd?: boolean;
}

/** Where the time of a compiled function goes. */
export interface Profile {
  /** The lines of the plan in order, with the work that comes before and after them. */
  readonly lines: readonly LineTime[];
  /** Seconds of one run: the sum of the lines. */
  readonly seconds: number;
  /** A table of the lines that take most, longest first. */
  toString(): string;
}

/** Other threads have so many seconds to start before it is measured without them. */
const patience = 2;

/** Seconds by the clock: the only one a browser, a worker and Node share. */
const now = (): number => (globalThis as unknown as { performance: { now(): number } }).performance.now() / 1000;

/**
 * Times every kernel of `f` compiled for these arguments: for each line of the plan the least time of `runs` runs, which
 * is what other work on the machine disturbs least. Every mark costs a call out of the module, so that kernels of less
 * than a microsecond look slower than they are.
 * @param runs how often it is run.
 * @throws CompileError for a Program this back end does not take.
 */
export function profile<A extends unknown[]>(
  f: (...args: A) => unknown,
  args: A,
  runs = 30,
  { threads = 1, wideSimd = false }: ProfileOptions = {},
): Profile {
  let times: number[] = [];
  let waits: number[] = [];
  let [current, since, idle] = [0, 0, 0];
  const onMark = (line: number): void => {
    const at = now();
    if (line === waiting.begins) idle = at;
    else if (line === waiting.ends) waits[current] = (waits[current] ?? 0) + at - idle;
    else {
      times[current] = (times[current] ?? 0) + at - since;
      [current, since] = [line + 1, at];
    }
  };
  const features = { ...detectFeatures(), wideSimd: setWideSimd(wideSimd) };
  const compiled = compileProgram(makeProgram(f)(...args), { onMark, threads, features });
  const { leaves } = takeArguments(
    args,
    args.map((_, i) => i),
  );
  // given anew every time, so that copying them in is counted
  const fresh = (): DenseTensor[] =>
    (leaves as DenseTensor[]).map((x) => new DenseTensor(x.data, x.shape, x.dtype, x.weak));
  const last = compiled.plan.length + 1;
  const names = ['inputs copied in', ...compiled.plan, 'results copied out'];
  const lines = names.map((line): LineTime => ({ line, seconds: Number.POSITIVE_INFINITY, waiting: 0 }));
  if (threads > 1) for (const end = now() + patience; compiled.helped() === 0 && now() < end; ) compiled.run(fresh());
  for (let i = 0; i < runs; i++) {
    [times, waits] = [[], []];
    const inputs = fresh();
    [current, since] = [0, now()];
    compiled.run(inputs);
    onMark(last);
    lines.forEach((known, k) => {
      const seconds = times[k] ?? 0;
      if (seconds < known.seconds) lines[k] = { ...known, seconds, waiting: waits[k] ?? 0 };
    });
  }
  const seconds = lines.reduce((sum, line) => sum + line.seconds, 0);
  const row = ({ line, seconds: own, waiting: idle }: LineTime): string => {
    const waited = threads > 1 ? ` ${(idle * 1e6).toFixed(1).padStart(8)} µs waiting` : '';
    return `${(own * 1e6).toFixed(1).padStart(10)} µs ${((100 * own) / seconds).toFixed(1).padStart(5)} %${waited}  ${line}`;
  };
  return {
    lines,
    seconds,
    toString: () =>
      [...lines]
        .sort((a, b) => b.seconds - a.seconds)
        .map(row)
        .join('\n'),
  };
}
