/** Where a gradient exists on paper or in a program, and yet does not do what a gradient should. */
import { unitAt } from './gradient.ts';
import { type Pair, readSurface, type Surface } from './surface.ts';

export interface Suspect {
  readonly f: string;
  readonly what: string;
}

/** All are looked at in the origin, where each has the value 0. */
export const SUSPECTS: readonly Suspect[] = [
  { f: 'where(x^2 + y^2 > 0, x^2*y/(x^2 + y^2), 0)', what: 'both partials 0, yet not flat' },
  { f: 'where(x^2 + y^2 > 0, x*y/(x^2 + y^2), 0)', what: 'both partials 0, yet it jumps' },
  { f: 'sqrt(x^2 + y^2)', what: 'the tip of a cone' },
  { f: 'x*y + x - 2y', what: 'smooth, for comparison' },
];

export interface DirectionRow {
  readonly angle: number;
  /** (f(h·u) − f(0)) / h for h = 10⁻², 10⁻⁴, 10⁻⁶. */
  readonly quotients: readonly number[];
  /** What the gradient promises: ∇f·u. */
  readonly promised: number;
  readonly holds: boolean;
}

export const APPROACH: readonly number[] = [1e-2, 1e-4, 1e-6];
export const ANGLES: readonly number[] = [0, 30, 45, 60, 90, 180];

export interface Check {
  readonly gradient: Pair;
  readonly rows: readonly DirectionRow[];
  /** Whether the promise is kept in each direction listed. */
  readonly holds: boolean;
}

export function surfaceOf(f: string): Surface {
  const read = readSurface(f);
  if (!read.ok) throw new Error(read.message);
  return read.surface;
}

/** Compares the slopes measured in several directions with what the gradient says about them. */
export function checkOrigin(f: string): Check {
  const surface = surfaceOf(f);
  const gradient = surface.gradientAt(0, 0);
  const rows = ANGLES.map((angle): DirectionRow => {
    const [ux, uy] = unitAt(angle);
    const quotients = APPROACH.map((h) => (surface.at(h * ux, h * uy) - surface.at(0, 0)) / h);
    const promised = gradient[0] * ux + gradient[1] * uy;
    return { angle, quotients, promised, holds: Math.abs((quotients.at(-1) as number) - promised) < 1e-3 };
  });
  return { gradient, rows, holds: rows.every((r) => r.holds) };
}

/** The function whose two mixed second derivatives at the origin differ. */
export const MIXED = 'where(x^2 + y^2 > 0, x*y*(x^2 - y^2)/(x^2 + y^2), 0)';

/**
 * The mixed second derivatives at the origin as limits: the engine's first partials, then a quotient of those.
 * @returns ∂/∂y of ∂f/∂x, and ∂/∂x of ∂f/∂y, over a step h.
 */
export function mixedPartials(f: string, h: number): Pair {
  const surface = surfaceOf(f);
  const [across] = surface.gradientAt(0, h);
  const origin = surface.gradientAt(0, 0);
  const along = surface.gradientAt(h, 0)[1];
  return [(across - origin[0]) / h, (along - origin[1]) / h];
}
