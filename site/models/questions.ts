/** Questions on derivatives: made from a seed, judged and explained by the engine. */
import { DownhillError } from 'downhill';
import { diagnose } from 'downhill/calculus';
import { equivalent, formula } from 'downhill/formula';
import { type Chance, chance } from './chance.ts';
import { MAX_FORMULA } from './curve.ts';
import { show, typeset } from './numbers.ts';
import { KINDS, type QuestionKind } from './progress.ts';

export interface Question {
  readonly kind: QuestionKind;
  readonly seed: number;
  /** The function the question is about. */
  readonly f: string;
  /** The place: where the slope is asked, or (kind zero) where it is zero. */
  readonly at: number;
  readonly prompt: string;
  readonly hint: string;
  /** The right answer, as it is shown. */
  readonly answer: string;
  /** Worked solution, a line a step. */
  readonly solution: readonly string[];
}

export interface Judgement {
  /** `unreadable`: no answer yet, nothing is counted. */
  readonly verdict: 'right' | 'wrong' | 'unreadable';
  readonly message: string;
}

/** How far from the place of zero slope an answer by hand may lie. */
export const HAND_TOLERANCE = 0.1;

const term = (coefficient: number, power: string): string => {
  if (power === '') return String(coefficient);
  return coefficient === 1 ? power : coefficient === -1 ? `-${power}` : `${coefficient}${power}`;
};
const join = (...terms: string[]): string => terms.join(' + ').replaceAll('+ -', '- ');

const polynomial = (c: Chance): string =>
  c.pick([
    () => join(term(c.nonZero(-4, 4), 'x^2'), term(c.nonZero(-6, 6), 'x'), term(c.nonZero(-5, 5), '')),
    () => join(term(c.nonZero(-2, 2), 'x^3'), term(c.nonZero(-5, 5), 'x')),
    () => join(term(c.nonZero(-3, 3), 'x^3'), term(c.nonZero(-4, 4), 'x^2'), term(c.nonZero(-5, 5), '')),
  ])();

const composite = (c: Chance): string =>
  c.pick([
    () => `(${join(term(c.whole(2, 4), 'x'), term(c.nonZero(-4, 4), ''))})^${c.whole(2, 4)}`,
    () => `sin(${c.whole(2, 5)}x)`,
    () => `x*e^(${term(c.nonZero(-3, 3), 'x')})`,
    () => `x^${c.whole(2, 3)}*sin(x)`,
    () => `e^(${term(c.nonZero(-3, 3), 'x')}) + ${c.whole(2, 6)}`,
    () => `log(x^2 + ${c.whole(1, 5)})`,
    () => polynomial(c),
  ])();

/** The question of a kind that belongs to a seed (a whole number from 0). */
export function ask(kind: QuestionKind, seed: number): Question {
  const c = chance(seed * KINDS.length + KINDS.indexOf(kind));
  if (kind === 'slope') return askSlope(seed, c);
  return kind === 'zero' ? askZero(seed, c) : askFormula(seed, c);
}

function askSlope(seed: number, c: Chance): Question {
  const [f, at] = [polynomial(c), c.whole(-3, 3)];
  const derivative = formula(f, { variables: ['x'] }).derivative('x');
  const slope = derivative.at({ x: at });
  return {
    kind: 'slope',
    seed,
    f,
    at,
    prompt: `What is the slope of f(x) = ${typeset(f)} at x = ${show(at)}?`,
    hint: 'Differentiate term by term, then put the place in.',
    answer: show(slope, 12),
    solution: [`f′(x) = ${typeset(derivative.text)}`, `f′(${show(at)}) = ${show(slope, 12)}`],
  };
}

function askZero(seed: number, c: Chance): Question {
  // a(x - p)^2 + q written out: its one flat place is p, a tenth apart from the others.
  const [a, p, q] = [c.pick([1, -1, 0.5, 2]), c.nonZero(-25, 25) / 10, c.whole(-2, 2)];
  const f = formula(`${a}*(x - ${p < 0 ? `(${p})` : p})^2 + ${q < 0 ? `(${q})` : q}`, { variables: ['x'] });
  const derivative = f.derivative('x');
  return {
    kind: 'zero',
    seed,
    f: f.text,
    at: p,
    prompt: 'Move the point to the place where the slope of this curve is zero.',
    hint: 'Left of it the curve goes one way, right of it the other: look for the turn.',
    answer: `x = ${show(p)}`,
    solution: [`f′(x) = ${typeset(derivative.text)}`, `f′(x) = 0 at x = ${show(p)}`],
  };
}

