import { basename, join } from 'node:path';
import type { TextTable } from 'downhill/data';
import type { CommandAction, CommandContext } from '../definition.ts';
import { InputError } from '../errors.ts';
import { methodNames } from '../input/choice.ts';
import { fileName } from '../input/number.ts';
import { readTable } from '../input/table.ts';
import { toJson } from '../output/json.ts';
import { formatNumber, formatPercent, groupThousands, plural } from '../output/number.ts';
import { startProgress } from '../output/progress.ts';
import { renderTable } from '../output/table.ts';
import { wrapText } from '../output/wrap.ts';
import { writeOutput } from '../plot/file.ts';
import { pictureFormat } from '../plot/format.ts';
import type { Terminal } from '../terminal.ts';
import { evaluate } from '../train/evaluate.ts';
import { fit, shuffled } from '../train/fit.ts';
import { modelDocument } from '../train/model.ts';
import { checkTrainOptions, type TrainCommandOptions, type TrainSettings } from '../train/options.ts';
import { type PreparedData, prepare } from '../train/prepare.ts';
import { type Evaluation, type FittedModel, type HistoryEntry, rankedCoefficients } from '../train/result.ts';

export const train: CommandAction<TrainCommandOptions> = async (path, options, context) => {
  const settings = checkTrainOptions(options);
  if (options.plot !== undefined) pictureFormat(options.plot);
  const { terminal, json } = context;
  const table = await readTable(path, terminal);
  const data = inFile(path, () => prepare(table, settings, (n) => shuffled(n, settings.key)));
  const l2 = settings.l2 ?? (data.model === 'logistic' ? 1 / data.train.targets.length : 0);
  const run = { ...settings, l2 };
  if (!json) printData(terminal, path, table, data, run);

  const progress = startProgress(terminal, 'training', run.steps);
  const live = json ? undefined : lossTable(terminal, run.steps);
  const fitted = fit(data, run, (step, losses) => {
    progress.update(step, losses && `loss ${formatNumber(losses.trainLoss, 4)}`);
    if (losses !== undefined) live?.(step, losses);
  });
  progress.end();
  const { history, diverged } = fitted;
  const model: FittedModel = {
    kind: data.model,
    target: data.target,
    classes: data.classes,
    encoder: data.encoder,
    intercept: fitted.intercept,
    weights: fitted.weights,
  };
  if (diverged) return reportDivergence(context, history, run);

  const last = history[history.length - 1] as HistoryEntry;
  const evaluation = evaluate(model, data, last);
  const modelPath = join(run.out, 'model.json');
  const reportPath = join(run.out, 'report.html');
  const described = describe(path, options, run, data);
  await writeOutput(modelPath, modelDocument(model, evaluation, described.settings));
  const { renderReport } = await import('../report/report.ts');
  const report = renderReport({
    source: basename(fileName(path)),
    rows: {
      train: data.train.targets.length,
      test: data.test.targets.length,
      dropped: table.rows.length - data.missing.complete.length,
    },
    model,
    evaluation,
    history,
    settings: described.settings,
    command: described.command,
  });
  await writeOutput(reportPath, report);
  if (options.plot !== undefined) await plotLoss(options.plot, data, history);

  if (json) {
    terminal.out(
      toJson({
        metrics: evaluation.metrics,
        history,
        model: modelPath,
        report: reportPath,
        coefficients: rankedCoefficients(model),
        intercept: model.intercept,
        ...(evaluation.kind === 'logistic'
          ? { classes: { negative: model.classes?.[0], positive: model.classes?.[1] } }
          : {}),
        rows: { train: data.train.targets.length, test: data.test.targets.length },
      }),
    );
    return;
  }
  printMetrics(terminal, evaluation, data);
  printCoefficients(terminal, model);
  const extra = options.plot === undefined ? '' : `, ${options.plot}`;
  terminal.out(`\nwrote ${modelPath}, ${reportPath}${extra}\n`);
  return;
};

/** Puts the file's name before what is wrong with its contents. */
function inFile<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof Error && 'position' in error && 'code' in error) {
      const { code, position } = error as InputError;
      throw new InputError(String(code), `${fileName(path)}: ${error.message}`, position);
    }
    throw error;
  }
}

