// Downhill and whichever peers are installed, one after another on the same data, and one table of ratios.
// Run with: npm run bench [-- workload …]; the names of workloads are matched from their beginning.
//   npm run bench:install     installs jax-js and tfjs beside this script
//   DOWNHILL_NODE=path        the Node that runs all sides (jax-js needs 24 or newer)
//   DOWNHILL_PYTHON=path      a Python with PyTorch, or JAX, or both
//   BUDGET=seconds            how long each workload is measured in a round (1)
//   ROUNDS=count              how often all sides take their turn; the best round of each counts (1)
//   SIDES=name,…              only these sides
import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from '../scripts/build.mjs';

if ((await build()) !== 0) console.error('the packages do not compile; what could be written is measured');

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const node = process.env.DOWNHILL_NODE ?? process.execPath;
const python = process.env.DOWNHILL_PYTHON;
const installed = existsSync(here('node_modules'));
const common = { ...process.env, WORKLOADS: process.argv.slice(2).join(',') };

const ours = (env) => ({ command: node, script: 'peers/downhill.mjs', env });
const torch = (threads) => ({
  command: python,
  script: 'peers/pytorch.py',
  env: { THREADS: String(threads), OMP_NUM_THREADS: String(threads) },
});
/** All on one thread but for those that say two; JAX takes what it finds. */
const all = [
  { name: 'Downhill', ...ours({ THREADS: '1' }) },
  { name: 'Downhill on two threads', ...ours({ THREADS: '2' }) },
  { name: 'Downhill wide', ...ours({ THREADS: '1', WIDE: '1' }) },
  { name: 'Downhill wide on two threads', ...ours({ THREADS: '2', WIDE: '1' }) },
  { name: 'by hand', command: node, script: 'peers/hand.mjs' },
  ...(installed
    ? [
        { name: 'jax-js', command: node, script: 'peers/jax-js.mjs' },
        { name: 'tfjs', command: node, script: 'peers/tfjs.mjs' },
      ]
    : []),
  ...(python
    ? [
        { name: 'PyTorch', ...torch(1) },
        { name: 'PyTorch on two threads', ...torch(2) },
        { name: 'JAX', command: python, script: 'peers/jax-cpu.py' },
      ]
    : []),
];
const wanted = process.env.SIDES?.split(',');
const sides = all.filter(({ name }) => !wanted || wanted.includes(name));

/** Lines of JSON that a side prints, by workload. */
function run({ name, command, script, env }) {
  console.error(`${name} …`);
  const options = { env: { ...common, ...env }, encoding: 'utf8', timeout: 900_000 };
  const { stdout, stderr, error } = spawnSync(command, [here(script)], options);
  const rows = (stdout ?? '').split('\n').filter((line) => line.startsWith('{'));
  if (rows.length === 0) console.error(`  nothing: ${error?.message ?? stderr.trim().split('\n').at(-1)}`);
  return new Map(rows.map((line) => JSON.parse(line)).map((row) => [row.name, row]));
}

const clock = (command, args) => {
  const times = Array.from({ length: 9 }, () => {
    const at = performance.now();
    spawnSync(command, args, { cwd: here('.') });
    return (performance.now() - at) / 1000;
  }).sort((a, b) => a - b);
  return times[2];
};

/** Seconds from process start to the first gradient, less what starting Node alone takes. */
function firstGradient() {
  const bare = clock(node, ['-e', '0']);
  const script = (source) => ['--input-type=module', '-e', source];
  const scripts = {
    Downhill: `import { grad, mul } from 'downhill'; if (grad((x) => mul(x, x))(3) !== 6) process.exit(1);`,
    ...(installed && {
      'jax-js': `import { grad, numpy as np, init, defaultDevice } from '@jax-js/jax'; await init('wasm'); defaultDevice('wasm'); await grad((x) => np.square(x))(3).data(); process.exit(0);`,
      tfjs: `import * as tf from '@tensorflow/tfjs'; await tf.setBackend('cpu'); tf.grad((x) => tf.square(x))(tf.scalar(3)).dataSync();`,
    }),
  };
  const seconds = new Map(Object.entries(scripts).map(([side, source]) => [side, clock(node, script(source)) - bare]));
  if (python) {
    const source = 'import torch; x = torch.tensor(3.0, requires_grad=True); (x * x).backward()';
    seconds.set('PyTorch', clock(python, ['-c', source]) - bare);
  }
  return { bare, seconds };
}

/** Seconds that commands take over Node's own start. */
function commandStarts(bare) {
  const binary = here('../packages/cli/bin/downhill.js');
  const commands = {
    'downhill --help': ['--help'],
    'downhill derive "x^2" --at x=1': ['derive', 'x^2', '--at', 'x=1'],
  };
  return Object.entries(commands).map(([name, args]) => [name, clock(node, [binary, ...args]) - bare]);
}

