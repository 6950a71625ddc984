import {
  isDeclined,
  type MaybeZero,
  type Params,
  type Series,
  type TaylorRule,
  type TaylorRuleName,
} from '../../program/primitive.ts';
import { DifferentiationError } from '../../tensor/errors.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { recordProgram } from '../../trace/apply.ts';
import { bind } from '../../trace/trace.ts';
import { plainType, zerosLike } from '../../transforms/types.ts';
import { condSeries, programSeries, scanSeries, whileSeries } from './control.ts';
import { recurrences } from './recurrences.ts';
import { at, isConstant, plus, productTerm, scaled, trimmed } from './terms.ts';

type Rule = TaylorRule<Params>;

const values = (inputs: readonly Series[]): Tensor[] => inputs.map((s) => s[0]);

/** Steps and whatever has no derivative: a value. */
const constant: Rule = (inputs, params, { primitive }) =>
  bind(primitive, values(inputs), params).map((y): Series => [y]);

/**
 * Linear operations, and those that are so piece by piece (|x|, max, sort): every coefficient goes through as a tangent
 * does. At a kink the convention of the tangent rule holds, as it does for nested derivatives.
 */
const linear: Rule = (inputs, params, { primitive, order }) => {
  const { jvp } = primitive;
  if (isDeclined(jvp)) throw new DifferentiationError(`${primitive.name} has no power series: ${jvp.declined}`);
  const primals = values(inputs);
  const longest = Math.min(order, Math.max(...inputs.map((s) => s.length - 1)));
  let outputs: readonly Tensor[] | undefined;
  const rows: (readonly MaybeZero[])[] = [];
  for (let k = 1; k <= longest; k++) {
    const tangents = inputs.map((s) => at(s, k));
    if (tangents.every((t) => t === null)) rows.push([]);
    else if (typeof jvp === 'function') {
      outputs ??= bind(primitive, primals, params);
      rows.push(jvp(primals, tangents, params, outputs));
    } else {
      const both = jvp.joint(primals, tangents, params);
      outputs ??= both.outputs;
      rows.push(both.tangents);
    }
  }
  outputs ??= bind(primitive, primals, params);
  return outputs.map((y, i) =>
    trimmed(
      y,
      rows.map((row) => row[i] ?? null),
      order,
    ),
  );
};

/** Bilinear operations: cₖ = Σⱼ op(aⱼ, bₖ₋ⱼ), Leibniz's rule in normalized coefficients. */
const bilinear: Rule = (inputs, params, { primitive, order }) => {
  const [a, b] = inputs;
  const apply = (x: MaybeZero, y: MaybeZero): MaybeZero =>
    x && y ? (bind(primitive, [x, y], params)[0] as Tensor) : null;
  const value = apply(a[0], b[0]) as Tensor;
  const top = Math.min(order, a.length + b.length - 2);
  const coefficients = Array.from({ length: top }, (_, i): MaybeZero => {
    const k = i + 1;
    if (primitive.name === 'mul') return productTerm(a, b, k);
    let total: MaybeZero = null;
    for (let j = 0; j <= k; j++) total = plus(total, apply(at(a, j), at(b, k - j)));
    return total;
  });
  return [trimmed(value, coefficients, order)];
};

/**
 * y′ = J(x) x′, where the tangent rule says what J is: the rule is run on the series of x and of x′, and the result is
 * integrated, yₖ = (y′)ₖ₋₁ / k. The rule is made of operations with rules of their own, so this costs a few products.
 * @throws DifferentiationError where the rule is written in terms of y, whose series is not known yet.
 */
const derivative: Rule = (inputs, params, { primitive, order, run }) => {
  const { jvp } = primitive;
  const primals = values(inputs);
  const outputs = bind(primitive, primals, params);
  if (inputs.every(isConstant)) return outputs.map((y): Series => [y]);
  if (typeof jvp !== 'function') throw new DifferentiationError(`${primitive.name} has no tangent rule to integrate`);
  const moving = inputs.map((s) => !isConstant(s));
  const moved = primals.filter((_, i) => moving[i]);
  let present: boolean[] = [];
  const types = [...primals, ...moved, ...outputs].map(plainType);
  const slope = recordProgram(`the series of ${primitive.name}`, types, (xs) => {
    let next = primals.length;
    const tangents = moving.map((m) => (m ? xs[next++] : null));
    const results = jvp(xs.slice(0, primals.length), tangents, params, xs.slice(next));
    present = outputs.map((_, i) => results[i] !== null && results[i] !== undefined);
    return results.filter((t): t is Tensor => t !== null && t !== undefined);
  });
  const read = new Set(slope.equations.flatMap((e) => e.inputs));
  if (slope.inputs.slice(primals.length + moved.length).some((y) => read.has(y) || slope.outputs.includes(y))) {
    throw new DifferentiationError(
      `${primitive.name} has no power series: its slope is written in terms of its result. Write it in terms of x, or give the record a taylor rule`,
    );
  }
  const rates = inputs
    .filter((_, i) => moving[i])
    .map((x): Series => {
      const rate = x.slice(1).map((c, i) => scaled(i + 1, c));
      return trimmed(rate[0] ?? zerosLike(x[0]), rate.slice(1), order - 1);
    });
  const slopes = run(slope, [...inputs, ...rates, ...outputs.map((y): Series => [y])], order - 1);
  let next = 0;
  return outputs.map((y, i): Series => {
    if (!present[i]) return [y];
    const rate = slopes[next++];
    return trimmed(
      y,
      rate.map((c, k) => scaled(1 / (k + 1), c)),
      order,
    );
  });
};

/** Series rules of every record, by the names that records give. */
export const taylorRules: Record<TaylorRuleName, Rule> = {
  ...recurrences,
  constant,
  linear,
  bilinear,
  derivative,
  program: programSeries,
  cond: condSeries,
  scan: scanSeries,
  while: whileSeries,
};
