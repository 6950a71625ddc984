import { describe, expect, test } from 'vitest';
import { driver, expectSound, PATIENCE, ready, rooms, testPage } from './driver.ts';

const lab = driver();

for (const page of [
  'guide/concepts.html',
  'guide/from-pytorch.html',
  'claims/landscapes.html',
  'reference/linalg.html',
])
  testPage(lab, page);

test('the template of a lesson is a page like the others', async () => {
  await lab.visit('template/lesson.html', 390);
  await expect.poll(() => lab.page().locator('#secant').count()).toBe(1);
  await expectSound(lab.page());
});

test('a general statement shows what decides it, by keyboard too', async () => {
  await lab.visit('template/lesson.html');
  const page = lab.page();
  const mark = page.getByRole('button', { name: 'What decides this statement' });
  await mark.focus();
  await page.keyboard.press('Enter');
  const card = page.getByRole('dialog');
  await expect.poll(() => card.count()).toBe(1);
  await expect.poll(() => card.innerText()).toContain('Assumes:');
  await expectSound(page);
  await page.keyboard.press('Escape');
  await expect.poll(() => card.count()).toBe(0);
  await expect.poll(() => mark.evaluate((element) => element === document.activeElement)).toBe(true);
  await mark.click();
  await card.getByRole('link', { name: 'Open in the playground' }).click();
  await expect.poll(() => page.locator('#workbench .cm-content').count(), { timeout: PATIENCE }).toBe(1);
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await expect.poll(() => page.locator('#workbench .said').first().innerText(), { timeout: PATIENCE }).toBe('true');
});

test('a number that the build has computed shows its expression', async () => {
  await lab.visit('template/lesson.html');
  const number = lab.page().locator('.claim button').first();
  await number.click();
  await expect.poll(() => lab.page().locator('.claim code').first().innerText()).toContain('grad(');
  await expect.poll(() => number.getAttribute('aria-expanded')).toBe('true');
});

test('the guide and the reference are found by the search', async () => {
  await lab.visit('index.html');
  const page = lab.page();
  await page.keyboard.press('/');
  await page.getByRole('searchbox').or(page.getByRole('combobox')).first().fill('cholesky');
  await expect
    .poll(() => page.locator('a[href*="reference/linalg"]').count(), { timeout: PATIENCE })
    .toBeGreaterThan(0);
});

describe('the figures of a lesson', () => {
  const LESSON = 'lessons/chain-rule.html';
  const isHere = async (name: string) => (await lab.page().locator(`#${name}:not(.waiting)`).count()) === 1;

  test('come as the reader nears them, and where a link leads', async () => {
    await lab.visit(`${LESSON}?mat=x:2.5`);
    expect(await isHere('chain')).toBe(true);
    expect(await isHere('manual')).toBe(false);
    await lab.see('evidence');
    // The card takes what another figure holds: that one comes with it, and reads the link.
    await expect.poll(() => lab.page().locator('#evidence').innerText()).toContain('x = 2.5');
    expect(await isHere('manual')).toBe(true);
    expect(await isHere('neuron')).toBe(false);
    await lab.visit(`${LESSON}#broken`);
    expect(await isHere('broken')).toBe(true);
    expect(await isHere('chain')).toBe(false);
    await lab.page().locator('.steps a', { hasText: 'See' }).click();
    await expect.poll(() => isHere('chain')).toBe(true);
  });

  test('can be entered by keyboard before they have come', async () => {
    await lab.visit(LESSON);
    const button = rooms(lab.page()).last().getByRole('button', { name: 'Show this figure' });
    await button.focus();
    await expect.poll(() => lab.page().evaluate(() => document.activeElement?.id)).toBe('evidence');
    await lab.page().keyboard.press('Tab');
    await expect.poll(() => lab.page().evaluate(() => document.activeElement?.closest('.figure')?.id)).toBe('evidence');
  });

  test('are all on paper', async () => {
    await lab.visit(LESSON);
    const page = lab.page();
    // What stands there once the page has heard of printing, when it is laid out for paper.
    await page.evaluate(() => {
      matchMedia('print').addEventListener('change', ({ matches }) => {
        if (matches) document.body.dataset.rooms = String(document.querySelectorAll('.figure.waiting').length);
      });
    });
    expect(await rooms(page).count()).toBeGreaterThan(3);
    // Scripts come while nothing else is to be done.
    await expect.poll(() => page.locator('.figure.waiting:not([data-loaded])').count()).toBe(0);
    await page.pdf();
    expect(await page.evaluate(() => document.body.dataset.rooms)).toBe('0');
  });

  test('are all there where the browser does not say what is in view', async () => {
    await lab.visit('index.html');
    const page = await lab.page().context().newPage();
    await page.addInitScript(() => Reflect.deleteProperty(globalThis, 'IntersectionObserver'));
    await page.goto(new URL(LESSON, lab.address()).href);
    await ready(page);
    expect(await rooms(page).count()).toBe(0);
    await page.close();
  });
});
