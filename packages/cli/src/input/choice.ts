import { InputError } from '../errors.ts';
import { quote } from './quote.ts';

/** One of a few words, or an error that lists them. */
export function oneOf<T extends string>(option: string, text: string, words: readonly T[]): T {
  const found = words.find((word) => word === text);
  if (found !== undefined) return found;
  const list = `${words.slice(0, -1).join(', ')} or ${words[words.length - 1]}`;
  throw new InputError('unknown-choice', `${option} is one of ${list}, not ${quote(text)}`);
}

/** The update rules that `--method` and `--optimizer` know. */
export const methods = [
  'gd',
  'momentum',
  'nesterov',
  'adagrad',
  'rmsprop',
  'adadelta',
  'adam',
  'adamw',
  'amsgrad',
  'adamax',
  'nadam',
  'radam',
  'lion',
  'lamb',
  'muon',
] as const;

export type Method = (typeof methods)[number];

export const methodNames: Record<Method, string> = {
  gd: 'gradient descent',
  momentum: 'momentum',
  nesterov: 'Nesterov momentum',
  adagrad: 'Adagrad',
  rmsprop: 'RMSProp',
  adadelta: 'Adadelta',
  adam: 'Adam',
  adamw: 'AdamW',
  amsgrad: 'AMSGrad',
  adamax: 'Adamax',
  nadam: 'NAdam',
  radam: 'RAdam',
  lion: 'Lion',
  lamb: 'LAMB',
  muon: 'Muon',
};
