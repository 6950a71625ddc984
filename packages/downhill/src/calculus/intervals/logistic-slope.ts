import { elementwise } from '../../primitives/elementwise.ts';
import type { Primitive } from '../../program/primitive.ts';
import { notLinear } from '../../program/primitive.ts';
import { type Atom, type Equation, isVariable, type Variable } from '../../program/program.ts';
import { ofOne } from './elementwise.ts';
import { widenDown, widenUp } from './rounding.ts';

const slopeOf = (x: number): number => {
  const e = Math.exp(-Math.abs(x));
  return e / (1 + e) ** 2;
};

/** Both ways to compute the slope, this one and the product, are within a few units of the true value. */
const ulps = 12;

/** σ(x) σ(−x), the slope of the logistic function and a quarter of sech²(x/2): even, falling on either side of 0. */
const logisticSlope: Primitive = elementwise({
  name: 'logistic_slope',
  arity: 1,
  accepts: 'float',
  evaluate: slopeOf as (...xs: number[]) => number,
  jvp: { declined: 'enclosures alone use it' },
  taylor: { declined: 'enclosures alone use it' },
  transpose: notLinear,
  interval: ofOne((a, b, out) => {
    const [near, far] = [a > 0 ? a : b < 0 ? -b : 0, Math.max(-a, b)];
    out.partial = false;
    out.low = Math.max(0, widenDown(slopeOf(far), ulps));
    out.high = Math.min(0.25, widenUp(slopeOf(near), ulps));
  }),
  tex: ([a]) => `\\sigma'\\left(${a}\\right)`,
  samples: { declined: 'it is no operation of Programs' },
});

const isCall = (equation: Equation | undefined, name: string): equation is Equation =>
  equation?.primitive.name === name;

/**
 * The product of two operands as one slope of the logistic function, where it is that. Bounds of the factors would be
 * multiplied as if they had nothing to do with each other; tanh and the logistic function differentiate to such products.
 */
export function asLogisticSlope(equation: Equation, definition: (v: Variable) => Equation | undefined): Equation {
  if (!isCall(equation, 'mul') || equation.outputs[0]?.dtype !== 'float64') return equation;
  const maker = (atom: Atom | undefined): Equation | undefined =>
    atom !== undefined && isVariable(atom) ? definition(atom) : undefined;
  const [left, right] = equation.inputs.map(maker);
  if (!isCall(left, 'logistic') || !isCall(right, 'logistic')) return equation;
  const [u, v] = [left.inputs[0], right.inputs[0]];
  const opposite = [
    [u, v],
    [v, u],
  ].some(([p, q]) => {
    const negation = maker(q);
    return isCall(negation, 'neg') && negation.inputs[0] === p;
  });
  if (!opposite || u === undefined) return equation;
  return { ...equation, primitive: logisticSlope, inputs: [u], params: {} };
}
