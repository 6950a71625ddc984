import * as Plot from '@observablehq/plot';
import { InputError } from '../errors.ts';
import { shorten } from '../output/wrap.ts';
import { drawFigure, type Figure, prettyMath, prettyNumber } from './figure.ts';
import { light, type Palette } from './palette.ts';

export interface GraphNode {
  id: number;
  expression: string;
  value: number;
  parents: readonly { id: number; partial: number }[];
  adjoint: number;
}

export interface GraphFigureOptions {
  formula: string;
  variables: readonly string[];
  nodes: readonly GraphNode[];
  palette?: Palette | undefined;
}

const mostNodes = 40;

/** A box, or a place that a line over several columns passes, so that it runs beside the boxes and not behind them. */
interface Place {
  key: string;
  column: number;
  from: string[];
  row: number;
}

interface Layout {
  at: ReadonlyMap<string, Place>;
  columns: number;
  rows: number;
}

const keyOf = (id: number) => String(id);
const wayKey = (from: number, to: number, column: number) => `${from}-${to}@${column}`;

/** Columns by the longest way from an input; rows so that few lines cross (barycentres, a few sweeps). */
function place(nodes: readonly GraphNode[]): Layout {
  const column = new Map<number, number>();
  for (const { id, parents } of nodes) {
    column.set(id, Math.max(-1, ...parents.map((p) => column.get(p.id) ?? 0)) + 1);
  }
  const columns = Math.max(...column.values()) + 1;
  const layers: Place[][] = Array.from({ length: columns }, () => []);
  for (const { id, parents } of nodes) {
    const own = column.get(id) ?? 0;
    const from = parents.map((p) => {
      let before = keyOf(p.id);
      for (let c = (column.get(p.id) ?? 0) + 1; c < own; c++) {
        const key = wayKey(p.id, id, c);
        if (!layers[c]?.some((known) => known.key === key)) layers[c]?.push({ key, column: c, from: [before], row: 0 });
        before = key;
      }
      return before;
    });
    layers[own]?.push({ key: keyOf(id), column: own, from, row: 0 });
  }
  const at = new Map(layers.flat().map((one) => [one.key, one]));
  const lay = (layer: readonly Place[]) => {
    layer.forEach((one, i) => {
      one.row = (layer.length - 1) / 2 - i;
    });
  };
  layers.forEach(lay);
  const centre = (near: readonly Place[], own: number) =>
    near.length === 0 ? own : near.reduce((sum, { row }) => sum + row, 0) / near.length;
  for (let sweep = 0; sweep < 8; sweep++) {
    const forwards = sweep % 2 === 0;
    for (const layer of forwards ? layers : [...layers].reverse()) {
      const wish = new Map(
        layer.map((one) => {
          const near = forwards
            ? one.from.map((key) => at.get(key) as Place)
            : [...at.values()].filter((other) => other.from.includes(one.key));
          return [one.key, centre(near, one.row)];
        }),
      );
      layer.sort((a, b) => (wish.get(b.key) ?? 0) - (wish.get(a.key) ?? 0));
      lay(layer);
    }
  }
  return { at, columns, rows: Math.max(...layers.map((layer) => layer.length)) };
}

/** The computation as a graph: values forwards, and backwards the adjoints with the slope on every edge. */
export function graphFigure({ formula, variables, nodes, palette = light }: GraphFigureOptions): Figure {
  if (nodes.length > mostNodes) {
    throw new InputError(
      'plot-too-large',
      `a graph of ${nodes.length} operations cannot be read; at most ${mostNodes} are drawn`,
    );
  }
  const { at, columns, rows } = place(nodes);
  const placed = nodes.map((node) => ({ ...node, ...(at.get(keyOf(node.id)) as Place) }));
  const half = 0.36;
  const isBox = (one: Place) => !one.key.includes('@');
  /** Where a line leaves a place, and where it arrives. */
  const leaves = (one: Place) => ({ x: one.column + half, y: one.row });
  const arrives = (one: Place) => ({ x: one.column - half, y: one.row });
  const segments = [...at.values()].flatMap((to) =>
    to.from.map((key) => ({ from: leaves(at.get(key) as Place), to: arrives(to) })),
  );
  const through = [...at.values()].filter((one) => !isBox(one)).map((one) => ({ from: arrives(one), to: leaves(one) }));
  const slopes = placed.flatMap((node) =>
    node.parents.map(({ partial }, i) => {
      const before = leaves(at.get(node.from[i] as string) as Place);
      const end = arrives(node);
      return { partial, x: (before.x + end.x) / 2, y: (before.y + end.y) / 2 };
    }),
  );
  const cell = Math.max(150, Math.min(240, 1400 / columns));
  const width = Math.max(720, 40 + columns * cell);
  const height = Math.max(240, 60 + rows * 96);
  const name = prettyMath(formula);
  const gradient = variables.map((v, i) => `df/d${v} = ${prettyNumber(nodes[i]?.adjoint ?? 0)}`).join(', ');
  const lettersIn = Math.max(8, Math.floor((2 * half * cell) / 8.2));
  return drawFigure({
    title: `How f = ${shorten(name, 60)} is computed`,
    description:
      `A graph of ${nodes.length} values, from the variables ${variables.join(', ')} on the left to the result on the right. ` +
      `Each box holds an expression, its value and its adjoint; each line the local slope. ${gradient}.`,
    palette,
    width,
    height,
    plot: {
      marginLeft: 20,
      marginRight: 20,
      marginTop: 20,
      marginBottom: 30,
      x: { domain: [-0.5, columns - 0.5], axis: null },
      y: { domain: [-rows / 2 - 0.1, rows / 2 + 0.1], axis: null },
      marks: [
        Plot.link([...segments, ...through], {
          x1: ({ from }) => from.x,
          y1: ({ from }) => from.y,
          x2: ({ to }) => to.x,
          y2: ({ to }) => to.y,
          stroke: palette.muted,
          strokeWidth: 1.5,
          curve: 'bump-x',
        }),
        Plot.rect(placed, {
          x1: ({ column }) => column - half,
          x2: ({ column }) => column + half,
          y1: ({ row }) => row - 0.34,
          y2: ({ row }) => row + 0.34,
          fill: palette.background,
          stroke: palette.function,
          strokeWidth: 1.25,
          rx: 5,
        }),
        Plot.text(placed, {
          x: 'column',
          y: ({ row }) => row + 0.17,
          text: ({ expression }) => shorten(prettyMath(expression), lettersIn),
          fill: palette.function,
          fontSize: 14,
          fontWeight: 600,
        }),
        Plot.text(placed, {
          x: 'column',
          y: 'row',
          dy: 1,
          text: ({ value }) => `value ${prettyNumber(value)}`,
          fill: palette.step,
          fontSize: 13,
        }),
        Plot.text(placed, {
          x: 'column',
          y: ({ row }) => row - 0.19,
          text: ({ adjoint }) => `adjoint ${prettyNumber(adjoint)}`,
          fill: palette.derivative,
          fontSize: 13,
        }),
        Plot.text(slopes, {
          x: 'x',
          y: 'y',
          text: ({ partial }) => prettyNumber(partial, 3),
          fill: palette.derivative,
          stroke: palette.background,
          strokeWidth: 5,
          fontSize: 13,
          fontWeight: 600,
        }),
      ],
    },
  });
}
