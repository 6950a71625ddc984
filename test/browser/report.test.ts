import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launch, openPage } from './browser.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
mkdirSync(join(root, 'out'), { recursive: true });
const folder = mkdtempSync(join(root, 'out', 'report-'));
let browser: Browser;

interface Violation {
  readonly id: string;
  readonly impact: string;
}

beforeAll(async () => {
  const args = [
    'packages/cli/bin/downhill.js',
    'train',
    'examples/data/breast-cancer.csv',
    '--target',
    'diagnosis',
    '--out',
    folder,
  ];
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  browser = await launch();
}, 300_000);

afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true });
});

describe('the report of a training run', () => {
  it('has no error, no request, no sideways scroll and is accessible, at both widths and in both themes', async () => {
    const { page, problems } = await openPage(browser);
    const requests: string[] = [];
    page.on('request', (request) => requests.push(request.url()));
    const address = pathToFileURL(join(folder, 'report.html')).href;
    await page.goto(address);
    expect(await page.locator('svg').count()).toBeGreaterThanOrEqual(3);
    expect(await page.locator('h1').count()).toBe(1);
    await page.evaluate(axe);
    for (const width of [1280, 390]) {
      await page.setViewportSize({ width, height: 900 });
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        const { overflow, isDark, violations } = await page.evaluate(async () => {
          const { run } = (globalThis as never as { axe: { run: () => Promise<{ violations: Violation[] }> } }).axe;
          return {
            overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
            isDark: matchMedia('(prefers-color-scheme: dark)').matches,
            violations: (await run()).violations.map(({ id, impact }) => ({ id, impact })),
          };
        });
        expect({ width, overflow, isDark }).toEqual({ width, overflow: 0, isDark: colorScheme === 'dark' });
        expect(violations.filter((v) => v.impact === 'serious' || v.impact === 'critical')).toEqual([]);
      }
    }
    expect(requests).toEqual([address]);
    expect(problems).toEqual([]);
  }, 300_000);
});
