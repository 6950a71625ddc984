import type { UpdateRule } from '../../optimize/rule.ts';
import { permutation } from '../../random/choice.ts';
import { foldIn, key as keyOf, splitKeys } from '../../random/key.ts';
import { ArgumentError } from '../../tensor/errors.ts';
import { checkOptions } from '../../tensor/option-names.ts';
import { describeValue, Tensor, tensor } from '../../tensor/tensor.ts';
import { checkSize, type Layer, type Variables } from '../layers/layer.ts';
import { parameterCount } from '../table.ts';
import { checkDataset, type Dataset, rowRange, takeRows } from './data.ts';
import type { EpochRecord, TrainingEvent, TrainingReason, TrainingVerdict, TrainingWarning } from './events.ts';
import { trainingVerdicts } from './events.ts';
import { type CheckpointOptions, checkCheckpoints, makeKeeper } from './keeper.ts';
import { restore, type Saved } from './resume.ts';
import { initialWatch, watchActivity, watchStep } from './statistics.ts';
import { type Loss, makeSteps, ownCopy, type Running } from './step.ts';

export interface EarlyStopping {
  /** Records of the history (epochs, unless `evaluateEvery` says otherwise) without getting better, after which the run stops. */
  readonly patience: number;
  /** How much better counts. Default 0. */
  readonly minDelta?: number;
  /** 'loss' (default: of the validation data, else of training) or the name of a metric. */
  readonly monitor?: string;
  /** Whether less or more is better. Default 'min' for the loss and 'max' for a metric. */
  readonly mode?: 'min' | 'max';
  /** True (default) to end with the parameters of the best epoch. */
  readonly restoreBest?: boolean;
}

export interface TrainOptions<P, S, O> {
  readonly model: Layer<P, S>;
  /** Must be the same function whenever a run is resumed. */
  readonly loss: Loss;
  readonly data: Dataset;
  /** A rule for any tree of parameters, so that the model alone decides their type. */
  readonly optimizer: UpdateRule<unknown, O>;
  readonly epochs: number;
  /** Default 32. What is left at the end of an epoch makes a smaller batch. */
  readonly batchSize?: number;
  /** Decides initial weights, order of examples and dropout: equal keys give equal bits. A seed or a key. */
  readonly key: Tensor | number;
  /** Where to begin instead of with fresh parameters. */
  readonly initial?: Variables<P, S>;
  readonly validation?: Dataset;
  /** Functions of all predictions and targets of the validation data (of the training data without one). */
  readonly metrics?: Readonly<Record<string, (predictions: Tensor, targets: Tensor) => number | Tensor>>;
  /** More data whose loss each record of the history states by name; it decides nothing. */
  readonly watch?: Readonly<Record<string, Dataset>>;
  /** Epochs between records of the history, and so between looks at validation, metrics and early stopping. Default 1. */
  readonly evaluateEvery?: number;
  readonly earlyStopping?: EarlyStopping;
  /** Steps between statistics of gradients and weights; 0 for none. Default 50. */
  readonly statisticsEvery?: number;
  /** What to do when a loss or gradient is not finite: 'stop' (default) before that step, or 'skip' it and count. */
  readonly onNonFinite?: 'stop' | 'skip';
  readonly checkpoints?: CheckpointOptions;
  readonly onEvent?: (event: TrainingEvent) => void;
  /** An `AbortSignal`, or anything like it: when `aborted`, the run saves a checkpoint and ends after the current step. */
  readonly signal?: { readonly aborted: boolean };
}

export interface TrainResult<P, S, O> extends Variables<P, S> {
  readonly optimizerState: O;
  readonly history: readonly EpochRecord[];
  readonly verdict: TrainingVerdict;
  readonly steps: number;
  /** Steps left out because something was not finite. */
  readonly skipped: number;
  readonly warnings: readonly TrainingWarning[];
  /** Why the newest checkpoint could not be written; undefined when it was, or when none was asked for. */
  readonly checkpointFailure: string | undefined;
  /** The best epoch by what early stopping monitors. */
  readonly best: { readonly epoch: number; readonly score: number } | undefined;
}

/** After this many steps skipped in a row the run is lost. */
const mostSkips = 20;
/** Examples on which the activity of units is judged. */
const sampleSize = 512;
/** Milliseconds after which other tasks of the host get a turn. */
const turn = 50;

/**
 * Trains a model by mini-batches. Each step (loss, gradient, update) is one jitted function, which runs as WebAssembly: in
 * Node by itself, elsewhere with `installCompiler()` of `downhill/compile`. Everything random comes from `key` and the number of the step, so that a run
 * resumed from a checkpoint continues bit for bit.
 * @throws ArgumentError and ShapeError for data or options that cannot be used; CheckpointError when there are checkpoints and
 * none is sound, or when the first of a fresh run, which is written before any work, cannot be. A later one that cannot be
 * written is told as an event and in the result, and costs nothing else.
 */
