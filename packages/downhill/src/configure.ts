import { setDebugNaNs } from './program/evaluate.ts';
import { ArgumentError } from './tensor/errors.ts';
import { checkOptions } from './tensor/options.ts';
import { setCompiler, setMachine } from './trace/apply.ts';

export interface Configuration {
  /**
   * True to check every intermediate value of the reference evaluator: an operation that makes NaN from operands without
   * NaN throws a NaNError with the operation, its operands and the line it was written on. Jitted functions run on that
   * evaluator meanwhile. Default false.
   */
  readonly debugNaNs?: boolean;
  /**
   * False to run jitted functions on the reference evaluator. Default true: Node compiles them, other engines do once
   * `installCompiler()` of `downhill/compile` was called, which after `false` has to be called again.
   */
  readonly compiler?: boolean;
  /**
   * Threads a compiled Program may use, the caller's included: 1 for none beside it. Default: as many as there are
   * processors, 8 at most; never more than 64. Results are the same for any number. They are started when the first Program
   * with enough work runs, and only where the engine shares memory and the caller may wait: not on the main thread of a page.
   */
  readonly threads?: number | undefined;
  /**
   * True to turn on V8's experimental revectorizer where Node has it, which joins pairs of 128-bit operations. For Programs
   * compiled from then on; without effect elsewhere. Default false.
   */
  readonly wideSimd?: boolean;
}

const isBoolean = (x: unknown): boolean => typeof x === 'boolean';

const options: Record<string, readonly [accepts: (x: unknown) => boolean, what: string, set: (x: never) => void]> = {
  debugNaNs: [isBoolean, 'true or false', setDebugNaNs],
  compiler: [isBoolean, 'true or false', (on: boolean) => setCompiler(on && undefined)],
  threads: [
    (x) => x === undefined || (Number.isInteger(x) && (x as number) > 0),
    'a whole number from 1 on',
    (threads: number) => setMachine({ threads }),
  ],
  wideSimd: [isBoolean, 'true or false', (wideSimd: boolean) => setMachine({ wideSimd })],
};

/**
 * Sets options of the whole library; what is not named stays as it is.
 * @throws ArgumentError for an option that does not exist or a value it does not take.
 */
export function configure(configuration: Configuration): void {
  checkOptions<object>('configure', configuration, options);
  for (const [name, value] of Object.entries(configuration)) {
    const [accepts, what, set] = options[name] as (typeof options)[string];
    if (!accepts(value)) throw new ArgumentError(`configure: ${name} must be ${what}, got ${value}`);
    set(value as never);
  }
}
