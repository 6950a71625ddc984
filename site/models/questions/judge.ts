/** Answers are texts, whatever the hand did; a pure function judges each kind of them. */
import { DownhillError } from 'downhill';
import { equivalent, formula } from 'downhill/formula';
import { judgeDerivative, judgeFormula } from 'downhill/judge';
import { MAX_FORMULA } from '../curve.ts';
import { plain, show, typeset } from '../numbers.ts';
import { diagnosis, sentenceOf } from './diagnosis.ts';
import type {
  ChoiceAnswer,
  FormulaAnswer,
  Judgement,
  NumberAnswer,
  OrderAnswer,
  PlaceAnswer,
  PredictionAnswer,
  Question,
} from './types.ts';

const right = (message: string): Judgement => ({ verdict: 'right', message });
const wrong = (message: string): Judgement => ({ verdict: 'wrong', message });
const unreadable = (message: string): Judgement => ({ verdict: 'unreadable', message });
const UNNAMED = 'No common mistake gives this; check each step, or ask for a hint.';

/** The text that stands for an answer given by hand: a place, a prediction, a choice, an order. */
export const writeAnswer = (parts: readonly number[]): string => parts.join(',');
const readNumbers = (text: string): number[] => text.split(',').map(Number);

/**
 * Judges an answer. Texts that cannot be read are told so and count as no answer.
 * @param text a formula or an expression; for answers by hand, numbers between commas (`writeAnswer`).
 */
export function judge(question: Question, text: string): Judgement {
  const answer = plain(text).trim();
  if (answer === '')
    return unreadable(question.answer.type === 'choice' ? 'Choose one first.' : 'Write your answer first.');
  if (answer.length > MAX_FORMULA) return unreadable(`An answer has at most ${MAX_FORMULA} characters.`);
  try {
    const spec = question.answer;
    switch (spec.type) {
      case 'number':
        return judgeNumber(question, spec, formula(answer, { variables: [] }).at({}));
      case 'formula':
        return judgeText(question, spec, answer);
      case 'choice':
        return judgeChoice(spec, readNumbers(answer)[0] as number);
      case 'place':
        return judgePlace(question, spec, readNumbers(answer));
      case 'order':
        return judgeOrder(spec, readNumbers(answer));
      case 'prediction':
        return judgePrediction(spec, readNumbers(answer)[0] as number);
    }
  } catch (error) {
    if (error instanceof DownhillError) return unreadable((error.message.split('\n')[0] as string).trim());
    throw error;
  }
}

const isNear = (a: number, b: number, tolerance = 1e-6): boolean =>
  Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(b));

function judgeNumber(question: Question, spec: NumberAnswer, value: number): Judgement {
  if (isNear(value, spec.value, spec.tolerance)) return right(`Right: ${question.shown}.`);
  const known = spec.mistakes?.find((m) => isNear(value, m.value) && !isNear(m.value, spec.value, spec.tolerance));
  const isOpposite = spec.value !== 0 && isNear(value, -spec.value, spec.tolerance);
  const why = known?.message ?? (isOpposite ? 'Right size, wrong sign.' : undefined);
  return wrong(`Not ${show(value, 12)}. ${why ?? nameNumber(question, spec, value)}`);
}

function nameNumber(question: Question, spec: NumberAnswer, value: number): string {
  const cause = question.patient && diagnosis(question.patient, value);
  if (cause !== undefined) return cause;
  const off = Math.abs(value - spec.value) / Math.max(1e-300, Math.abs(spec.value));
  return off < 0.02 ? `Close, but more digits are needed. ${UNNAMED}` : UNNAMED;
}

/** A formula, judged by the engine: as a derivative where one is asked for, else against the expected one. */
function judgeText(question: Question, spec: FormulaAnswer, text: string): Judgement {
  const { patient } = question;
  const options = { variables: spec.variables, assume: spec.assume ?? [] };
  const isNumber = spec.given !== undefined && formula(text).variables.length === 0;
  const found = patient
    ? judgeDerivative(patient.f, text, { ...options, by: patient.by, at: patient.at })
    : isNumber
      ? judgeFormula(text, atGiven(spec.expected, spec.given ?? {}), { variables: [] })
      : judgeFormula(text, spec.expected, options);
  switch (found.verdict) {
    case 'equal':
      return right(`Right: ${typeset(formula(text, { variables: spec.variables }).text)} is what was asked for.`);
    case 'different-domain':
      return wrong(`Nearly. ${typeset(found.sentence)}`);
    case 'empty-domain':
    case 'unknown':
      return unreadable(found.sentence);
    case 'different': {
      const known = spec.mistakes?.find((m) => equivalent(m.value, text).verdict === 'equal');
      const why = known?.message ?? (found.cause && sentenceOf(found.cause)) ?? consequenceOf(spec, text);
      return wrong(`Not yet. ${why ?? typeset(found.sentence)}`);
    }
  }
}

