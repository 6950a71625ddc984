import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { verifyCard } from 'downhill/evidence';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { frameOf } from '../../components/kit/scales.ts';
import { readCurve, spread, viewOf } from '../../models/curve.ts';
import { CARDS } from '../../models/evidence/specs.ts';
import { MAX_FILE, type Progress } from '../../models/progress.ts';
import { ask } from '../../models/questions/ask.ts';
import { QUESTIONS } from '../../models/questions/registry.ts';
import type { Question } from '../../models/questions/types.ts';
import { driver, faults, now, ready } from './driver.ts';

const HOME = 'index.html';
const LESSON = 'lessons/derivatives.html';
const SEED = 3;
const on = driver();

const check = () => on.page().locator('#check');
const status = () => check().locator('[role=status] .verdict').first();
const verdict = async (): Promise<string> => (await status().getAttribute('class')) ?? '';
const button = (name: string) => check().getByRole('button', { name, exact: true });

/** Clicks a place of the picture, in the numbers of its axes. */
async function clickAt({ picture }: Question, x: number, y?: number): Promise<void> {
  if (picture === undefined || !('f' in picture)) throw new Error('the question has no picture to point at');
  const svg = check().locator('.plot svg').first();
  await svg.scrollIntoViewIfNeeded();
  const box = (await svg.boundingBox())!;
  const read = readCurve(picture.f);
  const values = picture.type === 'curve' && read.ok ? read.curve.sample(spread(...picture.x, 241)) : [];
  const yDomain = picture.y ?? viewOf(values);
  const frame = frameOf({ width: box.width, height: box.height, xDomain: picture.x, yDomain });
  await on.page().mouse.click(box.x + frame.x(x), box.y + frame.y(y ?? (yDomain[0] + yDomain[1]) / 2));
}

/** Presses arrow keys until a handle says what is wanted. */
async function steer(label: string, target: number, keys: readonly [string, string]): Promise<void> {
  const handle = check().getByRole('slider', { name: label });
  await handle.focus();
  for (let i = 0; i < 250; i++) {
    const gap = target - (await now(handle));
    if (Math.abs(gap) < 0.04) return;
    const key = gap > 0 ? keys[0] : keys[1];
    await on.page().keyboard.press(Math.abs(gap) > 0.6 ? `Shift+${key}` : key);
  }
}

type Hand = 'pointer' | 'keyboard';
const submit = async (hand: Hand): Promise<void> => {
  const main = check().locator('button[type=submit]');
  if (hand === 'pointer') return main.click();
  await main.focus();
  await on.page().keyboard.press('Enter');
};

