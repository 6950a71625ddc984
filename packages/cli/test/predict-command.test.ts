import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { command, commandJson, refusal } from './in-process.ts';

let folder = '';
const at = (name: string) => join(folder, name);
const write = async (name: string, text: string): Promise<string> => {
  await writeFile(at(name), text);
  return at(name);
};

/** Houses: the price follows from size and city; the class from the price. */
const cities = ['Bern', 'Oslo', 'Rome, old town'];
const houses = Array.from({ length: 90 }, (_, i) => {
  const [size, city] = [20 + ((i * 37) % 90), cities[i % 3] as string];
  return { size, city, price: 3 * size + 40 * (i % 3) };
});
const kindOf = (price: number) => (price < 150 ? 'cheap' : price < 240 ? 'fair "mid"' : 'dear');
const quoted = (text: string) => (/[",]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text);

interface Document {
  target: string;
  classes?: string[];
  predictions: { row: number; prediction: string | number; probabilities?: Record<string, number> }[];
  metrics?: { mae?: number; testAccuracy?: number };
  notes: string[];
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'downhill-predict-'));
  const price = houses.map((h) => `${h.size},${quoted(h.city)},${h.price}`);
  await write('price.csv', `size,city,price\n${price.join('\n')}\n`);
  const kind = houses.map((h) => `${h.size},${quoted(h.city)},${quoted(kindOf(h.price))}`);
  await write('kind.csv', `size,city,kind\n${kind.join('\n')}\n`);
  await commandJson(['train', at('price.csv'), '--target', 'price', '--lr', '0.3', '--out', at('price')]);
  await commandJson(['train', at('kind.csv'), '--target', 'kind', '--model', 'mlp:8', '--out', at('kind')]);
}, 120_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

const predict = (model: string, file: string, ...args: string[]) => ['predict', at(model), file, ...args];

