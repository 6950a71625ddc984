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

/** In a checkout `tsc --build` may run without this script; an older bundle must not stand in for its output unnoticed. */
const check = `import { statSync as $modified } from 'node:fs';
{
  const time = (name) => $modified(new URL(\`../\${name}\`, import.meta.url), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (time('.tsbuildinfo') > time('.bundleinfo')) {
    process.emitWarning('downhill was compiled after it was bundled, and the older bundle runs: npm run build does both');
  }
}
`;

async function bundleLibrary(release) {
  const begun = new Date();
  const build = await rolldown({
    input: entries(),
    plugins: [mapped],
    external: (id) => !/^[./\0]|^[A-Za-z]:/.test(id),
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
  write(new Map(output.map((file) => [join(bundle, file.fileName), file.type === 'chunk' ? file.code : file.source])));
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
  const sources = [compiled, join(library, 'package.json'), fileURLToPath(import.meta.url)];
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
