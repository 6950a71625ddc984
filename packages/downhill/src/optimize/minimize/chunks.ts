import { boundedWhile } from '../../control/bounded-while.ts';
import { astype } from '../../functions/creation.ts';
import { concatenate } from '../../functions/joining.ts';
import { reshape } from '../../functions/shape.ts';
import { slice } from '../../functions/slicing.ts';
import { add } from '../../primitives/arithmetic.ts';
import { equal, less } from '../../primitives/comparison.ts';
import { convertTo } from '../../primitives/convert.ts';
import { logicalAnd } from '../../primitives/logical.ts';
import { DownhillError } from '../../tensor/errors.ts';
import { sizeOf } from '../../tensor/shape.ts';
import { DenseTensor, scalar, Tensor } from '../../tensor/tensor.ts';
import { flatten, treeLeaves, unflatten } from '../../tensor/tree.ts';
import { valueAndGrad } from '../../transforms/grad.ts';
import { jit } from '../../transforms/jit.ts';
import { firstWatched, nextBound } from '../descent/pace.ts';
import {
  type DescentMethod,
  type DescentState,
  descentOf,
  type MethodSettings,
  reasonOf,
  withStrategy,
} from './descent.ts';
import type { Problem } from './problem.ts';
import type { MinimizeReason } from './reasons.ts';
import type { Place, Strategy } from './strategies.ts';
import { tracedArithmetic } from './traced-arithmetic.ts';

/** Iterations of a call, and bytes of the points that its stacks may hold. */
const [mostIterations, mostBytes] = [512, 2 ** 22];

export interface ChunkOptions<P> {
  readonly f: (parameters: P) => Tensor | number;
  /** A tree with the structure, shapes and dtypes of the parameters. */
  readonly like: P;
  /** Whether points are wanted: kept, or where somebody may stop. */
  readonly isStacked: boolean;
  /** Whether somebody is called after each iteration. */
  readonly isWatched: boolean;
}

type TracedArithmetic = ReturnType<typeof tracedArithmetic>;

type State<M> = DescentState<Tensor, Tensor, Tensor, M>;

/** What goes from iteration to iteration. */
interface Carry<M> {
  readonly state: State<M>;
  readonly round: Tensor;
}

/** What a call writes of each iteration. */
interface Stacks {
  readonly isAccepted: Tensor;
  readonly value: Tensor;
  readonly norm: Tensor;
  readonly evaluations: Tensor;
  readonly point: Tensor | null;
}

type Chunk<M> = (carry: Carry<M>, bound: Tensor) => readonly [rounds: Tensor, carry: Carry<M>, stacks: Stacks];

/** The tree of parameters cut out of a vector, each leaf with its own dtype; numbers stay as weak as numbers are. */
function cutOut<P>(like: P, x: Tensor): P {
  const { leaves, def } = flatten(like);
  let at = 0;
  return unflatten(
    def,
    leaves.map((leaf) => {
      const shape = leaf instanceof Tensor ? leaf.shape : [];
      const count = sizeOf(shape);
      const part = reshape(slice(x, [at], [at + count]), [...shape]);
      at += count;
      const [dtype, weak] = leaf instanceof Tensor ? [leaf.dtype, leaf.weak] : (['float64', true] as const);
      return convertTo(part, { dtype, weak });
    }),
  ) as P;
}

/** The leaves of a tree as one vector of float64. */
const packed = (tree: unknown): Tensor =>
  concatenate(
    treeLeaves(tree).map((leaf) => {
      const wide = astype(leaf, 'float64');
      return reshape(wide, [wide.size]);
    }),
  );

/** Value and gradient at a vector, which is rounded to what the leaves can hold. */
function evaluationOf<P>({ f, like }: Pick<ChunkOptions<P>, 'f' | 'like'>): (x: Tensor) => Place<Tensor, Tensor> {
  const both = valueAndGrad(f as (parameters: P) => Tensor);
  const isNarrow = treeLeaves(like).some((leaf) => leaf instanceof Tensor && leaf.dtype === 'float32');
  return (x) => {
    const parameters = cutOut(like, x);
    const [value, gradient] = both(parameters);
    return {
      x: isNarrow ? packed(parameters) : x,
      value: astype(value as Tensor, 'float64'),
      gradient: packed(gradient),
    };
  };
}

