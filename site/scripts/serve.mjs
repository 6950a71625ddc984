// The built site, served as `downhill lab` serves it: what `npm run preview` and the browser tests use.
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { serveFolder } from '../../packages/cli/dist/lab/serve.js';

/** Another build than the usual one can be named, to look at a page while the usual one is in use. */
export const site = process.env.LAB_DIST ?? fileURLToPath(new URL('../.vitepress/dist', import.meta.url));

/** Waits for a build that goes on beside the tests; what it says when it has ended is in the file that LAB_BUILD names. */
export async function built() {
  const result = process.env.LAB_BUILD;
  if (result === undefined || process.env.LAB_DIST !== undefined) return;
  while (!existsSync(result)) await sleep(250);
  const fault = readFileSync(result, 'utf8');
  if (fault !== '') throw new Error(fault);
}

/**
 * Serves `folder` under `prefix` (such as `/a/b/`) and answers with the address.
 * @param {{ folder?: string, prefix?: string, port?: number }} [options]
 */
export const serve = ({ folder = site, ...rest } = {}) => serveFolder(folder, rest);

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { url } = await serve({ port: Number(process.env.PORT ?? 4173) });
  console.log(`The Lab is at ${url}`);
}
