import { item } from '../../functions/numeric.ts';
import { ArgumentError } from '../../tensor/errors.ts';
import { checkOptions } from '../../tensor/option-names.ts';
import { describeValue } from '../../tensor/tensor.ts';
import { expressionOf } from '../expression.ts';
import { IntervalError } from '../intervals/index.ts';
import { type Curvature, composeProgram, type Deduction, isConcave, isConvex } from './composition.ts';
import { type Counterexample, type Direction, type Scan, scan } from './counterexample.ts';
import { type HessianProof, proveByHessian } from './hessian.ts';
import {
  type Derivatives,
  derivativesOf,
  encloseAll,
  encloseProgram,
  isScalarProgram,
  type ScalarFunction,
  type Side,
} from './programs.ts';
import { textbook } from './textbook.ts';

export type ConvexityVerdict = 'convex' | 'concave' | 'affine' | 'neither' | 'unknown';

/** Why a verdict could not be reached. */
export type ConvexityReason = 'undecided' | 'budget' | 'undefined' | 'no-enclosure';

/** The sentence of each reason. */
export const convexityReasons: Readonly<Record<ConvexityReason, string>> = {
  undecided: 'neither a proof nor a counterexample was found',
  budget: 'the budget ended before a proof was complete',
  undefined: 'the function has no value on part of the box; ask about the part where it has',
  'no-enclosure': 'some operation has no enclosure, so nothing can be proven',
};

/** A proof by the rules of composition, line by line, or by the Hessian's eigenvalues over the box. */
export type ConvexityCertificate =
  | { readonly kind: 'composition'; readonly deductions: readonly Deduction[] }
  | {
      readonly kind: 'hessian';
      /** Every eigenvalue of the Hessian lies here, everywhere on the box. */
      readonly eigenvalues: readonly [low: number, high: number];
      readonly boxes: number;
    };

export interface Convexity {
  readonly verdict: ConvexityVerdict;
  readonly certificate: ConvexityCertificate | null;
  /** What refutes convexity, concavity or both. */
  readonly counterexamples: readonly Counterexample[];
  /** μ: the Hessian minus μ is positive semidefinite on the box; `null` where nothing is certified. */
  readonly strongConvexity: number | null;
  /** L: no eigenvalue of the Hessian is larger in size, so that the gradient is Lipschitz with L. */
  readonly smoothness: number | null;
  /** The box asked about; where none was given, the part of it on which the function is defined. */
  readonly box: readonly Side[];
  readonly reason: ConvexityReason | null;
  /** A point of the box where the function has no value. */
  readonly undefinedAt: readonly number[] | null;
  readonly message: string;
}

export interface ConvexityOptions {
  /** Interval evaluations of the Hessian at most. Default 4000. */
  readonly budget?: number;
  /** Names of the arguments, for the lines of a proof. Default x, y, z. */
  readonly names?: readonly string[];
}

const short = (x: number): string => String(Number(x.toPrecision(6)));

/** Checks a box: one range an argument, in order. */
export function checkBox(box: readonly Side[], who: string): readonly Side[] {
  box.forEach((side, i) => {
    if (!Array.isArray(side) || side.length !== 2 || side.some((v) => typeof v !== 'number' || Number.isNaN(v))) {
      throw new ArgumentError(`${who}: range ${i} is ${describeValue(side)}; a pair [low, high] of numbers is needed`);
    }
    const [low, high] = side;
    if (!(low < high)) {
      const what = low === high ? 'is empty' : 'is reversed';
      throw new ArgumentError(`${who}: range ${i} from ${low} to ${high} ${what}; the first end must be the smaller`);
    }
  });
  return box;
}

/**
 * Whether `f` is convex on a box (or on all space), with the evidence: a proof by the rules of composition, a proof by
 * interval bounds on the eigenvalues of its Hessian, or points that break the inequality, verified with outward rounding.
 * What can be neither proven nor refuted is `unknown`, never a guess. On all space, a function that has values on a half
 * space only (log, sqrt) is judged there.
 * @param f a function of numbers, written in the library's functions, that does not branch on values.
 * @param box a range for each argument, with infinite ends allowed; a number instead of a box is the count of arguments
 *   and stands for all space.
 * @throws ArgumentError for a range that is reversed or empty.
 */
