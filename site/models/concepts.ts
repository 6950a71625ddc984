/** The terms of the glossary: where lessons use them, which part of a lesson teaches them, and what asks for them. */
import type { MarkdownRenderer } from 'vitepress';

export interface Concept {
  /** The heading of the glossary. */
  readonly id: string;
  readonly title: string;
  /** How the text of a lesson writes it, as a part of a regular expression. */
  readonly written: string;
  /** Parts of lessons that teach it. */
  readonly parts: readonly { readonly lesson: string; readonly step: string }[];
  /** Kinds of questions that ask for it. */
  readonly asks: readonly { readonly lesson: string; readonly kind: string }[];
}

/** Longer names before those they contain. */
export const CONCEPTS: readonly Concept[] = [
  {
    id: 'partial-derivative',
    title: 'Partial derivative',
    written: 'partial derivatives?|partials?',
    parts: [{ lesson: 'gradient', step: 'say' }],
    asks: [{ lesson: 'gradient', kind: 'partial' }],
  },
  {
    id: 'derivative',
    title: 'Derivative',
    written: 'derivatives?',
    parts: [
      { lesson: 'derivatives', step: 'say' },
      { lesson: 'derivatives', step: 'write' },
    ],
    asks: [{ lesson: 'derivatives', kind: 'formula' }],
  },
  {
    id: 'gradient-descent',
    title: 'Gradient descent',
    written: 'gradient descent|plain descent|descent',
    parts: [{ lesson: 'descent', step: 'say' }],
    asks: [{ lesson: 'descent', kind: 'step' }],
  },
  {
    id: 'gradient',
    title: 'Gradient',
    written: 'gradients?',
    parts: [
      { lesson: 'gradient', step: 'say' },
      { lesson: 'gradient', step: 'write' },
    ],
    asks: [{ lesson: 'gradient', kind: 'direction' }],
  },
  {
    id: 'learning-rate',
    title: 'Learning rate',
    written: 'learning rates?',
    parts: [
      { lesson: 'descent', step: 'say' },
      { lesson: 'descent', step: 'write' },
    ],
    asks: [{ lesson: 'descent', kind: 'border' }],
  },
  {
    id: 'chain-rule',
    title: 'Chain rule',
    written: 'chain rule',
    parts: [{ lesson: 'chain-rule', step: 'write' }],
    asks: [{ lesson: 'chain-rule', kind: 'formula' }],
  },
  {
    id: 'backpropagation',
    title: 'Backpropagation',
    written: 'backpropagation|reverse mode',
    parts: [{ lesson: 'chain-rule', step: 'write' }],
    asks: [{ lesson: 'chain-rule', kind: 'adjoint' }],
  },
  {
    id: 'momentum',
    title: 'Momentum',
    written: 'momentum|heavy ball',
    parts: [{ lesson: 'adam', step: 'say' }],
    asks: [{ lesson: 'adam', kind: 'momentum' }],
  },
  {
    id: 'adam',
    title: 'Adam',
    written: 'Adam',
    parts: [
      { lesson: 'adam', step: 'say' },
      { lesson: 'adam', step: 'compute' },
    ],
    asks: [{ lesson: 'adam', kind: 'first' }],
  },
  {
    id: 'convexity',
    title: 'Convexity',
    written: 'convexity|convex',
    parts: [
      { lesson: 'descent', step: 'compute' },
      { lesson: 'descent', step: 'break' },
    ],
    asks: [{ lesson: 'descent', kind: 'convex' }],
  },
];

const ANY = new RegExp(
  CONCEPTS.map(({ id, written }) => `(?<${id.replaceAll('-', '_')}>\\b(?:${written})\\b)`).join('|'),
  'gi',
);

/** The terms in a text, in order. */
export const termsIn = (text: string): { readonly id: string; readonly at: number; readonly text: string }[] =>
  [...text.matchAll(ANY)].map((match) => {
    const [name = ''] = Object.entries(match.groups ?? {}).find(([, found]) => found !== undefined) ?? [];
    return { id: name.replaceAll('_', '-'), at: match.index, text: match[0] };
  });

type Tokens = ReturnType<MarkdownRenderer['parse']>;
type Token = Tokens[number];

/** Text inside these is left as it is: it is a link or a button already, or computed. */
const CLOSED = /^<(\/?)(a|button|code|Fact|Claim|[A-Z]\w*)\b[^>]*?(\/?)>/;

/**
 * The first use of each term in the text of a page becomes a link to the glossary.
 * @returns the ids of the terms found, in the order of their first use
 */
export function linkTerms(tokens: Tokens, glossary: string): readonly string[] {
  const found = new Set<string>();
  let isHeading = false;
  for (const token of tokens) {
    if (token.type === 'heading_open') isHeading = true;
    else if (token.type === 'heading_close') isHeading = false;
    else if (token.type === 'html_block' && token.content.startsWith('<p '))
      token.content = linkedHtml(token.content, glossary, found);
    else if (token.type === 'inline' && !isHeading) token.children = linkedIn(token.children ?? [], glossary, found);
  }
  return [...found];
}

function linkedIn(children: readonly Token[], glossary: string, found: Set<string>): Token[] {
  let closed = 0;
  return children.flatMap((child): Token[] => {
    if (child.type === 'link_open') closed++;
    else if (child.type === 'link_close') closed--;
    else if (child.type === 'html_inline') {
      const [, end, , empty] = CLOSED.exec(child.content) ?? [];
      if (end !== undefined && empty === '') closed += end === '/' ? -1 : 1;
    }
    return child.type === 'text' && closed === 0 ? pieces(child, glossary, found) : [child];
  });
}

interface Piece {
  readonly text: string;
  readonly isTag: boolean;
}

/** A text in pieces, its new terms between the tags of links. */
function split(text: string, glossary: string, found: Set<string>): Piece[] {
  const made: Piece[] = [];
  let from = 0;
  for (const { id, at, text: term } of termsIn(text)) {
    if (found.has(id)) continue;
    found.add(id);
    made.push({ text: text.slice(from, at), isTag: false });
    made.push({ text: `<a class="term" href="${glossary}#${id}">`, isTag: true });
    made.push({ text: term, isTag: false }, { text: '</a>', isTag: true });
    from = at + term.length;
  }
  return [...made, { text: text.slice(from), isTag: false }];
}

const pieces = (token: Token, glossary: string, found: Set<string>): Token[] =>
  split(token.content, glossary, found).map(({ text, isTag }) => {
    const made = Object.assign(Object.create(Object.getPrototypeOf(token)), token) as Token;
    return Object.assign(made, { type: isTag ? 'html_inline' : 'text', content: text });
  });

/** The same in a paragraph that is written as HTML. */
function linkedHtml(html: string, glossary: string, found: Set<string>): string {
  let closed = 0;
  return html
    .split(/(<[^>]*>)/)
    .map((piece) => {
      const [, end, , empty] = CLOSED.exec(piece) ?? [];
      if (end !== undefined && empty === '') closed += end === '/' ? -1 : 1;
      if (piece.startsWith('<') || closed > 0) return piece;
      return split(piece, glossary, found)
        .map(({ text }) => text)
        .join('');
    })
    .join('');
}
