import { describe, expect, test } from 'vitest';
import { writeCode } from '../../playground/link.ts';
import { driver, expectSound, PATIENCE, testPage } from './driver.ts';

// What the sandbox refuses, the browser complains of.
const lab = driver({ expected: /Content Security Policy|Refused to|violates|blocked by/ });
const PAGE = 'playground.html';

const state = (): Promise<string | null> => lab.page().locator('#workbench').getAttribute('data-state');
const said = (): Promise<string[]> => lab.page().locator('#workbench .said').allInnerTexts();
const fault = (): Promise<string> => lab.page().locator('#workbench .fault').innerText();

const editor = () => lab.page().locator('#workbench .cm-content');
/** Until the engine has told the page its names, what is typed is neither checked nor completed. */
const expectNames = (): Promise<void> =>
  expect
    .poll(async () => Number(await lab.page().locator('#workbench').getAttribute('data-names')), { timeout: PATIENCE })
    .toBeGreaterThan(0);

async function run(): Promise<void> {
  await lab.page().getByRole('button', { name: 'Run', exact: true }).click();
  await expect.poll(state, { timeout: PATIENCE }).toBe('done');
}
/** Opens the page with a program in its link and runs it to the end. */
async function runCode(code: string): Promise<void> {
  await lab.visit(`${PAGE}${writeCode(code)}`);
  await run();
}
/** The same on the page that is open. */
async function runNext(code: string): Promise<void> {
  await lab.page().evaluate((hash) => {
    location.hash = hash;
  }, writeCode(code));
  await expect.poll(() => editor().innerText()).toContain(code.split('\n').at(-1));
  await run();
}

describe('a program runs', () => {
  test('operators differentiate, imports and types are understood, the last value is shown', async () => {
    await runCode(`import { grad, tensor } from 'downhill';
import * as optimize from 'downhill/optimize';
interface Point { readonly x: number }
const f = (p: Point): number => p.x > 0 ? p.x ** 3 : -p.x;
console.log(grad((x: number) => f({ x }))(2), typeof optimize.minimize);
const gradient = grad((w: any): any => ((w - 1) ** 2).sum())(tensor([1, 3]));
gradient`);
    await expect.poll(() => said()).toEqual(['12 function', 'tensor([0, 4], float64)']);
  });

  test('plots, contours, surfaces, tables, formulas and graphs', async () => {
    await runCode(`const sine = (x: number) => Math.sin(x);
plot([-3, 3], { sine, cosine: (x: number) => Math.cos(x) }, { title: 'Waves' });
lossCurve([8, 4, 2, 1]);
contour((x: number, y: number) => x * x + y * y, { path: [[2, 2], [0, 0]] });
surface((x: number, y: number) => x * x - y * y);
table([{ a: 1, b: 'x' }, { a: 2, b: 'y' }]);
tex('x^2/2');
graph((x: number) => Math.sin(x) * x, 1);`);
    const page = lab.page();
    await expect.poll(() => page.locator('#workbench .fault').count()).toBe(0);
    await expect.poll(() => page.locator('#workbench figure.drawn').count()).toBe(5);
    await expect.poll(() => page.locator('#workbench figure').first().locator('path.stroke').count()).toBe(2);
    await expect.poll(() => page.locator('#workbench tbody tr').allInnerTexts()).toEqual(['1\tx', '2\ty']);
    await expect.poll(() => page.locator('#workbench .katex').count()).toBe(1);
    await expectSound(lab.page());
  });

  test('errors name the line, in the output and in the editor', async () => {
    await runCode(`const a = 1;\nconst f = () => {\n  throw new Error('here');\n};\nf();`);
    await expect.poll(() => fault()).toBe('Line 3: Error: here');
    await expect.poll(() => lab.page().locator('.cm-lint-marker-error').count()).toBe(1);
    await runNext('const a = 1;\nconst b = = 2;');
    await expect.poll(() => fault()).toMatch(/^Line 2: /);
    await runNext(`import { grad } from 'downhill';\nimport fs from 'node:fs';`);
    await expect.poll(() => fault()).toContain('Line 2: there is no module "node:fs" here');
    await runNext(`import { grad } from 'downhill';\nconst g = grad((x: number): any => 'text');\n\ng(1);`);
    await expect.poll(() => fault()).toMatch(/^Line [24]: /);
  });

  test('what is typed is marked while it is typed, and stays in the link', async () => {
    await lab.visit(`${PAGE}${writeCode('1 + 1;')}`);
    await expectNames();
    await editor().click();
    await lab.page().keyboard.press('Control+A');
    await lab.page().keyboard.type('const x = = 3;');
    await expect.poll(() => lab.page().locator('.cm-lintRange-error').count(), { timeout: PATIENCE }).toBe(1);
    await lab.page().keyboard.press('Control+A');
    await lab.page().keyboard.type('40 + 2');
    await lab.page().keyboard.press('Control+Enter');
    await expect.poll(said, { timeout: PATIENCE }).toEqual(['42']);
    await expect.poll(() => lab.page().url()).toContain(writeCode('40 + 2'));
    await lab.reload();
    await expect.poll(() => editor().innerText()).toBe('40 + 2');
  });

  test('a name of Downhill is completed and imported', async () => {
    await lab.visit(`${PAGE}${writeCode('')}`);
    await expectNames();
    await editor().click();
    await lab.page().keyboard.type('valueAndG');
    await expect
      .poll(() => lab.page().locator('.cm-tooltip-autocomplete li').first().innerText(), { timeout: PATIENCE })
      .toContain('valueAndGrad');
    // For its first 75 ms a list does not take the key, by the editor's own clock.
    await lab.page().waitForTimeout(300);
    await lab.page().keyboard.press('Enter');
    await expect
      .poll(() => lab.page().locator('.cm-content').innerText())
      .toContain("import { valueAndGrad } from 'downhill';");
  });
});

