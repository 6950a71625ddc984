import { DownhillError } from '../../tensor/errors.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { type ExplainedNode, explain } from '../explain.ts';

/** A scalar operation of a tape. */
export interface TapeNode {
  readonly id: number;
  readonly primitive: string;
  readonly expression: string;
  readonly value: number;
  readonly site: string | undefined;
  /** Operands that are nodes, with the local partial derivatives; literals are left out. */
  readonly operands: readonly { readonly id: number; readonly partial: number }[];
}

/** A function of numbers at a point: every operation with its value and its local partial derivatives. */
export interface Tape {
  readonly nodes: readonly TapeNode[];
  readonly result: number | null;
  readonly value: number;
  readonly inputs: number;
}

export type AnyScalarFunction = (...args: unknown[]) => Tensor | number;

const isScalarNode = (node: ExplainedNode): boolean =>
  typeof node.value === 'number' && node.parents.every((p) => typeof p.partial === 'number');

/** The tape of `f` at a point, or undefined where the engine cannot follow it or tensors take part. */
export function recordTape(f: AnyScalarFunction, at: readonly number[], names: readonly string[]): Tape | undefined {
  try {
    const { nodes, result, value } = explain(f, { names })(...at);
    if (!nodes.every(isScalarNode) || !Number.isFinite(value)) return undefined;
    return {
      nodes: nodes.map(({ id, primitive, expression, value: v, site, parents }) => ({
        id,
        primitive,
        expression,
        value: v as number,
        site,
        operands: parents.map((p) => ({ id: p.id, partial: p.partial as number })),
      })),
      result,
      value,
      inputs: at.length,
    };
  } catch (error) {
    if (error instanceof DownhillError) return undefined;
    throw error;
  }
}

/** Whether two tapes hold the same operations on the same operands, so that their nodes correspond. */
export const sameTape = (a: Tape, b: Tape): boolean =>
  a.nodes.length === b.nodes.length &&
  a.nodes.every((node, i) => {
    const other = b.nodes[i];
    return node.primitive === other.primitive && node.operands.every((o, k) => o.id === other.operands[k]?.id);
  });

/** A node in the middle of differentiation: its operands with their values and derivatives. */
export interface Step {
  readonly node: TapeNode;
  /** Value of the node. */
  readonly v: number;
  /** Values of its operands, their local partials, and their derivatives by the variable. */
  readonly u: readonly number[];
  readonly p: readonly number[];
  readonly t: readonly number[];
  /** The right derivative of the node: Σ p t. */
  readonly right: number;
}

/** What a mistake makes of the derivative of one node; undefined leaves it as it is. */
export type Slip = (step: Step) => number | undefined;

/** The derivative of the result by input `variable`, forward through the tape, with a mistake at some nodes. */
export function differentiate(tape: Tape, variable: number, slip?: (node: TapeNode) => Slip | undefined): number {
  if (tape.result === null) return 0;
  const t = new Float64Array(tape.nodes.length);
  t[variable] = 1;
  for (const node of tape.nodes) {
    if (node.id < tape.inputs) continue;
    const step = stepOf(tape, node, t);
    t[node.id] = slip?.(node)?.(step) ?? step.right;
  }
  return t[tape.result];
}

export function stepOf(tape: Tape, node: TapeNode, t: ArrayLike<number>): Step {
  let right = 0;
  // nothing flows along an edge with derivative 0, even where the partial is infinite
  for (const { id, partial } of node.operands) if (t[id] !== 0) right += partial * t[id];
  return {
    node,
    v: node.value,
    u: node.operands.map(({ id }) => tape.nodes[id].value),
    p: node.operands.map(({ partial }) => partial),
    t: node.operands.map(({ id }) => t[id]),
    right,
  };
}

/** Derivatives of every node by a variable. */
export function allTangents(tape: Tape, variable: number): Float64Array {
  const t = new Float64Array(tape.nodes.length);
  t[variable] = 1;
  for (const node of tape.nodes) if (node.id >= tape.inputs) t[node.id] = stepOf(tape, node, t).right;
  return t;
}

/** How large the terms are whose sum is the derivative: what its rounding error is proportional to. */
export function magnitude(tape: Tape, variable: number): number {
  if (tape.result === null) return 0;
  const t = new Float64Array(tape.nodes.length);
  t[variable] = 1;
  for (const node of tape.nodes) {
    if (node.id < tape.inputs) continue;
    let total = 0;
    for (const { id, partial } of node.operands) if (t[id] !== 0) total += Math.abs(partial) * t[id];
    t[node.id] = total;
  }
  return t[tape.result];
}
