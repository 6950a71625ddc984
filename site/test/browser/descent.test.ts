import { describe, expect, test } from 'vitest';
import { readCurve } from '../../models/curve.ts';
import { lossCurves, runOf, valleyOf, ZONES, zoneOf } from '../../models/descent.ts';
import { fitLimits, trainBy } from '../../models/descent-fit.ts';
import { brokenPromises } from '../../models/descent-limits.ts';
import { brokenChains, promise, signsOf, twin } from '../../models/descent-wrong.ts';
import { show } from '../../models/numbers.ts';
import { driver, now, testPage } from './driver.ts';

const LESSON = 'lessons/descent.html';
const on = driver();
const curveOf = (f: string) => {
  const result = readCurve(f);
  if (!result.ok) throw new Error(result.message);
  return result.curve;
};

/** The first figure shows the engine's run for the start, the rate and the steps it says it has. */
async function expectRun(f: string): Promise<void> {
  const curve = curveOf(f);
  const start = await now(on.slider('descent', 'Start'));
  await expect
    .poll(async () => {
      const steps = Number(await on.read('descent', 'steps'));
      const rate = Number((await on.read('descent', 'rate')).replace('−', '-'));
      const here = runOf(curve, start, rate, steps).points.at(-1)!;
      const valley = valleyOf(curve, start);
      return [
        (await on.read('descent', 'x')) === show(here.x),
        (await on.read('descent', 'loss')) === show(here.value),
        (await on.read('descent', 'slope')) === show(here.slope),
        (await on.read('descent', 'move')) === show(here.move),
        (await on.read('descent', 'verdict')) === ZONES[zoneOf(valley, rate)],
      ];
    })
    .toEqual([true, true, true, true, true]);
}

describe('descent on a curve', () => {
  test('by pointer: start, rate, steps', async () => {
    await on.visit(LESSON);
    await expectRun('(x - 1)^2');
    await on.drag(on.slider('descent', 'Start'), 60, 0);
    await expect.poll(() => now(on.slider('descent', 'Start'))).toBeGreaterThan(-3);
    await expectRun('(x - 1)^2');
    await on.button('descent', 'Step').click();
    await expect.poll(() => on.read('descent', 'steps')).toBe('4');
    await expectRun('(x - 1)^2');
    const track = on.slider('descent', 'learning rate');
    const box = (await track.boundingBox())!;
    await on.page().mouse.click(box.x + 0.72 * box.width, box.y + box.height / 2);
    await expect.poll(() => on.read('descent', 'rate')).toBe('0.9');
    await expect.poll(() => on.read('descent', 'verdict')).toBe(ZONES.oscillates);
    await expectRun('(x - 1)^2');
    await on.button('descent', 'Best rate').click();
    await on.button('descent', 'Back to the start').click();
    await on.button('descent', 'Step').click();
    await expect.poll(() => on.read('descent', 'x')).toBe('1');
  });

  test('by keyboard alone, and its link brings it back', async () => {
    await on.visit(LESSON);
    await on.page().locator('#descent').getByRole('textbox').fill('sin(3x) + x^2');
    await on.slider('descent', 'Start').focus();
    await on.page().keyboard.press('End');
    await on.slider('descent', 'learning rate').focus();
    for (const key of ['Home', 'ArrowRight', 'Shift+ArrowRight']) await on.page().keyboard.press(key);
    await on.button('descent', 'Step').press('Enter');
    await expectRun('sin(3x) + x^2');
    await expect.poll(() => on.address()).toMatch(/f=sin.*x=4&rate=0.012&steps=4/);
    const link = on.address();
    await on.go(link);
    await expect.poll(() => now(on.slider('descent', 'Start'))).toBe(4);
    await expectRun('sin(3x) + x^2');
  });

  test('marks the thresholds of the curve', async () => {
    await on.visit(`${LESSON}?f=sin(3x)%20%2B%20x^2&x=-2`);
    const valley = valleyOf(curveOf('sin(3x) + x^2'), -2)!;
    await expect.poll(() => on.read('descent', 'best')).toBe(`1/L = ${show(valley.best, 4)}, best`);
    await expect.poll(() => on.read('descent', 'stable')).toBe(`2/L = ${show(valley.stable, 4)}`);
  });

  test('says where a run broke off, what has no thresholds, and puts a forged link aside', async () => {
    await on.visit(`${LESSON}?f=x^4/4&x=4&rate=10&steps=30`);
    await expect.poll(() => on.read('descent', 'verdict')).toMatch(/diverged at step \d/);
    await on.visit(`${LESSON}?f=x^3&x=2`);
    await expect.poll(() => on.page().locator('#descent .ruler').innerText()).toContain('no thresholds');
    await on.visit(`${LESSON}?f=fetch("x")&rate=NaN&steps=-4&taken=9_9&wrong=all`);
    await expectRun('(x - 1)^2');
  });
});

