// Pictures of every page, in both themes and at both widths, into screenshots/ for a person to look at.
import { mkdir, readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { chromiumFlags, ensureChromium } from '../../scripts/chromium.mjs';
import { serve, site } from './serve.mjs';

const folder = fileURLToPath(new URL('../screenshots/', import.meta.url));
await mkdir(folder, { recursive: true });
// Of the reference one page stands for all: they are made by one template.
const pages = (await readdir(site, { recursive: true }))
  .map((name) => name.replaceAll('\\', '/'))
  .filter((name) => name.endsWith('.html') && (!name.startsWith('reference/') || name === 'reference/linalg.html'));
const { url, close } = await serve();
const browser = await chromium.launch({ executablePath: ensureChromium(), args: chromiumFlags.slice(1) });
for (const theme of ['light', 'dark']) {
  for (const width of [1280, 390]) {
    const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: theme });
    const page = await context.newPage();
    for (const name of pages) {
      await page.goto(url + name, { waitUntil: 'networkidle' });
      // Figures come as a reader nears them.
      const room = page.locator('.figure.waiting').first();
      while ((await room.count()) > 0) {
        await room.evaluate((place) => place.scrollIntoView());
        await page.waitForTimeout(100);
      }
      await page.evaluate(() => scrollTo(0, 0));
      await page.waitForTimeout(600);
      const file = `${name.replace(/\.html$/, '').replaceAll('/', '-')}-${width}-${theme}.png`;
      await page.screenshot({ path: folder + file, fullPage: true });
      console.log(file);
    }
    await context.close();
  }
}
await browser.close();
await close();
