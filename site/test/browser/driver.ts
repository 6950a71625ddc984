/** A Chromium on the built site, for the browser tests: one page for each file, and nothing it complains about is overlooked. */
import { fileURLToPath } from 'node:url';
import { type Browser, type CDPSession, chromium, type Locator, type Page, type Request } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
// The root's own helpers: which browser to drive, and how.
import { chromiumFlags, ensureChromium } from '../../../scripts/chromium.mjs';
import { built, serve } from '../../scripts/serve.mjs';

const axe = fileURLToPath(new URL('../../node_modules/axe-core/axe.min.js', import.meta.url));
/** Nothing is to fail because a machine is slow: what is waited for comes long before, or never. */
export const PATIENCE = 120_000;

export interface Driver {
  readonly page: () => Page;
  /** Opens a page of the site as a new visitor; its path is relative to the site. */
  readonly visit: (path: string, width?: number, theme?: 'light' | 'dark') => Promise<void>;
  /** Goes to an address, with what the browser has stored; a path is relative to the page that is open. */
  readonly go: (address: string) => Promise<void>;
  readonly reload: () => Promise<void>;
  /** Scrolls to figures in turn, by their names: a figure comes when the reader nears it. */
  readonly see: (...figures: readonly string[]) => Promise<void>;
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

/** Waits until a page answers, all figures near the window are there, and what they measure of themselves is drawn. */
export async function ready(page: Page): Promise<void> {
  do {
    await page.waitForFunction(
      () => 'alive' in document.documentElement.dataset && document.querySelector('[aria-busy=true]') === null,
    );
    // A figure that takes its place can move others near.
    await frames(page);
  } while ((await page.locator('[aria-busy=true]').count()) > 0);
}
const frames = (page: Page): Promise<void> =>
  page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done()))));

/** Rooms of figures that the reader has not come near. */
export const rooms = (page: Page): Locator => page.locator('.figure.waiting');

/** Scrolls to a figure, or to its room: the figure comes then. */
async function goTo(page: Page, figure: Locator): Promise<void> {
  await figure.evaluate((element) => element.scrollIntoView({ block: 'center' }));
  await frames(page);
  await ready(page);
}

/** Goes through a page from one figure to the next, as a reader does, and back to its top: then all of them are there. */
export async function seeAll(page: Page): Promise<void> {
  while ((await rooms(page).count()) > 0) await goTo(page, rooms(page).first());
  await page.evaluate(() => scrollTo(0, 0));
  await frames(page);
}

