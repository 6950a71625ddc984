import { formatNumber, formatPercent, plural } from '../output/number.ts';
import { lossFigure } from '../plot/loss.ts';
import { themed } from '../plot/palette.ts';
import { describeModel, type FittedModel } from '../train/model.ts';
import type { Evaluation, HistoryEntry } from '../train/result.ts';
import { html, Markup } from './html.ts';
import {
  classificationSection,
  coefficientSection,
  figure,
  lossSeries,
  regressionSection,
  trueMinus,
} from './sections.ts';
import { styleSheet } from './style.ts';

export interface ReportData {
  /** Name of the data file, without its folder. */
  source: string;
  rows: { train: number; validation: number; test: number; dropped: number };
  model: FittedModel;
  evaluation: Evaluation;
  history: readonly HistoryEntry[];
  stepsPerEpoch: number;
  warnings: readonly { step: number; message: string }[];
  /** Pairs of a setting and its value, for the last section. */
  settings: readonly [string, string][];
  /** The command that makes this report again. */
  command: string;
}

/** The whole report as one HTML file that asks nothing of the network. */
export function renderReport(data: ReportData): string {
  const { model, source, evaluation } = data;
  const kind = describeModel(model);
  const title = `Predicting ${model.target}`;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>${title}: ${kind} on ${source}</title>
<link rel="icon" href="data:,">
<style>${new Markup(styleSheet)}</style>
</head>
<body>
<main>
<header>
<p class="overline">${capital(kind)} on ${source}</p>
<h1>${title}</h1>
${lead(data)}
</header>
${headline(data)}
${lossSection(data)}
${evaluation.kind === 'classification' ? classificationSection(evaluation) : regressionSection(evaluation, model.target)}
${coefficientSection(model)}
${methodSection(data)}
<footer>Made by Downhill; every gradient was derived by automatic differentiation.</footer>
</main>
</body>
</html>
`;
  return page.text;
}

function lead({ evaluation, rows, model }: ReportData): Markup {
  if (evaluation.kind === 'regression') {
    const { metrics } = evaluation;
    return html`<p class="lead">On ${plural(rows.test, 'row')} that it had not seen, the model’s predictions of ${model.target} are off by ${formatNumber(metrics.mae, 3)} on average and account for ${formatPercent(Math.max(0, metrics.testR2))} of the variance.</p>`;
  }
  const { metrics, classes } = evaluation;
  if (classes.length > 2) {
    const worst = [...metrics.perClass].filter(({ support }) => support > 0).sort((a, b) => a.recall - b.recall)[0];
    const hardest =
      worst === undefined || worst.recall === 1
        ? ''
        : ` It is weakest on ${worst.class}, of which it finds ${formatPercent(worst.recall)}.`;
    return html`<p class="lead">On ${plural(rows.test, 'row')} that it had not seen, the model names the right one of ${classes.length} classes in ${formatPercent(metrics.testAccuracy)} of the cases.${hardest}</p>`;
  }
  const [negative, positive] = classes;
  const pairs =
    metrics.auc === null
      ? ''
      : ` Of a random pair, one ${positive} and one ${negative}, it gives the ${positive} one the higher score with probability ${metrics.auc.toFixed(3)}.`;
  return html`<p class="lead">On ${plural(rows.test, 'row')} that it had not seen, the model tells ${positive} from ${negative} correctly in ${formatPercent(metrics.testAccuracy)} of the cases.${pairs}</p>`;
}

function headline({ evaluation }: ReportData): Markup {
  const four = (value: number | null) => (value === null ? '–' : value.toFixed(4));
  const facts = ((): [string, string][] => {
    if (evaluation.kind === 'regression') {
      const { metrics } = evaluation;
      return [
        ['test R²', four(metrics.testR2)],
        ['root mean square error', formatNumber(metrics.rmse, 4)],
        ['mean absolute error', formatNumber(metrics.mae, 4)],
        ['training R²', four(metrics.trainR2)],
      ];
    }
    const { metrics, classes } = evaluation;
    return [
      ['test accuracy', formatPercent(metrics.testAccuracy)],
      [classes.length > 2 ? 'mean area under ROC curves' : 'area under ROC curve', four(metrics.auc)],
      classes.length > 2 ? ['mean F₁', four(metrics.macro.f1)] : ['average precision', four(metrics.averagePrecision)],
      ['test loss (cross-entropy)', formatNumber(metrics.testLoss, 4)],
    ];
  })();
  const items = facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${trueMinus(value)}</dd></div>\n`);
  return html`<dl class="figures">\n${items}</dl>`;
}

function lossSection({ history, evaluation, model, stepsPerEpoch, warnings }: ReportData): Markup {
  const first = history[0] as HistoryEntry;
  const last = history[history.length - 1] as HistoryEntry;
  const draw = (width: number) =>
    lossFigure({
      title: 'Loss while training',
      yLabel: evaluation.kind === 'classification' ? 'cross-entropy' : 'mean squared error',
      steps: history.map(({ step }) => step),
      series: lossSeries(history),
      palette: themed,
      heading: false,
      width,
      height: width > 500 ? 340 : 280,
    });
  const what = model.spec.kind === 'mlp' ? 'parameter' : 'coefficient';
  const epochs = stepsPerEpoch === 1 ? '' : ` (${plural(last.epoch, 'pass', 'passes')} over the training rows)`;
  const change = last.trainLoss <= first.trainLoss ? 'fell' : 'went';
  const listed = warnings.map(({ step, message }) => html`<li>Step ${step}: ${message}.</li>\n`);
  return html`<section>
<h2>How it learned</h2>
<p>Each step moves every ${what} against the gradient of the training loss. Over ${plural(last.step, 'step')}${epochs} the loss ${change} from ${formatNumber(first.trainLoss, 4)} to ${formatNumber(last.trainLoss, 4)} on the training rows, and from ${formatNumber(first.testLoss, 4)} to ${formatNumber(last.testLoss, 4)} on the test rows, which took no part in the training.</p>
${figure(draw, 'Loss after each step, on training rows (solid) and on rows that took no part in it (dotted).')}
${warnings.length === 0 ? undefined : html`<h3>What to look at</h3>\n<ul>\n${listed}</ul>`}
</section>`;
}

function methodSection({ rows, settings, command, source }: ReportData): Markup {
  const dropped = rows.dropped > 0 ? ` (${plural(rows.dropped, 'row')} left out for missing values)` : '';
  const early = rows.validation > 0 ? `${rows.validation} to decide when to stop, ` : '';
  const all: [string, string][] = [
    ['data', source],
    ['rows', `${rows.train} for training, ${early}${rows.test} for the test${dropped}`],
    ...settings,
  ];
  const lines = all.map(([name, value]) => html`<tr><th scope="row">${name}</th><td>${value}</td></tr>\n`);
  return html`<section>
<h2>How to make it again</h2>
<table class="settings full"><tbody>
${lines}</tbody></table>
<p class="quiet" style="margin-top:1rem">The same command gives the same numbers, to the last digit.</p>
<pre>${command}</pre>
</section>`;
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
