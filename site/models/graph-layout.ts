/** Places for the nodes of a computation graph: layers in the order of computation, few crossings. */
import { Graph as Layered, layout } from '@dagrejs/dagre';
import type { Graph } from './chain-rule.ts';

export interface Placed {
  readonly id: number;
  /** Middle of the node. */
  readonly x: number;
  readonly y: number;
}

export interface Route {
  readonly key: string;
  /** From the operand to the operation, bends included. */
  readonly points: readonly (readonly [number, number])[];
  /** Where its number stands. */
  readonly label: readonly [number, number];
}

export interface Layout {
  readonly nodes: readonly Placed[];
  readonly routes: readonly Route[];
  readonly width: number;
  readonly height: number;
}

export interface LayoutOptions {
  /** `LR`: from left to right; `BT`: from the bottom up, for narrow screens. */
  readonly direction: 'LR' | 'BT';
  readonly node: { readonly width: number; readonly height: number };
  readonly label: { readonly width: number; readonly height: number };
}

export function layOut(graph: Pick<Graph, 'nodes' | 'edges'>, { direction, node, label }: LayoutOptions): Layout {
  const g = new Layered({ multigraph: true });
  g.setGraph({
    rankdir: direction,
    nodesep: 14,
    ranksep: direction === 'LR' ? 34 : 26,
    edgesep: 10,
    marginx: 4,
    marginy: 4,
  });
  g.setDefaultEdgeLabel(() => ({}));
  for (const n of graph.nodes) g.setNode(String(n.id), { ...node });
  for (const e of graph.edges) g.setEdge(String(e.from), String(e.to), { ...label, labelpos: 'c' }, e.key);
  layout(g);
  const size = g.graph() as { width?: number; height?: number };
  return {
    nodes: graph.nodes.map(({ id }) => {
      const { x, y } = g.node(String(id)) as { x: number; y: number };
      return { id, x, y };
    }),
    routes: graph.edges.map((e) => {
      const { points, x, y } = g.edge(String(e.from), String(e.to), e.key) as {
        points: { x: number; y: number }[];
        x: number;
        y: number;
      };
      return { key: e.key, points: points.map((p) => [p.x, p.y] as const), label: [x, y] };
    }),
    width: size.width ?? 0,
    height: size.height ?? 0,
  };
}
