import { formatNumber, formatPercent, plural } from '../output/number.ts';
import { coefficientsFigure } from '../plot/coefficients.ts';
import type { Figure } from '../plot/figure.ts';
import { fitFigure } from '../plot/fit.ts';
import { lossFigure } from '../plot/loss.ts';
import { themed } from '../plot/palette.ts';
import { rocFigure } from '../plot/roc.ts';
import { type Evaluation, type FittedModel, type HistoryEntry, rankedCoefficients } from '../train/result.ts';
import { html, Markup } from './html.ts';
import { styleSheet } from './style.ts';

export interface ReportData {
  /** Name of the data file, without its folder. */
  source: string;
  rows: { train: number; test: number; dropped: number };
  model: FittedModel;
  evaluation: Evaluation;
  history: readonly HistoryEntry[];
  /** Pairs of a setting and its value, for the last section. */
  settings: readonly [string, string][];
  /** The command that makes this report again. */
  command: string;
}

const wide = 680;
const narrow = 350;
const shownCoefficients = 12;

/** The whole report as one HTML file that asks nothing of the network. */
export function renderReport(data: ReportData): string {
  const { model, source } = data;
  const kind = model.kind === 'logistic' ? 'logistic regression' : 'linear regression';
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
${qualitySection(data)}
${coefficientSection(data)}
${methodSection(data)}
<footer>Made by Downhill; every gradient was derived by automatic differentiation.</footer>
</main>
</body>
</html>
`;
  return page.text;
}

function lead({ evaluation, rows, model }: ReportData): Markup {
  if (evaluation.kind === 'logistic') {
    const { metrics } = evaluation;
    const [negative, positive] = model.classes ?? ['0', '1'];
    return html`<p class="lead">On ${plural(rows.test, 'row')} that it had not seen, the model tells ${positive} from ${negative} correctly in ${formatPercent(metrics.testAccuracy)} of the cases. Of a random pair, one ${positive} and one ${negative}, it gives the ${positive} one the higher score with probability ${metrics.auc.toFixed(3)}.</p>`;
  }
  const { metrics } = evaluation;
  return html`<p class="lead">On ${plural(rows.test, 'row')} that it had not seen, the model’s predictions of ${model.target} are off by ${formatNumber(metrics.mae, 3)} on average and account for ${formatPercent(Math.max(0, metrics.testR2))} of the variance.</p>`;
}

function headline({ evaluation }: ReportData): Markup {
  const facts: [string, string][] =
    evaluation.kind === 'logistic'
      ? [
          ['test accuracy', formatPercent(evaluation.metrics.testAccuracy)],
          ['area under ROC curve', evaluation.metrics.auc.toFixed(4)],
          ['average precision', evaluation.metrics.averagePrecision.toFixed(4)],
          ['test loss (cross-entropy)', formatNumber(evaluation.metrics.testLoss, 4)],
        ]
      : [
          ['test R²', evaluation.metrics.testR2.toFixed(4)],
          ['root mean square error', formatNumber(evaluation.metrics.rmse, 4)],
          ['mean absolute error', formatNumber(evaluation.metrics.mae, 4)],
          ['training R²', evaluation.metrics.trainR2.toFixed(4)],
        ];
  const items = facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${trueMinus(value)}</dd></div>\n`);
  return html`<dl class="figures">\n${items}</dl>`;
}

function lossSection({ history, evaluation }: ReportData): Markup {
  const first = history[0] as HistoryEntry;
  const last = history[history.length - 1] as HistoryEntry;
  const draw = (width: number) =>
    lossFigure({
      title: 'Loss while training',
      yLabel: evaluation.kind === 'logistic' ? 'cross-entropy' : 'mean squared error',
      steps: history.map(({ step }) => step),
      series: [
        { name: 'training', values: history.map(({ trainLoss }) => trainLoss) },
        { name: 'test', values: history.map(({ testLoss }) => testLoss), dashed: true },
      ],
      palette: themed,
      heading: false,
      width,
      height: width > 500 ? 340 : 280,
    });
  return html`<section>
<h2>How it learned</h2>
<p>Each step moves every coefficient against the gradient of the training loss. Over ${plural(last.step, 'step')} the loss fell from ${formatNumber(first.trainLoss, 4)} to ${formatNumber(last.trainLoss, 4)} on the training rows, and from ${formatNumber(first.testLoss, 4)} to ${formatNumber(last.testLoss, 4)} on the test rows, which took no part in the training.</p>
${figure(draw, 'Loss after each step, on training rows (solid) and on test rows (dotted).')}
</section>`;
}

