import type { Locator } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { angleToLevel, codeFor, directional, localAt, nudges, printed, surprise } from '../../models/gradient.ts';
import { fitAt, INPUTS, surpriseFit, TARGETS } from '../../models/gradient-fit.ts';
import { checkOrigin, MIXED, mixedPartials, SUSPECTS, surfaceOf } from '../../models/gradient-limits.ts';
import { show } from '../../models/numbers.ts';
import { driver, now, testPage } from './driver.ts';

const LESSON = 'lessons/gradient.html';
const INITIAL = 'x^2/2 + y^2 - x*y';
const on = driver();

const place = async (): Promise<[number, number]> => [
  await now(on.slider('surface', 'Place x')),
  await now(on.slider('surface', 'Place y')),
];

/** The first figure shows what the engine computes for the place it says it is at. */
async function expectLocal(f: string): Promise<void> {
  const surface = surfaceOf(f);
  await expect
    .poll(async () => {
      const local = localAt(surface, ...(await place()));
      const between = angleToLevel(surface, local);
      return [
        (await on.read('surface', 'height')) === show(local.z),
        (await on.read('surface', 'dx')) === show(local.gradient[0]),
        (await on.read('surface', 'dy')) === show(local.gradient[1]),
        (await on.read('surface', 'steepest')) === show(local.steepest),
        (await on.read('surface', 'between')) === (between === undefined ? '—' : `${show(between, 4)}°`),
      ];
    })
    .toEqual([true, true, true, true, true]);
}

/** Direction of an arrow as it is drawn, in degrees, counterclockwise from the x axis. */
async function drawnAngle(arrow: Locator): Promise<number> {
  const d = (await arrow.locator('path').first().getAttribute('d')) ?? '';
  const [x1, y1, x2, y2] = (d.match(/-?[\d.]+/g) ?? []).map(Number) as [number, number, number, number];
  return ((Math.atan2(y1 - y2, x2 - x1) * 180) / Math.PI + 360) % 360;
}

describe('the surface and its gradient', () => {
  test('by pointer: drag the point, click a place; the arrow has the direction of the gradient', async () => {
    await on.visit(LESSON);
    await expectLocal(INITIAL);
    const before = await place();
    await on.drag(on.slider('surface', 'Point on the map'), -90, -60);
    const after = await place();
    expect(after[0]).toBeLessThan(before[0]);
    expect(after[1]).toBeGreaterThan(before[1]);
    await expectLocal(INITIAL);
    const map = on.page().locator('#surface .plot svg').first();
    const box = (await map.boundingBox())!;
    await on.page().mouse.click(box.x + 0.3 * box.width, box.y + 0.7 * box.height);
    await expectLocal(INITIAL);
    const { bearing } = localAt(surfaceOf(INITIAL), ...(await place()));
    const arrow = on.page().locator('#surface [data-line=gradient]');
    expect(Math.abs((await drawnAngle(arrow)) - bearing)).toBeLessThan(0.5);
  });

  test('by keyboard: point, formula, walk on the level; the link restores it', async () => {
    await on.visit(LESSON);
    await on.page().locator('#surface').getByRole('textbox').fill('x^2 - y^2');
    await expectLocal('x^2 - y^2');
    await on.slider('surface', 'Point on the map').focus();
    await on.page().keyboard.press('ArrowLeft');
    await on.page().keyboard.press('Shift+ArrowUp');
    await expect.poll(() => place()).toEqual([1.45, 0]);
    await expectLocal('x^2 - y^2');
    const height = await on.read('surface', 'height');
    for (let i = 0; i < 3; i++) await on.button('surface', 'Walk on the level').press('Enter');
    await expect.poll(() => on.read('surface', 'height')).toBe(height);
    await expect.poll(() => place()).not.toEqual([1.45, 0]);
    await expectLocal('x^2 - y^2');
    const there = await place();
    const linked = () => ['f', 'x', 'y'].map((name) => new URL(on.address()).searchParams.get(name));
    await expect.poll(linked).toEqual(['x^2 - y^2', ...there.map(String)]);
    const link = on.address();
    await on.go(link);
    await expect.poll(() => place()).toEqual(there);
    await expectLocal('x^2 - y^2');
  });

  test('a forged link is put aside, a typo keeps the picture, a surprise is the seed’s', async () => {
    await on.visit(`${LESSON}?f=alert(1)&x=NaN&y=1e9&angle=no&targets=1,2&w=-`);
    await expectLocal(INITIAL);
    await expect.poll(() => place()).toEqual([1.5, 3]);
    await on.page().locator('#surface').getByRole('textbox').fill('x^2 + * y');
    await expect.poll(() => on.page().locator('#surface .fault mark').innerText()).toBe('*');
    await expectLocal(INITIAL);
    await on.button('surface', 'Surprise me').click();
    const next = surprise(1);
    await expect.poll(() => place()).toEqual([next.x, next.y]);
    await expectLocal(next.f);
  });

  test('in three dimensions when asked, turned by pointer and by keyboard', async () => {
    await on.visit(LESSON);
    const requests: string[] = [];
    on.page().on('request', (r) => requests.push(r.url()));
    const flat = on.slider('surface', 'Surface of');
    await flat.focus();
    const turn = await now(flat);
    await on.page().keyboard.press('ArrowRight');
    await expect.poll(() => now(flat)).toBe(turn + 5);
    await on.drag(flat, 60, 0);
    await expect.poll(() => now(flat)).toBe(turn + 35);
    expect(requests.filter((url) => url.includes('Surface3D'))).toEqual([]);
    await on.button('surface', 'Show in 3-D').click();
    const deep = on.slider('surface', 'in three dimensions');
    await expect.poll(() => deep.locator('canvas').count()).toBe(1);
    expect(requests.some((url) => url.includes('Surface3D'))).toBe(true);
    await deep.focus();
    await on.page().keyboard.press('Shift+ArrowLeft');
    await expect.poll(() => now(deep)).toBe(-65);
    await on.drag(deep, 40, 30);
    await expect.poll(() => now(deep)).toBe(-45);
    // Something is drawn: a picture of the canvas alone is more than one flat colour, which compresses to almost nothing.
    expect((await deep.locator('canvas').screenshot()).length).toBeGreaterThan(8000);
    await on.button('surface', 'Flat drawing').click();
    await expect.poll(() => deep.count()).toBe(0);
  });
});

