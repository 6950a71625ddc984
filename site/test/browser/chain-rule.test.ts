import { describe, expect, test } from 'vitest';
import {
  chainOf,
  codeFor,
  describeSweep,
  graphOf,
  initialPoint,
  printed,
  readSource,
  type Source,
  surprise,
  sweepAt,
  written,
} from '../../models/chain-rule.ts';
import { CLAIMS, checkManual } from '../../models/chain-rule-check.ts';
import { heldFixed, throughDepth, updateInPlace } from '../../models/chain-rule-limits.ts';
import { LINES, neuronAt, surpriseNeuron } from '../../models/chain-rule-neuron.ts';
import { show } from '../../models/numbers.ts';
import { driver, now, PATIENCE, testPage } from './driver.ts';

const LESSON = 'lessons/chain-rule.html';
const on = driver();
const sourceOf = (text: string): Source => {
  const read = readSource(text);
  if (!read.ok) throw new Error(read.message);
  return read.source;
};

describe('the chain', () => {
  const expectChain = async (g: string): Promise<void> => {
    await expect
      .poll(async () => {
        const [x, h] = [await now(on.slider('chain', 'Place x')), await now(on.slider('chain', 'Nudge'))];
        const last = chainOf(sourceOf(g), x, h)!.at(-1)!;
        return [
          (await on.read('chain', 'product')) === show(last.soFar),
          (await on.read('chain', 'ratio')) === (h === 0 ? '0/0' : show((last.moved - last.value) / h)),
        ];
      })
      .toEqual([true, true]);
  };

  test('by pointer: place and nudge', async () => {
    await on.visit(LESSON);
    await expectChain('sin(e^(x^2))');
    await on.drag(on.slider('chain', 'Place x'), -150, 0);
    await expect.poll(() => now(on.slider('chain', 'Place x'))).toBeLessThan(0);
    await expectChain('sin(e^(x^2))');
    await on.drag(on.slider('chain', 'Nudge'), 60, 0);
    await expect.poll(() => now(on.slider('chain', 'Nudge'))).toBeGreaterThan(0.2);
    await expectChain('sin(e^(x^2))');
    await on.button('chain', 'Halve the nudge').click();
    await expectChain('sin(e^(x^2))');
  });

  test('by keyboard, with a formula typed, and the link restores it; what branches is refused', async () => {
    await on.visit(LESSON);
    await on.page().locator('#chain').getByRole('textbox').fill('log(1 + x^2)');
    await on.slider('chain', 'Place x').focus();
    await on.page().keyboard.press('Shift+ArrowRight');
    await expect.poll(() => now(on.slider('chain', 'Place x'))).toBe(1);
    await on.slider('chain', 'Nudge').focus();
    await on.page().keyboard.press('ArrowLeft');
    await expectChain('log(1 + x^2)');
    await on.page().locator('#chain').getByRole('textbox').fill('x*sin(x)');
    await expect.poll(() => on.page().locator('#chain .fault').innerText()).toContain('branches');
    await expectChain('log(1 + x^2)');
    await expect.poll(() => on.address()).toMatch(/g=log%281\+%2B\+x%5E2%29&u=1/);
    const link = on.address();
    await on.go(link);
    await expect.poll(() => now(on.slider('chain', 'Place x'))).toBe(1);
    await expectChain('log(1 + x^2)');
  });
});

