import { DenseTensor } from '../tensor/tensor.ts';
import { takeArguments } from '../trace/function.ts';
import { makeProgram } from '../transforms/jit.ts';
import { compileProgram } from './compile.ts';

/** Where the time of a compiled function goes. */
export interface Profile {
  /** The lines of the plan in order, with the work that comes before and after them. */
  readonly lines: readonly { readonly line: string; readonly seconds: number }[];
  /** Seconds of one run: the sum of the lines. */
  readonly seconds: number;
  /** A table of the lines that take most, longest first. */
  toString(): string;
}

/** Seconds by the clock: the only one a browser, a worker and Node share. */
const now = (): number => (globalThis as unknown as { performance: { now(): number } }).performance.now() / 1000;

/**
 * Times every kernel of `f` compiled for these arguments: for each line of the plan the least time of `runs` runs, which
 * is what other work on the machine disturbs least. Every mark costs a call out of the module, so that kernels of less
 * than a microsecond look slower than they are.
 * @throws CompileError for a Program this back end does not take.
 */
export function profile<A extends unknown[]>(f: (...args: A) => unknown, args: A, runs = 30): Profile {
  let times: number[] = [];
  let [current, since] = [0, 0];
  const onMark = (line: number): void => {
    const at = now();
    times[current] = (times[current] ?? 0) + at - since;
    [current, since] = [line + 1, at];
  };
  const compiled = compileProgram(makeProgram(f)(...args), { onMark });
  const { leaves } = takeArguments(
    args,
    args.map((_, i) => i),
  );
  // given anew every time, so that copying them in is counted
  const fresh = (): DenseTensor[] =>
    (leaves as DenseTensor[]).map((x) => new DenseTensor(x.data, x.shape, x.dtype, x.weak));
  const last = compiled.plan.length + 1;
  const names = ['inputs copied in', ...compiled.plan, 'results copied out'];
  const least: number[] = names.map(() => Number.POSITIVE_INFINITY);
  for (let i = 0; i < runs; i++) {
    times = [];
    const inputs = fresh();
    [current, since] = [0, now()];
    compiled.run(inputs);
    onMark(last);
    least.forEach((t, k) => {
      least[k] = Math.min(t, times[k] ?? 0);
    });
  }
  const lines = names.map((line, k) => ({ line, seconds: least[k] as number }));
  const seconds = least.reduce((a, b) => a + b, 0);
  const row = ({ line, seconds: own }: (typeof lines)[0]): string =>
    `${(own * 1e6).toFixed(1).padStart(10)} µs ${((100 * own) / seconds).toFixed(1).padStart(5)} %  ${line}`;
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
