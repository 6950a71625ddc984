/** The functions by which a program of the playground shows pictures, tables and formulas. They need no import. */
import { DownhillError, makeProgram, printProgram, Tensor } from 'downhill';
import { parse, toLatex } from 'downhill/formula';
import { type GraphNode, type Output, type Series, SIZES } from './messages.ts';
import { showValue } from './show.ts';

type Range = readonly [number, number];
type Curve = ((x: number) => unknown) | ArrayLike<number> | Tensor;
type Curves = Curve | readonly Curve[] | Readonly<Record<string, Curve>>;

export interface PlotOptions {
  readonly title?: string;
  readonly xLabel?: string;
  readonly yLabel?: string;
  /** A logarithmic vertical axis. */
  readonly log?: boolean;
  /** Width and height in pixels; a page that is narrower has the last word on the width. */
  readonly size?: Range;
}

export interface HeightOptions {
  readonly x?: Range;
  readonly y?: Range;
  readonly title?: string;
  /** Points of a path over the surface. */
  readonly path?: readonly (readonly [number, number] | Tensor)[];
}

const SAMPLES = 401;
const CELLS = 61;

const fail = (message: string): never => {
  throw new DownhillError('playground', message);
};
const isCurve = (value: unknown): value is Curve =>
  typeof value === 'function' || value instanceof Tensor || ArrayBuffer.isView(value) || isNumbers(value);
const isNumbers = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.length > 0 && value.every((entry) => typeof entry === 'number');
const listOf = (value: ArrayLike<number> | Tensor): number[] =>
  Array.from(value instanceof Tensor ? (value.data as ArrayLike<number>) : value, Number);
const toNumber = (value: unknown): number =>
  value instanceof Tensor ? value.item() : typeof value === 'number' ? value : Number.NaN;

function named(curves: Curves): [string, Curve][] {
  if (isCurve(curves)) return [[typeof curves === 'function' ? curves.name : '', curves]];
  const entries = Array.isArray(curves)
    ? curves.map((curve, i) => [(typeof curve === 'function' && curve.name) || `${i + 1}`, curve] as const)
    : Object.entries(curves as Readonly<Record<string, Curve>>);
  for (const [name, curve] of entries)
    if (!isCurve(curve)) fail(`plot: ${name} is neither a function nor a list of numbers`);
  return entries.map(([name, curve]) => [name, curve as Curve]);
}

function checkRange(range: unknown, what: string): Range {
  const [low, high] = Array.isArray(range) ? (range as number[]) : [];
  if (typeof low !== 'number' || typeof high !== 'number' || !(low < high) || !Number.isFinite(high - low))
    return fail(`${what} must be a range [low, high] with low < high, got ${showValue(range)}`);
  return [low, high];
}

/** Where the graph of a function is drawn: a range of two numbers, or the places themselves. */
function placesOf(x: Range | ArrayLike<number> | Tensor): number[] {
  const list = listOf(x as ArrayLike<number>);
  if (list.length !== 2) return list.length > 0 ? list : fail('plot: there is no x to draw at');
  const [low, high] = checkRange(list, 'plot: x');
  return Array.from({ length: SAMPLES }, (_, i) => low + ((high - low) * i) / (SAMPLES - 1));
}

