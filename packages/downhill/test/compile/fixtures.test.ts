import { beforeAll, describe, expect, it } from 'vitest';
import { compileProgram } from '../../src/compile/index.ts';
import { setExecutor } from '../../src/trace/apply.ts';
import { readFixture, runCase } from '../fixtures/run.ts';

const themes = [
  'elementwise',
  'reductions',
  'shaping',
  'products',
  'conv',
  'functions',
  'numpy',
  'transforms',
  'compositions',
];

let compiled = 0;

beforeAll(() => {
  setExecutor((program, inputs) => {
    compiled++;
    return compileProgram(program).run(inputs);
  });
});

describe.each(themes)('reference values with every Program compiled: %s', (theme) => {
  it.each(readFixture(theme).cases.map((c) => [c.id, c] as const))('%s', (_, record) => {
    runCase(record);
  });
});

it('Programs were compiled', () => {
  expect(compiled).toBeGreaterThan(1000);
});
