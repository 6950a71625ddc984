import { type Equation, isVariable } from '../program/program.ts';
import type { Expression, Leaf, Scalar, View } from './expressions.ts';

/** Numbers, texts and lists and records of them as text that differs when they do; `undefined` for anything else. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'boolean' || value === undefined || value === null) return String(value);
  if (Array.isArray(value)) return joined(value.map(textOf), '[', ']');
  if (typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype) return undefined;
  const entries = Object.entries(value).map(([name, x]) => joined([name, textOf(x)], '', '', ':'));
  return joined(entries, '{', '}');
}

function joined(parts: readonly (string | undefined)[], open: string, close: string, by = ','): string | undefined {
  return parts.includes(undefined) ? undefined : `${open}${parts.join(by)}${close}`;
}

/** How elements lie in memory, wherever they begin. */
export const layoutText = ({ dtype, shape, strides }: View): string => `${dtype}[${shape}|${strides}]`;

const operationText = ({ primitive, params, inputs }: Equation): string | undefined => {
  const given = inputs.map((x) => (isVariable(x) ? x.dtype : `${x.dtype}=${textOf(x.data[0])}`));
  return joined([primitive.name, textOf(params), `${given}`], '', '', ' ');
};

/**
 * What the code at one element of expressions follows from, when the leaves are given in their order: equal texts are equal
 * code. `undefined` when that cannot be told.
 */
export function structureOf(expressions: readonly Expression[], leaves: readonly Leaf[]): string | undefined {
  const numbers = new Map<Expression, number>();
  const parts: (string | undefined)[] = leaves.map((leaf, k) => {
    numbers.set(leaf, k);
    return `${leaf.type} ${leaf.dtype}`;
  });
  const walk = (e: Expression): number => {
    const known = numbers.get(e);
    if (known !== undefined) return known;
    if (e.type === 'pending') {
      const operands = e.operands.map(walk);
      const operation = operationText(e.equation);
      parts.push(operation && `${operation} ${e.dtype}(${operands})`);
    } else parts.push(e.type === 'scalar' && e.known !== undefined ? `${e.dtype}=${textOf(e.known)}` : undefined);
    // what several operations share is computed once, so that equal code shares equally
    numbers.set(e, parts.length - 1);
    return parts.length - 1;
  };
  parts.push(`${expressions.map(walk)}`);
  return joined(parts, '', '', ';');
}

/** The same of a loop over elements, which follows from how views lie, too. */
export function loopText(
  expressions: readonly Expression[],
  views: readonly View[],
  scalars: readonly Scalar[],
): string | undefined {
  const text = structureOf(expressions, [...views, ...scalars]);
  return text && `${text} ${views.map(layoutText)}`;
}
