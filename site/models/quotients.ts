/** Difference quotients over many steps, and which of the two errors rules where. */
import { differenceQuotients, enclose } from 'downhill/calculus';
import type { Curve } from './curve.ts';

/** Half the distance between 1 and the next double: the relative error of one rounding. */
const UNIT = 2 ** -53;

export type Regime = 'truncation' | 'cancellation' | 'balance';

export interface ErrorRow {
  readonly h: number;
  readonly forward: number;
  readonly central: number;
  /** Sizes of the errors against the derivative. */
  readonly forwardError: number;
  readonly centralError: number;
  /** |f″| h / 2: what is left out by stopping at a finite step. */
  readonly truncation: number;
  /** (2u |f| + u |x f′|) / h: what rounding f and x + h costs, as a bound on its size. */
  readonly cancellation: number;
  readonly regime: Regime;
}

export interface ErrorTable {
  readonly derivative: number;
  readonly rows: readonly ErrorRow[];
  /** The step where the two models cross: the square root of the one over the other. `undefined` when f″ is 0. */
  readonly bestStep: number | undefined;
  /** A bound on the error of automatic differentiation, from an enclosure; `undefined` where none is known. */
  readonly automaticError: number | undefined;
}

/** 1, 10^(-1/4), … 10^-16. */
export const STEPS: readonly number[] = Array.from({ length: 65 }, (_, k) =>
  k % 4 === 0 ? Number(`1e${k === 0 ? 0 : -k / 4}`) : 10 ** (-k / 4),
);

/** The steps of the printed table: whole powers of ten. */
export const TABLE_STEPS: readonly number[] = [1, 1e-1, 1e-2, 1e-3, 1e-5, 1e-8, 1e-11, 1e-14, 1e-16];

export function errorTable(curve: Curve, x: number, steps: readonly number[] = STEPS): ErrorTable {
  const f = curve.formula.f as (x: number) => number;
  const table = differenceQuotients(f, x, steps);
  const [value, curvature] = [Math.abs(curve.at(x)), Math.abs(curve.curvatureAt(x))];
  const noise = UNIT * (2 * value + Math.abs(x * table.derivative));
  const rows = table.rows.map(({ h, forward, central, forwardError, centralError }): ErrorRow => {
    const [truncation, cancellation] = [(curvature * h) / 2, noise / h];
    const errors = { forwardError: Math.abs(forwardError), centralError: Math.abs(centralError) };
    return { h, forward, central, ...errors, truncation, cancellation, regime: regimeOf(truncation, cancellation) };
  });
  const bestStep = curvature > 0 && noise > 0 ? Math.sqrt((2 * noise) / curvature) : undefined;
  return { derivative: table.derivative, rows, bestStep, automaticError: automaticError(curve, x, table.derivative) };
}

function regimeOf(truncation: number, cancellation: number): Regime {
  if (truncation > 3 * cancellation) return 'truncation';
  return cancellation > 3 * truncation ? 'cancellation' : 'balance';
}

/** How far the computed derivative can be from the true one: the farther end of an interval that must hold it. */
function automaticError(curve: Curve, x: number, derivative: number): number | undefined {
  try {
    const held = enclose(curve.formula.f as (x: number) => number, [[x, x]], { order: 1 }).gradient?.[0];
    if (held === undefined) return undefined;
    const error = Math.max(derivative - held.low.item(), held.high.item() - derivative);
    return Number.isFinite(error) && error >= 0 ? error : undefined;
  } catch {
    // No enclosure exists for this formula: the figure leaves its line out.
    return undefined;
  }
}

/** The slope of log error over log h between two steps: 1 for truncation, −1 for cancellation. */
export function orderBetween(rows: readonly ErrorRow[], from: number, to: number): number {
  const inside = rows.filter((r) => r.h >= Math.min(from, to) && r.h <= Math.max(from, to) && r.forwardError > 0);
  const [xs, ys] = [inside.map((r) => Math.log10(r.h)), inside.map((r) => Math.log10(r.forwardError))];
  const mean = (v: readonly number[]): number => v.reduce((a, b) => a + b, 0) / v.length;
  const [mx, my] = [mean(xs), mean(ys)];
  const top = xs.reduce((a, v, i) => a + (v - mx) * ((ys[i] as number) - my), 0);
  return top / xs.reduce((a, v) => a + (v - mx) ** 2, 0);
}
