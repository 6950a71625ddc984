import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import seeds from '../../downhill/test/fixtures/seed-numbers.json' with { type: 'json' };
import { repository } from './command.ts';
import reference from './fixtures/models.json' with { type: 'json' };
import { command, commandJson } from './in-process.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'downhill-learning-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Roc {
  auc: number;
  averagePrecision: number;
  points: { fpr: number; tpr: number; threshold: number | string }[];
}

interface Trained {
  metrics: Record<string, number> & { confusion: [[number, number], [number, number]] };
  history: { step: number; trainLoss: number; testLoss: number }[];
  model: string;
  report: string;
  rows: { train: number; test: number };
  coefficients: { feature: string; weight: number }[];
  intercept: number;
}

async function csv(name: string, rows: readonly (readonly (string | number)[])[]): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, `${rows.map((row) => row.join(',')).join('\n')}\n`);
  return path;
}

describe('downhill roc', () => {
  const entry = (id: string) => {
    const found = seeds.entries.find((one) => one.id === id);
    if (found === undefined) throw new Error(`no entry ${id}`);
    return found as unknown as {
      inputs: { labels: number[]; scores: number[]; fifth_score: number[] };
      expected: Record<string, { fpr: number[]; tpr: number[]; thresholds: (number | string)[]; auc: number }> & {
        fpr: number[];
        tpr: number[];
        thresholds: (number | string)[];
        auc: number;
      };
    };
  };

  const check = async (
    labels: number[],
    scores: number[],
    expected: { fpr: number[]; tpr: number[]; thresholds: (number | string)[]; auc: number },
  ) => {
    const path = await csv('scores.csv', [
      ['score', 'label'],
      ...scores.map((score, i) => [score, labels[i] as number]),
    ]);
    const found = await commandJson<Roc>(['roc', path, '--score', 'score', '--label', 'label']);
    expect(found.points.map(({ fpr }) => fpr)).toEqual(expected.fpr);
    expect(found.points.map(({ tpr }) => tpr)).toEqual(expected.tpr);
    expect(found.points.map(({ threshold }) => threshold)).toEqual(expected.thresholds);
    expect(found.auc).toBeCloseTo(expected.auc, 14);
  };

  it('gives points and area of the worked example (N4.8)', async () => {
    const { inputs, expected } = entry('N4.8');
    await check(inputs.labels, inputs.scores, expected);
  });

  it('gives points and area with an inversion and with a tie (N4.9)', async () => {
    const { inputs } = entry('N4.8');
    const variants = entry('N4.9');
    for (const score of variants.inputs.fifth_score) {
      await check(
        inputs.labels,
        inputs.scores.with(4, score),
        variants.expected[String(score)] as (typeof variants)['expected'],
      );
    }
  });

  it('reads labels in words, weights, and standard input', async () => {
    const text = 'p;outcome;n\n0.9;yes;1\n0.8;no;2\n0.3;yes;3\n0.1;no;4\n';
    const args = ['roc', '-', '--score', 'p', '--label', 'outcome', '--weight', 'n', '--json'];
    const { stdout } = await command(args, { input: text });
    // Won: yes 0.9 beats both (1·2 + 1·4), yes 0.3 beats no 0.1 (3·4); of (1 + 3)(2 + 4) pairs.
    expect((JSON.parse(stdout) as Roc).auc).toBe(18 / 24);
  });

  it('prints a table and draws a curve', async () => {
    const path = await csv('s.csv', [
      ['s', 'l'],
      [0.9, 1],
      [0.8, 0],
      [0.3, 1],
      [0.1, 0],
    ]);
    const picture = join(folder, 'roc.svg');
    const { stdout, code } = await command(['roc', path, '--score', 's', '--label', 'l', '--plot', picture]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/AUC +0\.75/);
    expect(stdout).toContain(`wrote ${picture}`);
    expect(await readFile(picture, 'utf8')).toContain('AUC 0.750');
  });
});

