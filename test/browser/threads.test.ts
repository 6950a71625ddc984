import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launch, openPage } from './browser.ts';
import type { Outcome } from './threads-work.ts';

let browser: Browser;
let script: string;

beforeAll(async () => {
  browser = await launch();
  const bundle = await build({
    entryPoints: [fileURLToPath(new URL('threads-work.ts', import.meta.url))],
    bundle: true,
    format: 'iife',
    globalName: 'work',
    write: false,
    logLevel: 'error',
  });
  script = bundle.outputFiles[0]?.text ?? '';
});

afterAll(() => browser?.close());

const isolating = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

/** The comparison on a page with or without the headers that isolate it, on its main thread or in a worker of it. */
async function run(isolated: boolean, inWorker: boolean): Promise<Outcome> {
  const { page, problems } = await openPage(browser);
  const headers = isolated ? isolating : {};
  await page.route('https://threads.test/**', (route) =>
    route.request().url().endsWith('.js')
      ? route.fulfill({ headers, contentType: 'text/javascript', body: script })
      : route.fulfill({ headers, contentType: 'text/html', body: '<!doctype html><title>threads</title>' }),
  );
  await page.goto('https://threads.test/');
  const outcome = inWorker
    ? await page.evaluate(
        () =>
          new Promise((resolve, reject) => {
            const { Worker } = globalThis as never as {
              Worker: new (url: string) => { onmessage: unknown; onerror: unknown; postMessage(x: unknown): void };
            };
            const worker = new Worker('/work.js');
            worker.onmessage = ({ data }: { data: unknown }) => resolve(data);
            worker.onerror = ({ message }: { message: string }) => reject(new Error(message));
            worker.postMessage(3);
          }),
      )
    : await page
        .addScriptTag({ url: '/work.js' })
        .then(() =>
          page.evaluate(() =>
            (globalThis as never as { work: { compare(threads: number): Promise<Outcome> } }).work.compare(3),
          ),
        );
  expect(problems).toEqual([]);
  // an exception comes as its text
  expect(outcome).toBeTypeOf('object');
  await page.context().close();
  return outcome as Outcome;
}

describe('threads in Chromium', () => {
  it('share the work of a worker on an isolated page, with the same bits', async () => {
    const { isolated, threads, cases, different, helped, shared } = await run(true, true);
    expect(different).toEqual([]);
    expect({ isolated, threads, shared }).toEqual({ isolated: true, threads: 3, shared: true });
    expect(cases).toBeGreaterThan(150);
    expect(helped).toBeGreaterThan(0);
  });

  it.each([
    [true, false],
    [false, false],
    [false, true],
  ])('are not used: isolated %s, in a worker %s', async (isolated, inWorker) => {
    const outcome = await run(isolated, inWorker);
    expect(outcome.different).toEqual([]);
    expect(outcome).toMatchObject({ isolated, threads: 1, helped: 0, shared: false });
  });
});
