import { InputError } from '../errors.ts';
import { type Method, methods, oneOf } from '../input/choice.ts';
import { numberOption } from '../input/number.ts';
import { quote } from '../input/quote.ts';
import type { ModelSpec, Task } from './model.ts';

/** The options of `train` as typed; what was not typed is absent. */
export interface TrainCommandOptions {
  target?: string;
  model?: string;
  task?: string;
  activation?: string;
  positive?: string;
  drop?: string;
  categorical?: string;
  missing?: string;
  optimizer?: string;
  lr?: string;
  schedule?: string;
  epochs?: string;
  steps?: string;
  batch?: string;
  l2?: string;
  clip?: string;
  nonFinite?: string;
  validation?: string;
  patience?: string;
  test?: string;
  key?: string;
  checkpoint?: string;
  resume?: string;
  overwrite?: boolean;
  out?: string;
  plot?: string;
}

/** The same, checked; what depends on the data (batch, epochs, learning rate, penalty) is settled later. */
export interface TrainSettings {
  target: string;
  model: ModelSpec | undefined;
  task: Task['kind'] | undefined;
  positive: string | undefined;
  drop: string[];
  categorical: string[];
  dropMissing: boolean;
  optimizer: Method;
  learningRate: number | undefined;
  schedule: string;
  epochs: number | undefined;
  steps: number | undefined;
  batch: number | 'all' | undefined;
  l2: number | undefined;
  clip: number | undefined;
  skipNonFinite: boolean;
  validationFraction: number;
  patience: number | undefined;
  testFraction: number;
  key: number;
  /** Steps between checkpoints; undefined for one every ten seconds. */
  checkpointEvery: number | undefined;
}

export const maxEpochs = 1_000_000;
const mostHidden = 8;
const widest = 4096;

export function checkTrainOptions(options: TrainCommandOptions): TrainSettings {
  const { target } = options;
  if (target === undefined) {
    throw new InputError('missing-option', '--target is required (see downhill train --help)');
  }
  if (options.epochs !== undefined && options.steps !== undefined) {
    throw new InputError('conflicting-options', '--epochs and --steps both say how long to train; give one of them');
  }
  if (options.out?.trim() === '') throw new InputError('bad-directory', '--out names no directory');
  const patience = whole('--patience', options.patience);
  const share = { min: 0, max: 1, openMin: true, openMax: true };
  const validation =
    options.validation === undefined
      ? patience === undefined
        ? 0
        : 0.2
      : numberOption('--validation', options.validation, { ...share, openMin: false });
  if (patience !== undefined && validation === 0) {
    throw new InputError(
      'conflicting-options',
      '--patience stops by the loss on validation rows, but --validation is 0',
    );
  }
  const positive = { min: 0, openMin: true };
  return {
    target,
    model: options.model === undefined ? undefined : parseModel(options.model, options.activation),
    task:
      options.task === undefined ? undefined : oneOf('--task', options.task, ['regression', 'classification'] as const),
    positive: options.positive,
    drop: names(options.drop),
    categorical: names(options.categorical),
    dropMissing: oneOf('--missing', options.missing ?? 'refuse', ['refuse', 'drop']) === 'drop',
    optimizer: oneOf('--optimizer', options.optimizer ?? 'adam', methods),
    learningRate: options.lr === undefined ? undefined : numberOption('--lr', options.lr, { ...positive, max: 1e6 }),
    schedule: options.schedule ?? 'constant',
    epochs: whole('--epochs', options.epochs, maxEpochs),
    steps: whole('--steps', options.steps, maxEpochs),
    batch: options.batch === 'all' ? 'all' : whole('--batch', options.batch),
    l2: options.l2 === undefined ? undefined : numberOption('--l2', options.l2, { min: 0 }),
    clip: options.clip === undefined ? undefined : numberOption('--clip', options.clip, positive),
    skipNonFinite: oneOf('--non-finite', options.nonFinite ?? 'stop', ['stop', 'skip']) === 'skip',
    validationFraction: validation,
    patience,
    testFraction: numberOption('--test', options.test ?? '0.25', share),
    key: numberOption('--key', options.key ?? '0', { min: 0, max: 2 ** 32 - 1, integer: true }),
    checkpointEvery: whole('--checkpoint', options.checkpoint),
  };
}

function whole(option: string, text: string | undefined, max?: number): number | undefined {
  return text === undefined ? undefined : numberOption(option, text, { min: 1, max, integer: true });
}

const activationNames = ['relu', 'tanh', 'sigmoid', 'gelu', 'silu', 'softplus', 'leakyRelu'] as const;

/** `linear`, `logistic` or `mlp:64,32`. */
function parseModel(text: string, activation: string | undefined): ModelSpec {
  const [name, sizes, ...more] = text.split(':');
  if (name !== 'mlp') {
    const words = ['linear', 'logistic', 'mlp:64,32'] as const;
    const kind = oneOf('--model', text, words) as 'linear' | 'logistic';
    if (activation !== undefined) {
      throw new InputError('conflicting-options', `--activation is for an mlp; a ${kind} model has none`);
    }
    return { kind, hidden: [], activation: undefined };
  }
  const hidden = (sizes ?? '').split(',').map((part) => (/^\s*\d+\s*$/.test(part) ? Number(part) : Number.NaN));
  if (more.length > 0 || hidden.some((size) => !(size >= 1 && size <= widest)) || hidden.length > mostHidden) {
    throw new InputError(
      'bad-model',
      `--model mlp is written mlp:64,32, with 1 to ${mostHidden} sizes of hidden layers from 1 to ${widest}; got ${quote(text)}`,
    );
  }
  return { kind: 'mlp', hidden, activation: oneOf('--activation', activation ?? 'relu', activationNames) };
}

function names(text: string | undefined): string[] {
  if (text === undefined) return [];
  return text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

/** The name of an option as it is typed. */
export const flagOf = (name: string): string => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** An argument as a shell takes it. */
export const quoteArgument = (text: string): string =>
  /^[\w./:=,+-]+$/.test(text) ? text : `'${text.replace(/'/g, "'\\''")}'`;

/** Options that say where results go or how a run is stored, and nothing about what is computed. */
export const storageOptions = ['out', 'plot', 'resume', 'overwrite', 'checkpoint'] as const;

/** The command line that makes a run again. */
export function commandOf(path: string, options: TrainCommandOptions): string {
  const given = (Object.entries(options) as [string, unknown][])
    .filter(([name, value]) => typeof value === 'string' && name !== 'plot' && name !== 'resume')
    .sort(([a], [b]) => (a === 'target' ? -1 : b === 'target' ? 1 : 0))
    .map(([name, value]) => `${flagOf(name)} ${quoteArgument(String(value))}`);
  return ['downhill train', quoteArgument(path), ...given].join(' ');
}
