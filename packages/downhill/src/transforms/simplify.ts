import { mul, neg } from '../primitives/arithmetic.ts';
import { broadcastPrimitive, reshapePrimitive, transposePrimitive } from '../primitives/layout.ts';
import { evaluateEquation } from '../program/evaluate.ts';
import { paramKey } from '../program/hash.ts';
import type { Params, Primitive } from '../program/primitive.ts';
import { type Atom, type Equation, isProgram, isVariable, type Program, type Variable } from '../program/program.ts';
import { shapesEqual } from '../tensor/shape.ts';
import { DenseTensor } from '../tensor/tensor.ts';

/** An equation rewritten: to one of its operands, to another operation of the same type, or not at all. */
type Rewrite = { atom: Atom } | { primitive: Primitive; inputs: readonly Atom[]; params: Params } | undefined;

/** Finds the equation that computes an atom, for rules that look through it. */
type Definition = (atom: Atom) => Equation | undefined;

const literal = (atom: Atom | undefined): number | undefined =>
  atom instanceof DenseTensor ? (atom.data[0] as number) : undefined;

const isFullShape = (atom: Atom, equation: Equation): boolean =>
  shapesEqual(atom.shape, (equation.outputs[0] as Variable).shape);

const call = (primitive: Primitive, inputs: readonly Atom[], params: Params = {}): Rewrite => ({
  primitive,
  inputs,
  params,
});

/**
 * Identities that hold for every IEEE 754 value, NaN, infinities and signed zeros included, by primitive name. (x + 0 is
 * not among them: −0 + 0 is 0. Nor is x · 0.)
 */
const rules: Readonly<Record<string, (equation: Equation, definition: Definition) => Rewrite>> = {
  add: ({ inputs: [x, y] }) => {
    if (Object.is(literal(y), -0)) return { atom: x as Atom };
    return Object.is(literal(x), -0) ? { atom: y as Atom } : undefined;
  },
  sub: ({ inputs: [x, y] }) => (Object.is(literal(y), 0) ? { atom: x as Atom } : undefined),
  mul: ({ inputs: [x, y] }) => {
    if (literal(y) === 1) return { atom: x as Atom };
    if (literal(x) === 1) return { atom: y as Atom };
    if (literal(y) === -1) return call(neg.primitive, [x as Atom]);
    return literal(x) === -1 ? call(neg.primitive, [y as Atom]) : undefined;
  },
  div: ({ inputs: [x, y] }) => {
    if (literal(y) === 1) return { atom: x as Atom };
    const d = literal(y);
    // dividing by a power of two is multiplying by its reciprocal, which is exact as long as it is a normal number
    if (d !== undefined && y && Number.isInteger(Math.log2(Math.abs(d))) && Math.abs(Math.log2(Math.abs(d))) < 100) {
      return call(mul.primitive, [x as Atom, scaled(y as DenseTensor, 1 / d)]);
    }
    return undefined;
  },
  neg: ({ inputs: [x] }, definition) => {
    const inner = definition(x as Atom);
    return inner?.primitive.name === 'neg' ? { atom: inner.inputs[0] as Atom } : undefined;
  },
  pow: ({ inputs: [x, y] }) => {
    if (literal(y) === 1) return { atom: x as Atom };
    return literal(y) === 2 ? call(mul.primitive, [x as Atom, x as Atom]) : undefined;
  },
  select: ({ inputs: [c, a, b] }) => {
    if (a === b) return { atom: a as Atom };
    const known = literal(c);
    return known === undefined ? undefined : { atom: (known ? a : b) as Atom };
  },
  convert_element_type: ({ inputs: [x], outputs: [out] }) =>
    (x as Atom).dtype === (out as Variable).dtype && (x as Atom).weak === (out as Variable).weak
      ? { atom: x as Atom }
      : undefined,
  reshape: ({ inputs: [x], params }, definition) => {
    const inner = definition(x as Atom);
    if (inner?.primitive.name === 'reshape')
      return call(reshapePrimitive as unknown as Primitive, inner.inputs, params);
    return undefined;
  },
  transpose: ({ inputs: [x], params }, definition) => {
    const outer = params.permutation as readonly number[];
    if (outer.every((p, i) => p === i)) return { atom: x as Atom };
    const inner = definition(x as Atom);
    if (inner?.primitive.name !== 'transpose') return undefined;
    const first = inner.params.permutation as readonly number[];
    return call(transposePrimitive as unknown as Primitive, inner.inputs, {
      permutation: outer.map((p) => first[p] as number),
    });
  },
  reduce_sum: ({ inputs: [x], params }) =>
    (params.axes as readonly number[]).length === 0 ? { atom: x as Atom } : undefined,
};

const scaled = (type: DenseTensor, value: number): DenseTensor =>
  new DenseTensor((type.dtype === 'float32' ? Float32Array : Float64Array).of(value), [], type.dtype, type.weak);

