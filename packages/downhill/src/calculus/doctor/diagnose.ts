import { ArgumentError, DifferentiationError } from '../../tensor/errors.ts';
import { checkOptions } from '../../tensor/option-names.ts';
import { DenseTensor, describeValue, type NestedArray, Tensor, tensor } from '../../tensor/tensor.ts';
import { flatten, isLeaf, showPath, showTree, unflatten } from '../../tensor/tree.ts';
import { takeArguments, traceFunction } from '../../trace/function.ts';
import { withConstants } from '../../trace/trace.ts';
import { grad } from '../../transforms/grad.ts';
import { taylorTest } from '../taylor-test.ts';
import { arrayCauses, isRightArray } from './arrays.ts';
import type { Cause } from './causes.ts';
import { diagnoseScalars, type ScalarClaim } from './scalars.ts';
import type { AnyScalarFunction } from './tape.ts';

/** What `formula` gives, as far as the doctor needs it: a function with named variables. */
export interface FormulaLike {
  readonly variables: readonly string[];
  readonly f: (...args: never[]) => Tensor | number;
}

/** A claimed partial derivative: a number, an array, a formula, or a function of the same arguments. */
export type Claim = number | Tensor | NestedArray | FormulaLike | ((...args: never[]) => Tensor | number | NestedArray);

/** A point: the arguments in order, or numbers by the names of a formula's variables. */
export type DoctorPoint = readonly unknown[] | Readonly<Record<string, number>>;

export interface DiagnoseOptions {
  /** Names of the arguments. Default: the variables of a formula, else x, y, z. */
  readonly names?: readonly string[];
  /** Points at which an out-of-date gradient may have been taken: those before this one. */
  readonly previous?: readonly DoctorPoint[];
}

/** One argument's claimed gradient, judged. */
export interface DiagnosedComponent {
  readonly variable: string;
  /** Arrays are given flat. */
  readonly claimed: number | readonly number[];
  readonly actual: number | readonly number[];
  readonly right: boolean;
  /** The order at which the Taylor remainder shrinks with the claimed slope: 2 or more for a right one, 1 for a wrong one. */
  readonly remainderOrder: number;
  /** The likeliest mistake, `null` when right: making it gives exactly this claim. */
  readonly likelyCause: Cause | null;
  /** Other mistakes that would give the same. */
  readonly alternatives: readonly Cause[];
}

export interface Diagnosis {
  readonly verdict: 'right' | 'wrong';
  readonly value: number;
  readonly components: readonly DiagnosedComponent[];
}

const isFormula = (x: unknown): x is FormulaLike =>
  typeof x === 'object' && x !== null && 'f' in x && typeof x.f === 'function' && 'variables' in x;

/** The values of a list, or of a record by name. */
function ordered<T>(given: readonly T[] | Readonly<Record<string, T>>, names: readonly string[], what: string): T[] {
  if (Array.isArray(given)) return [...given];
  const record = given as Readonly<Record<string, T>>;
  for (const name of Object.keys(record)) {
    if (!names.includes(name))
      throw new ArgumentError(
        `diagnose: ${what} names ${name}, which is no variable of the function (${names.join(', ')})`,
      );
  }
  return names.map((name) => {
    if (!Object.hasOwn(record, name)) throw new ArgumentError(`diagnose: ${what} gives nothing for ${name}`);
    return record[name];
  });
}

/** A function of the variables of `names`, whatever the order in which a formula takes its own. */
function inOrder(claim: FormulaLike, names: readonly string[]): (...args: unknown[]) => Tensor | number {
  const places = claim.variables.map((name) => {
    const place = names.indexOf(name);
    if (place < 0)
      throw new ArgumentError(
        `diagnose: the claim uses ${name}, which the function does not have (${names.join(', ')})`,
      );
    return place;
  });
  return (...args) => (claim.f as AnyScalarFunction)(...places.map((p) => args[p]));
}

