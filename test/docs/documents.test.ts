import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { checkLesson } from '../../packages/cli/dist/check/check.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const pagesOf = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter(
      (name) =>
        name.endsWith('.md') &&
        !name.includes('node_modules') &&
        !name.split(/[/\\]/).some((part) => part.startsWith('.')),
    )
    .map((name) => join(folder, name));

/** Everything of ours that a person reads: what it runs and claims is run and compared here. */
const documents = [
  'README.md',
  'CONTRIBUTING.md',
  'packages/cli/README.md',
  ...pagesOf('docs'),
  'site/glossary.md',
  ...pagesOf('site/lessons'),
  ...pagesOf('site/guide'),
  ...pagesOf('site/claims'),
  ...pagesOf('site/template'),
];

describe.each(documents)('%s', (name) => {
  const text = readFileSync(join(root, name), 'utf8');

  it('prints and claims what is so', async () => {
    const blocks = await checkLesson(join(root, name), text, 120);
    expect(blocks.filter(({ ok }) => !ok)).toEqual([]);
    if (name === 'README.md') expect(blocks.length).toBeGreaterThan(5);
  });

  it('links only to files that exist', () => {
    const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map((m) => m[1] as string);
    for (const link of links.filter((l) => !/^(https?:|#|mailto:)/.test(l))) {
      if (name.startsWith('site/')) continue; // the build of the Lab refuses dead links itself
      const path = join(root, name, '..', link.split('#')[0] as string);
      expect(() => readFileSync(path), link).not.toThrow();
    }
  });
});
