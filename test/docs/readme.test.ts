import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const blocks = (language: string): string[] =>
  [...readme.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map((m) => m[1] as string);

/** Inside the repository, so that `downhill` resolves as it does for a user. */
const folder = mkdtempSync(join(root, 'out', 'readme-'));
afterAll(() => rmSync(folder, { recursive: true }));

const run = (args: readonly string[]): { stdout: string; stderr: string; status: number | null } =>
  spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });

describe('the README', () => {
  it.each(blocks('console').map((b) => [b.split('\n')[0] as string, b] as const))('%s', (_line, block) => {
    const [command, ...expected] = block.trimEnd().split('\n') as [string, ...string[]];
    const words = [...command.replace('$ npx downhill ', '').matchAll(/"([^"]*)"|(\S+)/g)].map(
      (m) => m[1] ?? (m[2] as string),
    );
    const { stdout, stderr, status } = run(['packages/cli/bin/downhill.js', ...words]);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    if (expected.length > 0) expect(stdout.trimEnd()).toBe(expected.join('\n'));
  });

  it.each(blocks('ts').map((b, i) => [`example ${i + 1}`, b] as const))(
    '%s prints what its comments say',
    (_name, block) => {
      const file = join(folder, 'example.ts');
      writeFileSync(file, block);
      const { stdout, stderr, status } = run(['--import', 'downhill-transform/register', file]);
      expect(stderr).toBe('');
      expect(status).toBe(0);
      const printed = stdout.replace(/\n\s+/g, ' ');
      const promised = [...block.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map((m) => m[1] as string);
      expect(promised.length).toBeGreaterThan(0);
      // a comment that is not a value describes what is printed
      for (const value of promised.filter((p) => /^[-\d[t]/.test(p)))
        expect(printed.replace(/\s+/g, ' ')).toContain(value.replace(/\s+/g, ' '));
    },
  );

  it('names only files that exist', () => {
    const links = [...readme.matchAll(/\]\(([^)]+)\)/g)]
      .map((m) => m[1] as string)
      .filter((l) => !l.startsWith('http'));
    for (const link of links) expect(() => readFileSync(join(root, link)), link).not.toThrow();
  });
});
