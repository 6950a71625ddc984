// The same functions with operators and with calls: jitted, both are one Program and one compiled module.
import { add, div, less, mean, mul, neg, pow, sin, sub, whileLoop } from 'downhill';

/** A polynomial and a sine of every element, and the mean. */
export const polynomial = {
  operators: (x) => mean(((3 * x - 4) * x + 1) * x - 0.5 + Math.sin(x) ** 2),
  calls: (x) => mean(add(sub(mul(add(mul(sub(mul(3, x), 4), x), 1), x), 0.5), pow(sin(x), 2))),
  argument: 'vector',
};

/** The squared error of a line. */
export const line = {
  operators: (x) => mean((x * 2 + 1 - x ** 2) ** 2),
  calls: (x) => mean(pow(sub(add(mul(x, 2), 1), pow(x, 2)), 2)),
  argument: 'vector',
};

/** A leaky integral of a hundred steps, written out by the loop. */
export const leaky = {
  operators: (x) => {
    let v = x * 0;
    for (let step = 0; step < 100; step++) v += 0.1 * (-v / 0.7 + x);
    return mean(v);
  },
  calls: (x) => {
    let v = mul(x, 0);
    for (let step = 0; step < 100; step++) v = add(v, mul(0.1, add(div(neg(v), 0.7), x)));
    return mean(v);
  },
  argument: 'vector',
};

/** A loop in the Program, with a body of operators and a body of calls. */
export const halvings = {
  operators: (x) =>
    whileLoop(
      (v) => v > 1e-3,
      (v) => v / 2 + v * 0.01,
      x,
    ),
  calls: (x) =>
    whileLoop(
      (v) => less(1e-3, v),
      (v) => add(div(v, 2), mul(v, 0.01)),
      x,
    ),
  argument: 'number',
};
