export interface CurvePoint {
  x: number;
  /** NaN where the function has no value; lines break there. */
  y: number;
}

/** A function at evenly spaced places; where it throws or is not finite, y is NaN. */
export function sample(f: (x: number) => number, low: number, high: number, count = 481): CurvePoint[] {
  return Array.from({ length: count }, (_, i) => {
    const x = i === count - 1 ? high : low + ((high - low) * i) / (count - 1);
    return { x, y: finiteOrNaN(() => f(x)) };
  });
}

export function finiteOrNaN(f: () => number): number {
  try {
    const value = f();
    return Number.isFinite(value) ? value : Number.NaN;
  } catch {
    // Outside the domain there is nothing to draw; the command itself reports such points.
    return Number.NaN;
  }
}

/**
 * Bounds of a vertical axis that shows the bulk of the values and all of `always`, with a little air. Values far beyond
 * the middle four fifths (poles) do not stretch it.
 */
export function visibleRange(values: readonly number[], always: readonly number[] = []): [number, number] {
  const finite = values.filter(Number.isFinite).sort((a, b) => a - b);
  const at = (share: number) => finite[Math.round(share * (finite.length - 1))] as number;
  let [low, high] = finite.length === 0 ? [0, 0] : [at(0), at(1)];
  if (finite.length > 0) {
    const spread = at(0.9) - at(0.1);
    if (high - low > 12 * spread && spread > 0) {
      low = Math.max(low, at(0.1) - spread);
      high = Math.min(high, at(0.9) + spread);
    }
  }
  for (const value of always) {
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const height = high - low;
  const air = height > 0 ? 0.06 * height : Math.max(1, 0.1 * Math.abs(high));
  return [low - air, high + air];
}
