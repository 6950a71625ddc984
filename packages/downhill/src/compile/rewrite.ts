import { concatenatePrimitive, type PadConfig } from '../primitives/slice.ts';
import type { Primitive } from '../program/primitive.ts';
import { type Atom, type Equation, isVariable, type Program, Variable } from '../program/program.ts';
import { isFloat } from '../tensor/dtype.ts';
import { sizeOf } from '../tensor/shape.ts';
import { DenseTensor } from '../tensor/tensor.ts';
import { dropDead } from '../transforms/simplify.ts';
import type { DotDims } from './expressions.ts';
import { canStore } from './product-layout.ts';

/** The Program as this back end likes it best, of the same meaning. */
export const prepared = (program: Program): Program => lateMasks(turnedProducts(joinedPads(program)));

/**
 * Masks read from what they selected: for l = select(z ≤ c, c, z), as in a rectifier, z ≤ c is l ≤ c (and so with
 * select(z > c, z, c)). Whoever reads the mask later, such as the derivative, then needs neither the mask nor z to be kept.
 */
function lateMasks(program: Program): Program {
  if (!program.equations.some((e) => e.primitive.name === 'select')) return program;
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
 * The Program with products whose transpose alone is wanted written in that order, where the kernel can: it reads and
 * writes transposed matrices as they lie, and what follows then walks its operand in order.
 */
function turnedProducts(program: Program): Program {
  if (!program.equations.some((e) => e.primitive.name === 'transpose')) return program;
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
    const [out] = equation.outputs as [Variable];
    if (name === 'dot_general' && isFloat(out.dtype)) products.set(out, equation);
    if (name !== 'transpose') return equation;
    const product = products.get(equation.inputs[0] as Variable);
    if (!product || uses.get(equation.inputs[0] as Variable) !== 1) return equation;
    const dims = product.params as unknown as DotDims;
    const order = equation.params.permutation as readonly number[];
    const [x, y] = product.inputs as [Variable, Variable];
    if (dims.contract[0].length === 0 || sizeOf(x.shape) === 0 || sizeOf(y.shape) === 0) return equation;
    if (!canStore(out.shape, [x.shape.length, y.shape.length], dims, order)) return equation;
    dropped.add(product);
    return { ...product, params: { ...product.params, order }, outputs: equation.outputs };
  });
  if (dropped.size === 0) return program;
  return { ...program, equations: equations.filter((e) => !dropped.has(e)) };
}

/** Pieces of an array along one axis, zeros between them. */
interface Pieces {
  readonly axis: number;
  readonly pieces: readonly { readonly from: number; readonly to: number; readonly atom: Atom }[];
}

/** A pad with zeros on the sides of one axis, as one piece. */
function pieceOf({ inputs, params, outputs }: Equation): Pieces | undefined {
  const [x, value] = inputs as [Atom, Atom];
  const config = params.config as readonly PadConfig[];
  const moved = config.flatMap((c, axis) => (c.some((n) => n !== 0) ? [axis] : []));
  const [axis] = moved;
  if (moved.length !== 1 || axis === undefined || isVariable(value) || !Object.is(value.data[0], 0)) return undefined;
  const [low, high, interior] = config[axis] as PadConfig;
  if (low < 0 || high < 0 || interior > 0 || !isFloat((outputs[0] as Variable).dtype)) return undefined;
  return { axis, pieces: [{ from: low, to: low + (x.shape[axis] as number), atom: x }] };
}

/**
 * Sums of pads that fill an array, as the gradient of its slices is, written as their pieces laid end to end. The zero
 * that was added to each piece stays, since it makes −0 a 0.
 */
function joinedPads(program: Program): Program {
  if (!program.equations.some((e) => e.primitive.name === 'pad')) return program;
  const uses = new Map<unknown, number>();
  const count = (x: unknown): void => void uses.set(x, (uses.get(x) ?? 0) + 1);
  for (const equation of program.equations) equation.inputs.forEach(count);
  program.outputs.forEach(count);
  const known = new Map<unknown, Pieces>();
  const equations = program.equations.flatMap((equation): Equation[] => {
    const [out] = equation.outputs as [Variable];
    const { name } = equation.primitive;
    if (name === 'pad') {
      const piece = pieceOf(equation);
      if (piece) known.set(out, piece);
    }
    if (name !== 'add') return [equation];
    const [a, b] = equation.inputs.map((x) => (uses.get(x) === 1 ? known.get(x) : undefined));
    if (!a || !b || a.axis !== b.axis) return [equation];
    const { axis } = a;
    const pieces = [...a.pieces, ...b.pieces].sort((p, q) => p.from - q.from);
    if (pieces.some((p, i) => i > 0 && p.from < (pieces[i - 1] as (typeof pieces)[0]).to)) return [equation];
    known.set(out, { axis, pieces });
    const isWhole = pieces.reduce((sum, p) => sum + p.to - p.from, 0) === out.shape[axis];
    if (!isWhole) return [equation];
    const zero = new DenseTensor(
      equation.outputs[0]?.dtype === 'float32' ? new Float32Array(1) : new Float64Array(1),
      [],
      out.dtype,
    );
    const added = pieces.map(({ atom }): Equation => {
      const type = { shape: atom.shape, dtype: out.dtype, weak: out.weak };
      return { ...equation, inputs: [atom, zero], outputs: [new Variable(type)] };
    });
    const joined = { ...equation, primitive: concatenatePrimitive as unknown as Primitive, params: { axis } };
    return [...added, { ...joined, inputs: added.map((e) => e.outputs[0] as Variable) }];
  });
  return equations.length === program.equations.length && known.size === 0
    ? program
    : dropDead({ ...program, equations });
}
