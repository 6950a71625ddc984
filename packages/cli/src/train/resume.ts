import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { InputError } from '../errors.ts';
import { fileName } from '../input/quote.ts';
import { checkpointSteps, filesOf } from './files.ts';
import { flagOf, quoteArgument, storageOptions, type TrainCommandOptions } from './options.ts';
import { loadRun, type RunRecord } from './store.ts';

/** What a run that goes on begins with. */
export interface Resumed {
  record: RunRecord;
  path: string;
  /** The options it began with, with more epochs if they were asked for. */
  options: TrainCommandOptions;
}

export const resumeCommand = (directory: string): string => `downhill train --resume ${quoteArgument(directory)}`;

/**
 * Finds the run of a directory and checks that what was typed agrees with it: a run that goes on keeps its data and its
 * options, and only its length may change.
 */
export async function findRun(
  directory: string,
  path: string | undefined,
  typed: TrainCommandOptions,
): Promise<Resumed> {
  if (directory.trim() === '') throw new InputError('bad-directory', '--resume names no directory');
  const record = await loadRun(directory);
  if (record === undefined) {
    throw new InputError('no-run', `there is no run to go on with in ${JSON.stringify(directory)} (no run.json)`);
  }
  if (path !== undefined && path !== '-' && resolve(path) !== record.data) {
    throw new InputError(
      'resume-mismatch',
      `the run in ${JSON.stringify(directory)} has its data from ${JSON.stringify(record.data)}, not from ${fileName(path)}`,
    );
  }
  if (path === undefined && record.data === '-') {
    throw new InputError(
      'resume-mismatch',
      `the run in ${JSON.stringify(directory)} had its data from standard input; give them again, as in ${resumeCommand(directory)} - < FILE`,
    );
  }
  if (typed.out !== undefined && resolve(typed.out) !== resolve(directory)) {
    throw new InputError('conflicting-options', '--out cannot move a run that --resume goes on with');
  }
  const free: readonly string[] = [...storageOptions, 'epochs', 'steps', 'json'];
  const before = record.options as Record<string, unknown>;
  for (const [name, value] of Object.entries(typed)) {
    if (free.includes(name) || value === before[name]) continue;
    const was = before[name] === undefined ? 'not given' : String(before[name]);
    throw new InputError(
      'resume-mismatch',
      `${flagOf(name)} is ${String(value)} here but was ${was} when the run in ${JSON.stringify(directory)} began; a run that goes on keeps its options, only --epochs may change`,
    );
  }
  const { epochs, steps, plot, checkpoint } = typed;
  const length = epochs === undefined && steps === undefined ? {} : { epochs: undefined, steps: undefined };
  const options = {
    ...record.options,
    ...length,
    ...(epochs === undefined ? {} : { epochs }),
    ...(steps === undefined ? {} : { steps }),
    ...(checkpoint === undefined ? {} : { checkpoint }),
    ...(plot === undefined ? {} : { plot }),
  };
  return { record, path: path ?? record.data, options: withoutAbsent(options) };
}

function withoutAbsent(options: Record<string, unknown>): TrainCommandOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

/** Makes room for a new run; one that was interrupted there is not thrown away unless that is asked for. */
export async function clearForNewRun(directory: string, overwrite: boolean): Promise<void> {
  const steps = await checkpointSteps(directory);
  if (!overwrite) {
    const record = await loadRun(directory).catch(() => undefined);
    const last = steps.at(-1) ?? 0;
    if (record?.status === 'running' && last > 0) {
      throw new InputError(
        'unfinished-run',
        `${JSON.stringify(directory)} holds a run that was interrupted, saved after step ${last}; go on with it by ` +
          `${resumeCommand(directory)}, choose another --out, or give it up with --overwrite`,
      );
    }
  }
  const { checkpoints } = filesOf(directory);
  for (const step of steps) {
    await rm(join(checkpoints, `step-${String(step).padStart(9, '0')}.safetensors`), { force: true });
  }
}