export function convexity(f: ScalarFunction, box: readonly Side[] | number, options: ConvexityOptions = {}): Convexity {
  checkOptions('convexity', options, { budget: 1, names: 1 });
  const budget = options.budget ?? 4000;
  if (!(Number.isInteger(budget) && budget > 0)) {
    throw new ArgumentError(`convexity: the budget ${describeValue(options.budget)} is not a positive whole number`);
  }
  const isEverywhere = typeof box === 'number';
  const n = isEverywhere ? box : box.length;
  if (!(Number.isInteger(n) && n >= 1 && n <= 12)) {
    throw new ArgumentError(`convexity: a function of 1 to 12 numbers is needed; got ${n}`);
  }
  const names = options.names ?? Array.from({ length: n }, (_, i) => (n <= 3 ? 'xyz'[i] : `x${i}`));
  const asked: readonly Side[] = isEverywhere
    ? new Array<Side>(n).fill([-Infinity, Infinity])
    : checkBox(box, 'convexity');
  const derivatives = derivativesOf(f, n, 'convexity');
  const evaluate = (x: readonly number[]): number => item(f(...x));
  try {
    return judge(derivatives, evaluate, isEverywhere ? naturalBox(evaluate, asked) : asked, {
      isEverywhere,
      budget,
      names,
    });
  } catch (error) {
    if (!(error instanceof IntervalError)) throw error;
    return {
      ...nothing(asked),
      reason: 'no-enclosure',
      message: `Unknown: ${convexityReasons['no-enclosure']} (${error.message}).`,
    };
  }
}

const nothing = (box: readonly Side[]) => ({
  verdict: 'unknown' as const,
  certificate: null,
  counterexamples: [],
  strongConvexity: null,
  smoothness: null,
  box,
  undefinedAt: null,
});

/** All space cut to the half where the function has values, variable by variable, as for logarithms and roots. */
function naturalBox(f: (x: readonly number[]) => number, box: readonly Side[]): readonly Side[] {
  const values = [0.37, 1.3, 5.1, 40.7];
  const others = [-2.3, -0.41, 0.53, 1.7, 6.1];
  return box.map((side, i): Side => {
    const has = (sign: number): boolean =>
      values.some((v) =>
        others.some((o) => Number.isFinite(f(box.map((_, k) => (k === i ? sign * v : o * (1 + 0.1 * k)))))),
      );
    if (has(1) && !has(-1)) return [Number.MIN_VALUE, Infinity];
    if (has(-1) && !has(1)) return [-Infinity, -Number.MIN_VALUE];
    return side;
  });
}

interface Request {
  readonly isEverywhere: boolean;
  readonly budget: number;
  readonly names: readonly string[];
}