describe('a program cannot', () => {
  test('run for ever', async () => {
    await lab.visit(`${PAGE}${writeCode("console.log('begun');\nfor (;;) {}")}`);
    await lab.page().getByRole('button', { name: 'Run', exact: true }).click();
    await expect.poll(said, { timeout: PATIENCE }).toEqual(['begun']);
    await lab.page().getByRole('button', { name: 'Stop' }).click();
    await expect.poll(fault).toBe('stopped by you');
    await lab.page().getByRole('button', { name: 'Run', exact: true }).click();
    await expect.poll(fault, { timeout: PATIENCE }).toBe('stopped after 10 seconds: the program had not ended');
    await lab.page().getByLabel('Start from').selectOption('table');
    await lab.page().getByRole('button', { name: 'Run', exact: true }).click();
    await expect.poll(() => lab.page().locator('#workbench tbody tr').count(), { timeout: PATIENCE }).toBe(4);
  });

  test('reach the network, storage or the page', async () => {
    await runCode(
      `const tries: Record<string, () => unknown> = {
  fetch: () => fetch('https://example.org/'),
  own: () => fetch('index.html'),
  script: () => importScripts('https://example.org/x.js'),
  module: () => import('data:text/javascript,export default 1'),
  socket: () => new Promise((_, no) => { const s = new WebSocket('wss://example.org/'); s.onerror = () => no(new Error('refused')); }),
  storage: () => new Promise((yes, no) => { const r = indexedDB.open('x'); r.onsuccess = yes; r.onerror = () => no(r.error); }),
  caches: () => caches.open('x'),
  local: () => localStorage.setItem('a', 'b'),
  parent: () => (globalThis as any).parent.location.assign('https://example.org/'),
  document: () => document.body,
};
for (const [name, attempt] of Object.entries(tries)) {
  try {
    await attempt();
    console.log(name, 'succeeded');
  } catch (error) {
    console.log(name, 'refused');
  }
}`,
    );
    const answers = await said();
    expect(answers).toHaveLength(10);
    expect(answers.filter((answer) => !answer.endsWith('refused'))).toEqual([]);
    expect(lab.page().url()).toContain('/playground.html');
  });

  test('run merely because a link was opened, nor write markup', async () => {
    await lab.visit(`${PAGE}${writeCode("console.log('<img src=x onerror=alert(1)>');\ntable([{ a: '<b>x</b>' }]);")}`);
    // All that opening the page starts is done.
    await expectNames();
    await expect.poll(() => state()).toBe('idle');
    await lab.page().getByRole('button', { name: 'Run', exact: true }).click();
    await expect.poll(state, { timeout: PATIENCE }).toBe('done');
    await expect.poll(() => said()).toEqual(['<img src=x onerror=alert(1)>']);
    await expect.poll(() => lab.page().locator('#workbench .outputs img, #workbench .outputs b').count()).toBe(0);
  });

  test('break the page by a forged link', async () => {
    const notice = () => lab.page().locator('#workbench .notice').count();
    await lab.visit(`${PAGE}#code=${'A'.repeat(200_000)}`);
    await expect.poll(notice).toBe(1);
    await lab.visit(`${PAGE}#code=***`);
    await expect.poll(notice).toBe(1);
    await run();
  });
});

test('the first program runs by itself', async () => {
  await lab.visit(PAGE, 390);
  await expect.poll(state, { timeout: PATIENCE }).toBe('done');
  await expect.poll(() => lab.page().locator('#workbench .fault').count()).toBe(0);
  await expect.poll(() => lab.page().locator('#workbench figure').count()).toBe(2);
});

testPage(lab, PAGE);
