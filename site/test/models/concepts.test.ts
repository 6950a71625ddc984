import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import MarkdownIt from 'markdown-it';
import { describe, expect, test } from 'vitest';
import { diagrams, header, whereabouts } from '../../.vitepress/lessons.ts';
import { inlineComponents } from '../../.vitepress/markdown.ts';
import { LESSONS } from '../../.vitepress/theme/pages.ts';
import { CONCEPTS, linkTerms, termsIn } from '../../models/concepts.ts';
import { CARD_IDS, runCard } from '../../models/formula-cards.ts';
import { factsOf, figuresIn } from '../../models/lesson-facts.ts';
import { QUESTIONS } from '../../models/questions/registry.ts';

const site = fileURLToPath(new URL('../../', import.meta.url));
const textOf = (lesson: string): string => readFileSync(`${site}lessons/${lesson}.md`, 'utf8');
const lessons = readdirSync(`${site}lessons`).map((file) => file.replace(/\.md$/, ''));
const glossary = readFileSync(`${site}glossary.md`, 'utf8');
/** The part of a lesson under one of its headings. */
const partOf = (lesson: string, step: string): string =>
  textOf(lesson)
    .split(/^## /m)
    .find((part) => part.split('\n')[0]?.endsWith(`{#${step}}`)) ?? '';

describe('the glossary (S0.4)', () => {
  test('explains each concept once, and nothing else', () => {
    const headings = [...glossary.matchAll(/^## (.*) \{#([\w-]+)\}$/gm)].map(([, title, id]) => ({ title, id }));
    const byId = (a: { id?: string }, b: { id?: string }): number => String(a.id).localeCompare(String(b.id));
    expect(headings.sort(byId)).toEqual(CONCEPTS.map(({ id, title }) => ({ id, title })).sort(byId));
  });

  test('has one program for each, with what it prints', () => {
    const sections = glossary.split(/^## /m).slice(1);
    expect(sections).toHaveLength(CONCEPTS.length);
    for (const section of sections) {
      expect(section.match(/^```ts$/gm), section).toHaveLength(1);
      expect(section, section).toMatch(/console\.log\(.*\); \/\/ \S|^```output$/m);
    }
  });

  test('finds the longest name of a term', () => {
    const ids = (text: string): string[] => termsIn(text).map(({ id }) => id);
    expect(ids('Partial derivatives and the gradient')).toEqual(['partial-derivative', 'gradient']);
    expect(ids('plain gradient descent, descent')).toEqual(['gradient-descent', 'gradient-descent']);
    expect(ids('the ingredients of Adamant, convexities')).toEqual([]);
  });
});

describe('concepts (S2.2)', () => {
  test.each(CONCEPTS)('$id: is taught in parts of lessons that speak of it, and asked for', ({ id, parts, asks }) => {
    expect(parts.length).toBeGreaterThan(0);
    for (const { lesson, step } of parts)
      expect(
        termsIn(partOf(lesson, step)).map((t) => t.id),
        `${lesson}#${step}`,
      ).toContain(id);
    expect(asks.length).toBeGreaterThan(0);
    for (const { lesson, kind } of asks) expect(QUESTIONS[lesson]?.kinds).toContain(kind);
    expect(whereabouts(id).match(/<a /g)).toHaveLength(parts.length + asks.length);
  });

  test('the eight tags are among them', () => {
    const ids = CONCEPTS.map(({ id }) => id);
    for (const tag of [
      'derivative',
      'chain-rule',
      'gradient',
      'gradient-descent',
      'adam',
      'momentum',
      'learning-rate',
      'convexity',
    ])
      expect(ids).toContain(tag);
    expect(() => whereabouts('nothing')).toThrow('no concept');
  });
});

describe('the line under a lesson’s title (S2.1)', () => {
  const isDiagram = diagrams();

  test('a component that draws is a diagram, one that lists is none', () => {
    for (const name of ['SecantFigure', 'DescentRates', 'GraphFigure', 'AdamRace', 'DialFigure'])
      expect(isDiagram(name), name).toBe(true);
    for (const name of ['QuotientTable', 'DescentCode', 'EvidenceCard']) expect(isDiagram(name), name).toBe(false);
    expect(() => isDiagram('NoFigure')).toThrow('no figure NoFigure');
  });

  test.each(lessons)('%s: follows from its text and the map', (lesson) => {
    const facts = factsOf(lesson, textOf(lesson), isDiagram);
    expect(facts.diagrams).toBe(figuresIn(textOf(lesson)).filter(isDiagram).length);
    expect(facts.diagrams).toBeGreaterThan(1);
    // One figure more is one diagram more: nothing is typed.
    expect(factsOf(lesson, `${textOf(lesson)}\n<SecantFigure />\n`, isDiagram).diagrams).toBe(facts.diagrams + 1);
    expect(facts.minutes).toBeGreaterThan(5);
    expect(facts.minutes).toBeLessThan(20);
    // What is needed comes earlier in the order of reading.
    const order = LESSONS.map(({ path }) => path.replace(/^lessons\/|\.html$/g, ''));
    for (const need of facts.needs) expect(order.indexOf(need)).toBeLessThan(order.indexOf(lesson));
    const terms = ['gradient', 'derivative'];
    expect(header(lesson, textOf(lesson), terms, isDiagram)).toContain('>2 concepts<');
  });

  test('levels rise along the map', () => {
    const level = (lesson: string): number => factsOf(lesson, textOf(lesson), isDiagram).level;
    expect(['derivatives', 'gradient', 'descent', 'adam'].map(level)).toEqual([1, 2, 3, 4]);
    expect(factsOf('descent', textOf('descent'), isDiagram).needs).toEqual(['gradient']);
  });
});

describe('formula cards (S2.3)', () => {
  test('stand in the glossary, typeset and as text', () => {
    const cards = [
      ...glossary.matchAll(/<FormulaCard of="([\w-]+)" text="([^"]+)">\n\n\$\$\n([\s\S]+?)\n\$\$\n\n<\/FormulaCard>/g),
    ];
    expect(cards.map(([, of]) => of).sort()).toEqual([...CARD_IDS].sort());
  });

  test('run by the engine', () => {
    expect(runCard('gradient').values).toEqual([-6, 2]);
    expect(runCard('chain-rule').values).toEqual([28]);
    expect(runCard('gradient-descent').values).toEqual([1.2000000000000002]);
    const [x, y] = runCard('adam').values;
    expect(x).toBeCloseTo(0.09999999983333335, 15);
    expect(y).toBeCloseTo(-0.0999999995, 15);
  });
});

describe('links to the glossary (S0.4)', () => {
  const linked = (markdown: string) => {
    const md = new MarkdownIt({ html: true });
    inlineComponents(md as never);
    const tokens = md.parse(markdown, {});
    const found = linkTerms(tokens, '../glossary.html');
    return { found, html: md.renderer.render(tokens, md.options, {}) };
  };

  test('the first use in the text alone, not in headings, code or facts', () => {
    const { found, html } = linked(
      '# Gradient\n\nThe `gradient`, <Fact id="x">a gradient</Fact> and **the gradient**, gradient again.\n\n<p class="note">Plain descent.</p>',
    );
    expect(found).toEqual(['gradient', 'gradient-descent']);
    expect(html.match(/<a class="term"/g)).toHaveLength(2);
    expect(html).toContain('<strong>the <a class="term" href="../glossary.html#gradient">gradient</a></strong>');
    expect(html).toContain(
      '<p class="note"><a class="term" href="../glossary.html#gradient-descent">Plain descent</a>.</p>',
    );
    expect(html).toContain('<h1>Gradient</h1>');
  });

  test.each(lessons)('%s: has one to each term that its text uses', (lesson) => {
    const prose = textOf(lesson)
      .replace(/^---\n[\s\S]*?\n---$/m, '')
      .replace(/^```[\s\S]*?^```/gm, '')
      .replace(/^#.*$/gm, '')
      .replace(/<(Fact|Claim)\b[\s\S]*?<\/\1>|<[^>]*>|`[^`]*`|\$[^$]*\$/g, ' ');
    const used = new Set(termsIn(prose).map(({ id }) => id));
    const { found, html } = linked(textOf(lesson));
    expect([...found].sort()).toEqual([...used].sort());
    for (const id of used) expect(html.split(`href="../glossary.html#${id}"`)).toHaveLength(2);
    expect(used.size).toBeGreaterThan(1);
  });
});

test('the recap of the first lesson leads to what supports each point (S1.16)', () => {
  const keep = partOf('derivatives', 'keep');
  const links = [...keep.matchAll(/^- .*\]\(#([\w-]+)\)/gm)].map(([, step]) => step as string);
  expect(links).toHaveLength(4);
  expect(new Set(links).size).toBe(4);
  for (const step of links) expect(partOf('derivatives', step), step).toMatch(/^<[A-Z]\w*(Figure|Table|Cell) \/>$/m);
});

test('the chain rule with one variable between names the parts of the composition beside it (S3.5)', () => {
  const part = partOf('chain-rule', 'write');
  const [, outer, inner, x, between] = /For \$y = (\w)\((\w)\((\w)\)\)\$ with \$(\w) = g\(x\)\$/.exec(part) ?? [];
  expect([outer, inner, x, between]).toEqual(['f', 'g', 'x', 'u']);
  const formula = /\$\$([\s\S]*?)\$\$/.exec(part)?.[1] ?? '';
  const quotients = [...formula.matchAll(/\\frac\{d(\w)\}\{d(\w)\}/g)].map(([, a, b]) => `${a}/${b}`);
  expect(quotients).toEqual(['y/x', `y/${between}`, `${between}/x`]);
  expect(formula.replace(/\s/g, '')).toContain(`${outer}'\\big(${inner}(${x})\\big)`);
});
