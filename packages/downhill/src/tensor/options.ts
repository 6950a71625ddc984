import { ArgumentError } from './errors.ts';

/** The names of all options of type `O`: the compiler refuses a list that lacks one or has one too many. */
export type OptionNames<O> = { readonly [K in keyof O]-?: unknown };

/** What is added about a name that is none of `names`. */
type Hint = (name: string, names: readonly string[]) => string;

/**
 * Refuses options that `who` does not have, which plain JavaScript would pass over in silence. Entries beside the core use
 * `checkOptions` of option-names.ts, which also says what a misspelt name may stand for.
 * @throws ArgumentError that names the option and all there are.
 */
export function checkOptions<O extends object>(
  who: string,
  options: O,
  known: OptionNames<NoInfer<O>>,
  hint?: Hint,
): void {
  const names = Object.keys(known);
  if (Object(options) !== options) throw new ArgumentError(`${who} takes an object of options, not ${options}`);
  for (const name in options)
    if (!Object.hasOwn(known, name))
      throw new ArgumentError(`${who} has no option ${name}${hint?.(name, names) ?? ''}; it knows ${names.join(', ')}`);
}