/** The functions a program can call, given where their output goes. */
export function drawing(send: (output: Output) => void) {
  /** Curves over x: functions, lists of values, several of them as a list or as an object of names. */
  const plot = (x: Range | ArrayLike<number> | Tensor, curves: Curves, options: PlotOptions = {}): void =>
    drawAt(placesOf(x), curves, options);

  function checkSize(size: unknown): Range {
    const [low, high] = SIZES;
    const isLength = (value: unknown): boolean => typeof value === 'number' && value >= low && value <= high;
    return Array.isArray(size) && size.length === 2 && size.every(isLength)
      ? (size as unknown as Range)
      : fail(`plot: size must be [width, height] in pixels, each from ${low} to ${high}, got ${showValue(size)}`);
  }

  function drawAt(xs: readonly number[], curves: Curves, options: PlotOptions): void {
    const series: Series[] = named(curves).map(([name, curve]) => {
      if (typeof curve === 'function') return { name, x: xs, y: xs.map((at) => toNumber(curve(at))) };
      const y = listOf(curve);
      const places = xs.length === y.length ? xs : y.length <= xs.length ? xs.slice(0, y.length) : undefined;
      if (places === undefined)
        return fail(`plot: ${name || 'the list'} has ${y.length} values for ${xs.length} places`);
      return { name, x: places, y };
    });
    const { title = '', xLabel = 'x', yLabel = '', log = false, size } = options;
    if (log && !series.some(({ y }) => y.some((value) => value > 0)))
      fail('plot: a logarithmic axis needs positive values');
    const room = size === undefined ? {} : { size: checkSize(size) };
    send({ kind: 'plot', title, xLabel, yLabel, log, series, ...room });
  }

  /** Losses against steps, on a logarithmic axis when all are positive and far apart. */
  function lossCurve(losses: ArrayLike<number> | Tensor | Readonly<Record<string, ArrayLike<number> | Tensor>>): void {
    const curves = named(losses as Curves).map(([name, curve]) => [name, listOf(curve as ArrayLike<number>)] as const);
    const longest = Math.max(...curves.map(([, values]) => values.length));
    const steps = Array.from({ length: longest }, (_, i) => i);
    const all = curves.flatMap(([, values]) => values.filter(Number.isFinite));
    const [low, high] = [Math.min(...all), Math.max(...all)];
    // Less than a factor of twenty has no need of a logarithm, and its axis no power of ten to show.
    const log = low > 0 && high / low > 20;
    drawAt(steps, Object.fromEntries(curves), { xLabel: 'step', yLabel: 'loss', log });
  }

  const heights =
    (kind: 'contour' | 'surface') =>
    (
      f: (x: number, y: number) => unknown,
      { x = [-3, 3], y = [-3, 3], title = '', path = [] }: HeightOptions = {},
    ): void => {
      if (typeof f !== 'function') fail(`${kind}: a function of x and y is needed, got ${showValue(f)}`);
      const [xDomain, yDomain] = [checkRange(x, `${kind}: x`), checkRange(y, `${kind}: y`)];
      const at = ([low, high]: Range, i: number): number => low + ((high - low) * i) / (CELLS - 1);
      const values: number[] = [];
      for (let row = 0; row < CELLS; row++)
        for (let column = 0; column < CELLS; column++) values.push(toNumber(f(at(xDomain, column), at(yDomain, row))));
      const points = path.map((point) => listOf(point as ArrayLike<number>).slice(0, 2) as [number, number]);
      send({
        kind,
        title: title || f.name,
        xDomain,
        yDomain,
        columns: CELLS,
        rows: CELLS,
        heights: values,
        path: points,
      });
    };

  /** Rows of a table: objects, or lists with a header. */
  function table(
    rows: readonly (Readonly<Record<string, unknown>> | readonly unknown[])[],
    header?: readonly string[],
  ): void {
    if (!Array.isArray(rows)) fail(`table: a list of rows is needed, got ${showValue(rows)}`);
    const columns = header ?? [...new Set(rows.flatMap((row) => Object.keys(row)))];
    const cells = rows.map((row) =>
      Array.isArray(row)
        ? row.map((cell) => showValue(cell))
        : columns.map((name) => (name in row ? showValue((row as Record<string, unknown>)[name]) : '')),
    );
    send({ kind: 'table', header: columns, rows: cells });
  }

  /** A formula, typeset. */
  function tex(formula: string): void {
    if (typeof formula !== 'string')
      fail(`tex: a formula as text is needed, such as "x^2 + 1", got ${showValue(formula)}`);
    send({ kind: 'tex', tex: toLatex(parse(formula)) });
  }

  /** The Program of a function at example arguments, as a graph of its equations. */
  function graph(f: (...args: never[]) => unknown, ...example: unknown[]): void {
    const program = makeProgram(f as (...args: unknown[]) => never)(...(example as never[]));
    const names = new Map<unknown, string>();
    const nodes: GraphNode[] = [];
    program.inputs.forEach((input, i) => {
      names.set(input, `in${i}`);
      nodes.push({ id: `in${i}`, label: `input ${i + 1}`, parents: [] });
    });
    program.equations.forEach((equation, i) => {
      const parents = equation.inputs.flatMap((atom) => names.get(atom) ?? []);
      nodes.push({ id: `e${i}`, label: equation.primitive.name, parents });
      for (const output of equation.outputs) names.set(output, `e${i}`);
    });
    send({ kind: 'graph', nodes, text: printProgram(program) });
  }

  return { plot, lossCurve, contour: heights('contour'), surface: heights('surface'), table, tex, graph };
}