function askFormula(seed: number, c: Chance): Question {
  const f = composite(c);
  const derivative = formula(f, { variables: ['x'] }).derivative('x');
  return {
    kind: 'formula',
    seed,
    f,
    at: 0.7,
    prompt: `Write the derivative of f(x) = ${typeset(f)}.`,
    hint: 'Find the outermost operation first: a sum, a product, or one function inside another?',
    answer: typeset(derivative.text),
    solution: [`f′(x) = ${typeset(derivative.text)}`],
  };
}

const unreadable = (message: string): Judgement => ({ verdict: 'unreadable', message });

/** Judges an answer: a number or an expression without x, a place on the axis, or a formula in x. */
export function judge(question: Question, answer: string): Judgement {
  const text = answer.replaceAll('−', '-').trim();
  if (text === '') return unreadable('Write your answer first.');
  if (text.length > MAX_FORMULA) return unreadable(`An answer has at most ${MAX_FORMULA} characters.`);
  try {
    if (question.kind === 'formula') return judgeFormula(question, text);
    const value = formula(text, { variables: [] }).at({});
    return question.kind === 'slope' ? judgeSlope(question, value) : judgeZero(question, value);
  } catch (error) {
    if (error instanceof DownhillError) return unreadable((error.message.split('\n')[0] as string).trim());
    throw error;
  }
}

function judgeSlope(question: Question, value: number): Judgement {
  const f = formula(question.f, { variables: ['x'] });
  const slope = f.derivative('x').at({ x: question.at });
  if (Math.abs(value - slope) <= 1e-6 * Math.max(1, Math.abs(slope))) {
    return { verdict: 'right', message: `Right: the slope is ${show(slope, 12)}.` };
  }
  return { verdict: 'wrong', message: `Not ${show(value, 12)}. ${whyWrong(question, value, slope)}` };
}

function judgeZero(question: Question, value: number): Judgement {
  if (Math.abs(value - question.at) <= HAND_TOLERANCE) {
    return { verdict: 'right', message: `Right: the slope is zero at x = ${show(question.at)}.` };
  }
  const slope = formula(question.f, { variables: ['x'] })
    .derivative('x')
    .at({ x: value });
  const way = slope > 0 ? 'rises' : 'falls';
  return { verdict: 'wrong', message: `At x = ${show(value)} the curve still ${way}: its slope is ${show(slope, 3)}.` };
}

function judgeFormula(question: Question, text: string): Judgement {
  const derivative = formula(question.f, { variables: ['x'] }).derivative('x');
  const claim = formula(text, { variables: ['x'] });
  const result = equivalent(claim.text, derivative.text);
  switch (result.verdict) {
    case 'equal':
      return { verdict: 'right', message: `Right: ${typeset(claim.text)} is the derivative.` };
    case 'different-domain': {
      const x = show(result.witness.point.x ?? Number.NaN);
      return { verdict: 'wrong', message: `Nearly: the values agree, but at x = ${x} only one of the two has one.` };
    }
    case 'empty-domain':
      return unreadable('This formula has no real value anywhere, so it cannot be compared.');
    case 'unknown':
      return unreadable('Too few points could be compared to decide; try a simpler form.');
    default:
      return { verdict: 'wrong', message: `Not yet. ${whyWrong(question, claim)}` };
  }
}

/** The likeliest mistake behind a wrong answer, in a sentence. */
function whyWrong(question: Question, claim: number | ReturnType<typeof formula>, slope?: number): string {
  if (typeof claim === 'number' && slope !== undefined && slope !== 0 && claim === -slope) {
    return 'Right size, wrong sign.';
  }
  const f = formula(question.f, { variables: ['x'] });
  const cause = diagnose(f, [claim], [question.at]).components[0]?.likelyCause;
  if (!cause || cause.kind === 'unknown') return 'No common mistake gives this; check each term, or ask for a hint.';
  return `${cause.sentence.charAt(0).toUpperCase()}${cause.sentence.slice(1)}${/[.!?]$/.test(cause.sentence) ? '' : '.'}`;
}
