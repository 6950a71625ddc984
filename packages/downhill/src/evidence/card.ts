import { DownhillError } from '../tensor/errors.ts';

/** What is wrong with an experiment or a card. `code` is `evidence`. */
export class EvidenceError extends DownhillError {
  constructor(message: string) {
    super('evidence', message);
  }
}

/** Numbers by name; `null` where there is none (JSON knows no NaN). */
export type Readings = Readonly<Record<string, number | null>>;

/** The quotient over a step beside the derivative, and both functions along the axis. */
export interface DerivativePlot {
  readonly kind: 'derivative-plot';
  readonly x: number;
  readonly h: number;
}

/** Value and gradient at a point. */
export interface GradientVector {
  readonly kind: 'gradient-vector';
  readonly point: Readonly<Record<string, number>>;
}

/** A descent: the loss after each step. */
export interface LossCurve {
  readonly kind: 'loss-curve';
  readonly start: Readonly<Record<string, number>>;
  /** A rule of `downhill/optimize`: gd, momentum, nesterov, adam, … */
  readonly method: string;
  readonly learningRate: number;
  /** From 1 to 500. */
  readonly steps: number;
  /** β of momentum and Nesterov. */
  readonly momentum?: number;
}

/** Partial derivatives written by hand beside the engine's. */
export interface Comparison {
  readonly kind: 'comparison';
  readonly point: Readonly<Record<string, number>>;
  /** A formula for the derivative by each variable. */
  readonly manual: Readonly<Record<string, string>>;
}

export type Calculation = DerivativePlot | GradientVector | LossCurve | Comparison;
export type EvidenceKind = Calculation['kind'];

/** What a learner did last: a function and what was computed with it. */
export interface Experiment {
  /** A formula; its variables are those the calculation names. */
  readonly function: string;
  readonly calculation: Calculation;
}

/** What a calculation gives: all of it follows from the experiment. */
export interface Outcome {
  readonly output: Readings;
  /** Points of the picture: lists of equal length, by name. */
  readonly series: Readonly<Record<string, readonly (number | null)[]>>;
  /** The same calculation gone wrong on purpose. */
  readonly failure: { readonly what: string; readonly output: Readings };
  /** What mathematics says should come out, as formulas and sentences by name. */
  readonly expected: Readonly<Record<string, string>>;
}

/** The evidence card of a lesson. Everything but the learner's words can be computed again. */
export interface Card extends Experiment, Outcome {
  readonly format: 'downhill-evidence';
  readonly version: 2;
  /** The name of the lesson's page. */
  readonly lesson: string;
  readonly words: string;
}

/** The most characters of the learner's words, of a formula, and of a name. */
export const limits = { words: 2000, formula: 200, name: 40, steps: 500, variables: 8 } as const;

const isRecord = (x: unknown): x is Readonly<Record<string, unknown>> =>
  typeof x === 'object' && x !== null && !Array.isArray(x);

const isFiniteNumber = (x: unknown): x is number => typeof x === 'number' && Number.isFinite(x);
const isText = (x: unknown, most: number): x is string => typeof x === 'string' && x.length <= most;
const isName = (x: string): boolean => /^[A-Za-z][A-Za-z0-9_]{0,39}$/.test(x) && !(x in Object.prototype);

/** Values by the names of variables: a few, each well named. */
function isNamed(x: unknown, isValue: (value: unknown) => boolean): boolean {
  if (!isRecord(x)) return false;
  const entries = Object.entries(x);
  return (
    entries.length > 0 &&
    entries.length <= limits.variables &&
    entries.every(([name, value]) => isName(name) && isValue(value))
  );
}

const isFormula = (x: unknown): boolean => isText(x, limits.formula);

const calculations: Readonly<Record<EvidenceKind, (c: Readonly<Record<string, unknown>>) => boolean>> = {
  'derivative-plot': ({ x, h }) => isFiniteNumber(x) && isFiniteNumber(h),
  'gradient-vector': ({ point }) => isNamed(point, isFiniteNumber),
  'loss-curve': ({ start, method, learningRate, steps, momentum }) =>
    isNamed(start, isFiniteNumber) &&
    isText(method, limits.name) &&
    isFiniteNumber(learningRate) &&
    learningRate > 0 &&
    Number.isInteger(steps) &&
    (steps as number) >= 1 &&
    (steps as number) <= limits.steps &&
    (momentum === undefined || (isFiniteNumber(momentum) && momentum >= 0 && momentum < 1)),
  comparison: ({ point, manual }) =>
    isNamed(point, isFiniteNumber) &&
    isNamed(manual, isFormula) &&
    Object.keys(manual as object).every((name) => Object.hasOwn(point as object, name)),
};

/** Whether a value from outside is an experiment: its form alone, nothing is computed. */
export function isExperiment(value: unknown): value is Experiment {
  if (!isRecord(value) || !isFormula(value.function) || !isRecord(value.calculation)) return false;
  const { kind } = value.calculation;
  return (
    typeof kind === 'string' &&
    Object.hasOwn(calculations, kind) &&
    calculations[kind as EvidenceKind](value.calculation)
  );
}

const isReading = (x: unknown): boolean => x === null || isFiniteNumber(x);
const isListOf = (x: unknown, most: number, isValue: (value: unknown) => boolean): boolean =>
  isRecord(x) &&
  Object.entries(x).length <= most &&
  Object.entries(x).every(([name, value]) => name.length <= 80 && isValue(value));
const isSeries = (x: unknown): boolean => Array.isArray(x) && x.length <= limits.steps + 1 && x.every(isReading);

/** Whether a value from outside has the form of a card; whether it is true, `verifyCard` finds out. */
export function isCard(value: unknown): value is Card {
  return (
    isRecord(value) &&
    value.format === 'downhill-evidence' &&
    value.version === 2 &&
    isText(value.lesson, limits.name) &&
    isText(value.words, limits.words) &&
    isExperiment(value) &&
    'output' in value &&
    isListOf(value.output, 40, isReading) &&
    'series' in value &&
    isListOf(value.series, 10, isSeries) &&
    'expected' in value &&
    isListOf(value.expected, 40, (text) => isText(text, 2000)) &&
    'failure' in value &&
    isRecord(value.failure) &&
    isText(value.failure.what, 2000) &&
    isListOf(value.failure.output, 40, isReading)
  );
}

/** A card of version 1, which knew the first lesson only, as an experiment with the words. */
export function readFirstVersion(
  value: unknown,
): { readonly experiment: Experiment; readonly words: string; readonly said: Readings } | undefined {
  if (!isRecord(value) || value.format !== 'downhill-evidence' || value.version !== 1) return undefined;
  const { point, output, words } = value;
  if (!isRecord(point) || !isRecord(output) || !isText(words, limits.words)) return undefined;
  const experiment = { function: value.function, calculation: { kind: 'derivative-plot', x: point.x, h: point.h } };
  const said = { quotient: output.quotient ?? null, slope: output.slope ?? null };
  if (!isExperiment(experiment) || !Object.values(said).every(isReading)) return undefined;
  return { experiment, words, said: said as Readings };
}
