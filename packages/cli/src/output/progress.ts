import { restoreCursorOnExit, type Terminal } from '../terminal.ts';

export interface Progress {
  /** Reports `done` of the total, with a short note such as the loss; without one the last note stays. */
  update(done: number, note?: string): void;
  /** Removes the bar. */
  end(): void;
}

const silent: Progress = { update() {}, end() {} };
const redrawEveryMs = 80;

/**
 * A bar on stderr while long work runs. Nothing is drawn unless stderr is a terminal, nor for work that is over before
 * the first redraw. `signals: false` leaves Ctrl-C to the caller.
 */
export function startProgress(
  terminal: Terminal,
  label: string,
  total: number,
  { signals = true }: { signals?: boolean } = {},
): Progress {
  if (!terminal.errIsTty) return silent;
  const columns = terminal.width;
  let next = performance.now() + redrawEveryMs;
  let release: (() => void) | undefined;
  let note = '';
  return {
    update(done, latest = note) {
      note = latest;
      const now = performance.now();
      if (now < next) return;
      next = now + redrawEveryMs;
      if (release === undefined) {
        release = restoreCursorOnExit(signals);
        terminal.err('\u001b[?25l');
      }
      const share = Math.min(1, done / total);
      const percent = `${Math.floor(100 * share)}%`.padStart(4);
      const tail = note === '' ? percent : `${percent}  ${note}`;
      const length = Math.max(8, Math.min(40, columns - label.length - tail.length - 4));
      const filled = Math.round(share * length);
      const bar = '█'.repeat(filled) + '░'.repeat(length - filled);
      terminal.err(`\r\u001b[2K${`${label} ${bar} ${tail}`.slice(0, columns - 1)}`);
    },
    end() {
      if (release === undefined) return;
      release();
      release = undefined;
      terminal.err('\r\u001b[2K\u001b[?25h');
    },
  };
}