/** Collects what a visitor would call broken. */
function watch(page: Page, home: string, expected: RegExp | undefined): () => string[] {
  let problems: string[] = [];
  /** How many documents the page has left: loads that leaving cut off are no failure, others that were cut off are. */
  let left = 0;
  let coming: string | undefined;
  const begun = new WeakMap<Request, number>();
  let cut: { readonly url: string; readonly document: number | undefined }[] = [];
  const bare = (url: string): string => url.split('#')[0] as string;
  page.on('console', (message) => {
    // Where there is no graphics card, Chromium complains of its own slowness.
    if (/GL Driver Message|Service Worker registration blocked/.test(message.text())) return;
    // For a file that is no page the browser looks for an icon itself.
    if (message.location().url.endsWith('/favicon.ico')) return;
    if (expected?.test(message.text())) return;
    if (message.type() === 'error' || message.type() === 'warning') problems.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => problems.push(`exception: ${error.stack ?? error.message}`));
  page.on('request', (request) => {
    begun.set(request, left);
    if (request.isNavigationRequest() && request.frame() === page.mainFrame()) coming = bare(request.url());
    const { protocol, host } = new URL(request.url());
    if (protocol.startsWith('http') && host !== new URL(home).host) problems.push(`other host: ${request.url()}`);
  });
  page.on('framenavigated', (frame) => {
    if (frame !== page.mainFrame()) return;
    // A change of the address alone leaves no document.
    if (bare(frame.url()) !== coming) return;
    coming = undefined;
    left++;
  });
  page.on('requestfailed', (request) => {
    const [url, why] = [request.url(), request.failure()?.errorText];
    if (why !== 'net::ERR_ABORTED') problems.push(`failed: ${url} (${why})`);
    // A sandbox of the playground that is thrown away while it loads is no failure.
    else if (!url.startsWith('blob:null')) cut.push({ url, document: begun.get(request) });
  });
  page.on('response', (response) => {
    if (response.status() >= 400) problems.push(`${response.status()}: ${response.url()}`);
  });
  return () => {
    const found = [
      ...problems,
      ...cut.filter(({ document }) => document === left).map(({ url }) => `cut off on the page itself: ${url}`),
    ];
    problems = [];
    cut = [];
    return found;
  };
}

/** To be called once at the top of a file: it registers what the tests of the file need. */
export function driver({ expected, offline = false }: DriverOptions = {}): Driver {
  vi.setConfig({ testTimeout: 2 * PATIENCE, hookTimeout: 2 * PATIENCE });
  let browser: Browser | undefined;
  let server: { url: string; close: () => Promise<unknown> };
  let page: Page;
  let session: CDPSession;
  let problems: () => string[] = () => [];
  /** An empty file of the site: a page that is left for it ends, while the process that showed it goes on with the next one. */
  let nowhere: string;
  const leave = async (): Promise<void> => {
    if (page.url() !== nowhere) await page.goto(nowhere);
  };
  beforeAll(() => built(), 10 * PATIENCE);
  beforeAll(async () => {
    // A folder of its own: the site must not care where it is served from.
    server = await serve({ prefix: '/some/folder/' });
    nowhere = `${server.url}vp-icons.css`;
    browser = await chromium.launch({ executablePath: ensureChromium(), args: chromiumFlags.slice(1) });
    const context = await browser.newContext({
      reducedMotion: 'reduce',
      serviceWorkers: offline ? 'allow' : 'block',
    });
    context.setDefaultTimeout(PATIENCE);
    page = await context.newPage();
    session = await context.newCDPSession(page);
    problems = watch(page, server.url, expected);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });
  beforeEach(() => {
    problems();
  });
  afterEach(async () => {
    const found = problems();
    // What a page still does ends with its test.
    await leave();
    expect(found.join('\n')).toBe('');
  });
  const go = async (address: string): Promise<void> => {
    const url = new URL(address, page.url()).href;
    // Another part of the same page would be no visit.
    if (url.split('#')[0] === page.url().split('#')[0]) await leave();
    await page.goto(url, { waitUntil: 'commit' });
    await ready(page);
  };
  const visit = async (path: string, width = 1280, theme: 'light' | 'dark' = 'light'): Promise<void> => {
    await leave();
    if (!offline) {
      const { origin } = new URL(server.url);
      await session.send('Storage.clearDataForOrigin', { origin, storageTypes: 'indexeddb,local_storage' });
    }
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme: theme });
    await page.goto(server.url + path, { waitUntil: 'commit' });
    await ready(page);
  };
  const value = (figure: string, name: string): Locator => page.locator(`#${figure} [data-value="${name}"]`);
  return {
    page: () => page,
    visit,
    go,
    reload: async () => {
      await page.reload({ waitUntil: 'commit' });
      await ready(page);
    },
    see: async (...figures) => {
      for (const name of figures) {
        await goTo(page, page.locator(`#${name}`));
        await page.locator(`#${name}:not(.waiting)`).waitFor({ state: 'attached' });
      }
    },
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

/** What axe finds on a page, or in one part of it; `rules` alone when they are named. */
export async function faults(page: Page, part = 'html', rules?: readonly string[]): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.addScriptTag({ path: axe });
  return page.evaluate(
    async ([where, names]) => {
      const { axe } = globalThis as unknown as {
        axe: {
          run: (where: string, options: object) => Promise<{ violations: { id: string; nodes: { html: string }[] }[] }>;
        };
      };
      const { violations } = await axe.run(where, {
        resultTypes: ['violations'],
        ...(names ? { runOnly: names } : {}),
      });
      return violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html.slice(0, 160)).join(' | ')}`);
    },
    [part, rules] as const,
  );
}

/** The page is no wider than its window, and axe finds nothing. */
export async function expectSound(page: Page, rules?: readonly string[]): Promise<void> {
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
  expect(await faults(page, 'html', rules)).toEqual([]);
}

/** Shows the page that is open in the other theme, as a system does at dusk. */
export async function turn(page: Page, theme: 'light' | 'dark'): Promise<void> {
  await page.emulateMedia({ colorScheme: theme });
  await page.waitForFunction(
    (isDark) => document.documentElement.classList.contains('dark') === isDark,
    theme === 'dark',
  );
  await page.waitForFunction(() => document.getAnimations().every((a) => a.playState !== 'running'));
  await frames(page);
}

/** Themes differ in their colours alone. */
export const COLOUR_RULES = ['color-contrast', 'link-in-text-block'];

/** What holds of a page at both widths and in both themes: nothing scrolls sideways, axe finds nothing. */
export function testPage(on: Driver, path: string): void {
  describe(path, () => {
    test('has no sideways scroll and nothing for axe at 1280 px, in light and in dark', async () => {
      await on.visit(path, 1280, 'light');
      await seeAll(on.page());
      await expectSound(on.page());
      await turn(on.page(), 'dark');
      await expectSound(on.page(), COLOUR_RULES);
    });

    test('nor at 390 px, in dark', async () => {
      await on.visit(path, 390, 'dark');
      await seeAll(on.page());
      await expectSound(on.page());
    });
  });
}
