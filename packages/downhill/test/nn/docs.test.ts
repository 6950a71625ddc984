import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import * as nn from '../../src/nn/index.ts';

const root = fileURLToPath(new URL('../../../..', import.meta.url));
const page = readFileSync(join(root, 'docs/nn.md'), 'utf8');
const blocks = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map((m) => m[1] as string);

mkdirSync(join(root, 'out'), { recursive: true });
/** Inside the repository, so that `downhill` resolves as it does for a user. */
const folder = mkdtempSync(join(root, 'out', 'nn-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('docs/nn.md', () => {
  it('has a program that runs and prints what it should', () => {
    expect(blocks.length).toBe(1);
    const file = join(folder, 'program.mjs');
    writeFileSync(file, blocks[0] as string);
    const { stdout, stderr } = spawnSync(process.execPath, [file], { encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(stdout).toContain('[0].weight  [16, 3]  float32     48');
    expect(stdout).toContain('completed 240 true\ntrue\n');
  });

  it('names only what there is', () => {
    const warnings = [...page.matchAll(/^\| `([a-z]+-[a-z-]+)` \| (?:three|it is|more|after|likewise)/gm)].map(
      (m) => m[1],
    );
    expect(warnings.length).toBe(5);
    for (const [, list] of page.matchAll(/^\| ((?:`\w+`(?:, )?)+) \| (?:\[|any)/gm)) {
      for (const [, name] of (list as string).matchAll(/`(\w+)`/g)) expect(nn, name).toHaveProperty(name as string);
    }
  });
});
