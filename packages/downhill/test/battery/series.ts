import { expect } from 'vitest';
import { propagateSeries } from '../../src/calculus/series/propagate.ts';
import { add, mul } from '../../src/primitives/arithmetic.ts';
import { evaluateProgram } from '../../src/program/evaluate.ts';
import type { MaybeZero, Series } from '../../src/program/primitive.ts';
import type { Program } from '../../src/program/program.ts';
import { isFloat } from '../../src/tensor/dtype.ts';
import { type DenseTensor, scalar, type Tensor } from '../../src/tensor/tensor.ts';
import { inlineProgram, recordProgram } from '../../src/trace/apply.ts';
import { jvpProgram } from '../../src/transforms/jvp.ts';
import { plainType, zerosLike } from '../../src/transforms/types.ts';
import { type Case, direction, programOf } from './laws.ts';

const degree = 3;

/** A curve through the inputs, x(t) = x₀ + x₁ t + x₂ t² + x₃ t³; integers stand still. */
export const curveThrough = (inputs: readonly DenseTensor[], random: () => number): Series[] =>
  inputs.map((x): Series => {
    if (!isFloat(x.dtype)) return [x];
    return [x, ...Array.from({ length: degree }, () => direction(x, random))];
  });

/** The curve's point at t, by Horner's rule. */
const along = (curve: Series, t: Tensor): Tensor =>
  curve
    .slice(0, -1)
    .reduceRight(
      (sum: Tensor, c: MaybeZero) => add(mul(sum, t), c as Tensor) as Tensor,
      curve[curve.length - 1] as Tensor,
    );

/** Numbers behind the coefficients of every float output, zeros written out: [output][power][element]. */
export function coefficientsOf(outputs: readonly Series[], order: number): number[][][] {
  return outputs
    .filter((s) => isFloat(s[0].dtype))
    .map((s) =>
      Array.from({ length: order + 1 }, (_, k) => {
        const c = s[k] ?? zerosLike(s[0]);
        expect(c.shape, `shape of coefficient ${k}`).toEqual(s[0].shape);
        return Array.from((c as Tensor).data);
      }),
    );
}

/** Series against nested forward mode along the curve: the k-th derivative at 0 is k! times the k-th coefficient. */
export const checkSeries = (c: Case, random: () => number, order: number, tolerance: number): void =>
  checkProgram(c.primitive.name, programOf(c), c.inputs, random, order, tolerance);

/** The same for a Program. */
export function checkProgram(
  name: string,
  program: Program,
  inputs: readonly DenseTensor[],
  random: () => number,
  order: number,
  tolerance: number,
): void {
  if (!inputs.some((x) => isFloat(x.dtype)) || !program.outputs.some((y) => isFloat(y.dtype))) return;
  const curve = curveThrough(inputs, random);
  const series = coefficientsOf(propagateSeries(program, curve, order), order);
  const zero = scalar(0);
  let nested = recordProgram('curve', [plainType(zero)], ([t]) => {
    const outputs = inlineProgram(
      program,
      curve.map((s) => (s.length > 1 ? along(s, t) : s[0])),
    );
    return outputs.filter((y) => isFloat(y.dtype));
  });
  const count = nested.outputs.length;
  let factorial = 1;
  for (let k = 1; k <= order; k++) {
    factorial *= k;
    const forward = jvpProgram(
      nested,
      [true],
      nested.outputs.map(() => true),
    ).program;
    nested = recordProgram('curve', [plainType(zero)], ([t]) => inlineProgram(forward, [t, scalar(1)]).slice(count));
    const derivatives = evaluateProgram(nested, [zero]);
    derivatives.forEach((d, i) => {
      const own = series[i][k];
      const scale = Math.max(1, ...Array.from(d.data, Math.abs)) / factorial;
      own.forEach((v, e) => {
        const w = d.data[e] / factorial;
        if (!(Math.abs(v - w) <= tolerance * scale) && !(Number.isNaN(v) && Number.isNaN(w)))
          expect.fail(`${name}: coefficient ${k} of output ${i}[${e}] is ${v}; nested jvp gives ${w}`);
      });
    });
  }
}

/** The value on the curve against the polynomial: what is left over falls as the power that was left out. */
export function checkPolynomial(c: Case, random: () => number, order: number): void {
  const program = programOf(c);
  if (!c.inputs.some((x) => isFloat(x.dtype)) || !program.outputs.some((y) => isFloat(y.dtype))) return;
  const curve = curveThrough(c.inputs, random);
  const series = coefficientsOf(propagateSeries(program, curve, order), order);
  const rest = (t: number): number => {
    const at = curve.map((s) => (s.length > 1 ? along(s, scalar(t)) : s[0]) as DenseTensor);
    const values = evaluateProgram(program, at).filter((y) => isFloat(y.dtype));
    let most = 0;
    values.forEach((y, i) => {
      for (let e = 0; e < y.data.length; e++) {
        const p = series[i].reduceRight((sum, row) => sum * t + row[e], 0);
        const scale = Math.max(1, Math.abs(y.data[e]));
        most = Math.max(most, Math.abs(y.data[e] - p) / scale);
      }
    });
    return most;
  };
  const [coarse, fine] = [rest(4e-3), rest(2e-3)];
  // order 4 leaves t⁵: a halved step leaves 1/32, down to rounding
  if (!(fine <= coarse / 2 ** (order - 0.5) + 2e-14) || !(coarse < 1e-6))
    expect.fail(
      `${c.primitive.name}: the polynomial of degree ${order} leaves ${coarse} at 0.004 and ${fine} at 0.002`,
    );
}