function judge(
  derivatives: Derivatives,
  f: (x: readonly number[]) => number,
  box: readonly Side[],
  { isEverywhere, budget, names }: Request,
): Convexity {
  const { value } = derivatives;
  const scanned = scan(f, value, box);
  const base = { ...nothing(box), undefinedAt: scanned.undefinedAt };
  const [whole] = encloseProgram(value, box);
  const isDefined = whole.grade !== 'partial';
  if (!isEverywhere && scanned.undefinedAt) {
    const at = scanned.undefinedAt.map((v, i) => `${names[i]} = ${short(v)}`).join(', ');
    return { ...base, reason: 'undefined', message: `Unknown: ${convexityReasons.undefined} (it has none at ${at}).` };
  }
  const composed = compositionOf(derivatives, box, names);
  let { convex, concave } = scanned;
  const claims = composed?.curvature ?? 'unknown';
  const proven = {
    convex: !convex && isConvex({ curvature: claims }),
    concave: !concave && isConcave({ curvature: claims }),
  };
  const open = { convex: !convex && !proven.convex, concave: !concave && !proven.concave };
  let hessian: HessianProof | undefined;
  if (isDefined && (open.convex || open.concave)) {
    // each by itself: together they would prove affine functions only
    if (open.convex) hessian = proveByHessian(derivatives, box, { convex: true, concave: false }, budget);
    const asConcave = open.concave
      ? proveByHessian(derivatives, box, { convex: false, concave: true }, budget)
      : undefined;
    if (hessian && asConcave) {
      const exhausted = hessian.isExhausted || asConcave.isExhausted;
      const better = hessian.convex ? hessian : asConcave;
      const directions = [hessian.indefinite, asConcave.indefinite].flatMap((at) => (at ? directionsAt(at) : []));
      hessian = {
        ...better,
        convex: hessian.convex,
        concave: asConcave.concave,
        isExhausted: exhausted && !hessian.convex && !asConcave.concave,
      };
      if (directions.length > 0)
        ({ convex, concave } = again(f, derivatives, box, directions, { ...scanned, convex, concave }));
    } else {
      hessian ??= asConcave;
      if (hessian?.indefinite)
        ({ convex, concave } = again(f, derivatives, box, directionsAt(hessian.indefinite), {
          ...scanned,
          convex,
          concave,
        }));
    }
  }
  const isConvexHere = proven.convex || hessian?.convex === true;
  const isConcaveHere = proven.concave || hessian?.concave === true;
  const counterexamples = [convex, concave].filter((c) => c !== null);
  const bounds = constants(
    derivatives,
    box,
    hessian,
    isDefined && (isConvexHere || isConcaveHere),
    isConvexHere,
    budget,
  );
  const verdict: ConvexityVerdict =
    isConvexHere && isConcaveHere
      ? 'affine'
      : isConvexHere
        ? 'convex'
        : isConcaveHere
          ? 'concave'
          : convex && concave
            ? 'neither'
            : 'unknown';
  const byRules =
    verdict !== 'unknown' &&
    verdict !== 'neither' &&
    (verdict === 'convex' ? proven.convex : verdict === 'concave' ? proven.concave : proven.convex && proven.concave);
  const certificate: ConvexityCertificate | null =
    verdict === 'unknown' || verdict === 'neither'
      ? null
      : byRules && composed
        ? { kind: 'composition', deductions: composed.deductions }
        : { kind: 'hessian', eigenvalues: bounds.range ?? [-Infinity, Infinity], boxes: hessian?.boxes ?? 1 };
  const reason: ConvexityReason | null =
    verdict === 'unknown'
      ? hessian?.isExhausted
        ? 'budget'
        : isDefined
          ? 'undecided'
          : scanned.undefinedAt
            ? 'undefined'
            : 'undecided'
      : null;
  return {
    ...base,
    verdict,
    certificate,
    counterexamples,
    strongConvexity: bounds.mu,
    smoothness: bounds.L,
    reason,
    message: describe(verdict, certificate, counterexamples, bounds, reason, { names, box, isDefined }),
  };
}

/** Directions to look along from a point where the Hessian has the wrong sign. */
function directionsAt(at: readonly number[]): Direction[] {
  const n = at.length;
  const size = (i: number): number => 0.1 * Math.max(0.1, Math.abs(at[i]));
  const found: Direction[] = at.map((_, i) => ({ at, along: at.map((_v, k) => (k === i ? size(i) : 0)) }));
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) {
      for (const sign of [1, -1]) {
        for (const ratio of [0.25, 1, 4]) {
          found.push({ at, along: at.map((_v, k) => (k === i ? size(i) : k === j ? sign * ratio * size(j) : 0)) });
        }
      }
    }
  }
  return found;
}

function again(
  f: (x: readonly number[]) => number,
  { value }: Derivatives,
  box: readonly Side[],
  directions: readonly Direction[],
  before: Scan,
): { convex: Counterexample | null; concave: Counterexample | null } {
  const found = scan(f, value, box, directions);
  return { convex: before.convex ?? found.convex, concave: before.concave ?? found.concave };
}