/** Gives an answer, by pointer or by keyboard alone. */
async function give(question: Question, isRight: boolean, hand: Hand): Promise<void> {
  const page = on.page();
  const { answer } = question;
  switch (answer.type) {
    case 'number':
    case 'formula': {
      const right = answer.type === 'number' ? String(answer.value) : answer.expected;
      const field = check().getByRole('textbox');
      await field.fill(isRight ? right : `${right} + 7`);
      if (hand === 'keyboard') return page.keyboard.press('Enter');
      return submit(hand);
    }
    case 'choice': {
      const place = isRight ? answer.right : (answer.right + 1) % answer.options.length;
      if (hand === 'pointer') await check().locator('.choice label').nth(place).click();
      else {
        const radios = check().getByRole('radio');
        await radios.nth(0).focus();
        await page.keyboard.press('Space');
        for (let i = 0; i < place; i++) await page.keyboard.press('ArrowDown');
        await expect.poll(() => radios.nth(place).isChecked()).toBe(true);
      }
      return submit(hand);
    }
    case 'place': {
      const target = (answer.targets[0] as readonly number[]).map((t) => (isRight ? t : t > 0 ? t - 1 : t + 1));
      const [x = 0, y] = target;
      if (hand === 'pointer') await clickAt(question, x, y);
      else {
        await steer(answer.label, x, ['ArrowRight', 'ArrowLeft']);
        // The handle says its x alone; along y it is counted from where it began.
        const up = y === undefined ? 0 : Math.round((y - (await placeShown())) / 0.05);
        for (let i = 0; i < Math.abs(up); i++) await page.keyboard.press(up > 0 ? 'ArrowUp' : 'ArrowDown');
      }
      return submit(hand);
    }
    case 'order': {
      const wanted = isRight ? answer.right : [...answer.right].reverse();
      for (const [place, piece] of wanted.entries()) await bring(answer.pieces[piece] as string, place, hand);
      return submit(hand);
    }
    case 'prediction': {
      const wrong = answer.value > 0 ? answer.value - 1.2 : answer.value + 1.2;
      const value = isRight ? answer.value : wrong;
      if (hand === 'keyboard') await steer(answer.label, value, ['ArrowRight', 'ArrowLeft']);
      else if (answer.sets === 'place') await clickAt(question, value);
      else {
        const { picture } = question;
        const mark = picture?.type === 'curve' ? picture.marks?.[0] : undefined;
        const read = readCurve(picture !== undefined && 'f' in picture ? picture.f : '');
        if (mark === undefined || !read.ok) throw new Error('the question has no mark');
        const dx = (mark.x > 0 ? -1 : 1) / Math.max(1, Math.abs(value));
        await clickAt(question, mark.x + dx, read.curve.at(mark.x) + value * dx);
      }
      return submit(hand);
    }
  }
}
const placeShown = async (): Promise<number> =>
  Number((await check().locator('[data-value=set]').innerText()).replaceAll('−', '-').replace(/^.*y = /, ''));

/** Brings a piece to its place in the list. */
async function bring(piece: string, place: number, hand: Hand): Promise<void> {
  const pieces = check().locator('.order .piece');
  const texts = (await pieces.allInnerTexts()).map((t) => t.trim());
  const from = texts.indexOf(piece);
  if (from === place) return;
  if (hand === 'keyboard') {
    await pieces.nth(from).focus();
    for (let i = from; i > place; i--) await on.page().keyboard.press('ArrowUp');
    return;
  }
  await pieces.nth(place).scrollIntoViewIfNeeded();
  const middle = async (i: number): Promise<[number, number]> => {
    const box = (await pieces.nth(i).boundingBox())!;
    return [box.x + box.width / 2, box.y + box.height / 2];
  };
  await on.page().mouse.move(...(await middle(from)));
  await on.page().mouse.down();
  for (let i = from - 1; i >= place; i--) await on.page().mouse.move(...(await middle(i)));
  await on.page().mouse.up();
}

/** Every lesson that is written. */
const lessons = Object.keys(QUESTIONS).filter((name) =>
  existsSync(fileURLToPath(new URL(`../../lessons/${name}.md`, import.meta.url))),
);

/** Each question has a wrong answer by one hand and a right one by the other; lessons and kinds take turns. */
describe('a wrong and a right answer to each kind', () => {
  test.each(lessons.map((lesson, i) => [lesson, i % 2 === 0 ? 1280 : 390] as const))(
    '%s, at %i px',
    async (lesson, width) => {
      const { kinds } = (await QUESTIONS[lesson]!.load()).default;
      await on.visit(`lessons/${lesson}.html?question=${kinds[0]!.id}&seed=${SEED}`, width);
      await on.see('check');
      let seed = SEED;
      for (const [i, kind] of kinds.entries()) {
        const [first, second]: readonly Hand[] = i % 2 === 0 ? ['pointer', 'keyboard'] : ['keyboard', 'pointer'];
        await check().locator('.kinds button', { hasText: kind.name }).first().click();
        const question = ask(lesson, kind, seed);
        await expect.poll(() => check().locator('.prompt').innerText()).toBe(question.prompt);
        await give(question, false, first!);
        await expect
          .poll(async () => `${kind.id}: ${await verdict()}, ${await status().innerText()}`)
          .toContain('wrong');
        if (question.answer.type === 'prediction') {
          // One attempt: the truth is drawn now, and only a fresh question counts.
          await expect.poll(() => check().locator('[data-value=truth]').count()).toBeGreaterThan(0);
          await expect.poll(() => check().locator('button[type=submit]').isDisabled()).toBe(true);
          await button('Skip, a fresh one').click();
          seed += 1;
          const fresh = ask(lesson, kind, seed);
          await expect.poll(() => check().locator('.prompt').innerText()).toBe(fresh.prompt);
          await give(fresh, true, second!);
        } else await give(question, true, second!);
        await expect
          .poll(async () => `${kind.id}: ${await verdict()}, ${await status().innerText()}`)
          .toContain('right');
        await expect.poll(() => check().locator('.kinds button[aria-pressed=true]').innerText()).toContain('✓');
      }
      await expect.poll(() => check().innerText()).toContain('counts as known');
      if (lesson !== lessons[0]) return;
      await on.reload();
      await on.see('check');
      await expect.poll(() => check().innerText()).toContain('counts as known');
      await on.go(`../${HOME}`);
      await expect
        .poll(() => on.page().locator(`#roadmap a.known[href*="${lesson}"]`).count(), { message: 'known on the map' })
        .toBeGreaterThan(0);
    },
  );
});

