import { nearestName } from './nearest.ts';
import { checkOptions as check, type OptionNames } from './options.ts';

export type { OptionNames } from './options.ts';

const hint = (name: string, names: readonly string[]): string => {
  const nearest = nearestName(name, names);
  return nearest === undefined ? '' : ` (did you mean ${nearest}?)`;
};

/**
 * `checkOptions` for every entry but the core, whose size has no room for the search: the message also says which option a
 * misspelt name is nearest to.
 * @returns the options.
 * @throws ArgumentError that names the option, the nearest one and all there are.
 */
export function checkOptions<O extends object>(who: string, options: O, known: OptionNames<NoInfer<O>>): O {
  check(who, options, known, hint);
  return options;
}
