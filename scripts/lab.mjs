// Builds the Lab: its own packages first where they are missing, then the library, then the pages.
//   node scripts/lab.mjs             all of that
//   node scripts/lab.mjs --install   the packages of the Lab alone
//   node scripts/lab.mjs --pages     the pages alone, on packages that are built
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from './build.mjs';

const path = (relative) => fileURLToPath(new URL(`../${relative}`, import.meta.url));

function run(what, command, args, folder) {
  const { status, error } = spawnSync(command, args, {
    cwd: path(folder),
    stdio: 'inherit',
    shell: process.platform === 'win32' && command === 'npm',
  });
  if (error !== undefined || status !== 0) throw new Error(`${what} failed; the messages above say why`);
}

/** True when the packages of the Lab lie there as its lock file names them. */
function isInstalled() {
  const installed = path('site/node_modules/.package-lock.json');
  if (!existsSync(installed)) return false;
  const { packages: wanted } = JSON.parse(readFileSync(path('site/package-lock.json'), 'utf8'));
  const { packages: present } = JSON.parse(readFileSync(installed, 'utf8'));
  return Object.entries(wanted).every(
    ([name, { version, optional }]) => name === '' || optional === true || present[name]?.version === version,
  );
}

/** Installs the packages of the Lab unless they are there already. */
export function installLab() {
  if (isInstalled()) return;
  run('Installing the packages of the Lab', 'npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts'], 'site');
}

/** Compiles the packages, those that the Lab needs installed. */
export async function buildPackages() {
  installLab();
  if ((await build()) !== 0) throw new Error('Compiling the packages failed; the messages above say why');
}

function buildPages() {
  run('Writing the reference', process.execPath, [path('site/scripts/reference.mjs')], 'site');
  run('Building the Lab', process.execPath, [path('site/node_modules/vitepress/bin/vitepress.js'), 'build'], 'site');
}

/** Compiles the packages and builds the site into site/.vitepress/dist. */
export async function buildLab() {
  await buildPackages();
  buildPages();
}

/**
 * Builds the pages in a process of their own, on packages that are built. The file `result` appears when it has ended: empty, or
 * with what went wrong, and the promise ends likewise.
 */
export function startPages(result) {
  rmSync(result, { force: true });
  mkdirSync(dirname(result), { recursive: true });
  const child = spawn(process.execPath, [path('scripts/lab.mjs'), '--pages'], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      said += text;
    });
  }
  return new Promise((done, fail) => {
    const end = (fault) => {
      writeFileSync(result, fault);
      if (fault === '') done();
      else fail(new Error(fault));
    };
    child.on('error', (error) => end(`the Lab could not be built: ${error.message}`));
    child.on('close', (status) => end(status === 0 ? '' : `the Lab could not be built:\n${said}`));
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv.includes('--install')) installLab();
  else if (process.argv.includes('--pages')) buildPages();
  else await buildLab();
}
