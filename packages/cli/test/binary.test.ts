// Each command through the real binary: it says and ends as the same command does in the process of the other tests.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { binary, build, downhill } from './command.ts';
import { command } from './in-process.ts';

let folder = '';
beforeAll(async () => {
  await build();
  folder = await mkdtemp(join(tmpdir(), 'downhill-binary-'));
  await writeFile(join(folder, 'scores.csv'), 'score,label\n0.1,0\n0.9,1\n0.4,0\n0.35,1\n');
  await writeFile(join(folder, 'page.md'), '```ts\nconsole.log(1 + 1); // 2\n```\n');
  const rows = Array.from({ length: 40 }, (_, i) => `${i},${(i * 7) % 5},${3 * i + ((i * 7) % 5)}`);
  await writeFile(join(folder, 'line.csv'), `a,b,y\n${rows.join('\n')}\n`);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the binary', () => {
  it.each<[string, number, string]>([
    ['derive|x^2*y|--at|x=1,y=2|--order|2', 0, ''],
    ['explain|(2x+1)^2|--at|x=3', 0, ''],
    ['taylor|sin(x)|--around|x=0|--order|5', 0, ''],
    ['diagnose|sin(3x)|--claim|x=cos(3x)|--at|x=0.4|--json', 0, ''],
    ['integrate|1/x|--over|x=0:1', 1, ''],
    ["ode|y'=-y|--from|y=1|--over|t=0:1", 0, ''],
    ['descend|(w-3)^2|--from|w=0|--lr|1.1|--steps|60', 1, ''],
    ['minimize|-|--from|x=2', 0, 'x^2 + 1\n'],
    ['stability|x^2|--at|x=1|--json', 0, ''],
    ['convexity|log(x)|--on|x=-1:2', 1, ''],
    ['critical|x^3-3x|--on|x=-2:2', 0, ''],
    ['roc|FOLDER/scores.csv|--score|score|--label|label', 0, ''],
    ['train|FOLDER/line.csv|--target|y|--steps|5|--out|FOLDER/model|--overwrite|--json', 0, ''],
    ['predict|FOLDER/model|FOLDER/line.csv|--json', 0, ''],
    ['check|FOLDER/page.md', 0, ''],
    ['lab|--port|none|--json', 2, ''],
    ['--help', 0, ''],
    ['', 0, ''],
    ['destroy|--json', 2, ''],
  ])('%s', async (line, code, input) => {
    const args = line === '' ? [] : line.replaceAll('FOLDER', folder).split('|');
    const real = await downhill(args, { input });
    expect(real.code, real.stderr).toBe(code);
    expect(code === 2 ? real.stderr : real.stdout).not.toBe('');
    expect(real).toEqual(await command(args, { input }));
  });

  it('ends quietly when its reader goes away', async () => {
    const args = ['descend', 'x^2', '--from', 'x=1', '--lr', '0.001', '--steps', '1500', '--json'];
    const child = spawn(process.execPath, [binary, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let stderr = '';
    child.stderr.on('data', (text: Buffer) => {
      stderr += text;
    });
    child.stdout.once('data', () => child.stdout.destroy());
    const [code] = await once(child, 'close');
    expect([code, stderr]).toEqual([0, '']);
  });
});
