import { notLinear, type Primitive } from '../program/primitive.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { mul } from './arithmetic.ts';
import { elementwise } from './elementwise.ts';
import { type UnaryFunction, unaryFunction } from './functions.ts';

export interface UnarySpec {
  readonly name: string;
  readonly evaluate: (x: number) => number;
  /** f′(x) from x and y = f(x); `'zero'` for step functions. */
  readonly slope: ((x: Tensor, y: Tensor) => Tensor) | 'zero';
  /** Enclosures over an interval; `'increasing'` and `'decreasing'` need nothing but `evaluate`. */
  readonly interval: Primitive['interval'];
  /** Power series; by default the integral of the slope, which must then be written in terms of x alone. */
  readonly taylor?: Primitive['taylor'];
  readonly tex: (operand: string) => string;
  /** Interior of the domain, for tests. Default [-3, 3]. */
  readonly domain?: readonly [number, number];
  /** 'float' by default: integers and bool become float64. */
  readonly accepts?: 'float' | 'number';
  readonly integer?: (x: number) => number;
}

/** A smooth (or stepwise constant) function of each element: the record follows from the function and its slope. */
export function unary(spec: UnarySpec): UnaryFunction {
  const { slope } = spec;
  return unaryFunction(
    elementwise({
      name: spec.name,
      arity: 1,
      accepts: spec.accepts ?? 'float',
      evaluate: (x) => spec.evaluate(x as number),
      ...(spec.integer ? { integer: spec.integer as (...xs: number[]) => number } : {}),
      jvp: ([x], [t], _params, [y]) => [slope === 'zero' ? null : mul(t as Tensor, slope(x as Tensor, y as Tensor))],
      taylor: spec.taylor ?? (slope === 'zero' ? 'constant' : 'derivative'),
      interval: spec.interval,
      transpose: notLinear,
      tex: ([a]) => spec.tex(a as string),
      ...(spec.domain ? { domain: [spec.domain] } : {}),
    }),
  );
}

/** LaTeX of a named function applied to its operand. */
export const texCall =
  (name: string) =>
  (a: string): string =>
    `${name}\\left(${a}\\right)`;
