import { type Equation, isVariable, type Program, type Variable } from '../program/program.ts';
import type { DotDims } from './expressions.ts';

/** The axes of a product's result are batch, free of the left, free of the right: does a permutation swap the free ones? */
function swapsSides(product: Equation, permutation: readonly number[]): boolean {
  const { contract, batch } = product.params as unknown as DotDims;
  const [left, right] = product.inputs as readonly [Equation['inputs'][0], Equation['inputs'][0]];
  const shared = batch[0].length;
  const free = [left.shape.length, right.shape.length].map(
    (rank, side) => rank - shared - (contract[side]?.length ?? 0),
  );
  const [m, n] = free as [number, number];
  const swapped = [
    ...Array.from({ length: shared }, (_, i) => i),
    ...Array.from({ length: n }, (_, i) => shared + m + i),
    ...Array.from({ length: m }, (_, i) => shared + i),
  ];
  return permutation.every((p, i) => p === swapped[i]);
}

const flipped = (pair: readonly [readonly number[], readonly number[]]) => [pair[1], pair[0]];

/**
 * The Program with (A B)ᵀ written as Bᵀ Aᵀ where only the transpose is wanted: the product kernel reads transposed
 * operands as they lie, and what follows then walks its result in order.
 */
export function swapProducts(program: Program): Program {
  const uses = new Map<Variable, number>();
  const count = (x: unknown): void => {
    if (isVariable(x as Variable)) uses.set(x as Variable, (uses.get(x as Variable) ?? 0) + 1);
  };
  for (const equation of program.equations) equation.inputs.forEach(count);
  program.outputs.forEach(count);
  const products = new Map<Variable, Equation>();
  const dropped = new Set<Equation>();
  const equations = program.equations.map((equation) => {
    const { name } = equation.primitive;
    if (name === 'dot_general') products.set(equation.outputs[0] as Variable, equation);
    if (name !== 'transpose') return equation;
    const product = products.get(equation.inputs[0] as Variable);
    if (!product || uses.get(equation.inputs[0] as Variable) !== 1) return equation;
    if (!swapsSides(product, equation.params.permutation as readonly number[])) return equation;
    dropped.add(product);
    const { contract, batch } = product.params as unknown as DotDims;
    const params = { ...product.params, contract: flipped(contract), batch: flipped(batch) };
    return { ...product, inputs: [...product.inputs].reverse(), params, outputs: equation.outputs };
  });
  if (dropped.size === 0) return program;
  return { ...program, equations: equations.filter((e) => !dropped.has(e)) };
}
