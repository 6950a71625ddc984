/** Functions of two variables: values, partial derivatives, and grids of heights for contours and surfaces. */
import { DownhillError, grad, hessian, type Tensor, tensor } from 'downhill';
import { type Formula, FormulaError, formula } from 'downhill/formula';
import { MAX_FORMULA, spread, viewOf } from './curve.ts';

export type Range = readonly [number, number];
export type Pair = readonly [number, number];

/** A formula in two variables, ready to be drawn. */
export interface Surface {
  readonly source: string;
  readonly formula: Formula;
  readonly names: readonly [string, string];
  /** NaN where the formula has no real value. */
  readonly at: (x: number, y: number) => number;
  /** Both partial derivatives, by one reverse pass. */
  readonly gradientAt: (x: number, y: number) => Pair;
  /** Second partials: rows by the first variable of differentiation. */
  readonly hessianAt: (x: number, y: number) => readonly [Pair, Pair];
  /** Values along two lists of places of equal length. */
  readonly sample: (xs: readonly number[], ys: readonly number[]) => readonly number[];
}

/** Heights over a rectangle, row after row, the rows from low y to high y. */
export interface HeightGrid {
  readonly xDomain: Range;
  readonly yDomain: Range;
  readonly columns: number;
  readonly rows: number;
  readonly heights: readonly number[];
}

export type SurfaceResult =
  | { readonly ok: true; readonly surface: Surface }
  | { readonly ok: false; readonly message: string; readonly position: number | undefined };

type Two = (x: number | Tensor, y: number | Tensor) => number | Tensor;
const numberOf = (z: number | Tensor): number => (typeof z === 'number' ? z : z.item());

/** Reads a formula in two variables. Nothing is thrown: a text that cannot be read comes back as a message. */
export function readSurface(source: string, names: readonly [string, string] = ['x', 'y']): SurfaceResult {
  const [a, b] = names;
  if (source.trim() === '') {
    return { ok: false, message: `type a formula in ${a} and ${b}, such as ${a}^2 + ${a}*${b}`, position: undefined };
  }
  if (source.length > MAX_FORMULA) {
    const message = `a formula here has at most ${MAX_FORMULA} characters; this one has ${source.length}`;
    return { ok: false, message, position: undefined };
  }
  try {
    const read = formula(source, { variables: [...names] });
    const surface = surfaceOf(read.f as Two, read, names, source);
    surface.gradientAt(0.5, 0.25);
    return { ok: true, surface };
  } catch (error) {
    if (error instanceof FormulaError) return { ok: false, message: error.sentence, position: error.position };
    if (error instanceof DownhillError) return { ok: false, message: error.message, position: undefined };
    throw error;
  }
}

function surfaceOf(f: Two, read: Formula, names: readonly [string, string], source: string): Surface {
  const scalar = f as (x: number, y: number) => number;
  const slopes = grad(scalar, { argnums: [0, 1] }) as unknown as (x: number, y: number) => (number | Tensor)[];
  const second = hessian((p: { x: number; y: number }) => f(p.x, p.y) as number) as unknown as (p: {
    x: number;
    y: number;
  }) => Record<'x' | 'y', Record<'x' | 'y', number | Tensor>>;
  const at = (x: number, y: number): number => numberOf(f(x, y));
  return {
    source,
    formula: read,
    names,
    at,
    gradientAt: (x, y) => {
      // Where the function has no value it has no slopes, whatever their formulas say.
      if (Number.isNaN(at(x, y))) return [Number.NaN, Number.NaN];
      const [dx, dy] = slopes(x, y) as [number | Tensor, number | Tensor];
      return [numberOf(dx), numberOf(dy)];
    },
    hessianAt: (x, y) => {
      const h = second({ x, y });
      return [
        [numberOf(h.x.x), numberOf(h.x.y)],
        [numberOf(h.y.x), numberOf(h.y.y)],
      ];
    },
    sample: (xs, ys) => {
      const z = f(tensor([...xs]), tensor([...ys]));
      return typeof z === 'number' || z.shape.length === 0
        ? new Array<number>(xs.length).fill(numberOf(z))
        : Array.from(z.data, Number);
    },
  };
}

/** Heights of a function over a rectangle. */
export function gridOf(
  surface: Pick<Surface, 'sample'>,
  xDomain: Range,
  yDomain: Range,
  columns = 81,
  rows = 81,
): HeightGrid {
  const [xs, ys] = [spread(...xDomain, columns), spread(...yDomain, rows)];
  const along = ys.flatMap((y) => xs.map((x) => [x, y] as const));
  const heights = surface.sample(
    along.map(([x]) => x),
    along.map(([, y]) => y),
  );
  return { xDomain, yDomain, columns, rows, heights };
}

/** The range of heights worth showing: all of them, or the middle nine tenths where a pole would flatten the rest. */
export const heightView = (grid: HeightGrid): Range => viewOf(grid.heights);

/** `count` heights inside a range, evenly spaced; or squeezed towards the bottom, as suits a bowl. */
export const levelsIn = ([low, high]: Range, count = 12, bowl = false): readonly number[] =>
  Array.from({ length: count }, (_, i) => low + (high - low) * ((i + 0.5) / count) ** (bowl ? 2 : 1));
