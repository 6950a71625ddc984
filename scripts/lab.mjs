// Builds the Lab: its own packages first where they are missing, then the library, then the pages.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
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

/** Compiles the packages and builds the site into site/.vitepress/dist. */
export async function buildLab() {
  installLab();
  if ((await build()) !== 0) throw new Error('Compiling the packages failed; the messages above say why');
  run('Writing the reference', process.execPath, [path('site/scripts/reference.mjs')], 'site');
  run('Building the Lab', process.execPath, [path('site/node_modules/vitepress/bin/vitepress.js'), 'build'], 'site');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv.includes('--install')) installLab();
  else await buildLab();
}
