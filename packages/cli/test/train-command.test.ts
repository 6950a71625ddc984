import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseHTML } from 'linkedom';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { methods } from '../src/input/choice.ts';
import { leapOf } from '../src/train/fit.ts';
import { repository } from './command.ts';
import reference from './fixtures/models.json' with { type: 'json' };
import { command, commandJson, refusal } from './in-process.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'downhill-train-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const data = (name: string) => join(repository, 'examples/data', `${name}.csv`);
const at = (name: string) => join(folder, name);
const iris = ['train', data('iris'), '--target', 'species'];
const diabetes = ['train', data('diabetes'), '--target', 'progression'];
const bytesOf = async (name: string) => (await readFile(join(at(name), 'model.safetensors'))).toString('hex');

interface Trained {
  metrics: {
    trainLoss: number;
    testLoss: number;
    testAccuracy: number;
    auc: number;
    confusion: number[][];
    perClass: { class: string; precision: number; recall: number; f1: number; support: number; auc: number }[];
    testR2: number;
    rmse: number;
  };
  history: { step: number; epoch: number; trainLoss: number; testLoss: number; validationLoss?: number }[];
  classes: string[];
  classCoefficients: { class: string; coefficients: { feature: string; weight: number }[] }[];
  parameters: number;
  rows: { train: number; validation?: number; test: number };
  reason: string;
  bestEpoch?: number;
  steps: number;
  skipped: number;
}

async function csv(name: string, rows: readonly (readonly (string | number)[])[]): Promise<string> {
  await writeFile(at(name), `${rows.map((row) => row.join(',')).join('\n')}\n`);
  return at(name);
}

const table = (n: number, row: (i: number) => (string | number)[], header = ['x', 'y']) => [
  header,
  ...Array.from({ length: n }, (_, i) => row(i)),
];

