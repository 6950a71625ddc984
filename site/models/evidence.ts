/** The evidence card of a lesson: what the learner computed, in a form the engine can check again. */
import { readCurve } from './curve.ts';
import type { Experiment } from './derivative-lesson.ts';
import { secantOf } from './derivative-lesson.ts';
import { show, typeset } from './numbers.ts';

export interface Card {
  readonly format: 'downhill-evidence';
  readonly version: 1;
  readonly lesson: 'derivatives';
  readonly function: string;
  readonly point: { readonly x: number; readonly h: number };
  /** What was computed: secant and tangent. */
  readonly output: { readonly quotient: number | null; readonly slope: number };
  /** A step too small: what cancellation made of the quotient. */
  readonly failure: { readonly h: number; readonly quotient: number | null };
  /** The derivative as a formula. */
  readonly expected: string;
  /** The learner's own words. */
  readonly words: string;
}

const FAILURE_STEP = 1e-16;
/** The most characters of the learner's words that are kept. */
export const MAX_WORDS = 2000;

/** JSON knows no NaN: what has no value is null. */
const finite = (x: number): number | null => (Number.isFinite(x) ? x : null);

/** The card of an experiment; `undefined` where the function has no slope. */
export function makeCard({ f, x, h }: Experiment, words: string): Card | undefined {
  const read = readCurve(f);
  if (!read.ok) return undefined;
  const { curve } = read;
  const s = secantOf(curve, x, h);
  if (!Number.isFinite(s.slope)) return undefined;
  return {
    format: 'downhill-evidence',
    version: 1,
    lesson: 'derivatives',
    function: f,
    point: { x, h },
    output: { quotient: finite(s.quotient), slope: s.slope },
    failure: { h: FAILURE_STEP, quotient: finite(secantOf(curve, x, FAILURE_STEP).quotient) },
    expected: curve.derivative.text,
    words: words.slice(0, MAX_WORDS),
  };
}

/** Computes a card again: the differences found, none for a true card. */
export function verifyCard(card: unknown): string[] {
  if (!isCard(card)) return ['this is no evidence card of the Lab'];
  const again = makeCard({ f: card.function, x: card.point.x, h: card.point.h }, card.words);
  if (again === undefined) return [`the function ${card.function} has no slope at x = ${card.point.x}`];
  const faults: string[] = [];
  const compare = (name: string, said: unknown, is: unknown): void => {
    if (!Object.is(said, is)) faults.push(`${name}: the card says ${String(said)}, the engine ${String(is)}`);
  };
  compare('slope', card.output.slope, again.output.slope);
  compare('quotient', card.output.quotient, again.output.quotient);
  compare('failure check', card.failure.quotient, again.failure.quotient);
  compare('derivative', card.expected, again.expected);
  return faults;
}

function isCard(value: unknown): value is Card {
  if (typeof value !== 'object' || value === null) return false;
  const card = value as Partial<Record<keyof Card, unknown>>;
  const has = (part: unknown, ...names: string[]): boolean =>
    typeof part === 'object' && part !== null && names.every((name) => name in part);
  return (
    card.format === 'downhill-evidence' &&
    card.version === 1 &&
    card.lesson === 'derivatives' &&
    typeof card.function === 'string' &&
    typeof card.expected === 'string' &&
    typeof card.words === 'string' &&
    has(card.point, 'x', 'h') &&
    has(card.output, 'quotient', 'slope') &&
    has(card.failure, 'h', 'quotient')
  );
}

/** The card to read and to keep. */
export const cardAsMarkdown = (card: Card): string => `# Evidence: derivatives

| | |
| --- | --- |
| function | f(x) = ${typeset(card.function)} |
| calculation | (f(x + h) − f(x)) / h and f′(x) at x = ${show(card.point.x)}, h = ${show(card.point.h)} |
| output | secant ${show(card.output.quotient ?? Number.NaN, 10)}, tangent ${show(card.output.slope, 10)} |
| failure check | h = ${show(card.failure.h)} gives ${show(card.failure.quotient ?? Number.NaN, 10)} |
| expected output | f′(x) = ${typeset(card.expected)} |

${card.words.trim() === '' ? '*No words yet.*' : card.words.trim()}
`;
