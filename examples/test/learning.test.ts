import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Runs an example by the command behind `npm run example`. */
async function run(...args: readonly string[]): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    ['--import', 'downhill-transform/register', 'examples/run.ts', ...args],
    { cwd: root },
  );
  expect(stderr).toBe('');
  return stdout;
}

const number = (pattern: RegExp, text: string): number => Number(pattern.exec(text)?.[1]);

// Fewer epochs than the examples' own, whose figures stand in docs/nn.md.
describe('examples of learning', () => {
  it('digits-mlp reaches 97 % of the digits held out, and shows its parameters', async () => {
    const output = await run('digits-mlp', '12');
    expect(number(/test accuracy: (\S+)/, output)).toBeGreaterThanOrEqual(0.97);
    expect(output).toContain('[2].weight  [64, 128]  float32   8,192');
  });

  it('digits-cnn reaches 98.5 % when others are held out', async () => {
    expect(number(/test accuracy: (\S+)/, await run('digits-cnn', '12', '1'))).toBeGreaterThanOrEqual(0.985);
  });

  it('vanishing-gradients shows sigmoids vanish, unit weights explode under tanh, and Xavier and He keep the size', async () => {
    const rows = (await run('vanishing-gradients', '12'))
      .trimEnd()
      .split('\n')
      .map((line) => line.slice(20).trim().split(/\s+/));
    const [small, unit, xavier, he] = rows.slice(1).map((cells) => cells.map(Number)) as number[][];
    expect(small?.[0]).toBeLessThan(1e-15);
    expect(xavier?.[0]).toBeLessThan(1e-5);
    expect(unit?.[2]).toBeGreaterThan(100);
    for (const value of [xavier?.[2], he?.[4]]) {
      expect(value).toBeGreaterThan(0.2);
      expect(value).toBeLessThan(5);
    }
  });

  it('long-memory: the LSTM remembers over 20 steps', async () => {
    const output = await run('long-memory', '20', '10');
    expect(number(/lstm: right (\S+)/, output)).toBeGreaterThan(0.85);
    expect(output).toMatch(/^rnn: right 0\.\d+ of the time after 20 steps/m);
  });

  it('character-transformer is below the bigram table after one epoch, and writes', async () => {
    const output = await run('character-transformer', '1');
    const table = number(/bigram table: (\S+)/, output);
    expect(table).toBeGreaterThan(2);
    const reached = number(/held-out loss a letter: (\d\.\d+)/, output);
    expect(reached).toBeLessThan(table);
    // untrained, every one of some sixty letters is as likely; the mean over the epoch lies between
    const [, during, after] = /^epoch 1: loss (\S+), held-out (\S+),/m.exec(output) ?? [];
    expect(Number(during)).toBeLessThan(Math.log(60));
    expect(Number(during)).toBeGreaterThan(Number(after));
    expect(Number(after)).toBe(reached);
    expect(output.split('|\n')[1]?.length).toBe(201);
  });
});
