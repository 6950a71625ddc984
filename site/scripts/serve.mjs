// The built site, served as `downhill lab` serves it: what `npm run preview` and the browser tests use.
import { fileURLToPath } from 'node:url';
import { serveFolder } from '../../packages/cli/dist/lab/serve.js';

/** Another build than the usual one can be named, to look at a page while the usual one is in use. */
export const site = process.env.LAB_DIST ?? fileURLToPath(new URL('../.vitepress/dist', import.meta.url));

/**
 * Serves `folder` under `prefix` (such as `/a/b/`) and answers with the address.
 * @param {{ folder?: string, prefix?: string, port?: number }} [options]
 */
export const serve = ({ folder = site, ...rest } = {}) => serveFolder(folder, rest);

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { url } = await serve({ port: Number(process.env.PORT ?? 4173) });
  console.log(`The Lab is at ${url}`);
}