describe('slices, dial and nudges', () => {
  test('slices: their slopes are the partial derivatives, by pointer and by keyboard', async () => {
    await on.visit(`${LESSON}?f=x^2*y&x=1&y=2`);
    await on.see('slices');
    const check = async (): Promise<void> => {
      const x = await now(on.slider('slices', 'Place x'));
      const y = await now(on.slider('slices', 'Place y'));
      const { gradient } = localAt(surfaceOf('x^2*y'), x, y);
      await expect.poll(() => on.read('slices', 'dx')).toBe(show(gradient[0]));
      await expect.poll(() => on.read('slices', 'dy')).toBe(show(gradient[1]));
    };
    await check();
    await expect.poll(() => on.read('slices', 'dx')).toBe('4');
    await on.drag(on.slider('slices', 'Place y'), -60, 0);
    await expect.poll(() => now(on.slider('slices', 'Place y'))).toBeLessThan(2);
    await check();
    await on.slider('slices', 'Place x').focus();
    await on.page().keyboard.press('ArrowRight');
    await expect.poll(() => now(on.slider('slices', 'Place x'))).toBe(1.05);
    await check();
  });

  test('dial: slope along a direction by pass, product and measurement', async () => {
    await on.visit(`${LESSON}?f=sin(x)*cos(y)&x=0.4&y=1.1`);
    await on.see('dial');
    const surface = surfaceOf('sin(x)*cos(y)');
    const local = localAt(surface, 0.4, 1.1);
    const check = async (): Promise<number> => {
      const d = directional(surface, local, await now(on.slider('dial', 'Angle')));
      await expect.poll(() => on.read('dial', 'slope')).toBe(show(d.slope));
      await expect.poll(() => on.read('dial', 'product')).toBe(show(d.product));
      await expect.poll(() => on.read('dial', 'measured')).toBe(show(d.measured));
      return d.slope;
    };
    await check();
    const wheel = on.page().locator('#dial').getByRole('slider', { name: 'Direction', exact: true });
    await on.drag(wheel, -120, -60);
    await expect.poll(() => now(wheel)).toBeGreaterThan(60);
    await check();
    await on.slider('dial', 'Direction on the curve').focus();
    await on.page().keyboard.press('ArrowRight');
    await check();
    await on.button('dial', 'Steepest up').press('Enter');
    await expect.poll(() => check()).toBeCloseTo(local.steepest, 6);
    await on.button('dial', 'Level').press('Enter');
    expect(Math.abs(await check())).toBeLessThan(1e-3 * local.steepest);
    const arrow = on.page().locator('#dial [data-line=gradient]');
    expect(Math.abs((await drawnAngle(arrow)) - local.bearing)).toBeLessThan(0.5);
  });

  test('nudges and code show the engine’s numbers', async () => {
    await on.visit(`${LESSON}?f=x^2*y&x=1&y=2&angle=60`);
    await on.see('nudges', 'code');
    const surface = surfaceOf('x^2*y');
    const rows = nudges(surface, localAt(surface, 1, 2));
    await expect.poll(() => on.value('nudges', 'along-x').allInnerTexts()).toEqual(rows.map((r) => show(r.alongX, 7)));
    await expect.poll(() => on.value('nudges', 'along-y').allInnerTexts()).toEqual(rows.map((r) => show(r.alongY, 7)));
    const state = { f: 'x^2*y', x: 1, y: 2, angle: 60 };
    expect((await on.page().locator('#code code').first().innerText()).trim()).toBe(codeFor(state).trim());
    expect((await on.page().locator('#code .printed').innerText()).trim()).toBe(printed(surface, state));
  });
});

