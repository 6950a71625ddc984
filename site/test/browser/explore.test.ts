import { expect, test } from 'vitest';
import {
  coefficientsAt,
  curvaturesAt,
  descendCurve,
  descendSurface,
  KINDS,
  readExplored,
} from '../../models/explore.ts';
import { show } from '../../models/numbers.ts';
import { driver, now, testPage } from './driver.ts';

const lab = driver();
const PAGE = 'explore.html';
const ID = 'explore-tool';

test('a curve: dragged, nudged and typed, its numbers are the engine’s', async () => {
  await lab.visit(`${PAGE}?f=x%5E3-2x&x=1&order=2&rate=0.05&steps=4`);
  const read = readExplored('x^3-2x');
  if (!read.ok || read.kind !== 'curve') throw new Error('not read');
  const point = lab.slider(ID, 'Point x');
  const expectPoint = async (): Promise<void> => {
    const x = await now(point);
    await expect.poll(() => lab.read(ID, 'value')).toBe(show(read.curve.at(x)));
    await expect.poll(() => lab.read(ID, 'slope')).toBe(show(read.curve.slopeAt(x)));
    await expect.poll(() => lab.read(ID, 'curvature')).toBe(show(read.curve.curvatureAt(x)));
    await expect
      .poll(() => lab.read(ID, 'coefficients'))
      .toBe(
        coefficientsAt(read.curve, x, 2)
          .map((c) => show(c, 4))
          .join(', '),
      );
    await expect
      .poll(() => lab.read(ID, 'end'))
      .toBe(show(descendCurve(read.curve, x, 0.05, 4).points.at(-1) as number));
  };
  await expectPoint();
  await lab.drag(point, -120, 0);
  await expect.poll(() => now(point)).toBeLessThan(1);
  await expectPoint();
  await point.focus();
  await lab.page().keyboard.press('Shift+ArrowRight');
  await expectPoint();
  await expect.poll(() => lab.address()).toMatch(/[?&]x=/);
});

test('a surface: gradient, Hessian, kind of the point, descent', async () => {
  await lab.visit(`${PAGE}?f=x%5E2-y%5E2&x=0&y=0&rate=0.1&steps=30`);
  const read = readExplored('x^2-y^2');
  if (!read.ok || read.kind !== 'surface') throw new Error('not read');
  await expect.poll(() => lab.read(ID, 'kind')).toBe(KINDS.saddle);
  await expect.poll(() => lab.read(ID, 'eigenvalues')).toBe('−2, 2');
  await expect.poll(() => lab.read(ID, 'hessian')).toBe('2, 0 ; 0, −2');
  const point = lab.slider(ID, 'Point on the map');
  await point.focus();
  await lab.page().keyboard.press('ArrowUp');
  await expect.poll(() => lab.read(ID, 'kind')).toBe(KINDS.slope);
  const end = descendSurface(read.surface, [0, 0.05], 0.1, 30).points.at(-1) as readonly [number, number];
  await expect.poll(() => lab.read(ID, 'end')).toBe(end.map((v) => show(v)).join(', '));
  await expect
    .poll(() => lab.read(ID, 'stable'))
    .toBe(show(curvaturesAt(read.surface, 0, 0.05)?.stableRate ?? Number.NaN, 4));
  await lab.drag(point, 60, -40);
  await expect.poll(() => now(point)).toBeGreaterThan(0);
});

test('hostile formulas leave the page as it was', async () => {
  await lab.visit(PAGE);
  const field = lab.page().locator(`#${ID}`).getByRole('textbox').first();
  const faults = () => lab.page().locator(`#${ID} .fault`).count();
  const own = await field.inputValue();
  const before = await lab.read(ID, 'value');
  for (const text of ['constructor(x)', 'x.__proto__', 'x'.repeat(100_000), 'fetch("https://example.org")']) {
    await field.fill(text);
    await expect.poll(faults, { message: text.slice(0, 20) }).toBe(1);
    expect(await lab.read(ID, 'value')).toBe(before);
    await field.fill(own);
    await expect.poll(faults).toBe(0);
  }
});

testPage(lab, PAGE);
