import type { MarkdownRenderer } from 'vitepress';

interface Rule {
  readonly name: string;
  readonly fn: Parameters<MarkdownRenderer['block']['ruler']['at']>[1];
}

/**
 * A line of a paragraph may begin with a component. VitePress lets a component at the beginning of a line end the
 * paragraph before it, which tears sentences with live numbers apart wherever their lines happen to break.
 */
export function inlineComponents(md: MarkdownRenderer): void {
  const { __rules__: rules } = md.block.ruler as unknown as { readonly __rules__: readonly Rule[] };
  const html = rules.find(({ name }) => name === 'html_block');
  if (html === undefined) throw new Error('the Markdown reader has no rule for blocks of HTML');
  md.block.ruler.at('html_block', html.fn, { alt: ['reference', 'blockquote'] });
}

/** What a program prints is text to the highlighter, whatever the checker calls it. */
export function printedText(md: MarkdownRenderer): void {
  md.core.ruler.push('printed_text', ({ tokens }) => {
    for (const token of tokens) if (token.type === 'fence' && token.info.trim() === 'output') token.info = 'txt';
  });
}

/** Colours each listing once: a page is read for the site and again for its search, and colours are most of reading it. */
export function colouredOnce(md: MarkdownRenderer): void {
  const { highlight } = md.options;
  if (!highlight) throw new Error('the Markdown reader colours no listings');
  const known = new Map<string, string>();
  md.options.highlight = (text, language, attributes) => {
    const key = JSON.stringify([text, language, attributes]);
    const html = known.get(key) ?? highlight(text, language, attributes);
    known.set(key, html);
    return html;
  };
}