/** Operands that are scalars stretched to the shape of the others, replaced by the scalars themselves. */
function unstretchOperands(equation: Equation, definition: Definition): Equation {
  if (!equation.primitive.elementwise || equation.inputs.length < 2) return equation;
  if (!equation.inputs.some((atom) => definition(atom)?.primitive.name === 'broadcast_in_dim')) return equation;
  const inputs = equation.inputs.map((atom, i) => {
    const inner = definition(atom);
    const scalar = inner?.primitive === (broadcastPrimitive as unknown as Primitive) ? inner.inputs[0] : undefined;
    const othersKeepShape = equation.inputs.some(
      (other, k) => k !== i && isFullShape(other, equation) && definition(other)?.primitive !== inner?.primitive,
    );
    return scalar && scalar.shape.length === 0 && othersKeepShape ? scalar : atom;
  });
  return inputs.every((x, i) => x === equation.inputs[i]) ? equation : { ...equation, inputs };
}

/**
 * A Program of the same meaning with fewer equations: scalar constants folded, equal equations computed once, identities
 * that are exact in IEEE 754 applied, dead code dropped; inside loops and branches too.
 */
export function simplifyProgram(program: Program): Program {
  const replaced = new Map<Variable, Atom>();
  const definitions = new Map<Variable, Equation>();
  const seen = new Map<string, Equation>();
  const numbers = new Map<Atom, number>();
  const follow = (atom: Atom): Atom => (isVariable(atom) ? (replaced.get(atom) ?? atom) : atom);
  const definition: Definition = (atom) => (isVariable(atom) ? definitions.get(atom) : undefined);
  const atomKey = (atom: Atom): string => {
    if (!isVariable(atom)) return `,${Object.is(atom.data[0], -0) ? '-0' : atom.data[0]}:${atom.dtype}${atom.weak}`;
    const number = numbers.get(atom) ?? numbers.size;
    if (number === numbers.size) numbers.set(atom, number);
    return `%${number}`;
  };
  /** An equation on what its operands were replaced by. */
  const followed = (equation: Equation): Equation => {
    const params = simplifyParams(equation.params);
    const kept = params === equation.params && !equation.inputs.some((atom) => follow(atom) !== atom);
    return kept ? equation : { ...equation, inputs: equation.inputs.map(follow), params };
  };
  const kept: Equation[] = [];
  for (const original of program.equations) {
    let equation = followed(original);
    equation = unstretchOperands(equation, definition);
    const [out] = equation.outputs;
    const rewrite = equation.outputs.length === 1 ? rules[equation.primitive.name]?.(equation, definition) : undefined;
    if (rewrite && 'atom' in rewrite) {
      if (sameType(rewrite.atom, out as Variable)) {
        replaced.set(out as Variable, rewrite.atom);
        continue;
      }
    } else if (rewrite) equation = { ...equation, ...rewrite };
    const folded = fold(equation);
    if (folded) {
      replaced.set(out as Variable, folded);
      continue;
    }
    let key = equation.primitive.name;
    for (const name in equation.params) key += `[${name}=${paramKey(equation.params[name])}`;
    for (const atom of equation.inputs) key += atomKey(atom);
    const twin = seen.get(key);
    if (twin && twin.primitive === equation.primitive) {
      equation.outputs.forEach((v, i) => replaced.set(v, twin.outputs[i] as Variable));
      continue;
    }
    seen.set(key, equation);
    for (const v of equation.outputs) definitions.set(v, equation);
    kept.push(equation);
  }
  return dropDead({ ...program, equations: kept, outputs: program.outputs.map(follow) });
}

const sameType = (a: Atom, b: Variable): boolean =>
  a.dtype === b.dtype && a.weak === b.weak && shapesEqual(a.shape, b.shape);

/** The value of an equation on scalar literals, when it is a scalar itself. */
function fold(equation: Equation): DenseTensor | undefined {
  const [out] = equation.outputs;
  if (equation.outputs.length !== 1 || !out || out.shape.length > 0 || equation.inputs.length === 0) return undefined;
  if (!equation.primitive.elementwise || !equation.inputs.every((x) => x instanceof DenseTensor)) return undefined;
  const [value] = evaluateEquation(equation, equation.inputs as DenseTensor[]);
  return value && new DenseTensor(value.data, value.shape, out.dtype, out.weak);
}

function simplifyParams(params: Params): Params {
  if (!Object.values(params).some((value) => typeof value === 'object')) return params;
  let changed = false;
  const simplified = Object.entries(params).map(([key, value]): [string, unknown] => {
    if (isProgram(value)) {
      changed = true;
      return [key, simplifyProgram(value)];
    }
    if (Array.isArray(value) && value.some(isProgram)) {
      changed = true;
      return [key, value.map((v) => (isProgram(v) ? simplifyProgram(v) : v))];
    }
    return [key, value];
  });
  return changed ? Object.fromEntries(simplified) : params;
}

/** Without the equations and constants nobody reads. */
export function dropDead(program: Program): Program {
  const live = new Set<Atom>(program.outputs);
  const equations: Equation[] = [];
  for (let i = program.equations.length - 1; i >= 0; i--) {
    const equation = program.equations[i] as Equation;
    if (!equation.outputs.some((v) => live.has(v))) continue;
    for (const atom of equation.inputs) live.add(atom);
    equations.push(equation);
  }
  return {
    ...program,
    equations: equations.reverse(),
    constants: program.constants.filter((c) => live.has(c.variable)),
  };
}
