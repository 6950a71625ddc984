import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { repository } from './command.ts';
import { commandJson, refusal } from './in-process.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'downhill-parquet-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const fixture = (name: string) => join(repository, 'packages/downhill/test/data/fixtures', `${name}.parquet`);
const iris = fixture('iris');
const csv = join(repository, 'examples/data/iris.csv');
const bytesOf = (out: string) => readFile(join(out, 'model.safetensors'), 'hex');

describe('Parquet files', () => {
  it('train and predict as the CSV file that they were made of, to the bit', async () => {
    const [fromParquet, fromCsv] = [join(folder, 'parquet'), join(folder, 'csv')];
    const args = ['--target', 'species', '--steps', '30'];
    await commandJson(['train', iris, ...args, '--out', fromParquet]);
    await commandJson(['train', csv, ...args, '--out', fromCsv]);
    expect(await bytesOf(fromParquet)).toBe(await bytesOf(fromCsv));
    const one = await commandJson(['predict', fromParquet, iris]);
    expect(await commandJson(['predict', fromCsv, csv])).toEqual(one);
  });

  it('are judged by roc, whatever they are called', async () => {
    const renamed = join(folder, 'scores.csv');
    const bytes = await readFile(iris);
    await writeFile(renamed, bytes);
    const error = await refusal(['roc', renamed, '--score', 'petal_length', '--label', 'species']);
    expect(error.code).toBe('not-binary');
    expect(error.message).toContain('species');
    expect((await refusal(['roc', renamed, '--score', 'petal', '--label', 'species'])).code).toBe('missing-column');
  });

  it.each([
    ['nested', 'unsupported-parquet', /nested.parquet: column "list" holds lists or records/],
    ['zstd', 'unsupported-parquet', /compressed as ZSTD/],
    ['no-rows', 'empty-table', /no rows of data/],
  ])('are refused when they are no table: %s', async (name, code, sentence) => {
    const error = await refusal(['train', fixture(name), '--target', 'x', '--out', join(folder, 'none')]);
    expect(error.code).toBe(code);
    expect(error.message).toMatch(sentence);
  });

  it('are refused when they are cut off', async () => {
    const path = join(folder, 'cut.parquet');
    await writeFile(path, (await readFile(iris)).subarray(0, 3000));
    const error = await refusal(['train', path, '--target', 'species', '--out', join(folder, 'none')]);
    expect(error.code).toBe('malformed-parquet');
    expect(error.message).toMatch(/cut.parquet: the file is no sound Parquet file: invalid \(footer != PAR1\)/);
  });
});
