import { expect, test } from 'vitest';
import { driver, PATIENCE } from './driver.ts';

const lab = driver({ offline: true });

test('after the first visit the site opens, computes and runs programs without a network', async () => {
  await lab.visit('index.html');
  const page = lab.page();
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
    if (navigator.serviceWorker.controller === null)
      await new Promise((done) => navigator.serviceWorker.addEventListener('controllerchange', done, { once: true }));
  });
  await page.context().setOffline(true);
  const base = page.url().replace('index.html', '');
  await lab.reload();
  expect(await page.locator('h1').first().innerText()).not.toBe('');

  await lab.go(`${base}lessons/derivatives?x=1.5#see`);
  await expect.poll(() => lab.slider('secant', 'Point x').getAttribute('aria-valuenow')).toBe('1.5');
  await lab.slider('secant', 'Point x').focus();
  await page.keyboard.press('ArrowRight');
  await expect.poll(() => lab.read('secant', 'slope')).toBe('1.55');

  await lab.go(`${base}playground.html`);
  await expect.poll(() => page.locator('#workbench').getAttribute('data-state'), { timeout: PATIENCE }).toBe('done');
  expect(await page.locator('#workbench .fault').count()).toBe(0);
  await expect.poll(() => page.locator('#workbench .said').count()).toBeGreaterThan(0);
});
