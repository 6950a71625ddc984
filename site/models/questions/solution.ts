/** Worked solutions: the engine's own account of a derivative, line by line. */
import { explain } from 'downhill/calculus';
import { formula } from 'downhill/formula';
import { show, typeset } from '../numbers.ts';
import { part } from './writing.ts';

/** An expression as `explain` writes it, as typography. */
export const tidy = (expression: string): string =>
  typeset(
    expression
      .replaceAll(' ^ ', '^')
      .replaceAll('+ -', '- ')
      .replace(/ \* (-[\d.]+)/g, ' * ($1)')
      .replaceAll(' * ', '*')
      .replace(/\bexp\(/g, 'e^('),
  );

/**
 * The chain rule backwards through a formula at a point, a line a value: what flows in from each operation that uses it,
 * times the local slope, and the sum. Lines that only say 1 are left out.
 */
export function chainLines(f: string, at: Readonly<Record<string, number>>): string[] {
  const names = Object.keys(at);
  const read = formula(f, { variables: names });
  const call = read.f as (...args: number[]) => number;
  const { nodes } = explain(call, { names })(...names.map((name) => at[name] as number));
  const lines: string[] = [];
  for (const node of [...nodes].reverse()) {
    if (node.adjoint === 1) continue;
    const flows = nodes.flatMap((user) =>
      user.parents
        .filter(({ id, product }) => id === node.id && product !== 0)
        .map(({ partial }) => {
          const [incoming, local] = [user.adjoint as number, partial as number];
          return incoming === 1 ? show(local) : `${show(incoming)} · ${part(local, 5)}`;
        }),
    );
    if (flows.length === 0) continue;
    const total = show(node.adjoint as number);
    const sum = flows.join(' + ');
    const left = `∂f/∂${node.primitive === 'input' ? node.expression : `(${tidy(node.expression)})`}`;
    lines.push(sum === total ? `${left} = ${total}` : `${left} = ${sum} = ${total}`);
  }
  return lines;
}

/** The derivative as a formula, its value, and the chain rule at the point. */
export function workedDerivative(f: string, at: Readonly<Record<string, number>>, by: string): string[] {
  const names = Object.keys(at);
  const derivative = formula(f, { variables: names }).derivative(by);
  const head = names.length === 1 ? `f′(${by})` : `∂f/∂${by}`;
  const place = names.map((name) => `${name} = ${show(at[name] as number)}`).join(', ');
  return [
    `${head} = ${typeset(derivative.text)}`,
    `At ${place}: ${show(derivative.at(at), 12)}`,
    'The same by the chain rule, from the result backwards:',
    ...chainLines(f, at),
  ];
}
