import { describe, expect, test } from 'vitest';
import { LESSONS } from '../../.vitepress/theme/pages.ts';
import { CONCEPTS } from '../../models/concepts.ts';
import { CARD_IDS, runCard } from '../../models/formula-cards.ts';
import { show } from '../../models/numbers.ts';
import { lineOf, PHASE_NAMES, PHASES, recordLoop } from '../../models/training-loop.ts';
import { writeCode } from '../../playground/link.ts';
import { driver, PATIENCE, seeAll, testPage } from './driver.ts';

const on = driver();
const numberIn = (text: string): number => Number(/\d+/.exec(text)?.[0]);

/** The first Tab is the skip link, and Enter moves on to the content. */
async function expectSkipLink(): Promise<void> {
  const page = on.page();
  await page.keyboard.press('Tab');
  await expect.poll(() => page.evaluate(() => document.activeElement?.className)).toBe('skip');
  await page.keyboard.press('Enter');
  await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe('content');
}

testPage(on, 'glossary.html');

describe.each(LESSONS)('$title', ({ path }) => {
  test('counts its own diagrams and concepts, speaks its formulas once, and its content is one key away', async () => {
    await on.visit(path);
    await seeAll(on.page());
    await expectSkipLink();
    const about = (name: string) => on.page().locator(`.about [data-value=${name}]`).innerText();
    const terms = await on
      .page()
      .locator('.prose a.term')
      .evaluateAll((links) => links.map((link) => link.getAttribute('href') ?? ''));
    expect(new Set(terms).size).toBe(terms.length);
    expect(numberIn(await about('concepts'))).toBe(terms.length);
    await expect.poll(() => on.page().locator('.about .tag').count()).toBe(terms.length);
    const drawn = on.page().locator('.prose figure.figure:has(svg)');
    await expect.poll(() => drawn.count(), { timeout: PATIENCE }).toBe(numberIn(await about('diagrams')));
    // Each formula is typeset for the eye, and once more as MathML with its text; a minus is a minus in both.
    const formulas = await on
      .page()
      .locator('.prose .katex')
      .evaluateAll((all) =>
        all.map((formula) => ({
          spoken: formula.querySelectorAll('.katex-mathml math').length,
          hidden: formula.querySelector('.katex-html')?.getAttribute('aria-hidden'),
          source: formula.querySelector('annotation')?.textContent ?? '',
          text: formula.querySelector('math semantics > :first-child')?.textContent ?? '',
        })),
      );
    expect(formulas.length).toBeGreaterThan(3);
    for (const { spoken, hidden, source, text } of formulas) {
      expect([spoken, hidden, text !== ''], source).toEqual([1, 'true', true]);
      const minuses = source.replace(/\\\w+/g, '').split('-').length - 1;
      expect(text.split('−').length - 1, source).toBe(minuses);
    }
  });
});

