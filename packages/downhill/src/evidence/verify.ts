import { DownhillError } from '../tensor/errors.ts';
import { calculate } from './calculate.ts';
import {
  type Card,
  EvidenceError,
  type Experiment,
  isCard,
  isExperiment,
  limits,
  type Readings,
  readFirstVersion,
} from './card.ts';

/** A number or a text of a card that the engine does not find again. */
export interface Fault {
  /** Which: `output: slope`. */
  readonly field: string;
  readonly said: string;
  readonly is: string;
}

/** What checking a card found. */
export type Verification =
  /** `kept`: how many numbers and texts were computed again and found equal. */
  | { readonly verdict: 'holds'; readonly card: Card; readonly kept: number }
  | { readonly verdict: 'false'; readonly card: Card; readonly faults: readonly Fault[] }
  /** Not a card, or one whose calculation has no result: the sentence says which. */
  | { readonly verdict: 'unreadable'; readonly message: string };

/**
 * The card of an experiment: everything on it but the words is computed here.
 * @param lesson the name of the lesson's page.
 * @param words the learner's own; longer ones are cut.
 * @throws EvidenceError where the calculation has no result or the experiment is malformed; FormulaError for a formula
 *   that cannot be read.
 */
export function makeCard(lesson: string, experiment: Experiment, words: string): Card {
  if (!isExperiment(experiment)) throw new EvidenceError('this is no experiment that a card can hold');
  const { function: f, calculation } = experiment;
  return {
    format: 'downhill-evidence',
    version: 2,
    lesson: lesson.slice(0, limits.name),
    function: f,
    calculation,
    ...calculate(experiment),
    words: words.slice(0, limits.words),
  };
}

/**
 * Numbers agree to nine digits: engines of different browsers round sines and exponentials differently in the last one.
 * A quotient over a tiny step is all rounding, so there only its size is compared.
 */
function agrees(said: number | null, is: number | null, slack: number): boolean {
  if (said === null || is === null) return said === is;
  return Math.abs(said - is) <= 1e-9 * Math.max(Math.abs(said), Math.abs(is)) + slack;
}

const show = (x: unknown): string => (x === undefined ? 'nothing' : typeof x === 'string' ? x : JSON.stringify(x));

/** Rounding of f(x + h) and f(x), divided by h: by so much may the quotient of the failure check differ. */
function slackOf(card: Card): number {
  const { h, quotient } = card.failure.output;
  if (card.calculation.kind !== 'derivative-plot' || !h || quotient === undefined) return 0;
  const size = Math.max(Math.abs(card.output.value ?? 0), Number.MIN_VALUE);
  return (4 * 2 ** -52 * size) / h;
}

function compareReadings(
  field: string,
  said: Readings,
  is: Readings,
  slack: number,
): { kept: number; faults: Fault[] } {
  const names = [...new Set([...Object.keys(said), ...Object.keys(is)])];
  const faults = names
    .filter((name) => {
      const [a, b] = [said, is].map((r) => (Object.hasOwn(r, name) ? r[name] : undefined));
      return a === undefined || b === undefined || !agrees(a, b, slack);
    })
    .map((name) => ({ field: `${field}: ${name}`, said: show(said[name]), is: show(is[name]) }));
  return { kept: names.length - faults.length, faults };
}

/** Values near a point where they vanish are compared on the scale of their list. */
const scaleOf = (list: readonly (number | null)[]): number =>
  list.reduce<number>((most, x) => Math.max(most, Math.abs(x ?? 0)), 0);

/**
 * Computes a card again and compares: each output, each point of its picture, the failure check and the expected output.
 * Nothing is thrown, whatever the value is; cards of version 1 are read too.
 */
export function verifyCard(value: unknown): Verification {
  const first = readFirstVersion(value);
  if (first === undefined && !isCard(value)) {
    return { verdict: 'unreadable', message: 'this is no evidence card of Downhill' };
  }
  try {
    if (first !== undefined) {
      const again = makeCard('derivatives', first.experiment, first.words);
      const { quotient = null, slope = null } = again.output;
      return settle(again, [compareReadings('output', first.said, { quotient, slope }, 0)]);
    }
    const card = value as Card;
    const again = makeCard(card.lesson, card, card.words);
    const names = [...new Set([...Object.keys(card.series), ...Object.keys(again.series)])];
    const series = names.map((name) => {
      const [said, is] = [card.series[name] ?? [], again.series[name] ?? []];
      const byPlace = (list: readonly (number | null)[]): Readings => Object.fromEntries(list.map((x, i) => [i, x]));
      return compareReadings(`picture: ${name}`, byPlace(said), byPlace(is), 1e-9 * scaleOf(is));
    });
    const texts = [...new Set([...Object.keys(card.expected), ...Object.keys(again.expected)])];
    const wrongTexts = texts
      .filter((name) => card.expected[name] !== again.expected[name])
      .map((name) => ({ field: `expected: ${name}`, said: show(card.expected[name]), is: show(again.expected[name]) }));
    return settle(card, [
      compareReadings('output', card.output, again.output, 1e-12 * scaleOf(Object.values(again.output))),
      ...series,
      compareReadings('failure check', card.failure.output, again.failure.output, slackOf(again)),
      { kept: texts.length - wrongTexts.length, faults: wrongTexts },
    ]);
  } catch (error) {
    if (error instanceof DownhillError) {
      return { verdict: 'unreadable', message: (error.message.split('\n')[0] as string).trim() };
    }
    throw error;
  }
}

function settle(card: Card, parts: readonly { kept: number; faults: readonly Fault[] }[]): Verification {
  const faults = parts.flatMap((part) => part.faults);
  if (faults.length > 0) return { verdict: 'false', card, faults };
  return { verdict: 'holds', card, kept: parts.reduce((total, part) => total + part.kept, 0) };
}
