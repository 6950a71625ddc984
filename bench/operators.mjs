// What "use math" costs ordinary numeric code: each workload as it stands and transformed, in one process, interleaved.
// Run with: node bench/operators.mjs [--json]
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { tensor } from 'downhill';
import * as namespace from 'downhill/operators';
import { transform } from 'downhill-transform';

const operators = { ...namespace };
const source = readFileSync(new URL('operators/workloads.mjs', import.meta.url), 'utf8');
const folder = fileURLToPath(new URL('../out/bench-operators/', import.meta.url));
mkdirSync(folder, { recursive: true });
writeFileSync(`${folder}native.mjs`, source);
writeFileSync(`${folder}math.mjs`, transform(`"use math";${source}`, { file: 'workloads.mjs' }).code);
const native = await import(`${folder}native.mjs`);
const math = await import(`${folder}math.mjs`);
rmSync(folder, { recursive: true });

// The optimizing compiler works beside the program: rounds before it has settled are not counted.
const warmUp = 60;
const rounds = 31;
// As in a program that also works on tensors: the operators have seen more than numbers.
for (const operator of [
  'add',
  'sub',
  'mul',
  'div',
  'lt',
  'le',
  'gt',
  'index',
  'inc',
  'mathAbs',
  'mathSin',
  'mathSqrt',
]) {
  for (let i = 0; i < 100; i++) operators[operator](tensor([1, 2]), 0);
}
for (let i = 0; i < 100; i++) operators.truth(operators.lt(tensor([1]), 2), 'warm-up');

/** The lower quartile: other work on the machine only ever adds time. */
const typical = (xs) => xs.toSorted((a, b) => a - b)[xs.length >> 2];

function time(f) {
  const start = performance.now();
  f();
  return performance.now() - start;
}

const rows = Object.keys(native).map((name) => {
  if (native[name]() !== math[name]()) throw new Error(`${name}: transformed code gives another result`);
  const times = { native: [], math: [] };
  for (let i = -warmUp; i < rounds; i++) {
    const [plain, marked] = [time(native[name]), time(math[name])];
    if (i < 0) continue;
    times.native.push(plain);
    times.math.push(marked);
  }
  const [plain, marked] = [typical(times.native), typical(times.math)];
  return { name, native: plain, math: marked, ratio: marked / plain };
});

if (process.argv.includes('--json')) {
  console.log(JSON.stringify({ node: process.version, rows }));
} else {
  console.log(`Lower quartile of ${rounds} runs after ${warmUp} to warm up, milliseconds, Node ${process.version}`);
  console.log('workload      as it stands  "use math"   ratio');
  for (const { name, native: plain, math: marked, ratio } of rows) {
    console.log(
      `${name.padEnd(12)} ${plain.toFixed(2).padStart(13)} ${marked.toFixed(2).padStart(11)} ${ratio.toFixed(2).padStart(7)}`,
    );
  }
  const mean = Math.exp(rows.reduce((sum, { ratio }) => sum + Math.log(ratio), 0) / rows.length);
  console.log(
    `geometric mean of the ratios: ${mean.toFixed(2)}, largest: ${Math.max(...rows.map((r) => r.ratio)).toFixed(2)}`,
  );
}
