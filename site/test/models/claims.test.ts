import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { checkLessons, ledgerIds } from '../../.vitepress/guarded.ts';
import { guard, readClaims } from '../../models/claims.ts';

const folder = fileURLToPath(new URL('../../claims/', import.meta.url));
const claims = readdirSync(folder)
  .filter((name) => name.endsWith('.md'))
  .flatMap((name) => readClaims(readFileSync(folder + name, 'utf8'), `claims/${name.slice(0, -3)}`));

/** What the sources get wrong comes in so many groups, numbered from 1. */
const GROUPS = 46;

describe('the ledger', () => {
  test('corrects each group of mistaken statements', () => {
    const corrected = new Set(claims.flatMap(({ groups }) => groups));
    const missing = Array.from({ length: GROUPS }, (_, i) => i + 1).filter((group) => !corrected.has(group));
    expect(missing).toEqual([]);
    expect(Math.max(...corrected)).toBe(GROUPS);
  });

  test('has one entry for an id', () => expect(ledgerIds().size).toBe(claims.length));

  test.each([
    ['- Assumes: a\n- Decided by: run\n\nx', 'has no program that prints what decides it'],
    ['- Decided by: run\n\nx', 'says nothing of what it assumes'],
    ['- Assumes: a\n\nx', 'says not what decides it'],
    ['- Assumes: a\n- Decided by: hope\n\nx', 'is decided by "hope", which is none of'],
    ['- Assumes: a\n- Decided by: reading\n', 'has no statement'],
    ['- Assumes: a\n- Decided by: reading\n- Groups: one\n\nx', 'names groups that are no numbers'],
  ])('refuses an entry that is not complete: %j', (body, message) => {
    expect(() => readClaims(`## Title {#an-id}\n\n${body}`, 'page')).toThrow(`page: the claim "an-id" ${message}`);
  });

  test('reads an entry', () => {
    const text =
      '# Page\n\n## A title {#an-id}\n\n- Often read: x\n  goes on.\n- Assumes: a\n- Decided by: run\n- Groups: 1, 2\n\nThe\nstatement.\n\n```ts\nconsole.log(1); // 1\n```\n';
    expect(readClaims(text, 'p')).toEqual([
      {
        id: 'an-id',
        title: 'A title',
        page: 'p',
        heard: 'x goes on.',
        assumes: 'a',
        decision: 'run',
        groups: [1, 2],
        statement: 'The statement.',
        code: 'console.log(1); // 1\n',
      },
    ]);
  });
});

describe('guarded words', () => {
  const ids = new Set(['known']);
  test.each([
    ['It always falls.', [1]],
    ['a\n\nEvery step falls, guaranteed.', [3, 3]],
    ['<Fact id="known">Every step falls</Fact>.', []],
    ['<Fact id="unknown">Every step falls</Fact>.', [1]],
    ['<Fact id="known">It\nalways falls</Fact>, always.', [2]],
    ['Everything and everyone; `always` in code.\n\n```ts\n// every\n```', []],
    ['---\ntitle: every\n---\ntext', []],
    ['<Fact id="known">one\n\nalways</Fact>', [1]],
  ])('%j', (text, lines) => expect(guard(text, ids).map(({ line }) => line)).toEqual(lines));

  test('the lessons say no more than the ledger holds', () => expect(() => checkLessons()).not.toThrow());
});
