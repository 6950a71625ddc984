import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const page = readFileSync(join(root, 'docs/optimize.md'), 'utf8');
const blocks = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map((m) => m[1] as string);

mkdirSync(join(root, 'out'), { recursive: true });
/** Inside the repository, so that `downhill` resolves as it does for a user. */
const folder = mkdtempSync(join(root, 'out', 'optimize-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('docs/optimize.md', () => {
  it('has programs to run', () => expect(blocks.length).toBe(4));

  it.each(blocks.map((block, i) => [i + 1, block] as const))('program %i prints what its comment says', (i, block) => {
    const file = join(folder, `program-${i}.ts`);
    writeFileSync(file, block);
    const { stdout, stderr, status } = spawnSync(process.execPath, ['--import', 'downhill-transform/register', file], {
      cwd: root,
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    expect(status).toBe(0);
    const promised = [...block.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map((m) => m[1] as string);
    expect(promised.length).toBeGreaterThan(0);
    expect(stdout.trimEnd().split('\n')).toEqual(promised);
  });
});
