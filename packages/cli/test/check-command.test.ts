import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeCard } from 'downhill/evidence';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { agrees } from '../src/check/compare.ts';
import { readLesson } from '../src/check/lesson.ts';
import { build, downhill, repository } from './command.ts';

let folder: string;
beforeAll(async () => {
  await build();
  // inside the repository, where the programs of a lesson find the library
  folder = mkdtempSync(join(repository, 'packages/cli/.downhill-check-test-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function lesson(text: string): string {
  const file = join(folder, 'lesson.md');
  writeFileSync(file, text);
  return file;
}

const fence = (info: string, text: string): string => `\`\`\`${info}\n${text}\n\`\`\`\n`;

interface Answer {
  blocks: { file: string; line: number; ok: boolean; expected?: string; actual?: string }[];
}

describe('a number agrees to the last digit that is claimed', () => {
  test.each([
    ['3.14', '3.141592653589793', true],
    ['3.14', '3.146', false],
    ['3.15', '3.141592653589793', false],
    ['6', '6.0000000001', true],
    ['6', '6.001', false],
    ['2.7e-5', '0.00002656139888758754', true],
    ['2.6e-5', '0.00002656139888758754', false],
    ['−0.5', '-0.5', true],
    ['1\u202f000', '1000', true],
    ['≈ 0.33', '0.3333333', true],
    ['[1, 2, …', '[1, 2, 3, 4]', true],
    ['[1, 3, …', '[1, 2, 3, 4]', false],
    ['[1, 2]', '[1, 2, 3]', false],
    ['tensor([1, 2], float64)', 'tensor([1,  2], float64)', true],
    ['tensor([1, 2], float64)', 'tensor([1, 2], float32)', false],
    ['NaN', 'NaN', true],
    ['true', 'false', false],
    ['0.5', 'NaN', false],
  ])('%s against %s: %s', (claimed, printed, holds) => expect(agrees(claimed, printed)).toBe(holds));
});

describe('lessons are read', () => {
  test('blocks with their lines', () => {
    const text = `---\ntitle: T\n---\n\nThe slope is <Claim of="grad(f)(1)">2</Claim>\nand <Claim of='a < "b"'>x</Claim>.\n\n${fence('ts', 'const a = 1;')}\n${fence('ts shown', 'nonsense(')}\n${fence('ts continue', 'a;')}\n${fence('console', '$ npx downhill derive x --at x=1\nf\n\n$ npx downhill help')}`;
    expect(readLesson(text, 'l.md')).toEqual([
      { kind: 'claim', line: 5, expression: 'grad(f)(1)', expected: '2' },
      { kind: 'claim', line: 6, expression: 'a < "b"', expected: 'x' },
      { kind: 'program', line: 9, source: `const a = 1;\n${'\n'.repeat(7)}a;\n` },
      { kind: 'command', line: 21, command: 'derive x --at x=1', output: { line: 22, text: 'f\n\n' } },
      { kind: 'command', line: 24, command: 'help' },
    ]);
  });

  test.each([
    ['<Claim of="1">', 'l.md:1: <Claim> is never closed'],
    ['a\n<Claim>1</Claim>', 'l.md:2: a claim is written <Claim of="expression">value</Claim>'],
    ['x <Claim of="1"></Claim>', 'l.md:1: a claim needs an expression and a value'],
    [fence('output', '1'), 'l.md:1: `output` must follow a program or a command'],
    [fence('ts continue', '1'), 'l.md:1: `ts continue` has no program before it'],
    [fence('console', '$ rm -rf x'), 'l.md:1: only commands of downhill are run, not "$ rm -rf x"'],
  ])('%j is refused', (text, message) => expect(() => readLesson(text, 'l.md')).toThrow(message));
});

describe('downhill check', () => {
  test('says which claims hold, with line, claim and what was printed', async () => {
    const file = lesson(
      [
        'The slope is <Claim of="grad((x: number) => x ** 2)(3)">6</Claim>, not <Claim of="1 + 1">3</Claim>.',
        fence(
          'ts',
          "import { grad } from 'downhill';\nconst f = (x: number): number => x ** 3;\nconsole.log(grad(f)(2)); // 12\nconsole.log(f(2)); // 9",
        ),
        fence('ts continue', "console.log(f(1)); // 1\nthrow new Error('oops');"),
        fence('ts', 'for (const i of [1, 2]) console.log(i / 3);'),
        fence('output', '0.33\n0.67'),
        fence('console', '$ npx downhill derive "x^2" --at x=1\nf(x) = x^2\n…\n  df/dx      3  2x'),
      ].join('\n'),
    );
    const { code, stdout, stderr } = await downhill(['check', file, '--json']);
    expect(stderr).toBe('');
    expect(code).toBe(1);
    const { blocks } = JSON.parse(stdout) as Answer;
    expect(blocks.map(({ line, ok }) => [line, ok])).toEqual([
      [1, true],
      [1, false],
      [5, true],
      [6, false],
      [10, true],
      [11, false],
      [19, true],
      [25, false],
    ]);
    expect(blocks[1]).toMatchObject({ file, expected: '3', actual: '2' });
    expect(blocks[5]?.actual).toBe('Error: oops');
    expect(readdirSync(folder)).toEqual(['lesson.md']);
  });

  test('a lesson that holds ends with 0 and says so', async () => {
    const file = lesson(fence('ts', 'console.log(2 + 2); // 4'));
    const { code, stdout } = await downhill(['check', file]);
    expect(code).toBe(0);
    expect(stdout).toContain('1 of 1 block holds');
  });

  test('a program that does not end is ended, and the others are said not to have been reached', async () => {
    const file = lesson(`${fence('ts', 'for (;;) {}')}\n${fence('ts', 'console.log(1); // 1')}`);
    const { code, stdout } = await downhill(['check', file, '--timeout', '3', '--json']);
    expect(code).toBe(1);
    const { blocks } = JSON.parse(stdout) as Answer;
    expect(blocks[0]?.actual).toBe('did not end within 3 seconds');
    expect(blocks.at(-1)?.actual).toContain('was not reached');
  });

  test('a program that ends the process is no success', async () => {
    const { code } = await downhill(['check', lesson(fence('ts', 'process.exit(0);'))]);
    expect(code).toBe(1);
  });

  test('an evidence card holds, and not once a number of it is changed', async () => {
    const card = makeCard(
      'descent',
      {
        function: '(x-3)^2',
        calculation: { kind: 'loss-curve', start: { x: 0 }, method: 'gd', learningRate: 0.2, steps: 6 },
      },
      'my words',
    );
    const file = join(folder, 'card.json');
    writeFileSync(file, JSON.stringify(card));
    const held = await downhill(['check', file]);
    expect(held.stderr).toBe('');
    expect(held.code).toBe(0);
    const [name = ''] = Object.keys(card.output);
    writeFileSync(file, JSON.stringify({ ...card, output: { ...card.output, [name]: 12345 } }));
    const { code, stdout } = await downhill(['check', file, '--json']);
    expect(code).toBe(1);
    const { blocks } = JSON.parse(stdout) as Answer;
    expect(blocks.map(({ expected }) => expected)).toEqual([`output: ${name} 12345`]);
    writeFileSync(file, '{');
    expect((await downhill(['check', file])).code).toBe(2);
  });

  test.each([
    [['check'], 2, "missing required argument 'files'"],
    [['check', 'nothing.md'], 2, 'nothing.md: there is no such file'],
    [['check', 'package.json'], 2, 'package.json: no evidence card'],
    [['check', 'LICENSE'], 2, 'a lesson is a Markdown file'],
    [['check', 'README.md', '--timeout', '0'], 2, '--timeout must be'],
  ] as const)('%j', async (args, expected, message) => {
    const { code, stderr } = await downhill([...args]);
    expect(code).toBe(expected);
    expect(stderr).toContain(message);
  });
});