type Values = Readonly<Record<string, number>>;

/** A formula with the values that the question gives in place of its variables. */
const atGiven = (text: string, given: Values): string =>
  Object.entries(given).reduce((t, [name, value]) => t.replace(new RegExp(`\\b${name}\\b`, 'g'), `(${value})`), text);

/** What a wrong answer would lead to: at the given values, or at twice them when it happens to be right there. */
function consequenceOf({ variables, given, consequence }: FormulaAnswer, text: string): string | undefined {
  if (given === undefined || consequence === undefined) return undefined;
  const follows = (values: Values): { readonly answer: number; readonly value: number; readonly values: Values } => {
    const answer = formula(text, { variables }).at(values);
    const value = formula(consequence.of, { variables: [...variables, 'answer'] }).at({ ...values, answer });
    return { answer, value, values };
  };
  const doubled = Object.fromEntries(Object.entries(given).map(([name, value]) => [name, 2 * value]));
  const found = [given, doubled].map(follows).find(({ value }) => Math.abs(value - 1) > 1e-9);
  if (found === undefined || !Number.isFinite(found.value)) return undefined;
  const at = Object.entries(found.values).map(([name, value]) => `${name} = ${show(value)}`);
  return (
    `With ${at.join(', ')} your answer is ${show(found.answer)}, and ${consequence.shown} = ${show(found.value)}: ` +
    (found.value > 1 ? consequence.above : consequence.below)
  );
}

function judgeChoice(spec: ChoiceAnswer, chosen: number): Judgement {
  const option = spec.options[chosen];
  if (option === undefined) return unreadable('Choose one first.');
  return chosen === spec.right ? right(`Right. ${option.why}`) : wrong(`Not this one. ${option.why}`);
}

function judgePlace(question: Question, spec: PlaceAnswer, place: readonly number[]): Judgement {
  if (place.length !== spec.start.length || !place.every(Number.isFinite)) return unreadable('Choose a place first.');
  const isThere = (target: readonly number[]): boolean =>
    target.every((t, i) => Math.abs(t - (place[i] as number)) <= spec.tolerance + 1e-9);
  if (spec.targets.some(isThere)) return right(`Right: ${question.shown}.`);
  return wrong(awayFrom(question, place));
}

/** What the engine sees at a place that is not the one asked for. */
function awayFrom(question: Question, place: readonly number[]): string {
  const names = ['x', 'y'].slice(0, place.length);
  const where = names.map((name, i) => `${name} = ${show(place[i] as number)}`).join(', ');
  const picture = question.picture;
  if (picture === undefined || picture.type === 'lines') return `Not at ${where}.`;
  const f = formula(picture.f, { variables: names });
  const point = Object.fromEntries(names.map((name, i) => [name, place[i] as number]));
  const slopes = names.map((name) => f.derivative(name).at(point));
  if (slopes.length === 1) {
    const slope = slopes[0] as number;
    if (slope === 0) return `At ${where} the curve is level, but this is not the place asked for.`;
    return `At ${where} the curve still ${slope > 0 ? 'rises' : 'falls'}: its slope is ${show(slope, 3)}.`;
  }
  return `At ${where} the gradient is (${slopes.map((s) => show(s, 3)).join(', ')}).`;
}

function judgeOrder(spec: OrderAnswer, order: readonly number[]): Judgement {
  const isComplete = order.length === spec.pieces.length && new Set(order).size === order.length;
  if (!isComplete || !order.every((i) => spec.pieces[i] !== undefined))
    return unreadable('Put all pieces in order first.');
  const first = order.findIndex((piece, i) => piece !== spec.right[i]);
  if (first < 0) return right('Right: each piece finds what it needs before it.');
  const piece = order[first] as number;
  const ready = first === 0 ? 'The first piece is already out of place.' : `The first ${first} stand right.`;
  const need = spec.needs?.[piece];
  return wrong(`${ready} “${spec.pieces[piece]}” comes too early${need ? `: ${need}` : '.'}`);
}

function judgePrediction(spec: PredictionAnswer, value: number): Judgement {
  if (!Number.isFinite(value)) return unreadable('Set your prediction first.');
  const off = value - spec.value;
  if (Math.abs(off) <= spec.tolerance + 1e-9) {
    return right(`Well predicted: it is ${show(spec.value)}, you said ${show(value)}.`);
  }
  if (spec.value !== 0 && Math.abs(value + spec.value) <= spec.tolerance) {
    return wrong(`It is ${show(spec.value)}; you said ${show(value)}. Right size, wrong sign.`);
  }
  return wrong(
    `It is ${show(spec.value)}; you said ${show(value)}, too ${off > 0 ? 'high' : 'low'} by ${show(Math.abs(off), 3)}.`,
  );
}
