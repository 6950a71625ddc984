import { matmul } from '../functions/products.ts';
import { transpose } from '../functions/shape.ts';
import { add, div, mul } from '../primitives/arithmetic.ts';
import { ArgumentError, ShapeError } from '../tensor/errors.ts';
import { checkOptions, type OptionNames } from '../tensor/option-names.ts';
import { showShape } from '../tensor/shape.ts';
import { describeValue, Tensor } from '../tensor/tensor.ts';
import { type AdamOptions, adamw, biasCorrected, checkEpsilon, type DecoupledOptions } from './adam.ts';
import { descentRule } from './chain.ts';
import { partition, rankOf } from './groups.ts';
import type { LearningRate } from './learning-rate.ts';
import { leafNorm, mapLeaves, movingMean } from './leaves.ts';
import { checkDecay, type UpdateRule, zeroTree } from './rule.ts';
import { made } from './traceable.ts';

export interface MuonOptions {
  /** β of the mean of gradients. Default 0.95. */
  readonly beta?: number;
  /** True to look ahead by one step of momentum. Default true. */
  readonly nesterov?: boolean;
  /** Newton–Schulz iterations. Default 5. */
  readonly iterations?: number;
  /** ε, added to the norm that the first iteration divides by. Default 1e-8. */
  readonly epsilon?: number;
}

export interface MuonState<P> {
  readonly count: number;
  /** The decaying mean of the gradients, not corrected. */
  readonly mu: P;
}

/** Coefficients of the quintic with the steepest slope at 0 that keeps singular values in about [0.7, 1.2] (Jordan 2024). */
const quintic = [3.4445, -4.775, 2.0315] as const;

/**
 * A matrix with the singular vectors of `x` and singular values near 1, by Newton–Schulz iterations
 * X ← a X + (b A + c A²) X, A = X Xᵀ, from X / ‖X‖: nothing but products, so it is fast and differentiable.
 */
export function orthogonalize(x: Tensor, iterations = 5, epsilon = 1e-8): Tensor {
  if (x.shape.length !== 2) {
    throw new ShapeError(`muon orthogonalizes matrices; got a leaf of shape ${showShape(x.shape)}`);
  }
  const isTall = x.shape[0] > x.shape[1];
  let y = isTall ? transpose(x) : x;
  y = div(y, add(leafNorm(y as unknown as number), epsilon));
  const [a, b, c] = quintic;
  for (let i = 0; i < iterations; i++) {
    const square = matmul(y, transpose(y));
    const polynomial = add(mul(b, square), matmul(mul(c, square), square));
    y = add(mul(a, y), matmul(polynomial, y));
  }
  return isTall ? transpose(y) : y;
}

const muonNames: OptionNames<MuonOptions> = { beta: 1, nesterov: 1, iterations: 1, epsilon: 1 };

/** The orthogonalized mean of gradients, times √max(1, columns / rows), for trees of matrices. */
export function scaleByMuon<P>(options: MuonOptions = {}): UpdateRule<P, MuonState<P>> {
  checkOptions('scaleByMuon', options, muonNames);
  const { beta = 0.95, nesterov = true, iterations = 5, epsilon = 1e-8 } = options;
  checkDecay('muon', 'beta', beta);
  checkEpsilon('muon', epsilon);
  if (!Number.isInteger(iterations) || iterations < 1 || iterations > 100) {
    throw new ArgumentError(`muon: iterations is ${describeValue(iterations)}; a whole number from 1 to 100 is needed`);
  }
  return made([], {
    name: 'scaleByMuon',
    init: (parameters) => ({ count: 0, mu: zeroTree(parameters) }),
    update: (gradient, state) => {
      const count = add(state.count, 1);
      const mu = movingMean(state.mu, gradient, beta);
      const mean = nesterov
        ? movingMean(biasCorrected(mu, beta, add(count, 1)), biasCorrected(gradient, beta, count), beta)
        : biasCorrected(mu, beta, count);
      const direction = mapLeaves((leaf: unknown) => {
        if (!(leaf instanceof Tensor)) throw new ShapeError('muon orthogonalizes matrices; got a number');
        const [rows, columns] = leaf.shape;
        return mul(Math.sqrt(Math.max(1, columns / rows)), orthogonalize(leaf, iterations, epsilon)) as never;
      }, mean);
      return [direction, { count, mu }];
    },
  });
}

export interface MuonRuleOptions extends MuonOptions, DecoupledOptions {
  /** Adam's settings for leaves that are not matrices. */
  readonly adam?: AdamOptions & DecoupledOptions;
  /** The rate of those leaves. Default: the same. */
  readonly adamLearningRate?: LearningRate;
}

/**
 * Muon (Jordan et al. 2024): momentum whose matrices are orthogonalized, so that every direction of a weight matrix moves
 * equally fast. Leaves that are not matrices get AdamW without weight decay unless told otherwise. As optax.contrib, save
 * that Adam there is NAdam. Matrices are laid out input × output; embeddings and output layers are better left to Adam by
 * `partition`.
 */
export const muon = <P>(
  learningRate: LearningRate,
  options: MuonRuleOptions = {},
): UpdateRule<P, Readonly<Record<string, unknown>>> => {
  checkOptions('muon', options, { ...muonNames, weightDecay: 1, adam: 1, adamLearningRate: 1 });
  const { weightDecay = 0, adam = {}, adamLearningRate = learningRate, ...own } = options;
  return made([learningRate, options.adamLearningRate], {
    ...partition<P>(
      {
        muon: descentRule('muon', scaleByMuon<P>(own), learningRate, weightDecay),
        adam: adamw<P>(adamLearningRate, { weightDecay: 0, ...adam }),
      },
      (_path, leaf) => (rankOf(leaf) === 2 ? 'muon' : 'adam'),
    ),
    name: 'muon',
  });
};
