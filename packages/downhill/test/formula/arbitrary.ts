import fc from 'fast-check';
import type { Expression } from '../../src/formula/expression.ts';
import * as X from '../../src/formula/expression.ts';
import * as Q from '../../src/formula/rational.ts';

const whole = fc.integer({ min: -9, max: 9 }).map((n) => X.number(n));
const fraction = fc
  .tuple(fc.integer({ min: -12, max: 12 }), fc.integer({ min: 2, max: 9 }))
  .map(([n, d]) => X.number(Q.rational(n, d)));
const decimal = fc.integer({ min: -400, max: 400 }).map((n) => X.number(Q.rational(n, 100), n % 100 !== 0));
const name = fc.constantFrom('x', 'y', 'w_1', 'e3', 'bias').map((n) => X.variable(n));
const constant = fc.constantFrom('pi' as const, 'e' as const).map((n) => X.constant(n));

const unary = fc.constantFrom(
  ...(
    'abs sign floor exp expm1 log log1p sqrt cbrt sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh ' +
    'sigmoid relu softplus erf erfc'
  ).split(' '),
);

/** Random formulas in the normal form that reading a text gives. `conditions` adds `where`. */
export function formulas(options: {
  depth: number;
  conditions?: boolean;
  variables?: readonly string[];
}): fc.Arbitrary<Expression> {
  const variable =
    options.variables === undefined ? name : fc.constantFrom(...options.variables).map((n) => X.variable(n));
  const leaf = fc.oneof(
    { weight: 6, arbitrary: variable },
    { weight: 4, arbitrary: whole },
    { weight: 1, arbitrary: fraction },
    { weight: 1, arbitrary: decimal },
    { weight: 1, arbitrary: constant },
  );
  const { tree } = fc.letrec<{ tree: Expression; condition: Expression }>((tie) => ({
    condition: fc
      .tuple(
        fc.constantFrom('less', 'lessEqual', 'greater', 'greaterEqual', 'equal', 'notEqual'),
        tie('tree'),
        tie('tree'),
      )
      .map(([op, a, b]) => X.call(op, [a, b])),
    tree: fc.oneof(
      { maxDepth: options.depth, depthSize: 'small', withCrossShrink: true },
      { weight: 3, arbitrary: leaf },
      { weight: 3, arbitrary: fc.array(tie('tree'), { minLength: 2, maxLength: 4 }).map((args) => X.add(args)) },
      { weight: 1, arbitrary: fc.tuple(tie('tree'), tie('tree')).map(([a, b]) => X.sub(a, b)) },
      { weight: 3, arbitrary: fc.array(tie('tree'), { minLength: 2, maxLength: 3 }).map((args) => X.mul(args)) },
      { weight: 2, arbitrary: fc.tuple(tie('tree'), tie('tree')).map(([a, b]) => X.div(a, b)) },
      { weight: 1, arbitrary: tie('tree').map((a) => X.neg(a)) },
      {
        weight: 3,
        arbitrary: fc
          .tuple(
            tie('tree'),
            fc.oneof(
              fc.integer({ min: -3, max: 4 }).map((n) => X.number(n)),
              fraction,
              tie('tree'),
            ),
          )
          .map(([a, b]) => X.pow(a, b)),
      },
      { weight: 3, arbitrary: fc.tuple(unary, tie('tree')).map(([f, a]) => X.call(f, [a])) },
      {
        weight: 1,
        arbitrary: fc
          .tuple(fc.constantFrom('min', 'max', 'mod', 'atan2'), tie('tree'), tie('tree'))
          .map(([f, a, b]) => X.call(f, [a, b])),
      },
      ...(options.conditions === true
        ? [
            {
              weight: 1,
              arbitrary: fc
                .tuple(tie('condition'), tie('tree'), tie('tree'))
                .map(([c, a, b]) => X.call('where', [c, a, b])),
            },
          ]
        : []),
    ),
  }));
  return tree.filter((e) => e.size <= 60);
}

/** Small fractions, zero and whole numbers often among them. */
export const coordinate: fc.Arbitrary<Q.Rational> = fc.oneof(
  fc.integer({ min: -3, max: 3 }).map((n) => Q.rational(n)),
  fc.integer({ min: -2000, max: 2000 }).map((n) => Q.rational(n, 512)),
);