describe('nobody is stuck', () => {
  test('hints come one by one, the solution is shown and does not count, a fresh one is another', async () => {
    await on.visit(`${LESSON}?question=slope&seed=${SEED}`);
    await on.see('check');
    const { kinds } = (await QUESTIONS.derivatives!.load()).default;
    const question = ask('derivatives', kinds[0]!, SEED);
    await button('Hint').click();
    await expect.poll(() => check().locator('.hints li').count()).toBe(1);
    await button('Another hint').click();
    await expect.poll(() => check().locator('.hints li').allInnerTexts()).toEqual(question.hints);
    await button('Show the solution').click();
    await expect.poll(() => check().locator('.solution li').allInnerTexts()).toEqual(question.solution);
    await give(question, true, 'pointer');
    await expect.poll(verdict).toContain('right');
    await expect.poll(() => check().locator('.kinds button[aria-pressed=true]').innerText()).not.toContain('✓');
    await button('Another one').click();
    await expect.poll(() => on.address()).toContain(`seed=${SEED + 1}`);
    await expect.poll(() => check().locator('.hints, .solution, .verdict').count()).toBe(0);
  });

  test('a link brings a question back; one that was forged leads to an ordinary page', async () => {
    await on.visit(`${LESSON}?question=order&seed=41`);
    await on.see('check');
    const prompt = await check().locator('.prompt').innerText();
    const link = on.address();
    await on.visit(LESSON);
    await on.go(link);
    await on.see('check');
    await expect.poll(() => check().locator('.prompt').innerText()).toBe(prompt);
    // Which links are forged, the tests of the models say.
    await on.go(`${link.split('?')[0]}?question=<img src=x onerror=alert(1)>&seed=1e99`);
    await on.see('check');
    await expect.poll(() => check().locator('.prompt').innerText()).toContain('What is the slope');
    expect(await check().locator('.prompt img').count()).toBe(0);
  });
});

/** What the browser stores, and putting something there. */
const stored = (page: Page): Promise<unknown> =>
  page.evaluate(
    () =>
      new Promise((resolve) => {
        const opening = indexedDB.open('downhill-lab');
        opening.onsuccess = () => {
          const getting = opening.result.transaction('values').objectStore('values').get('progress');
          getting.onsuccess = () => {
            opening.result.close();
            resolve(getting.result);
          };
        };
      }),
  );
const put = (page: Page, value: unknown): Promise<void> =>
  page.evaluate(
    (v) =>
      new Promise<void>((resolve) => {
        const opening = indexedDB.open('downhill-lab', 1);
        opening.onupgradeneeded = () => void opening.result.createObjectStore('values');
        opening.onsuccess = () => {
          const transaction = opening.result.transaction('values', 'readwrite');
          transaction.objectStore('values').put(v, 'progress');
          transaction.oncomplete = () => {
            opening.result.close();
            resolve();
          };
        };
      }),
    value as never,
  );
