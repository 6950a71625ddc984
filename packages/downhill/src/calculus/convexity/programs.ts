import type { Params, Primitive } from '../../program/primitive.ts';
import {
  type Atom,
  type Equation,
  isVariable,
  type Program,
  subPrograms,
  type Variable,
} from '../../program/program.ts';
import { ArgumentError } from '../../tensor/errors.ts';
import { DenseTensor, type Tensor } from '../../tensor/tensor.ts';
import { bind } from '../../trace/trace.ts';
import { grad } from '../../transforms/grad.ts';
import { makeProgram } from '../../transforms/jit.ts';
import { simplifyProgram as simplify } from '../../transforms/simplify.ts';
import { evaluateInterval, type Interval } from '../intervals/index.ts';

export type ScalarFunction = (...args: number[]) => Tensor | number;

/** A side of a box; ends may be infinite. */
export type Side = readonly [low: number, high: number];

/** The Programs a certificate is made of: value, gradient and upper triangle of the Hessian, all scalar. */
export interface Derivatives {
  readonly value: Program;
  readonly gradient: Program;
  /** Entries (i, j) with i ≤ j, row by row. */
  readonly hessian: Program;
  readonly dimensions: number;
  /** False when some derivative is declared rather than derived (custom rules, stopGradient), so that it proves nothing. */
  readonly derived: boolean;
}

/** Pairs (i, j) with i ≤ j in the order of the Hessian's entries. */
export const upperTriangle = (n: number): (readonly [number, number])[] =>
  Array.from({ length: n }, (_, i) => Array.from({ length: n - i }, (_, k) => [i, i + k] as const)).flat();

const declaredNames = new Set(['stop_gradient', 'custom_jvp', 'custom_vjp']);

const isDeclared = (program: Program): boolean =>
  program.equations.some(
    (equation: Equation) =>
      declaredNames.has(equation.primitive.name) || subPrograms(equation).some(([, inner]) => isDeclared(inner)),
  );

/** The Program of a function of n numbers with one scalar result. */
export function scalarProgram(f: ScalarFunction, n: number, who: string): Program {
  const program = makeProgram(f as (...args: number[]) => number)(...new Array<number>(n).fill(0.5));
  if (program.outputs.length !== 1 || program.outputs[0].shape.length > 0) {
    throw new ArgumentError(`${who} needs a function of numbers with one scalar result`);
  }
  return program;
}

/** Traces value, gradient and Hessian of a function of n numbers. */
export function derivativesOf(f: ScalarFunction, n: number, who: string): Derivatives {
  const value = scalarProgram(f, n, who);
  const example = new Array<number>(n).fill(0.5);
  const all = example.map((_, i) => i);
  const gradientOf = grad(f as (...args: number[]) => number, { argnums: all }) as (...xs: number[]) => number[];
  const gradient = simplify(makeProgram((...xs: number[]) => gradientOf(...xs))(...example));
  const hessian = simplify(
    makeProgram((...xs: number[]) =>
      upperTriangle(n).map(([i, j]) =>
        grad((...ys: number[]) => grad(f as (...args: number[]) => number, { argnums: i })(...ys), { argnums: j })(
          ...xs,
        ),
      ),
    )(...example),
  );
  return { value, gradient, hessian, dimensions: n, derived: !isDeclared(value) };
}

/** First and second derivative of an operation of one operand, as Programs. */
export function programWith(primitive: Primitive, params: Params): readonly [Program, Program] {
  const f = (x: number): number => bind(primitive, [x as unknown as Tensor], params)[0] as unknown as number;
  const wrapped = (x: Tensor | number): number => f(x as number);
  const first = makeProgram((x: number) => grad(wrapped)(x))(0.5);
  const second = makeProgram((x: number) => grad((y: number) => grad(wrapped)(y) as number)(x))(0.5);
  return [first, second];
}

const bound = (variable: Variable, v: number): DenseTensor =>
  new DenseTensor(Float64Array.of(v), variable.shape, 'float64', variable.weak);

/** The box as inputs of a Program. */
export const boxOf = (program: Program, box: readonly Side[]): Interval[] =>
  program.inputs.map((v, i) => ({ low: bound(v, box[i][0]), high: bound(v, box[i][1]), grade: 'continuous' }));

/** An enclosure of one output, and whether it is defined and continuous on the box. */
export interface Enclosure {
  readonly low: number;
  readonly high: number;
  readonly grade: Interval['grade'];
}

/** Enclosures of the outputs of a scalar Program over a box. */
export const encloseProgram = (program: Program, box: readonly Side[]): Enclosure[] =>
  evaluateInterval(program, boxOf(program, box)).map(({ low, high, grade }) => ({
    low: low.data[0],
    high: high.data[0],
    grade,
  }));

/** Enclosures of every value on the way: the same Program with all its variables as outputs. */
export function encloseAll(program: Program, box: readonly Side[]): Map<Variable, readonly [number, number]> {
  const variables = program.equations.flatMap((e) => e.outputs).filter((v) => v.shape.length === 0);
  const found = encloseProgram({ ...program, outputs: variables as Atom[] }, box);
  const ranges = new Map<Variable, readonly [number, number]>(program.inputs.map((v, i) => [v, box[i]] as const));
  variables.forEach((v, i) => ranges.set(v, [found[i].low, found[i].high]));
  return ranges;
}

/** True when every value of a Program is a scalar, as the rules of composition need. */
export const isScalarProgram = (program: Program): boolean =>
  program.equations.every(
    (e) =>
      e.outputs.every((v) => v.shape.length === 0) && e.inputs.every((x) => !isVariable(x) || x.shape.length === 0),
  );
