/** A formula as a graph of operations: values flow forwards, adjoints flow back, one step at a time. */
import { DownhillError } from 'downhill';
import { type Explanation, explain } from 'downhill/calculus';
import { type Formula, FormulaError, formula } from 'downhill/formula';
import { chance } from './chance.ts';
import { MAX_FORMULA } from './curve.ts';
import { type Field, type Fields, numberField, textField } from './link.ts';
import { clamp, show, speak, typeset } from './numbers.ts';

export const VALUE_RANGE = [-10, 10] as const;
/** More would not fit a page. */
export const MAX_VARIABLES = 6;
export const MAX_NODES = 40;

export type Point = Readonly<Record<string, number>>;

/** A formula that can be drawn as a graph. */
export interface Source {
  readonly text: string;
  readonly formula: Formula;
  readonly variables: readonly string[];
}

export type SourceResult =
  | { readonly ok: true; readonly source: Source }
  | { readonly ok: false; readonly message: string; readonly position: number | undefined };

/** Reads a formula in any variables. Nothing is thrown: a text that cannot be read comes back as a message. */
export function readSource(text: string): SourceResult {
  const no = (message: string, position?: number): SourceResult => ({ ok: false, message, position });
  if (text.trim() === '') return no('type a formula, such as (w*x + b)^2');
  if (text.length > MAX_FORMULA) {
    return no(`a formula here has at most ${MAX_FORMULA} characters; this one has ${text.length}`);
  }
  try {
    const read = formula(text);
    const source = { text, formula: read, variables: read.variables };
    if (read.variables.length === 0) return no('a formula needs a variable: there is nothing to differentiate by');
    if (read.variables.length > MAX_VARIABLES) {
      return no(`a formula here has at most ${MAX_VARIABLES} variables; this one has ${read.variables.length}`);
    }
    const { nodes, result } = explained(source, initialPoint(read.variables));
    if (result === null || nodes[result]?.primitive === 'input') return no('a formula needs an operation to draw');
    if (nodes.length > MAX_NODES) {
      return no(`a graph here has at most ${MAX_NODES} nodes; this one has ${nodes.length}`);
    }
    return { ok: true, source };
  } catch (error) {
    if (error instanceof FormulaError) return no(error.sentence, error.position);
    if (error instanceof DownhillError) return no(error.message);
    throw error;
  }
}

const explained = ({ formula: { f }, variables }: Source, point: Point): Explanation =>
  explain(f as (...args: number[]) => number, { names: variables })(...variables.map((name) => point[name] as number));

/** Values to begin with, by name: the usual letters of a model have usual values. */
const USUAL: Point = { x: 2, w: 0.5, b: 0.1, y: 1, w1: 0.5, w2: -0.3, x1: 2, x2: 3, z: 0.2, p: 0.6, t: 1 };
export const initialPoint = (variables: readonly string[]): Point =>
  Object.fromEntries(variables.map((name, i) => [name, USUAL[name] ?? 1 + 0.5 * i]));

/** An arrow of the graph, from an operand to the operation that uses it. */
export interface GraphEdge {
  /** Its own number: an operation may use one operand twice. */
  readonly key: string;
  readonly from: number;
  readonly to: number;
  /** ∂(to)/∂(from), the other operands held. */
  readonly partial: number;
  /** Adjoint of `to` times the partial: what flows back along the edge. */
  readonly product: number;
}

export interface GraphNode {
  readonly id: number;
  /** A variable's own name, else v1, v2, … in the order of computation. */
  readonly name: string;
  readonly isInput: boolean;
  /** The operation in terms of the names of its operands; for an input, its name. */
  readonly operation: string;
  readonly value: number;
  /** ∂(result)/∂(this). */
  readonly adjoint: number;
}

export interface Graph {
  readonly nodes: readonly GraphNode[];
  /** In the order in which the sweep backwards uses them. */
  readonly edges: readonly GraphEdge[];
  readonly result: number;
  readonly value: number;
  /** How many ways lead from each node to the result. */
  readonly paths: readonly number[];
}

