// Random Programs at length: compiled and by the reference evaluator, 10,000 of them unless told, in pieces of a thousand.
// npm run random-programs -- [count] [first seed]; a seed of its own every day unless told.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');
const day = Math.floor(Date.now() / 86_400_000);
const [count = 10_000, first = day * 1000] = process.argv.slice(2).map(Number);
const failed = [];
for (let done = 0, seed = first; done < count; done += 1000, seed++) {
  const pieces = String(Math.min(1000, count - done));
  const { status } = spawnSync(process.execPath, [vitest, 'run', 'packages/downhill/test/compile/random.test.ts'], {
    stdio: 'inherit',
    env: { ...process.env, RANDOM_PROGRAMS: pieces, RANDOM_SEED: String(seed) },
  });
  if (status !== 0) failed.push(seed);
}
console.log(failed.length === 0 ? `${count} Programs agree` : `failed with the seeds ${failed.join(', ')}`);
process.exitCode = failed.length === 0 ? 0 : 1;
