import { where } from '../../functions/elementwise.ts';
import { div } from '../../primitives/arithmetic.ts';
import { bernoulli } from '../../random/distributions.ts';
import { ArgumentError } from '../../tensor/errors.ts';
import { describeValue } from '../../tensor/tensor.ts';
import { type Layer, stateless } from './layer.ts';

/**
 * While training, each element is 0 with probability `rate` and else divided by 1 − rate, so that its mean stays
 * (Srivastava et al. 2014); otherwise the input itself. The elements dropped are decided by the key of the call.
 * @throws ArgumentError while training without a key.
 */
export function dropout(rate: number): Layer<null, null> {
  if (typeof rate !== 'number' || !(rate >= 0 && rate < 1)) {
    throw new ArgumentError(`dropout: rate is ${describeValue(rate)}; a number from 0 and below 1 is needed`);
  }
  return stateless(
    `dropout(${rate})`,
    () => null,
    (_parameters, x, { training = false, key, path = '' }) => {
      if (!training || rate === 0) return x;
      if (key === undefined) throw new ArgumentError(`dropout${path ? ` at ${path}` : ''}: training needs context.key`);
      return where(bernoulli(key, 1 - rate, x.shape), div(x, 1 - rate), 0);
    },
  );
}