function compositionOf(
  { value }: Derivatives,
  box: readonly Side[],
  names: readonly string[],
): { curvature: Curvature; deductions: Deduction[] } | undefined {
  const program = textbook(value);
  if (!isScalarProgram(program)) return undefined;
  const variables = [...program.inputs, ...program.equations.flatMap((e) => e.outputs)];
  const ids = new Map(variables.map((v, i) => [v, i] as const));
  return composeProgram(program, encloseAll(program, box), expressionOf(program, names, ids));
}

interface Constants {
  readonly range: readonly [number, number] | null;
  readonly mu: number | null;
  readonly L: number | null;
}

/** μ and L from the bounds of the Hessian, where they are finite and the function is twice differentiable. */
function constants(
  derivatives: Derivatives,
  box: readonly Side[],
  hessian: HessianProof | undefined,
  isKnown: boolean,
  isConvexHere: boolean,
  budget: number,
): Constants {
  if (!isKnown) return { range: null, mu: null, L: null };
  const wanted = { convex: isConvexHere, concave: !isConvexHere };
  const isProven = hessian && (isConvexHere ? hessian.convex : hessian.concave);
  const proof = isProven ? hessian : proveByHessian(derivatives, box, wanted, Math.min(budget, 600));
  if (!(isConvexHere ? proof.convex : proof.concave)) return { range: null, mu: null, L: null };
  const range = [proof.low, proof.high] as const;
  const size = Math.max(Math.abs(range[0]), Math.abs(range[1]));
  return {
    range,
    mu: isConvexHere && range[0] > 0 ? range[0] : isConvexHere ? 0 : null,
    L: Number.isFinite(size) ? size : null,
  };
}

function describe(
  verdict: ConvexityVerdict,
  certificate: ConvexityCertificate | null,
  counterexamples: readonly Counterexample[],
  { range, mu, L }: Constants,
  reason: ConvexityReason | null,
  { names, box, isDefined }: { names: readonly string[]; box: readonly Side[]; isDefined: boolean },
): string {
  const halves = box.flatMap(([low, high], i) =>
    low === Number.MIN_VALUE ? [`${names[i]} > 0`] : high === -Number.MIN_VALUE ? [`${names[i]} < 0`] : [],
  );
  const where = halves.length > 0 ? ` on ${halves.join(', ')}` : isDefined ? '' : ' where it is defined';
  if (verdict === 'unknown') {
    const refuted = counterexamples.map(({ refutes }) => refutes);
    const known = refuted.length > 0 ? ` It is certainly not ${refuted.join(' nor ')}.` : '';
    return `Unknown: ${convexityReasons[reason ?? 'undecided']}.${known}`;
  }
  if (verdict === 'neither') {
    const [first] = counterexamples;
    const show = (p: readonly number[]): string => (p.length === 1 ? short(p[0]) : `(${p.map(short).join(', ')})`);
    return `Neither convex nor concave: between ${show(first.x)} and ${show(first.y)} the graph runs ${first.refutes === 'convex' ? 'above' : 'below'} its chord, and elsewhere ${first.refutes === 'convex' ? 'below' : 'above'}.`;
  }
  const derivative = names.length === 1 ? 'the second derivative lies' : 'the eigenvalues of the Hessian lie';
  const because =
    range && (Number.isFinite(range[0]) || Number.isFinite(range[1])) && verdict !== 'affine'
      ? `${derivative} in [${short(range[0])}, ${short(range[1])}]`
      : certificate?.kind === 'composition'
        ? 'by the rules of composition'
        : `${derivative} ${verdict === 'convex' ? 'at or above 0' : 'at or below 0'}`;
  const strength = verdict === 'convex' && mu !== null && mu > 0 ? `, strongly so (μ = ${short(mu)})` : '';
  const smooth = verdict !== 'affine' && L !== null ? `; L = ${short(L)}` : '';
  const word = verdict === 'affine' ? 'Affine' : `Certified ${verdict}`;
  return `${word}${where}${strength}: ${verdict === 'affine' ? 'both convex and concave' : because}${smooth}.`;
}
