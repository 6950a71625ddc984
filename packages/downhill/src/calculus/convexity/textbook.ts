import { add } from '../../primitives/arithmetic.ts';
import { exp, log, log1p } from '../../primitives/exponential.ts';
import type { Primitive } from '../../program/primitive.ts';
import { type Atom, type Equation, isVariable, type Program, Variable } from '../../program/program.ts';
import { scalar } from '../../tensor/tensor.ts';

/** Looks up the equation that makes an operand, when it is of the given operation. */
type Made = (x: Atom | undefined, name: string) => readonly Atom[] | undefined;

const isLiteral = (x: Atom | undefined, value: number): boolean =>
  x !== undefined && !isVariable(x) && x.data.length === 1 && x.data[0] === value;

/** The u of max(u, 0) + log1p(exp(−|u|)), written with the condition u > 0, which in exact arithmetic is log(1 + e^u). */
function softplusOf([hinge, tail]: readonly Atom[], made: Made): Atom | undefined {
  const [condition, u, zero] = made(hinge, 'select') ?? [];
  const [minusSize] = made(made(tail, 'log1p')?.[0], 'exp') ?? [];
  const [same, negated, other] = made(minusSize, 'select') ?? [];
  const [left, right] = made(condition, 'gt') ?? [];
  const fits = condition === same && u === left && u === other && u === made(negated, 'neg')?.[0];
  return fits && isLiteral(zero, 0) && isLiteral(right, 0) ? u : undefined;
}

/** The scalars that a vector is stacked of; a number among them is a constant of one element. */
function stacked(vector: Atom | undefined, made: Made, constants: Program['constants']): Atom[] | undefined {
  const parts = (made(vector, 'concatenate') ?? []).map((part) => {
    const constant = constants.find(({ variable, value }) => variable === part && value.size === 1)?.value;
    return constant ? scalar(constant.data[0] as number, constant.dtype, constant.weak) : made(part, 'reshape')?.[0];
  });
  return parts.length > 0 && parts.every((x) => x !== undefined && x.shape.length === 0)
    ? (parts as Atom[])
    : undefined;
}

/**
 * The x of `logsumexp(stack(x))`: log Σ e^(x − m) + m, whatever m is, as long as both are the same. The sum is at least 1
 * where m is the largest x, so that the cases of an empty sum never apply to numbers.
 */
function exponentsOf(
  [logarithm, shift]: readonly Atom[],
  made: Made,
  constants: Program['constants'],
): Atom[] | undefined {
  const [none, least, inner] = made(logarithm, 'select') ?? [];
  const [sameNone, one, total] = made(made(inner, 'log')?.[0], 'select') ?? [];
  const [compared, zero] = made(none, 'eq') ?? [];
  const sum = made(made(total, 'reshape')?.[0], 'reduce_sum');
  const [xs, spread] = made(made(sum?.[0], 'exp')?.[0], 'sub') ?? [];
  const [finite, peak, otherwise] = made(shift, 'select') ?? [];
  const largest = made(made(made(peak, 'stop_gradient')?.[0], 'reshape')?.[0], 'reduce_max');
  const fits =
    none === sameNone &&
    compared === total &&
    isLiteral(zero, 0) &&
    isLiteral(one, 1) &&
    isLiteral(least, Number.NEGATIVE_INFINITY) &&
    made(spread, 'broadcast_in_dim')?.[0] === shift &&
    made(finite, 'is_finite')?.[0] === peak &&
    isLiteral(otherwise, 0) &&
    largest?.[0] === xs;
  return fits ? stacked(xs, made, constants) : undefined;
}

/**
 * A Program in which `softplus` and `logsumexp` of numbers, which the library computes in forms that neither overflow nor
 * lose digits, stand as log(1 + e^u) and log(e^u + e^v + …): the same functions in exact arithmetic, to which the rules of
 * composition apply. They are known by their whole form, and nothing else is changed.
 */
export function textbook(program: Program): Program {
  const makers = new Map<Variable, Equation>();
  for (const equation of program.equations) for (const v of equation.outputs) makers.set(v, equation);
  const made: Made = (x, name) => {
    const equation = x !== undefined && isVariable(x) ? makers.get(x) : undefined;
    return equation?.primitive.name === name ? equation.inputs : undefined;
  };
  const equations = program.equations.flatMap((equation): Equation[] => {
    const [result] = equation.outputs as [Variable];
    const u = equation.primitive.name === 'add' ? softplusOf(equation.inputs, made) : undefined;
    if (u !== undefined) return inTurn([u], [exp.primitive, log1p.primitive], equation, result);
    const whole = equation.primitive.name === 'reshape' ? made(equation.inputs[0], 'add') : undefined;
    const xs = whole && result.shape.length === 0 ? exponentsOf(whole, made, program.constants) : undefined;
    if (xs === undefined) return [equation];
    const powers = xs.map((x) => inTurn([x], [exp.primitive], equation, new Variable(result)));
    const sums = powers.slice(1).reduce<{ total: Variable; equations: Equation[] }>(
      ({ total, equations: before }, [power]) => {
        const next = new Variable(result);
        return {
          total: next,
          equations: [...before, ...inTurn([total, outputOf(power)], [add.primitive], equation, next)],
        };
      },
      { total: outputOf(powers[0]?.[0]), equations: [] },
    );
    return [...powers.flat(), ...sums.equations, ...inTurn([sums.total], [log.primitive], equation, result)];
  });
  return needed({ ...program, equations });
}

const outputOf = (equation: Equation | undefined): Variable => equation?.outputs[0] as Variable;

/** Operations one after the other, the last of which makes `result`, in place of an equation. */
function inTurn(
  inputs: readonly Atom[],
  primitives: readonly Primitive[],
  old: Equation,
  result: Variable,
): Equation[] {
  let operands = inputs;
  return primitives.map((primitive, i) => {
    const output = i === primitives.length - 1 ? result : new Variable(result);
    const equation: Equation = { primitive, inputs: operands, params: {}, outputs: [output], site: old.site };
    operands = [output];
    return equation;
  });
}

/** The Program without equations that its outputs do not need. */
function needed(program: Program): Program {
  const wanted = new Set<Atom>(program.outputs);
  const equations = [...program.equations].reverse().filter((equation) => {
    const isWanted = equation.outputs.some((v) => wanted.has(v));
    if (isWanted) for (const x of equation.inputs) wanted.add(x);
    return isWanted;
  });
  return { ...program, equations: equations.reverse() };
}
