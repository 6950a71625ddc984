import { FormatError } from '../checkpoints/safetensors.ts';
import { CheckpointError, type CheckpointStorage, nameOfStep, storedSteps } from '../checkpoints/storage.ts';
import { decodeSnapshot, encodeSnapshot } from '../checkpoints/tree.ts';
import type { EpochRecord, TrainingEvent, TrainingWarning } from './events.ts';
import type { WatchState } from './statistics.ts';
import type { Running } from './step.ts';

/** What must be equal for a run to be the continuation of another. */
export interface Setup {
  readonly examples: number;
  readonly batchSize: number;
  readonly key: readonly number[];
  readonly optimizer: string;
  readonly model: string;
}

/** Where a run stands, beside its tensors; plain JSON. */
export interface Facts {
  readonly setup: Setup;
  /** Steps taken, skipped ones included. */
  step: number;
  /** Epochs completed, and batches of the next one. */
  epoch: number;
  batch: number;
  lossSum: number;
  lossCount: number;
  history: EpochRecord[];
  score: number | null;
  bestEpoch: number;
  waited: number;
  skipped: number;
  skippedInARow: number;
  watch: WatchState;
  warnings: TrainingWarning[];
}

/** All of a run: with this it continues bit for bit. */
export interface Saved<P, S, O> {
  readonly running: Running<P, S, O>;
  readonly best: { readonly parameters: P; readonly state: S } | null;
  readonly facts: Facts;
}

/**
 * Writes a checkpoint and removes all but the newest `keep` up to its step; gives its name. Those of later steps were damaged
 * or belong to a run that was begun anew, and go too.
 */
export async function save<P, S, O>(storage: CheckpointStorage, saved: Saved<P, S, O>, keep: number): Promise<string> {
  const { running, best, facts } = saved;
  const name = nameOfStep(facts.step);
  await storage.write(name, encodeSnapshot({ tree: { ...running, best }, facts }));
  const steps = await storedSteps(storage);
  const later = steps.filter((step) => step > facts.step);
  const old = steps.filter((step) => step <= facts.step).slice(keep);
  await Promise.all([...later, ...old].map((step) => storage.remove(nameOfStep(step))));
  return name;
}

/**
 * The newest sound checkpoint. Damaged ones are reported with the reason and passed over.
 * @throws CheckpointError when there are checkpoints and none is sound, or when the run was set up in another way.
 */
export async function restore<P, S, O>(
  storage: CheckpointStorage,
  like: Saved<P, S, O>,
  emit: (event: TrainingEvent) => void,
): Promise<Saved<P, S, O> | undefined> {
  const reasons: string[] = [];
  for (const step of await storedSteps(storage)) {
    const name = nameOfStep(step);
    const bytes = await storage.read(name);
    try {
      const { tree, facts } = decodeSnapshot(bytes, { ...like.running, best: like.best });
      const { best, ...running } = tree;
      checkSetup(name, (facts as Facts).setup, like.facts.setup);
      return { running, best, facts: facts as Facts };
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      reasons.push(`${name}: ${error.message}`);
      emit({ type: 'corrupt-checkpoint', name, reason: error.message });
    }
  }
  if (reasons.length > 0) {
    throw new CheckpointError(
      `no checkpoint is sound, so the run cannot be resumed; remove them or set resume: false to begin anew\n${reasons.join('\n')}`,
    );
  }
  return undefined;
}

function checkSetup(name: string, before: Setup, now: Setup): void {
  for (const field of Object.keys(now) as (keyof Setup)[]) {
    const [was, is] = [JSON.stringify(before[field]), JSON.stringify(now[field])];
    if (was !== is) {
      throw new CheckpointError(
        `${name} belongs to another run: its ${field} is ${was}, this run's is ${is}; use another folder or set resume: false`,
      );
    }
  }
}
