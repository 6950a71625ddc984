import { isVariable, type Program, type Variable } from '../../program/program.ts';
import { DownhillError } from '../../tensor/errors.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { makeProgram } from '../../transforms/jit.ts';

/** A complex number, real and imaginary part. */
type Complex = readonly [re: number, im: number];

const mul = ([a, b]: Complex, [c, d]: Complex): Complex => [a * c - b * d, a * d + b * c];

/** Smith's division, without overflow where the quotient has none. */
function div([a, b]: Complex, [c, d]: Complex): Complex {
  if (d === 0) return [a / c, b / c];
  if (Math.abs(c) >= Math.abs(d)) {
    const r = d / c;
    const s = c + d * r;
    return [(a + b * r) / s, (b - a * r) / s];
  }
  const r = c / d;
  const s = c * r + d;
  return [(a * r + b) / s, (b * r - a) / s];
}

const exp = ([a, b]: Complex): Complex => [Math.exp(a) * Math.cos(b), Math.exp(a) * Math.sin(b)];
const log = ([a, b]: Complex): Complex => [Math.log(Math.hypot(a, b)), Math.atan2(b, a)];
const sin = ([a, b]: Complex): Complex => [Math.sin(a) * Math.cosh(b), Math.cos(a) * Math.sinh(b)];
const cos = ([a, b]: Complex): Complex => [Math.cos(a) * Math.cosh(b), -Math.sin(a) * Math.sinh(b)];
const sinh = ([a, b]: Complex): Complex => [Math.sinh(a) * Math.cos(b), Math.cosh(a) * Math.sin(b)];
const cosh = ([a, b]: Complex): Complex => [Math.cosh(a) * Math.cos(b), Math.sinh(a) * Math.sin(b)];

function sqrt([a, b]: Complex): Complex {
  const r = Math.sqrt((Math.hypot(a, b) + Math.abs(a)) / 2);
  if (r === 0) return [0, 0];
  return a >= 0 ? [r, b / (2 * r)] : [Math.abs(b) / (2 * r), b < 0 ? -r : r];
}

/** Small whole powers by products, which keep the imaginary part exact to rounding; others by the logarithm. */
function pow(z: Complex, w: Complex): Complex {
  const [n] = w;
  if (w[1] !== 0 || !Number.isInteger(n) || Math.abs(n) > 64) return exp(mul(w, log(z)));
  let result: Complex = [1, 0];
  for (let k = 0; k < Math.abs(n); k++) result = mul(result, z);
  return n < 0 ? div([1, 0], result) : result;
}

/** Analytic operations by the names of their primitives. */
const analytic: Readonly<Record<string, (...zs: Complex[]) => Complex>> = {
  add: ([a, b], [c, d]) => [a + c, b + d],
  sub: ([a, b], [c, d]) => [a - c, b - d],
  neg: ([a, b]) => [-a, -b],
  mul,
  div,
  pow,
  exp,
  log,
  sqrt,
  sin,
  cos,
  sinh,
  cosh,
  tan: (z) => div(sin(z), cos(z)),
  tanh: (z) => div(sinh(z), cosh(z)),
  logistic: ([a, b]) => div([1, 0], [1 + Math.exp(-a) * Math.cos(b), -Math.exp(-a) * Math.sin(b)]),
};

function evaluate(program: Program, z: Complex): Complex {
  const values = new Map<Variable, Complex>([[program.inputs[0], z]]);
  for (const { variable, value } of program.constants) values.set(variable, [value.data[0], 0]);
  const read = (atom: Program['outputs'][number]): Complex =>
    isVariable(atom) ? (values.get(atom) as Complex) : [atom.data[0], 0];
  for (const { primitive, inputs, outputs } of program.equations) {
    values.set(outputs[0], analytic[primitive.name](...inputs.map(read)));
  }
  return read(program.outputs[0]);
}

/**
 * The complex-step quotient Im f(x + ih)/h (Squire and Trapp 1998) of a Program evaluated in complex numbers: an error of
 * order 2 like central differences, but no difference of nearly equal numbers, so that h may be as small as one likes.
 * @returns undefined for functions that branch or use an operation that is not analytic or has no complex form here.
 */
export function complexStep(f: (x: number) => number | Tensor): ((x: number, h: number) => number) | undefined {
  try {
    const program = makeProgram(f as (x: number) => number)(0.5);
    const isAnalytic = program.equations.every(
      (e) => Object.hasOwn(analytic, e.primitive.name) && e.outputs.every((v) => v.shape.length === 0),
    );
    return isAnalytic ? (x, h) => evaluate(program, [x, h])[1] / h : undefined;
  } catch (error) {
    if (error instanceof DownhillError) return undefined;
    throw error;
  }
}
