/** What goes wrong in a descent: each failure reproduced beside the run as it should be, and the check that tells it. */
import { type Diagnosis, diagnose, localSlope } from 'downhill/calculus';
import { formula } from 'downhill/formula';
import { descend, scale, type UpdateRule, type Verdict } from 'downhill/optimize';
import { choiceField, type Fields, numberField } from './link.ts';
import { show } from './numbers.ts';

export const FAILURES = ['sign', 'rate', 'slope', 'chain', 'stale'] as const;
export type Failure = (typeof FAILURES)[number];
export const WRONG_STEPS = 12;

export interface WrongState {
  wrong: Failure;
  wrongRate: number;
  /** The move along the tangent. */
  d: number;
}

export const wrongFields: Fields<WrongState> = {
  wrong: choiceField('sign', FAILURES),
  wrongRate: numberField(0.2, [0.01, 1.5]),
  d: numberField(1, [-2, 6]),
};

export const FAILURE_NAMES: Readonly<Record<Failure, string>> = {
  sign: 'Sign error',
  rate: 'Rate too large',
  slope: 'Local slope misread',
  chain: 'Broken chain',
  stale: 'Gradient not cleared',
};

/** The function each failure happens to, its start, its rate, and the line of code that is wrong. */
interface Case {
  readonly f: string;
  readonly start: number;
  readonly rate: number;
  readonly right: string;
  readonly wrong: string;
}

const VALLEY = '(w - 3)^2';
const CASES: Readonly<Record<Failure, Case>> = {
  sign: { f: VALLEY, start: 0, rate: 0.2, right: 'w = w - rate * slope(w)', wrong: 'w = w + rate * slope(w)' },
  rate: { f: VALLEY, start: 0, rate: 1.1, right: 'const rate = 0.2', wrong: 'const rate = 1.1' },
  slope: {
    f: VALLEY,
    start: 0,
    rate: 0.2,
    right: 'w = w - rate * slope(w)',
    wrong: 'w = w + 6, because the tangent promises a loss of -27 there',
  },
  chain: {
    f: '(2w + 1)^2',
    start: 3,
    rate: 0.05,
    right: 'slope = 2 * (2 * w + 1) * 2',
    wrong: 'slope = 2 * (2 * w + 1)',
  },
  stale: { f: VALLEY, start: 0, rate: 0.2, right: 'sum = slope(w)', wrong: 'sum = sum + slope(w)' },
};

export interface TwinRow {
  readonly step: number;
  readonly right: { readonly w: number; readonly loss: number };
  readonly wrong: { readonly w: number; readonly loss: number };
}

export interface Twin extends Case {
  readonly rows: readonly TwinRow[];
  readonly verdict: Verdict;
  /** The same wrong run at a tenth of its rate: the test that tells a rate from a sign. */
  readonly gentle: readonly number[];
  readonly gentleVerdict: Verdict;
}

type One = (w: number) => number;
const functionOf = (text: string): One => formula(text, { variables: ['w'] }).f as One;

/** The rule with the mistake in it. */
function mistaken(failure: Failure, rate: number): UpdateRule<number, unknown> {
  switch (failure) {
    case 'sign':
      return scale(rate);
    case 'chain':
      // The inner factor 2 is lost: half of the gradient.
      return scale(-rate / 2);
    case 'stale':
      return {
        name: 'not cleared',
        init: () => 0,
        update: (gradient: number, sum: number) => [-rate * (sum + gradient), sum + gradient],
      } as UpdateRule<number, unknown>;
    default:
      return scale(-rate);
  }
}

/** Right and wrong, step by step. The wrong rate of `rate` stands beside the run at 0.2. */
export function twin(failure: Exclude<Failure, 'slope'>, rate = CASES[failure].rate, steps = WRONG_STEPS): Twin {
  const { f, start } = CASES[failure];
  const loss = functionOf(f);
  const rightRate = failure === 'rate' ? 0.2 : rate;
  const go = (rule: UpdateRule<number, unknown>) => descend(loss, start, { method: rule, steps, jit: true });
  const [right, wrong] = [go(scale(-rightRate)), go(mistaken(failure, rate))];
  const gentle = go(mistaken(failure, rate / 10));
  const list = (run: typeof right) => [run.start, ...run.steps].map(({ point, value }) => ({ w: point, loss: value }));
  const [a, b] = [list(right), list(wrong)];
  const rows = a.flatMap((one, step): TwinRow[] => {
    const other = b[step];
    return other === undefined ? [] : [{ step, right: one, wrong: other }];
  });
  return {
    ...CASES[failure],
    rows,
    verdict: wrong.verdict,
    gentle: list(gentle).map((p) => p.loss),
    gentleVerdict: gentle.verdict,
  };
}

export const SLOPE_MOVES: readonly number[] = [0.1, 1, 3, 6];

/** What the slope at 0 promises for a move along (w − 3)², and what comes of it. */
export const promise = (move: number) => localSlope(functionOf(VALLEY), 0, [move]);
export const promises = () => localSlope(functionOf(VALLEY), 0, SLOPE_MOVES);

/** Three answers for the derivative of (2w + 1)² at 3, each judged by the engine's doctor. */
export interface Judged {
  readonly claim: string;
  readonly value: number;
  readonly diagnosis: Diagnosis;
  readonly cause: string;
}

export function brokenChains(): readonly Judged[] {
  const whole = formula('(2w + 1)^2', { variables: ['w'] });
  return ['2*(2w + 1)*2', '2*(2w + 1)', '2'].map((claim) => {
    const read = formula(claim, { variables: ['w'] });
    const diagnosis = diagnose(whole, [read], [3]);
    const [component] = diagnosis.components;
    return {
      claim,
      value: read.at({ w: 3 }),
      diagnosis,
      cause: component?.right ? 'right' : (component?.likelyCause?.sentence ?? 'wrong, for no reason the doctor knows'),
    };
  });
}

/** How each failure shows itself, from the numbers of its run. */
export function signsOf(failure: Failure, rate?: number): readonly string[] {
  if (failure === 'slope') {
    const [far] = promise(6).steps;
    return [
      far?.sentence ?? '',
      'Compare what the tangent promised with what happened, and trust steps for which both agree.',
    ];
  }
  const t = twin(failure, rate);
  const [first, second] = t.rows;
  const change = (second?.wrong.loss ?? Number.NaN) - (first?.wrong.loss ?? Number.NaN);
  const gentleChange = (t.gentle[1] as number) - (t.gentle[0] as number);
  const moved = `The first step changes the loss by ${show(change, 4)}; at a tenth of the rate by ${show(gentleChange, 4)}.`;
  switch (failure) {
    case 'sign':
      return [moved, 'Uphill at any rate, however small: then it is the direction that is wrong, not the length.'];
    case 'rate':
      return [
        moved,
        gentleChange < 0 ? 'A smaller rate goes down: the direction was right, the step too long.' : moved,
      ];
    case 'chain':
      return [
        moved,
        'Nothing looks wrong: a gradient that is half as long still points downhill. Only a check of the gradient itself finds it.',
      ];
    case 'stale':
      return [
        moved,
        'The first step is right, the next ones go on too far: the run swings where one step at this rate would not.',
      ];
  }
}
