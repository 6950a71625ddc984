import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { agrees } from '../../packages/cli/dist/check/compare.js';

const guide = fileURLToPath(new URL('../../site/guide/', import.meta.url));
/** What the Python programs printed, by the hash of their text; made by run-python.py beside it. */
const recorded = JSON.parse(readFileSync(`${guide}fixtures/python-outputs.json`, 'utf8')) as Record<string, string[]>;

const programs = readdirSync(guide)
  .filter((name) => name.endsWith('.md'))
  .flatMap((name) =>
    [...readFileSync(guide + name, 'utf8').matchAll(/^```python\n([\s\S]*?)^```/gm)].map(
      ([, text], i) => [`${name}, program ${i + 1}`, text as string] as const,
    ),
  );

describe('Python programs of the guide', () => {
  it('are many', () => expect(programs.length).toBeGreaterThan(6));

  it.each(programs)('%s printed what its comments say', (_name, text) => {
    const printed = recorded[createHash('sha256').update(text).digest('hex')];
    expect(printed, 'this program was changed since its output was recorded').toBeDefined();
    const claimed = [...text.matchAll(/^\s*print\(.*\)\s+# (.*)$/gm)].map((match) => match[1] as string);
    expect(claimed.length).toBeGreaterThan(0);
    expect(printed).toHaveLength(claimed.length);
    claimed.forEach((claim, i) => {
      expect(agrees(claim, printed?.[i] as string), `${claim} against ${printed?.[i]}`).toBe(true);
    });
  });

  it('are all that is recorded', () => expect(Object.keys(recorded)).toHaveLength(programs.length));
});
