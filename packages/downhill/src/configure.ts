import { setDebugNaNs } from './program/evaluate.ts';
import { ArgumentError } from './tensor/errors.ts';

export interface Configuration {
  /**
   * True to check every intermediate value of the reference evaluator: an operation that makes NaN from operands without
   * NaN throws a NaNError with the operation, its operands and the line it was written on. Default false.
   */
  readonly debugNaNs?: boolean;
}

const setters: { readonly [K in keyof Required<Configuration>]: (value: Required<Configuration>[K]) => void } = {
  debugNaNs: setDebugNaNs,
};

/**
 * Sets options of the whole library; what is not named stays as it is.
 * @throws ArgumentError for an option that does not exist or is not a boolean.
 */
export function configure(options: Configuration): void {
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(setters, name))
      throw new ArgumentError(`configure has no option ${name}; it knows ${Object.keys(setters).join(', ')}`);
    if (typeof value !== 'boolean') throw new ArgumentError(`configure: ${name} must be true or false`);
    setters[name as keyof Configuration](value);
  }
}
