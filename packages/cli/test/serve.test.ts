import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ServedFolder, serveFolder } from '../src/lab/serve.ts';

const folder = mkdtempSync(join(tmpdir(), 'downhill-serve-'));
let served: ServedFolder;
beforeAll(async () => {
  mkdirSync(join(folder, 'assets/chunks'), { recursive: true });
  for (const name of ['index.html', '404.html', 'assets/plain.js', 'assets/chunks/theme.nw10H6-_.js']) {
    writeFileSync(join(folder, name), name);
  }
  served = await serveFolder(folder, { prefix: '/a/b/' });
});
afterAll(async () => {
  await served.close();
  rmSync(folder, { recursive: true });
});

test.each([
  ['assets/chunks/theme.nw10H6-_.js', 200, 'max-age=31536000, immutable'],
  ['assets/plain.js', 200, 'no-cache'],
  ['', 200, 'no-cache'],
  ['assets/chunks/theme.00000000.js', 404, 'no-cache'],
])('%s is answered by %i, to be kept: %s', async (name, status, keep) => {
  const response = await fetch(served.url + name);
  expect([response.status, response.headers.get('cache-control')]).toEqual([status, keep]);
  // threads need it on every answer
  expect(response.headers.get('cross-origin-opener-policy')).toBe('same-origin');
  await response.body?.cancel();
});
