import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { build, downhill } from './command.ts';
import { command } from './in-process.ts';

let folder = '';
beforeAll(async () => {
  await build();
  folder = await mkdtemp(join(tmpdir(), 'downhill-bad-'));
  const files: Record<string, string> = {
    'ragged.csv': 'x,y,label\n1,2,0\n3,4\n',
    'scores.csv': 'score,label\n0.1,0\n0.9,1\n',
    'one-class.csv': 'score,label\n0.1,1\n0.9,1\n',
    'text-score.csv': 'score,label\n0.1,0\nhigh,1\n',
    'missing.csv': 'x,y,label\n1,2,a\n3,,b\n5,6,a\n7,8,b\n9,1,a\n',
    'mostly-numbers.csv': 'age,label\n31,a\n44,b\ntwelve,a\n25,b\n60,a\n',
    'three-classes.csv': 'x,label\n1,a\n2,b\n3,c\n4,a\n',
    'duplicate.csv': 'x,x,label\n1,2,0\n',
    'empty.csv': '',
    'header.csv': 'x,label\n',
    'names.csv': `name,label\n${Array.from({ length: 40 }, (_, i) => `person ${i},${i % 2}`).join('\n')}\n`,
    'few.csv': 'x,label\n1,a\n2,b\n',
    'quote.csv': 'x,label\n1,"a\n',
    'weights.csv': 'score,label,w\n0.1,0,1\n0.9,1,-2\n',
    'text-target.csv': 'x,price\n1,cheap\n2,dear\n3,cheap\n4,fair\n',
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What is wrong, the command line, the error code, a part of the sentence, and the position if it has one. */
type Row = [string, string[], string, RegExp, unknown?];

const derive = (formula: string, at = 'x=1') => ['derive', formula, '--at', at];
const descend = (...args: string[]) => ['descend', '(w-3)^2', '--from', 'w=0', ...args];
const train = (file: string, target: string, ...args: string[]) => [
  'train',
  `FOLDER/${file}`,
  '--target',
  target,
  '--out',
  'FOLDER/out',
  ...args,
];
const roc = (file: string, score = 'score', label = 'label', ...args: string[]) => [
  'roc',
  `FOLDER/${file}`,
  '--score',
  score,
  '--label',
  label,
  ...args,
];

const table: Row[] = [
  ['an unbalanced formula', derive('(x+1'), 'unbalanced', /\(position 1\)/, 1],
  ['an unbalanced formula, the other way', derive('x+1)'), 'unbalanced', /\(position 4\)/, 4],
  ['an empty formula', derive(''), 'empty', /empty/],
  ['a formula of spaces', derive('   '), 'empty', /empty/],
  ['an unfinished formula', derive('3x^2 -'), 'stray-operator', /./],
  ['an unknown function, with the nearest known one', derive('sine(x)'), 'unknown-name', /sin/, 1],
  ['2,000 nested parentheses', derive(`${'('.repeat(2000)}x${')'.repeat(2000)}`), 'too-deep', /deep|nest/],
  ['__proto__', derive('__proto__'), 'unknown-name', /__proto__/],
  ['constructor', derive('constructor(x)'), 'unknown-name', /constructor/],
  ['x.constructor', derive('x.constructor'), 'unexpected-character', /\./, 2],
  ['alert(1)', derive('alert(1)'), 'unknown-name', /alert/],
  ['an assignment', derive('x = 3'), 'unexpected-character', /=/, 3],
  ['a string', derive('"x"'), 'unexpected-character', /text|string|quot/, 1],
  ['a value outside the domain', derive('1 + log(x)', 'x=-1'), 'domain', /log\(x\)/, 5],
  ['division by zero', derive('2 + 1/x', 'x=0'), 'domain', /1 ?\/ ?x/],
  ['no point', ['derive', 'x^2'], 'missing-point', /--at x=1/],
  ['a point without a variable', derive('x*y'), 'missing-point', /no value for y/],
  ['a point with an unknown variable', derive('x', 'x=1,z=2'), 'unknown-variable', /no variable z/, 5],
  ['text where a number belongs', derive('x', 'x=one'), 'bad-number', /"one"/, 3],
  ['a point without names', derive('x', '1'), 'bad-point', /x=1/, 1],
  ['an infinite point', derive('x', 'x=inf'), 'bad-number', /finite/, 3],
  ['an order that does not exist', [...derive('x'), '--order', '7'], 'out-of-range', /--order/],
  ['a variable to differentiate that does not exist', [...derive('x'), '--wrt', 'q'], 'unknown-variable', /q/],
  ['a picture of an unknown kind', [...derive('x'), '--plot', 'a.jpg'], 'bad-picture-name', /\.svg/],
  [
    'a picture where none can be written',
    [...derive('x'), '--plot', '/dev/null/a.svg'],
    'unwritable-file',
    /cannot write/,
  ],
  ['a range without a picture', [...derive('x'), '--range', 'x=0:1'], 'conflicting-options', /--plot/],
  [
    'a range of the wrong variable',
    [...derive('x'), '--range', 'y=0:1', '--plot', 'FOLDER/a.svg'],
    'unknown-variable',
    /x/,
  ],
  [
    'a picture along two variables',
    [...derive('x*y', 'x=1,y=2'), '--plot', 'FOLDER/a.svg'],
    'plot-needs-one-variable',
    /--wrt/,
  ],
  ['a learning rate of NaN', descend('--lr', 'NaN'), 'bad-number', /--lr/],
  ['a negative learning rate', descend('--lr', '-0.1'), 'out-of-range', /--lr/],
  ['a learning rate of zero', descend('--lr', '0'), 'out-of-range', /--lr/],
  ['a learning rate in words', descend('--lr', 'fast'), 'bad-number', /--lr/],
  ['no learning rate', descend(), 'missing-option', /--lr/],
  ['a trillion steps', descend('--lr', '0.1', '--steps', '1e12'), 'out-of-range', /--steps/],
  ['half a step', descend('--lr', '0.1', '--steps', '2.5'), 'out-of-range', /--steps/],
  ['an unknown method', descend('--lr', '0.1', '--method', 'magic'), 'unknown-choice', /adam/],
  ['a start outside the domain', ['descend', 'log(x)', '--from', 'x=-1', '--lr', '0.1'], 'domain', /log\(x\)/],
  ['no start', ['descend', 'x^2', '--lr', '0.1'], 'missing-point', /--from/],
  ['an explanation without a point', ['explain', 'x^2'], 'missing-point', /--at/],
  ['a ragged row', train('ragged.csv', 'label'), 'ragged-row', /line 3 has 2 cells/, { row: 2, line: 3 }],
  ['no target column', train('missing.csv', 'price'), 'missing-column', /price/],
  ['no target column, nearly', train('missing.csv', 'lable'), 'missing-column', /"label"/],
  [
    'a missing value',
    train('missing.csv', 'label'),
    'missing-value',
    /row 2 \(line 3\), column "y"/,
    { row: 2, line: 3, column: 'y' },
  ],
  [
    'text among numbers',
    train('mostly-numbers.csv', 'label'),
    'not-a-number',
    /row 3 \(line 4\), column "age": "twelve"/,
  ],
  ['too few rows a class', train('three-classes.csv', 'label'), 'too-many-classes', /3 different values/],
  ['a duplicate header', train('duplicate.csv', 'label'), 'duplicate-column', /"x" twice/],
  ['an empty file', train('empty.csv', 'label'), 'empty-table', /empty/],
  ['a header alone', train('header.csv', 'label'), 'empty-table', /no rows/],
  ['a column of names', train('names.csv', 'label'), 'too-many-categories', /--drop name/],
  ['too few rows', train('few.csv', 'label'), 'too-few-rows', /too few/],
  ['a quote never closed', train('quote.csv', 'label'), 'malformed-csv', /never closed/],
  ['a number wanted of text', train('text-target.csv', 'price', '--model', 'linear'), 'not-a-number', /"cheap"/],
  ['an unknown model', train('missing.csv', 'label', '--model', 'forest'), 'unknown-choice', /linear, logistic or mlp/],
  ['a test share of one', train('missing.csv', 'label', '--test', '1'), 'out-of-range', /--test/],
  ['no such file', train('none.csv', 'label'), 'no-such-file', /no file/],
  ['a directory', train('', 'label'), 'not-a-file', /directory/],
  ['one class in a ROC', roc('one-class.csv'), 'one-class', /both|two/],
  ['a score that is text', roc('text-score.csv'), 'not-a-number', /row 2 \(line 3\), column "score"/],
  ['no score column', roc('scores.csv', 'scroe'), 'missing-column', /"score"/],
  ['a negative weight', roc('weights.csv', 'score', 'label', '--weight', 'w'), 'bad-weight', /-2.*line 3/],
  [
    'a positive label that does not occur',
    roc('scores.csv', 'score', 'label', '--positive', 'yes'),
    'unknown-class',
    /"yes"/,
  ],
  ['an unknown command', ['destroy'], 'unknown-command', /destroy/],
  ['an unknown option', [...derive('x'), '--ordre', '2'], 'unknown-option', /--order/],
  ['no formula', ['derive', '--at', 'x=1'], 'missing-argument', /formula/],
  ['two formulas', ['derive', 'x', 'y', '--at', 'x=1'], 'too-many-arguments', /too many/],
];

describe('bad input', () => {
  it.each(table)('%s', async (_, args, code, sentence, position) => {
    const placed = args.map((arg) => arg.replace('FOLDER', folder));
    const result = await command([...placed, '--json']);
    expect(result.code, result.stderr).toBe(2);
    const [first = '', ...rest] = result.stderr.trimEnd().split('\n');
    expect(first).toMatch(/^downhill( \w+)?: /);
    expect(first).toMatch(sentence);
    expect(first.length).toBeLessThan(400);
    // Nothing but the two lines that point into the text may follow the sentence.
    expect(rest.length === 0 || (rest.length === 2 && /^ +\^+$/.test(rest[1] ?? ''))).toBe(true);

    const document = JSON.parse(result.stdout) as {
      error: { code: string; message: string; position?: unknown };
    };
    expect(Object.keys(document)).toEqual(['error']);
    expect(document.error.code).toBe(code);
    expect(document.error.message).toMatch(sentence);
    if (position !== undefined) expect(document.error.position).toEqual(position);
  });

  it('leaves standard output empty without --json', async () => {
    for (const args of [derive('(x+1'), roc('one-class.csv'), ['destroy']]) {
      const placed = args.map((arg) => arg.replace('FOLDER', folder));
      const { code, stdout, stderr } = await downhill(placed);
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).toMatch(/^downhill/);
    }
  });

  // Longer than an operating system lets an argument be, so they come through standard input.
  it.each([
    ['a million characters', `${'x+'.repeat(500_000)}x`, 'too-long', /1,?000,?001 characters/],
    ['100,000 nested parentheses', `${'('.repeat(100_000)}x${')'.repeat(100_000)}`, 'too-long', /characters/],
    ['ten million characters', 'x'.repeat(1e7), 'too-long', /too long/],
  ])('a formula of %s', async (_, input, code, sentence) => {
    const result = await downhill(['derive', '-', '--at', 'x=1', '--json'], { input });
    expect(result.code).toBe(2);
    expect(result.stderr.length).toBeLessThan(600);
    const { error } = JSON.parse(result.stdout) as { error: { code: string; message: string } };
    expect(error.code).toBe(code);
    expect(error.message).toMatch(sentence);
  });
});
