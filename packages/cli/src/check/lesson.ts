import MarkdownIt from 'markdown-it';
import { InputError } from '../errors.ts';

/** A piece of a lesson that claims something and can be executed. Lines count from 1, in the lesson. */
export type Block =
  | { readonly kind: 'program'; readonly line: number; readonly source: string; readonly output?: Claimed }
  | { readonly kind: 'claim'; readonly line: number; readonly expression: string; readonly expected: string }
  | { readonly kind: 'command'; readonly line: number; readonly command: string; readonly output?: Claimed };

/** Text that a block is said to print. */
export interface Claimed {
  readonly line: number;
  readonly text: string;
}

const markdown = new MarkdownIt({ html: true });

/** The tag of a claim in prose; its content is what the reader sees. */
const OPENING = /^<Claim\s+of=(?:"([^"]*)"|'([^']*)')\s*>$/;

/**
 * The executable pieces of a lesson:
 *
 * - a fence `ts` is a program; `ts continue` goes on from the one before it, `ts shown` is shown only;
 * - a fence `output` behind a program or a command is all that it prints;
 * - a fence `console` holds commands behind `$ npx downhill`, each followed by what it prints;
 * - `<Claim of="expression">6</Claim>` in prose is an expression with its value.
 *
 * @throws InputError `claim-malformed`, `block-misplaced` with the line
 */
export function readLesson(text: string, file: string): Block[] {
  const blocks: Block[] = [];
  const tokens = markdown.parse(withoutFrontMatter(text), {});
  for (const token of tokens) {
    const line = (token.map?.[0] ?? 0) + 1;
    if (token.type === 'fence') addFence(blocks, token.info.trim(), token.content, line, file);
    else if (token.type === 'inline') addClaims(blocks, token.children ?? [], line, file);
    // A claim that stands at the beginning of a paragraph makes the whole paragraph a block of HTML.
    else if (token.type === 'html_block')
      addClaims(blocks, markdown.parseInline(token.content, {})[0]?.children ?? [], line, file);
  }
  return blocks;
}

/** What VitePress reads between two rulers at the top is no Markdown; its lines stay, so that numbers agree. */
function withoutFrontMatter(text: string): string {
  const front = /^---\r?\n[\s\S]*?\r?\n---(?=\r?\n|$)/.exec(text)?.[0] ?? '';
  return front.replace(/[^\n]/g, '') + text.slice(front.length);
}

function addFence(blocks: Block[], info: string, content: string, line: number, file: string): void {
  const [language = '', ...flags] = info.split(/[\s{]+/);
  const misplaced = (what: string): InputError =>
    new InputError('block-misplaced', `${file}:${line}: ${what}`, { line });
  const last = blocks.at(-1);
  if ((language === 'ts' || language === 'typescript') && !flags.includes('shown')) {
    if (!flags.includes('continue')) {
      // The program starts on the line after the fence.
      blocks.push({ kind: 'program', line: line + 1, source: content });
      return;
    }
    const before = blocks.findLast((block) => block.kind === 'program');
    if (before === undefined) throw misplaced('`ts continue` has no program before it');
    const gap = line + 1 - before.line - (before.source.match(/\n/g)?.length ?? 0);
    // Empty lines keep each line of the program at its place in the lesson.
    const source = before.source + '\n'.repeat(Math.max(0, gap)) + content;
    blocks[blocks.indexOf(before)] = { ...before, source };
  } else if (language === 'output') {
    if (last === undefined || last.kind === 'claim') throw misplaced('`output` must follow a program or a command');
    blocks[blocks.length - 1] = { ...last, output: { line: line + 1, text: content } };
  } else if (language === 'console') {
    for (const [index, text] of content.split('\n').entries()) {
      const command = /^\$ (?:npx )?downhill (.*)$/.exec(text)?.[1];
      const current = blocks.at(-1);
      if (command !== undefined) blocks.push({ kind: 'command', line: line + 1 + index, command });
      else if (/^\$ /.test(text)) throw misplaced(`only commands of downhill are run, not ${JSON.stringify(text)}`);
      else if (text !== '' || (current?.kind === 'command' && current.output !== undefined)) {
        if (current?.kind !== 'command' || current.line < line)
          throw misplaced('a console block begins with "$ npx downhill …"');
        const output = current.output ?? { line: line + 1 + index, text: '' };
        blocks[blocks.length - 1] = { ...current, output: { ...output, text: `${output.text}${text}\n` } };
      }
    }
  }
}

function addClaims(
  blocks: Block[],
  children: readonly { type: string; content: string }[],
  firstLine: number,
  file: string,
): void {
  let line = firstLine;
  let open: { expression: string; line: number; text: string } | undefined;
  for (const child of children) {
    const fault = (what: string): InputError => new InputError('claim-malformed', `${file}:${line}: ${what}`, { line });
    if (child.type === 'softbreak' || child.type === 'hardbreak') line++;
    if (child.type === 'html_inline' && child.content.startsWith('<Claim')) {
      const match = OPENING.exec(child.content);
      if (match === null) throw fault('a claim is written <Claim of="expression">value</Claim>');
      if (open !== undefined) throw fault('a claim stands inside another');
      open = { expression: unescape(match[1] ?? match[2] ?? ''), line, text: '' };
    } else if (child.type === 'html_inline' && child.content === '</Claim>') {
      if (open === undefined) throw fault('</Claim> closes nothing');
      const expected = open.text.trim();
      if (expected === '' || open.expression.trim() === '') throw fault('a claim needs an expression and a value');
      blocks.push({ kind: 'claim', line: open.line, expression: open.expression, expected });
      open = undefined;
    } else if (open !== undefined) open.text += child.type === 'softbreak' ? ' ' : child.content;
  }
  if (open !== undefined)
    throw new InputError('claim-malformed', `${file}:${open.line}: <Claim> is never closed`, { line: open.line });
}

const unescape = (text: string): string =>
  text.replace(
    /&(lt|gt|amp|quot|#39);/g,
    (_, name: string) => ({ lt: '<', gt: '>', amp: '&', quot: '"', '#39': "'" })[name] as string,
  );
