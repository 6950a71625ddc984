import { groupThousands, plural } from '../output/number.ts';
import { coefficientsFigure } from '../plot/coefficients.ts';
import type { Figure } from '../plot/figure.ts';
import { fitFigure } from '../plot/fit.ts';
import { themed } from '../plot/palette.ts';
import { residualFigure, residualHistogram } from '../plot/residuals.ts';
import { rocFigure } from '../plot/roc.ts';
import {
  classCoefficientsOf,
  coefficientsOf,
  describeModel,
  type FittedModel,
  rankedCoefficients,
  sizeOfModel,
} from '../train/model.ts';
import type { ClassMetrics, Evaluation, HistoryEntry } from '../train/result.ts';
import { html, Markup } from './html.ts';

const wide = 680;
const narrow = 350;
const shownCoefficients = 12;
const shownCurves = 12;

/** The curves of a loss figure. */
export function lossSeries(history: readonly HistoryEntry[]) {
  const hasValidation = history.some(({ validationLoss }) => validationLoss !== undefined);
  return [
    { name: 'training', values: history.map(({ trainLoss }) => trainLoss) },
    { name: 'test', values: history.map(({ testLoss }) => testLoss), dashed: true },
    ...(hasValidation
      ? [{ name: 'validation', values: history.map((entry) => entry.validationLoss ?? Number.NaN), dashed: true }]
      : []),
  ];
}

type Classified = Extract<Evaluation, { kind: 'classification' }>;
type Regressed = Extract<Evaluation, { kind: 'regression' }>;

/** How well it separates: ROC curves, the confusion matrix, and every class by itself. */
export function classificationSection({ metrics, classes, roc }: Classified): Markup {
  return html`<section>
<h2>How well it separates</h2>
${classes.length === 2 ? oneCurve(classes, roc) : manyCurves(roc, metrics.perClass)}
${confusionTable(metrics.confusion, classes)}
${classTable(metrics.perClass, metrics.macro, metrics.weighted)}
</section>`;
}

function oneCurve(classes: readonly string[], roc: Classified['roc']): Markup {
  const [curve] = roc;
  if (curve === undefined) return html`<p>The test rows are all of one class, so there is no ROC curve.</p>`;
  const [negative, positive] = classes;
  const draw = (width: number) =>
    rocFigure({
      title: 'ROC curve on the test rows',
      ...curve,
      palette: themed,
      heading: false,
      size: Math.min(width, 480),
    });
  return figure(
    draw,
    html`Lowering the threshold finds more ${positive} cases (up) at the price of more false alarms (right). The area is the probability that a random ${positive} case scores above a random ${negative} one.`,
    'square',
  );
}

/** The classes that are hardest to tell first, where there are too many to draw. */
function manyCurves(roc: Classified['roc'], perClass: readonly ClassMetrics[]): Markup {
  const shown = roc.length <= shownCurves ? roc : [...roc].sort((a, b) => a.auc - b.auc).slice(0, shownCurves);
  const drawn = shown.map((curve) => {
    const picture = rocFigure({
      title: `ROC curve of ${curve.class} against the rest`,
      ...curve,
      palette: themed,
      heading: false,
      size: 320,
    });
    return html`<figure><div>${new Markup(picture.svg)}</div><figcaption>${curve.class}</figcaption></figure>\n`;
  });
  const left = perClass.length - shown.length;
  const note =
    left === 0
      ? ''
      : ` The ${plural(shown.length, 'class', 'classes')} with the smallest areas ${shown.length === 1 ? 'is' : 'are'} drawn; the table below has all.`;
  return html`<p>Each class against all the others: the curve shows how many of its rows are found (up) at what price in false alarms (right).${note}</p>
<div class="curves">
${drawn}</div>`;
}

function confusionTable(matrix: readonly (readonly number[])[], classes: readonly string[]): Markup {
  const largest = Math.max(1, ...matrix.flatMap((row, i) => row.filter((_, j) => i !== j)));
  const cell = (count: number, i: number, j: number) => {
    const kind = i === j ? ' right' : '';
    const strength = i === j ? 0 : count / largest;
    return html`<td class="${`number${kind}`}" style="${`--strength: ${strength.toFixed(2)}`}">${groupThousands(count)}</td>`;
  };
  const rows = matrix.map(
    (row, i) => html`<tr><th scope="row">${classes[i]}</th>${row.map((count, j) => cell(count, i, j))}</tr>\n`,
  );
  const isShort = classes.length <= 3;
  const head = classes.map((name) => html`<th scope="col" class="number">${isShort ? 'called ' : ''}${name}</th>`);
  const caption =
    classes.length === 2 ? 'Test rows, at a threshold of one half' : 'Test rows, each called the likeliest class';
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Confusion matrix"><table class="confusion">
<caption>${caption}</caption>
<thead><tr><th scope="col">${isShort ? 'truth' : 'truth \\ called'}</th>${head}</tr></thead>
<tbody>
${rows}</tbody></table></div>`;
}

type Mean = { precision: number; recall: number; f1: number };

function classTable(perClass: readonly ClassMetrics[], macro: Mean, weighted: Mean): Markup {
  const three = (value: number | null) => (value === null ? '–' : value.toFixed(3));
  const numbers = (values: readonly (number | null)[]) =>
    values.map((value) => html`<td class="number">${three(value)}</td>`);
  const rows = perClass.map(
    (row) =>
      html`<tr><th scope="row">${row.class}</th>${numbers([row.precision, row.recall, row.f1, row.auc])}<td class="number">${groupThousands(row.support)}</td></tr>\n`,
  );
  const mean = (name: string, { precision, recall, f1 }: Mean) =>
    html`<tr><th scope="row">${name}</th>${numbers([precision, recall, f1])}<td></td><td></td></tr>\n`;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Scores of each class"><table>
<caption>Each class: the share of its calls that are right (precision), the share of its rows that are found (recall), their harmonic mean, and the area under its ROC curve</caption>
<thead><tr><th scope="col">class</th><th scope="col" class="number">precision</th><th scope="col" class="number">recall</th><th scope="col" class="number">F₁</th><th scope="col" class="number">AUC</th><th scope="col" class="number">test rows</th></tr></thead>
<tbody>
${rows}${mean('mean of classes', macro)}${mean('mean of rows', weighted)}</tbody></table></div>`;
}