function printData(
  terminal: Terminal,
  path: string,
  table: TextTable,
  data: PreparedData,
  settings: TrainSettings & { l2: number },
): void {
  const { style } = terminal;
  const { classes, encoder, train, test, missing, unseen } = data;
  const what = classes === undefined ? '' : ` (${classes[1]} against ${classes[0]})`;
  const name = basename(fileName(path));
  const head = `${name}: ${plural(table.rows.length, 'row')}, ${plural(encoder.features.length, 'feature')}, target ${data.target}${what}`;
  const kind = `${data.model} regression on ${plural(train.targets.length, 'row')}, ${groupThousands(test.targets.length)} kept for the test (key ${settings.key})`;
  terminal.out(
    `${wrapText(head, terminal.width).replace(name, style.bold(name))}\n${wrapText(kind, terminal.width)}\n`,
  );
  if (missing.count > 0) {
    const rows = table.rows.length - missing.complete.length;
    const places = missing.cells.slice(0, 3).map(({ row, column }) => `row ${row} ${column}`);
    const more = missing.count > places.length ? ', …' : '';
    const left = `left out ${plural(rows, 'row')} with missing values: ${places.join(', ')}${more}`;
    terminal.out(`${wrapText(left, terminal.width)}\n`);
  }
  if (unseen.length > 0) {
    const ignored = `seen in test rows only, so ignored: ${unseen.slice(0, 5).join(', ')}`;
    terminal.out(`${wrapText(ignored, terminal.width)}\n`);
  }
  terminal.out('\n');
}

/** Prints losses at chosen steps as they come, in columns of fixed width. */
function lossTable(
  terminal: Terminal,
  steps: number,
): (step: number, losses: { trainLoss: number; testLoss: number }) => void {
  const wanted = new Set([0, 1, 2, 5]);
  for (let scale = 10; scale <= steps; scale *= 10) {
    for (const factor of [1, 2, 5]) wanted.add(scale * factor);
  }
  wanted.add(steps);
  const width = Math.max(6, String(steps).length + 2);
  terminal.out(`  ${terminal.style.dim(`${'step'.padStart(width)}  training loss      test loss`)}\n`);
  const cell = (value: number) => formatFixed(value).padStart(13);
  return (step, { trainLoss, testLoss }) => {
    if (!wanted.has(step)) return;
    if (terminal.errIsTty) terminal.err('\r\u001b[2K');
    terminal.out(`  ${String(step).padStart(width)}  ${cell(trainLoss)}  ${cell(testLoss)}\n`);
  };
}

/** Four decimals in an ordinary range, so that a column of losses lines up as it is printed. */
function formatFixed(value: number): string {
  const size = Math.abs(value);
  return size >= 1e-3 && size < 1e7 ? value.toFixed(size < 1 ? 5 : 3) : formatNumber(value);
}

function printMetrics(terminal: Terminal, evaluation: Evaluation, data: PreparedData): void {
  const { style } = terminal;
  const line = (name: string, value: string, note = '') =>
    terminal.out(`  ${name.padEnd(18)}  ${style.bold(value.padEnd(9))}${note}`.trimEnd().concat('\n'));
  terminal.out('\n');
  if (evaluation.kind === 'linear') {
    const { metrics } = evaluation;
    line('test R²', metrics.testR2.toFixed(4), `training ${metrics.trainR2.toFixed(4)}`);
    line('test error (RMSE)', formatNumber(metrics.rmse, 5));
    line('test error (MAE)', formatNumber(metrics.mae, 5));
    return;
  }
  const { metrics } = evaluation;
  const [[, falsePositive], [falseNegative]] = metrics.confusion;
  const wrong = falsePositive + falseNegative;
  line(
    'test accuracy',
    formatPercent(metrics.testAccuracy),
    `${groupThousands(wrong)} of ${groupThousands(data.test.targets.length)} wrong: ${groupThousands(falseNegative)} missed, ${plural(falsePositive, 'false alarm')}`,
  );
  line('test AUC', metrics.auc.toFixed(4));
  line('average precision', metrics.averagePrecision.toFixed(4));
}