async function bundleSizes() {
  const { build } = await import('esbuild');
  const size = async (source) => {
    const options = {
      bundle: true,
      minify: true,
      format: 'esm',
      write: false,
      logLevel: 'silent',
      platform: 'browser',
    };
    try {
      const { outputFiles } = await build({ stdin: { contents: source, resolveDir: here('.') }, ...options });
      return gzipSync(outputFiles[0].contents, { level: 9 }).length;
    } catch {
      return undefined;
    }
  };
  return new Map([
    ['Downhill', await size(`export * from 'downhill';`)],
    ['Downhill with compiler', await size(`export * from 'downhill'; export * from 'downhill/compile';`)],
    ...(installed
      ? [
          ['jax-js', await size(`export * from '@jax-js/jax';`)],
          ['tfjs', await size(`export * from '@tensorflow/tfjs';`)],
        ]
      : []),
  ]);
}

const show = (seconds) => {
  const units = [
    [1, 's'],
    [1e-3, 'ms'],
    [1e-6, 'µs'],
    [1e-9, 'ns'],
  ];
  const [scale, unit] = units.find(([s]) => Math.abs(seconds) >= s) ?? units.at(-1);
  return `${(seconds / scale).toPrecision(3)} ${unit}`;
};

const measures = ['seconds', 'quartile', 'processor'];

/** The best of two rounds of a side, measure by measure. */
function better(known, rows) {
  for (const [name, row] of rows) {
    const old = known.get(name);
    const best = (m) => Math.min(old?.[m] ?? Infinity, row[m] ?? Infinity);
    known.set(
      name,
      row.error || !old || old.error ? row : { name, ...Object.fromEntries(measures.map((m) => [m, best(m)])) },
    );
  }
  return known;
}

const results = new Map(sides.map((side) => [side.name, new Map()]));
for (let round = 0; round < Number(process.env.ROUNDS ?? 1); round++) {
  for (const side of sides) better(results.get(side.name), run(side));
}
const names = [...new Set([...results.values()].flatMap((rows) => [...rows.keys()]))];
const peers = sides.map((s) => s.name).filter((name) => name !== 'Downhill');
/** A table of one measure: seconds by the clock, or of processor time. */
function table(measure) {
  const lines = [
    `| workload | Downhill | ${peers.join(' | ')} |`,
    `| --- | ---: | ${peers.map(() => '---:').join(' | ')} |`,
  ];
  for (const name of names) {
    const ours = results.get('Downhill')?.get(name);
    const other = (side) => {
      const row = results.get(side)?.get(name);
      if (!row?.[measure]) return row?.error ? 'fails' : '';
      const ratio = ours?.[measure] ? ` (${(row[measure] / ours[measure]).toPrecision(2)}×)` : '';
      return `${show(row[measure])}${ratio}`;
    };
    lines.push(
      `| ${name} | ${ours?.[measure] ? show(ours[measure]) : (ours?.error ?? '')} | ${peers.map(other).join(' | ')} |`,
    );
  }
  return lines.join('\n');
}

console.log(`\nby the clock, the best of many\n\n${table('seconds')}`);
console.log(`\nby the clock, lower quartile\n\n${table('quartile')}`);
console.log(`\nby processor time of all threads\n\n${table('processor')}`);
console.log('\nIn brackets: how many times as long as Downhill.');

const products = names.filter((name) => name.startsWith('matmul '));
if (products.length > 0) {
  const flops = (name) => 2 * Number(name.slice(7)) ** 3;
  console.log('\nGFLOP/s by the clock; by processor time of all threads in brackets');
  for (const name of products) {
    const text = [...results].flatMap(([side, rows]) => {
      const row = rows.get(name);
      if (!row?.seconds) return [];
      const of = (seconds) => (flops(name) / seconds / 1e9).toPrecision(3);
      return `${side} ${of(row.seconds)} (${of(row.processor)})`;
    });
    console.log(`  ${name}: ${text.join(', ')}`);
  }
}

if (!common.WORKLOADS) {
  const { bare, seconds } = firstGradient();
  console.log(`\nfirst gradient, over Node's own start of ${show(bare)}`);
  for (const [side, value] of seconds) console.log(`  ${side}: ${show(value)}`);
  console.log("\nstart of commands, over Node's own");
  for (const [name, value] of commandStarts(bare)) console.log(`  ${name}: ${show(value)}`);
  const firstCompile = Array.from({ length: 5 }, () => {
    const options = { env: { ...common, FIRST_COMPILE: '1' }, encoding: 'utf8' };
    return JSON.parse(
      spawnSync(node, [here('peers/downhill.mjs')], options)
        .stdout.trim()
        .split('\n')
        .at(-1),
    ).seconds;
  });
  console.log(`\ncompile 1,000 equations in a fresh process: ${show(Math.min(...firstCompile))}`);
  console.log('\nbundle, minified and compressed');
  for (const [side, bytes] of await bundleSizes()) {
    console.log(`  ${side}: ${bytes ? `${(bytes / 1024).toFixed(1)} KB` : 'does not bundle'}`);
  }
}
const version = spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim();
console.log(
  `\nNode ${version}, ${availableParallelism()} processors (${cpus()[0]?.model.trim()}), load ${loadavg()[0].toFixed(1)}`,
);
if (process.env.BENCH_JSON) {
  writeFileSync(process.env.BENCH_JSON, JSON.stringify([...results].map(([side, rows]) => [side, [...rows.values()]])));
}
