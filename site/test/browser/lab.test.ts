import { fileURLToPath } from 'node:url';
import { type Browser, type BrowserContext, chromium, type Locator, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
// The root's own helpers: which browser to drive, and how.
import { chromiumFlags, ensureChromium } from '../../../scripts/chromium.mjs';
import { readCurve } from '../../models/curve.ts';
import { secantOf } from '../../models/derivative-lesson.ts';
import { roll, under } from '../../models/landscape.ts';
import { show, typeset } from '../../models/numbers.ts';
import { errorTable, STEPS, TABLE_STEPS } from '../../models/quotients.ts';
import { edgesOf, IDEAS } from '../../models/roadmap.ts';
import { serve } from '../../scripts/serve.mjs';

const HOME = 'index.html';
const LESSON = 'lessons/derivatives.html';
const axe = fileURLToPath(new URL('../../node_modules/axe-core/axe.min.js', import.meta.url));

let browser: Browser;
let server: { url: string; close: () => Promise<unknown> };
let context: BrowserContext;
let page: Page;
let problems: string[];

beforeAll(async () => {
  // A folder of its own: the site must not care where it is served from.
  server = await serve({ prefix: '/some/folder/' });
  browser = await chromium.launch({ executablePath: ensureChromium(), args: chromiumFlags.slice(1) });
});
afterAll(async () => {
  await browser?.close();
  await server?.close();
});

async function visit(path: string, width = 1280, theme: 'light' | 'dark' = 'light'): Promise<void> {
  context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: theme, reducedMotion: 'reduce' });
  page = await context.newPage();
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') problems.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => problems.push(`exception: ${error.stack ?? error.message}`));
  page.on('requestfailed', (request) => problems.push(`failed: ${request.url()}`));
  page.on('response', (response) => {
    if (response.status() >= 400) problems.push(`${response.status()}: ${response.url()}`);
  });
  page.on('request', (request) => {
    const { protocol, host } = new URL(request.url());
    if (protocol.startsWith('http') && host !== new URL(server.url).host) problems.push(`other host: ${request.url()}`);
  });
  await page.goto(server.url + path, { waitUntil: 'networkidle' });
}
beforeEach(() => {
  problems = [];
});
afterEach(async () => {
  await context?.close();
  expect(problems).toEqual([]);
});

const value = (figure: string, name: string): Locator => page.locator(`#${figure} [data-value="${name}"]`);
const read = (figure: string, name: string): Promise<string> =>
  value(figure, name)
    .innerText()
    .then((t) => t.trim());
const slider = (figure: string, name: string): Locator => page.locator(`#${figure}`).getByRole('slider', { name });
const now = async (l: Locator): Promise<number> => Number(await l.getAttribute('aria-valuenow'));
const curveOf = (f: string) => {
  const result = readCurve(f);
  if (!result.ok) throw new Error(result.message);
  return result.curve;
};

/** Drags the middle of a handle by pixels. */
async function drag(handle: Locator, dx: number, dy: number): Promise<void> {
  await handle.scrollIntoViewIfNeeded();
  const box = (await handle.locator('.hit').boundingBox())!;
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + dx / 2, y + dy / 2);
  await page.mouse.move(x + dx, y + dy);
  await page.mouse.up();
}

/** The secant figure shows what the engine computes for the state it says it is in. */
async function expectSecant(f: string): Promise<void> {
  const [x, h] = [await now(slider('secant', 'Point x')), await now(slider('secant', 'Step h to the second point'))];
  const s = secantOf(curveOf(f), x, h);
  await expect.poll(() => read('secant', 'slope')).toBe(show(s.slope));
  expect(await read('secant', 'quotient')).toBe(h === 0 ? '0/0' : show(s.quotient));
  expect(await read('secant', 'error')).toBe(show(s.error));
}

describe('derivatives: secant becomes tangent', () => {
  test('by pointer', async () => {
    await visit(LESSON);
    await expectSecant('x^2/2');
    const x = slider('secant', 'Point x');
    await drag(x, -170, 0);
    expect(await now(x)).toBeLessThan(0);
    await expectSecant('x^2/2');
    const h = slider('secant', 'Step h to the second point');
    await drag(h, -80, 0);
    expect(await now(h)).toBeLessThan(2);
    await expectSecant('x^2/2');
    await page.locator('#secant').getByRole('button', { name: 'Halve h' }).click();
    await expectSecant('x^2/2');
  });

  test('by keyboard alone, with a formula typed and its link kept', async () => {
    await visit(LESSON);
    const input = page.locator('#secant').getByRole('textbox');
    await input.fill('sin(x)');
    const x = slider('secant', 'Point x');
    await x.focus();
    await page.keyboard.press('ArrowLeft');
    expect(await now(x)).toBe(0.95);
    await page.keyboard.press('Shift+ArrowRight');
    expect(await now(x)).toBe(1.45);
    await slider('secant', 'Step h to the second point').focus();
    await page.keyboard.press('ArrowDown');
    await expectSecant('sin(x)');
    await expect.poll(() => page.url()).toMatch(/f=sin%28x%29&x=1.45&h=1.95/);
    const link = page.url();
    await page.goto('about:blank');
    await page.goto(link, { waitUntil: 'networkidle' });
    expect(await now(slider('secant', 'Point x'))).toBe(1.45);
    await expectSecant('sin(x)');
  });

  test('a typo keeps the last good picture and marks its character', async () => {
    await visit(LESSON);
    const path = page.locator('#secant path.q-function').first();
    const before = await path.getAttribute('d');
    await page.locator('#secant').getByRole('textbox').fill('x^2 + * 3');
    await expect.poll(() => page.locator('#secant .fault mark').innerText()).toBe('*');
    expect(await path.getAttribute('d')).toBe(before);
    await page.locator('#secant').getByRole('textbox').fill('x^3');
    await expect.poll(() => page.locator('#secant .fault').count()).toBe(0);
    expect(await path.getAttribute('d')).not.toBe(before);
  });

  test('a forged link is put aside', async () => {
    await visit(`${LESSON}?f=alert(1)&x=NaN&h=1e9&question=none&seed=-1`);
    await expectSecant('x^2/2');
  });
});

