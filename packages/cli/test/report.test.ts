import { tensor } from 'downhill';
import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { escapeHtml, html } from '../src/report/html.ts';
import { type ReportData, renderReport } from '../src/report/report.ts';
import type { Evaluation } from '../src/train/result.ts';

const data: ReportData = {
  source: 'patients.csv',
  rows: { train: 75, validation: 0, test: 25, dropped: 3 },
  model: {
    spec: { kind: 'logistic', hidden: [], activation: undefined },
    task: { kind: 'classification', classes: ['well', 'ill'] },
    target: 'outcome',
    encoder: {
      features: [
        { kind: 'numeric', name: 'age', column: 'age', mean: 50, scale: 10 },
        { kind: 'one-hot', name: 'sex=<b>f</b>', column: 'sex', level: '<b>f</b>' },
      ],
    },
    parameters: { weight: tensor([[1.25, -0.75]]), bias: tensor([-0.5]) },
  },
  evaluation: {
    kind: 'classification',
    classes: ['well', 'ill'],
    metrics: {
      trainLoss: 0.1,
      testLoss: 0.2,
      trainAccuracy: 0.98,
      testAccuracy: 0.92,
      auc: 0.95,
      averagePrecision: 0.93,
      confusion: [
        [13, 1],
        [1, 10],
      ],
      perClass: [
        { class: 'well', precision: 13 / 14, recall: 13 / 14, f1: 13 / 14, support: 14, auc: 0.95 },
        { class: 'ill', precision: 10 / 11, recall: 10 / 11, f1: 10 / 11, support: 11, auc: 0.95 },
      ],
      macro: { precision: 0.918, recall: 0.918, f1: 0.918 },
      weighted: { precision: 0.92, recall: 0.92, f1: 0.92 },
    },
    roc: [{ class: 'ill', auc: 0.95, fpr: [0, 0, 0.5, 1], tpr: [0, 0.9, 1, 1] }],
  },
  history: [
    { step: 0, epoch: 0, trainLoss: 0.69, testLoss: 0.69 },
    { step: 100, epoch: 100, trainLoss: 0.1, testLoss: 0.2 },
  ],
  stepsPerEpoch: 1,
  warnings: [{ step: 51, message: 'the learning rate is <beyond> stability' }],
  settings: [['optimizer', 'Adam, learning rate 0.05']],
  command: 'downhill train patients.csv --target outcome --missing drop',
};

