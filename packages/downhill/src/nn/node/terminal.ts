import { checkOptions } from '../../tensor/option-names.ts';
import { type TrainOptions, type TrainResult, train } from '../train/train.ts';
import { fileStorage } from './files.ts';
import { interruptSignal } from './interrupt.ts';
import { type ProgressStream, terminalProgress } from './progress.ts';

export interface TerminalTrainOptions<P, S, O> extends Omit<TrainOptions<P, S, O>, 'checkpoints' | 'signal'> {
  /** Folder of the checkpoints, where an interrupted run is saved and from which it goes on. Default none. */
  readonly folder?: string;
  /** Steps between checkpoints. Default: one every ten seconds, and whenever the run ends. */
  readonly checkpointEvery?: number;
  /** False to begin anew although there are checkpoints. */
  readonly resume?: boolean;
  /** The command that goes on with the run, for the sentence after Ctrl-C. Default: to run the same program again. */
  readonly command?: string;
  /** Where bar and sentences go. Default `process.stderr`. */
  readonly stream?: ProgressStream;
}

/**
 * `train` in a terminal: a progress bar on standard error, checkpoints in a folder, and Ctrl-C (or SIGTERM) ends the run
 * after the step it is in, saved, with a sentence that says how to go on. `process.exitCode` is then 130 (143).
 * @throws as `train`.
 */
export async function trainInTerminal<P, S, O>(options: TerminalTrainOptions<P, S, O>): Promise<TrainResult<P, S, O>> {
  checkOptions('trainInTerminal', options, {
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
    onEvent: 1,
    folder: 1,
    checkpointEvery: 1,
    resume: 1,
    command: 1,
    stream: 1,
  });
  const { folder, checkpointEvery, resume = true, command, stream = process.stderr, onEvent, ...rest } = options;
  const interrupt = interruptSignal();
  const show = terminalProgress({ stream });
  try {
    const result = await train({
      ...rest,
      signal: interrupt,
      ...(folder === undefined
        ? {}
        : {
            checkpoints: {
              storage: fileStorage(folder),
              resume,
              ...(checkpointEvery === undefined ? { seconds: 10 } : { every: checkpointEvery }),
            },
          }),
      onEvent: (event) => {
        show(event);
        onEvent?.(event);
      },
    });
    if (interrupt.cause && result.verdict.reason === 'interrupted') {
      process.exitCode = interrupt.cause.code;
      stream.write(`${afterInterrupt(result, folder, command)}\n`);
    }
    return result;
  } finally {
    show({ type: 'end', reason: 'interrupted', text: '' });
    interrupt.release();
  }
}

function afterInterrupt(
  { steps, checkpointFailure }: { steps: number; checkpointFailure: string | undefined },
  folder: string | undefined,
  command: string | undefined,
): string {
  if (folder === undefined) return `interrupted after step ${steps}; nothing was saved, because no folder was given`;
  const how = command === undefined ? 'run the same program again' : command;
  if (checkpointFailure === undefined)
    return `interrupted after step ${steps} and saved in ${folder}; to go on: ${how}`;
  return `interrupted after step ${steps}, which could not be saved (${checkpointFailure}); to go on from the checkpoint before it: ${how}`;
}
