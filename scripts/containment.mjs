// Interval containment at length: 10⁵ random points in 10³ random boxes for each record, and 10³ random compositions.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');
const tests = ['packages/downhill/test/battery/interval.test.ts', 'packages/downhill/test/calculus/intervals'];
const { status } = spawnSync(process.execPath, [vitest, 'run', ...tests], {
  stdio: 'inherit',
  env: { ...process.env, DOWNHILL_BOXES: '1000', DOWNHILL_POINTS: '100', DOWNHILL_COMPOSITIONS: '1000' },
});
process.exitCode = status ?? 1;
