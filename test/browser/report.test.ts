import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launch, openPage } from './browser.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
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
  it.each([
    [1280, 'light'],
    [1280, 'dark'],
    [390, 'light'],
    [390, 'dark'],
  ] as const)('at %d px, %s: no error, no request, no sideways scroll, accessible', async (width, colorScheme) => {
    const { page, problems } = await openPage(browser, width);
    await page.emulateMedia({ colorScheme });
    const requests: string[] = [];
    page.on('request', (request) => requests.push(request.url()));
    const address = pathToFileURL(join(folder, 'report.html')).href;
    await page.goto(address);
    expect(requests).toEqual([address]);
    expect(problems).toEqual([]);
    expect(await page.locator('svg').count()).toBeGreaterThanOrEqual(3);
    expect(await page.locator('h1').count()).toBe(1);
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(overflow).toBe(0);
    await page.evaluate(axe);
    const violations = await page.evaluate(async () => {
      const { run } = (
        globalThis as never as { axe: { run: () => Promise<{ violations: { id: string; impact: string }[] }> } }
      ).axe;
      return (await run()).violations.map(({ id, impact }) => ({ id, impact }));
    });
    expect((violations as Violation[]).filter((v) => v.impact === 'serious' || v.impact === 'critical')).toEqual([]);
  });
});