describe('downhill train', () => {
  const cancer = ['train', 'examples/data/breast-cancer.csv', '--target', 'diagnosis'];

  it('learns to tell malignant from benign, the same way every time', async () => {
    const out = join(folder, 'cancer');
    const first = await commandJson<Trained>([...cancer, '--out', out]);
    expect(first.rows).toEqual({ train: 427, test: 142 });
    expect(first.history[0]?.trainLoss).toBeCloseTo(Math.log(2), 12);
    expect(first.metrics.trainLoss).toBeLessThan(0.08);
    expect(first.metrics.testAccuracy).toBeGreaterThan(0.95);
    expect(first.metrics.auc).toBeGreaterThan(0.985);
    const counts = first.metrics.confusion.flat();
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(142);
    expect(1 - ((counts[1] as number) + (counts[2] as number)) / 142).toBeCloseTo(
      first.metrics.testAccuracy as number,
      12,
    );
    const second = await commandJson<Trained>([...cancer, '--out', out]);
    expect(second).toEqual(first);
    const other = await commandJson<Trained>([...cancer, '--out', out, '--key', '1']);
    expect(other.coefficients).not.toEqual(first.coefficients);
  });

  it.each([
    ['breast-cancer', 'diagnosis', 1e-5],
    ['diabetes', 'progression', 1e-4],
  ] as const)('given time finds what scikit-learn finds on the same rows: %s', async (name, target, tolerance) => {
    const expected = reference[name];
    const trained = await commandJson<Trained>([
      ...['train', `examples/data/${name}.csv`, '--target', target],
      ...['--steps', '5000', '--out', join(folder, name)],
    ]);
    expect(trained.rows).toEqual({ train: expected.train, test: expected.test });
    const weights = new Map(trained.coefficients.map(({ feature, weight }) => [feature, weight]));
    for (const [i, feature] of expected.features.entries()) {
      expect(Math.abs((weights.get(feature) ?? Number.NaN) - (expected.weights[i] as number))).toBeLessThan(tolerance);
    }
    expect(Math.abs(trained.intercept - expected.intercept)).toBeLessThan(tolerance);
    for (const metric of ['testAccuracy', 'auc', 'averagePrecision', 'testR2'] as const) {
      if (metric in expected) {
        expect(trained.metrics[metric]).toBeCloseTo((expected as Record<string, unknown>)[metric] as number, 5);
      }
    }
  });

  it('writes a model that predicts what it says it predicts', async () => {
    const out = join(folder, 'model');
    const trained = await commandJson<Trained>([...cancer, '--out', out, '--steps', '50']);
    const model = JSON.parse(await readFile(trained.model, 'utf8')) as {
      intercept: number;
      classes: { positive: string };
      features: { kind: string; column: string; mean: number; scale: number; weight: number }[];
    };
    const lines = (await readFile(join(repository, 'examples/data/breast-cancer.csv'), 'utf8')).trim().split('\n');
    const header = (lines[0] as string).split(',');
    let right = 0;
    for (const line of lines.slice(1)) {
      const cells = line.split(',');
      const score = model.features.reduce(
        (sum, { column, mean, scale, weight }) =>
          sum + (weight * (Number(cells[header.indexOf(column)]) - mean)) / scale,
        model.intercept,
      );
      if (score >= 0 === (cells[header.indexOf('diagnosis')] === model.classes.positive)) right++;
    }
    const { trainAccuracy, testAccuracy } = trained.metrics as Record<string, number>;
    expect(right).toBe(Math.round(427 * (trainAccuracy as number) + 142 * (testAccuracy as number)));
  });

  it('finds the line that made the data, by category too', async () => {
    const rows: (string | number)[][] = [['size', 'city', 'price']];
    for (let i = 0; i < 60; i++) {
      const city = ['Bern', 'Oslo', 'Rome'][i % 3] as string;
      rows.push([i, city, 3 * i + { Bern: 10, Oslo: 20, Rome: 60 }[city as 'Bern']]);
    }
    const path = await csv('houses.csv', rows);
    const { metrics, coefficients } = await commandJson<Trained>([
      ...[
        'train',
        path,
        '--target',
        'price',
        '--out',
        join(folder, 'houses'),
        '--lr',
        '0.5',
        '--steps',
        '3000',
        '--schedule',
        'cosine',
      ],
    ]);
    expect(metrics.testR2).toBeGreaterThan(0.9999);
    const weight = (name: string) => coefficients.find(({ feature }) => feature === name)?.weight as number;
    expect(weight('city=Rome') - weight('city=Bern')).toBeCloseTo(50, 1);
    expect(weight('city=Oslo') - weight('city=Bern')).toBeCloseTo(10, 1);
  });

  it('leaves out rows with missing values when asked, and says which', async () => {
    const rows: (string | number)[][] = [['x', 'y', 'label']];
    for (let i = 0; i < 30; i++) rows.push([i === 4 ? 'NA' : i, i === 9 ? '' : -i, i < 15 ? 'low' : 'high']);
    const path = await csv('holes.csv', rows);
    const args = ['train', path, '--target', 'label', '--out', join(folder, 'holes'), '--steps', '20'];
    const { stdout, code } = await command([...args, '--missing', 'drop']);
    expect(code).toBe(0);
    expect(stdout).toContain('left out 2 rows with missing values: row 5 x, row 10 y');
  });

  it('prints the loss falling, the metrics and the coefficients in 80 columns', async () => {
    const out = join(folder, 'text');
    const { stdout, code } = await command([...cancer, '--out', out]);
    expect(code).toBe(0);
    // Names of files are as long as they are.
    const lines = stdout.split('\n').filter((line) => !line.startsWith('wrote '));
    expect(Math.max(...lines.map((line) => [...line].length))).toBeLessThanOrEqual(80);
    const losses = [...stdout.matchAll(/^ +(\d+) +([\d.]+) +([\d.]+)$/gm)].map((match) => Number(match[2]));
    expect(losses.length).toBeGreaterThan(5);
    expect(losses).toEqual([...losses].sort((a, b) => b - a));
    expect(stdout).toMatch(/test accuracy +9\d\.\d %/);
    expect(stdout).toMatch(/test AUC +0\.9\d+/);
    expect(stdout).toContain('largest coefficients, towards malignant');
    expect(stdout).toContain(`wrote ${join(out, 'model.json')}, ${join(out, 'report.html')}`);
    const report = await readFile(join(out, 'report.html'), 'utf8');
    expect(report).toContain('ROC curve on the test rows');
    expect(report).toContain('downhill train examples/data/breast-cancer.csv --target diagnosis');
  });

  it('exits 1 when the training diverges, and says what to do', async () => {
    const args = ['train', 'examples/data/diabetes.csv', '--target', 'progression', '--out', join(folder, 'bad')];
    const { code, stderr } = await command([...args, '--optimizer', 'gd', '--lr', '10']);
    expect(code).toBe(1);
    expect(stderr).toContain('training diverged');
    expect(stderr).toContain('smaller learning rate');
  });
});
