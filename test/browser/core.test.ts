import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launch, openPage } from './browser.ts';
import * as work from './core-work.ts';

let browser: Browser;
let script: string;

beforeAll(async () => {
  browser = await launch();
  const source = fileURLToPath(new URL('../../packages/downhill/src/index.ts', import.meta.url));
  const bundle = await build({
    entryPoints: [fileURLToPath(new URL('core-work.ts', import.meta.url))],
    alias: { downhill: source },
    bundle: true,
    format: 'iife',
    globalName: 'work',
    write: false,
    logLevel: 'error',
  });
  script = bundle.outputFiles[0]?.text ?? '';
});

afterAll(() => browser?.close());

describe('the core in Chromium', () => {
  it('computes the same bits as in Node, without an error on the page', async () => {
    const { page, problems } = await openPage(browser);
    await page.setContent('<!doctype html><title>core</title>');
    await page.addScriptTag({ content: script });
    for (const [name, run] of Object.entries(work)) {
      const there = await page.evaluate(
        (key) => (globalThis as never as { work: Record<string, () => unknown> }).work[key]?.(),
        name,
      );
      expect(there, name).toEqual(run());
    }
    expect(problems).toEqual([]);
  });
});
