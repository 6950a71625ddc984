import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { binary, build, repository } from './command.ts';

const disturbed = new URL('disturbed.mjs', import.meta.url).href;

let folder = '';
beforeAll(async () => {
  await build();
  folder = await mkdtemp(join(tmpdir(), 'downhill-interrupted-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Run {
  code: number | null;
  signal: string | null;
  stdout: string;
  stderr: string;
}

/** Runs the real binary, disturbed at one of the files it writes; see disturbed.mjs. */
function run(
  args: readonly string[],
  { writes = '', signal }: { writes?: number | ''; signal?: string } = {},
): Promise<Run> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--import', disturbed, binary, ...args], {
      cwd: repository,
      env: {
        ...process.env,
        NO_COLOR: '1',
        DOWNHILL_TEST_WRITES: String(writes),
        ...(signal && { DOWNHILL_TEST_SIGNAL: signal }),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}

const iris = ['train', 'examples/data/iris.csv', '--target', 'species', '--model', 'mlp:32', '--batch', '4'];
const long = ['--epochs', '30', '--checkpoint', '50', '--lr', '0.001'];
const at = (name: string) => join(folder, name);
const bytesOf = async (name: string) => (await readFile(join(at(name), 'model.safetensors'))).toString('hex');
const lastStep = async (name: string): Promise<number> => {
  const names = await readdir(join(at(name), 'checkpoints')).catch(() => [] as string[]);
  return Math.max(0, ...names.map((file) => Number(/^step-(\d+)\.safetensors$/.exec(file)?.[1] ?? 0)));
};

describe('train, interrupted', () => {
  it('saves after Ctrl-C, says how to go on, survives being killed, and ends with the same bits', async () => {
    const whole = await run([...iris, ...long, '--out', at('whole')]);
    expect(whole.code).toBe(0);

    const out = at('stopped');
    // the record of the run, then the checkpoints of its start, of 50 steps and of 100; the signal comes during the last
    const pressed = await run([...iris, ...long, '--out', out], { signal: 'SIGINT:4' });
    expect(pressed.code).toBe(130);
    const said = /interrupted after step (\d+) of 840, saved; to go on: downhill (train --resume (\S+))\n/.exec(
      pressed.stderr,
    );
    expect(said?.[3]).toBe(out);
    const step = Number(said?.[1]);
    expect(step).toBeGreaterThanOrEqual(100);
    expect(step).toBeLessThan(840);
    expect(await lastStep('stopped')).toBe(step);

    const again = await run([...iris, ...long, '--out', out, '--json']);
    expect(again.code).toBe(2);
    expect(JSON.parse(again.stdout)).toMatchObject({ error: { code: 'unfinished-run' } });

    const command = String(said?.[2]).split(' ');
    // a run that goes on writes its record again first; what is half written counts for nothing
    for (const [writes, checkpoints] of [
      [2, 0],
      [4, 2],
    ] as const) {
      const before = await lastStep('stopped');
      const killed = await run(command, { signal: `SIGKILL:${writes}` });
      expect(killed.signal).toBe('SIGKILL');
      expect(Math.floor(((await lastStep('stopped')) - before) / 50)).toBe(checkpoints);
    }
    const asked = await run([...command, '--json'], { signal: 'SIGTERM:4' });
    expect(asked.code).toBe(143);
    const document = JSON.parse(asked.stdout) as Record<string, unknown>;
    expect(document).toMatchObject({ model: null, resume: `downhill train --resume ${out}` });
    expect(document.error).toMatchObject({ code: 'interrupted' });

    const last = await run(command);
    expect(last.code).toBe(0);
    expect(last.stderr).toMatch(/^downhill train: going on after step \d+\n/);
    expect(await bytesOf('stopped')).toBe(await bytesOf('whole'));
  });
});

describe('train, on a full disk', () => {
  const short = [...iris, '--epochs', '20', '--checkpoint', '100'];

  it('trains on, says that checkpoints are missing, and loses nothing but the file that does not fit', async () => {
    await run([...short, '--out', at('roomy')]);
    // the record of the run and two checkpoints fit, and nothing after them
    const out = at('full');
    const full = await run([...short, '--out', out], { writes: 3 });
    expect(full.code).toBe(2);
    expect(full.stderr).toContain('no checkpoint after step 200: ');
    expect(full.stderr).toContain('no space left on device');
    expect(full.stderr).toContain(
      `cannot write "${join(out, 'model.safetensors')}": the disk is full; the run itself is kept: when there is room, go on with downhill train --resume ${out}\n`,
    );
    expect((await readdir(out)).sort()).toEqual(['checkpoints', 'run.json']);
    expect(await lastStep('full')).toBe(100);
    const resumed = await run(['train', '--resume', out]);
    expect(resumed.code).toBe(0);
    expect(await bytesOf('full')).toBe(await bytesOf('roomy'));
  });

  it('leaves the model of the run before as it was when a new one cannot be written', async () => {
    const out = at('kept');
    await run([...short, '--out', out]);
    const before = await bytesOf('kept');
    // everything fits but the last file: the parameters without what describes them would be no model
    const full = await run([...short, '--key', '7', '--out', out], { writes: 9 });
    expect(full.code).toBe(2);
    expect(full.stderr).toContain('model.json": the disk is full');
    expect(await bytesOf('kept')).toBe(before);
    const predicted = await run(['predict', out, 'examples/data/iris.csv', '--json']);
    expect(predicted.code).toBe(0);
    const none = await run([...short, '--out', at('none')], { writes: 0 });
    expect(none.code).toBe(2);
    expect(none.stderr).toMatch(/^downhill train: cannot write ".*run.json": the disk is full\n$/);
  });
});