function printCoefficients(terminal: Terminal, model: FittedModel): void {
  const ranked = rankedCoefficients(model).slice(0, 8);
  const { style } = terminal;
  const unit = model.kind === 'logistic' ? `towards ${model.classes?.[1]}` : `on ${model.target}`;
  terminal.out(`\n${wrapText(`largest coefficients, ${unit} per standard deviation`, terminal.width)}\n`);
  const largest = Math.abs(ranked[0]?.weight ?? 1) || 1;
  const bar = (weight: number) => {
    const length = Math.round((16 * Math.abs(weight)) / largest);
    return length === 0 ? '·' : (weight < 0 ? '░' : '█').repeat(length);
  };
  terminal.out(
    renderTable(
      [
        { header: 'feature', cells: ranked.map(({ feature }) => feature), shrink: true },
        { header: 'coefficient', cells: ranked.map(({ weight }) => Number(weight.toPrecision(4))) },
        { header: '', cells: ranked.map(({ weight }) => style.green(bar(weight))) },
      ],
      { width: terminal.width, paintHeader: style.dim },
    ),
  );
}

function reportDivergence(
  { terminal, json }: CommandContext,
  history: readonly HistoryEntry[],
  settings: { learningRate: number; optimizer: string },
): number {
  const last = history[history.length - 1] as HistoryEntry;
  const message =
    `training diverged: the loss was ${formatNumber(last.trainLoss)} at step ${last.step}; ` +
    `try a smaller learning rate than --lr ${settings.learningRate}`;
  terminal.err(`downhill train: ${message}\n`);
  if (json) {
    terminal.out(toJson({ metrics: {}, history, model: null, error: { code: 'diverged', message } }));
  }
  return 1;
}

async function plotLoss(path: string, data: PreparedData, history: readonly HistoryEntry[]): Promise<void> {
  const { lossFigure } = await import('../plot/loss.ts');
  const { writeFigure } = await import('../plot/file.ts');
  const figure = lossFigure({
    title: `Loss of ${data.model} regression for ${data.target}`,
    yLabel: data.model === 'logistic' ? 'cross-entropy' : 'mean squared error',
    steps: history.map(({ step }) => step),
    series: [
      { name: 'training', values: history.map(({ trainLoss }) => trainLoss) },
      { name: 'test', values: history.map(({ testLoss }) => testLoss), dashed: true },
    ],
  });
  await writeFigure(path, figure);
}

/** The settings in words, and the command line that repeats the run. */
function describe(
  path: string,
  options: TrainCommandOptions,
  settings: TrainSettings & { l2: number },
  data: PreparedData,
): { settings: [string, string][]; command: string } {
  const stratified = data.model === 'logistic' ? 'each class in proportion, ' : '';
  const quoteArgument = (text: string) => (/^[\w./:=,+-]+$/.test(text) ? text : `'${text.replace(/'/g, "'\\''")}'`);
  const defaults: Partial<Record<keyof TrainCommandOptions, string>> = {
    missing: 'refuse',
    optimizer: 'adam',
    lr: '0.05',
    steps: '500',
    test: '0.25',
    key: '0',
    out: 'out',
  };
  const given = (Object.entries(options) as [keyof TrainCommandOptions, unknown][])
    .filter(([name, value]) => typeof value === 'string' && defaults[name] !== value)
    .filter(([name]) => name !== 'plot' && name !== 'target')
    .map(([name, value]) => `--${name} ${quoteArgument(String(value))}`);
  return {
    settings: [
      ['optimizer', `${methodNames[settings.optimizer]}, learning rate ${settings.learningRate}`],
      ['steps', `${groupThousands(settings.steps)}, each over all training rows`],
      ['penalty', settings.l2 === 0 ? 'none' : `ridge, strength ${formatNumber(settings.l2, 4)}`],
      ['split', `${stratified}random key ${settings.key}`],
    ],
    command: ['downhill train', quoteArgument(path), `--target ${quoteArgument(options.target)}`, ...given].join(' '),
  };
}
