import type { Tensor } from '../tensor/tensor.ts';
import { mul } from './arithmetic.ts';
import { elementwise } from './elementwise.ts';
import { exp } from './exponential.ts';
import { type UnaryFunction, unaryFunction } from './functions.ts';
import { texCall } from './unary.ts';

/*
 * The inverse error function by M. Giles, "Approximating the erfinv function", GPU Computing Gems Jade Edition (2012),
 * tables 1 and 2: polynomials in w = −log(1 − x²), near the centre, and in √w in the tails. It is not made exact here,
 * because random normal numbers are meant to equal those of JAX bit for bit: XLA evaluates these polynomials with fused
 * multiply-adds and log(1 + x) by Cephes's rational function below √2 − 1, and so do we.
 */

type Arithmetic = {
  readonly round: (x: number) => number;
  /** a b + c rounded once. */
  readonly fma: (a: number, b: number, c: number) => number;
};

/** The top 26 bits of x, so that products of halves are exact (Dekker 1971). */
function head(x: number): number {
  const t = 134217729 * x;
  return t - (t - x);
}

/** a b + c rounded once (up to double rounding in rare ties), by error-free product and sum; no overflow guard. */
function fusedDouble(a: number, b: number, c: number): number {
  const product = a * b;
  const ah = head(a);
  const bh = head(b);
  const al = a - ah;
  const bl = b - bh;
  const productError = ah * bh - product + ah * bl + al * bh + al * bl;
  const sum = product + c;
  const part = sum - product;
  return sum + (product - (sum - part) + (c - part) + productError);
}

const double: Arithmetic = { round: (x) => x, fma: fusedDouble };
const single: Arithmetic = { round: Math.fround, fma: (a, b, c) => Math.fround(a * b + c) };

/** Horner's rule, highest coefficient first. */
function polynomial(c: readonly number[], x: number, { fma }: Arithmetic): number {
  let p = c[0];
  for (let i = 1; i < c.length; i++) p = fma(p, x, c[i]);
  return p;
}

/** Cephes 2.8 (S. Moshier), log1p: log(1 + x) = x − x²/2 + x³ P(x) / Q(x) for |x| < √2 − 1. */
const log1pTable = {
  numerator: [
    4.52700008624452e-5, 0.49854102823193375, 6.578732594206104, 29.911919328553072, 60.94966798098779,
    57.11296359058554, 20.039553499201283,
  ],
  denominator: [
    1, 15.062909083469192, 83.04756596796722, 221.76239823732857, 309.09872225312057, 216.42788614495947,
    60.11866049760384,
  ],
};

const doubleTable = {
  limits: [6.25, 16],
  shifts: [3.125, 3.25, 5],
  coefficients: [
    [
      -3.64441206401782e-21, -1.6850591381820166e-19, 1.28584807152564e-18, 1.1157877678025181e-17,
      -1.333171662854621e-16, 2.0972767875968562e-17, 6.637638134358324e-15, -4.054566272975207e-14,
      -8.151934197605472e-14, 2.6335093153082323e-12, -1.2975133253453532e-11, -5.415412054294628e-11,
      1.0512122733215323e-9, -4.112633980346984e-9, -2.9070369957882005e-8, 4.2347877827932404e-7,
      -1.3654692000834679e-6, -1.3882523362786469e-5, 0.00018673420803405714, -0.000740702534166267,
      -0.006033670871430149, 0.24015818242558962, 1.6536545626831027,
    ],
    [
      2.2137376921775787e-9, 9.075656193888539e-8, -2.7517406297064545e-7, 1.8239629214389228e-8, 1.5027403968909828e-6,
      -4.013867526981546e-6, 2.9234449089955446e-6, 1.2475304481671779e-5, -4.7318229009055734e-5, 6.828485145957318e-5,
      2.4031110387097894e-5, -0.0003550375203628475, 0.0009532893797373805, -0.0016882755560235047,
      0.002491442096107851, -0.003751208507569241, 0.005370914553590064, 1.0052589676941592, 3.0838856104922208,
    ],
    [
      -2.7109920616438573e-11, -2.555641816996525e-10, 1.5076572693500548e-9, -3.789465440126737e-9,
      7.61570120807834e-9, -1.496002662714924e-8, 2.914795345090108e-8, -6.771199775845234e-8, 2.2900482228026655e-7,
      -9.9298272942317e-7, 4.526062597223154e-6, -1.968177810553167e-5, 7.599527703001776e-5, -0.00021503011930044477,
      -0.00013871931833623122, 1.0103004648645344, 4.849906401408584,
    ],
  ],
};

const singleTable = {
  limits: [5],
  shifts: [2.5, 3],
  coefficients: [
    [
      2.81022636e-8, 3.43273939e-7, -3.5233877e-6, -4.39150654e-6, 0.00021858087, -0.00125372503, -0.00417768164,
      0.246640727, 1.50140941,
    ],
    [
      -0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773, -0.0076224613, 0.00943887047,
      1.00167406, 2.83297682,
    ],
  ].map((row) => row.map(Math.fround)),
};

const log1pSingle = {
  numerator: log1pTable.numerator.map(Math.fround),
  denominator: log1pTable.denominator.map(Math.fround),
};

/** log(1 + x) as XLA evaluates it, in the given arithmetic. */
function log1pOf(x: number, arithmetic: Arithmetic): number {
  const { round, fma } = arithmetic;
  if (Math.abs(x) >= Math.SQRT2 - 1) return round(Math.log(round(1 + x)));
  const { numerator, denominator } = arithmetic === single ? log1pSingle : log1pTable;
  const square = round(x * x);
  const ratio = round(polynomial(numerator, x, arithmetic) / polynomial(denominator, x, arithmetic));
  return round(x + fma(-0.5, square, round(round(x * square) * ratio)));
}

function giles(x: number, table: typeof doubleTable, arithmetic: Arithmetic): number {
  if (Math.abs(x) >= 1) return Math.abs(x) === 1 ? x * Number.POSITIVE_INFINITY : Number.NaN;
  const { round } = arithmetic;
  const w = -log1pOf(-round(x * x), arithmetic);
  let piece = 0;
  while (piece < table.limits.length && w >= table.limits[piece]) piece++;
  const argument = round((piece === 0 ? w : round(Math.sqrt(w))) - table.shifts[piece]);
  return round(polynomial(table.coefficients[piece], argument, arithmetic) * x);
}

const halfRootPi = Math.sqrt(Math.PI) / 2;

/**
 * The inverse of erf: ±∞ at ±1, NaN outside. Good to a few units in the last place of its dtype (fewer digits within
 * 10⁻⁶ of ±1, where the rounding of x² shows); float32 is computed in float32 throughout. Slope (√π / 2) e^(y²).
 */
export const erfInv: UnaryFunction = unaryFunction(
  elementwise({
    name: 'erf_inv',
    arity: 1,
    accepts: 'float',
    domain: [[-0.9, 0.9]],
    evaluate: (x) => giles(x as number, doubleTable, double),
    single: (x) => giles(x as number, singleTable, single),
    jvp: (_x, [t], _params, [y]) => [mul(t as Tensor, mul(halfRootPi, exp(mul(y, y))))],
    transpose: { declined: 'not linear' },
    tex: ([a]) => texCall('\\operatorname{erf}^{-1}')(a as string),
  }),
);