/**
 * Judges somebody's gradient of `f` at a point, component by component, and names for each wrong one the mistake that
 * gives just this value: the sign, a factor, the inner derivative of the chain rule, a lost term of the product rule,
 * another variable, a transposed array, a sum in place of a mean, and so on (see `causes`). Claims that are functions or
 * formulas are compared at a dozen points, so that the cause is rarely a coincidence; claims that are numbers at one
 * only, to the digits they were written with.
 * An argument may be a tree of parameters: each leaf is a component of its own, named `p.w`, and the claim a tree alike.
 * @param f a function with a scalar result, or a formula. Functions the engine cannot follow are judged by differences.
 * @param claim one claim for each argument, in order or by name.
 * @param at the point: the arguments in order or by name.
 * @throws ArgumentError when claims and arguments do not match or the function has no finite value at the point.
 */
export function diagnose(
  f: FormulaLike | ((...args: never[]) => Tensor | number),
  claim: readonly Claim[] | Readonly<Record<string, Claim>>,
  at: DoctorPoint,
  options: DiagnoseOptions = {},
): Diagnosis {
  checkOptions('diagnose', options, { names: 1, previous: 1 });
  const names = namesOf(f, at, options);
  const args = ordered<unknown>(at as readonly unknown[], names, 'the point');
  const claims = ordered<Claim>(claim as readonly Claim[], names, 'the claim');
  if (claims.length !== args.length) {
    throw new ArgumentError(
      `diagnose: ${claims.length} claims were given for ${args.length} arguments; one for each is needed`,
    );
  }
  const call = (isFormula(f) ? inOrder(f, names) : f) as AnyScalarFunction;
  if (typeof call !== 'function')
    throw new ArgumentError(`diagnose needs a function or a formula; got ${describeValue(f)}`);
  const value = valueOf(call, args);
  const previous = (options.previous ?? []).map((point) =>
    ordered<unknown>(point as readonly unknown[], names, 'a previous point'),
  );
  const ready = claims.map((one) => (isFormula(one) ? inOrder(one, names) : one));
  if (args.some((arg) => !isLeaf(arg))) return byLeaves(call, names, args, ready, previous, value);
  const isScalar =
    args.every((x) => typeof x === 'number') && ready.every((c) => typeof c === 'number' || typeof c === 'function');
  const components = isScalar
    ? scalarComponents(call, names, args as number[], ready as ScalarClaim[], previous as number[][])
    : arrayComponents(call, names, args, ready, previous);
  return { verdict: components.every((c) => c.right) ? 'right' : 'wrong', value, components };
}

/** Arguments that are trees of parameters, judged leaf by leaf: `p.w` and `p.b` of an argument p. */
function byLeaves(
  f: AnyScalarFunction,
  names: readonly string[],
  args: readonly unknown[],
  claims: readonly Claim[],
  previous: readonly (readonly unknown[])[],
  value: number,
): Diagnosis {
  const flat = args.map((arg, i) => flatten(arg, `diagnose: ${names[i]}`));
  const leavesOf = (trees: readonly unknown[], what: string): unknown[] =>
    trees.flatMap((tree, i) => {
      const { def, leaves } = flatten(tree, `diagnose: ${what} ${names[i]}`);
      if (showTree(def) === showTree(flat[i].def)) return leaves;
      if (flat[i].leaves.length === 1 && isLeaf(args[i])) return [tree];
      throw new ArgumentError(
        `diagnose: ${what} ${names[i]} has the structure ${showTree(def)}, and ${names[i]} itself ${showTree(flat[i].def)}; give a claim for every part`,
      );
    });
  const given = claims.map((claim) => (typeof claim === 'function' ? (claim as AnyScalarFunction)(...args) : claim));
  const whole: AnyScalarFunction = (...parts) => {
    let next = 0;
    const trees = flat.map(({ def, leaves }) => {
      next += leaves.length;
      return unflatten(def, parts.slice(next - leaves.length, next));
    });
    return f(...trees);
  };
  const components = arrayComponents(
    whole,
    flat.flatMap(({ paths }, i) => paths.map((path) => `${names[i]}${showPath(path)}`)),
    flat.flatMap(({ leaves }) => leaves),
    leavesOf(given, 'the claim for') as Claim[],
    previous.map((point) => leavesOf(point, 'a previous point for')),
  );
  return { verdict: components.every((c) => c.right) ? 'right' : 'wrong', value, components };
}

