import { describe, expect, test } from 'vitest';
import { readCurve } from '../../models/curve.ts';
import { secantOf } from '../../models/derivative-lesson.ts';
import { roll, under } from '../../models/landscape.ts';
import { show, typeset } from '../../models/numbers.ts';
import { errorTable, STEPS, TABLE_STEPS } from '../../models/quotients.ts';
import { edgesOf, IDEAS } from '../../models/roadmap.ts';
import { driver, now, testPage } from './driver.ts';

const HOME = 'index.html';
const LESSON = 'lessons/derivatives.html';
const on = driver();

const curveOf = (f: string) => {
  const result = readCurve(f);
  if (!result.ok) throw new Error(result.message);
  return result.curve;
};

/** The secant figure shows what the engine computes for the state it says it is in. */
async function expectSecant(f: string): Promise<void> {
  const [x, h] = [
    await now(on.slider('secant', 'Point x')),
    await now(on.slider('secant', 'Step h to the second point')),
  ];
  const s = secantOf(curveOf(f), x, h);
  await expect.poll(() => on.read('secant', 'slope')).toBe(show(s.slope));
  await expect.poll(() => on.read('secant', 'quotient')).toBe(h === 0 ? '0/0' : show(s.quotient));
  await expect.poll(() => on.read('secant', 'error')).toBe(show(s.error));
}

describe('derivatives: secant becomes tangent', () => {
  test('by pointer', async () => {
    await on.visit(LESSON);
    await expectSecant('x^2/2');
    const x = on.slider('secant', 'Point x');
    await on.drag(x, -170, 0);
    await expect.poll(() => now(x)).toBeLessThan(0);
    await expectSecant('x^2/2');
    const h = on.slider('secant', 'Step h to the second point');
    await on.drag(h, -80, 0);
    await expect.poll(() => now(h)).toBeLessThan(2);
    await expectSecant('x^2/2');
    await on.page().locator('#secant').getByRole('button', { name: 'Halve h' }).click();
    await expectSecant('x^2/2');
  });

  test('by keyboard alone, with a formula typed and its link kept', async () => {
    await on.visit(LESSON);
    const input = on.page().locator('#secant').getByRole('textbox');
    await input.fill('sin(x)');
    const x = on.slider('secant', 'Point x');
    await x.focus();
    await on.page().keyboard.press('ArrowLeft');
    await expect.poll(() => now(x)).toBe(0.95);
    await on.page().keyboard.press('Shift+ArrowRight');
    await expect.poll(() => now(x)).toBe(1.45);
    await on.slider('secant', 'Step h to the second point').focus();
    await on.page().keyboard.press('ArrowDown');
    await expectSecant('sin(x)');
    await expect.poll(() => on.page().url()).toMatch(/f=sin%28x%29&x=1.45&h=1.95/);
    const link = on.page().url();
    await on.go(link);
    await expect.poll(() => now(on.slider('secant', 'Point x'))).toBe(1.45);
    await expectSecant('sin(x)');
  });

  test('a typo keeps the last good picture and marks its character', async () => {
    await on.visit(LESSON);
    const path = on.page().locator('#secant path.q-function').first();
    const before = await path.getAttribute('d');
    await on.page().locator('#secant').getByRole('textbox').fill('x^2 + * 3');
    await expect.poll(() => on.page().locator('#secant .fault mark').innerText()).toBe('*');
    await expect.poll(() => path.getAttribute('d')).toBe(before);
    await on.page().locator('#secant').getByRole('textbox').fill('x^3');
    await expect.poll(() => on.page().locator('#secant .fault').count()).toBe(0);
    await expect.poll(() => path.getAttribute('d')).not.toBe(before);
  });

  test('a forged link is put aside', async () => {
    await on.visit(`${LESSON}?f=alert(1)&x=NaN&h=1e9&question=none&seed=-1`);
    await expectSecant('x^2/2');
  });
});

