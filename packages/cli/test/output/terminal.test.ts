import { describe, expect, it } from 'vitest';
import { startProgress } from '../../src/output/progress.ts';
import { wrapText } from '../../src/output/wrap.ts';
import { plainStyle, type Terminal, wantsColour } from '../../src/terminal.ts';

function terminal(errIsTty: boolean): Terminal & { written: string } {
  return {
    written: '',
    out() {},
    err(text) {
      this.written += text;
    },
    outIsTty: false,
    errIsTty,
    width: 80,
    style: plainStyle,
  };
}

/** Waits in a busy loop, as the work that a bar is for would. */
function work(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

describe('startProgress', () => {
  it('draws nothing where there is no terminal to draw on', () => {
    const file = terminal(false);
    const progress = startProgress(file, 'training', 10);
    work(100);
    progress.update(5);
    progress.end();
    expect(file.written).toBe('');
  });

  it('draws nothing for work that is over at once', () => {
    const screen = terminal(true);
    const progress = startProgress(screen, 'training', 10);
    progress.update(10);
    progress.end();
    expect(screen.written).toBe('');
  });

  it('shows share and note within the width, and takes itself away', () => {
    const screen = terminal(true);
    const progress = startProgress(screen, 'training', 10);
    work(100);
    progress.update(5, 'loss 0.1');
    const bar = screen.written.split('\u001b[2K').at(-1) ?? '';
    expect(bar).toMatch(/^training █+░+ +50% {2}loss 0\.1$/);
    expect(bar.length).toBeLessThan(80);
    progress.end();
    expect(screen.written.endsWith('\u001b[2K\u001b[?25h')).toBe(true);
  });

  it('takes Ctrl-C while it is shown, unless the work itself does', () => {
    const handlers = () => process.listenerCount('SIGINT');
    const before = handlers();
    for (const [signals, more] of [
      [true, 1],
      [false, 0],
    ] as const) {
      const progress = startProgress(terminal(true), 'training', 10, { signals });
      work(100);
      progress.update(5);
      expect(handlers()).toBe(before + more);
      progress.end();
      expect(handlers()).toBe(before);
    }
  });
});

describe('wantsColour', () => {
  it.each([
    [true, {}, true],
    [false, {}, false],
    [true, { NO_COLOR: '1' }, false],
    [true, { NO_COLOR: '' }, true],
    [true, { TERM: 'dumb' }, false],
  ])('on a terminal %s with %j is %s', (isTty, env, wanted) => {
    expect(wantsColour(isTty, env)).toBe(wanted);
  });
});

describe('wrapText', () => {
  it('breaks at spaces and leaves long words whole', () => {
    expect(wrapText('one two three', 8)).toBe('one two\nthree');
    expect(wrapText('a verylongword b', 6)).toBe('a\nverylongword\nb');
    expect(wrapText('kept\nlines', 80)).toBe('kept\nlines');
  });
});
