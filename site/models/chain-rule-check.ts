/** A gradient written by hand, compared with the engine's and with differences; a wrong one is told its likely mistake. */
import { DownhillError } from 'downhill';
import { numericalGradient } from 'downhill/calculus';
import { type Formula, FormulaError, formula } from 'downhill/formula';
import { graphOf, type Point, pointField, pointOf, readSource, type Source } from './chain-rule.ts';
import { MAX_FORMULA } from './curve.ts';
import { type Field, type Fields, textField } from './link.ts';
import { diagnosis } from './questions/diagnosis.ts';

/** Formulas by the name of the variable they claim to be the derivative by. */
export type Manual = Readonly<Record<string, string>>;

export interface CheckState {
  m: string;
  mat: Point;
  by: Manual;
}

const manualField: Field<Manual> = {
  initial: { b: '2*(w*x + b - 1)', w: '2*(w*x + b - 1)*x' },
  write: (manual) => JSON.stringify(manual),
  read: (text) => {
    if (text.length > 1500) return undefined;
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      return undefined;
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    const entries = Object.entries(value);
    const isManual = entries.every(
      ([name, claim]) => /^[a-zA-Z]\w{0,11}$/.test(name) && typeof claim === 'string' && claim.length <= MAX_FORMULA,
    );
    return isManual && entries.length <= 6 ? (Object.fromEntries(entries) as Manual) : undefined;
  },
};

export const checkFields: Fields<CheckState> = {
  m: textField('(w*x + b - 1)^2', (text) => text.length <= MAX_FORMULA && readSource(text).ok),
  mat: pointField,
  by: manualField,
};

export interface CheckRow {
  readonly name: string;
  readonly claim: string;
  /** `undefined` where nothing that can be read was written. */
  readonly byHand: number | undefined;
  readonly automatic: number;
  readonly measured: number;
  readonly isRight: boolean;
  /** What is wrong with the claim, in a sentence; empty when it is right or missing. */
  readonly message: string;
}

/** Compares a claim for each variable at a point. */
export function checkManual(source: Source, at: Point, manual: Manual): readonly CheckRow[] {
  const point = pointOf(source, at);
  const graph = graphOf(source, point);
  const f = source.formula.f as (...args: number[]) => number;
  const measured = numericalGradient((p: Record<string, number>) => f(...source.variables.map((v) => p[v] as number)), {
    ...point,
  });
  return source.variables.map((name, i) => {
    const claim = manual[name] ?? '';
    const row = { name, claim, automatic: graph.nodes[i]?.adjoint as number, measured: measured[name] as number };
    if (claim.trim() === '') return { ...row, byHand: undefined, isRight: false, message: '' };
    const read = readClaim(claim, source.variables);
    if (typeof read === 'string') return { ...row, byHand: undefined, isRight: false, message: read };
    const byHand = Number(read.f(...source.variables.map((v) => point[v] as number)));
    const { isRight, message } = judge(source, name, point, read, byHand, row.automatic);
    return { ...row, byHand, isRight, message };
  });
}

function readClaim(claim: string, variables: readonly string[]): Formula | string {
  if (claim.length > MAX_FORMULA) return `a formula here has at most ${MAX_FORMULA} characters`;
  try {
    return formula(claim, { variables: [...variables] });
  } catch (error) {
    if (error instanceof FormulaError) return `${error.sentence} (position ${error.position})`;
    if (error instanceof DownhillError) return error.message;
    throw error;
  }
}

function judge(
  source: Source,
  name: string,
  point: Point,
  claim: Formula,
  byHand: number,
  automatic: number,
): { readonly isRight: boolean; readonly message: string } {
  if (Math.abs(byHand - automatic) <= 1e-9 * Math.max(1, Math.abs(automatic))) return { isRight: true, message: '' };
  if (!Number.isFinite(byHand)) return { isRight: false, message: 'The claim has no value at this point.' };
  const found = diagnosis({ f: source.text, at: point, by: name }, claim.text);
  return {
    isRight: false,
    message: found ?? 'No common mistake gives this; walk through the graph and compare edge by edge.',
  };
}

/** Claims for the gradient of the example, right and wrong, to try the check on. */
export const CLAIMS: readonly { readonly name: string; readonly by: Manual }[] = [
  { name: 'right', by: { b: '2*(w*x + b - 1)', w: '2*(w*x + b - 1)*x', x: '2*(w*x + b - 1)*w' } },
  { name: 'inner factor forgotten', by: { b: '2*(w*x + b - 1)', w: '2*(w*x + b - 1)', x: '2*(w*x + b - 1)' } },
  { name: 'sign turned', by: { b: '2*(1 - w*x - b)', w: '2*(1 - w*x - b)*x', x: '2*(1 - w*x - b)*w' } },
  { name: 'power not lowered', by: { b: '2*(w*x + b - 1)^2', w: '2*(w*x + b - 1)^2*x', x: '2*(w*x + b - 1)^2*w' } },
];
