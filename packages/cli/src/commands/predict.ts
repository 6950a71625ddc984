import type { CommandAction } from '../definition.ts';
import { InputError } from '../errors.ts';
import { oneOf } from '../input/choice.ts';
import { fileName } from '../input/quote.ts';
import { readTable } from '../input/table.ts';
import { toJson } from '../output/json.ts';
import { groupThousands, plural } from '../output/number.ts';
import { writeOutput } from '../plot/file.ts';
import { judgeClasses, judgeNumbers } from '../train/evaluate.ts';
import { inFile } from '../train/in-file.ts';
import { type FittedModel, type Predictions, predict } from '../train/model.ts';
import { readFeatures, readTruth } from '../train/rows.ts';
import { loadModel } from '../train/store.ts';

export interface PredictCommandOptions {
  missing: string;
  unseen: string;
  out?: string;
}

export const predictCommand: CommandAction<PredictCommandOptions, [string, string]> = async (
  [directory, path],
  options,
  { terminal, json },
) => {
  const policy = {
    dropMissing: oneOf('--missing', options.missing, ['refuse', 'drop']) === 'drop',
    ignoreUnseen: oneOf('--unseen', options.unseen, ['refuse', 'ignore']) === 'ignore',
  };
  const format = options.out === undefined ? undefined : formatOf(options.out);
  const model = await loadModel(directory);
  const table = await readTable(path, terminal);
  const rows = inFile(path, () => readFeatures(table, model, policy));
  const predictions = predict(model, rows.features);
  const truth = inFile(path, () => readTruth(table, model, rows.kept));
  const metrics = truth === undefined ? undefined : judge(model, predictions, truth);
  const document = () => ({
    target: model.target,
    ...(model.task.kind === 'classification' ? { classes: model.task.classes } : {}),
    predictions: records(model, predictions, rows.kept),
    ...(metrics === undefined ? {} : { metrics }),
    notes: rows.notes,
  });
  for (const note of rows.notes) terminal.err(`downhill predict: ${fileName(path)}: ${note}\n`);
  if (options.out !== undefined) {
    await writeOutput(options.out, format === 'json' ? toJson(document()) : toCsv(model, predictions, rows.kept));
  }
  if (json) {
    terminal.out(toJson({ ...document(), ...(options.out === undefined ? {} : { out: options.out }) }));
    return;
  }
  if (options.out === undefined) {
    terminal.out(toCsv(model, predictions, rows.kept));
    return;
  }
  terminal.out(`wrote ${plural(rows.kept.length, 'prediction')} of ${model.target} to ${options.out}\n`);
  if (metrics !== undefined) terminal.out(`${sentenceOf(metrics, rows.kept.length)}\n`);
  return;
};

function formatOf(path: string): 'csv' | 'json' {
  const extension = /\.([^./\\]+)$/.exec(path)?.[1]?.toLowerCase();
  if (extension === 'csv' || extension === 'json') return extension;
  throw new InputError('unknown-format', `--out takes a name that ends in .csv or .json, not ${JSON.stringify(path)}`);
}

type Judged = ReturnType<typeof judgeNumbers> | ReturnType<typeof judgeClasses>['metrics'];

function judge(model: FittedModel, predictions: Predictions, truth: Float64Array): Judged {
  return model.task.kind === 'regression'
    ? judgeNumbers(truth, predictions.values)
    : judgeClasses(truth, predictions, model.task.classes).metrics;
}

function sentenceOf(metrics: Judged, rows: number): string {
  if ('rmse' in metrics) {
    return `the file has the target too: R² ${metrics.testR2.toFixed(4)}, mean absolute error ${metrics.mae.toPrecision(4)}`;
  }
  const right = metrics.confusion.reduce((sum, row, i) => sum + (row[i] as number), 0);
  return `the file has the target too: ${groupThousands(right)} of ${groupThousands(rows)} right`;
}

interface Prediction {
  /** Row of the table, counted from 1. */
  row: number;
  prediction: number | string;
  probabilities?: Record<string, number>;
}

function records(model: FittedModel, { values, probabilities }: Predictions, kept: Uint32Array): Prediction[] {
  const { task } = model;
  return Array.from(kept, (row, i): Prediction => {
    const value = values[i] as number;
    if (task.kind === 'regression') return { row: row + 1, prediction: value };
    const k = task.classes.length;
    return {
      row: row + 1,
      prediction: task.classes[value] as string,
      probabilities: Object.fromEntries(task.classes.map((name, c) => [name, probabilities?.[i * k + c] as number])),
    };
  });
}

/** One line a row: its number, the prediction, and the probability of each class. */
function toCsv(model: FittedModel, predictions: Predictions, kept: Uint32Array): string {
  const { task, target } = model;
  const classes = task.kind === 'classification' ? task.classes : [];
  const header = ['row', target, ...classes.map((name) => `p(${name})`)];
  const k = classes.length;
  const lines = Array.from(kept, (row, i) => {
    const value = predictions.values[i] as number;
    const said = k === 0 ? String(value) : (classes[value] as string);
    return [String(row + 1), said, ...classes.map((_, c) => String(predictions.probabilities?.[i * k + c]))];
  });
  return [header, ...lines].map((cells) => `${cells.map(csvCell).join(',')}\n`).join('');
}

/** Quoted where a reader of CSV would take it apart. */
const csvCell = (text: string): string => (/[",\r\n]|^\s|\s$/.test(text) ? `"${text.replace(/"/g, '""')}"` : text);