export async function train<P, S, O>(options: TrainOptions<P, S, O>): Promise<TrainResult<P, S, O>> {
  checkOptions('train', options, {
    model: 1,
    loss: 1,
    data: 1,
    optimizer: 1,
    epochs: 1,
    batchSize: 1,
    key: 1,
    initial: 1,
    validation: 1,
    metrics: 1,
    watch: 1,
    evaluateEvery: 1,
    earlyStopping: 1,
    statisticsEvery: 1,
    onNonFinite: 1,
    checkpoints: 1,
    onEvent: 1,
    signal: 1,
  });
  const { model, data, epochs, batchSize = 32, validation, metrics = {}, watch = {}, earlyStopping } = options;
  const { statisticsEvery = 50, evaluateEvery = 1, onNonFinite = 'stop', checkpoints, signal } = options;
  const optimizer = options.optimizer as UpdateRule<P, O>;
  const n = checkDataset('data', data);
  if (validation) checkDataset('validation', validation);
  for (const [name, watched] of Object.entries(watch)) checkDataset(`watch.${name}`, watched);
  checkSize('train', 'epochs', epochs);
  checkSize('train', 'batchSize', batchSize);
  checkSize('train', 'statisticsEvery', statisticsEvery, 0);
  checkSize('train', 'evaluateEvery', evaluateEvery);
  if (onNonFinite !== 'stop' && onNonFinite !== 'skip') {
    throw new ArgumentError(`train: onNonFinite is ${describeValue(onNonFinite)}; 'stop' or 'skip' is needed`);
  }
  if (checkpoints) checkCheckpoints(checkpoints);
  const judge = earlyStopping && checkEarlyStopping(earlyStopping, Object.keys(metrics));
  const emit = (event: TrainingEvent): void => options.onEvent?.(event);
  const key = options.key instanceof Tensor ? options.key : keyOf(options.key);
  const [initKey, orderKey, stepKey] = splitKeys(key, 3) as [Tensor, Tensor, Tensor];
  const { parameters: initial, state: initialState } = options.initial ?? model.init(initKey);
  const steps = makeSteps(model, options.loss, optimizer);
  const stepsPerEpoch = Math.ceil(n / batchSize);
  const setup = { examples: n, batchSize, key: Array.from(key.data), optimizer: optimizer.name, model: model.name };

  const fresh: Running<P, S, O> = { parameters: initial, state: initialState, optimizer: optimizer.init(initial) };
  let saved: Saved<P, S, O> = {
    running: fresh,
    best: judge ? { parameters: fresh.parameters, state: fresh.state } : null,
    facts: {
      setup,
      step: 0,
      epoch: 0,
      batch: 0,
      lossSum: 0,
      lossCount: 0,
      history: [],
      score: null,
      bestEpoch: 0,
      waited: 0,
      skipped: 0,
      skippedInARow: 0,
      watch: initialWatch,
      warnings: [],
    },
  };
  emit({ type: 'start', parameterCount: parameterCount(fresh.parameters), stepsPerEpoch, epochs });
  const keeper = makeKeeper<P, S, O>(checkpoints, emit);
  const found =
    checkpoints && (checkpoints.resume ?? true) ? await restore(checkpoints.storage, saved, emit) : undefined;
  if (found) {
    saved = found;
    emit({ type: 'resume', step: found.facts.step, epoch: found.facts.epoch });
  } else await keeper.first(saved);
  let { best } = saved;
  let running = ownCopy(saved.running);
  const facts = { ...saved.facts, history: [...saved.facts.history], warnings: [...saved.facts.warnings] };
  const now = (): Saved<P, S, O> => ({ running, best, facts });
  const warn = (warnings: readonly TrainingWarning[]): void => {
    for (const warning of warnings) {
      facts.warnings.push(warning);
      emit({ type: 'warning', ...warning });
    }
  };
  const finish = (reason: TrainingReason, more = ''): TrainResult<P, S, O> => {
    const unsaved =
      keeper.failure === undefined ? '' : `; the newest checkpoint could not be written: ${keeper.failure}`;
    const verdict = { reason, text: trainingVerdicts[reason] + more + unsaved };
    emit({ type: 'end', ...verdict });
    const restoring = best !== null && facts.score !== null && (earlyStopping?.restoreBest ?? true);
    const { parameters, state } = restoring && reason !== 'interrupted' && best !== null ? best : running;
    return {
      ...ownCopy({ parameters, state, optimizerState: running.optimizer }),
      history: facts.history,
      verdict,
      steps: facts.step,
      skipped: facts.skipped,
      warnings: facts.warnings,
      checkpointFailure: keeper.failure,
      best: facts.score === null ? undefined : { epoch: facts.bestEpoch, score: facts.score },
    };
  };

  let lastTurn = Date.now();
  while (facts.epoch < epochs) {
    if (judge && facts.waited >= judge.patience) {
      await keeper.last(now());
      return finish('early-stopped');
    }
    // One batch of everything has no order.
    const order = stepsPerEpoch === 1 ? undefined : permutation(foldIn(orderKey, facts.epoch), n).data;
    while (facts.batch < stepsPerEpoch) {
      if (signal?.aborted) {
        await keeper.last(now());
        return finish('interrupted', ` (after step ${facts.step})`);
      }
      const rows = order?.subarray(facts.batch * batchSize, Math.min(n, (facts.batch + 1) * batchSize));
      const [x, y] = rows ? [takeRows(data.inputs, rows), takeRows(data.targets, rows)] : [data.inputs, data.targets];
      const at = tensor(Int32Array.of(facts.step), { shape: [] });
      const isWatched = statisticsEvery > 0 && facts.step % statisticsEvery === 0;
      const watched = isWatched ? steps.stepWithStatistics(running, x, y, stepKey, at) : undefined;
      const { next, loss, gradientNorm } = watched ?? steps.step(running, x, y, stepKey, at);
      running = next;
      const step = ++facts.step;
      facts.batch++;
      if (!Number.isFinite(loss) || !Number.isFinite(gradientNorm)) {
        const what = Number.isFinite(loss) ? `the gradient's norm ${gradientNorm}` : `the loss ${loss}`;
        emit({ type: 'skip', step, epoch: facts.epoch + 1, loss, gradientNorm });
        facts.skipped++;
        facts.skippedInARow++;
        if (onNonFinite === 'stop')
          return finish('non-finite', `: at step ${step} ${what}; the parameters are those before it`);
        if (facts.skippedInARow >= mostSkips)
          return finish('non-finite', ` in ${mostSkips} steps in a row, up to step ${step}`);
      } else {
        facts.skippedInARow = 0;
        facts.lossSum += loss;
        facts.lossCount++;
        emit({ type: 'step', step, epoch: facts.epoch + 1, loss, gradientNorm });
        if (watched) {
          emit({ type: 'statistics', step, parameters: watched.parameters });
          const { state, warnings } = watchStep(facts.watch, { step, ...watched });
          facts.watch = state;
          warn(warnings);
        }
      }
      await keeper.afterStep(now());
      if (Date.now() - lastTurn > turn) {
        await new Promise<void>((resume) => setTimeout(resume, 0));
        lastTurn = Date.now();
      }
    }
    facts.epoch++;
    facts.batch = 0;
    if (facts.epoch % evaluateEvery !== 0 && facts.epoch !== epochs) {
      await keeper.afterEpoch(now());
      continue;
    }
    const record = judgeEpoch();
    facts.history.push(record);
    facts.lossSum = 0;
    facts.lossCount = 0;
    emit({ type: 'epoch', ...record });
    if (statisticsEvery > 0) {
      const layers = steps.activity(running, rowRange(data.inputs, 0, Math.min(n, sampleSize)));
      emit({ type: 'activity', step: facts.step, layers });
      const { state, warnings } = watchActivity(facts.watch, facts.step, layers);
      facts.watch = state;
      warn(warnings);
    }
    if (judge) {
      const score = judge.read(record);
      if (facts.score === null || judge.isBetter(score, facts.score)) {
        facts.score = score;
        facts.bestEpoch = facts.epoch;
        facts.waited = 0;
        best = ownCopy({ parameters: running.parameters, state: running.state });
      } else facts.waited++;
    }
    await keeper.afterEpoch(now());
  }
  await keeper.last(now());
  return finish('completed');

  function judgeEpoch(): EpochRecord {
    const loss = facts.lossCount === 0 ? Number.NaN : facts.lossSum / facts.lossCount;
    const judged = validation ?? data;
    const names = Object.keys(metrics);
    const base = { epoch: facts.epoch, step: facts.step, loss };
    const batch = Math.max(batchSize, 256);
    const number = (x: number | Tensor): number => (typeof x === 'number' ? x : x.item());
    const lossOn = ({ inputs, targets }: Dataset): number =>
      number(options.loss(steps.predict(running, inputs, batch), targets));
    const losses = Object.fromEntries(Object.entries(watch).map(([name, watched]) => [name, lossOn(watched)]));
    const more = Object.keys(losses).length === 0 ? {} : { losses };
    if (!validation && names.length === 0) return { ...base, ...more, metrics: {} };
    const predictions = steps.predict(running, judged.inputs, batch);
    const values = names.map((name) => [name, number((metrics[name] as Loss)(predictions, judged.targets))]);
    return {
      ...base,
      ...more,
      ...(validation ? { validationLoss: number(options.loss(predictions, judged.targets)) } : {}),
      metrics: Object.fromEntries(values) as Record<string, number>,
    };
  }
}

function checkEarlyStopping(given: EarlyStopping, metrics: readonly string[]) {
  const { patience, minDelta = 0, monitor = 'loss' } = given;
  checkSize('train', 'earlyStopping.patience', patience);
  if (monitor !== 'loss' && !metrics.includes(monitor)) {
    throw new ArgumentError(
      `train: earlyStopping.monitor is ${describeValue(monitor)}; ${['loss', ...metrics].map((m) => `'${m}'`).join(' or ')} is needed`,
    );
  }
  const isLess = (given.mode ?? (monitor === 'loss' ? 'min' : 'max')) === 'min';
  return {
    patience,
    read: (record: EpochRecord): number =>
      monitor === 'loss' ? (record.validationLoss ?? record.loss) : (record.metrics[monitor] as number),
    isBetter: (score: number, best: number): boolean => (isLess ? score < best - minDelta : score > best + minDelta),
  };
}
