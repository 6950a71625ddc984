/** The claim ledger: general statements of the lessons, each with its assumptions and the program that decides it. */

export type Decision = 'certificate' | 'run' | 'counterexample' | 'reading';

export interface Claim {
  readonly id: string;
  readonly title: string;
  /** The page of the ledger it stands on, such as `claims/descent`. */
  readonly page: string;
  readonly statement: string;
  /** What one often reads instead. */
  readonly heard?: string;
  readonly assumes: string;
  readonly decision: Decision;
  /** The numbers of the groups of mistaken statements that it corrects. */
  readonly groups: readonly number[];
  readonly code: string;
}

export class LedgerError extends Error {}

const DECISIONS: readonly string[] = ['certificate', 'run', 'counterexample', 'reading'];

/**
 * Reads a page of the ledger: each heading of the second level with an `{#id}` is a claim; a list of labelled lines
 * follows, then the statement, then its program.
 * @throws LedgerError naming the page and the claim that is not complete
 */
export function readClaims(markdown: string, page: string): Claim[] {
  const [, ...sections] = markdown.split(/^## (?=.*\{#[\w-]+\}\s*$)/m);
  return sections.map((section) => {
    const [heading = '', ...rest] = section.split('\n');
    const [, title = '', id = ''] = /^(.*?)\s*\{#([\w-]+)\}\s*$/.exec(heading) ?? [];
    const body = rest.join('\n');
    const fail = (what: string): never => {
      throw new LedgerError(`${page}: the claim "${id}" ${what}`);
    };
    const label = (name: string): string | undefined =>
      new RegExp(`^- ${name}: (.*(?:\\n {2,}.*)*)`, 'm').exec(body)?.[1]?.replace(/\s+/g, ' ').trim();
    const assumes = label('Assumes') ?? fail('says nothing of what it assumes');
    const decision = label('Decided by') ?? fail('says not what decides it');
    if (!DECISIONS.includes(decision)) fail(`is decided by "${decision}", which is none of ${DECISIONS.join(', ')}`);
    const groups = (label('Groups') ?? '')
      .split(',')
      .filter((part) => part.trim() !== '')
      .map(Number);
    if (groups.some((group) => !Number.isInteger(group))) fail('names groups that are no numbers');
    const code = /^```ts\n([\s\S]*?)^```/m.exec(body)?.[1] ?? '';
    if (decision !== 'reading' && !/console\.log\(.*\);? \/\/ \S/.test(code) && !/^```output$/m.test(body))
      fail('has no program that prints what decides it');
    const statement = body
      .replace(/^- (?:Often read|Assumes|Decided by|Groups): .*(?:\n {2,}.*)*/gm, '')
      .replace(/^```[\s\S]*?^```/gm, '')
      .replace(/\s+/g, ' ')
      .trim();
    if (statement === '') fail('has no statement');
    const heard = label('Often read');
    return {
      id,
      title,
      page,
      statement,
      assumes,
      decision: decision as Decision,
      groups,
      code,
      ...(heard && { heard }),
    };
  });
}

/** Words that a lesson may use only inside a `<Fact>` with an entry in the ledger. */
const GUARDED = /\b(always|every|guarantee[sd]?|guaranteed)\b/i;

export interface GuardFault {
  readonly line: number;
  readonly message: string;
}

/**
 * What a lesson says without an entry: guarded words outside a `<Fact id="…">`, and facts of which the ledger knows
 * nothing. Code and formulas are not read.
 */
export function guard(markdown: string, known: ReadonlySet<string>): GuardFault[] {
  const faults: GuardFault[] = [];
  const blank = (text: string): string => text.replace(/[^\n]/g, ' ');
  const lineOf = (text: string, index: number): number => text.slice(0, index).split('\n').length;
  const prose = markdown
    .replace(/^---\n[\s\S]*?\n---$/m, blank)
    .replace(/^```[\s\S]*?^```/gm, blank)
    .replace(/`[^`\n]*`/g, blank)
    .replace(/<!--[\s\S]*?-->/g, blank);
  const outside = prose.replace(
    /<Fact id="([^"]*)">([\s\S]*?)<\/Fact>/g,
    (whole, id: string, inner: string, index: number) => {
      if (!known.has(id)) faults.push({ line: lineOf(prose, index), message: `the ledger has no claim "${id}"` });
      if (inner.includes('\n\n'))
        faults.push({ line: lineOf(prose, index), message: `the fact "${id}" goes beyond its paragraph` });
      return blank(whole);
    },
  );
  for (const match of outside.matchAll(new RegExp(GUARDED, 'gi')))
    faults.push({
      line: lineOf(outside, match.index),
      message: `"${match[0]}" is said of something: put the statement into <Fact id="…"> with an entry in the ledger, or say what is meant`,
    });
  return faults.sort((a, b) => a.line - b.line);
}