describe('derivatives: the other figures', () => {
  test('table and error figure show the engine’s numbers', async () => {
    await on.visit(`${LESSON}?f=sin(x)&x=1`);
    await on.see('quotients', 'error');
    const curve = curveOf('sin(x)');
    const table = errorTable(curve, 1, TABLE_STEPS);
    await expect
      .poll(() => on.page().locator('#quotients [data-value=forward]').allInnerTexts())
      .toEqual(table.rows.map((r) => show(r.forward, 10)));
    await expect.poll(() => on.read('quotients', 'derivative')).toBe(show(Math.cos(1), 10));

    const rows = errorTable(curve, 1).rows;
    const handle = on.slider('error', 'Step, as a power of ten');
    await handle.focus();
    await on.page().keyboard.press('ArrowLeft');
    await expect.poll(() => on.read('error', 'forward')).toBe(show(rows[9]!.forwardError, 2));
    await on.drag(handle, -200, 0);
    const k = Math.round(-4 * (await now(handle)));
    expect(k).toBeGreaterThan(15);
    await expect.poll(() => on.read('error', 'h')).toBe(show(STEPS[k]!, 3));
    await expect.poll(() => on.read('error', 'central')).toBe(show(rows[k]!.centralError, 2));
  });

  test('the derivative as a function, by pointer and keyboard', async () => {
    await on.visit(`${LESSON}?f=x^3/4 - x`);
    await on.see('derivative');
    const curve = curveOf('x^3/4 - x');
    const handle = on.slider('derivative', 'Place x on the derivative');
    for (const act of [
      () => on.drag(handle, 120, 0),
      () => handle.press('ArrowLeft'),
      () => handle.press('PageDown'),
    ]) {
      await act();
      const x = await now(handle);
      await expect.poll(() => on.read('derivative', 'slope')).toBe(show(curve.slopeAt(x)));
    }
    await expect.poll(() => on.read('derivative', 'formula')).toBe(typeset(curve.derivative.text));
  });

  test('a kink has two sides', async () => {
    await on.visit(LESSON);
    await on.see('kink');
    const sides = on.page().locator('#kink');
    await expect.poll(() => sides.locator('[data-value=left]').last().innerText()).toBe('−1');
    await expect.poll(() => sides.locator('[data-value=right]').last().innerText()).toBe('1');
    await sides.getByRole('button', { name: 'smooth' }).press('Enter');
    await expect.poll(() => sides.locator('.summary').innerText()).toContain('that is the derivative');
  });
});

describe('home', () => {
  test('the ball rolls by pointer and by keyboard, to where the engine says', async () => {
    await on.visit(HOME);
    const ball = on.slider('landscape', 'Ball');
    await on.drag(ball, 120, -60);
    const height = async (): Promise<string> => (await on.read('landscape', 'height')).replace('height ', '');
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
    await expect.poll(() => height()).toBe(show(under(start).height, 5));
    await ball.focus();
    await on.page().keyboard.press('Enter');
    const end = roll(start).path.at(-1)!;
    await expect.poll(height).toBe(show(under(end).height, 5));
  });

  test('every idea of the map can be reached by keyboard, every edge is in words', async () => {
    await on.visit(HOME);
    await expect.poll(() => on.page().locator('#roadmap .node').count()).toBe(IDEAS.length);
    for (let i = 0; i < IDEAS.length; i++) {
      const node = on.page().locator('#roadmap .node').nth(i);
      await node.focus();
      await expect.poll(() => node.evaluate((e) => e === document.activeElement)).toBe(true);
      expect((await node.getAttribute('aria-label')) ?? (await node.textContent())).toContain(IDEAS[i]!.title);
    }
    await expect.poll(() => on.page().locator('#roadmap li').count()).toBe(edgesOf().length);
    await on.page().locator('#roadmap a.node').first().press('Enter');
    await expect.poll(() => on.page().locator('h1').first().innerText()).toContain('Derivatives');
    await expect.poll(() => on.page().locator('#secant [data-value=slope]').count()).toBe(1);
  });

  test('search finds a lesson', async () => {
    await on.visit(HOME);
    await on.page().keyboard.press('/');
    await on.page().getByRole('searchbox').fill('secant');
    await expect.poll(() => on.page().locator('.search li a').count()).toBeGreaterThan(0);
    await on.page().locator('.search li a').first().click();
    await expect.poll(() => on.page().url()).toContain('/some/folder/lessons/derivatives');
  });
});

testPage(on, HOME);
testPage(on, LESSON);
