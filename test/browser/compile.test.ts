import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launch, openPage } from './browser.ts';
import { battery, type Outcome } from './compile-work.ts';

let browser: Browser;
let script: string;

beforeAll(async () => {
  browser = await launch();
  const bundle = await build({
    entryPoints: [fileURLToPath(new URL('compile-work.ts', import.meta.url))],
    bundle: true,
    format: 'iife',
    globalName: 'work',
    write: false,
    logLevel: 'error',
  });
  script = bundle.outputFiles[0]?.text ?? '';
}, 300_000);

afterAll(() => browser?.close());

/** The battery on a page served with the headers that isolate it, or without. */
async function onPage(isolated: boolean, relaxed: boolean): Promise<Outcome> {
  const { page, problems } = await openPage(browser);
  const address = 'https://battery.test/';
  const headers = isolated
    ? { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' }
    : {};
  await page.route(address, (route) =>
    route.fulfill({ headers, contentType: 'text/html', body: '<!doctype html><title>battery</title>' }),
  );
  await page.goto(address);
  await page.addScriptTag({ content: script });
  const outcome = await page.evaluate(
    (flag) => (globalThis as never as { work: { battery: (relaxed: boolean) => Outcome } }).work.battery(flag),
    relaxed,
  );
  expect(problems).toEqual([]);
  await page.context().close();
  return outcome;
}

describe('compiled Programs in Chromium', () => {
  it.each([
    [false, true],
    [true, true],
    [true, false],
  ])(
    'agree with the reference evaluator: cross-origin isolated %s, relaxed SIMD %s',
    async (isolated, relaxed) => {
      const outcome = await onPage(isolated, relaxed);
      expect(outcome.wrong).toEqual([]);
      expect(outcome.isolated).toBe(isolated);
      expect(outcome.cases).toBe(battery(relaxed).cases);
      expect(outcome.cases).toBeGreaterThan(400);
    },
    300_000,
  );
});
