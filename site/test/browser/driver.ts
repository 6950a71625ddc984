/** A Chromium on the built site, for the browser tests: one for each file, and nothing it complains about is overlooked. */
import { fileURLToPath } from 'node:url';
import { type Browser, type BrowserContext, chromium, type Locator, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
// The root's own helpers: which browser to drive, and how.
import { chromiumFlags, ensureChromium } from '../../../scripts/chromium.mjs';
import { serve } from '../../scripts/serve.mjs';

const axe = fileURLToPath(new URL('../../node_modules/axe-core/axe.min.js', import.meta.url));

export interface Driver {
  readonly page: () => Page;
  /** Opens a page of the site; its path is relative to the site. */
  readonly visit: (path: string, width?: number, theme?: 'light' | 'dark') => Promise<void>;
  /** The number a figure shows under a name. */
  readonly value: (figure: string, name: string) => Locator;
  readonly read: (figure: string, name: string) => Promise<string>;
  readonly slider: (figure: string, name: string) => Locator;
  readonly button: (figure: string, name: string) => Locator;
  /** Drags the middle of something by pixels. */
  readonly drag: (handle: Locator, dx: number, dy: number) => Promise<void>;
  readonly address: () => string;
}

export interface DriverOptions {
  /** Complaints that the pages of this file are meant to make. */
  readonly expected?: RegExp;
  /** Lets the page keep itself for offline use; the tests of other things are not to wait for that. */
  readonly offline?: boolean;
}

/** The value a slider tells a voice. */
export const now = async (slider: Locator): Promise<number> => Number(await slider.getAttribute('aria-valuenow'));

/** To be called once at the top of a file: it registers what the tests of the file need. */
export function driver({ expected, offline = false }: DriverOptions = {}): Driver {
  let browser: Browser;
  let server: { url: string; close: () => Promise<unknown> };
  let context: BrowserContext | undefined;
  let page: Page;
  let problems: string[] = [];
  beforeAll(async () => {
    // A folder of its own: the site must not care where it is served from.
    server = await serve({ prefix: '/some/folder/' });
    browser = await chromium.launch({ executablePath: ensureChromium(), args: chromiumFlags.slice(1) });
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });
  beforeEach(() => {
    problems = [];
  });
  afterEach(async () => {
    await context?.close();
    context = undefined;
    expect(problems).toEqual([]);
  });
  const visit = async (path: string, width = 1280, theme: 'light' | 'dark' = 'light'): Promise<void> => {
    context = await browser.newContext({
      viewport: { width, height: 900 },
      colorScheme: theme,
      reducedMotion: 'reduce',
      serviceWorkers: offline ? 'allow' : 'block',
    });
    page = await context.newPage();
    page.on('console', (message) => {
      // Where there is no graphics card, Chromium complains of its own slowness.
      if (/GL Driver Message|Service Worker registration blocked/.test(message.text())) return;
      if (expected?.test(message.text())) return;
      if (message.type() === 'error' || message.type() === 'warning') problems.push(`console: ${message.text()}`);
    });
    page.on('pageerror', (error) => problems.push(`exception: ${error.stack ?? error.message}`));
    page.on('requestfailed', (request) => {
      // A sandbox of the playground that is thrown away while it loads is no failure.
      const isThrownAway = request.failure()?.errorText === 'net::ERR_ABORTED';
      if (isThrownAway && request.url().startsWith('blob:null')) return;
      problems.push(`failed: ${request.url()}`);
    });
    page.on('response', (response) => {
      if (response.status() >= 400) problems.push(`${response.status()}: ${response.url()}`);
    });
    page.on('request', (request) => {
      const { protocol, host } = new URL(request.url());
      if (protocol.startsWith('http') && host !== new URL(server.url).host) {
        problems.push(`other host: ${request.url()}`);
      }
    });
    await page.goto(server.url + path, { waitUntil: 'networkidle' });
  };
  const value = (figure: string, name: string): Locator => page.locator(`#${figure} [data-value="${name}"]`);
  return {
    page: () => page,
    visit,
    value,
    read: async (figure, name) => (await value(figure, name).first().innerText()).trim(),
    slider: (figure, name) => page.locator(`#${figure}`).getByRole('slider', { name }),
    button: (figure, name) => page.locator(`#${figure}`).getByRole('button', { name, exact: true }),
    drag: async (handle, dx, dy) => {
      await handle.scrollIntoViewIfNeeded();
      const hit = handle.locator('.hit');
      const box = (await ((await hit.count()) > 0 ? hit : handle).boundingBox()) as {
        x: number;
        y: number;
        width: number;
        height: number;
      };
      const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
      await page.mouse.move(x, y);
      await page.mouse.down();
      await page.mouse.move(x + dx / 2, y + dy / 2);
      await page.mouse.move(x + dx, y + dy);
      await page.mouse.up();
    },
    address: () => page.url(),
  };
}

/** The page is no wider than its window, and axe finds nothing. */
export async function expectSound(page: Page): Promise<void> {
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
  await page.addScriptTag({ path: axe });
  const found = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run: () => Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
    };
    return (await axe.run()).violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html.slice(0, 160)).join(' | ')}`);
  });
  expect(found).toEqual([]);
}

/** What holds of a page at both widths and in both themes: nothing scrolls sideways, axe finds nothing. */
export function testPage(on: Driver, path: string): void {
  describe.each([1280, 390])(`${path} at %i px`, (width) => {
    test.each(['light', 'dark'] as const)('has no sideways scroll and nothing for axe, %s', async (theme) => {
      await on.visit(path, width, theme);
      await expectSound(on.page());
    });
  });
}
