import { random, type Tensor } from 'downhill';
import type { EpochRecord, TrainingEvent } from 'downhill/nn';
import { train } from 'downhill/nn';
import { fileStorage } from 'downhill/nn/node';
import { lossOf, matrixTensor, networkOf, rawOutputs, targetTensor } from './model.ts';
import { type Plan, ruleOf } from './plan.ts';
import type { Part, PreparedData } from './prepare.ts';
import type { HistoryEntry } from './result.ts';

export type FitReason = 'completed' | 'early-stopped' | 'interrupted' | 'non-finite' | 'diverged';

export interface Fitted {
  parameters: unknown;
  history: HistoryEntry[];
  reason: FitReason;
  /** A sentence about the end, with the step where it matters. */
  text: string;
  /** Steps taken. */
  steps: number;
  /** Steps left out because something was not finite. */
  skipped: number;
  warnings: { step: number; kind: string; message: string }[];
  bestEpoch: number | undefined;
  /** Why the newest state is not on the disk. */
  checkpointFailure: string | undefined;
}

export interface FitOptions {
  key: number;
  patience: number | undefined;
  skipNonFinite: boolean;
  /** Folder of the checkpoints. */
  folder: string;
  /** Whether to go on from what is in it. */
  resume: boolean;
  checkpointEvery: number | undefined;
  signal: { readonly aborted: boolean };
  onEvent?: (event: TrainingEvent) => void;
  onRecord?: (entry: HistoryEntry) => void;
}

/** The loss begins near 1 in every model; this much means that it grows. */
const growthOfDivergence = 1e6;

class Diverged extends Error {
  readonly step: number;
  readonly loss: number;

  constructor(step: number, loss: number) {
    super('diverged');
    this.step = step;
    this.loss = loss;
  }
}

/**
 * Minimizes the mean loss over the training rows: the cross-entropy of a classification, the squared error of a regression
 * (in units of the target's variance), plus the penalty of the plan. Losses in the history are without the penalty, in units
 * of the target.
 */
export async function fit(data: PreparedData, plan: Plan, options: FitOptions): Promise<Fitted> {
  const network = networkOf(data);
  const loss = lossOf(data.task);
  const unit = data.task.kind === 'regression' ? data.task.scale ** 2 : 1;
  const dataset = ({ features, targets }: Part) => ({
    inputs: matrixTensor(features),
    targets: targetTensor(data.task, targets),
  });
  const initial = network.init(random.key(options.key));
  const history: HistoryEntry[] = [startOf(data, initial.parameters)];
  const record = (entry: HistoryEntry): void => {
    history.push(entry);
    options.onRecord?.(entry);
  };
  options.onRecord?.(history[0] as HistoryEntry);
  const entryOf = (of: EpochRecord): HistoryEntry => ({
    step: of.step,
    epoch: of.epoch,
    trainLoss: (of.losses?.train ?? Number.NaN) * unit,
    testLoss: (of.losses?.test ?? Number.NaN) * unit,
    ...(of.validationLoss === undefined ? {} : { validationLoss: of.validationLoss * unit }),
  });
  try {
    const result = await train({
      model: network,
      loss,
      data: dataset(data.train),
      optimizer: await ruleOf(plan),
      epochs: plan.epochs,
      batchSize: plan.batch,
      key: options.key,
      initial,
      ...(data.validation === undefined ? {} : { validation: dataset(data.validation) }),
      ...(options.patience === undefined ? {} : { earlyStopping: { patience: options.patience } }),
      watch: { train: dataset(data.train), test: dataset(data.test) },
      evaluateEvery: plan.recordEvery,
      statisticsEvery: plan.statisticsEvery,
      onNonFinite: options.skipNonFinite ? 'skip' : 'stop',
      checkpoints: {
        storage: fileStorage(options.folder),
        resume: options.resume,
        ...(options.checkpointEvery === undefined ? { seconds: 10 } : { every: options.checkpointEvery }),
      },
      signal: options.signal,
      onEvent: (event) => {
        options.onEvent?.(event);
        if (event.type === 'step' && event.loss > growthOfDivergence) throw new Diverged(event.step, event.loss);
        if (event.type === 'epoch') record(entryOf(event));
      },
    });
    const whole = [history[0] as HistoryEntry, ...result.history.map(entryOf)];
    const leap = result.verdict.reason === 'completed' ? leapOf(whole) : undefined;
    if (leap !== undefined) options.onEvent?.({ type: 'warning', ...leap });
    return {
      parameters: result.parameters,
      history: whole,
      reason: result.verdict.reason,
      text: result.verdict.text,
      steps: result.steps,
      skipped: result.skipped,
      warnings: [...result.warnings, ...(leap === undefined ? [] : [leap])].map(({ step, kind, message }) => ({
        step,
        kind,
        message,
      })),
      bestEpoch: result.best?.epoch,
      checkpointFailure: result.checkpointFailure,
    };
  } catch (error) {
    if (!(error instanceof Diverged)) throw error;
    return {
      parameters: initial.parameters,
      history,
      reason: 'diverged',
      text: `the loss was ${(error.loss * unit).toPrecision(6)} at step ${error.step}`,
      steps: error.step,
      skipped: 0,
      warnings: [],
      bestEpoch: undefined,
      checkpointFailure: undefined,
    };
  }
}

/** A run at a large rate may end in one of the leaps that adaptive rules make near a minimum. */
export function leapOf(history: readonly HistoryEntry[]) {
  const [first, last] = [history[0] as HistoryEntry, history[history.length - 1] as HistoryEntry];
  const lowest = history.reduce((best, entry) => (entry.trainLoss < best.trainLoss ? entry : best));
  const rise = last.trainLoss - lowest.trainLoss;
  if (last.trainLoss <= 2 * lowest.trainLoss || rise <= 1e-6 * first.trainLoss) return undefined;
  return {
    kind: 'learning-rate-too-high' as const,
    step: last.step,
    path: '',
    message: `the training loss is ${last.trainLoss.toPrecision(3)}, but was ${lowest.trainLoss.toPrecision(3)} after step ${lowest.step}: near a minimum such a rate makes the loss leap; let it fall (--schedule cosine) or lower it`,
  };
}

/** The entry before the first step. */
function startOf(data: PreparedData, parameters: unknown): HistoryEntry {
  const on = (part: Part): number => lossOn(data, parameters, part);
  const more = data.validation === undefined ? {} : { validationLoss: on(data.validation) };
  return { step: 0, epoch: 0, trainLoss: on(data.train), testLoss: on(data.test), ...more };
}

/** The loss on one part, in units of the target, without penalty. */
export function lossOn(data: PreparedData, parameters: unknown, { features, targets }: Part): number {
  const raw = rawOutputs({ ...data, parameters }, features);
  const y = targetTensor(data.task, targets);
  const k = raw.length / targets.length;
  const value = lossOf(data.task)(matrixTensor({ data: raw, shape: [targets.length, k] }), y) as Tensor | number;
  const unit = data.task.kind === 'regression' ? data.task.scale ** 2 : 1;
  return (typeof value === 'number' ? value : value.item()) * unit;
}

/** The numbers 0 … n−1 in an order that the key decides; another stream gives another order. */
export function shuffled(n: number, key: number, stream: number): ArrayLike<number> {
  const base = random.key(key);
  return random.permutation(stream === 0 ? base : random.foldIn(base, stream), n).data;
}
