import type { Arithmetic } from './arithmetic.ts';
import { descentOf, type MethodSettings } from './descent.ts';
import { exactModel } from './exact-step.ts';
import type { Functions, Iterative, RunState } from './iteration.ts';
import { type Box, lbfgsbOf } from './lbfgsb.ts';
import type { MinimizeMethod } from './minimize.ts';
import { nelderMeadOf } from './nelder-mead.ts';
import { steihaugModel } from './steihaug.ts';
import { bfgs, conjugateGradient, gradientDescent, lbfgs, type Strategy } from './strategies.ts';
import { trustRegionOf } from './trust-region.ts';

/** A method with what it is given left open: the function, and the limits of the run. */
export type MethodOf<S, B, V, T extends RunState<S, B, V>> = (
  functions: Functions<S, V>,
  settings: MethodSettings<S>,
) => Iterative<S, B, V, T>;

/** What a method is chosen for. */
export interface Setting {
  readonly size: number;
  readonly box: Box;
  readonly settings: MethodSettings;
}

/** What is done with a method, whatever its state is. */
export function withMethod<S, B, V, H, R>(
  a: Arithmetic<S, B, V, H>,
  method: MinimizeMethod,
  { size, settings }: Setting,
  use: <T extends RunState<S, B, V>>(make: MethodOf<S, B, V, T>) => R,
): R {
  const along = <M>(strategy: Strategy<S, B, V, M>): R =>
    use((functions, limited) => descentOf(a, strategy, functions, limited));
  switch (method) {
    case 'gradient-descent':
      return along(gradientDescent(a));
    case 'conjugate-gradient':
      return along(conjugateGradient(a, size, settings));
    case 'bfgs':
      return along(bfgs(a, size));
    case 'lbfgs':
      return along(lbfgs(a, size, settings));
    case 'lbfgsb':
      return use((functions, limited) => lbfgsbOf(a, functions, limited));
    case 'newton':
      return use((functions, limited) => trustRegionOf(a, exactModel(a, functions), functions, limited));
    case 'newton-cg':
      return use((functions, limited) => trustRegionOf(a, steihaugModel(a, functions), functions, limited));
    case 'nelder-mead':
      return use((functions, limited) => nelderMeadOf(a, functions, limited));
  }
}
