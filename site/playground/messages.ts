/** What a program of the playground sends out of its sandbox, and the reading of it by the page, which trusts none of it. */

export interface Series {
  readonly name: string;
  readonly x: readonly number[];
  readonly y: readonly number[];
}

/** Something to show, in the order in which the program made it. */
export type Output =
  | { readonly kind: 'text'; readonly text: string; readonly line: number }
  | { readonly kind: 'table'; readonly header: readonly string[]; readonly rows: readonly (readonly string[])[] }
  | { readonly kind: 'tex'; readonly tex: string }
  | {
      readonly kind: 'plot';
      readonly title: string;
      readonly xLabel: string;
      readonly yLabel: string;
      readonly log: boolean;
      /** Width and height in pixels, where the program asked for them. */
      readonly size?: readonly [number, number];
      readonly series: readonly Series[];
    }
  | {
      readonly kind: 'contour' | 'surface';
      readonly title: string;
      readonly xDomain: readonly [number, number];
      readonly yDomain: readonly [number, number];
      readonly columns: number;
      readonly rows: number;
      readonly heights: readonly number[];
      readonly path: readonly (readonly [number, number])[];
    }
  | { readonly kind: 'graph'; readonly nodes: readonly GraphNode[]; readonly text: string };

export interface GraphNode {
  readonly id: string;
  readonly label: string;
  readonly parents: readonly string[];
}

/** Why a program ended early, with its place when that is known. */
export interface Fault {
  readonly message: string;
  readonly line?: number;
  readonly column?: number;
}

export type Message =
  | { readonly type: 'ready'; readonly names: readonly string[] }
  | { readonly type: 'output'; readonly output: Output }
  | { readonly type: 'done'; readonly fault?: Fault; readonly milliseconds: number };

/** Limits on what a page takes from a program, whatever the program sends. */
export const LIMITS = {
  outputs: 400,
  text: 20_000,
  series: 12,
  points: 20_000,
  cells: 40_000,
  rows: 2_000,
  nodes: 400,
} as const;

/** The least and the most width or height of a plot, in pixels. */
export const SIZES = [120, 1200] as const;

type Unknown = Readonly<Record<string, unknown>>;
const isRecord = (value: unknown): value is Unknown => typeof value === 'object' && value !== null;
const textOf = (value: unknown, most: number = LIMITS.text): string => {
  const text = typeof value === 'string' ? value : '';
  return text.length > most ? `${text.slice(0, most)}…` : text;
};
const numbersOf = (value: unknown, most: number): number[] | undefined =>
  Array.isArray(value) && value.length <= most && value.every((v) => typeof v === 'number')
    ? (value as number[])
    : undefined;
const listOf = (value: unknown, most: number): unknown[] => (Array.isArray(value) ? value.slice(0, most) : []);
const positive = (value: unknown): number | undefined =>
  typeof value === 'number' && value > 0 ? Math.floor(value) : undefined;
const rangeOf = (value: unknown): readonly [number, number] | undefined => {
  const pair = numbersOf(value, 2);
  const [low, high] = pair ?? [];
  return low !== undefined && high !== undefined && Number.isFinite(low) && Number.isFinite(high) && low < high
    ? [low, high]
    : undefined;
};

/** A message as far as it is one; `undefined` for anything else. */
export function readMessage(value: unknown): Message | undefined {
  if (!isRecord(value)) return undefined;
  if (value.type === 'ready')
    return { type: 'ready', names: listOf(value.names, 5000).map((name) => textOf(name, 60)) };
  if (value.type === 'done') {
    const milliseconds = typeof value.milliseconds === 'number' ? value.milliseconds : 0;
    if (!isRecord(value.fault)) return { type: 'done', milliseconds };
    const [line, column] = [positive(value.fault.line), positive(value.fault.column)];
    const fault = {
      message: textOf(value.fault.message, 4000),
      ...(line === undefined ? {} : { line }),
      ...(column === undefined ? {} : { column }),
    };
    return { type: 'done', milliseconds, fault };
  }
  const output = value.type === 'output' && isRecord(value.output) ? readOutput(value.output) : undefined;
  return output && { type: 'output', output };
}

function readOutput(value: Unknown): Output | undefined {
  const title = textOf(value.title, 200);
  switch (value.kind) {
    case 'text':
      return { kind: 'text', text: textOf(value.text), line: positive(value.line) ?? 0 };
    case 'tex':
      return { kind: 'tex', tex: textOf(value.tex, 4000) };
    case 'table': {
      const header = listOf(value.header, 40).map((cell) => textOf(cell, 200));
      const rows = listOf(value.rows, LIMITS.rows).map((row) => listOf(row, 40).map((cell) => textOf(cell, 200)));
      return { kind: 'table', header, rows };
    }
    case 'plot': {
      const series = listOf(value.series, LIMITS.series).flatMap((entry) => {
        if (!isRecord(entry)) return [];
        const [x, y] = [numbersOf(entry.x, LIMITS.points), numbersOf(entry.y, LIMITS.points)];
        return x && y && x.length === y.length ? [{ name: textOf(entry.name, 60), x, y }] : [];
      });
      const labels = { xLabel: textOf(value.xLabel, 60), yLabel: textOf(value.yLabel, 60) };
      const [width, height] = (numbersOf(value.size, 2) ?? []).map((v) => Math.min(SIZES[1], Math.max(SIZES[0], v)));
      const size = width && height ? { size: [width, height] as const } : {};
      return series.length > 0
        ? { kind: 'plot', title, ...labels, log: value.log === true, series, ...size }
        : undefined;
    }
    case 'contour':
    case 'surface': {
      const [xDomain, yDomain] = [rangeOf(value.xDomain), rangeOf(value.yDomain)];
      const [columns, rows] = [positive(value.columns), positive(value.rows)];
      const heights = numbersOf(value.heights, LIMITS.cells);
      if (!xDomain || !yDomain || !columns || !rows || heights?.length !== columns * rows) return undefined;
      const path = listOf(value.path, LIMITS.points).flatMap((point) => {
        const pair = numbersOf(point, 2);
        return pair?.length === 2 ? [[pair[0], pair[1]] as [number, number]] : [];
      });
      return { kind: value.kind, title, xDomain, yDomain, columns, rows, heights, path };
    }
    case 'graph': {
      const nodes = listOf(value.nodes, LIMITS.nodes).flatMap((node) =>
        isRecord(node)
          ? [
              {
                id: textOf(node.id, 40),
                label: textOf(node.label, 80),
                parents: listOf(node.parents, 20).map((parent) => textOf(parent, 40)),
              },
            ]
          : [],
      );
      return { kind: 'graph', nodes, text: textOf(value.text) };
    }
    default:
      return undefined;
  }
}
