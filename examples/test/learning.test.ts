import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Runs an example at a small size, by the command behind `npm run example`. */
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

describe('examples of learning, at a small size', { timeout: 120_000 }, () => {
  it('digits-mlp reaches 95 % in ten epochs', async () => {
    const output = await run('digits-mlp', '10');
    expect(number(/test accuracy: (\S+)/, output)).toBeGreaterThan(0.95);
    expect(output).toContain('[2].weight  [64, 128]  float32   8,192');
  });

  it('digits-cnn reaches 90 % in two epochs', async () => {
    expect(number(/test accuracy: (\S+)/, await run('digits-cnn', '2'))).toBeGreaterThan(0.9);
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

  it('character-transformer learns on a short text and writes', async () => {
    const output = await run('character-transformer', '2', '4000');
    const losses = [...output.matchAll(/loss (\S+), held-out/g)].map((match) => Number(match[1]));
    expect(losses.length).toBe(2);
    expect(losses[1]).toBeLessThan(losses[0] as number);
    expect(output).toMatch(/held-out loss a letter: \d\.\d+; bigram table: \d\.\d+/);
    expect(output.split('|\n')[1]?.length).toBe(201);
  });
});