/** A chunk as a function to jit; see `descent/chunks.ts` for why it only passes its arguments on. */
function chunkOf<P, M>(
  a: TracedArithmetic,
  options: ChunkOptions<P>,
  strategy: Strategy<Tensor, Tensor, Tensor, M>,
  settings: MethodSettings,
  capacity: number,
): Chunk<M> {
  const { iterate } = descentOf(a, strategy, evaluationOf(options), settings);
  const goesOn = ({ state, round }: Carry<M>, bound: Tensor): Tensor =>
    logicalAnd(equal(state.reason, 0), less(round, bound));
  const step = ({ state, round }: Carry<M>): readonly [Carry<M>, Stacks] => {
    const next = iterate(state);
    const { here, norm, evaluations, isAccepted } = next;
    const point = options.isStacked ? here.x : null;
    return [
      { state: next, round: add(round, 1) },
      { isAccepted, value: here.value, norm, evaluations, point },
    ];
  };
  const loop = (carry: Carry<M>, bound: Tensor) =>
    boundedWhile(
      (at: Carry<M>) => goesOn(at, bound),
      (at: Carry<M>) => step(at),
      carry,
      capacity,
    ) as unknown as ReturnType<Chunk<M>>;
  return (carry, bound) => loop(carry, bound);
}

const vector = (x: Float64Array): Tensor => new DenseTensor(x, [x.length], 'float64');

const numbersOf = (x: Tensor): Float64Array => x.data as Float64Array;

/** Runs calls of many iterations until there is a reason to end; `undefined` when there is no such loop. */
function run<P, M>(
  a: TracedArithmetic,
  problem: Problem,
  options: ChunkOptions<P>,
  settings: MethodSettings,
  strategy: Strategy<Tensor, Tensor, Tensor, M>,
): MinimizeReason | undefined {
  const { counts, last } = problem;
  const start = { x: vector(last.x), value: scalar(last.value), gradient: vector(last.gradient) };
  const begin = descentOf(a, strategy, () => start, settings).begin;
  let state: State<M> = begin(start, scalar(counts.values, 'float64'));
  const pointBytes = options.isStacked ? 8 * problem.size : 0;
  const room = Math.floor(mostBytes / Math.max(1, pointBytes));
  const capacity = Math.max(1, Math.min(mostIterations, room));
  // nothing is donated: a module that holds a state is made anew for each run, which takes longer than copying it a few times
  const chunk = jit(chunkOf(a, options, strategy, settings, capacity));
  // the engine's better code is used from the next call on
  let bound = Math.min(firstWatched, capacity);
  for (let isFirst = true; ; isFirst = false) {
    const reason = reasonOf(state.reason.item());
    if (reason) return reason;
    const began = Date.now();
    let results: ReturnType<Chunk<M>>;
    try {
      results = chunk({ state, round: scalar(0, 'int32') }, scalar(bound, 'int32'));
    } catch (error) {
      // what cannot be recorded as a loop, or takes more than a module can hold, runs on the host
      if (!isFirst || (error instanceof DownhillError && error.code === 'trap')) throw error;
      return undefined;
    }
    const took = Date.now() - began;
    const [rounds, carry, stacks] = results;
    state = carry.state;
    record(problem, stacks, rounds.item());
    bound = nextBound(bound, options.isWatched ? took : 0, capacity);
    const { here, norm, evaluations } = state;
    problem.end = { x: numbersOf(here.x), value: here.value.item(), gradientNorm: norm.item() };
    counts.values = evaluations.item();
    counts.gradients = counts.values;
  }
}

/** Hands the accepted points of a call to whoever keeps or watches them. */
function record(problem: Problem, { isAccepted, value, norm, evaluations, point }: Stacks, rounds: number): void {
  const { size, counts } = problem;
  const points = point && numbersOf(point);
  for (let i = 0; i < rounds; i++) {
    if (isAccepted.data[i] === 0) continue;
    counts.values = evaluations.data[i];
    counts.gradients = counts.values;
    const x = points ? points.slice(i * size, (i + 1) * size) : problem.end.x;
    problem.record({ x, value: value.data[i] }, norm.data[i]);
  }
}

/**
 * A descent in calls of many iterations, each one run of a compiled loop: whole iterations with the search along the line,
 * the function and its gradient. Ends where the descent on the host does. `undefined` when the function looks at values or
 * the loop is more than a module can hold: then the host has the word.
 */
export const inChunks = <P>(
  method: DescentMethod,
  problem: Problem,
  options: ChunkOptions<P>,
  settings: MethodSettings,
): MinimizeReason | undefined => {
  const arithmetic = tracedArithmetic();
  return withStrategy(arithmetic, method, problem.size, settings, (strategy) =>
    run(arithmetic, problem, options, settings, strategy),
  );
};
