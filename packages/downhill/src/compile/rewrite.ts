import { type Equation, isVariable, type Program, Variable } from '../program/program.ts';
import { DenseTensor } from '../tensor/tensor.ts';
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

/** The Program as this back end likes it best, of the same meaning. */
export const prepared = (program: Program): Program => lateMasks(swapProducts(program));

/**
 * Masks read from what they selected: for l = select(z ≤ c, c, z), as in a rectifier, z ≤ c is l ≤ c (and so with
 * select(z > c, z, c)). Whoever reads the mask later, such as the derivative, then needs neither the mask nor z to be kept.
 */
function lateMasks(program: Program): Program {
  const readers = new Map<Variable, Equation[]>();
  const outputs = new Set<unknown>(program.outputs);
  for (const equation of program.equations) {
    for (const x of new Set(equation.inputs)) {
      if (!isVariable(x)) continue;
      const list = readers.get(x);
      if (list) list.push(equation);
      else readers.set(x, [equation]);
    }
  }
  const masks = new Map<Variable, Equation>();
  const replaced = new Map<unknown, Variable>();
  const equations: Equation[] = [];
  for (const given of program.equations) {
    const equation = given.inputs.some((x) => replaced.has(x))
      ? { ...given, inputs: given.inputs.map((x) => replaced.get(x) ?? x) }
      : given;
    equations.push(equation);
    const { name } = equation.primitive;
    const [first, second, third] = equation.inputs;
    const [out] = equation.outputs as [Variable];
    if ((name === 'le' || name === 'gt') && first && isVariable(first) && second && !isVariable(second)) {
      masks.set(out, equation);
    }
    const mask = name === 'select' ? masks.get(first as Variable) : undefined;
    if (!mask) continue;
    const [z, c] = mask.inputs as [Variable, DenseTensor];
    const [limit, kept] = mask.primitive.name === 'le' ? [second, third] : [third, second];
    const isLimit = limit instanceof DenseTensor && Object.is(limit.data[0], c.data[0]) && !Number.isNaN(c.data[0]);
    const onlyHere = readers.get(z)?.length === 2 && !outputs.has(z) && !outputs.has(first);
    const others = readers.get(first as Variable)?.length !== 1;
    const early = readers.get(first as Variable)?.[0] !== given;
    if (!isLimit || kept !== z || !onlyHere || !others || early) continue;
    const late = new Variable(first as Variable);
    equations.push({ ...mask, inputs: [out, c], outputs: [late] });
    replaced.set(first, late);
  }
  return replaced.size === 0 ? program : { ...program, equations };
}

/**
 * The Program with (A B)ᵀ written as Bᵀ Aᵀ where only the transpose is wanted: the product kernel reads transposed
 * operands as they lie, and what follows then walks its result in order.
 */
function swapProducts(program: Program): Program {
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
