/** Points near `at` and farther away, fixed: the first is `at` itself. */
export function samplePoints(at: readonly number[], count: number): number[][] {
  const points = [[...at]];
  let state = 12_345;
  const random = (): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) / 2 ** 24;
  };
  for (let k = 1; k < count; k++) {
    const far = k % 3 === 0;
    points.push(
      at.map((x) => {
        const reach = far ? 3 * Math.max(1, Math.abs(x)) : 0.3 * Math.max(0.5, Math.abs(x));
        return x + reach * (2 * random() - 1);
      }),
    );
  }
  return points;
}

/** How many significant digits a number was written with, as far as that can be told. */
export function digitsOf(x: number): number {
  const digits = Math.abs(x).toExponential().split('e')[0].replace('.', '');
  return digits.length;
}

/**
 * Whether a claimed number is `value` up to rounding: to the digits it was written with (three or more), else to a few
 * units of double precision on the scale of the terms it is the sum of.
 */
export function agrees(claimed: number, value: number, scale: number): boolean {
  if (Object.is(claimed, value) || claimed === value) return true;
  if (!Number.isFinite(claimed) || !Number.isFinite(value)) return Number.isNaN(claimed) && Number.isNaN(value);
  const distance = Math.abs(claimed - value);
  if (distance <= 1e-11 * Math.abs(value) + 2e-13 * scale) return true;
  const digits = digitsOf(claimed);
  return digits >= 3 && digits <= 12 && Number(value.toPrecision(digits)) === claimed;
}
