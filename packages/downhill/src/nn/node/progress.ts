import { checkOptions } from '../../tensor/option-names.ts';
import type { TrainingEvent } from '../train/events.ts';

/** What a progress bar needs of `process.stderr`. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export interface ProgressOptions {
  /** Default `process.stderr`. */
  readonly stream?: ProgressStream;
  /** Milliseconds between drawings. Default 80. */
  readonly interval?: number;
}

const clear = '\r\u001b[2K';
const hideCursor = '\u001b[?25l';
const showCursor = '\u001b[?25h';

/**
 * A listener for `onEvent` that shows a bar while a run goes: epoch, share done, loss, time left. Warnings, damaged
 * checkpoints and checkpoints that could not be written stay above it as lines. Without a terminal only those lines are
 * written.
 */
export function terminalProgress(options: ProgressOptions = {}): (event: TrainingEvent) => void {
  checkOptions('terminalProgress', options, { stream: 1, interval: 1 });
  const { stream = process.stderr, interval = 80 } = options;
  const isTerminal = stream.isTTY === true;
  const restore = (): void => void stream.write(showCursor);
  let total = 1;
  let stepsPerEpoch = 1;
  let epochs = 1;
  let begun = { step: 0, at: Date.now() };
  let next = 0;
  let shown = false;
  const remove = (): void => {
    if (!shown) return;
    shown = false;
    stream.write(clear + showCursor);
    process.removeListener('exit', restore);
  };
  const say = (line: string): void => void stream.write(`${shown ? clear : ''}${line}\n`);
  const draw = (step: number, loss: number): void => {
    const now = Date.now();
    if (!isTerminal || now < next) return;
    next = now + interval;
    if (!shown) {
      shown = true;
      process.once('exit', restore);
      stream.write(hideCursor);
    }
    const done = Math.min(1, step / total);
    const left = step > begun.step ? ((now - begun.at) / (step - begun.step)) * (total - step) : Number.NaN;
    const head = `epoch ${Math.min(epochs, Math.floor((step - 1) / stepsPerEpoch) + 1)}/${epochs} `;
    const tail = ` ${String(Math.floor(100 * done)).padStart(3)}%  loss ${loss.toPrecision(4)}${inWords(left)}`;
    const columns = Math.max(20, Math.min(100, stream.columns ?? 80)) - 1;
    const length = Math.max(4, Math.min(40, columns - head.length - tail.length));
    const filled = Math.round(done * length);
    stream.write(clear + `${head}${'█'.repeat(filled)}${'░'.repeat(length - filled)}${tail}`.slice(0, columns));
  };
  return (event) => {
    switch (event.type) {
      case 'start':
        ({ stepsPerEpoch, epochs } = event);
        total = stepsPerEpoch * epochs;
        begun = { step: 0, at: Date.now() };
        next = begun.at + interval;
        return;
      case 'resume':
        begun = { step: event.step, at: Date.now() };
        return say(`going on from the checkpoint after step ${event.step}`);
      case 'step':
        return draw(event.step, event.loss);
      case 'skip':
        return say(`step ${event.step} left out: loss ${event.loss}, norm of the gradient ${event.gradientNorm}`);
      case 'warning':
        return say(`step ${event.step}: ${event.message}`);
      case 'corrupt-checkpoint':
        return say(`${event.name} is passed over: ${event.reason}`);
      case 'checkpoint-failed':
        return say(`no checkpoint after step ${event.step}: ${event.reason}`);
      case 'end':
        return remove();
    }
  };
}

function inWords(milliseconds: number): string {
  if (!Number.isFinite(milliseconds)) return '';
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 60) return `  ${seconds} s left`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `  ${minutes} min left` : `  ${Math.floor(minutes / 60)} h ${minutes % 60} min left`;
}
