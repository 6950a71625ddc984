import { DownhillError } from '../../tensor/errors.ts';
import { grad } from '../../transforms/grad.ts';
import { extrapolatedDifference } from '../differences.ts';
import { integrate } from '../integrate/index.ts';
import { taylorTest } from '../taylor-test.ts';
import { type Candidate, mistakenDerivatives } from './candidates.ts';
import { type Cause, causes } from './causes.ts';
import { agrees, samplePoints } from './samples.ts';
import { type AnyScalarFunction, differentiate, magnitude, recordTape, sameTape, type Tape } from './tape.ts';

/** A claimed partial derivative of a function of numbers: its value at the point, or a function of the same variables. */
export type ScalarClaim = number | ((...args: number[]) => number);

/** What the doctor found about one component. */
export interface Finding {
  readonly claimed: number;
  readonly actual: number;
  readonly right: boolean;
  /** The order at which the Taylor remainder with the claimed slope shrinks: 2 or more for a right one, 1 for a wrong one. */
  readonly remainderOrder: number;
  readonly likelyCause: Cause | null;
  /** Other mistakes that give the same claim, the likelier first. */
  readonly alternatives: readonly Cause[];
}

export interface ScalarProblem {
  readonly f: AnyScalarFunction;
  readonly names: readonly string[];
  readonly at: readonly number[];
  /** Points where an out-of-date gradient may have been taken. */
  readonly previous: readonly (readonly number[])[];
}

/** Points at which claims that are functions are compared, and how many are tried in search of them. */
const wanted = 12;
const tried = 60;

interface Sample {
  readonly point: readonly number[];
  readonly tape: Tape;
}

const plain = (f: AnyScalarFunction, at: readonly number[]): number => {
  const value = f(...at);
  return typeof value === 'number' ? value : value.item();
};

/** The function along one variable through the point. */
const slice = (f: AnyScalarFunction, at: readonly number[], i: number) => (x: number) => f(...at.with(i, x));

function samplesOf(problem: ScalarProblem): Sample[] {
  const { f, at, names } = problem;
  const base = recordTape(f, at, names);
  if (!base) return [];
  const samples: Sample[] = [{ point: at, tape: base }];
  for (const point of samplePoints(at, tried).slice(1)) {
    if (samples.length >= wanted) break;
    const tape = recordTape(f, point, names);
    if (tape && sameTape(base, tape)) samples.push({ point, tape });
  }
  return samples;
}

/** Diagnoses every component of a claimed gradient of a function of numbers. */
export function diagnoseScalars(problem: ScalarProblem, claims: readonly ScalarClaim[]): Finding[] {
  const { f, at } = problem;
  const samples = samplesOf(problem);
  if (samples.length === 0) return claims.map((claim, i) => byDifferences(problem, claim, i));
  return claims.map((claim, i) => {
    const claimed = typeof claim === 'function' ? claim(...at) : claim;
    const { tape } = samples[0];
    const actual = differentiate(tape, i);
    const remainderOrder = orderOf(f, at, i, claimed);
    const used = typeof claim === 'function' ? usable(samples, claim, i) : samples.slice(0, 1);
    const values = used.map(({ point }) => (typeof claim === 'function' ? claim(...point) : claimed));
    const rights = used.map((s) => differentiate(s.tape, i));
    const typical = rights.map(Math.abs).sort((a, b) => a - b)[Math.floor(rights.length / 2)];
    const scales = used.map((s) => Math.max(magnitude(s.tape, i), typical, 5e-3 * Math.max(1, Math.abs(s.tape.value))));
    const isExact = typeof claim === 'function';
    const wrong = values.map((v, k) => !matches(v, rights[k], scales[k], isExact, 1e-11));
    const isRight = Number.isFinite(claimed) ? wrong.filter(Boolean).length * 2 < wrong.length && !wrong[0] : false;
    const far = wrong.findIndex(
      (w, k) => w && Math.abs(values[k] - rights[k]) > 1e-6 * (Math.abs(rights[k]) + scales[k]),
    );
    if (isRight && far < 0) return finding(claimed, actual, true, remainderOrder, []);
    const match = (candidate: readonly number[]): boolean =>
      candidate.every((v, k) => matches(values[k], v, scales[k], isExact, 1e-9)) &&
      !candidate.every((v, k) => matches(rights[k], v, scales[k], true, 1e-11));
    const found: Candidate[] = [];
    for (const candidate of candidatesFor(problem, claim, i, used, { values, rights })) {
      if (match(candidate.values)) found.push(candidate);
    }
    if (found.length === 0 && isRight) {
      const where = problem.names.map((name, k) => `${name} = ${short(used[far].point[k])}`).join(', ');
      const sentence = `right near the point, but not at ${where}: there it gives ${short(values[far])} instead of ${short(rights[far])}`;
      found.push({ rank: 0, values: [], cause: { kind: 'elsewhere', sentence } });
    }
    found.sort((a, b) => a.rank - b.rank);
    return finding(
      claimed,
      actual,
      false,
      remainderOrder,
      found.map(({ cause }) => cause),
    );
  });
}

