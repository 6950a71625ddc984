// The optimizer race of the Lab: seven rules of 500 steps each, recomputed for a new start, as a drag of the start does.
// Prints a line for each landscape; the goal is one frame of a 60 Hz screen, 16 ms.
// Run with: node bench/lab-race.mjs   (after npm ci; it reads the sources)
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const FRAME = 16;
const source = (path) => fileURLToPath(new URL(`../packages/downhill/src/${path}`, import.meta.url));
const folder = await mkdtemp(join(tmpdir(), 'lab-race-'));
const file = join(folder, 'race.mjs');
await build({
  stdin: {
    contents: "export * from './race.ts'; export { installCompiler } from 'downhill/compile';",
    resolveDir: fileURLToPath(new URL('../site/models/', import.meta.url)),
    loader: 'ts',
  },
  bundle: true,
  format: 'esm',
  outfile: file,
  logLevel: 'error',
  plugins: [
    {
      name: 'sources',
      setup({ onResolve }) {
        onResolve({ filter: /^downhill$/ }, () => ({ path: source('index.ts') }));
        onResolve({ filter: /^downhill\/.+/ }, ({ path }) => ({ path: source(`${path.slice(9)}/index.ts`) }));
      },
    },
  ],
});
const { BUDGET, installCompiler, LANDSCAPES, noiseOf, prepareRace, RACERS } = await import(pathToFileURL(file));
await rm(folder, { recursive: true });

installCompiler();
const milliseconds = (work) => {
  const start = performance.now();
  work();
  return performance.now() - start;
};
let slowest = 0;
for (const [name, { f, start, rates, noise }] of Object.entries(LANDSCAPES)) {
  let race;
  const shake = noise > 0 ? noiseOf(1, noise) : undefined;
  const first = milliseconds(() => {
    race = prepareRace(f);
    race.run(start, rates, shake);
  });
  const before = process.cpuUsage();
  const again = Array.from({ length: 201 }, (_, k) =>
    milliseconds(() => race.run([start[0] + k * 1e-3, start[1]], rates, shake)),
  ).sort((a, b) => a - b);
  const { user, system } = process.cpuUsage(before);
  // By the clock the worst of many runs tells how busy the machine is; processor time tells what the race costs.
  const processor = (user + system) / 1000 / again.length;
  slowest = Math.max(slowest, again[100], processor);
  console.log(
    `${name.padEnd(11)} ${RACERS.length} rules × ${BUDGET} steps: median ${again[100].toFixed(2)} ms by the clock, ` +
      `${processor.toFixed(2)} ms of processor time; traced and compiled in ${first.toFixed(0)} ms`,
  );
}
console.log(`${slowest < FRAME ? 'within' : 'NOT within'} a frame of ${FRAME} ms`);
process.exitCode = slowest < FRAME ? 0 : 1;