const progressStatus = () => on.page().locator('#progress [role=status]');
const upload = (where: string, name: string, content: string): Promise<void> =>
  on
    .page()
    .locator(`${where} input[type=file]`)
    .setInputFiles({ name, mimeType: 'application/json', buffer: Buffer.from(content) });
const save = async (name: string): Promise<string> => {
  const waiting = on.page().waitForEvent('download');
  await on.page().getByRole('button', { name, exact: true }).click();
  return (await waiting).path();
};

const one: Progress = {
  format: 'downhill-progress',
  version: 2,
  lessons: { derivatives: { solved: { slope: [7, 9] }, card: null, words: 'mine' } },
};

describe('progress', () => {
  test('is read from what an older Lab stored, and stored anew', async () => {
    await on.visit(HOME);
    const older = {
      derivatives: { solved: { slope: [3], zero: [1], formula: [2] }, kept: true, words: 'an old word' },
    };
    await put(on.page(), { format: 'downhill-progress', version: 1, lessons: older });
    await on.go(LESSON);
    await on.see('check', 'evidence');
    await expect.poll(() => check().locator('.kinds button').first().innerText()).toContain('✓ 1');
    await expect.poll(() => on.page().locator('#words').inputValue()).toBe('an old word');
    await give(ask('derivatives', (await QUESTIONS.derivatives!.load()).default.kinds[0]!, 1), true, 'pointer');
    await expect
      .poll(() => stored(on.page()))
      .toMatchObject({
        version: 2,
        lessons: {
          derivatives: { solved: { slope: [3, 1], zero: [1], formula: [2] }, card: null, words: 'an old word' },
        },
      });
  });

  test('of a newer Lab is left alone, and what cannot be read is put aside', async () => {
    await on.visit(HOME);
    const newer = { format: 'downhill-progress', version: 9, lessons: { all: 'new' } };
    await put(on.page(), newer);
    await on.reload();
    await expect.poll(() => on.page().locator('#progress [role=alert]').innerText()).toContain('newer Lab (version 9)');
    await upload('#progress', 'one.json', JSON.stringify(one));
    await expect.poll(() => progressStatus().innerText()).toContain('was added');
    await expect.poll(() => stored(on.page())).toEqual(newer);

    await put(on.page(), { format: 'scratched' });
    await on.reload();
    await expect.poll(() => on.page().locator('#progress [role=alert]').innerText()).toContain('put aside');
  });

  test('goes into a file and from there into a clean profile; nothing is lost on the way', async () => {
    await on.visit(HOME);
    await upload('#progress', 'one.json', JSON.stringify(one));
    await expect.poll(() => progressStatus().innerText()).toBe('one.json was added to your progress.');
    const file = await readFile(await save('Save as a file'), 'utf8');
    expect(JSON.parse(file)).toEqual(one);

    await on.visit(HOME);
    await expect.poll(() => on.page().locator('#roadmap .node').first().textContent()).toContain('ready to begin');
    await upload('#progress', 'mine.json', file);
    await expect.poll(() => on.page().locator('#roadmap .node').first().textContent()).toContain('begun');
    await on.reload();
    await expect.poll(() => stored(on.page())).toEqual(one);
  });

  test('files that are not ours, forged or huge change nothing', async () => {
    await on.visit(HOME);
    await upload('#progress', 'one.json', JSON.stringify(one));
    await expect.poll(() => stored(on.page())).toEqual(one);
    const forged = JSON.parse(JSON.stringify(one)) as { lessons: Record<string, unknown> };
    forged.lessons.gradient = { solved: { partial: ['x'] }, card: null, words: '' };
    const files: readonly (readonly [string, string, string])[] = [
      ['photo.json', 'ÿØÿà', 'is no JSON file'],
      ['other.json', '{"name":"other"}', 'is not progress saved by the Lab'],
      ['forged.json', JSON.stringify(forged), 'the lesson "gradient" in this file cannot be read'],
      [
        'proto.json',
        '{"format":"downhill-progress","version":2,"lessons":{"__proto__":{"solved":{}}}}',
        'cannot be read',
      ],
      ['newer.json', JSON.stringify({ ...one, version: 3 }), 'saved by a newer Lab'],
      ['huge.json', `"${'x'.repeat(5 * MAX_FILE)}"`, 'is too large'],
      ['deep.json', '['.repeat(100_000), 'is no JSON file'],
    ];
    for (const [name, content, message] of files) {
      await upload('#progress', name, content);
      await expect.poll(() => progressStatus().innerText(), { message: name }).toContain(message);
      await expect.poll(() => progressStatus().innerText()).toContain('Nothing was changed.');
    }
    await expect.poll(() => stored(on.page())).toEqual(one);
  });

  test('two open pages do not undo each other; erasing asks once', async () => {
    await on.visit(`${LESSON}?question=slope&seed=${SEED}`);
    await on.see('check');
    const kinds = (await QUESTIONS.derivatives!.load()).default.kinds;
    const home = await on.page().context().newPage();
    await home.goto(new URL(`../${HOME}`, on.address()).href);
    await ready(home);
    await home
      .locator('#progress input[type=file]')
      .setInputFiles({ name: 'one.json', mimeType: 'application/json', buffer: Buffer.from(JSON.stringify(one)) });
    await expect.poll(() => check().locator('.kinds button').first().innerText()).toContain('✓ 2');
    await give(ask('derivatives', kinds[0]!, SEED), true, 'pointer');
    await expect
      .poll(() => stored(home))
      .toMatchObject({ lessons: { derivatives: { solved: { slope: [7, 9, SEED] } } } });

    await home.getByRole('button', { name: 'Erase', exact: true }).click();
    await expect.poll(() => stored(home)).toMatchObject({ lessons: { derivatives: {} } });
    await home.getByRole('button', { name: 'Erase it all: sure?' }).click();
    await expect.poll(() => stored(home)).toMatchObject({ lessons: {} });
    await expect.poll(() => check().locator('.kinds button').first().innerText()).not.toContain('✓');
    await home.close();
  });
});