/** How well it predicts: predicted against actual, residuals against predictions, and their histogram. */
export function regressionSection({ actual, predicted, metrics }: Regressed, target: string): Markup {
  const base = { target, actual, predicted, palette: themed, heading: false };
  const fit = (width: number) =>
    fitFigure({ ...base, title: 'Predicted against actual', r2: metrics.testR2, size: Math.min(width, 480) });
  const residuals = (width: number) => residualFigure({ ...base, title: 'Residuals against predictions', width });
  const histogram = (width: number) => residualHistogram({ ...base, title: 'Histogram of residuals', width });
  return html`<section>
<h2>How well it predicts</h2>
${figure(fit, 'Each point is a test row. On the diagonal, prediction and truth agree.', 'square')}
<h2>What it leaves unexplained</h2>
${figure(residuals, 'What is left of each test row. A curve or a funnel here means that the model misses something; a band without a shape is noise.')}
${figure(histogram, 'How often residuals of each size occur. A long tail is a few rows that the model gets badly wrong.')}
</section>`;
}

/** The coefficients of a linear or logistic model, or what there is to say of a network. */
export function coefficientSection(model: FittedModel): Markup {
  const perClass = classCoefficientsOf(model);
  if (perClass !== undefined) return classCoefficientSection(model, perClass);
  const own = coefficientsOf(model);
  if (own === undefined) return networkSection(model);
  const ranked = rankedCoefficients(model);
  const top = ranked.slice(0, shownCoefficients);
  const positive = model.task.kind === 'classification' ? model.task.classes[1] : undefined;
  const draw = (width: number) =>
    coefficientsFigure({
      title: 'Largest coefficients',
      coefficients: top,
      towards: positive ?? `larger ${model.target}`,
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
<tr><td class="name">(intercept)</td><td class="number">${trueMinus(own.intercept.toFixed(4))}</td></tr>
${rows}</tbody></table></details>
</section>`;
}

function classCoefficientSection(
  model: FittedModel,
  perClass: readonly { class: string; weights: Float64Array }[],
): Markup {
  const { features } = model.encoder;
  const rows = perClass.map(({ class: name, weights }) => {
    const ranked = features
      .map((feature, i) => ({ name: feature.name, weight: weights[i] as number }))
      .sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight))
      .slice(0, 4)
      .map((one) => `${one.name} ${trueMinus(one.weight.toFixed(2))}`);
    return html`<tr><th scope="row">${name}</th><td>${ranked.join(', ')}</td></tr>\n`;
  });
  return html`<section>
<h2>What it looks at</h2>
<p>Features were standardized with the training rows. Only differences between classes mean something: what speaks for one class speaks against the others.</p>
<table class="full"><caption>The features that count most for each class, in log-odds per standard deviation (per presence, for a category)</caption>
<tbody>
${rows}</tbody></table>
</section>`;
}

function networkSection(model: FittedModel): Markup {
  const { features } = model.encoder;
  return html`<section>
<h2>What it is</h2>
<p>A ${describeModel(model)}: ${groupThousands(sizeOfModel(model))} parameters between ${plural(features.length, 'feature')} and the prediction. A network has no coefficients that could be read; to see what it looks at, compare it with a linear or logistic model of the same table.</p>
</section>`;
}

/** A figure drawn twice, for wide and for narrow pages, so that its text keeps its size. */
export function figure(draw: (width: number) => Figure, caption: string | Markup, className = 'broad'): Markup {
  const svg = (width: number) => new Markup(draw(width).svg);
  return html`<figure class="${className}">
<div class="wide">${svg(wide)}</div>
<div class="narrow">${svg(narrow)}</div>
<figcaption>${caption}</figcaption>
</figure>`;
}

export const trueMinus = (text: string) => text.replace(/^-/, '−');