describe('renderReport', () => {
  const page = renderReport(data);
  const { document } = parseHTML(page);
  const text = document.querySelector('main')?.textContent ?? '';

  it('says what was learned, how well, and from what', () => {
    expect(document.title).toBe('Predicting outcome: logistic regression on patients.csv');
    expect(text).toContain('tells ill from well correctly in 92.0 % of the cases');
    expect(text).toContain('probability 0.950');
    expect(text).toContain('75 for training, 25 for the test (3 rows left out for missing values)');
    expect(text).toContain('downhill train patients.csv --target outcome --missing drop');
  });

  it('has the loss curve, the ROC curve and the coefficients, each for wide and narrow pages', () => {
    const titles = [...document.querySelectorAll('figure svg title')].map((t) => t.textContent);
    expect(titles).toEqual([
      'Loss while training',
      'Loss while training',
      'ROC curve on the test rows',
      'ROC curve on the test rows',
      'Largest coefficients',
      'Largest coefficients',
    ]);
    const described = [...document.querySelectorAll('figure svg')].map((svg) =>
      (svg.getAttribute('aria-labelledby') ?? '').split(' '),
    );
    expect(new Set(described.flat()).size).toBe(12);
    for (const id of described.flat()) {
      expect(document.getElementById(id)?.textContent, id).not.toBe('');
    }
  });

  it('shows the confusion counts and every coefficient', () => {
    const cells = [...document.querySelectorAll('td')].map((cell) => cell.textContent);
    for (const cell of ['13', '10', '1.2500', '−0.7500', '−0.5000']) expect(cells).toContain(cell);
    for (const cell of ['0.929', '0.909', '0.950', '0.918', '0.920']) expect(cells).toContain(cell);
  });

  it('says what the run warned of', () => {
    expect(text).toContain('What to look at');
    expect(text).toContain('Step 51: the learning rate is <beyond> stability.');
  });

  it('takes names from the file as text, never as markup', () => {
    expect(page).not.toContain('<b>f');
    expect(text).toContain('sex=<b>f</b>');
  });

  it('asks nothing of the network and runs no script', () => {
    expect(document.querySelectorAll('script, link[href^="http"], img, iframe').length).toBe(0);
    const withoutNames = page.replace(/xmlns(:\w+)?="[^"]*"/g, '');
    expect(withoutNames).not.toMatch(/https?:|@import|url\((?!#)/);
    expect(page).toContain("default-src 'none'");
  });

  it('has a design of its own for dark pages', () => {
    expect(page).toContain('prefers-color-scheme: dark');
    const colours = [...page.matchAll(/(?:fill|stroke)="(#[0-9a-f]+)"/g)].map((match) => match[1]);
    expect(colours).toEqual([]);
  });
});

describe('renderReport, other models', () => {
  const regression: ReportData = {
    ...data,
    model: {
      ...data.model,
      spec: { kind: 'mlp', hidden: [8, 4], activation: 'tanh' },
      task: { kind: 'regression', mean: 0, scale: 1 },
      parameters: [{ weight: tensor([[1, 2]]), bias: tensor([0]) }],
    },
    evaluation: {
      kind: 'regression',
      metrics: { trainLoss: 1, testLoss: 2, trainR2: 0.9, testR2: 0.8, rmse: 1.4, mae: 1.1, maxError: 3, bias: 0.1 },
      actual: Float64Array.from({ length: 30 }, (_, i) => i),
      predicted: Float64Array.from({ length: 30 }, (_, i) => i + Math.sin(i)),
    },
    rows: { train: 70, validation: 10, test: 30, dropped: 0 },
    warnings: [],
  };

  it('draws residuals of a regression, and says of a network that it has no coefficients', () => {
    const { document: page } = parseHTML(renderReport(regression));
    const said = page.querySelector('main')?.textContent ?? '';
    const titles = new Set([...page.querySelectorAll('figure svg title')].map((t) => t.textContent));
    expect([...titles]).toEqual([
      'Loss while training',
      'Predicted against actual',
      'Residuals against predictions',
      'Histogram of residuals',
    ]);
    expect(said).toContain('network with 8 and 4 hidden units (tanh)');
    expect(said).toContain('70 for training, 10 to decide when to stop, 30 for the test');
    expect(said).toContain('A network has no coefficients that could be read');
    expect(said).not.toContain('What to look at');
  });

  it('draws the hardest of many classes, and lists them all', () => {
    const classes = Array.from({ length: 15 }, (_, i) => `class ${i}`);
    const perClass = classes.map((name, i) => ({
      class: name,
      precision: 1,
      recall: i === 3 ? 0.5 : 1,
      f1: 1,
      support: 2,
      auc: 1 - i / 100,
    }));
    const many: ReportData = {
      ...data,
      model: { ...data.model, task: { kind: 'classification', classes }, parameters: [] },
      evaluation: {
        ...(data.evaluation as Extract<Evaluation, { kind: 'classification' }>),
        classes,
        metrics: {
          ...(data.evaluation as Extract<Evaluation, { kind: 'classification' }>).metrics,
          perClass,
          confusion: classes.map((_, i) => classes.map((_, j) => (i === j ? 2 : 0))),
        },
        roc: perClass.map((one) => ({ class: one.class, auc: one.auc, fpr: [0, 0, 1], tpr: [0, 1, 1] })),
      },
    };
    many.model.spec = { kind: 'mlp', hidden: [4], activation: 'relu' };
    const { document: page } = parseHTML(renderReport(many));
    expect(page.querySelectorAll('.curves figure').length).toBe(12);
    expect(page.querySelector('.curves figcaption')?.textContent).toBe('class 14');
    expect(page.querySelectorAll('table.confusion tbody tr').length).toBe(15);
    expect(page.querySelector('.lead')?.textContent).toContain('weakest on class 3, of which it finds 50.0 %');
  });
});

describe('html', () => {
  it('escapes every value that is not markup', () => {
    expect(html`<p>${'<i>&"'}${html`<b>${1}</b>`}${[html`x`, '<']}${undefined}</p>`.text).toBe(
      '<p>&lt;i&gt;&amp;&quot;<b>1</b>x&lt;</p>',
    );
    expect(escapeHtml("'")).toBe('&#39;');
  });
});
