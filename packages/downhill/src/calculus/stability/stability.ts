import { eigh } from '../../linalg/index.ts';
import { isFloat } from '../../tensor/dtype.ts';
import { ArgumentError } from '../../tensor/errors.ts';
import { checkOptions } from '../../tensor/option-names.ts';
import { convertData, describeValue, Tensor, tensor } from '../../tensor/tensor.ts';
import { flatten, type Leaf, unflatten } from '../../tensor/tree.ts';
import { jvp } from '../../transforms/forward.ts';
import { grad } from '../../transforms/grad.ts';
import { checkMomentum, contraction, type StepSizes, stepSizes } from './step-sizes.ts';

/** What the Hessian says about the place. */
export type Curvature = 'bowl' | 'dome' | 'saddle' | 'flat' | 'trough';

/** What a learning rate does near the point. */
export type RateVerdict = 'monotone' | 'oscillates' | 'cycles' | 'diverges' | 'no-minimum' | 'flat';

export interface StabilityOptions {
  /** β of the heavy ball, in [0, 1). Default 0: gradient descent. */
  readonly momentum?: number;
  /** A learning rate to judge. */
  readonly learningRate?: number;
}

export interface Stability extends StepSizes {
  /** Eigenvalues of the Hessian, ascending. */
  readonly eigenvalues: readonly number[];
  readonly gradientNorm: number;
  readonly curvature: Curvature;
  /** What the given learning rate does; `null` without one. */
  readonly verdict: RateVerdict | null;
  /** The factor per step that the given rate would have in the long run; `null` without one. */
  readonly ratePerStep: number | null;
  readonly message: string;
}

/** The most variables for which every eigenvalue is computed. */
const mostVariables = 1024;

/** An eigenvalue this small beside the largest is 0 up to rounding. */
const relativeZero = 1e-12;

const short = (x: number): string => String(Number(x.toPrecision(4)));

/** The Hessian of a function of one tree, column by column, as rows of numbers; and the gradient. */
function hessianRows<P>(f: (x: P) => Tensor | number, x: P): { rows: number[][]; gradient: number[] } {
  const { leaves, def } = flatten(x, 'the point');
  const values = (tree: unknown): number[] => flatten(tree).leaves.flatMap((leaf) => valuesOf(leaf));
  const zero = leaves.map((leaf) =>
    like(
      leaf,
      valuesOf(leaf).map(() => 0),
    ),
  );
  const gradientOf = grad(f as (x: P) => number);
  const rows: number[][] = [];
  leaves.forEach((leaf, k) => {
    const count = valuesOf(leaf).length;
    for (let i = 0; i < count; i++) {
      const unit = like(
        leaf,
        Array.from({ length: count }, (_, j) => (i === j ? 1 : 0)),
      );
      const direction = unflatten(def, zero.with(k, unit));
      rows.push(values(jvp(gradientOf as (x: P) => never, [x] as never, [direction] as never)[1]));
    }
  });
  return { rows, gradient: values(gradientOf(x)) };
}

const valuesOf = (leaf: Leaf): number[] => (leaf instanceof Tensor ? Array.from(leaf.data) : [Number(leaf)]);
const like = (leaf: Leaf, values: number[]): Leaf =>
  leaf instanceof Tensor ? convertData(values, leaf.shape, leaf.dtype) : (values[0] as number);

function curvatureOf(smallest: number, largest: number): Curvature {
  const zero = relativeZero * Math.max(Math.abs(smallest), Math.abs(largest));
  if (largest <= zero) return smallest >= -zero ? 'flat' : 'dome';
  if (smallest < -zero) return 'saddle';
  return smallest <= zero ? 'trough' : 'bowl';
}

function judge(sizes: StepSizes, curvature: Curvature, learningRate: number): RateVerdict {
  if (curvature === 'flat') return 'flat';
  if (curvature === 'dome' || curvature === 'saddle') return 'no-minimum';
  const { maxStableLearningRate: most, monotoneLearningRate: monotone } = sizes;
  if (Math.abs(learningRate - most) <= 1e-12 * most) return 'cycles';
  if (learningRate > most) return 'diverges';
  return learningRate <= monotone ? 'monotone' : 'oscillates';
}

function sentenceFor(verdict: RateVerdict, sizes: StepSizes, learningRate: number, smallest: number): string {
  const { momentum, maxStableLearningRate: most, monotoneLearningRate: monotone } = sizes;
  const rate = short(learningRate);
  const [low, high] = momentum === 0 ? ['1/L', '2/L'] : ['(1 - √β)²/L', '2(1 + β)/L'];
  const bounds = `${low} = ${short(monotone)} and ${high} = ${short(most)}`;
  switch (verdict) {
    case 'monotone':
      return `The learning rate ${rate} is stable and does not overshoot: it is at most ${low} = ${short(monotone)}; it diverges above ${short(most)}.`;
    case 'oscillates':
      return `The learning rate ${rate} oscillates, and converges: ${rate} lies between ${bounds}; it diverges above ${short(most)}.`;
    case 'cycles':
      return `The learning rate ${rate} goes back and forth without end: it is just ${high} = ${short(most)}.`;
    case 'diverges':
      return `The learning rate ${rate} diverges: the largest stable one is ${high} = ${short(most)}.`;
    case 'no-minimum':
      return `No learning rate converges here: the Hessian has the eigenvalue ${short(smallest)} < 0, so this is no minimum, and a step away from it along that direction grows.`;
    case 'flat':
      return 'The Hessian is 0 here: it says nothing about learning rates.';
  }
}

