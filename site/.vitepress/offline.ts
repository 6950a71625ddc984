/** Writes the worker that keeps the whole site in the browser's cache, so that it opens without a network. */
import { createHash } from 'node:crypto';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

/** Files that no page asks for. */
const isNeeded = (name: string): boolean => !/\.map$|^hashmap\.json$|^sw\.js$/.test(name);

/** The names of all files of a build, with a hash of what they hold. */
async function inventory(folder: string): Promise<{ files: string[]; version: string }> {
  const names = (await readdir(folder, { recursive: true })).map((name) => relative('.', name).replaceAll('\\', '/'));
  const files: string[] = [];
  const hash = createHash('sha256');
  for (const name of names.filter(isNeeded).sort()) {
    if (!(await stat(join(folder, name))).isFile()) continue;
    files.push(name);
    hash.update(name).update(await readFile(join(folder, name)));
  }
  return { files, version: hash.digest('hex').slice(0, 16) };
}

/**
 * The worker takes every file of this build at its first start and answers from them. A later build is another worker: it
 * is fetched beside the running one and takes over when all pages of the old one are closed, so that a page never mixes two.
 */
export async function writeServiceWorker(folder: string): Promise<void> {
  const { files, version } = await inventory(folder);
  const text = `const files = ${JSON.stringify(files)};
const known = new Set(files);
const prefix = 'downhill-lab ' + registration.scope + ' ';
const name = prefix + ${JSON.stringify(version)};

addEventListener('install', (event) => {
  const requests = files.map((file) => new Request(new URL(file, registration.scope), { cache: 'reload' }));
  event.waitUntil(caches.open(name).then((cache) => cache.addAll(requests)));
});

addEventListener('activate', (event) => {
  const old = caches.keys().then((keys) => keys.filter((key) => key.startsWith(prefix) && key !== name));
  event.waitUntil(old.then((keys) => Promise.all(keys.map((key) => caches.delete(key)))).then(() => clients.claim()));
});

// The file an address stands for, as a server of static files finds it.
function fileOf(address) {
  const url = new URL(address);
  const scope = new URL(registration.scope);
  if (url.origin !== scope.origin || !url.pathname.startsWith(scope.pathname)) return undefined;
  const path = decodeURIComponent(url.pathname.slice(scope.pathname.length));
  return [path, path + 'index.html', path + '/index.html', path + '.html'].find((file) => known.has(file));
}

addEventListener('fetch', (event) => {
  if (event.request.method !== 'GET') return;
  const file = fileOf(event.request.url);
  if (file === undefined) return;
  const kept = caches.open(name).then((cache) => cache.match(new URL(file, registration.scope)));
  event.respondWith(kept.then((answer) => answer ?? fetch(event.request)));
});
`;
  await writeFile(join(folder, 'sw.js'), text);
}
