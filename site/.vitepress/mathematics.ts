/** Formulas between dollar signs become HTML and MathML while the site is built; no script of it reaches the reader. */
import katexPlugin from '@vscode/markdown-it-katex';
import katex from 'katex';
import type { MarkdownRenderer } from 'vitepress';

/** The quantities of the Lab: each is written as \slope{…}, coloured, and lit together with its figure. */
const quantities = ['function', 'parameter', 'slope', 'loss', 'step', 'curvature'] as const;

const macros = Object.fromEntries(quantities.map((name) => [`\\q${name}`, `\\htmlClass{q q-${name}}{#1}`]));

export function mathematics(md: MarkdownRenderer): void {
  // VitePress hands over its own instance; the plugin may come as a CommonJS namespace.
  const plugin = (katexPlugin as unknown as { default?: typeof katexPlugin }).default ?? katexPlugin;
  (plugin as unknown as (md: MarkdownRenderer, options: object) => void)(md, {
    katex,
    throwOnError: true,
    strict: (code: string) => (code === 'htmlExtension' ? 'ignore' : 'error'),
    trust: ({ command }: { command: string }) => command === '\\htmlClass',
    macros,
  });
  // Vue must not read braces in formulas as interpolation; a formula wider than its column scrolls, also by keyboard.
  for (const rule of ['math_inline', 'math_block', 'math_inline_block', 'math_inline_bare_block'] as const) {
    const render = md.renderer.rules[rule];
    if (render === undefined) continue;
    md.renderer.rules[rule] = (...args) =>
      render(...args)
        .replace(/^(\s*(?:<p[^>]*>)?\s*<span)/, '$1 v-pre')
        .replace('class="katex-display"', 'class="katex-display" tabindex="0"');
  }
}
