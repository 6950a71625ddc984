import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launch, openPage } from './browser.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
let browser: Browser;

beforeAll(async () => {
  browser = await launch();
});

afterAll(() => browser?.close());

/** The results of lift-work.ts in a page, bundled as it stands or minified. */
async function run(minify: boolean): Promise<Record<string, unknown>> {
  const bundle = await build({
    entryPoints: [here('lift-work.ts')],
    alias: {
      downhill: here('../../packages/downhill/src/index.ts'),
      'downhill/errors': here('../../packages/downhill/src/tensor/errors.ts'),
      'downhill/operators': here('../../packages/downhill/src/operators/index.ts'),
      'downhill-transform/lift': here('../../packages/transform/src/lift.ts'),
    },
    minify,
    bundle: true,
    format: 'iife',
    globalName: 'work',
    write: false,
    logLevel: 'error',
  });
  const { page, problems } = await openPage(browser);
  await page.setContent('<!doctype html><title>lift</title>');
  await page.addScriptTag({ content: bundle.outputFiles[0]?.text ?? '' });
  const results = await page.evaluate(() => {
    const { work } = globalThis as never as { work: Record<string, () => unknown> };
    return Object.fromEntries(Object.entries(work).map(([name, f]) => [name, f()]));
  });
  expect(problems).toEqual([]);
  return results;
}

describe('lifting in Chromium, through its import', () => {
  it('a script with its names: functions are lifted, and what they capture is named', async () => {
    const { selfContained, byName, capturing, branch } = await run(false);
    expect(selfContained).toEqual([-6, 0.25, 14]);
    expect(byName).toBe(0);
    expect(capturing).toMatch(/captures `scale`, whose value is not in that source\. Three ways on: pass `scale`/);
    expect(branch).toMatch(/condition at <function anonymous>:1:\d+ .*inside vmap.*where\(condition, a, b\)/);
  });

  it('a minified script: what needs no names is lifted, the rest is refused and never guessed', async () => {
    const { selfContained, byName, capturing, branch } = await run(true);
    expect(selfContained).toEqual([-6, 0.25, 14]);
    const refused =
      /captures `[\w$]+`, whose value is not in that source \(a minifier has changed its name\)\. Three ways/;
    expect(byName).toMatch(refused);
    expect(capturing).toMatch(refused);
    expect(branch).toMatch(/condition at <function anonymous>:1:\d+ .*inside vmap/);
  });
});
