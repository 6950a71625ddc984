import { type CommandDefinition, define } from '../definition.ts';
import { methods } from '../input/choice.ts';

/** Files of examples. */
export const tables: readonly CommandDefinition[] = [
  define({
    name: 'roc',
    summary: 'ROC curve, area under it and average precision of scored examples',
    positional: [['<file>', 'CSV file with a header, or - for standard input']],
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
    summary: 'fit a model to a CSV file and judge it on rows it has not seen',
    positional: [['<file>', 'CSV file with a header, or - for standard input']],
    options: (command) =>
      command
        .requiredOption('--target <column>', 'column to predict')
        .option('--model <name>', 'linear or logistic (default: by the target)')
        .option('--positive <value>', 'the class that counts as positive (default: the later one)')
        .option('--drop <columns>', 'columns to leave out, as id,name')
        .option('--categorical <columns>', 'columns of numbers to treat as categories')
        .option('--missing <policy>', 'refuse, or drop rows with missing values', 'refuse')
        .option('--optimizer <name>', `one of ${methods.join(', ')}`, 'adam')
        .option('--lr <rate>', 'learning rate', '0.05')
        .option('--steps <n>', 'number of steps over all training rows', '500')
        .option('--l2 <strength>', 'ridge penalty (default: 1/rows if logistic, else 0)')
        .option('--test <share>', 'share of rows kept for the test', '0.25')
        .option('--key <n>', 'key of the random split', '0')
        .option('--out <dir>', 'directory for model.json and report.html', 'out')
        .option('--plot <file>', 'draw the loss curve (.svg or .png)'),
    examples: [
      ['train examples/data/breast-cancer.csv --target diagnosis', 'a classifier'],
      ['train examples/data/diabetes.csv --target progression', 'a regression'],
      ['train mine.csv --target price --drop id --missing drop --out result', 'your own file'],
    ],
    load: async () => (await import('../commands/train.ts')).train,
  }),
];