function describe(sizes: StepSizes, curvature: Curvature): string {
  const { smallest, largest, conditionNumber, maxStableLearningRate, bestLearningRate, rate, momentum } = sizes;
  const name = momentum === 0 ? 'gradient descent' : `momentum ${momentum}`;
  switch (curvature) {
    case 'bowl':
      return (
        `A bowl: curvatures from ${short(smallest)} to ${short(largest)}, condition number ${short(conditionNumber)}. ` +
        `With ${name} rates below ${short(maxStableLearningRate)} are stable; the best fixed one is ${short(bestLearningRate)}, ` +
        `which shrinks the distance by ${short(rate)} a step.`
      );
    case 'trough':
      return `A trough: curvatures from 0 to ${short(largest)}; rates below ${short(maxStableLearningRate)} are stable, and nothing pulls along the flat direction.`;
    case 'saddle':
      return `A saddle: curvatures from ${short(smallest)} to ${short(largest)}; no learning rate makes descent converge here.`;
    case 'dome':
      return `A dome: every curvature is negative or 0 (lowest ${short(smallest)}); descent leaves this place at any learning rate.`;
    case 'flat':
      return 'Flat: the Hessian is 0 here and says nothing about learning rates.';
  }
}

/**
 * What the Hessian of `f` at a point means for a descent with a fixed learning rate: eigenvalues, condition number, the
 * largest stable rate and the best one, for gradient descent or the heavy ball, and a verdict on a given rate. Exact for
 * quadratics; near a minimum of any other smooth function it holds in the limit.
 * @param f a function of one argument (a number, a tensor or a tree of them) with a float scalar result.
 * @throws ArgumentError for momentum outside [0, 1), a rate that is not positive, more than 1024 variables, or a Hessian
 *   that is not finite at the point.
 */
export function stability<P>(f: (x: P) => Tensor | number, at: P, options: StabilityOptions = {}): Stability {
  checkOptions('stability', options, { momentum: 1, learningRate: 1 });
  const momentum = checkMomentum(options.momentum ?? 0, 'stability');
  const { learningRate } = options;
  if (learningRate !== undefined && !(learningRate > 0 && Number.isFinite(learningRate))) {
    throw new ArgumentError(`stability: learningRate is ${describeValue(learningRate)}; a positive number is needed`);
  }
  const { leaves } = flatten(at, 'the point');
  const count = leaves.reduce<number>((total, leaf) => total + valuesOf(leaf).length, 0);
  if (count === 0 || count > mostVariables) {
    throw new ArgumentError(`stability: the point holds ${count} numbers; from 1 to ${mostVariables} are possible`);
  }
  for (const leaf of leaves) {
    if (typeof leaf === 'boolean' || (leaf instanceof Tensor && !isFloat(leaf.dtype))) {
      throw new ArgumentError('stability: the point holds integers or booleans, which have no curvature; use floats');
    }
  }
  const { rows, gradient } = hessianRows(f, at);
  if (rows.some((row) => row.some((v) => !Number.isFinite(v)))) {
    throw new ArgumentError('stability: the Hessian is not finite at this point; choose one inside the domain');
  }
  const eigenvalues = Array.from(eigh(tensor(rows)).values.data as ArrayLike<number>);
  const [smallest, largest] = [eigenvalues[0], eigenvalues[eigenvalues.length - 1]];
  const curvature = curvatureOf(smallest, largest);
  const sizes = stepSizes(
    curvature === 'trough' ? 0 : smallest,
    curvature === 'dome' ? Math.min(0, largest) : largest,
    momentum,
  );
  const verdict = learningRate === undefined ? null : judge(sizes, curvature, learningRate);
  const message = describe(sizes, curvature);
  return {
    ...sizes,
    eigenvalues,
    gradientNorm: Math.hypot(...gradient),
    curvature,
    verdict,
    ratePerStep:
      learningRate === undefined
        ? null
        : eigenvalues.reduce((worst, v) => Math.max(worst, contraction(v, learningRate, momentum)), 0),
    message:
      verdict === null || learningRate === undefined
        ? message
        : `${message} ${sentenceFor(verdict, sizes, learningRate, smallest)}`,
  };
}

/** The sentence on a learning rate alone, for the report of a descent: "oscillates: 0.9 lies between 1/L and 2/L". */
export function explainLearningRate<P>(
  f: (x: P) => Tensor | number,
  at: P,
  options: StabilityOptions & { readonly learningRate: number },
): string {
  checkOptions('explainLearningRate', options, { momentum: 1, learningRate: 1 });
  const found = stability(f, at, options);
  return sentenceFor(found.verdict as RateVerdict, found, options.learningRate, found.eigenvalues[0]);
}
