import type { ExplainedNode } from 'downhill/calculus';
import type { CommandAction } from '../definition.ts';
import { readFormula } from '../input/formula.ts';
import { toJson } from '../output/json.ts';
import { formatNumber, plural } from '../output/number.ts';
import { renderTable } from '../output/table.ts';
import { shorten } from '../output/wrap.ts';
import { pictureFormat } from '../plot/format.ts';
import type { Terminal } from '../terminal.ts';

export interface ExplainCommandOptions {
  at: string;
  plot?: string;
}

/** A node of a scalar formula: everything in it is a number. */
interface ScalarNode {
  id: number;
  expression: string;
  value: number;
  parents: { id: number; partial: number; product: number }[];
  adjoint: number;
}

export const explain: CommandAction<ExplainCommandOptions> = async (argument, options, { terminal, json }) => {
  if (options.plot !== undefined) pictureFormat(options.plot);
  const text = await readFormula(argument);
  const { bindFormula } = await import('../calculus/function.ts');
  const formula = bindFormula(text, '--at', options.at);
  formula.gradient();
  const { explain: explainFunction } = await import('downhill/calculus');
  const explanation = explainFunction((...at: number[]) => formula.f(at), { names: formula.variables })(
    ...formula.values,
  );
  const { tidyText } = await import('../calculus/tidy.ts');
  const nodes = explanation.nodes.map((node) => scalarNode(node, tidyText(node.expression)));
  const result = explanation.result;
  if (options.plot !== undefined) {
    const { graphFigure } = await import('../plot/graph.ts');
    const { writeFigure } = await import('../plot/file.ts');
    await writeFigure(options.plot, graphFigure({ formula: text, variables: formula.variables, nodes }));
  }
  if (json) {
    terminal.out(toJson({ variables: formula.variables, value: explanation.value, nodes, result }));
    return;
  }
  print(terminal, text, formula.variables, formula.values, nodes);
  if (result === null) terminal.out(`\nthe result, ${formatNumber(explanation.value)}, depends on none of them\n`);
  if (options.plot !== undefined) terminal.out(`\nwrote ${options.plot}\n`);
  return;
};

/** In a formula every value is a scalar, so the summaries of larger tensors never occur. */
function scalarNode(node: ExplainedNode, expression: string): ScalarNode {
  return {
    id: node.id,
    expression,
    value: node.value as number,
    parents: node.parents.map(({ id, partial, product }) => ({
      id,
      partial: partial as number,
      product: product as number,
    })),
    adjoint: node.adjoint as number,
  };
}

function print(
  terminal: Terminal,
  text: string,
  variables: readonly string[],
  values: readonly number[],
  nodes: readonly ScalarNode[],
): void {
  const { style, width } = terminal;
  const at = variables.map((name, i) => `${name} = ${formatNumber(values[i] as number)}`).join(', ');
  terminal.out(`${style.bold(shorten(`f(${variables.join(', ')}) = ${text}`, width))}\n`);
  terminal.out(`${shorten(`at ${at}`, width)}\n\n`);
  terminal.out('forward: every value from the ones before it\n');
  terminal.out(
    renderTable(
      [
        { header: 'id', cells: nodes.map(({ id }) => `#${id}`) },
        { header: 'expression', cells: nodes.map(({ expression }) => expression), shrink: true },
        { header: 'value', cells: nodes.map(({ value }) => value) },
      ],
      { width, paintHeader: style.dim },
    ),
  );
  const edges = [...nodes].reverse().flatMap((from) => from.parents.map((to) => ({ from, to })));
  if (edges.length > 0) {
    terminal.out('\nbackward: adjoint of a node × local slope = what reaches the node it used\n');
    terminal.out(
      renderTable(
        [
          { header: 'from', cells: edges.map(({ from }) => `#${from.id}`) },
          { header: 'to', cells: edges.map(({ to }) => `#${to.id}`) },
          { header: 'adjoint', cells: edges.map(({ from }) => from.adjoint) },
          { header: 'local slope', cells: edges.map(({ to }) => to.partial) },
          { header: 'product', cells: edges.map(({ to }) => to.product) },
        ],
        { width, paintHeader: style.dim },
      ),
    );
  }
  terminal.out('\ngradient: the sum of what reaches each variable\n');
  const inputs = nodes.slice(0, variables.length);
  for (const [i, { id, adjoint }] of inputs.entries()) {
    const arrived = edges.filter(({ to }) => to.id === id).map(({ to }) => to.product);
    const name = `  df/d${variables[i]} = `;
    const total = style.bold(formatNumber(adjoint));
    terminal.out(`${name}${sumOf(arrived, width - name.length - 16)}${total}\n`);
  }
}

/** `2 - 3 + 1 = `, or how many terms there are when they do not fit; nothing for a single one. */
function sumOf(terms: readonly number[], room: number): string {
  if (terms.length < 2) return '';
  const text = terms.reduce((sum, term, i) => {
    if (i === 0) return formatNumber(term);
    return `${sum} ${term < 0 ? '-' : '+'} ${formatNumber(Math.abs(term))}`;
  }, '');
  return `${text.length <= room ? text : `sum of ${plural(terms.length, 'product')}`} = `;
}