describe('loss curves', () => {
  test('the table holds the engine’s runs, and a rate can be taken from it', async () => {
    await on.visit(`${LESSON}?f=(x%20-%203)^2&x=0`);
    await on.see('rates');
    const curve = curveOf('(x - 3)^2');
    const curves = lossCurves(curve, valleyOf(curve, 0), 0);
    await expect
      .poll(async () => (await on.value('rates', 'last').allInnerTexts()).slice(0, 6))
      .toEqual(curves.map((c) => show(c.gaps[100]!, 4)));
    expect((await on.value('rates', 'settled').allInnerTexts()).slice(0, 6)).toEqual(
      curves.map((c) => String(c.settled ?? '—')),
    );
    await expect.poll(() => on.page().locator('#rates [data-line=loss]').count()).toBe(6);
    await on.button('rates', 'α = 0.9').click();
    await expect.poll(() => on.read('rates', 'rate')).toBe('0.9');
    await expect.poll(() => on.page().locator('#rates .summary').innerText()).toContain('crosses the bottom 30 times');
    await on.slider('rates', 'your rate').press('ArrowLeft');
    await expect.poll(() => on.read('rates', 'rate')).toBe('0.89');
    await expect.poll(() => on.read('descent', 'rate')).toBe('0.89');
  });
});

describe('a line by hand-sized steps', () => {
  test('by pointer and by keyboard', async () => {
    await on.visit(LESSON);
    await on.see('fit');
    const expectLine = async (state: Parameters<typeof trainBy>[0]): Promise<void> => {
      const row = trainBy(state).at(-1)!;
      await expect.poll(() => on.read('fit', 'loss')).toBe(show(row.loss));
      await expect.poll(() => on.read('fit', 'w')).toBe(show(row.w));
      await expect.poll(() => on.read('fit', 'b')).toBe(show(row.b));
      await expect.poll(() => on.read('fit', 'slope-w')).toBe(show(row.slopeW));
      await expect.poll(() => on.read('fit', 'slope-b')).toBe(show(row.slopeB));
    };
    await expectLine({ data: 0, w: 0, b: 0, taken: '' });
    await on.button('fit', 'One step').click();
    await expectLine({ data: 0, w: 0, b: 0, taken: '0.05' });
    await on.slider('fit', 'rate of the next step').focus();
    await on.page().keyboard.press('Shift+ArrowRight');
    await on.page().keyboard.press('Shift+ArrowRight');
    await on.page().keyboard.press('Shift+ArrowRight');
    await on.button('fit', 'One step').press('Enter');
    await expectLine({ data: 0, w: 0, b: 0, taken: '0.05_0.08' });
    await on.button('fit', 'Take it back').press('Enter');
    await expectLine({ data: 0, w: 0, b: 0, taken: '0.05' });
    await expect.poll(() => on.read('fit', 'stable')).toBe(`2/L = ${show(fitLimits().maxStableLearningRate, 4)}`);
    await on.slider('fit', 'Height b of the line at 0').press('ArrowUp');
    await expect.poll(async () => await on.page().locator('#fit tbody tr').count()).toBe(1);
    await on.drag(on.slider('fit', 'Slope w of the line'), 0, -60);
    await expect.poll(() => now(on.slider('fit', 'Slope w of the line'))).toBeGreaterThan(2.2);
  });
});

describe('what goes wrong', () => {
  test('each failure shows its run and its signs', async () => {
    await on.visit(LESSON);
    await on.see('wrong');
    for (const [name, failure] of [
      ['Sign error', 'sign'],
      ['Rate too large', 'rate'],
      ['Broken chain', 'chain'],
      ['Gradient not cleared', 'stale'],
    ] as const) {
      await on.button('wrong', name).press('Enter');
      const { rows } = twin(failure);
      await expect
        .poll(() => on.value('wrong', 'wrong-loss').allInnerTexts())
        .toEqual(rows.slice(0, 7).map((r) => show(r.wrong.loss)));
      await expect.poll(() => on.value('wrong', 'sign').allInnerTexts()).toEqual(signsOf(failure));
    }
    await on.button('wrong', 'Broken chain').click();
    await expect.poll(() => on.value('wrong', 'cause').allInnerTexts()).toEqual(brokenChains().map((c) => c.cause));
    await on.button('wrong', 'Sign error').click();
    await on.slider('wrong', 'Rate of both runs').press('ArrowRight');
    await expect
      .poll(() => on.value('wrong', 'wrong-w').nth(1).innerText())
      .toBe(show(twin('sign', 0.21).rows[1]!.wrong.w));
    await on.button('wrong', 'Back to the start').click();
    await on.button('wrong', 'Step').click();
    await expect.poll(() => on.value('wrong', 'wrong-w').count()).toBe(2);
  });

  test('the tangent’s promise, by pointer and by keyboard', async () => {
    await on.visit(`${LESSON}?wrong=slope&d=3`);
    await on.see('wrong');
    const move = on.slider('wrong', 'Move from 0');
    const expectPromise = async (): Promise<void> => {
      const told = promise(await now(move)).steps[0]!;
      await expect.poll(() => on.value('wrong', 'promised').last().innerText()).toBe(show(told.predicted));
      await expect.poll(() => on.value('wrong', 'came').last().innerText()).toBe(show(told.actual));
    };
    await expectPromise();
    await move.press('ArrowRight');
    await expect.poll(() => now(move)).toBe(3.1);
    await expectPromise();
    await on.drag(move, 150, 0);
    await expect.poll(() => now(move)).toBeGreaterThan(4);
    await expectPromise();
  });

  test('promises beside the runs that break them', async () => {
    await on.visit(LESSON);
    await on.see('limits');
    await expect.poll(() => on.value('limits', 'came').allInnerTexts()).toEqual(brokenPromises().map((p) => p.came));
  });
});

testPage(on, LESSON);
