import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { escapeHtml, html } from '../src/report/html.ts';
import { type ReportData, renderReport } from '../src/report/report.ts';

const data: ReportData = {
  source: 'patients.csv',
  rows: { train: 75, test: 25, dropped: 3 },
  model: {
    kind: 'logistic',
    target: 'outcome',
    classes: ['well', 'ill'],
    encoder: {
      features: [
        { kind: 'numeric', name: 'age', column: 'age', mean: 50, scale: 10 },
        { kind: 'one-hot', name: 'sex=<b>f</b>', column: 'sex', level: '<b>f</b>' },
      ],
    },
    intercept: -0.5,
    weights: Float64Array.of(1.25, -0.75),
  },
  evaluation: {
    kind: 'logistic',
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
    },
    roc: { fpr: [0, 0, 0.5, 1], tpr: [0, 0.9, 1, 1], thresholds: [Infinity, 1, 0, -1] },
  },
  history: [
    { step: 0, trainLoss: 0.69, testLoss: 0.69 },
    { step: 100, trainLoss: 0.1, testLoss: 0.2 },
  ],
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

describe('html', () => {
  it('escapes every value that is not markup', () => {
    expect(html`<p>${'<i>&"'}${html`<b>${1}</b>`}${[html`x`, '<']}${undefined}</p>`.text).toBe(
      '<p>&lt;i&gt;&amp;&quot;<b>1</b>x&lt;</p>',
    );
    expect(escapeHtml("'")).toBe('&#39;');
  });
});