test('the definition of the derivative is a formula, a text, and the program beside it', async () => {
  await on.visit('lessons/derivatives.html');
  await on.see('code');
  const sources = await on.page().locator('.prose annotation').allTextContents();
  expect(sources.some((text) => /f'\(x\)\} = \\lim_\{h \\to 0\}/.test(text))).toBe(true);
  await expect
    .poll(() => on.page().locator('#code pre').first().innerText(), { timeout: PATIENCE })
    .toContain('(f(x + h) - f(x)) / h');
});

describe('the glossary', () => {
  test('opens from the lesson that uses a term, and its program in the playground', async () => {
    await on.visit('lessons/descent.html');
    const page = on.page();
    await page.locator('.prose a.term', { hasText: /^learning rate$/ }).click();
    await expect.poll(() => page.url()).toMatch(/glossary\.html#learning-rate$/);
    await expect.poll(() => page.locator('h2#learning-rate').count()).toBe(1);
    await expect.poll(() => page.locator('.prose h2').count()).toBe(CONCEPTS.length);
    await expect.poll(() => page.locator('.where').count()).toBe(CONCEPTS.length);
    await page.locator('.run a').nth(4).click();
    await expect.poll(() => page.locator('#workbench .cm-content').count(), { timeout: PATIENCE }).toBe(1);
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await expect.poll(() => page.locator('#workbench .said').first().innerText(), { timeout: PATIENCE }).toBe('0.2');
  });

  test('a question is one link away', async () => {
    await on.visit('glossary.html');
    const page = on.page();
    await page.locator('.where a[href*="question=border"]').click();
    await expect.poll(() => page.locator('#check .prompt').innerText(), { timeout: PATIENCE }).toContain('a·(w');
  });

  test('its formulas run', async () => {
    await on.visit('glossary.html');
    for (const id of CARD_IDS) {
      const card = on.page().locator(`[data-card=${id}]`);
      await expect.poll(() => card.locator('.katex').count()).toBe(1);
      await card.getByRole('button').press('Enter');
      for (const value of runCard(id).values)
        await expect.poll(() => card.locator('output').innerText()).toContain(show(value, 12));
    }
  });
});

test('the training loop marks the phase that ran, and says whose numbers it shows', async () => {
  await on.visit('lessons/descent.html', 390);
  await on.see('loop');
  const figure = on.page().locator('#loop');
  await expect.poll(() => figure.locator('[data-phase]').count(), { timeout: PATIENCE }).toBe(PHASES.length);
  expect(
    await figure
      .locator('.phases li')
      .allTextContents()
      .then((all) => all.map((t) => t.trim())),
  ).toEqual(PHASES.map((phase) => PHASE_NAMES[phase]));
  const records = recordLoop(0.2);
  for (let k = 0; k < 6; k++) {
    const step = on.button('loop', 'Next phase');
    await (k % 2 === 0 ? step.click() : step.press('Enter'));
    const { phase, numbers } = records[k]!;
    await expect.poll(() => figure.locator('.running').getAttribute('data-phase')).toBe(phase);
    await expect.poll(() => figure.locator('[aria-current=step]').getAttribute('data-value')).toBe(`phase-${phase}`);
    for (const { name, of, value } of numbers)
      await expect.poll(() => on.read('loop', `${name} ${of}`)).toBe(show(value));
  }
  expect((await on.read('loop', 'lines')).split('\n')).toEqual([records[2]!, records[5]!].map(lineOf));
});

test.each(['index.html', 'playground.html', 'guide/index.html', 'glossary.html'])(
  '%s has a skip link',
  async (path) => {
    await on.visit(path);
    await expectSkipLink();
  },
);

test('one call draws a curve and its tangent at thirty places, with names, at a size; another on a logarithmic axis', async () => {
  const code = `const x = Array.from({ length: 30 }, (_, k) => k * 0.1);
plot(x, { curve: (x: number) => 3 * x ** 2 - 4 * x, tangent: (x: number) => 2 * x - 3 }, { title: 'Touch', xLabel: 'w', yLabel: 'loss', size: [360, 300] });
plot([0, 1, 2, 3], { errors: [1, 10, 100, 1000] }, { log: true });`;
  await on.visit(`playground.html${writeCode(code)}`);
  const page = on.page();
  await expect.poll(() => page.locator('#workbench .cm-content').count(), { timeout: PATIENCE }).toBe(1);
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  const drawn = page.locator('figure.drawn').first();
  await expect.poll(() => drawn.locator('path.stroke').count(), { timeout: PATIENCE }).toBe(2);
  await expect.poll(() => drawn.locator('figcaption').innerText()).toBe('Touch');
  await expect.poll(() => drawn.locator('text.direct').allTextContents()).toEqual(['curve', 'tangent']);
  const texts = await drawn.locator('svg text').allTextContents();
  for (const label of ['w', 'loss']) expect(texts.map((text) => text.trim())).toContain(label);
  await expect.poll(() => drawn.locator('.plot > svg').getAttribute('viewBox')).toBe('0 0 360 300');
  const [curve, tangent] = await drawn
    .locator('path.stroke')
    .evaluateAll((paths) =>
      paths.map((path) =>
        [...(path.getAttribute('d') ?? '').matchAll(/(-?[\d.]+)[, ](-?[\d.]+)/g)].map((m) => [
          Number(m[1]),
          Number(m[2]),
        ]),
      ),
    );
  expect([curve?.length, tangent?.length]).toEqual([30, 30]);
  // The picture grows downwards: the tangent lies below the curve, and touches it at the eleventh place, x = 1.
  const gaps = (curve ?? []).map(([, y], i) => (tangent?.[i]?.[1] ?? Number.NaN) - (y ?? Number.NaN));
  expect(gaps.indexOf(Math.min(...gaps))).toBe(10);
  expect(gaps[10]).toBeCloseTo(0, 1);
  // On the logarithmic axis a factor of ten is a step of one length.
  const path = (await page.locator('figure.drawn').nth(1).locator('path.stroke').getAttribute('d')) ?? '';
  const heights = [...path.matchAll(/,(-?[\d.]+)/g)].map(([, y]) => Number(y));
  const falls = heights.slice(1).map((y, i) => (heights[i] as number) - y);
  expect(falls).toEqual([1, 2, 3].map(() => expect.closeTo(falls[0] ?? Number.NaN, 1)));
  expect(falls[0]).toBeGreaterThan(20);
});