describe('the loss of a line', () => {
  test('loss against weight, by pointer and by keyboard', async () => {
    await on.visit(`${LESSON}?w=0`);
    await on.see('loss');
    const check = async (): Promise<void> => {
      const fit = fitAt({ w: await now(on.slider('loss', 'Weight w')), b: 0, targets: TARGETS });
      await expect.poll(() => on.read('loss', 'loss')).toBe(show(fit.loss));
      await expect.poll(() => on.read('loss', 'slope')).toBe(show(fit.gradient[0]));
    };
    await check();
    expect([await on.read('loss', 'loss'), await on.read('loss', 'slope')]).toEqual(['44', '−44']);
    await on.drag(on.slider('loss', 'Weight w'), 80, 0);
    await expect.poll(() => now(on.slider('loss', 'Weight w'))).toBeGreaterThan(0.4);
    await check();
    await on.slider('loss', 'Weight w').focus();
    await on.page().keyboard.press('Shift+ArrowRight');
    await check();
    await expect.poll(() => on.read('loss', 'best')).toBe('2');
  });

  test('the bowl beside its data: pair and points move, and the numbers follow', async () => {
    await on.visit(`${LESSON}?w=0`);
    await on.see('bowl');
    const targets = (): Promise<number[]> =>
      Promise.all(INPUTS.map((x) => now(on.slider('bowl', `Target at x = ${x}`))));
    const check = async (): Promise<void> => {
      const state = {
        w: await now(on.page().locator('#bowl').getByRole('slider', { name: 'w', exact: true })),
        b: await now(on.page().locator('#bowl').getByRole('slider', { name: 'b', exact: true })),
        targets: await targets(),
      };
      const fit = fitAt(state);
      await expect.poll(() => on.read('bowl', 'loss')).toBe(show(fit.loss));
      await expect.poll(() => on.read('bowl', 'dw')).toBe(show(fit.gradient[0]));
      await expect.poll(() => on.read('bowl', 'db')).toBe(show(fit.gradient[1]));
    };
    await check();
    expect([await on.read('bowl', 'dw'), await on.read('bowl', 'db')]).toEqual(['−44', '−12']);
    await on.drag(on.slider('bowl', 'Weight and bias'), 70, -50);
    await check();
    await on.slider('bowl', 'Weight and bias').focus();
    await on.page().keyboard.press('Shift+ArrowDown');
    await check();
    await on.drag(on.slider('bowl', 'Target at x = 3'), 0, -60);
    expect((await targets())[2]).toBeGreaterThan(6);
    await check();
    await on.slider('bowl', 'Target at x = 5').focus();
    await on.page().keyboard.press('PageDown');
    expect((await targets())[4]).toBe(9);
    await check();
    await on.button('bowl', 'Surprise me').click();
    await expect.poll(() => targets()).toEqual(surpriseFit(7).targets);
    await check();
    for (let i = 0; i < 25 && (await on.button('bowl', 'A quarter of the way').isEnabled()); i++) {
      await on.button('bowl', 'A quarter of the way').click();
    }
    await check();
  });
});

test('where the gradient promises too much: each case, by keyboard', async () => {
  await on.visit(LESSON);
  await on.see('limits');
  for (const [i, { f }] of SUSPECTS.entries()) {
    await on.page().locator('#limits .controls button').nth(i).press('Enter');
    const { rows, holds } = checkOrigin(f);
    await expect
      .poll(() => on.value('limits', 'quotient').allInnerTexts())
      .toEqual(rows.flatMap((r) => r.quotients.map((q) => show(q))));
    await expect
      .poll(() => on.page().locator('#limits .summary').innerText())
      .toContain(holds ? 'it tells the slope' : 'not differentiable');
  }
  await on.page().locator('#limits summary').press('Enter');
  await expect.poll(() => on.value('limits', 'xy').last().innerText()).toBe(show(mixedPartials(MIXED, 1e-6)[0]));
  await expect.poll(() => on.value('limits', 'yx').last().innerText()).toBe('1');
});

testPage(on, LESSON);