describe('the computation graph', () => {
  /** Values, partials and adjoints on the picture are those of the engine after as many steps. */
  const expectGraph = async (f: string, values: Record<string, number>): Promise<void> => {
    const graph = graphOf(sourceOf(f), { ...initialPoint(sourceOf(f).variables), ...values });
    const sweep = sweepAt(graph, Number(await on.read('graph', 'step')));
    await expect.poll(() => on.read('graph', 'total')).toBe(String(sweep.total));
    for (const node of graph.nodes) {
      const box = on.page().locator(`#graph [data-node="${node.name}"]`);
      const value = box.locator('[data-value=value]');
      await expect.poll(() => value.allTextContents()).toEqual(sweep.known.has(node.id) ? [show(node.value, 4)] : []);
      const gathered = sweep.gathered.get(node.id);
      const adjoint = (await box.locator('[data-value=adjoint]').allTextContents()).map((t) => t.trim());
      const mark = sweep.complete.has(node.id) ? '∂ ' : '∂ … ';
      expect(adjoint).toEqual(gathered === undefined ? [] : [`${mark}${show(gathered, 4)}`]);
    }
    const partials = (await on.page().locator('#graph [data-value=partial]').allTextContents()).map((t) => t.trim());
    expect(partials).toEqual(sweep.step > sweep.forward ? graph.edges.map((e) => show(e.partial, 3)) : []);
    await expect
      .poll(() => on.page().locator('#graph .summary').innerText())
      .toBe(written(describeSweep(graph, sweep, (v) => show(v, 4))).replace(/ +/g, ' '));
  };

  test('forwards and back, step by step with the pointer', async () => {
    await on.visit(`${LESSON}?f=x*y+%2B+sin(x)&at=x:1,y:2`);
    await on.see('graph');
    const steps = sweepAt(graphOf(sourceOf('x*y + sin(x)'), { x: 1, y: 2 }), 0).total;
    await expectGraph('x*y + sin(x)', { x: 1, y: 2 });
    for (let k = 0; k < steps; k++) {
      await on.button('graph', 'Step').click();
      await expectGraph('x*y + sin(x)', { x: 1, y: 2 });
    }
    await expect.poll(() => on.button('graph', 'Step').isDisabled()).toBe(true);
    await expect.poll(() => on.read('graph', 'd-x')).toBe(show(2 + Math.cos(1)));
    await expect.poll(() => on.read('graph', 'd-y')).toBe('1');
    // An arrow of the list in words for each box of the picture.
    await expect.poll(() => on.page().locator('#graph li').count()).toBe(5);
  });

  test('by keyboard: a formula of one’s own, its values, its link', async () => {
    await on.visit(LESSON);
    await on.see('graph');
    const input = on.page().locator('#graph').getByRole('textbox');
    await input.fill('(2x + 1)^2');
    await on.slider('graph', 'x').focus();
    for (let i = 0; i < 2; i++) await on.page().keyboard.press('Shift+ArrowRight');
    await expect.poll(() => now(on.slider('graph', 'x'))).toBe(3);
    await on.button('graph', 'All adjoints').press('Enter');
    await expectGraph('(2x + 1)^2', { x: 3 });
    await expect.poll(() => on.read('graph', 'd-x')).toBe('28');
    await on.button('graph', 'Back').press('Enter');
    await expectGraph('(2x + 1)^2', { x: 3 });
    await input.fill('(2x + 1');
    await expect.poll(() => on.page().locator('#graph .fault').count()).toBe(1);
    await expectGraph('(2x + 1)^2', { x: 3 });
    await expect.poll(() => on.address()).toMatch(/at=x%3A3&step=6/);
    const link = on.address();
    await on.go(link);
    await on.see('graph');
    await expectGraph('(2x + 1)^2', { x: 3 });
    await on.button('graph', 'Surprise me').click();
    const next = surprise(1);
    await expectGraph(next.f, { ...next.at });
  });

  test('a forged link is put aside; the code prints what the page says', async () => {
    await on.visit(`${LESSON}?f=alert(1)&at=__proto__:1&step=1e9&g=x*y&by=[]&m=&w1=x`);
    await on.see('graph', 'code');
    await expectGraph('(w*x + b - y)^2', {});
    const source = sourceOf('(w*x + b - y)^2');
    const point = initialPoint(source.variables);
    expect((await on.page().locator('#code code').first().innerText()).trim()).toBe(codeFor(source, point).trim());
    expect((await on.page().locator('#code .printed').innerText()).trim()).toBe(printed(source, point));
  });

  test('on a phone the graph stands upright', async () => {
    await on.visit(LESSON, 390);
    await on.see('graph');
    const middle = async (name: string): Promise<number> => {
      const box = (await on.page().locator(`#graph [data-node="${name}"]`).boundingBox())!;
      return box.y + box.height / 2;
    };
    await expect.poll(() => middle('v4')).toBeLessThan(await middle('v1'));
    await on.button('graph', 'Step').click();
    await expectGraph('(w*x + b - y)^2', {});
  });
});

