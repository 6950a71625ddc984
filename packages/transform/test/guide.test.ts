import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));
mkdirSync(join(root, 'out'), { recursive: true });
const folder = mkdtempSync(join(root, 'out', 'guide-'));
afterAll(() => rmSync(folder, { recursive: true }));

const guide = readFileSync(join(root, 'docs', 'plain-typescript.md'), 'utf8');
const programs = [...guide.matchAll(/```ts run\n([\s\S]*?)```\n\n```text\n([\s\S]*?)```/g)];

describe('the programs of docs/plain-typescript.md print what stands below them', () => {
  it.each(programs.map(([, source, printed], i) => [i + 1, source as string, printed as string] as const))(
    'program %d',
    (i, source, printed) => {
      const file = join(folder, `program-${i}.ts`);
      writeFileSync(file, source);
      const { stdout, stderr } = spawnSync(process.execPath, ['--import', 'downhill-transform/register', file], {
        cwd: root,
        encoding: 'utf8',
      });
      expect(stderr).toBe('');
      expect(stdout).toBe(printed);
    },
  );

  it('are all there', () => {
    expect(programs.length).toBe(guide.split('```ts run').length - 1);
    expect(programs.length).toBeGreaterThanOrEqual(5);
  });
});
