import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { random, type Tensor } from '../../src/index.ts';
import * as nn from '../../src/nn/index.ts';
import { interruptSignal, terminalProgress } from '../../src/nn/node/index.ts';
import { sgd } from '../../src/optimize/index.ts';

const script = fileURLToPath(new URL('terminal-run.mjs', import.meta.url));
const root = mkdtempSync(join(tmpdir(), 'downhill-terminal-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

interface Run {
  readonly code: number | null;
  readonly signal: string | null;
  readonly steps: number;
  readonly end: string | undefined;
  readonly errors: string;
}

function run(
  folder: string,
  interruptAfter = Number.POSITIVE_INFINITY,
  signal: NodeJS.Signals = 'SIGINT',
): Promise<Run> {
  return new Promise((resolve, reject) => {
    const pause = Number.isFinite(interruptAfter) ? '5' : '0';
    const child = spawn(process.execPath, [script, folder, pause], { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let errors = '';
    let pressed = false;
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors += text;
    });
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (pressed || (output.match(/^step /gm)?.length ?? 0) < interruptAfter) return;
      pressed = true;
      child.kill(signal);
    });
    child.on('error', reject);
    child.on('close', (code, ended) => {
      const steps = output.match(/^step /gm)?.length ?? 0;
      resolve({ code, signal: ended, steps, end: /^end (.*)$/m.exec(output)?.[1], errors });
    });
  });
}

describe('a run in a terminal', () => {
  it('saves after Ctrl-C, says how to go on, and ends with the bits of one never interrupted', async () => {
    const whole = await run(join(root, 'whole'));
    expect(whole.end).toMatch(/^completed /);
    expect([whole.code, whole.steps, whole.errors]).toEqual([0, 200, '']);
    const folder = join(root, 'interrupted');
    let taken = 0;
    for (const [after, signal, code] of [
      [7, 'SIGINT', 130],
      [31, 'SIGTERM', 143],
      [2, 'SIGINT', 130],
    ] as const) {
      const part = await run(folder, after, signal);
      taken += part.steps;
      expect(part.code).toBe(code);
      expect(part.end).toMatch(/^interrupted /);
      expect(part.errors).toContain(
        `interrupted after step ${taken} and saved in ${folder}; to go on: run the same program again\n`,
      );
    }
    const last = await run(folder);
    expect(last.errors).toBe(`going on from the checkpoint after step ${taken}\n`);
    expect(last.steps).toBe(200 - taken);
    expect(last.end).toBe(whole.end);
  }, 60_000);
});

describe('interruptSignal', () => {
  it('takes one signal and gives the process back its own', () => {
    const before = process.listenerCount('SIGINT');
    const interrupt = interruptSignal();
    expect(process.listenerCount('SIGINT')).toBe(before + 1);
    expect(interrupt.aborted).toBe(false);
    process.emit('SIGINT');
    expect(interrupt.cause).toEqual({ name: 'SIGINT', code: 130 });
    expect(interrupt.aborted).toBe(true);
    expect(process.listenerCount('SIGINT')).toBe(before);
    interrupt.release();
  });
});

describe('terminalProgress', () => {
  const show = (isTTY: boolean): { text: () => string; listen: (event: nn.TrainingEvent) => void } => {
    let text = '';
    const stream = { isTTY, columns: 70, write: (more: string) => (text += more) };
    return { text: () => text, listen: terminalProgress({ stream, interval: 0 }) };
  };
  const inputs = random.normal(random.key(1), [20, 3]);
  const targets = random.normal(random.key(2), [20, 1]);
  const loss = (p: Tensor, y: Tensor): Tensor => nn.mse(p, y);
  const settings = {
    model: nn.linear(3, 1, { dtype: 'float64' }),
    loss,
    data: { inputs, targets },
    batchSize: 5,
    key: 0,
  };

  it('draws a bar that fits the terminal and takes it away', async () => {
    const { text, listen } = show(true);
    const before = process.listenerCount('exit');
    await nn.train({ ...settings, optimizer: sgd(0.1), epochs: 3, onEvent: listen });
    const frames = text().split('\r\u001b[2K').slice(1);
    expect(frames).toHaveLength(13);
    expect(frames[5]).toMatch(/^epoch 2\/3 █+░+ {2}50% {2}loss \d\.\d+ {2}\d+ s left$/);
    for (const frame of frames) expect(frame.replace('\u001b[?25h', '').length).toBeLessThan(70);
    expect(text().startsWith('\u001b[?25l')).toBe(true);
    expect(frames.at(-1)).toBe('\u001b[?25h');
    expect(process.listenerCount('exit')).toBe(before);
  });

  it('keeps warnings and faults as lines, and writes nothing else without a terminal', async () => {
    const { text, listen } = show(false);
    const storage = nn.memoryStorage();
    let writes = 0;
    const write = async (name: string, bytes: Uint8Array) => {
      if (++writes === 2) throw new nn.CheckpointError('no space left on device');
      await storage.write(name, bytes);
    };
    const wild = { ...settings, optimizer: sgd(3), statisticsEvery: 1, onEvent: listen };
    await nn.train({ ...wild, epochs: 3, checkpoints: { storage: { ...storage, write } } });
    const lines = text().trimEnd().split('\n');
    expect(lines).toContainEqual(expect.stringMatching(/^step 5: .*the learning rate is beyond stability; lower it$/));
    expect(lines).toContain('no checkpoint after step 4: no space left on device');
    expect(text()).not.toContain('\u001b');
  });
});