describe('train, a softmax regression', () => {
  it('finds what scikit-learn finds, with its precision, recall, F1 and areas', async () => {
    const expected = reference.iris;
    const trained = await commandJson<Trained>([...iris, '--out', at('softmax'), '--steps', '2000']);
    expect(trained.classes).toEqual(expected.classes);
    expect(trained.metrics.testLoss).toBeCloseTo(expected.testLoss, 5);
    expect(trained.metrics.testAccuracy).toBeCloseTo(expected.testAccuracy, 12);
    expect(trained.metrics.auc).toBeCloseTo(expected.auc, 9);
    for (const [k, one] of trained.metrics.perClass.entries()) {
      expect(one.precision).toBeCloseTo(expected.precision[k] as number, 12);
      expect(one.recall).toBeCloseTo(expected.recall[k] as number, 12);
      expect(one.f1).toBeCloseTo(expected.f1[k] as number, 12);
      expect(one.support).toBe(expected.support[k]);
      const weights = trained.classCoefficients[k]?.coefficients.map(({ weight }) => weight) ?? [];
      for (const [i, weight] of weights.entries()) {
        expect(Math.abs(weight - (expected.weights[k]?.[i] as number))).toBeLessThan(1e-4);
      }
    }
    const report = await readFile(join(at('softmax'), 'report.html'), 'utf8');
    const { document } = parseHTML(report);
    const titles = [...document.querySelectorAll('figure svg title')].map((t) => t.textContent);
    expect(titles.filter((t) => t?.startsWith('ROC curve of'))).toEqual(
      expected.classes.map((name) => `ROC curve of ${name} against the rest`),
    );
    expect(document.querySelectorAll('table.confusion tbody tr').length).toBe(3);
    expect(document.querySelector('main')?.textContent).toContain('names the right one of 3 classes in 94.9 %');
  });

  it('takes every update rule, and every schedule', async () => {
    const schedules = ['linear', 'cosine', 'exponential:0.9', 'step:2:0.5', 'inverse-time:0.1', 'restarts:3'];
    const more = ['one-cycle', 'warmup:2', 'warmup-cosine:2'];
    for (const [i, optimizer] of methods.entries()) {
      const schedule = [...schedules, ...more][i] ?? 'constant';
      const args = ['--optimizer', optimizer, '--schedule', schedule, '--lr', '0.01', '--epochs', '8'];
      const { metrics, history } = await commandJson<Trained>([...iris, '--out', at('rules'), ...args]);
      expect(history.map(({ step }) => step)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
      expect(metrics.trainLoss, `${optimizer} ${schedule}`).toBeLessThan(Math.log(3));
    }
  });
});

describe('train, a network', () => {
  it('learns what no line can, in batches', async () => {
    const xor = (i: number) => {
      const [a, b] = [(i % 20) / 10 - 0.95, Math.floor(i / 20) / 10 - 0.95];
      return [a.toFixed(3), b.toFixed(3), a * b > 0 ? 'same' : 'other'];
    };
    const file = await csv('xor.csv', table(400, xor, ['a', 'b', 'sign']));
    const args = ['train', file, '--target', 'sign', '--out', at('xor')];
    const line = await commandJson<Trained>(args);
    expect(line.metrics.testAccuracy).toBeLessThan(0.7);
    const network = await commandJson<Trained>([...args, '--model', 'mlp:12,6', '--epochs', '60', '--lr', '0.02']);
    expect(network.metrics.testAccuracy).toBeGreaterThan(0.95);
    expect(network.parameters).toBe(2 * 12 + 12 + 12 * 6 + 6 + 6 + 1);
    expect(network.steps).toBe(60 * Math.ceil(300 / 32));
    const model = JSON.parse(await readFile(join(at('xor'), 'model.json'), 'utf8')) as Record<string, unknown>;
    expect(model.spec).toEqual({ kind: 'mlp', hidden: [12, 6], activation: 'relu' });
    expect(model.columns).toEqual([
      { name: 'a', kind: 'numeric' },
      { name: 'b', kind: 'numeric' },
    ]);
  });

  it('predicts numbers, stops early on rows of its own, and reports residuals', async () => {
    const args = [
      '--model',
      'mlp:8',
      '--activation',
      'tanh',
      '--patience',
      '5',
      '--clip',
      '5',
      '--l2',
      '0.001',
      '--plot',
      at('loss.svg'),
    ];
    const trained = await commandJson<Trained>([...diabetes, '--out', at('early'), ...args]);
    expect(trained.reason).toBe('early-stopped');
    expect(trained.rows).toEqual({ train: 265, validation: 66, test: 111 });
    const losses = trained.history.map(({ validationLoss }) => validationLoss as number);
    expect(trained.history[trained.bestEpoch as number]?.validationLoss).toBe(Math.min(...losses.slice(1)));
    expect(trained.history.length).toBe((trained.bestEpoch as number) + 1 + 5);
    // the parameters are those of the best epoch
    expect(trained.metrics.testLoss).toBeCloseTo(trained.history[trained.bestEpoch as number]?.testLoss as number, 6);
    expect(trained.metrics.rmse ** 2).toBeCloseTo(trained.metrics.testLoss, 6);
    const report = await readFile(join(at('early'), 'report.html'), 'utf8');
    const titles = [...parseHTML(report).document.querySelectorAll('figure svg title')].map((t) => t.textContent);
    for (const title of ['Predicted against actual', 'Residuals against predictions', 'Histogram of residuals']) {
      expect(titles.filter((t) => t === title).length, title).toBe(2);
    }
    expect(report).toContain('66 to decide when to stop');
    const picture = await readFile(at('loss.svg'), 'utf8');
    expect(picture).toContain('Loss of network with 8 hidden units (tanh) for progression');
    expect(picture).toContain('validation goes from');
  });

  it('says in words what its options mean, in 80 columns', async () => {
    const { stdout, code } = await command([
      ...['train', data('digits'), '--target', 'digit', '--task', 'classification', '--model', 'mlp:16'],
      ...['--epochs', '2', '--out', at('digits')],
    ]);
    expect(code).toBe(0);
    expect(stdout).toContain('network with 16 hidden units (relu) on 1,346 rows, 451 kept for the test (key 0)');
    expect(stdout).toMatch(/^ +epoch {2}training loss {6}test loss$/m);
    expect(stdout).toMatch(/class +precision +recall +F1 +AUC +test rows/);
    const lines = stdout.split('\n').filter((line) => !line.startsWith('wrote '));
    expect(Math.max(...lines.map((line) => [...line].length))).toBeLessThanOrEqual(80);
  });
});

describe('train, a run that goes on', () => {
  const run = [...iris, '--model', 'mlp:5', '--batch', '16'];

  it('has with more epochs the bits of a run that had them at once', async () => {
    await commandJson([...run, '--epochs', '9', '--out', at('whole')]);
    await commandJson([...run, '--epochs', '4', '--out', at('parts')]);
    const resumed = await commandJson<Trained>(['train', '--resume', at('parts'), '--epochs', '9']);
    expect(resumed.history.map(({ epoch }) => epoch)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(await bytesOf('parts')).toBe(await bytesOf('whole'));
    const again = await commandJson<Trained>(['train', '--resume', at('parts')]);
    expect(again).toEqual(resumed);
  });

  it('passes over a damaged checkpoint, and refuses when none is sound', async () => {
    await commandJson([...run, '--epochs', '6', '--checkpoint', '10', '--out', at('damaged')]);
    const expected = await bytesOf('damaged');
    const checkpoints = join(at('damaged'), 'checkpoints');
    const [older = '', newest = ''] = (await readdir(checkpoints)).sort();
    const bytes = await readFile(join(checkpoints, newest));
    await writeFile(join(checkpoints, newest), bytes.subarray(0, bytes.length - 20));
    const { code, stderr } = await command(['train', '--resume', at('damaged')]);
    expect(code).toBe(0);
    expect(stderr).toContain(`${newest} is passed over: safetensors: `);
    expect(stderr).toContain('the file is cut off');
    expect(stderr).toMatch(/going on after step \d+/);
    expect(await bytesOf('damaged')).toBe(expected);
    for (const name of await readdir(checkpoints)) await writeFile(join(checkpoints, name), 'nonsense');
    const error = await refusal(['train', '--resume', at('damaged')]);
    expect(error.code).toBe('damaged-checkpoints');
    expect(error.message).toContain('begin it anew without --resume and with --overwrite');
    expect(older).not.toBe('');
  });

  it('keeps its data and its options', async () => {
    const file = await csv(
      'growing.csv',
      table(40, (i) => [i, 3 * i + 1]),
    );
    const args = ['train', file, '--target', 'y', '--epochs', '5', '--schedule', 'cosine', '--out', at('kept')];
    await commandJson(args);
    const resume = ['train', '--resume', at('kept')];
    expect((await refusal([...resume, '--lr', '0.1'])).message).toContain(
      '--lr is 0.1 here but was not given when the run',
    );
    expect((await refusal([...resume, '--epochs', '9'])).message).toContain(
      'has 5 epochs and --schedule cosine is spread over all of them, so it cannot go on to 9',
    );
    expect((await refusal(['train', data('iris'), '--resume', at('kept')])).message).toContain('has its data from');
    expect((await refusal([...resume, '--out', at('elsewhere')])).code).toBe('conflicting-options');
    await csv(
      'growing.csv',
      table(41, (i) => [i, 3 * i + 1]),
    );
    const changed = await refusal(resume);
    expect(changed.code).toBe('data-changed');
    expect(changed.message).toContain('has changed since the run');
    expect((await refusal(['train', '--resume', at('nowhere')])).code).toBe('no-run');
    await writeFile(join(at('kept'), 'run.json'), '{"format":');
    expect((await refusal(resume)).code).toBe('damaged-file');
  });
});

describe('train, what cannot be learned from', () => {
  const refuse = async (rows: readonly (readonly (string | number)[])[], target: string, ...args: string[]) =>
    refusal(['train', await csv('bad.csv', rows), '--target', target, '--out', at('bad'), ...args]);

  it.each([
    ['one class', table(20, (i) => [i, 'yes']), [], 'one-class', /every value of target column "y" is "yes"/],
    ['one number', table(20, (i) => [i, 7]), ['--model', 'linear'], 'constant-target', /is 7; there is nothing to/],
    ['NaN', table(20, (i) => [i === 3 ? 'NaN' : i, i]), [], 'missing-value', /row 4 \(line 5\), column "x"/],
    ['infinity', table(20, (i) => [i === 3 ? 'inf' : i, i]), [], 'not-a-number', /row 4 \(line 5\), column "x": "inf"/],
    ['a huge number', table(20, (i) => [i === 3 ? 1e308 : -1e308, i]), [], 'too-large', /column "x"/],
    ['a huge target', table(20, (i) => [i, i === 3 ? 1e308 : -1e308]), ['--task', 'regression'], 'too-large', /"y"/],
    ['names', table(300, (i) => [i, `n${i}`]), [], 'too-many-classes', /300 different values in 300 rows/],
    ['classes of numbers', table(300, (i) => [i, i]), ['--model', 'logistic'], 'too-many-classes', /--model linear/],
    ['a column of no values', table(20, (i) => ['', i]), [], 'missing-value', /column "x" has no values at all/],
    ['the target alone', table(20, (i) => [i, i]).map(([, y = '']) => [y]), [], 'no-features', /no columns are left/],
  ] as const)('%s', async (_name, rows, args, code, sentence) => {
    const error = await refuse(rows, 'y', ...args);
    expect(error.message).toMatch(sentence);
    expect(error.code).toBe(code);
  });

  it.each([
    [['--model', 'mlp'], 'bad-model', /written mlp:64,32/],
    [['--model', 'mlp:0'], 'bad-model', /from 1 to 4096/],
    [['--model', 'mlp:8:9'], 'bad-model', /mlp:64,32/],
    [['--model', 'linear', '--activation', 'tanh'], 'conflicting-options', /--activation is for an mlp/],
    [['--model', 'mlp:4', '--activation', 'step'], 'unknown-choice', /--activation is one of/],
    [['--model', 'linear', '--task', 'classification'], 'conflicting-options', /cannot be done by --model linear/],
    [['--epochs', '3', '--steps', '3'], 'conflicting-options', /give one of them/],
    [['--patience', '3', '--validation', '0'], 'conflicting-options', /--validation is 0/],
    [['--batch', '0'], 'out-of-range', /--batch/],
    [['--optimizer', 'sgdd'], 'unknown-choice', /--optimizer is one of/],
    [['--schedule', 'cosin'], 'unknown-choice', /--schedule is one of/],
    [['--schedule', 'warmup-cosine:900'], 'out-of-range', /only 500/],
    [['--positive', 'a', '--model', 'linear'], 'conflicting-options', /--positive is for two classes/],
    [['--non-finite', 'ignore'], 'unknown-choice', /--non-finite is one of stop or skip/],
  ] as const)('%s', async (args, code, sentence) => {
    const error = await refuse(
      table(20, (i) => [i, 2 * i]),
      'y',
      ...args,
    );
    expect(error.message).toMatch(sentence);
    expect(error.code).toBe(code);
  });

  it('needs a file and a target, and takes neither from nowhere', async () => {
    expect((await refusal(['train'])).code).toBe('missing-argument');
    expect(await refusal(['train', data('iris')])).toMatchObject({ code: 'missing-option' });
    expect(await refusal([...iris, '--out', ''])).toMatchObject({ code: 'bad-directory' });
    expect(await refusal(['train', '--resume', ' '])).toMatchObject({ code: 'bad-directory' });
  });

  it('does not hang where no directory can be made', async () => {
    for (const out of ['/proc/none/out', join(data('iris'), 'out')]) {
      expect(await refusal([...iris, '--out', out])).toMatchObject({ code: 'unwritable-file' });
    }
  });

  it('warns of a loss that leapt, and of no other', () => {
    const history = (...losses: number[]) =>
      losses.map((trainLoss, i) => ({ step: 10 * i, epoch: 10 * i, trainLoss, testLoss: trainLoss }));
    expect(leapOf(history(9000, 40, 1e-25, 0.63))?.message).toMatch(
      /^the training loss is 0\.630, but was 1\.00e-25 after step 20: .*--schedule cosine/,
    );
    expect(leapOf(history(0.69, 0.1, 0.3))?.step).toBe(20);
    // settled, still falling, or risen by rounding alone
    for (const calm of [history(0.69, 0.1, 0.11), history(9, 3, 1), history(1, 1e-20, 3e-18), history(2, 2)]) {
      expect(leapOf(calm)).toBe(undefined);
    }
  });

  it('stops at a loss that is not finite, names the step, and prints what it has', async () => {
    const file = await csv(
      'wild.csv',
      table(40, (i) => [i, 2 * i + (i % 3)]),
    );
    const args = ['train', file, '--target', 'y', '--optimizer', 'gd', '--lr', '1e6', '--out', at('wild')];
    const { code, stdout, stderr } = await command([...args, '--json']);
    expect(code).toBe(1);
    const document = JSON.parse(stdout) as {
      model: null;
      history: unknown[];
      error: { code: string; message: string };
    };
    expect(document.error.code).toBe('diverged');
    expect(document.error.message).toMatch(
      /^training diverged: the loss was .* at step 2; try a smaller learning rate/,
    );
    expect(stderr).toContain(document.error.message);
    expect(document.model).toBe(null);
    expect(document.history.length).toBeGreaterThan(0);
    // nothing is in the way of the next try
    expect((await command([...args.slice(0, -4), '--lr', '0.1', '--out', at('wild')])).code).toBe(0);
  });
});
