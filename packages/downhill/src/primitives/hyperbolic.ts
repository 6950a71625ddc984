import type { Tensor } from '../tensor/tensor.ts';
import { add, div, mul, neg, sub } from './arithmetic.ts';
import { logistic } from './exponential.ts';
import { rsqrt } from './powers.ts';
import { texCall, unary } from './unary.ts';

/** sinh x. */
export const sinh = unary({
  name: 'sinh',
  interval: 'sinh',
  taylor: 'sinh',
  evaluate: Math.sinh,
  slope: (x): Tensor => cosh(x),
  tex: texCall('\\sinh'),
});

/** cosh x. */
export const cosh = unary({
  name: 'cosh',
  interval: 'cosh',
  taylor: 'cosh',
  evaluate: Math.cosh,
  slope: (x): Tensor => sinh(x),
  tex: texCall('\\cosh'),
});

const squared = (x: Tensor): Tensor => mul(x, x);

/**
 * tanh x. Its slope 1/cosh²x is taken as 4 σ(2x) σ(−2x): 1 − tanh²x rounds to zero beyond |x| ≈ 19, and where cosh x
 * overflows the slope of 1/cosh x is 0 · ∞.
 */
export const tanh = unary({
  name: 'tanh',
  interval: 'tanh',
  taylor: 'tanh',
  evaluate: Math.tanh,
  slope: (x) => {
    const twice = mul(2, x);
    return mul(4, mul(logistic(twice), logistic(neg(twice))));
  },
  tex: texCall('\\tanh'),
});

/** The inverse of sinh. */
export const asinh = unary({
  name: 'asinh',
  interval: 'asinh',
  evaluate: Math.asinh,
  slope: (x) => rsqrt(add(1, squared(x))),
  tex: texCall('\\operatorname{arsinh}'),
});

/** The inverse of cosh on [1, ∞). The slope at 1 is +∞. */
export const acosh = unary({
  name: 'acosh',
  interval: 'acosh',
  domain: [1.2, 4],
  evaluate: Math.acosh,
  slope: (x) => rsqrt(mul(sub(x, 1), add(x, 1))),
  tex: texCall('\\operatorname{arcosh}'),
});

/** The inverse of tanh on [−1, 1]. */
export const atanh = unary({
  name: 'atanh',
  interval: 'atanh',
  domain: [-0.8, 0.8],
  evaluate: Math.atanh,
  slope: (x) => div(1, mul(sub(1, x), add(1, x))),
  tex: texCall('\\operatorname{artanh}'),
});
