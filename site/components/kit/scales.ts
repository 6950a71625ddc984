/** From data to pixels and back, for the plots of the kit. */
import { linear, logarithmic, type Scale } from './scale.ts';

export interface Frame {
  readonly x: Scale;
  readonly y: Scale;
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

export interface FrameOptions {
  readonly width: number;
  readonly height: number;
  readonly xDomain: readonly [number, number];
  readonly yDomain: readonly [number, number];
  /** Which axes are logarithmic: both, or the vertical one alone. */
  readonly log?: boolean | 'y';
}

/** Room for labels around the plot. */
const MARGIN = { left: 46, right: 14, top: 14, bottom: 30 } as const;

/** The height of a frame whose unit is as long on both axes, `aspect` being the height of the domain for its width. */
export const equalHeight = (width: number, aspect: number): number =>
  (width - MARGIN.left - MARGIN.right) * aspect + MARGIN.top + MARGIN.bottom;

export function frameOf({ width, height, xDomain, yDomain, log = false }: FrameOptions): Frame {
  const { left, top } = MARGIN;
  const [right, bottom] = [width - MARGIN.right, height - MARGIN.bottom];
  return {
    x: (log === true ? logarithmic : linear)(xDomain, [left, right]),
    y: (log === false ? linear : logarithmic)(yDomain, [bottom, top]),
    width,
    height,
    left,
    right,
    top,
    bottom,
  };
}

/**
 * A line through points, as the `d` of a path. It is broken where a value is missing and where it jumps across the whole
 * frame from one side to the other, as at a pole; far values are held just outside the frame.
 */
export function pathOf(frame: Frame, xs: readonly number[], ys: readonly number[]): string {
  const size = frame.bottom - frame.top;
  const hold = (v: number): number => Math.min(frame.bottom + size, Math.max(frame.top - size, v));
  let before = Number.NaN;
  let isDown = false;
  let path = '';
  xs.forEach((x, i) => {
    const v = frame.y(ys[i] as number);
    const isJump = (v > frame.bottom && before < frame.top) || (v < frame.top && before > frame.bottom);
    before = v;
    if (!Number.isFinite(v)) {
      isDown = false;
      return;
    }
    path += `${isDown && !isJump ? 'L' : 'M'}${frame.x(x).toFixed(2)},${hold(v).toFixed(2)}`;
    isDown = true;
  });
  return path;
}

/** A straight line through (x, y) with a slope, across the whole frame. */
export function lineThrough(frame: Frame, x: number, y: number, slope: number): string {
  if (!Number.isFinite(slope) || !Number.isFinite(y)) return '';
  const [low, high] = frame.x.domain() as [number, number];
  const at = (t: number): string => `${frame.x(t)},${frame.y(y + slope * (t - x))}`;
  return `M${at(low)}L${at(high)}`;
}

/** A place for the name of a straight line, inside the frame and away from its point; `undefined` when none is free. */
export function labelPlace(frame: Frame, x: number, y: number, slope: number): { x: number; y: number } | undefined {
  const [low, high] = frame.x.domain() as [number, number];
  for (const part of [0.93, 0.07, 0.8, 0.2, 0.68, 0.32]) {
    const at = low + part * (high - low);
    const [px, py] = [frame.x(at), frame.y(y + slope * (at - x))];
    const isFree = Math.abs(px - frame.x(x)) > 60 && py > frame.top + 16 && py < frame.bottom - 6;
    if (isFree) return { x: px, y: py };
  }
  return undefined;
}
