import type { PredictCommandOptions } from '../commands/predict.ts';
import { type CommandDefinition, define } from '../definition.ts';
import { methods } from '../input/choice.ts';

const scheduleForms =
  'constant, linear, cosine, exponential:0.95, step:30:0.5, inverse-time:0.01, restarts:10, one-cycle, warmup:10 or warmup-cosine:10';

/** Files of examples. */
export const tables: readonly CommandDefinition[] = [
  define({
    name: 'roc',
    summary: 'ROC curve, area under it and average precision of scored examples',
    positional: [['<file>', 'CSV or Parquet file, or - for CSV on standard input']],
    options: (command) =>
      command
        .requiredOption('--score <column>', 'column of scores; higher means positive')
        .requiredOption('--label <column>', 'column of true classes, two values')
        .option('--weight <column>', 'column of example weights')
        .option('--positive <value>', 'the label that counts as positive (default: the later one)')
        .option('--all', 'print every threshold instead of a selection')
        .option('--plot <file>', 'draw the curve (.svg or .png)'),
    examples: [
      ['roc scores.csv --score score --label label', 'area and thresholds'],
      ['roc scores.csv --score p --label outcome --positive yes --plot roc.png', 'a picture'],
    ],
    load: async () => (await import('../commands/roc.ts')).roc,
  }),
  define({
    name: 'train',
    summary: 'fit a model to a table and judge it on rows it has not seen',
    positional: [['[file]', 'CSV or Parquet file, or - for CSV on standard input (not needed with --resume)']],
    options: (command) =>
      command
        .option('--target <column>', 'column to predict')
        .option('--model <name>', 'linear, logistic or mlp:64,32 (default: linear or logistic, by the target)')
        .option('--task <name>', 'regression or classification (default: by the model, else by the target)')
        .option(
          '--activation <name>',
          'of an mlp: relu, tanh, sigmoid, gelu, silu, softplus or leakyRelu (default: relu)',
        )
        .option('--positive <value>', 'of two classes the one that counts as positive (default: the later one)')
        .option('--drop <columns>', 'columns to leave out, as id,name')
        .option('--categorical <columns>', 'columns of numbers to treat as categories')
        .option('--missing <policy>', 'refuse, or drop rows with missing values (default: refuse)')
        .option('--optimizer <name>', `one of ${methods.join(', ')} (default: adam)`)
        .option('--lr <rate>', 'learning rate (default: 0.05, of an mlp 0.003)')
        .option('--schedule <name>', `how the rate changes: ${scheduleForms} (default: constant)`)
        .option('--epochs <n>', 'passes over the training rows (default: 500, of an mlp 100)')
        .option('--steps <n>', 'the same in steps, rounded up to whole passes')
        .option('--batch <n>', 'rows in a step, or all (default: all, of an mlp 32)')
        .option('--l2 <strength>', 'ridge penalty (default: 1/rows if logistic, else 0)')
        .option('--clip <norm>', 'shorten longer gradients to this norm')
        .option('--non-finite <policy>', 'stop at a loss that is not finite, or skip such steps (default: stop)')
        .option('--patience <n>', 'stop after so many epochs without a better validation loss')
        .option(
          '--validation <share>',
          'share of the training rows that decides when to stop (default: 0.2 with --patience)',
        )
        .option('--test <share>', 'share of rows kept for the test (default: 0.25)')
        .option('--key <n>', 'key of split, weights and order (default: 0)')
        .option('--out <dir>', 'directory for model.json, model.safetensors and report.html (default: out)')
        .option('--checkpoint <n>', 'steps between checkpoints (default: one every ten seconds)')
        .option('--resume <dir>', 'go on with the run that was interrupted there')
        .option('--overwrite', 'give up an interrupted run in --out')
        .option('--plot <file>', 'draw the loss curve (.svg or .png)'),
    examples: [
      ['train examples/data/breast-cancer.csv --target diagnosis', 'a classifier'],
      ['train examples/data/diabetes.csv --target progression', 'a regression'],
      ['train examples/data/digits.csv --target digit --task classification --model mlp:64', 'a network'],
      ['train mine.csv --target price --drop id --missing drop --out result', 'your own file'],
      ['train --resume result', 'on after Ctrl-C'],
    ],
    load: async () => (await import('../commands/train.ts')).train,
  }),
  define<PredictCommandOptions, [string, string]>({
    name: 'predict',
    summary: 'predict the rows of a table with a model that train saved',
    positional: [
      ['<model>', 'directory that train --out wrote'],
      ['<file>', 'CSV or Parquet file with the same columns, or - for CSV on standard input'],
    ],
    options: (command) =>
      command
        .option('--missing <policy>', 'refuse, or drop rows with missing values', 'refuse')
        .option('--unseen <policy>', 'refuse categories that were not in training, or ignore them', 'refuse')
        .option('--out <file>', 'write the predictions there (.csv or .json)'),
    examples: [
      ['predict out new.csv', 'predictions as CSV'],
      ['predict out new.csv --out predicted.csv', 'into a file'],
      ['predict out new.csv --json', 'with the probability of each class'],
    ],
    load: async () => (await import('../commands/predict.ts')).predictCommand,
  }),
];
