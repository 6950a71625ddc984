import { describe, it } from 'vitest';
import { readFixture, runCase } from './fixtures/run.ts';

const themes = [
  'elementwise',
  'reductions',
  'shaping',
  'products',
  'conv',
  'functions',
  'transforms',
  'random',
  'metrics',
  'numpy',
  'optimizers',
  'compositions',
];

describe.each(themes)('reference values: %s', (theme) => {
  const { cases } = readFixture(theme);
  it.each(cases.map((c) => [c.id, c] as const))('%s', (_, record) => {
    runCase(record);
  });
});
