// What "use math" costs ordinary numeric code: each workload as it stands and transformed, in one process, interleaved;
// and what it costs once jitted: functions with operators against the same functions with calls.
// Run with: node bench/operators.mjs [--json]
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { jit, random, tensor } from 'downhill';
import { installCompiler } from 'downhill/compile';
import * as namespace from 'downhill/operators';
import { transform } from 'downhill-transform';

const operators = { ...namespace };
const read = (name) => readFileSync(new URL(`operators/${name}`, import.meta.url), 'utf8');
const marked = (name) => transform(`"use math";${read(name)}`, { file: name }).code;
const folder = fileURLToPath(new URL('../out/bench-operators/', import.meta.url));
mkdirSync(folder, { recursive: true });
writeFileSync(`${folder}native.mjs`, read('workloads.mjs'));
writeFileSync(`${folder}math.mjs`, marked('workloads.mjs'));
writeFileSync(`${folder}jitted.mjs`, marked('jitted.mjs'));
const native = await import(`${folder}native.mjs`);
const math = await import(`${folder}math.mjs`);
const pairs = await import(`${folder}jitted.mjs`);
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

/** Two functions in turn, and the ratio of their times. */
function compare(name, first, second) {
  const times = [[], []];
  for (let i = -warmUp; i < rounds; i++) {
    const pair = [time(first), time(second)];
    if (i >= 0) pair.forEach((t, side) => void times[side].push(t));
  }
  const [one, two] = times.map(typical);
  return { name, first: one, second: two, ratio: two / one };
}

const rows = Object.keys(native).map((name) => {
  if (native[name]() !== math[name]()) throw new Error(`${name}: transformed code gives another result`);
  return compare(name, native[name], math[name]);
});

installCompiler();
const vector = random.uniform(random.key(1), [4096]);
const jitted = Object.entries(pairs).map(([name, { operators: f, calls, argument }]) => {
  const [withOperators, withCalls] = [jit(f), jit(calls)];
  const x = argument === 'vector' ? vector : 0.75;
  const repeat = argument === 'vector' ? 100 : 20_000;
  const run = (g) => () => {
    for (let i = 0; i < repeat; i++) g(x);
  };
  if (String(withOperators(x)) !== String(withCalls(x))) throw new Error(`${name}: operators give another result`);
  return compare(name, run(withCalls), run(withOperators));
});

function print(title, columns, table) {
  console.log(title);
  console.log(`workload     ${columns.map((c) => c.padStart(14)).join('')}   ratio`);
  for (const { name, first, second, ratio } of table) {
    const numbers = [first, second].map((ms) => ms.toFixed(2).padStart(14)).join('');
    console.log(`${name.padEnd(13)}${numbers}${ratio.toFixed(2).padStart(8)}`);
  }
  const mean = Math.exp(table.reduce((sum, { ratio }) => sum + Math.log(ratio), 0) / table.length);
  const largest = Math.max(...table.map(({ ratio }) => ratio));
  console.log(`geometric mean of the ratios: ${mean.toFixed(2)}, largest: ${largest.toFixed(2)}\n`);
}

if (process.argv.includes('--json')) {
  console.log(JSON.stringify({ node: process.version, rows, jitted }));
} else {
  const runs = `lower quartile of ${rounds} runs after ${warmUp} to warm up, milliseconds, Node ${process.version}`;
  print(`Ordinary values: ${runs}`, ['as it stands', '"use math"'], rows);
  print(`Jitted: ${runs}`, ['calls', '"use math"'], jitted);
}