const short = (x: number): string => String(Number(x.toPrecision(6)));

function matches(claimed: number, value: number, scale: number, isExact: boolean, relative: number): boolean {
  if (!isExact) return agrees(claimed, value, scale);
  return Math.abs(claimed - value) <= relative * Math.abs(value) + 0.02 * relative * scale;
}

/** Samples at which claim and derivative are finite. The point itself always counts. */
function usable(samples: readonly Sample[], claim: (...args: number[]) => number, i: number): Sample[] {
  return samples.filter(
    ({ point, tape }, k) => k === 0 || (Number.isFinite(claim(...point)) && Number.isFinite(differentiate(tape, i))),
  );
}

function orderOf(f: AnyScalarFunction, at: readonly number[], i: number, slope: number): number {
  const size = at[i] === 0 ? 1 : Math.abs(at[i]);
  return taylorTest((t) => plain(f, at.with(i, at[i] + size * t)), slope * size).order;
}

function finding(
  claimed: number,
  actual: number,
  right: boolean,
  remainderOrder: number,
  found: readonly Cause[],
): Finding {
  const [likely = { kind: 'unknown', sentence: causes.unknown } as Cause, ...others] = distinct(found);
  return {
    claimed,
    actual,
    right,
    remainderOrder,
    likelyCause: right ? null : likely,
    alternatives: right ? [] : others.slice(0, 3),
  };
}

/** One cause of each kind. */
const distinct = (found: readonly Cause[]): Cause[] =>
  found.filter(({ kind }, k) => found.findIndex((other) => other.kind === kind) === k);

interface Compared {
  readonly values: readonly number[];
  readonly rights: readonly number[];
}

function* candidatesFor(
  problem: ScalarProblem,
  claim: ScalarClaim,
  i: number,
  samples: readonly Sample[],
  { values, rights }: Compared,
): Generator<Candidate> {
  const { f, names, at, previous } = problem;
  const tapes = samples.map((s) => s.tape);
  const one = (rank: number, kind: Cause['kind'], list: readonly number[], sentence: string): Candidate => ({
    rank,
    values: list,
    cause: { kind, sentence },
  });
  yield one(
    11,
    'sign',
    rights.map((v) => -v),
    'the sign is wrong',
  );
  for (const [k, name] of names.entries()) {
    if (k === i) continue;
    yield one(
      10.5,
      'wrong-variable',
      tapes.map((tape) => differentiate(tape, k)),
      `this is the derivative by ${name}, not by ${names[i]}`,
    );
  }
  for (const point of previous) {
    const tape = recordTape(f, point, names);
    const where = names.map((name, k) => `${name} = ${short(point[k])}`).join(', ');
    if (tape && typeof claim === 'number') {
      yield one(
        3,
        'stale-point',
        [differentiate(tape, i)],
        `this is the derivative at ${where}, a point before this one`,
      );
    }
  }
  yield* mistakenDerivatives(tapes, i);
  yield one(
    13,
    'not-differentiated',
    tapes.map((tape) => tape.value),
    causes['not-differentiated'],
  );
  yield* ratios(values, rights, typeof claim === 'function');
  yield* offsets(values, rights, typeof claim === 'function');
  const second = secondDerivatives(f, samples, i);
  if (second) yield one(41, 'differentiated-twice', second, causes['differentiated-twice']);
  yield* integrals(f, at, claim, i, samples);
}

/** Factors worth naming when only one number is known. */
const simpleFactors = [2, 1 / 2, 3, 1 / 3, 4, 1 / 4, 10, 1 / 10, 5, 1 / 5, 6, 1 / 6, 8, 1 / 8, -2, -1 / 2];