export function graphOf(source: Source, point: Point): Graph {
  const { nodes, result, value } = explained(source, point);
  const letter = source.variables.some((name) => /^v\d+$/.test(name)) ? 't' : 'v';
  const inputs = nodes.filter((n) => n.primitive === 'input').length;
  const names = nodes.map((_, i) => (i < inputs ? (source.variables[i] as string) : `${letter}${i - inputs + 1}`));
  const drawn = nodes.map((n): GraphNode => {
    const operands = n.parents.map(({ id }) => ({ text: nodes[id]?.expression as string, id }));
    return {
      id: n.id,
      name: names[n.id] as string,
      isInput: n.id < inputs,
      operation: n.id < inputs ? (names[n.id] as string) : operationOf(n.expression, operands, names),
      value: n.value as number,
      adjoint: n.adjoint as number,
    };
  });
  const edges = [...nodes].reverse().flatMap((n) =>
    n.parents.map(({ id, partial, product }, k) => ({
      key: `${n.id}-${k}`,
      from: id,
      to: n.id,
      partial: partial as number,
      product: product as number,
    })),
  );
  const paths = nodes.map(() => 0);
  paths[result as number] = 1;
  for (const { from, to } of edges) paths[from] = (paths[from] as number) + (paths[to] as number);
  return { nodes: drawn, edges, result: result as number, value, paths };
}

/** An operation with its operands' expressions replaced by their names; the longest first, as one may contain another. */
function operationOf(
  expression: string,
  operands: readonly { readonly text: string; readonly id: number }[],
  names: readonly string[],
): string {
  const mark = (id: number): string => `⟦${id}⟧`;
  let text = expression;
  for (const { text: part, id } of [...operands].sort((a, b) => b.text.length - a.text.length)) {
    text = replaceWhole(text, `#${id}`, mark(id));
    text = replaceWhole(text, `(${part})`, mark(id), true);
    text = replaceWhole(text, part, mark(id));
  }
  // A function keeps the parentheses of its argument.
  return text
    .replace(/([a-z0-9])(⟦\d+⟧)/gi, '$1($2)')
    .replace(/⟦(\d+)⟧/g, (_, id: string) => names[Number(id)] as string)
    .replace(/ ([*/^]) /g, '$1');
}