describe('derivatives: the other figures', () => {
  test('table and error figure show the engine’s numbers', async () => {
    await visit(`${LESSON}?f=sin(x)&x=1`);
    const curve = curveOf('sin(x)');
    const table = errorTable(curve, 1, TABLE_STEPS);
    expect(await page.locator('#quotients [data-value=forward]').allInnerTexts()).toEqual(
      table.rows.map((r) => show(r.forward, 10)),
    );
    expect(await read('quotients', 'derivative')).toBe(show(Math.cos(1), 10));

    const rows = errorTable(curve, 1).rows;
    const handle = slider('error', 'Step, as a power of ten');
    await handle.focus();
    await page.keyboard.press('ArrowLeft');
    expect(await read('error', 'forward')).toBe(show(rows[9]!.forwardError, 2));
    await drag(handle, -200, 0);
    const k = Math.round(-4 * (await now(handle)));
    expect(k).toBeGreaterThan(15);
    expect(await read('error', 'h')).toBe(show(STEPS[k]!, 3));
    expect(await read('error', 'central')).toBe(show(rows[k]!.centralError, 2));
  });

  test('the derivative as a function, by pointer and keyboard', async () => {
    await visit(`${LESSON}?f=x^3/4 - x`);
    const curve = curveOf('x^3/4 - x');
    const handle = slider('derivative', 'Place x on the derivative');
    for (const act of [() => drag(handle, 120, 0), () => handle.press('ArrowLeft'), () => handle.press('PageDown')]) {
      await act();
      const x = await now(handle);
      await expect.poll(() => read('derivative', 'slope')).toBe(show(curve.slopeAt(x)));
    }
    expect(await read('derivative', 'formula')).toBe(typeset(curve.derivative.text));
  });

  test('a kink has two sides', async () => {
    await visit(LESSON);
    const sides = page.locator('#kink');
    expect(await sides.locator('[data-value=left]').last().innerText()).toBe('−1');
    expect(await sides.locator('[data-value=right]').last().innerText()).toBe('1');
    await sides.getByRole('button', { name: 'smooth' }).press('Enter');
    await expect.poll(() => sides.locator('.summary').innerText()).toContain('that is the derivative');
  });
});

describe('home', () => {
  test('the ball rolls by pointer and by keyboard, to where the engine says', async () => {
    await visit(HOME);
    const ball = slider('landscape', 'Ball');
    await drag(ball, 120, -60);
    const height = async (): Promise<string> => (await read('landscape', 'height')).replace('height ', '');
    const start = {
      x: await now(ball),
      y: Number(
        ((await ball.getAttribute('aria-valuetext')) ?? '')
          .match(/y = (minus )?([\d.]+)/)
          ?.slice(1)
          .map((t, i) => (i === 0 ? (t ? '-' : '') : t))
          .join(''),
      ),
    };
    expect(await height()).toBe(show(under(start).height, 5));
    await ball.focus();
    await page.keyboard.press('Enter');
    const end = roll(start).path.at(-1)!;
    await expect.poll(height).toBe(show(under(end).height, 5));
  });

  test('every idea of the map can be reached by keyboard, every edge is in words', async () => {
    await visit(HOME);
    expect(await page.locator('#roadmap .node').count()).toBe(IDEAS.length);
    for (let i = 0; i < IDEAS.length; i++) {
      const node = page.locator('#roadmap .node').nth(i);
      await node.focus();
      expect(await node.evaluate((e) => e === document.activeElement)).toBe(true);
      expect((await node.getAttribute('aria-label')) ?? (await node.textContent())).toContain(IDEAS[i]!.title);
    }
    expect(await page.locator('#roadmap li').count()).toBe(edgesOf().length);
    await page.locator('#roadmap a.node').first().press('Enter');
    await expect.poll(() => page.locator('h1').first().innerText()).toContain('Derivatives');
    await expect.poll(() => page.locator('#secant [data-value=slope]').count()).toBe(1);
  });

  test('search finds a lesson', async () => {
    await visit(HOME);
    await page.keyboard.press('/');
    await page.getByRole('searchbox').fill('secant');
    await expect.poll(() => page.locator('.search li a').count()).toBeGreaterThan(0);
    await page.locator('.search li a').first().click();
    await expect.poll(() => page.url()).toContain('/some/folder/lessons/derivatives');
  });
});

describe.each([
  [HOME, 1280],
  [HOME, 390],
  [LESSON, 1280],
  [LESSON, 390],
] as const)('%s at %i px', (path, width) => {
  test.each(['light', 'dark'] as const)('has no sideways scroll and nothing for axe, %s', async (theme) => {
    await visit(path, width, theme);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
    await page.addScriptTag({ path: axe });
    const found = await page.evaluate(async () => {
      const { axe } = globalThis as unknown as {
        axe: { run: () => Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
      };
      return (await axe.run()).violations.map(
        (v) => `${v.id}: ${v.nodes.map((n) => n.html.slice(0, 160)).join(' | ')}`,
      );
    });
    expect(found).toEqual([]);
  });
});
