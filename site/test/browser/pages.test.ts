import { expect, test } from 'vitest';
import { driver, expectSound, PATIENCE, testPage } from './driver.ts';

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