function qualitySection(data: ReportData): Markup {
  const { evaluation, model } = data;
  if (evaluation.kind === 'linear') {
    const { actual, predicted, metrics } = evaluation;
    const draw = (width: number) =>
      fitFigure({
        title: 'Predicted against actual',
        target: model.target,
        actual,
        predicted,
        r2: metrics.testR2,
        palette: themed,
        heading: false,
        size: Math.min(width, 480),
      });
    return html`<section>
<h2>How well it predicts</h2>
${figure(draw, `Each point is a test row. On the diagonal, prediction and truth agree.`, 'square')}
</section>`;
  }
  const { roc, metrics } = evaluation;
  const [negative, positive] = model.classes ?? ['0', '1'];
  const draw = (width: number) =>
    rocFigure({
      title: 'ROC curve on the test rows',
      ...roc,
      auc: metrics.auc,
      palette: themed,
      heading: false,
      size: Math.min(width, 480),
    });
  const [[tn, fp], [fn, tp]] = metrics.confusion;
  return html`<section>
<h2>How well it separates</h2>
${figure(draw, html`Lowering the threshold finds more ${positive} cases (up) at the price of more false alarms (right). The area is the probability that a random ${positive} case scores above a random ${negative} one.`, 'square')}
<div class="scroll"><table>
<caption>Test rows, at a threshold of one half</caption>
<thead><tr><th scope="col">truth</th><th scope="col" class="number">called ${negative}</th><th scope="col" class="number">called ${positive}</th></tr></thead>
<tbody>
<tr><th scope="row">${negative}</th><td class="number">${tn}</td><td class="number">${fp}</td></tr>
<tr><th scope="row">${positive}</th><td class="number">${fn}</td><td class="number">${tp}</td></tr>
</tbody></table></div>
</section>`;
}

function coefficientSection({ model }: ReportData): Markup {
  const ranked = rankedCoefficients(model);
  const top = ranked.slice(0, shownCoefficients);
  const positive = model.classes?.[1];
  const towards = positive ?? `larger ${model.target}`;
  const draw = (width: number) =>
    coefficientsFigure({
      title: 'Largest coefficients',
      coefficients: top,
      towards,
      palette: themed,
      heading: false,
      width,
    });
  const unit = positive === undefined ? `of ${model.target}` : 'of log-odds';
  const caption = `The ${top.length} largest of ${ranked.length} coefficients, in units ${unit} per standard deviation of the feature (per presence, for a category).`;
  const rows = ranked.map(
    ({ feature, weight }) =>
      html`<tr><td class="name">${feature}</td><td class="number">${trueMinus(weight.toFixed(4))}</td></tr>\n`,
  );
  return html`<section>
<h2>What it looks at</h2>
<p>Features were standardized with the training rows, so the lengths can be compared. Features that carry the same information share their influence; a coefficient is no measure of cause.</p>
${figure(draw, caption)}
<details><summary>All ${ranked.length} coefficients</summary>
<table class="full"><thead><tr><th scope="col" class="name">feature</th><th scope="col" class="number">coefficient</th></tr></thead>
<tbody>
<tr><td class="name">(intercept)</td><td class="number">${trueMinus(model.intercept.toFixed(4))}</td></tr>
${rows}</tbody></table></details>
</section>`;
}

function methodSection({ rows, settings, command, source }: ReportData): Markup {
  const dropped = rows.dropped > 0 ? ` (${plural(rows.dropped, 'row')} left out for missing values)` : '';
  const all: [string, string][] = [
    ['data', source],
    ['rows', `${rows.train} for training, ${rows.test} for the test${dropped}`],
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

/** A figure drawn twice, for wide and for narrow pages, so that its text keeps its size. */
function figure(draw: (width: number) => Figure, caption: string | Markup, className = 'broad'): Markup {
  const svg = (width: number) => new Markup(draw(width).svg);
  return html`<figure class="${className}">
<div class="wide">${svg(wide)}</div>
<div class="narrow">${svg(narrow)}</div>
<figcaption>${caption}</figcaption>
</figure>`;
}

const trueMinus = (text: string) => text.replace(/^-/, '−');
const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
