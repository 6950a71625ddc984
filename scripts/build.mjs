// Builds the packages: tsc compiles each module to a file of its own, then what Node loads of the library is bundled.
//   node scripts/build.mjs              both, and only what changed; exits with the compiler's status
//   node scripts/build.mjs --release    the bundle as it is published, without the check that a checkout needs
// Opening a hundred files takes Node longer than running them, so the condition "node" of packages/downhill/package.json
// names the bundle; bundlers for pages take the single modules, which they can leave out one by one.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const path = (place) => fileURLToPath(new URL(`../${place}`, import.meta.url));
const library = path('packages/downhill/');
const bundle = join(library, 'dist/node');
const compiled = join(library, 'dist/.tsbuildinfo');
const bundled = join(library, 'dist/.bundleinfo');

/** The parser of formulas, with what it needs of its packages; the bundle for Node carries it. */
const parser = join(bundle, 'chunks/mathjs.js');
const parserSource = path('node_modules/mathjs/package.json');

const modified = (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs;
const read = (file) => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
};

/** Runs the TypeScript compiler on all packages; its exit status. It writes what it can beside errors. */
function compile() {
  const compiler = path('node_modules/typescript/bin/tsc');
  const { status, error } = spawnSync(process.execPath, [compiler, '--build'], { cwd: path('.'), stdio: 'inherit' });
  if (error) throw error;
  return status ?? 1;
}

/** What Node loads for each entry of the package → the module it is made of. */
function entries() {
  const { exports } = JSON.parse(readFileSync(join(library, 'package.json'), 'utf8'));
  return Object.fromEntries(
    Object.values(exports).map((entry) => {
      const name = /^\.\/dist\/node\/(.+)\.js$/.exec(entry.node)?.[1];
      if (name === undefined) throw new Error(`an entry of the package has no bundle for Node: ${entry.default}`);
      return [name, join(library, entry.default)];
    }),
  );
}

/** The maps that the compiler wrote, so that places in the bundle lead to the TypeScript source. */
const mapped = {
  name: 'mapped',
  load(id) {
    if (!id.endsWith('.js')) return null;
    return { code: readFileSync(id, 'utf8').replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n'), map: read(`${id}.map`) };
  },
};

/** The library's import of the parser leads to the bundled one, beside the chunk of the formulas. */
const carried = {
  name: 'carried',
  resolveId: (id) => (id === 'mathjs/number' ? { id: './mathjs.js', external: true } : null),
};

/** In a checkout `tsc --build` may run without this script; an older bundle must not stand in for its output unnoticed. */
const check = `import { statSync as $modified } from 'node:fs';
{
  const time = (name) => $modified(new URL(\`../\${name}\`, import.meta.url), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (time('.tsbuildinfo') > time('.bundleinfo')) {
    process.emitWarning('downhill was compiled after it was bundled, and the older bundle runs: npm run build does both');
  }
}
`;

/**
 * The parser of mathjs in one file beside the notices of its authors. `mathjs/number` is 700 files, and opening them takes
 * several times as long as the rest of a command.
 */
async function bundleParser() {
  const text = "export { create, parseDependencies } from 'mathjs/number';";
  const parts = {
    name: 'parts',
    resolveId: (id) => (id === 'parser' ? '\0parser' : null),
    load: (id) => (id === '\0parser' ? text : null),
  };
  const build = await rolldown({ input: { parser: 'parser' }, cwd: library, plugins: [parts], platform: 'node' });
  const { output } = await build.generate({ format: 'esm', minify: true, comments: false });
  await build.close();
  const [{ code, modules }] = output;
  const packages = packagesOf(Object.keys(modules));
  const names = packages.map(({ name, version }) => `${name} ${version}`).join(', ');
  const heading = `// Parts of ${names}, chosen and minified by a bundler; mathjs.LICENSE.txt beside it holds their licences.`;
  return [
    [parser, `${heading}\n${code}`],
    [join(bundle, 'chunks/mathjs.LICENSE.txt'), noticesOf(packages)],
  ];
}

/** The packages that modules belong to, by name. */
function packagesOf(modules) {
  const folders = modules.flatMap((id) => /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/.exec(id)?.[0] ?? []);
  return [...new Set(folders)]
    .map((folder) => ({ folder, ...JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** What the licences of packages ask those to hand on who copy their code. */
function noticesOf(packages) {
  const texts = packages.map(({ folder, name, version, license }) => {
    const files = readdirSync(folder).filter((file) => /^(licen[cs]e|notice)(\.|$)/i.test(file));
    if (files.length === 0) throw new Error(`${name} has no licence to be copied beside the bundle`);
    return [
      `${name} ${version} (${license})`,
      ...files.sort().map((file) => readFileSync(join(folder, file), 'utf8').trim()),
    ];
  });
  return `${texts.map((parts) => parts.join('\n\n')).join(`\n\n${'-'.repeat(80)}\n\n`)}\n`;
}

async function bundleLibrary(release) {
  const begun = new Date();
  const parsing = bundleParser();
  const build = await rolldown({
    input: entries(),
    plugins: [mapped, carried],
    external: (id) => id !== 'mathjs/number' && !/^[./\0]|^[A-Za-z]:/.test(id),
    platform: 'neutral',
    treeshake: { moduleSideEffects: true },
    preserveEntrySignatures: 'strict',
  });
  const { output } = await build.generate({
    dir: bundle,
    format: 'esm',
    sourcemap: true,
    comments: false,
    keepNames: true,
    entryFileNames: '[name].js',
    chunkFileNames: 'chunks/[name].js',
    // Every entry loads the errors.
    banner: ({ name }) => (name === 'errors' && !release ? check : ''),
    // What the main entry needs is one file, with which all other entries go on; errors stand below it.
    codeSplitting: {
      groups: [
        { name: 'errors', test: /[\\/]dist[\\/]tensor[\\/]errors\.js$|rolldown\/runtime/, priority: 2 },
        { name: 'core', test: join(library, 'dist/index.js'), priority: 1 },
      ],
    },
  });
  await build.close();
  for (const { fileName, imports } of output) {
    if (imports?.includes('./mathjs.js') && dirname(fileName) !== 'chunks')
      throw new Error(`${fileName} misses the parser`);
  }
  const files = output.map((file) => [join(bundle, file.fileName), file.type === 'chunk' ? file.code : file.source]);
  write(new Map([...files, ...(await parsing)]));
  writeFileSync(bundled, release ? 'release' : 'checkout');
  utimesSync(bundled, begun, begun);
}

/** Each file is replaced at once, for processes that load it meanwhile; those of an earlier build go. */
function write(files) {
  for (const [file, text] of files) {
    if (read(file) === text) continue;
    mkdirSync(dirname(file), { recursive: true });
    const beside = `${file}.${process.pid}`;
    writeFileSync(beside, text);
    renameSync(beside, file);
  }
  for (const entry of readdirSync(bundle, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath ?? entry.path, entry.name);
    if (entry.isFile() && /\.(js|map)$/.test(entry.name) && !files.has(file)) rmSync(file, { force: true });
  }
}

const isFresh = (kind) => {
  const made = modified(bundled) ?? 0;
  const sources = [compiled, join(library, 'package.json'), parserSource, fileURLToPath(import.meta.url)];
  return read(bundled) === kind && sources.every((file) => (modified(file) ?? 0) <= made);
};

/** Compiles and bundles what changed; the compiler's exit status. */
export async function build({ release = false } = {}) {
  const status = compile();
  if (!isFresh(release ? 'release' : 'checkout')) await bundleLibrary(release);
  return status;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.exitCode = await build({ release: process.argv.includes('--release') });
}
