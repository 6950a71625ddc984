import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { build, downhill } from './command.ts';

beforeAll(build, 120_000);

const text = await readFile(new URL('../README.md', import.meta.url), 'utf8');
const sessions = [...text.matchAll(/```console\n\$ downhill (.*)\n([\s\S]*?)```/g)].map((match) => ({
  line: match[1] as string,
  output: match[2] as string,
}));

/** Words of a command line, with double quotes as the only quoting. */
const words = (line: string) => [...line.matchAll(/"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? (match[2] as string));

describe('the README of the command line', () => {
  it('has sessions to check', () => {
    expect(sessions.length).toBeGreaterThanOrEqual(3);
  });

  it.each(sessions)('prints what the command prints: $line', async ({ line, output }) => {
    const { stdout, code } = await downhill(words(line));
    expect(code).toBe(0);
    expect(stdout).toBe(output);
  });
});
