import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const page = readFileSync(join(root, 'docs/coverage.md'), 'utf8');
const rows = page.split('\n').filter((line) => line.startsWith('| ✓'));

describe('the coverage page', () => {
  it('names only files that exist', () => {
    const paths = [...page.matchAll(/`((?:packages|examples|test)\/[^`]+)`/g)].map((m) => m[1] as string);
    expect(paths.length).toBeGreaterThan(5);
    for (const path of paths) expect(existsSync(join(root, path)), path).toBe(true);
  });

  it('names only examples, commands and numbers that a test has', () => {
    const read = (path: string): string => readFileSync(join(root, path), 'utf8');
    const tests = {
      examples: read('examples/test/examples.test.ts'),
      commands: read('packages/cli/test/calculus-commands.test.ts'),
      learning: read('packages/cli/test/learning-commands.test.ts'),
      checklist: read('packages/downhill/test/checklist.test.ts'),
    };
    const covered = read('packages/downhill/test/seed-numbers.test.ts');
    for (const row of rows) {
      const [, point, , proof] = row.split('|') as [string, string, string, string];
      for (const [, name] of proof.matchAll(/examples `([\w-]+)`/g))
        expect(tests.examples, row).toContain(name as string);
      for (const [, name] of proof.matchAll(/commands `(\w+)/g)) expect(tests.commands, row).toContain(name as string);
      for (const [name] of proof.matchAll(/N\d\.\d+/g))
        expect(covered, row).toMatch(new RegExp(`'${name}': \\{[^}]*by:`));
      if (proof.includes('checklist')) {
        const named = [...point.matchAll(/S\d\.\d+/g)].map((m) => m[0]);
        expect(
          named.some((id) => tests.checklist.includes(id)),
          row,
        ).toBe(true);
      }
    }
  });

  it('lists each point once', () => {
    const points = rows.flatMap((row) => [...(row.split('|')[1] as string).matchAll(/S\d\.\d+/g)].map((m) => m[0]));
    expect(new Set(points).size).toBe(points.length);
  });
});
