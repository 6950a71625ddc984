import { ArgumentError } from '../../tensor/errors.ts';
import { describeValue } from '../../tensor/tensor.ts';
import type { CheckpointStorage } from '../checkpoints/storage.ts';
import { checkSize } from '../layers/layer.ts';
import type { TrainingEvent } from './events.ts';
import { type Saved, save } from './resume.ts';

export interface CheckpointOptions {
  readonly storage: CheckpointStorage;
  /** Steps between checkpoints. Default: one at the end of every epoch. */
  readonly every?: number;
  /** Seconds between checkpoints instead, for runs whose epochs may be short or long. What is computed does not change. */
  readonly seconds?: number;
  /** How many are kept. Default 2, so that one is left when the newest is damaged. */
  readonly keep?: number;
  /** True (default) to go on from the newest sound checkpoint if there is one. */
  readonly resume?: boolean;
}

export function checkCheckpoints({ every, seconds, keep }: CheckpointOptions): void {
  if (every !== undefined) checkSize('train', 'checkpoints.every', every);
  if (keep !== undefined) checkSize('train', 'checkpoints.keep', keep);
  if (seconds !== undefined && !(typeof seconds === 'number' && seconds >= 0)) {
    throw new ArgumentError(
      `train: checkpoints.seconds is ${describeValue(seconds)}; a number of seconds from 0 is needed`,
    );
  }
}

/** Writes the checkpoints of a run when they are due. */
export interface Keeper<P, S, O> {
  /** The first of a fresh run, before any work: a place that cannot be written shows here. */
  first(now: Saved<P, S, O>): Promise<void>;
  afterStep(now: Saved<P, S, O>): Promise<void>;
  afterEpoch(now: Saved<P, S, O>): Promise<void>;
  /** Makes sure that the state is stored, whatever is due. */
  last(now: Saved<P, S, O>): Promise<void>;
  /** Why the newest checkpoint could not be written; undefined when it was. */
  readonly failure: string | undefined;
}

export function makeKeeper<P, S, O>(
  options: CheckpointOptions | undefined,
  emit: (event: TrainingEvent) => void,
): Keeper<P, S, O> {
  if (!options) {
    const nothing = async (): Promise<void> => {};
    return { first: nothing, afterStep: nothing, afterEpoch: nothing, last: nothing, failure: undefined };
  }
  const { storage, every, seconds, keep = 2 } = options;
  let stored = -1;
  let storedEpoch = -1;
  let failure: string | undefined;
  let writtenAt = Date.now();
  const write = async (now: Saved<P, S, O>): Promise<void> => {
    const { step, epoch } = now.facts;
    const name = await save(storage, now, keep);
    [stored, storedEpoch, failure, writtenAt] = [step, epoch, undefined, Date.now()];
    emit({ type: 'checkpoint', step, name });
  };
  // A disk that fills up in the middle costs the checkpoint and not the run: it is tried again when the next is due.
  const attempt = async (now: Saved<P, S, O>): Promise<void> => {
    try {
      await write(now);
    } catch (error) {
      failure = error instanceof Error ? error.message : String(error);
      writtenAt = Date.now();
      emit({ type: 'checkpoint-failed', step: now.facts.step, reason: failure });
    }
  };
  const isLate = (): boolean => seconds !== undefined && Date.now() - writtenAt >= 1000 * seconds;
  return {
    first: write,
    afterStep: async (now) => {
      if ((every !== undefined && now.facts.step % every === 0) || isLate()) await attempt(now);
    },
    afterEpoch: async (now) => {
      if (every === undefined && (seconds === undefined || isLate())) await attempt(now);
    },
    last: async (now) => {
      if (now.facts.step !== stored || now.facts.epoch !== storedEpoch) await attempt(now);
    },
    get failure() {
      return failure;
    },
  };
}
