/** What the browser tests share: one browser and one server a file, and a page that lets no problem pass unseen. */
import { fileURLToPath } from 'node:url';
import { type Browser, type BrowserContext, chromium, type Locator, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
// The root's own helpers: which browser to drive, and how.
import { chromiumFlags, ensureChromium } from '../../../scripts/chromium.mjs';
import { serve } from '../../scripts/serve.mjs';

const axe = fileURLToPath(new URL('../../node_modules/axe-core/axe.min.js', import.meta.url));

export interface VisitOptions {
  readonly width?: number;
  readonly theme?: 'light' | 'dark';
  /** Console errors that the page is meant to make. */
  readonly expected?: RegExp;
}

export interface Lab {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly url: string;
  visit(path: string, options?: VisitOptions): Promise<Page>;
  /** A number or text that a figure shows. */
  value(figure: string, name: string): Locator;
  read(figure: string, name: string): Promise<string>;
  /** Fails when the page is wider than its window, or axe finds something serious. */
  expectSound(): Promise<void>;
}

/**
 * Sets up the tests of a file. Every page is watched: a console error or warning, an exception, a failed request or one
 * to another host fails the test in which it happened.
 */
export function useLab(): Lab {
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

  async function visit(path: string, { width = 1280, theme = 'light', expected }: VisitOptions = {}): Promise<Page> {
    await context?.close();
    context = await browser.newContext({
      viewport: { width, height: 900 },
      colorScheme: theme,
      reducedMotion: 'reduce',
    });
    page = await context.newPage();
    page.on('console', (message) => {
      const isProblem = message.type() === 'error' || message.type() === 'warning';
      if (isProblem && !expected?.test(message.text())) problems.push(`console: ${message.text()}`);
    });
    page.on('pageerror', (error) => problems.push(`exception: ${error.stack ?? error.message}`));
    page.on('requestfailed', (request) => {
      // A sandbox that is thrown away while it loads is no failure.
      const isThrownAway =
        request.failure()?.errorText === 'net::ERR_ABORTED' && /\/sandbox\.html$|^blob:null/.test(request.url());
      if (!isThrownAway) problems.push(`failed: ${request.url()}`);
    });
    page.on('response', (response) => {
      if (response.status() >= 400) problems.push(`${response.status()}: ${response.url()}`);
    });
    page.on('request', (request) => {
      const { protocol, host } = new URL(request.url());
      if (protocol.startsWith('http') && host !== new URL(server.url).host)
        problems.push(`other host: ${request.url()}`);
    });
    await page.goto(server.url + path, { waitUntil: 'networkidle' });
    return page;
  }

  const value = (figure: string, name: string): Locator => page.locator(`#${figure} [data-value="${name}"]`);
  return {
    get page() {
      return page;
    },
    get context() {
      return context as BrowserContext;
    },
    get url() {
      return server.url;
    },
    visit,
    value,
    read: async (figure, name) => (await value(figure, name).innerText()).trim(),
    async expectSound() {
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect(wide, 'pixels beyond the window').toBeLessThanOrEqual(0);
      await page.addScriptTag({ path: axe });
      const found = await page.evaluate(async () => {
        const { violations } = await (
          window as unknown as {
            axe: {
              run: (o: object) => Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }>;
            };
          }
        ).axe.run({ resultTypes: ['violations'] });
        return violations
          .filter(({ impact }) => impact === 'serious' || impact === 'critical')
          .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`);
      });
      expect(found).toEqual([]);
    },
  };
}
