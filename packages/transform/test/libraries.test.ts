import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import * as acorn from 'acorn';
import { transform } from 'downhill-transform';
import MagicString from 'magic-string';
import { afterAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));
mkdirSync(join(root, 'out'), { recursive: true });
const folder = mkdtempSync(join(root, 'out', 'libraries-'));
afterAll(() => rmSync(folder, { recursive: true }));

const resolve = (file: string): string => createRequire(import.meta.url).resolve(file);
const acornFile = join(dirname(resolve('acorn')), 'acorn.mjs');
const magicFile = join(dirname(resolve('magic-string')), 'magic-string.es.mjs');

/** A library as it would be with "use math" at its top. */
async function marked(name: string, file: string): Promise<Record<string, unknown>> {
  const out = transform(`"use math";${readFileSync(file, 'utf8')}`, { file });
  const path = join(folder, `${name}.mjs`);
  if (!out) throw new Error(`${name} was not transformed`);
  writeFileSync(path, out.code.replace(/^\/\/# sourceMappingURL=.*$/m, ''));
  return (await import(/* @vite-ignore */ pathToFileURL(path).href)) as Record<string, unknown>;
}

describe('whole libraries do the same under "use math"', () => {
  it('a JavaScript parser, on its own source', async () => {
    const { parse } = (await marked('acorn', acornFile)) as unknown as typeof acorn;
    const source = readFileSync(acornFile, 'utf8');
    const options = { ecmaVersion: 'latest', sourceType: 'module', locations: true } as const;
    const show = (tree: unknown): string =>
      JSON.stringify(tree, (_key, value) => (typeof value === 'bigint' ? `${value}n` : value));
    expect(show(parse(source, options))).toBe(show(acorn.parse(source, options)));
    const error = (f: typeof acorn.parse): string => {
      try {
        f('let x = 1;\nx +* 2', options);
      } catch (thrown) {
        return String(thrown);
      }
      return 'no error';
    };
    expect(error(parse)).toBe(error(acorn.parse));
    expect(error(parse)).toMatch(/2:3/);
  });

  it('a string editor with source maps', async () => {
    const { default: Marked } = (await marked('magic-string', magicFile)) as { default: typeof MagicString };
    const edit = (Editor: typeof MagicString): string => {
      const text = new Editor('const answer = 6 * 7;\nprint(answer);\n');
      text.update(6, 12, 'result').appendLeft(20, ' + 0').prepend('// edited\n').remove(21, 22).indent();
      return text.toString() + text.generateMap({ hires: true, source: 'a.js' }).toString();
    };
    expect(edit(Marked)).toBe(edit(MagicString));
  });
});
