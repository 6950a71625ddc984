import { notLinear } from '../program/primitive.ts';
import { infinity } from '../tensor/dtype.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { mul } from './arithmetic.ts';
import { elementwise } from './elementwise.ts';
import { exp } from './exponential.ts';
import { type UnaryFunction, unaryFunction } from './functions.ts';
import { type Arithmetic, double, fusedLog1p, polynomial, single } from './fused-log.ts';
import { texCall } from './unary.ts';

/*
 * The inverse error function by M. Giles, "Approximating the erfinv function", GPU Computing Gems Jade Edition (2012),
 * tables 1 and 2: polynomials in w = −log(1 − x²), near the centre, and in √w in the tails. It is not made exact here,
 * because random normal numbers are meant to equal those of JAX bit for bit: XLA evaluates these polynomials with fused
 * multiply-adds and a logarithm of its own, and so do we (fused-log.ts).
 */

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

/** The coefficients, for code generators that follow the same steps. */
export const inverseErrorTables = { double: doubleTable, single: singleTable };

function giles(x: number, table: typeof doubleTable, arithmetic: Arithmetic): number {
  if (Math.abs(x) >= 1) return Math.abs(x) === 1 ? x * infinity : Number.NaN;
  const { round } = arithmetic;
  const w = -fusedLog1p(-round(x * x), arithmetic);
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
    taylor: 'erf_inv',
    interval: 'erf_inv',
    arity: 1,
    accepts: 'float',
    domain: [[-0.9, 0.9]],
    evaluate: (x) => giles(x as number, doubleTable, double),
    single: (x) => giles(x as number, singleTable, single),
    jvp: (_x, [t], _params, [y]) => [mul(t as Tensor, mul(halfRootPi, exp(mul(y, y))))],
    transpose: notLinear,
    tex: ([a]) => texCall('\\operatorname{erf}^{-1}')(a as string),
  }),
);
