import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { fileStorage } from '../../src/nn/node/index.ts';

const script = fileURLToPath(new URL('training-run.mjs', import.meta.url));
const root = mkdtempSync(join(tmpdir(), 'downhill-killed-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** The file of each checkpoint is written after three of the twelve steps of an epoch. */
const epochs = 40;

interface Run {
  readonly killed: boolean;
  readonly steps: number;
  readonly end: string | undefined;
  readonly output: string;
}

/** Runs the script and kills it without warning after some steps of its own. */
function run(folder: string, killAfter = Number.POSITIVE_INFINITY): Promise<Run> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, folder, String(epochs)], { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if ((output.match(/^step /gm)?.length ?? 0) >= killAfter) child.kill('SIGKILL');
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (signal !== 'SIGKILL' && code !== 0) reject(new Error(`the run failed with code ${code}`));
      const steps = output.match(/^step /gm)?.length ?? 0;
      resolve({ killed: signal === 'SIGKILL', steps, end: /^end (\w+)$/m.exec(output)?.[1], output });
    });
  });
}

describe('a training run killed without warning', () => {
  it('ends with the same bits after twenty kills as one that ran through', async () => {
    const whole = await run(join(root, 'whole'));
    expect(whole.steps).toBe(epochs * 12);
    const folder = join(root, 'killed');
    let kills = 0;
    let last: Run | undefined;
    // The moments of the kills differ from one another, within a step and while a file is written alike.
    while (!last?.end) {
      last = await run(folder, kills < 20 ? 4 + ((kills * 7) % 11) : undefined);
      if (last.killed) kills++;
    }
    expect(kills).toBeGreaterThanOrEqual(20);
    expect(last.end).toBe(whole.end);
    expect(last.steps).toBeLessThan(epochs * 12);
  });

  it('goes on from the checkpoint before one that is damaged, to the same bits', async () => {
    const whole = await run(join(root, 'whole'));
    const folder = join(root, 'damaged');
    await run(folder, 40);
    const names = readdirSync(folder)
      .filter((name) => name.startsWith('step-'))
      .sort();
    expect(names.length).toBe(2);
    const newest = join(folder, names[1] as string);
    const bytes = readFileSync(newest);
    writeFileSync(newest, bytes.subarray(0, bytes.length - 10));
    const resumed = await run(folder);
    expect(resumed.output).toContain('the file is cut off');
    expect(resumed.end).toBe(whole.end);
  });

  it('says when a folder cannot be written', async () => {
    const file = join(root, 'a-file');
    writeFileSync(file, '');
    await expect(fileStorage(join(file, 'sub')).write('step-000000001.safetensors', new Uint8Array(1))).rejects.toThrow(
      /"step-000000001.safetensors" cannot be written in .*: /,
    );
    await expect(fileStorage('/proc/none/sub').write('step-000000001.safetensors', new Uint8Array(1))).rejects.toThrow(
      'cannot be written in /proc/none/sub',
    );
    await expect(fileStorage(join(root, 'none')).read('x')).rejects.toThrow('"x" cannot be read in');
    expect(await fileStorage(join(root, 'none')).list()).toEqual([]);
  });
});
