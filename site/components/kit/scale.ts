/** Scales: from numbers to pixels and back, straight or logarithmic. */

export interface Scale {
  (value: number): number;
  /** The number at a pixel. */
  readonly invert: (pixel: number) => number;
  readonly domain: () => readonly [number, number];
  /** About `count` round numbers inside the domain. */
  readonly ticks: (count?: number) => number[];
}

type Range = readonly [number, number];

function scaleBy(domain: Range, range: Range, there: (v: number) => number, back: (v: number) => number): Scale {
  const [low, high] = [there(domain[0]), there(domain[1])];
  const unit = (range[1] - range[0]) / (high - low);
  return Object.assign((value: number): number => range[0] + (there(value) - low) * unit, {
    invert: (pixel: number): number => back(low + (pixel - range[0]) / unit),
    domain: (): Range => domain,
    ticks: (count = 10): number[] => roundNumbers(domain, count),
  });
}

const same = (v: number): number => v;

export const linear = (domain: Range, range: Range): Scale => scaleBy(domain, range, same, same);

/** For positive numbers: the same distance for the same factor. */
export const logarithmic = (domain: Range, range: Range): Scale => scaleBy(domain, range, Math.log, Math.exp);

/** Multiples of 1, 2 or 5 times a power of ten inside a domain, about `count` of them. */
export function roundNumbers([low, high]: Range, count: number): number[] {
  const size = high - low;
  if (!(size > 0) || !Number.isFinite(size) || !(count > 0)) return [];
  const power = Math.floor(Math.log10(size / count));
  const rest = size / count / 10 ** power;
  const factor = rest >= Math.sqrt(50) ? 10 : rest >= Math.sqrt(10) ? 5 : rest >= Math.SQRT2 ? 2 : 1;
  // Below one, whole multiples are divided by a whole number: 3 / 10 is 0.3, and 3 · 0.1 is not.
  const [step, divisor] = power < 0 ? [factor, 10 ** -power] : [factor * 10 ** power, 1];
  const [first, last] = [Math.ceil((low * divisor) / step - 1e-9), Math.floor((high * divisor) / step + 1e-9)];
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => ((first + i) * step) / divisor + 0);
}