const message = () => on.page().locator('#evidence [role=status]');

describe('evidence', () => {
  test('the card of the last experiment: JSON, Markdown and a picture; the file verifies in the engine and on the page', async () => {
    await on.visit(`${LESSON}?f=sin(x)&x=1&h=0.5`);
    await on.see('evidence');
    const words = 'the quotient heads for the slope <b>& stays</b>';
    await on.page().locator('#words').fill(words);
    const card = JSON.parse(await readFile(await save('Save as JSON'), 'utf8')) as Record<string, unknown>;
    expect(verifyCard(card)).toMatchObject({ verdict: 'holds' });
    expect(card).toMatchObject({ lesson: 'derivatives', function: 'sin(x)', words, output: { slope: Math.cos(1) } });

    const markdown = await readFile(await save('Save as Markdown'), 'utf8');
    expect(markdown).toContain('| expected output | f′(x) = cos(x) |');
    expect(markdown).toContain('\\<b\\>\\& stays');

    const picture = await readFile(await save('Save as PNG'));
    expect(picture.subarray(1, 4).toString()).toBe('PNG');
    // Width and height stand in the header: the sheet, twice as fine.
    expect(picture.readUInt32BE(16)).toBe(1800);
    expect(picture.readUInt32BE(20)).toBeGreaterThan(1000);
    await expect.poll(() => coloursOf(on.page(), picture)).toBeGreaterThan(20);

    await upload('#evidence', 'mine.json', JSON.stringify(card));
    await expect.poll(() => message().innerText()).toMatch(/^mine\.json holds: the engine finds all \d+ numbers/);
    await upload('#evidence', 'forged.json', JSON.stringify({ ...card, expected: { 'f′(x)': 'sin(x)' } }));
    await expect
      .poll(() => message().innerText())
      .toBe('forged.json is false. expected: f′(x): the card says sin(x), the engine cos(x).');
    await upload('#evidence', 'other.json', 'no JSON');
    await expect.poll(() => message().innerText()).toContain('is no JSON file');
    await upload('#evidence', 'strange.json', JSON.stringify({ ...card, function: 'fetch("//x")' }));
    await expect.poll(() => message().innerText()).toMatch(/^strange\.json: /);
    await upload('#evidence', 'huge.json', ' '.repeat(300_000));
    await expect.poll(() => message().innerText()).toContain('is too large');

    await on.go(`../${HOME}`);
    await expect.poll(() => on.read('pass', 'passed')).toBe('1 of 4');
    // A false card in a file is left out, and the learner is told.
    const file = { ...one, lessons: { gradient: { solved: {}, card: { ...card, function: 'cos(x)' }, words: '' } } };
    await upload('#progress', 'cards.json', JSON.stringify(file));
    await expect
      .poll(() => progressStatus().innerText())
      .toBe('cards.json was added to your progress. The evidence for gradient does not hold, and was left out.');
  });

  test('follows the figure, and says why there is no card', async () => {
    await on.visit(`${LESSON}?f=log(x)&x=2`);
    await on.see('evidence');
    await expect.poll(() => on.read('evidence', 'expected output')).toContain('1/x');
    const field = on.page().locator('#secant').getByRole('textbox');
    await field.fill('sqrt(x - 3)');
    await expect
      .poll(() => on.page().locator('#evidence').innerText())
      .toContain('No card yet: the function has no slope at x = 2.');
    await expect.poll(() => on.page().getByRole('button', { name: 'Save as PNG' }).isDisabled()).toBe(true);
  });
});

