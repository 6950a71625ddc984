import { boundedWhile } from '../../control/bounded-while.ts';
import { add } from '../../primitives/arithmetic.ts';
import { equal, less } from '../../primitives/comparison.ts';
import { logicalAnd } from '../../primitives/logical.ts';
import { DownhillError } from '../../tensor/errors.ts';
import { DenseTensor, scalar, type Tensor } from '../../tensor/tensor.ts';
import { jit } from '../../transforms/jit.ts';
import { firstWatched, nextBound } from '../descent/pace.ts';
import type { MethodSettings } from './descent.ts';
import { type Functions, type Limits, type RunState, reasonOf, type Sides, type Tally } from './iteration.ts';
import type { Box } from './lbfgsb.ts';
import { type MethodOf, type Setting, withMethod } from './methods.ts';
import type { MinimizeMethod } from './minimize.ts';
import type { InContext, Problem } from './problem.ts';
import type { MinimizeReason } from './reasons.ts';
import { tracedArithmetic } from './traced-arithmetic.ts';
import { tracedFunctions } from './traced-functions.ts';

/** Iterations of a call, and bytes of the points that its stacks may hold. */
const [mostIterations, mostBytes] = [512, 2 ** 22];

export interface ChunkOptions<P> {
  readonly f: InContext<P>;
  /** A tree with the structure, shapes and dtypes of the parameters. */
  readonly like: P;
  /** Whether points are wanted: kept, or where somebody may stop. */
  readonly isStacked: boolean;
  /** Whether somebody is called after each iteration. */
  readonly isWatched: boolean;
}

type State = RunState<Tensor, Tensor, Tensor>;

/** What goes from iteration to iteration. */
interface Carry<T> {
  readonly state: T;
  readonly round: Tensor;
}

/** What a call writes of each iteration. */
interface Stacks {
  readonly isAccepted: Tensor;
  readonly value: Tensor;
  readonly norm: Tensor;
  readonly counts: Tally<Tensor>;
  readonly point: Tensor | null;
}

/** What may differ from run to run. */
interface Given {
  readonly limits: Limits<Tensor>;
  readonly box: Sides<Tensor>;
  readonly context: readonly unknown[];
}

type Chunk<T> = (
  carry: Carry<T>,
  bound: Tensor,
  given: Given,
) => readonly [rounds: Tensor, carry: Carry<T>, stacks: Stacks];

/** A chunk as a function to jit; see `descent/chunks.ts` for why it only passes its arguments on. */
function chunkOf<P, T extends State>(
  make: MethodOf<Tensor, Tensor, Tensor, T>,
  options: ChunkOptions<P>,
  settings: MethodSettings,
  capacity: number,
): Chunk<T> {
  const { f, like } = options;
  const goesOn = ({ state, round }: Carry<T>, bound: Tensor): Tensor =>
    logicalAnd(equal(state.reason, 0), less(round, bound));
  const loop = (carry: Carry<T>, bound: Tensor, { limits, box, context }: Given) => {
    const functions = tracedFunctions((parameters: P) => f(parameters, ...context), like, box);
    const { iterate } = make(functions, { ...settings, ...limits });
    const step = ({ state, round }: Carry<T>): readonly [Carry<T>, Stacks] => {
      const next = iterate(state);
      const { here, norm, counts, isAccepted } = next;
      const point = options.isStacked ? here.x : null;
      return [
        { state: next, round: add(round, 1) },
        { isAccepted, value: here.value, norm, counts, point },
      ];
    };
    return boundedWhile(
      (at: Carry<T>) => goesOn(at, bound),
      (at: Carry<T>) => step(at),
      carry,
      capacity,
    ) as unknown as ReturnType<Chunk<T>>;
  };
  return (carry, bound, given) => loop(carry, bound, given);
}

const vector = (x: Float64Array): Tensor => new DenseTensor(x, [x.length], 'float64');

const numbersOf = (x: Tensor): Float64Array => x.data as Float64Array;

/** What a method asks for before its first iteration: it runs on the host. */
function beforeLoops(problem: Problem, box: Sides<Tensor>): Functions<Tensor, Tensor> {
  const later = (): never => {
    throw new Error('derivatives are for iterations');
  };
  return {
    size: problem.size,
    box,
    evaluate: later,
    hessian: later,
    productsAt: later,
    value: (x) => {
      const spot = problem.spot(numbersOf(x).slice());
      return { x: vector(spot.x), value: scalar(spot.value, 'float64') };
    },
  };
}

