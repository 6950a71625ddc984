import { basename } from 'node:path';
import { fileName } from '../input/quote.ts';
import { formatNumber, formatPercent, groupThousands, plural } from '../output/number.ts';
import { renderTable } from '../output/table.ts';
import { wrapText } from '../output/wrap.ts';
import type { Terminal } from '../terminal.ts';
import type { Fitted } from './fit.ts';
import { describeModel, type FittedModel, rankedCoefficients } from './model.ts';
import type { Plan } from './plan.ts';
import type { PreparedData } from './prepare.ts';
import type { Evaluation, HistoryEntry } from './result.ts';

/** What the data are and how they are divided. */
export function printData(
  terminal: Terminal,
  { path, rows, dropped, data, key }: { path: string; rows: number; dropped: number; data: PreparedData; key: number },
): void {
  const { style } = terminal;
  const { task, encoder, train, validation, test, missing, unseen } = data;
  const name = basename(fileName(path));
  const classes = task.kind === 'classification' ? task.classes : [];
  const what =
    classes.length === 0
      ? ''
      : classes.length === 2
        ? ` (${classes[1]} against ${classes[0]})`
        : ` (${classes.length} classes)`;
  const line = (text: string) => terminal.out(`${wrapText(text, terminal.width).replace(name, style.bold(name))}\n`);
  line(`${name}: ${plural(rows, 'row')}, ${plural(encoder.features.length, 'feature')}, target ${data.target}${what}`);
  const early = validation === undefined ? '' : `${groupThousands(validation.targets.length)} to decide when to stop, `;
  line(
    `${describeModel(data)} on ${plural(train.targets.length, 'row')}, ${early}${groupThousands(test.targets.length)} kept for the test (key ${key})`,
  );
  if (missing.count > 0) {
    const places = missing.cells.slice(0, 3).map(({ row, column }) => `row ${row} ${column}`);
    const more = missing.count > places.length ? ', …' : '';
    line(`left out ${plural(dropped, 'row')} with missing values: ${places.join(', ')}${more}`);
  }
  if (unseen.length > 0) line(`not seen in training rows, so ignored: ${unseen.slice(0, 5).join(', ')}`);
  terminal.out('\n');
}

/** Prints losses at chosen epochs as they come, in columns of fixed width. */
export function lossTable(terminal: Terminal, plan: Plan): (entry: HistoryEntry) => void {
  const { epochs, stepsPerEpoch } = plan;
  const wanted = new Set([0, 1, 2, 5]);
  for (let scale = 10; scale <= epochs; scale *= 10) {
    for (const factor of [1, 2, 5]) wanted.add(scale * factor);
  }
  wanted.add(epochs);
  const unit = stepsPerEpoch === 1 ? 'step' : 'epoch';
  const width = Math.max(6, String(epochs).length + 2);
  const cell = (value: number) => formatFixed(value).padStart(13);
  let hasHead = false;
  return ({ epoch, trainLoss, testLoss, validationLoss }) => {
    if (!wanted.has(epoch)) return;
    if (terminal.errIsTty) terminal.err('\r\u001b[2K');
    const more = validationLoss === undefined ? '' : `  ${cell(validationLoss)}`;
    if (!hasHead) {
      hasHead = true;
      const head = `${unit.padStart(width)}  training loss${more === '' ? '' : '     validation'}      test loss`;
      terminal.out(`  ${terminal.style.dim(head)}\n`);
    }
    terminal.out(`  ${String(epoch).padStart(width)}  ${cell(trainLoss)}${more}  ${cell(testLoss)}\n`);
  };
}

/** Four decimals in an ordinary range, so that a column of losses lines up as it is printed. */
function formatFixed(value: number): string {
  const size = Math.abs(value);
  return size >= 1e-3 && size < 1e7 ? value.toFixed(size < 1 ? 5 : 3) : formatNumber(value);
}

export function printMetrics(terminal: Terminal, evaluation: Evaluation, fitted: Fitted): void {
  const { style } = terminal;
  const line = (name: string, value: string, note = '') =>
    terminal.out(`  ${name.padEnd(18)}  ${style.bold(value.padEnd(9))}${note}`.trimEnd().concat('\n'));
  terminal.out('\n');
  if (fitted.reason === 'early-stopped') {
    terminal.out(`  stopped early; the parameters are those of epoch ${fitted.bestEpoch}\n\n`);
  }
  if (fitted.skipped > 0)
    terminal.out(`  ${plural(fitted.skipped, 'step')} left out for values that are not finite\n\n`);
  if (evaluation.kind === 'regression') {
    const { metrics } = evaluation;
    line('test R²', metrics.testR2.toFixed(4), `training ${metrics.trainR2.toFixed(4)}`);
    line('test error (RMSE)', formatNumber(metrics.rmse, 5));
    line('test error (MAE)', formatNumber(metrics.mae, 5), `largest ${formatNumber(metrics.maxError, 5)}`);
    return;
  }
  const { metrics, classes } = evaluation;
  const total = metrics.confusion.flat().reduce((a, b) => a + b, 0);
  const wrong = total - metrics.confusion.reduce((sum, row, i) => sum + (row[i] as number), 0);
  const [[, falsePositive = 0] = [], [falseNegative = 0] = []] = metrics.confusion;
  const kinds =
    classes.length === 2 ? `: ${groupThousands(falseNegative)} missed, ${plural(falsePositive, 'false alarm')}` : '';
  line(
    'test accuracy',
    formatPercent(metrics.testAccuracy),
    `${groupThousands(wrong)} of ${groupThousands(total)} wrong${kinds}`,
  );
  line(
    'test AUC',
    metrics.auc?.toFixed(4) ?? '-',
    classes.length > 2 ? 'mean of the classes, each against the rest' : '',
  );
  line('average precision', metrics.averagePrecision?.toFixed(4) ?? '-');
  printClasses(terminal, evaluation);
}

const shownClasses = 20;

function printClasses(terminal: Terminal, { metrics }: Extract<Evaluation, { kind: 'classification' }>): void {
  const rows = metrics.perClass.slice(0, shownClasses);
  const three = (value: number) => value.toFixed(3);
  terminal.out('\n');
  terminal.out(
    renderTable(
      [
        { header: 'class', cells: rows.map((row) => row.class), shrink: true },
        { header: 'precision', cells: rows.map((row) => three(row.precision)), align: 'right' },
        { header: 'recall', cells: rows.map((row) => three(row.recall)), align: 'right' },
        { header: 'F1', cells: rows.map((row) => three(row.f1)), align: 'right' },
        { header: 'AUC', cells: rows.map((row) => (row.auc === null ? '-' : three(row.auc))), align: 'right' },
        { header: 'test rows', cells: rows.map((row) => groupThousands(row.support)), align: 'right' },
      ],
      { width: terminal.width, paintHeader: terminal.style.dim },
    ),
  );
  if (metrics.perClass.length > rows.length)
    terminal.out(`  … ${metrics.perClass.length - rows.length} more classes\n`);
}

export function printCoefficients(terminal: Terminal, model: FittedModel): void {
  const ranked = rankedCoefficients(model).slice(0, 8);
  if (ranked.length === 0) return;
  const { style } = terminal;
  const unit = model.task.kind === 'classification' ? `towards ${model.task.classes[1]}` : `on ${model.target}`;
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