/** Replaces a text where no letter or digit touches it. */
function replaceWhole(text: string, part: string, by: string, isEnclosed = false): string {
  let out = '';
  let from = 0;
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, from)) {
    const [before, after] = [text[at - 1] ?? ' ', text[at + part.length] ?? ' '];
    const isWhole = isEnclosed || (!/[\w#.⟦]/.test(before) && !/[\w(.⟧]/.test(after));
    out += text.slice(from, at) + (isWhole ? by : part);
    from = at + part.length;
  }
  return out + text.slice(from);
}

/** A formula or a name for the eye: small numbers below the line after a letter, real minus signs, dots for products. */
export const written = (text: string): string =>
  typeset(text).replace(/\b([a-zA-Z])(\d+)\b/g, (_, letter: string, digits: string) =>
    [letter, ...digits].map((d, i) => (i === 0 ? d : '₀₁₂₃₄₅₆₇₈₉'[Number(d)])).join(''),
  );

/** What is known after a number of steps. */
export interface Sweep {
  readonly step: number;
  /** Steps forwards, and in all. */
  readonly forward: number;
  readonly total: number;
  /** Nodes whose value has been computed. */
  readonly known: ReadonlySet<number>;
  /** What has flowed into each node so far; absent where nothing has. */
  readonly gathered: ReadonlyMap<number, number>;
  /** Nodes whose adjoint is complete: all that use them have been passed. */
  readonly complete: ReadonlySet<number>;
  /** What the last step touched. */
  readonly node: number | undefined;
  readonly edge: GraphEdge | undefined;
}

/**
 * The two sweeps: one step for each operation forwards, one for the result's own adjoint, which is 1, and one for each edge
 * backwards. An edge is used only when the adjoint of its upper end is complete.
 */
export function sweepAt(graph: Graph, step: number): Sweep {
  const operations = graph.nodes.filter((n) => !n.isInput);
  const forward = operations.length;
  const total = forward + 1 + graph.edges.length;
  const at = clamp(Math.round(step), [0, total]);
  const known = new Set(graph.nodes.filter((n) => n.isInput).map((n) => n.id));
  for (const n of operations.slice(0, at)) known.add(n.id);
  const used = graph.edges.slice(0, Math.max(0, at - forward - 1));
  const gathered = new Map<number, number>();
  if (at > forward) gathered.set(graph.result, 1);
  for (const { from, to, partial } of used) {
    gathered.set(from, (gathered.get(from) ?? 0) + (gathered.get(to) ?? 0) * partial);
  }
  const waiting = new Set(graph.edges.slice(used.length).map((e) => e.from));
  const complete = new Set([...gathered.keys()].filter((id) => !waiting.has(id)));
  const edge = used.at(-1);
  const node = at === 0 ? undefined : at <= forward ? operations[at - 1]?.id : edge ? edge.from : graph.result;
  return { step: at, forward, total, known, gathered, complete, node, edge };
}

/** The step just made, in a sentence; `say` writes a number for the eye or for the voice. */
export function describeSweep(graph: Graph, sweep: Sweep, say: (x: number) => string = speak): string {
  const { step, forward, total, node, edge, gathered } = sweep;
  const nameOf = (id: number): string => graph.nodes[id]?.name as string;
  const result = nameOf(graph.result);
  if (step === 0) return 'The inputs have values. The next step computes the first operation.';
  if (step <= forward) {
    const { name, operation, value } = graph.nodes[node as number] as GraphNode;
    return `Forwards: ${name} = ${operation} = ${say(value)}.`;
  }
  if (!edge) return `Now backwards. The result ${result} changes with itself one to one: its adjoint is 1.`;
  const [lower, upper] = [nameOf(edge.from), nameOf(edge.to)];
  const sum = gathered.get(edge.from) as number;
  const isFirst = graph.edges.find((e) => e.from === edge.from) === edge;
  const flow = `Backwards from ${upper} to ${lower}: adjoint ${say(gathered.get(edge.to) as number)} times partial ${say(edge.partial)}`;
  const tail = isFirst ? `gives ${say(sum)}.` : `is added: ${say(sum)} so far.`;
  const end = step === total ? ' All slopes are there.' : '';
  return `${flow} ${tail}${end}`;
}

/** The derivative of the result by a node as a sum over all ways, each the product of its partials: the chain rule itself. */
export function sumOverPaths(graph: Graph, id: number): number {
  if (id === graph.result) return 1;
  return graph.edges
    .filter((e) => e.from === id)
    .reduce((total, e) => total + e.partial * sumOverPaths(graph, e.to), 0);
}

/** Formulas whose graphs show something: one way, a shared input, a neuron, a neuron with its loss. */
export const SPECIMENS: readonly string[] = [
  '(w*x + b - y)^2',
  '(2x + 1)^2',
  'sin(e^(x^2))',
  'x*y + sin(x)',
  'x^2*e^(-x)',
  '1/(1 + e^(-(w*x + b)))',
  'log(1 + e^z) - y*z',
  '-(y*log(sigmoid(w*x + b)) + (1 - y)*log(1 - sigmoid(w*x + b)))',
];

export interface GraphState {
  f: string;
  /** Values by name; those of other formulas are kept, and harm nobody. */
  at: Point;
  step: number;
}

/** Values of variables in an address: `w:0.5,x:2`. */
export const pointField: Field<Point> = {
  initial: {},
  write: (point) =>
    Object.entries(point)
      .map(([name, value]) => `${name}:${value}`)
      .join(','),
  read: (text) => {
    if (text.length > 200) return undefined;
    const entries = text.split(',').map((part) => /^([a-zA-Z]\w{0,11}):(-?[\d.eE+-]{1,24})$/.exec(part.trim()));
    if (entries.some((entry) => entry === null)) return undefined;
    const pairs = (entries as RegExpExecArray[]).map(([, name, value]) => [name as string, Number(value)] as const);
    if (pairs.some(([, value]) => !Number.isFinite(value))) return undefined;
    return Object.fromEntries(pairs.map(([name, value]) => [name, clamp(value, VALUE_RANGE)]));
  },
};

export const graphFields: Fields<GraphState> = {
  f: textField('(w*x + b - y)^2', (text) => text.length <= MAX_FORMULA && readSource(text).ok),
  at: pointField,
  step: numberField(0, [0, 4 * MAX_NODES]),
};

/** The values of a formula's variables: those that were set, else those to begin with. */
export function pointOf(source: Source, at: Point): Point {
  const initial = initialPoint(source.variables);
  return Object.fromEntries(source.variables.map((name) => [name, at[name] ?? (initial[name] as number)]));
}

/** Another formula at another point, where everything has a value. */
export function surprise(seed: number): GraphState {
  const random = chance(seed);
  const f = random.pick(SPECIMENS);
  const read = readSource(f);
  for (let tries = 0; tries < 50 && read.ok; tries++) {
    const at = Object.fromEntries(read.source.variables.map((name) => [name, random.nonZero(-20, 20) / 10]));
    if (Math.abs(graphOf(read.source, at).value) < 100) return { f, at, step: 0 };
  }
  return { f: 'x*y + sin(x)', at: { x: 1, y: 2 }, step: 0 };
}

/** The code that computes what the graph shows, for the reader to run. */
export const codeFor = (
  { text, variables }: Source,
  point: Point,
): string => `import { explain } from 'downhill/calculus';
import { formula } from 'downhill/formula';

const { f } = formula(${JSON.stringify(text)});
const { nodes } = explain(f, { names: ${JSON.stringify(variables)} })(${variables.map((v) => point[v]).join(', ')});
for (const { expression, value, adjoint } of nodes) console.log(expression, value, adjoint);
`;

/** What that code prints. */
export function printed(source: Source, point: Point): string {
  const { nodes } = explained(source, point);
  return nodes.map((n) => `${n.expression} ${n.value} ${n.adjoint}`).join('\n');
}

/** A graph that is one path: each operation uses one earlier value, once. */
export interface Link {
  /** How the value comes from the one before. */
  readonly operation: string;
  readonly name: string;
  readonly value: number;
  /** The value after the nudge. */
  readonly moved: number;
  /** Derivative of this value by the one before, and by the variable. */
  readonly local: number;
  readonly soFar: number;
}

/** The links of a formula in one variable, at a place and with a nudge; `undefined` where the formula branches. */
export function chainOf(source: Source, x: number, nudge: number): readonly Link[] | undefined {
  const name = source.variables[0] as string;
  const [here, there] = [graphOf(source, { [name]: x }), graphOf(source, { [name]: x + nudge })];
  if (source.variables.length !== 1 || here.edges.length !== here.nodes.length - 1) return undefined;
  let soFar = 1;
  return here.nodes.map((n, i): Link => {
    const edge = here.edges.find((e) => e.to === n.id);
    const local = edge?.partial ?? 1;
    soFar *= local;
    return {
      operation: n.operation,
      name: n.name,
      value: n.value,
      moved: there.nodes[i]?.value as number,
      local,
      soFar,
    };
  });
}

export const CHAINS: readonly string[] = ['sin(e^(x^2))', '(2x + 1)^2', 'log(1 + x^2)', 'tanh(3x - 1)', 'e^(-x^2/2)'];
export const NUDGE_RANGE = [-1, 1] as const;
export const CHAIN_RANGE = [-2, 2] as const;

export interface ChainState {
  g: string;
  u: number;
  h: number;
}

export const isChain = (text: string): boolean => {
  const read = readSource(text);
  return read.ok && read.source.variables.length === 1 && chainOf(read.source, 0.5, 0.1) !== undefined;
};

export const chainFields: Fields<ChainState> = {
  g: textField('sin(e^(x^2))', isChain),
  u: numberField(0.5, CHAIN_RANGE),
  h: numberField(0.2, NUDGE_RANGE),
};

export function describeChain(links: readonly Link[], nudge: number): string {
  const [first, last] = [links[0] as Link, links.at(-1) as Link];
  const factors = links.slice(1).map((l) => show(l.local, 3));
  const moved = last.moved - last.value;
  return `${first.name} moves by ${show(nudge, 3)}, the result by ${show(moved, 3)}: ${show(moved / nudge, 3)} times as far. The slopes ${factors.join(' · ')} multiply to ${show(last.soFar, 4)}.`;
}