/** The right derivative times a constant. */
function* ratios(values: readonly number[], rights: readonly number[], isFunction: boolean): Generator<Candidate> {
  const k = rights.findIndex((v) => v !== 0);
  if (k < 0) return;
  const ratio = values[k] / rights[k];
  if (!Number.isFinite(ratio) || ratio === 0 || ratio === -1) return;
  if (!isFunction && !simpleFactors.some((c) => Math.abs(ratio - c) < 1e-9)) return;
  if (isFunction && values.length < 3) return;
  const size = Math.abs(ratio);
  const what = size > 1 ? `a factor ${short(ratio)} too many` : `a factor ${short(1 / ratio)} is missing`;
  const sentence = `the claim is ${short(ratio)} times the derivative: ${what}`;
  yield {
    rank: isFunction ? 42 : 60,
    values: rights.map((v) => v * ratio),
    cause: { kind: 'constant-factor', sentence },
  };
}

/** The right derivative plus a constant. */
function* offsets(values: readonly number[], rights: readonly number[], isFunction: boolean): Generator<Candidate> {
  const difference = values[0] - rights[0];
  if (!isFunction || values.length < 3 || !Number.isFinite(difference)) return;
  const sentence = `the claim is the derivative ${difference < 0 ? '-' : '+'} ${short(Math.abs(difference))}; a constant of the function has the derivative 0`;
  yield { rank: 52, values: rights.map((v) => v + difference), cause: { kind: 'constant-kept', sentence } };
}

function secondDerivatives(f: AnyScalarFunction, samples: readonly Sample[], i: number): number[] | undefined {
  try {
    return samples.map(({ point }) => {
      const along = slice(f, point, i) as (x: number) => number;
      return Number(grad(grad(along))(point[i]));
    });
  } catch (error) {
    if (error instanceof DownhillError) return undefined;
    throw error;
  }
}

/** A claim whose own derivative is the function, or whose value is the integral from 0. */
function* integrals(
  f: AnyScalarFunction,
  at: readonly number[],
  claim: ScalarClaim,
  i: number,
  samples: readonly Sample[],
): Generator<Candidate> {
  if (typeof claim === 'function') {
    if (samples.length < 3) return;
    const isPrimitive = samples.every(({ point, tape }) => {
      const { derivative, error } = extrapolatedDifference((x) => claim(...point.with(i, x)), point[i]);
      return Math.abs(derivative - tape.value) <= 1e-6 * Math.abs(tape.value) + 10 * error;
    });
    if (isPrimitive)
      yield {
        rank: 15,
        values: samples.map((s) => claim(...s.point)),
        cause: { kind: 'integrated', sentence: causes.integrated },
      };
    return;
  }
  if (at[i] === 0) return;
  const along = slice(f, at, i) as (x: number) => number;
  const [low, high] = [Math.min(0, at[i]), Math.max(0, at[i])];
  const report = integrate((x: number) => Number(along(x)), [low, high], { budget: 2_000 });
  const value = report.converged ? Math.sign(at[i]) * report.value : Number.NaN;
  if (Number.isFinite(value))
    yield {
      rank: 55,
      values: [value],
      cause: { kind: 'integrated', sentence: `${causes.integrated}: it is the integral from 0` },
    };
}

/** Where the engine cannot follow the function: extrapolated differences judge, and only general causes are told. */
function byDifferences(problem: ScalarProblem, claim: ScalarClaim, i: number): Finding {
  const { f, at } = problem;
  const claimed = typeof claim === 'function' ? claim(...at) : claim;
  const { derivative, error } = extrapolatedDifference(slice(f, at, i), at[i]);
  const close = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-7 * Math.abs(b) + 20 * error;
  const remainderOrder = orderOf(f, at, i, claimed);
  if (close(claimed, derivative)) return finding(claimed, derivative, true, remainderOrder, []);
  const found: Cause[] = [];
  if (close(claimed, -derivative)) found.push({ kind: 'sign', sentence: 'the sign is wrong' });
  problem.names.forEach((name, k) => {
    if (k === i) return;
    const other = extrapolatedDifference(slice(f, at, k), at[k]).derivative;
    if (close(claimed, other))
      found.push({ kind: 'wrong-variable', sentence: `this is the derivative by ${name}, not by ${problem.names[i]}` });
  });
  const factor = simpleFactors.find((c) => close(claimed, c * derivative));
  if (factor !== undefined)
    found.push({ kind: 'constant-factor', sentence: `the claim is ${short(factor)} times the derivative` });
  if (close(claimed, plain(f, at))) found.push({ kind: 'not-differentiated', sentence: causes['not-differentiated'] });
  return finding(claimed, derivative, false, remainderOrder, found);
}