describe('the roadmap', () => {
  test('is passed with four cards, each exported from its lesson and verified', async () => {
    await on.visit(LESSON);
    const cards = Object.entries(CARDS).filter(([lesson]) => lessons.includes(lesson));
    for (const [lesson, { kind }] of cards) {
      await on.go(`${lesson}.html`);
      await on.see('evidence');
      const card = JSON.parse(await readFile(await save('Save as JSON'), 'utf8')) as unknown;
      expect(verifyCard(card), lesson).toMatchObject({ verdict: 'holds', card: { lesson, calculation: { kind } } });
    }
    await on.go(`../${HOME}`);
    await expect.poll(() => on.read('pass', 'passed')).toBe('4 of 4');
    await expect.poll(() => on.page().locator('#pass').innerText()).toContain('Passed!');
    // The whole of it goes along in the file.
    const file = await readFile(await save('Save as a file'), 'utf8');
    await on.visit(HOME);
    await upload('#progress', 'all.json', file);
    await expect.poll(() => on.read('pass', 'passed')).toBe('4 of 4');
  });
});

test.each([
  [1280, 'light'],
  [390, 'dark'],
] as const)('every kind of answer has nothing for axe and fits its page at %i px, %s', async (width, theme) => {
  await on.visit(`${LESSON}?question=slope&seed=${SEED}`, width, theme);
  await on.see('check');
  for (const kind of (await QUESTIONS.derivatives!.load()).default.kinds) {
    await check().locator('.kinds button', { hasText: kind.name }).click();
    await expect.poll(() => check().locator('.prompt').innerText()).toBe(ask('derivatives', kind, SEED).prompt);
    await give(ask('derivatives', kind, SEED), false, 'pointer');
    await button('Hint').click();
    await button('Show the solution').click();
    await expect.poll(() => check().locator('.solution').count()).toBe(1);
    expect(await faults(on.page(), '#check'), kind.id).toEqual([]);
    const beyond = await on.page().evaluate(() => {
      const edges = [...document.querySelectorAll('#check :not(svg *)')].map((e) => e.getBoundingClientRect().right);
      return Math.max(...edges) - window.innerWidth;
    });
    expect(beyond, `${kind.id}: pixels beyond the window`).toBeLessThanOrEqual(0);
  }
});

/** How many colours a picture has: a blank one has one. */
const coloursOf = (page: Page, png: Buffer): Promise<number> =>
  page.evaluate(async (data) => {
    const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
    const image = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
    const canvas = new OffscreenCanvas(image.width, image.height);
    const context = canvas.getContext('2d')!;
    context.drawImage(image, 0, 0);
    const pixels = new Uint32Array(context.getImageData(0, 0, image.width, image.height).data.buffer);
    return new Set(pixels).size;
  }, png.toString('base64'));
