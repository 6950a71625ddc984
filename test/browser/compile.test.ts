import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Features } from '../../packages/downhill/src/compile/index.ts';
import { launch, openPage } from './browser.ts';
import type { Outcome } from './compile-work.ts';

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
});

afterAll(() => browser?.close());

/** The battery on a page served with the headers that isolate it, or without. */
async function onPage(isolated: boolean, masks: readonly Partial<Features>[]): Promise<Outcome> {
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
    (without) => (globalThis as never as { work: { battery: (masks: unknown) => Outcome } }).work.battery(without),
    masks as never,
  );
  expect(problems).toEqual([]);
  await page.context().close();
  return outcome;
}

describe('compiled Programs in Chromium', () => {
  it.each<[boolean, Partial<Features>[]]>([
    [false, [{}, { simd: false, threads: false }]],
    [true, [{}, { relaxedSimd: false }, { simd: false }]],
  ])('agree with the reference evaluator: cross-origin isolated %s, but for each of %o', async (isolated, masks) => {
    const outcome = await onPage(isolated, masks);
    expect(outcome.wrong).toEqual(masks.map(() => []));
    expect(outcome.isolated).toBe(isolated);
    expect(outcome.cases).toBeGreaterThan(2000);
  });
});