describe('the neuron', () => {
  test('shows the engine’s numbers, by hand and automatically; each line is checked', async () => {
    await on.visit(LESSON);
    await on.see('neuron');
    const reference = { w1: 0.5, w2: -0.3, b: 0.1, x1: 2, x2: 3, y: 1 };
    const check = async (state: typeof reference): Promise<void> => {
      const n = neuronAt(state);
      await expect.poll(() => on.read('neuron', 'z')).toBe(show(n.z));
      await expect.poll(() => on.read('neuron', 'p')).toBe(show(n.p));
      await expect.poll(() => on.read('neuron', 'loss')).toBe(show(n.loss));
      await expect
        .poll(() => on.value('neuron', 'by-hand').allInnerTexts())
        .toEqual(n.rows.map((r) => show(r.byHand, 10)));
      await expect
        .poll(() => on.value('neuron', 'automatic').allInnerTexts())
        .toEqual(n.rows.map((r) => show(r.automatic, 10)));
      await expect
        .poll(() => on.value('neuron', 'measured').allInnerTexts())
        .toEqual(n.rows.map((r) => show(r.measured, 10)));
    };
    await check(reference);
    await expect.poll(() => on.read('neuron', 'p')).toBe('0.54983');
    await on.slider('neuron', 'w₁').focus();
    await on.page().keyboard.press('Shift+ArrowRight');
    await check({ ...reference, w1: 1 });
    await on.drag(on.slider('neuron', 'target y'), -120, 0);
    await check({ ...reference, w1: 1, y: await now(on.slider('neuron', 'target y')) });
    await on.button('neuron', 'Next line').press('Enter');
    await expect.poll(() => on.value('neuron', 'line-sigmoid').count()).toBe(1);
    await on.button('neuron', 'Check each line').press('Enter');
    for (const { id } of LINES) {
      await expect.poll(() => on.read('neuron', `verdict-${id}`), { timeout: PATIENCE }).toBe('✓ same function');
    }
    await on.button('neuron', 'Surprise me').click();
    await check(surpriseNeuron(1) as typeof reference);
    await on.page().locator('#neuron summary').press('Enter');
    await expect.poll(() => on.value('neuron', 'stable').allInnerTexts()).toContain('800');
  });
});

describe('manual against automatic', () => {
  test('right and wrong claims, written and chosen', async () => {
    await on.visit(LESSON);
    await on.see('manual', 'evidence');
    const source = sourceOf('(w*x + b - 1)^2');
    const field = (name: string) => on.page().locator('#manual').getByLabel(`∂f/∂${name} =`);
    const said = (): Promise<string[]> => on.page().locator('#manual .said').allInnerTexts();
    await expect.poll(said).toEqual(['✓ right', '✓ right', 'not written yet']);
    await field('x').fill('2*w*(w*x + b - 1)');
    await expect.poll(said).toEqual(['✓ right', '✓ right', '✓ right']);
    await expect.poll(() => on.page().locator('#manual .summary').innerText()).toContain('the same gradient');
    await field('w').fill('2*(w*x');
    await expect.poll(async () => (await said())[1]).toContain('position');
    for (const { name, by } of CLAIMS) {
      await on.button('manual', name).press('Enter');
      const rows = checkManual(source, {}, by);
      await expect.poll(said).toEqual(rows.map((r) => (r.isRight ? '✓ right' : `✗ ${r.message.replace(/ +/g, ' ')}`)));
      await expect
        .poll(() => on.value('manual', 'automatic').allInnerTexts())
        .toEqual(rows.map((r) => show(r.automatic, 8)));
      await expect
        .poll(() => on.value('manual', 'by-hand').allInnerTexts())
        .toEqual(rows.map((r) => (r.byHand === undefined ? '—' : show(r.byHand, 8))));
    }
    await on.slider('manual', 'Value of x').focus();
    await on.page().keyboard.press('Shift+ArrowRight');
    const moved = checkManual(source, { x: 2.5 }, CLAIMS.at(-1)!.by);
    await expect
      .poll(() => on.value('manual', 'automatic').allInnerTexts())
      .toEqual(moved.map((r) => show(r.automatic, 8)));
    await expect.poll(() => on.page().locator('#evidence').innerText()).toContain('f(b, w, x) = (w·x + b − 1)²');
  });
});

test('three ways to break the chain', async () => {
  await on.visit(LESSON);
  await on.see('broken');
  const { w1, spoiled } = updateInPlace();
  await expect.poll(() => on.read('broken', 'w1')).toBe(show(w1));
  await expect.poll(() => on.read('broken', 'spoiled')).toBe(`${show(spoiled)} ✗`);
  await on.slider('broken', 'Learning rate').focus();
  await on.page().keyboard.press('ArrowLeft');
  await expect.poll(() => on.read('broken', 'spoiled')).toBe(`${show(updateInPlace(0.45).spoiled)} ✗`);
  await on.button('broken', 'held fixed').press('Enter');
  await expect.poll(() => on.read('broken', 'product')).toBe(`${show(heldFixed().product)} ✗`);
  await expect.poll(() => on.read('broken', 'truth')).toBe(show(heldFixed().truth));
  await on.button('broken', 'many layers').click();
  await expect.poll(() => on.read('broken', 'slope')).toBe(show(throughDepth('sigmoid', 1, 30).at(-1)!.slope));
  await on.button('broken', 'linear').click();
  await on.slider('broken', 'Weight of each layer').focus();
  await on.page().keyboard.press('Shift+ArrowRight');
  await expect.poll(() => on.read('broken', 'slope')).toBe(show(throughDepth('linear', 1.5, 30).at(-1)!.slope));
});

testPage(on, LESSON);
