// A small static server for the built site: what `npm run preview` and the browser tests use.
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

export const site = fileURLToPath(new URL('../.vitepress/dist', import.meta.url));

const types = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
  '.woff': 'font/woff',
  '.ttf': 'font/ttf',
};

const headers = {
  // Isolated, so that threads may share memory.
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Content-Security-Policy':
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:",
};

/**
 * Serves `folder` under `prefix` (such as `/a/b/`) and answers with the address.
 * @param {{ folder?: string, prefix?: string, port?: number }} [options]
 */
export async function serve({ folder = site, prefix = '/', port = 0 } = {}) {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const inside = pathname.startsWith(prefix) ? normalize(decodeURIComponent(pathname.slice(prefix.length))) : '..';
    const path = join(folder, inside === '.' || inside.endsWith('/') ? join(inside, 'index.html') : inside);
    const isFile = !inside.startsWith('..') && (await stat(path).catch(() => undefined))?.isFile();
    const found = isFile ? path : join(folder, '404.html');
    response.writeHead(isFile ? 200 : 404, {
      'Content-Type': types[extname(found)] ?? 'application/octet-stream',
      ...headers,
    });
    createReadStream(found).pipe(response);
  });
  await new Promise((done) => server.listen(port, '127.0.0.1', () => done(undefined)));
  const address = server.address();
  const chosen = typeof address === 'object' && address !== null ? address.port : port;
  return {
    url: `http://127.0.0.1:${chosen}${prefix}`,
    close: () => new Promise((done) => server.close(() => done(undefined))),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { url } = await serve({ port: Number(process.env.PORT ?? 4173) });
  console.log(`The Lab is at ${url}`);
}
