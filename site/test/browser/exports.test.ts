/** What a reader can take away: every drawing as SVG and as PNG, every table as CSV. */
import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import type { Locator } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { driver } from './driver.ts';

const { page, see, visit } = driver();

async function take(button: Locator): Promise<{ name: string; data: Buffer }> {
  const [file] = await Promise.all([page().waitForEvent('download'), button.click()]);
  return { name: file.suggestedFilename(), data: readFileSync(await file.path()) };
}

/** What the page's own reader of XML makes of it. */
const read = (svg: string) =>
  page().evaluate((text) => {
    const parsed = new DOMParser().parseFromString(text, 'image/svg+xml');
    const root = parsed.documentElement;
    return {
      isWell: root.nodeName === 'svg' && parsed.querySelector('parsererror') === null,
      drawings: parsed.querySelectorAll('svg > svg').length,
      marks: parsed.querySelectorAll('path, circle, line, rect').length,
      title: parsed.querySelector('title')?.textContent ?? '',
      usesVariables: text.includes('var(--') && [...parsed.querySelectorAll('[style*="var(--"]')].length > 0,
      size: [Number(root.getAttribute('width')), Number(root.getAttribute('height'))],
    };
  }, svg);

/** How many colours a PNG has: a drawing that was lost has one. */
const colours = (png: Buffer) =>
  page().evaluate(async (text) => {
    const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    const image = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
    const canvas = new OffscreenCanvas(image.width, image.height);
    const context = canvas.getContext('2d') as OffscreenCanvasRenderingContext2D;
    context.drawImage(image, 0, 0);
    const { data: points } = context.getImageData(0, 0, image.width, image.height);
    const words = new Uint32Array(points.buffer);
    return { width: image.width, height: image.height, colours: new Set(words).size };
  }, png.toString('base64'));

async function checkPicture(figure: Locator): Promise<number> {
  const svg = await take(figure.getByRole('button', { name: 'Save SVG' }));
  expect(svg.name).toMatch(/^[a-z-]+\.svg$/);
  const picture = await read(svg.data.toString());
  expect(picture).toMatchObject({ isWell: true, usesVariables: false });
  expect(picture.marks).toBeGreaterThan(2);
  expect(picture.title).not.toBe('');
  const png = await take(figure.getByRole('button', { name: 'Save PNG' }));
  expect(png.name).toBe(svg.name.replace('.svg', '.png'));
  const drawn = await colours(png.data);
  expect([drawn.width, drawn.height]).toEqual(picture.size.map((length) => 2 * length));
  expect(drawn.colours).toBeGreaterThan(8);
  return picture.drawings;
}

async function checkTable(button: Locator): Promise<void> {
  const { name, data } = await take(button);
  expect(name).toMatch(/^[a-z-]+\.csv$/);
  const [header, ...rows] = parse(data.toString(), { record_delimiter: '\r\n' }) as string[][];
  expect(header?.length).toBeGreaterThan(1);
  expect(rows.length).toBeGreaterThan(0);
  expect(rows.flat().filter((cell) => /undefined|NaN|\[object/.test(cell))).toEqual([]);
}

describe.each([
  ['derivatives', 1280, 'light'],
  ['gradient', 1280, 'dark'],
  ['chain-rule', 390, 'light'],
  ['descent', 1280, 'dark'],
  ['adam', 1280, 'light'],
] as const)('%s at %i px, %s', (lesson, width, theme) => {
  test('each figure with a drawing gives it as SVG and PNG, each table as CSV', async () => {
    await visit(`lessons/${lesson}.html`, width, theme);
    // The card has ways of its own, and a question is not to be taken away.
    const figures = page().locator('.figure[id]:not(#evidence, #check)');
    for (let i = 0; i < (await figures.count()); i++) {
      const figure = figures.nth(i);
      const [id, room] = await figure.evaluate((it) => [
        it.id,
        it.classList.contains('waiting') ? it.getBoundingClientRect().height : undefined,
      ]);
      await see(id);
      // Nothing below a figure moves when it comes: its room is as high, up to what letters and breaks of lines make of it.
      const { height } = (await figure.boundingBox())!;
      if (room !== undefined)
        expect(Math.abs(room - height), `room of ${id}, ${height} high`).toBeLessThan(0.05 * height);
      const drawings = await figure.locator('svg').evaluateAll(
        (all) =>
          all.filter((svg) => {
            const { width, height } = svg.getBoundingClientRect();
            return width >= 100 && height >= 100 && !svg.parentElement?.closest('svg');
          }).length,
      );
      if (drawings > 0) expect(await checkPicture(figure), `drawings of ${id}`).toBe(drawings);
      const tables = await figure.locator('table').count();
      const buttons = figure.getByRole('button', { name: 'Save CSV' });
      if (tables > 0) expect(await buttons.count(), `tables of ${id}`).toBe(1);
      for (const button of await buttons.all()) await checkTable(button);
    }
  });
});

test('a formula typed as a claim stays text in a spreadsheet', async () => {
  await visit('lessons/chain-rule.html');
  await see('manual');
  const figure = page().locator('#manual');
  await figure.getByLabel('∂f/∂w =').fill('-2*x*(w*x + b - 1)');
  const { data } = await take(figure.getByRole('button', { name: 'Save CSV' }));
  expect(data.toString()).toContain("'-2*x*(w*x + b - 1)");
});