/** A method as compiled loops, for any number of runs. `undefined` when there is no such loop. */
export type ChunkedMethod = (
  problem: Problem,
  context: readonly unknown[],
  settings: MethodSettings,
) => MinimizeReason | undefined;

/** Runs calls of many iterations until there is a reason to end. */
function runnerOf<P, T extends State>(
  { size, box, settings: fixed }: Setting,
  options: ChunkOptions<P>,
  make: MethodOf<Tensor, Tensor, Tensor, T>,
): ChunkedMethod {
  const pointBytes = options.isStacked ? 8 * size : 0;
  const room = Math.floor(mostBytes / Math.max(1, pointBytes));
  const capacity = Math.max(1, Math.min(mostIterations, room));
  // nothing is donated: a module that holds a state is made anew for each run, which takes longer than copying it a few times
  const chunk = jit(chunkOf(make, options, fixed, capacity));
  return (problem, context, settings) => run(problem, make, chunk, capacity, options.isWatched, box, context, settings);
}

function run<T extends State>(
  problem: Problem,
  make: MethodOf<Tensor, Tensor, Tensor, T>,
  chunk: Chunk<T>,
  capacity: number,
  isWatched: boolean,
  { lower, upper }: Box,
  context: readonly unknown[],
  settings: MethodSettings,
): MinimizeReason | undefined {
  const box = { lower: vector(lower), upper: vector(upper) };
  const { counts, last } = problem;
  const start = { x: vector(last.x), value: scalar(last.value), gradient: vector(last.gradient) };
  const atStart = make(beforeLoops(problem, box), settings as unknown as MethodSettings<Tensor>);
  let state: T = atStart.begin(start, scalar(counts.values, 'float64'));
  const limits: Limits<Tensor> = {
    gradientTolerance: scalar(settings.gradientTolerance, 'float64'),
    maxIterations: scalar(settings.maxIterations, 'float64'),
    maxEvaluations: scalar(settings.maxEvaluations, 'float64'),
  };
  const given = { limits, box, context };
  // the engine's better code is used from the next call on
  let bound = Math.min(firstWatched, capacity);
  for (let isFirst = true; ; isFirst = false) {
    const reason = reasonOf(state.reason.item());
    if (reason) return reason;
    const began = Date.now();
    let results: ReturnType<Chunk<T>>;
    try {
      results = chunk({ state, round: scalar(0, 'int32') }, scalar(bound, 'int32'), given);
    } catch (error) {
      // what cannot be recorded as a loop, or takes more than a module can hold, runs on the host
      if (!isFirst || (error instanceof DownhillError && error.code === 'trap')) throw error;
      return undefined;
    }
    const took = Date.now() - began;
    const [rounds, carry, stacks] = results;
    state = carry.state;
    record(problem, stacks, rounds.item());
    bound = nextBound(bound, isWatched ? took : 0, capacity);
    const { here, norm } = state;
    problem.end = { x: numbersOf(here.x), value: here.value.item(), gradientNorm: norm.item() };
    problem.tally(readTally(state.counts, 0));
  }
}

const readTally = ({ values, hessians, products }: Tally<Tensor>, at: number): Tally<number> => ({
  values: values.data[at],
  ...(hessians && { hessians: hessians.data[at] }),
  ...(products && { products: products.data[at] }),
});

/** Hands the accepted points of a call to whoever keeps or watches them. */
function record(problem: Problem, { isAccepted, value, norm, counts, point }: Stacks, rounds: number): void {
  const { size } = problem;
  const points = point && numbersOf(point);
  for (let i = 0; i < rounds; i++) {
    if (isAccepted.data[i] === 0) continue;
    problem.tally(readTally(counts, i));
    const x = points ? points.slice(i * size, (i + 1) * size) : problem.end.x;
    problem.record({ x, value: value.data[i] }, norm.data[i]);
  }
}

/**
 * A run in calls of many iterations, each one run of a compiled loop: whole iterations with their searches, the function and
 * its derivatives. Ends where the run on the host does. There is no such loop when the function looks at values or takes
 * more than a module can hold: then the host has the word.
 */
export const inChunks = <P>(method: MinimizeMethod, options: ChunkOptions<P>, setting: Setting): ChunkedMethod =>
  withMethod(tracedArithmetic(), method, setting, (make) => runnerOf(setting, options, make));