describe('predict', () => {
  it('gives numbers as CSV, whatever the order of the columns and whatever else there is', async () => {
    const file = await write('new.csv', 'city,note,size\nOslo,a,100\n"Rome, old town",b,10\n');
    const { code, stdout, stderr } = await command(predict('price', file));
    expect(code).toBe(0);
    expect(stderr).toBe(`downhill predict: ${file}: columns the model does not use: note\n`);
    const [header, ...rows] = stdout.trimEnd().split('\n');
    expect(header).toBe('row,price');
    const values = rows.map((row) => row.split(',').map(Number));
    expect(values.map(([row]) => row)).toEqual([1, 2]);
    expect(Math.abs((values[0]?.[1] as number) - 340)).toBeLessThan(0.5);
    expect(Math.abs((values[1]?.[1] as number) - 110)).toBeLessThan(0.5);
  });

  it('gives classes with probabilities that sum to one, and judges itself where the target is known', async () => {
    const document = await commandJson<Document>(predict('kind', at('kind.csv')));
    expect(document.classes).toEqual(['cheap', 'dear', 'fair "mid"']);
    expect(document.predictions.length).toBe(90);
    let right = 0;
    for (const [i, { row, prediction, probabilities = {} }] of document.predictions.entries()) {
      expect(row).toBe(i + 1);
      const sum = Object.values(probabilities).reduce((a, b) => a + b, 0);
      expect(sum).toBeCloseTo(1, 12);
      expect(probabilities[prediction]).toBe(Math.max(...Object.values(probabilities)));
      if (prediction === kindOf((houses[i] as (typeof houses)[number]).price)) right++;
    }
    expect(document.metrics?.testAccuracy).toBeCloseTo(right / 90, 12);
    expect(right).toBeGreaterThan(75);
  });

  it('writes CSV that spreadsheets read back, and JSON, to files', async () => {
    const csv = await command(predict('kind', at('kind.csv'), '--out', at('out.csv')));
    expect(csv.stdout).toMatch(
      /^wrote 90 predictions of kind to .*out.csv\nthe file has the target too: \d+ of 90 right\n$/,
    );
    const text = await readFile(at('out.csv'), 'utf8');
    expect(text.split('\n')[0]).toBe('row,kind,p(cheap),p(dear),"p(fair ""mid"")"');
    expect((await command(predict('kind', at('kind.csv'), '--out', at('out.json')))).code).toBe(0);
    const document = JSON.parse(await readFile(at('out.json'), 'utf8')) as Document;
    const direct = await commandJson<Document>(predict('kind', at('kind.csv')));
    expect(document).toEqual(direct);
    for (const [i, line] of text.trimEnd().split('\n').slice(1).entries()) {
      expect(line.startsWith(`${i + 1},${quoted(String(direct.predictions[i]?.prediction))},`)).toBe(true);
    }
    expect((await refusal(predict('kind', at('kind.csv'), '--out', at('out.xlsx')))).code).toBe('unknown-format');
  });

  it('predicts each row by itself: in any order, in any company', async () => {
    const all = await commandJson<Document>(predict('kind', at('kind.csv')));
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.nat(89), { minLength: 1, maxLength: 12 }), async (rows) => {
        const lines = rows.map((i) => {
          const { city, size } = houses[i] as (typeof houses)[number];
          return `${quoted(city)},${size}`;
        });
        const file = await write('some.csv', `city,size\n${lines.join('\n')}\n`);
        const some = await commandJson<Document>(predict('kind', file));
        expect(some.predictions.map(({ probabilities }) => probabilities)).toEqual(
          rows.map((i) => all.predictions[i]?.probabilities),
        );
      }),
      { numRuns: 10 },
    );
  });

  it.each([
    [
      'a column that is missing',
      'size\n50\n',
      'missing-column',
      /the model needs a column that the table lacks: "city"/,
    ],
    ['a column misspelt', 'size,ctiy\n50,Bern\n', 'missing-column', /"city" \(the table has "ctiy"\)/],
    [
      'an unseen category',
      'size,city\n50,Bern\n60,Paris\n',
      'unknown-category',
      /row 2 \(line 3\), column "city": "Paris"/,
    ],
    ['a missing value', 'size,city\n50,Bern\n60,\n', 'missing-value', /row 2 \(line 3\), column "city"/],
    ['NaN', 'size,city\nNaN,Bern\n', 'missing-value', /column "size" has no values at all|row 1/],
    ['text for a number', 'size,city\nbig,Bern\n', 'not-a-number', /row 1 \(line 2\), column "size": "big"/],
    ['an infinite number', 'size,city\n1e999,Bern\n', 'not-a-number', /"1e999" is not a finite number/],
    ['no rows', 'size,city\n', 'empty-table', /no rows/],
    ['a ragged row', 'size,city\n50\n', 'ragged-row', /line 2 has 1 cell/],
    ['a column twice', 'size,size,city\n1,2,Bern\n', 'duplicate-column', /"size" twice/],
  ] as const)('refuses %s', async (_name, text, code, sentence) => {
    const file = await write('bad.csv', text);
    const error = await refusal(predict('price', file));
    expect(error.message).toMatch(sentence);
    expect(error.code).toBe(code);
    expect(error.message.startsWith(`${file}: `)).toBe(true);
  });

  it('passes over what it is told to', async () => {
    const file = await write('holes.csv', 'size,city\n50,Bern\n,Oslo\n60,Paris\n');
    const args = predict('price', file, '--missing', 'drop', '--unseen', 'ignore');
    const { predictions, notes } = await commandJson<Document>(args);
    expect(predictions.map(({ row }) => row)).toEqual([1, 3]);
    expect(notes).toEqual([
      '1 row with missing values passed over',
      '1 cell holds a category that was not in the training rows; it counts as none',
    ]);
    expect((await refusal(predict('price', file, '--missing', 'drop'))).code).toBe('unknown-category');
    expect((await refusal(predict('price', file, '--missing', 'skip'))).code).toBe('unknown-choice');
  });

  it('refuses a model that is not there, cut off, changed, or of another run', async () => {
    expect(await refusal(predict('nothing', at('kind.csv')))).toMatchObject({ code: 'no-model' });
    const [json, tensors] = ['model.json', 'model.safetensors'].map((name) => join(at('price'), name)) as [
      string,
      string,
    ];
    const [text, bytes] = [await readFile(json, 'utf8'), await readFile(tensors)];
    const attempt = async (sentence: RegExp) => {
      const error = await refusal(predict('price', at('price.csv')));
      expect(error.code).toBe('damaged-file');
      expect(error.message).toMatch(sentence);
    };
    await writeFile(tensors, bytes.subarray(0, -3));
    await attempt(/model.safetensors" is damaged or belongs to another model/);
    await writeFile(tensors, await readFile(join(at('kind'), 'model.safetensors')));
    await attempt(/belongs to another model/);
    await rm(tensors);
    await attempt(/model.safetensors" is missing/);
    await writeFile(tensors, bytes);
    await writeFile(json, text.slice(0, 200));
    await attempt(/model.json" is not a saved model: /);
    await writeFile(json, text.replace('"version": 2', '"version": 9'));
    await attempt(/has version 9; this program reads version 2/);
    for (const [was, is, sentence] of [
      ['"kind": "linear"', '"kind": "oracle"', /bad spec/],
      ['"column": "size"', '"column": 5', /a feature has no name/],
      ['"kind": "regression"', '"kind": "poetry"', /bad task/],
      ['"format": "downhill-model"', '"format": "cake"', /its format is not downhill-model/],
    ] as const) {
      expect(text).toContain(was);
      await writeFile(json, text.replace(was, is));
      await attempt(sentence);
    }
    await writeFile(json, '[]');
    await attempt(/it holds no object/);
    await writeFile(json, text);
    expect((await command(predict('price', at('price.csv')))).code).toBe(0);
  });
});
