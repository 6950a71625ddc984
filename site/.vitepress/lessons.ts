/** What the build adds to lessons and glossary: the line under a lesson's title, links to terms, programs to open. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { MarkdownRenderer } from 'vitepress';
import { CONCEPTS, linkTerms } from '../models/concepts.ts';
import { factsOf } from '../models/lesson-facts.ts';
import { QUESTIONS, questionLink } from '../models/questions/registry.ts';
import { writeCode } from '../playground/link.ts';
import { LESSONS, STEPS } from './theme/pages.ts';

const site = fileURLToPath(new URL('..', import.meta.url));
/** What draws, among the parts that figures are made of. */
const DRAWS = /<(PlotFrame|ContourPlot|SurfaceView|SurfacePlot|ComputationGraph|svg)\b/;
const isDrawing = (template: string): boolean => template.includes('<figure') && DRAWS.test(template);

/** Components that a lesson can name, and the file of each, as the theme and the lessons' own lists register them. */
function components(): Map<string, string> {
  const lists = readdirSync(join(site, 'components'))
    .map((folder) => join(site, 'components', folder, 'index.ts'))
    .filter((file) => existsSync(file));
  return new Map(
    [...lists, join(site, '.vitepress/theme/index.ts')].flatMap((file) => {
      const text = readFileSync(file, 'utf8');
      const registered = [...text.matchAll(/(\w+): later\(\s*\(\) => import\('([^']+\.vue)'\)/g)];
      const imported = [...text.matchAll(/^import (\w+) from '([^']+\.vue)'/gm)];
      return [...registered, ...imported].map(
        ([, name, path]) => [name as string, join(dirname(file), path as string)] as const,
      );
    }),
  );
}

/** Whether a component draws a picture: found in its own template, not listed. */
export function diagrams(): (component: string) => boolean {
  const files = components();
  const drawn = new Set([...files].filter(([, file]) => isDrawing(readFileSync(file, 'utf8'))).map(([name]) => name));
  return (component) => {
    if (!files.has(component)) throw new Error(`no figure ${component} is registered`);
    return drawn.has(component);
  };
}

const titleOf = (lesson: string): string => {
  const page = LESSONS.find(({ path }) => path === `lessons/${lesson}.html`);
  if (page === undefined) throw new Error(`there is no lesson ${lesson}`);
  return page.title;
};
const count = (n: number, one: string, many: string): string => `${n} ${n === 1 ? one : many}`;

/** The line under the title. */
export function header(lesson: string, markdown: string, terms: readonly string[], isDiagram = diagrams()): string {
  const facts = factsOf(lesson, markdown, isDiagram);
  const needs = facts.needs.map((name) => `<a href="./${name}.html">${titleOf(name)}</a>`).join(', ');
  const tags = CONCEPTS.filter(({ id }) => terms.includes(id)).map(
    ({ id, title }) => `<a class="tag" href="../glossary.html#${id}">${title}</a>`,
  );
  return [
    '<div class="about">',
    `<p class="facts">Level <span data-value="level">${facts.level}</span> of ${facts.levels} · about ${facts.minutes} minutes ·`,
    `<span data-value="diagrams">${count(facts.diagrams, 'diagram', 'diagrams')}</span> ·`,
    `<span data-value="concepts">${count(tags.length, 'concept', 'concepts')}</span> ·`,
    `first: <span data-value="needs">${needs || 'nothing'}</span></p>`,
    `<p class="tags" aria-label="Concepts" role="group">${tags.join(' ')}</p>`,
    '</div>\n',
  ].join('\n');
}

/** Lessons link each term to the glossary where they first use it, and say under their title what they hold. */
export function lessonPages(md: MarkdownRenderer): void {
  md.core.ruler.push('lesson_pages', ({ tokens, src, env, Token }) => {
    const [, lesson] = /^lessons\/([\w-]+)\.md$/.exec((env as { relativePath?: string }).relativePath ?? '') ?? [];
    if (lesson === undefined) return;
    const terms = linkTerms(tokens, '../glossary.html');
    const title = tokens.findIndex(({ type }) => type === 'heading_close');
    const line = new Token('html_block', '', 0);
    line.content = header(lesson, src, terms);
    tokens.splice(title + 1, 0, line);
  });
}

/** Where a concept is taught and asked for, in words that lead there. */
export function whereabouts(id: string): string {
  const concept = CONCEPTS.find((c) => c.id === id);
  if (concept === undefined) throw new Error(`the glossary explains "${id}", which is no concept`);
  const parts = concept.parts.map(({ lesson, step }) => {
    const { title } = STEPS.find((s) => s.id === step) ?? {};
    if (title === undefined) throw new Error(`"${id}": lessons have no step ${step}`);
    return `<a href="./lessons/${lesson}.html#${step}">${titleOf(lesson)}: ${title}</a>`;
  });
  const asks = concept.asks.map(({ lesson, kind }) => {
    if (!QUESTIONS[lesson]?.kinds.includes(kind)) throw new Error(`"${id}": ${lesson} has no question ${kind}`);
    return `<a href="./lessons/${lesson}.html?${questionLink(kind, 1)}#know">a question on it</a>`;
  });
  return `<p class="where">In the lessons: ${[...parts, ...asks].join(' · ')}</p>\n`;
}

/** Each program of the glossary can be opened in the playground; each term says where it is taught and asked for. */
export function glossaryPage(md: MarkdownRenderer): void {
  md.core.ruler.push('glossary_page', ({ tokens, env, Token }) => {
    if ((env as { relativePath?: string }).relativePath !== 'glossary.md') return;
    const html = (content: string): InstanceType<typeof Token> =>
      Object.assign(new Token('html_block', '', 0), { content });
    const sections: { readonly id: string; readonly tokens: typeof tokens }[] = [{ id: '', tokens: [] }];
    for (const token of tokens) {
      if (token.type === 'heading_open' && token.tag === 'h2')
        sections.push({ id: token.attrGet('id') ?? '', tokens: [] });
      const section = sections.at(-1)?.tokens ?? [];
      section.push(token);
      if (token.type === 'fence' && token.info.trim().split(' ')[0] === 'ts')
        section.push(
          html(
            `<p class="run"><a class="button" href="./playground.html${writeCode(token.content)}">Open in the playground</a></p>\n`,
          ),
        );
    }
    const whole = sections.flatMap(({ id, tokens: of }) => (id === '' ? of : [...of, html(whereabouts(id))]));
    tokens.splice(0, tokens.length, ...whole);
  });
}
