// Builds the packages: tsc compiles each module to a file of its own, then what Node loads is bundled (bundle.mjs).
//   node scripts/build.mjs              both, and only what changed; exits with the compiler's status
//   node scripts/build.mjs --release    the bundles as they are published, without the check that a checkout needs
// Opening a hundred files takes Node longer than running them, so the condition "node" of packages/downhill/package.json
// names the bundle, and so does the binary of the command line; bundlers for pages take the single modules, which they can
// leave out one by one.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleCommands, bundleLibrary, carriedPackages, commands, library } from './bundle.mjs';

const path = (place) => fileURLToPath(new URL(place, import.meta.url));

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
  const compiler = path('../node_modules/typescript/bin/tsc');
  const { status, error } = spawnSync(process.execPath, [compiler, '--build'], { cwd: path('..'), stdio: 'inherit' });
  if (error) throw error;
  return status ?? 1;
}

/** In a checkout `tsc --build` may run without this script; an older bundle must not stand in for its output unnoticed. */
const checkOf = (what) => `import { statSync as $modified } from 'node:fs';
{
  const time = (name) => $modified(new URL(\`../\${name}\`, import.meta.url), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (time('.tsbuildinfo') > time('.bundleinfo')) {
    process.emitWarning('${what} was compiled after it was bundled, and the older bundle runs: npm run build does both');
  }
}
`;

/** Each file is replaced at once, for processes that load it meanwhile; those of an earlier build go. */
function write(folder, files) {
  for (const [file, text] of files) {
    if (read(file) === text) continue;
    mkdirSync(dirname(file), { recursive: true });
    const beside = `${file}.${process.pid}`;
    writeFileSync(beside, text);
    renameSync(beside, file);
  }
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath ?? entry.path, entry.name);
    if (entry.isFile() && /\.(js|map)$/.test(entry.name) && !files.has(file)) rmSync(file, { force: true });
  }
}

/** Bundles a package unless what it is made of is older than its bundle. */
async function bundle(folder, kind, make) {
  const info = join(folder, 'dist/.bundleinfo');
  const made = modified(info) ?? 0;
  const sources = [join(folder, 'dist/.tsbuildinfo'), join(folder, 'package.json'), ...carriedPackages, ...scripts];
  if (read(info) === kind && sources.every((file) => (modified(file) ?? 0) <= made)) return;
  const begun = new Date();
  write(join(folder, 'dist/node'), await make());
  writeFileSync(info, kind);
  utimesSync(info, begun, begun);
}

const scripts = [path('build.mjs'), path('bundle.mjs')];

/** Compiles and bundles what changed; the compiler's exit status. */
export async function build({ release = false } = {}) {
  const status = compile();
  const kind = release ? 'release' : 'checkout';
  const heading = (what) => (release ? '' : checkOf(what));
  await Promise.all([
    bundle(library, kind, () => bundleLibrary({ heading: heading('downhill') })),
    bundle(commands, kind, () => bundleCommands({ heading: heading('downhill-cli') })),
  ]);
  return status;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.exitCode = await build({ release: process.argv.includes('--release') });
}
