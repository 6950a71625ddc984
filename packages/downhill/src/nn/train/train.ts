import type { UpdateRule } from '../../optimize/rule.ts';
import { permutation } from '../../random/choice.ts';
import { foldIn, key as keyOf, splitKeys } from '../../random/key.ts';
import { ArgumentError } from '../../tensor/errors.ts';
import { describeValue, Tensor, tensor } from '../../tensor/tensor.ts';
import type { CheckpointStorage } from '../checkpoints/storage.ts';
import { checkSize, type Layer, type Variables } from '../layers/layer.ts';
import { parameterCount } from '../table.ts';
import { checkDataset, type Dataset, rowRange, takeRows } from './data.ts';
import type { EpochRecord, TrainingEvent, TrainingReason, TrainingVerdict, TrainingWarning } from './events.ts';
import { trainingVerdicts } from './events.ts';
import { restore, type Saved, save } from './resume.ts';
import { initialWatch, watchActivity, watchStep } from './statistics.ts';
import { type Loss, makeSteps, type Running } from './step.ts';

export interface EarlyStopping {
  /** Epochs without getting better after which the run stops. */
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

export interface CheckpointOptions {
  readonly storage: CheckpointStorage;
  /** Steps between checkpoints. Default: one at the end of every epoch. */
  readonly every?: number;
  /** How many are kept. Default 2, so that one is left when the newest is damaged. */
  readonly keep?: number;
  /** True (default) to go on from the newest sound checkpoint if there is one. */
  readonly resume?: boolean;
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
 * Trains a model by mini-batches. Each step (loss, gradient, update) is one jitted function; with `installCompiler()` of
 * `downhill/compile` it runs as WebAssembly. Everything random comes from `key` and the number of the step, so that a run
 * resumed from a checkpoint continues bit for bit.
 * @throws ArgumentError and ShapeError for data or options that cannot be used; CheckpointError when a checkpoint cannot be
 * written, or when there are checkpoints and none is sound.
 */
export async function train<P, S, O>(options: TrainOptions<P, S, O>): Promise<TrainResult<P, S, O>> {
  const { model, data, epochs, batchSize = 32, validation, metrics = {}, earlyStopping } = options;
  const { statisticsEvery = 50, onNonFinite = 'stop', checkpoints, signal } = options;
  const optimizer = options.optimizer as UpdateRule<P, O>;
  const n = checkDataset('data', data);
  if (validation) checkDataset('validation', validation);
  checkSize('train', 'epochs', epochs);
  checkSize('train', 'batchSize', batchSize);
  checkSize('train', 'statisticsEvery', statisticsEvery, 0);
  if (onNonFinite !== 'stop' && onNonFinite !== 'skip') {
    throw new ArgumentError(`train: onNonFinite is ${describeValue(onNonFinite)}; 'stop' or 'skip' is needed`);
  }
  if (checkpoints?.every !== undefined) checkSize('train', 'checkpoints.every', checkpoints.every);
  if (checkpoints?.keep !== undefined) checkSize('train', 'checkpoints.keep', checkpoints.keep);
  const judge = earlyStopping && checkEarlyStopping(earlyStopping, Object.keys(metrics));
  const emit = (event: TrainingEvent): void => options.onEvent?.(event);
  const key = options.key instanceof Tensor ? options.key : keyOf(options.key);
  const [initKey, orderKey, stepKey] = splitKeys(key, 3) as [Tensor, Tensor, Tensor];
  const variables = options.initial ?? model.init(initKey);
  const steps = makeSteps(model, options.loss, optimizer);
  const stepsPerEpoch = Math.ceil(n / batchSize);
  const setup = { examples: n, batchSize, key: Array.from(key.data), optimizer: optimizer.name, model: model.name };

  const fresh: Running<P, S, O> = { ...variables, optimizer: optimizer.init(variables.parameters) };
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
  if (checkpoints && (checkpoints.resume ?? true)) {
    const found = await restore(checkpoints.storage, saved, emit);
    if (found) {
      saved = found;
      emit({ type: 'resume', step: found.facts.step, epoch: found.facts.epoch });
    }
  }
  let { running, best } = saved;
  const facts = { ...saved.facts, history: [...saved.facts.history], warnings: [...saved.facts.warnings] };
  const store = async (): Promise<void> => {
    if (!checkpoints) return;
    const name = await save(checkpoints.storage, { running, best, facts }, checkpoints.keep ?? 2);
    emit({ type: 'checkpoint', step: facts.step, name });
  };
  const warn = (warnings: readonly TrainingWarning[]): void => {
    for (const warning of warnings) {
      facts.warnings.push(warning);
      emit({ type: 'warning', ...warning });
    }
  };
  const finish = (reason: TrainingReason, more = ''): TrainResult<P, S, O> => {
    const verdict = { reason, text: trainingVerdicts[reason] + more };
    emit({ type: 'end', ...verdict });
    const restoring = best !== null && facts.score !== null && (earlyStopping?.restoreBest ?? true);
    const { parameters, state } = restoring && reason !== 'interrupted' && best !== null ? best : running;
    return {
      parameters,
      state,
      optimizerState: running.optimizer,
      history: facts.history,
      verdict,
      steps: facts.step,
      skipped: facts.skipped,
      warnings: facts.warnings,
      best: facts.score === null ? undefined : { epoch: facts.bestEpoch, score: facts.score },
    };
  };

  let lastTurn = Date.now();
  while (facts.epoch < epochs) {
    if (judge && facts.waited >= judge.patience) return finish('early-stopped');
    const order = permutation(foldIn(orderKey, facts.epoch), n).data;
    while (facts.batch < stepsPerEpoch) {
      if (signal?.aborted) {
        await store();
        return finish('interrupted', ` (after step ${facts.step})`);
      }
      const rows = order.subarray(facts.batch * batchSize, Math.min(n, (facts.batch + 1) * batchSize));
      const [x, y] = [takeRows(data.inputs, rows), takeRows(data.targets, rows)];
      const at = tensor(Int32Array.of(facts.step), { shape: [] });
      const isWatched = statisticsEvery > 0 && facts.step % statisticsEvery === 0;
      const watched = isWatched ? steps.stepWithStatistics(running, x, y, stepKey, at) : undefined;
      const { next, loss, gradientNorm } = watched ?? steps.step(running, x, y, stepKey, at);
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
        running = next;
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
      if (checkpoints?.every && step % checkpoints.every === 0) await store();
      if (Date.now() - lastTurn > turn) {
        await new Promise<void>((resume) => setTimeout(resume, 0));
        lastTurn = Date.now();
      }
    }
    facts.epoch++;
    facts.batch = 0;
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
        best = { parameters: running.parameters, state: running.state };
      } else facts.waited++;
    }
    if (checkpoints && !checkpoints.every) await store();
  }
  if (checkpoints?.every && facts.step % checkpoints.every !== 0) await store();
  return finish('completed');

  function judgeEpoch(): EpochRecord {
    const loss = facts.lossCount === 0 ? Number.NaN : facts.lossSum / facts.lossCount;
    const judged = validation ?? data;
    const names = Object.keys(metrics);
    const base = { epoch: facts.epoch, step: facts.step, loss };
    if (!validation && names.length === 0) return { ...base, metrics: {} };
    const predictions = steps.predict(running, judged.inputs, Math.max(batchSize, 256));
    const number = (x: number | Tensor): number => (typeof x === 'number' ? x : x.item());
    const values = names.map((name) => [name, number((metrics[name] as Loss)(predictions, judged.targets))]);
    return {
      ...base,
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
