import type { CauseKind } from '../../../src/calculus/doctor/index.ts';

/** Function, point, the variable, somebody's derivative, and the mistake it was made with. */
export type SeededMistake = readonly [
  f: string,
  at: Readonly<Record<string, number>>,
  variable: string,
  claim: string,
  kind: CauseKind,
];

/** Mistakes as people make them, written down by hand and apart from the doctor's own table. */
export const seededMistakes: readonly SeededMistake[] = [
  // signs
  ['x^2 - 4x', { x: 3 }, 'x', '-2x + 4', 'sign'],
  ['cos(x)', { x: 0.7 }, 'x', 'sin(x)', 'sign'],
  ['x^2*cos(x)', { x: 0.7 }, 'x', '2x*cos(x) + x^2*sin(x)', 'sign'],
  ['1/x', { x: 2 }, 'x', '1/x^2', 'sign'],
  ['e^(-x^2)', { x: 0.5 }, 'x', '2x*e^(-x^2)', 'sign'],
  ['x^2 - sin(x)', { x: 1.2 }, 'x', '2x + cos(x)', 'sign'],
  ['-log(sigmoid(w*x + b))', { w: 0.5, x: 2, b: 0.1 }, 'w', '(1 - sigmoid(w*x + b))*x', 'sign'],
  // constant factors
  ['5*sin(x)', { x: 1.1 }, 'x', 'cos(x)', 'constant-factor'],
  ['3x^2', { x: 2 }, 'x', '2x', 'constant-factor'],
  ['x^2/2', { x: 1.7 }, 'x', '2x', 'constant-factor'],
  ['7*e^x', { x: 0.3 }, 'x', '49*e^x', 'constant-factor'],
  ['y*x^3', { x: 2, y: 5 }, 'x', '3x^2', 'constant-factor'],
  ['log(x)/4', { x: 3 }, 'x', '1/x', 'constant-factor'],
  // missing inner derivatives
  ['(2x + 1)^2', { x: 3 }, 'x', '2(2x + 1)', 'chain'],
  ['sin(3x)', { x: 0.4 }, 'x', 'cos(3x)', 'chain'],
  ['e^(x^2)', { x: 0.8 }, 'x', 'e^(x^2)', 'chain'],
  ['log(x^2 + 1)', { x: 1.5 }, 'x', '1/(x^2 + 1)', 'chain'],
  ['sqrt(x^3 + 2)', { x: 1.5 }, 'x', '1/(2*sqrt(x^3 + 2))', 'chain'],
  ['tanh(w*x + b)', { w: 0.5, x: 2, b: 0.1 }, 'w', '1 - tanh(w*x + b)^2', 'chain'],
  ['sigmoid(4x)', { x: 0.2 }, 'x', 'sigmoid(4x)*(1 - sigmoid(4x))', 'chain'],
  ['cos(x^2)*x', { x: 0.9 }, 'x', 'cos(x^2) - x*sin(x^2)', 'chain'],
  ['(w*x - y)^2', { w: 2, x: 3, y: 1 }, 'w', '2(w*x - y)', 'chain'],
  ['e^(sin(5x))', { x: 0.3 }, 'x', 'cos(5x)*e^(sin(5x))', 'chain'],
  ['atan(x^2)', { x: 0.9 }, 'x', '1/(1 + x^4)', 'chain'],
  ['1/(3x + 2)', { x: 0.9 }, 'x', '-1/(3x + 2)^2', 'chain'],
  ['(sin(x) + x^2)^3', { x: 0.8 }, 'x', '3(sin(x) + x^2)^2', 'chain'],
  // missing outer derivatives
  ['sin(x^2 + x)', { x: 0.6 }, 'x', '2x + 1', 'outer-derivative'],
  ['log(x^3 + 5)', { x: 1.3 }, 'x', '3x^2', 'outer-derivative'],
  // products
  ['x*sin(x)', { x: 1.2 }, 'x', 'cos(x)', 'product-of-derivatives'],
  ['x^2*e^x', { x: 0.7 }, 'x', '2x*e^x', 'product-of-derivatives'],
  ['sin(x)*cos(x)', { x: 0.7 }, 'x', '-cos(x)*sin(x)', 'product-of-derivatives'],
  ['log(x)*x^3', { x: 2.2 }, 'x', '3x^2/x', 'product-of-derivatives'],
  ['x*sin(x)', { x: 1.2 }, 'x', 'x*cos(x)', 'product-rule'],
  ['x^2*log(x)', { x: 1.7 }, 'x', '2x*log(x)', 'product-rule'],
  ['e^x*cos(x)', { x: 0.4 }, 'x', '-e^x*sin(x)', 'product-of-derivatives'],
  ['x^3*tanh(x)', { x: 0.9 }, 'x', 'x^3*(1 - tanh(x)^2)', 'product-rule'],
  ['(x^2 + 1)*sqrt(x)', { x: 2 }, 'x', '2x*sqrt(x)', 'product-rule'],
  ['x*e^x*sin(x)', { x: 0.8 }, 'x', 'e^x*sin(x) + x*e^x*cos(x)', 'product-rule'],
  // quotients
  ['sin(x)/x', { x: 1.4 }, 'x', 'cos(x)', 'quotient-rule'],
  ['x^2/(x + 1)', { x: 2 }, 'x', '(x^2 - 2x*(x + 1))/(x + 1)^2', 'quotient-rule'],
  ['x^2/(x + 3)', { x: 2 }, 'x', '(2x*(x + 3) - x^2)/(x + 3)', 'quotient-rule'],
  ['e^x/(1 + x^2)', { x: 0.5 }, 'x', '(e^x*(1 + x^2) + 2x*e^x)/(1 + x^2)^2', 'quotient-rule'],
  ['log(x)/(x^2 + 1)', { x: 1.9 }, 'x', '1/(x*(x^2 + 1))', 'quotient-rule'],
  // powers
  ['x^3', { x: 2 }, 'x', '3x^3', 'power'],
  ['x^4 + 2x', { x: 1.3 }, 'x', '4x^4 + 2', 'power'],
  ['x^3', { x: 2 }, 'x', 'x^2', 'power'],
  ['(x^2 + 1)^5', { x: 0.8 }, 'x', '5*(x^2 + 1)^5*2x', 'power'],
  ['2x^5 - x', { x: 1.1 }, 'x', '10x^5 - 1', 'power'],
  ['2^x', { x: 1.5 }, 'x', 'x*2^(x - 1)', 'power'],
  ['1/x', { x: 3 }, 'x', '-1/x', 'power'],
  ['x^x', { x: 1.8 }, 'x', 'x*x^(x - 1)', 'power'],
  ['x^3 + x^2', { x: 1.3 }, 'x', '3x^3 + 2x^2', 'power'],
  // rules of functions
  ['tanh(x)', { x: 0.6 }, 'x', '1 - tanh(x)', 'wrong-rule'],
  ['sigmoid(x)', { x: 0.6 }, 'x', 'sigmoid(x)*(1 + sigmoid(x))', 'wrong-rule'],
  ['sqrt(x)', { x: 2 }, 'x', '1/sqrt(x)', 'wrong-rule'],
  ['x + tan(x)', { x: 0.5 }, 'x', '1 + 1/cos(x)', 'wrong-rule'],
  ['atan(2x)', { x: 0.4 }, 'x', '2/(1 - 4x^2)', 'wrong-rule'],
  ['e^x', { x: 1.7 }, 'x', 'x*e^(x - 1)', 'wrong-rule'],
  ['3^x', { x: 1.2 }, 'x', '3^x', 'wrong-rule'],
  // constants
  ['e^x + 2', { x: 1 }, 'x', 'e^x + 2', 'constant-kept'],
  ['x^2 + 7', { x: 3 }, 'x', '2x + 7', 'constant-kept'],
  ['x^2 + y', { x: 3, y: 5 }, 'x', '2x + y', 'constant-kept'],
  ['sin(x) - 4', { x: 1 }, 'x', 'cos(x) - 4', 'constant-kept'],
  // other variables, other operations
  ['x^2*y + sin(y)', { x: 2, y: 0.7 }, 'x', 'x^2 + cos(y)', 'wrong-variable'],
  ['3x + 5y^2', { x: 1, y: 2 }, 'y', '3', 'wrong-variable'],
  ['cos(x)', { x: 0.9 }, 'x', 'cos(x)', 'not-differentiated'],
  ['x^3 + 1', { x: 2 }, 'x', 'x^3 + 1', 'not-differentiated'],
  ['x^3', { x: 1.4 }, 'x', 'x^4/4', 'integrated'],
  ['x^2 + cos(x)', { x: 1.4 }, 'x', 'x^3/3 + sin(x)', 'integrated'],
  ['x^4 - x', { x: 1.4 }, 'x', '12x^2', 'differentiated-twice'],
  // means
  ['((a - 1)^2 + (a - 3)^2 + (a - 7)^2)/3', { a: 2 }, 'a', '2(a - 1) + 2(a - 3) + 2(a - 7)', 'sum-for-mean'],
  ['1/2*((w - 1)^2 + (w*2 - 3)^2)', { w: 2 }, 'w', '2(w - 1) + 4(2w - 3)', 'sum-for-mean'],
  // terms left out
  ['x^3 + sin(x)', { x: 1.2 }, 'x', '3x^2', 'missing-term'],
];