function namesOf(f: unknown, at: DoctorPoint, options: DiagnoseOptions): readonly string[] {
  if (options.names) return options.names;
  if (isFormula(f)) return f.variables;
  if (!Array.isArray(at)) return Object.keys(at);
  return at.map((_, i) => (at.length <= 3 ? 'xyz'[i] : `x${i}`));
}

function valueOf(f: AnyScalarFunction, args: readonly unknown[]): number {
  const result = f(...args);
  const value = result instanceof Tensor ? (result.size === 1 ? result.item() : Number.NaN) : Number(result);
  if (result instanceof Tensor && result.size !== 1) {
    throw new DifferentiationError(
      `diagnose needs a scalar function; this one returned shape [${result.shape.join(', ')}]`,
    );
  }
  if (!Number.isFinite(value)) {
    throw new ArgumentError(`diagnose: the function is ${value} at this point; choose one inside its domain`);
  }
  return value;
}

function scalarComponents(
  f: AnyScalarFunction,
  names: readonly string[],
  at: readonly number[],
  claims: readonly ScalarClaim[],
  previous: readonly (readonly number[])[],
): DiagnosedComponent[] {
  const numeric = claims.map((c): ScalarClaim => {
    if (typeof c !== 'function') return c;
    return (...args) => Number(c(...args));
  });
  return diagnoseScalars({ f, names, at, previous }, numeric).map((found, i) => ({ variable: names[i], ...found }));
}

const asArray = (x: unknown, what: string): DenseTensor => {
  if (!isLeaf(x) && !Array.isArray(x))
    throw new ArgumentError(`diagnose: ${what} is ${describeValue(x)}; a number or an array is needed`);
  return tensor(x as Tensor | number | NestedArray) as DenseTensor;
};

function arrayComponents(
  f: AnyScalarFunction,
  names: readonly string[],
  args: readonly unknown[],
  claims: readonly Claim[],
  previous: readonly (readonly unknown[])[],
): DiagnosedComponent[] {
  const all = args.map((_, i) => i);
  const gradientsAt = (point: readonly unknown[]): DenseTensor[] =>
    (grad(f, { argnums: all })(...point) as unknown[]).map((g) => asArray(g, 'a gradient'));
  const taken = takeArguments(args, all);
  const traced = traceFunction(f, taken, { context: 'diagnose', concrete: true });
  const { program } = withConstants(traced.closed);
  const inputs = taken.leaves as DenseTensor[];
  const problem = { program, inputs, names, gradients: gradientsAt(args), previous: previous.map(gradientsAt) };
  return claims.map((claim, i) => {
    const given = asArray(
      typeof claim === 'function' ? (claim as (...xs: unknown[]) => unknown)(...args) : claim,
      `the claim for ${names[i]}`,
    );
    const actual = problem.gradients[i];
    const right = isRightArray(given, actual);
    const [likely, ...others] = right ? [] : arrayCauses(problem, given, i);
    return {
      variable: names[i],
      claimed: flat(given),
      actual: flat(actual),
      right,
      remainderOrder: given.size === actual.size ? orderOf(f, args, i, given.data) : 0,
      likelyCause: likely ?? null,
      alternatives: others
        .filter(({ kind }, k) => kind !== likely?.kind && others.findIndex((o) => o.kind === kind) === k)
        .slice(0, 3),
    };
  });
}

const flat = (x: DenseTensor): number | number[] =>
  x.shape.length === 0 ? x.data[0] : Array.from(x.data as ArrayLike<number>);

/** The remainder's order along a direction in which every element of argument i takes part. */
function orderOf(f: AnyScalarFunction, args: readonly unknown[], i: number, claimed: ArrayLike<number>): number {
  const x = asArray(args[i], 'the argument');
  const direction = Array.from(
    x.data as ArrayLike<number>,
    (v, k) => (v === 0 ? 1 : v) * (0.6 + 0.4 * Math.cos(7 * k + 1)),
  );
  const slope = direction.reduce((total, d, k) => total + d * claimed[k], 0);
  const moved = (t: number): DenseTensor =>
    new DenseTensor(
      Float64Array.from(x.data as ArrayLike<number>, (v, k) => v + t * direction[k]),
      x.shape,
      'float64',
    );
  return taylorTest((t) => valueOf(f, args.with(i, moved(t))), slope).order;
}
