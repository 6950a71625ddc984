/** What a reader's first visit to a lesson costs before its first figure works: script, compressed. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { built, site } from '../../scripts/serve.mjs';

await built();
const BUDGET = 200 * 1024;
const assets = join(site, 'assets');
const scripts = existsSync(assets)
  ? (readdirSync(assets, { recursive: true }) as string[])
      .map((f) => f.replaceAll('\\', '/'))
      .filter((f) => f.endsWith('.js'))
  : [];

/** The first figure of a lesson; that of the first lesson is part of the theme. */
const FIRST: Readonly<Record<string, string>> = {
  derivatives: 'theme',
  gradient: 'SurfaceFigure',
  'chain-rule': 'ChainFigure',
  descent: 'DescentFigure',
  adam: 'BallFigure',
};

/** A script with all that it imports before it can run; what it asks for later does not count. */
function needed(script: string, found = new Set<string>()): Set<string> {
  if (found.has(script)) return found;
  found.add(script);
  for (const [, path] of readFileSync(join(assets, script), 'utf8').matchAll(
    /(?:\bfrom|\bimport)\s*["'](\.[^"']+)["']/g,
  )) {
    needed(posix.join(posix.dirname(script), path as string), found);
  }
  return found;
}
const scriptOf = (pattern: RegExp): string => {
  const found = scripts.find((f) => pattern.test(f));
  if (found === undefined) throw new Error(`the built site has no script ${pattern}; build it first`);
  return found;
};

describe('scripts before the first figure', () => {
  test.each(Object.entries(FIRST))('%s', (lesson, figure) => {
    const all = new Set<string>();
    needed(scriptOf(/^app\./), all);
    needed(scriptOf(new RegExp(`^lessons_${lesson}\\.md\\..*\\.lean\\.js$`)), all);
    needed(scriptOf(new RegExp(`^chunks/${figure}\\.`)), all);
    // The engine is among them: nothing was missed.
    expect([...all].some((f) => f.startsWith('chunks/theme.'))).toBe(true);
    const bytes = [...all].reduce((total, f) => total + gzipSync(readFileSync(join(assets, f))).length, 0);
    expect(bytes).toBeGreaterThan(100_000);
    expect(bytes).toBeLessThanOrEqual(BUDGET);
  });

  test('three.js and the layout of graphs come only when asked for', () => {
    for (const [lesson, figure] of Object.entries(FIRST)) {
      const first = needed(scriptOf(new RegExp(`^chunks/${figure}\\.`)));
      expect(
        [...first].filter((f) => /Surface3D|dagre/.test(f)),
        lesson,
      ).toEqual([]);
    }
  });
});
