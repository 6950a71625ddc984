import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { InputError } from '../errors.ts';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.wasm': 'application/wasm',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.csv': 'text/csv; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.woff2': 'font/woff2',
  '.woff': 'font/woff',
  '.ttf': 'font/ttf',
};

const headers = {
  // Isolated, so that threads may share memory.
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'cross-origin',
  'X-Content-Type-Options': 'nosniff',
  // No other host, whatever a page tries. The sandbox of the playground inherits this and adds that it has no network at
  // all; scripts made from text are allowed for its sake.
  'Content-Security-Policy':
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' 'wasm-unsafe-eval' blob:; worker-src 'self' blob:; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:",
};

/** Files that the build names by a hash of their content: a browser keeps them, and asks anew for all others. */
const hashed = /[\\/]assets[\\/].+\.[\w-]{8}\.\w+$/;

export interface ServedFolder {
  /** Where the folder is, with a slash at the end. */
  readonly url: string;
  close(): Promise<void>;
}

/** A port that is taken is answered by the next one, this many times. */
const PORTS_TO_TRY = 20;

/**
 * Serves the files of `folder` to this machine only, under `prefix` (such as `/a/b/`), with the headers that isolate a
 * page so that threads may share memory.
 * @param port 0 for any free one; a taken one is answered by the next free one unless `exact`
 * @throws InputError `port-taken`, `port-refused`
 */
export async function serveFolder(
  folder: string,
  { prefix = '/', port = 0, exact = false }: { prefix?: string; port?: number; exact?: boolean } = {},
): Promise<ServedFolder> {
  const server = createServer((request, response) => {
    answer(folder, prefix, request.url ?? '/').then(
      ({ path, found }) => {
        response.writeHead(found ? 200 : 404, {
          'Content-Type': types[extname(path)] ?? 'application/octet-stream',
          'Cache-Control': found && hashed.test(path) ? 'max-age=31536000, immutable' : 'no-cache',
          ...headers,
        });
        if (request.method === 'HEAD') response.end();
        else
          createReadStream(path)
            .on('error', () => response.end())
            .pipe(response);
      },
      () => response.writeHead(400).end(),
    );
  });
  const chosen = await listen(server, port, exact ? 1 : PORTS_TO_TRY);
  return {
    url: `http://localhost:${chosen}${prefix}`,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

/** The file an address stands for, or the page that says there is none. */
async function answer(folder: string, prefix: string, url: string): Promise<{ path: string; found: boolean }> {
  const pathname = decodeURIComponent(new URL(url, 'http://localhost').pathname);
  const inside =
    pathname.startsWith(prefix) && !pathname.includes('\0') ? normalize(pathname.slice(prefix.length)) : '..';
  const name = inside === '.' || inside.endsWith('/') ? join(inside, 'index.html') : inside;
  const missing = { path: join(folder, '404.html'), found: false };
  if (name.startsWith('..') || name.startsWith('/')) return missing;
  // Addresses without an ending are those of pages.
  for (const candidate of [name, `${name}.html`]) {
    const path = join(folder, candidate);
    if ((await stat(path).catch(() => undefined))?.isFile()) return { path, found: true };
  }
  return missing;
}

async function listen(server: Server, port: number, tries: number): Promise<number> {
  for (let next = port; ; next++) {
    try {
      return await listenOnce(server, next);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'EADDRINUSE') throw new InputError('port-refused', `port ${next} cannot be opened (${code})`);
      if (next + 1 >= port + tries || next >= 65535)
        throw new InputError('port-taken', `port ${port} is in use; choose another with --port`);
    }
  }
}

function listenOnce(server: Server, port: number): Promise<number> {
  return new Promise((done, fail) => {
    server.once('error', fail);
    server.listen(port, '127.0.0.1', () => {
      server.removeListener('error', fail);
      const address = server.address();
      done(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}
