import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { command, commandJson } from './in-process.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'downhill-integrate-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Integral {
  value: number | string;
  error: number | string;
  evaluations: number;
  converged: boolean;
  reason: string;
  message: string;
  where: Record<string, [number | string, number | string]> | null;
}

const integrate = (formula: string, over: string, ...rest: string[]) => ['integrate', formula, '--over', over, ...rest];

describe('downhill integrate', () => {
  it.each<[string, string[], number]>([
    ['a polynomial', integrate('3x^2', 'x=0:2'), 8],
    ['the whole line', integrate('exp(-x^2)', 'x=-inf:inf'), Math.sqrt(Math.PI)],
    ['a half line', integrate('1/(1+x^2)', 'x=0:inf'), Math.PI / 2],
    ['a singular end', integrate('1/sqrt(x)', 'x=0:1'), 2],
    ['a pole that cancels', integrate('sin(x)/x', 'x=-1:1'), 1.8921661407343662],
    ['a kink that is named', integrate('abs(x-0.3)', 'x=0:1', '--breaks', '0.3'), 0.29],
    ['a jump that is not', integrate('where(x<0.3, 1, 5)', 'x=0:1'), 3.8],
    ['a parameter', integrate('exp(-k*x)', 'x=0:inf', '--at', 'k=4'), 0.25],
    ['two variables', integrate('x*y^2', 'x=0:1,y=0:3'), 4.5],
    ['three variables, one infinite', integrate('exp(-x)*y*z', 'x=0:inf,y=0:2,z=0:3'), 9],
    ['four variables', integrate('a*b*c*d', 'a=0:1,b=0:2,c=0:3,d=0:4'), 36],
    ['a box with a side the integrand does not see', integrate('x', 'x=0:1,z=0:2'), 1],
    ['a constant', integrate('2', 'x=0:3'), 6],
    ['a constant over a box', integrate('2', 'x=0:3,y=0:2'), 12],
  ])('%s', async (_, args, want) => {
    const found = await commandJson<Integral>(args);
    expect(found).toMatchObject({ converged: true, reason: 'converged', where: null });
    expect(Math.abs(Number(found.value) - want)).toBeLessThanOrEqual(Math.max(Number(found.error), 1e-15 * want));
    const tolerance = args.some((arg) => /=.*,.*=/.test(arg)) ? 1e-6 : 1e-10;
    expect(Number(found.error)).toBeLessThanOrEqual(tolerance * Math.max(1, want));
    expect(found.evaluations).toBeGreaterThan(0);
  });

  it.each<[string, string[], string, RegExp]>([
    ['diverges at a point', integrate('1/x', 'x=0:1'), 'diverges', /does not exist/],
    ['diverges inside', integrate('1/(x-0.5)^2', 'x=0:1'), 'diverges', /does not exist/],
    ['diverges at infinity', integrate('1/x', 'x=1:inf'), 'diverges', /does not exist/],
    [
      'has no value on a part',
      integrate('log(x)', 'x=-1:1'),
      'not-a-number',
      /log\(x\) has no value: log needs a positive/,
    ],
    ['has no value on a part of a box', integrate('sqrt(x-y)', 'x=0:1,y=0:1'), 'not-a-number', /sqrt/],
    ['is never a number', integrate('log(-1-x^2)', 'x=0:1'), 'not-a-number', /log/],
  ])('exits 1 and says why where the integrand %s', async (_, args, reason, sentence) => {
    const { code, stdout, stderr } = await command([...args, '--json']);
    expect([code, stderr]).toEqual([1, '']);
    const found = JSON.parse(stdout) as Integral;
    expect(found).toMatchObject({ value: 'NaN', error: 'Infinity', converged: false, reason });
    expect(found.message).toMatch(sentence);
    expect(found.evaluations).toBeGreaterThan(0);
    expect(found.where).not.toBe(null);
  });

  it('keeps to its budget and gives what it has', async () => {
    const { code, stdout } = await command([...integrate('sin(1/x)/x', 'x=0.0001:1', '--budget', '2000'), '--json']);
    const found = JSON.parse(stdout) as Integral;
    expect([code, found.reason]).toEqual([1, 'budget']);
    expect(found.evaluations).toBeLessThanOrEqual(2000);
    expect(Number.isFinite(found.value)).toBe(true);
    expect(Math.abs(Number(found.value) - 0.946183)).toBeLessThanOrEqual(Number(found.error));
  });

  it('prints the value, the error and how it ended', async () => {
    const { stdout, code } = await command(integrate('x*k', 'x=0:1', '--at', 'k=3'));
    expect(code).toBe(0);
    expect(stdout).toContain('x from 0 to 1, k = 3');
    expect(stdout).toMatch(/integral +1\.5\n/);
    expect(stdout).toMatch(/evaluations +\d+\n/);
    const failed = await command(integrate('1/x', 'x=-1:1'));
    expect(failed.code).toBe(1);
    expect(failed.stdout).toContain('Failed: the integral does not exist');
  });

  it('draws the integrand with its sample points, over one variable and two', async () => {
    for (const [name, args, said] of [
      ['one.svg', integrate('exp(-x^2)', 'x=-inf:inf'), '∫ exp(−x²) = 1.7724539'],
      ['two.svg', integrate('exp(-x*y)', 'x=0:1,y=0:inf'), '∫ exp(−x·y): '],
      ['none.svg', integrate('1/x', 'x=0:1'), '∫ 1/x: diverges'],
    ] as const) {
      await command([...args, '--plot', join(folder, name)]);
      const svg = await readFile(join(folder, name), 'utf8');
      expect(svg).toContain(said);
      expect(svg).not.toContain('NaN');
      expect([...svg.matchAll(/<circle/g)].length).toBeGreaterThan(20);
    }
  });

  it.each<[string, string[], string, RegExp, number | undefined]>([
    ['a reversed range', integrate('x', 'x=1:0'), 'bad-range', /first end must be the smaller/, 1],
    ['an empty range', integrate('x', 'x=2:2'), 'bad-range', /from 2 to 2/, 1],
    ['a range with one end', integrate('x', 'x=1'), 'bad-range', /two ends/, 3],
    ['a range that is no number', integrate('x', 'x=0:big'), 'bad-number', /"big"/, 5],
    ['no range at all', ['integrate', 'x'], 'missing-option', /--over/, undefined],
    ['a variable without a range', integrate('x*y', 'x=0:1'), 'missing-range', /y has neither.*y=0:1/, undefined],
    ['a range of another variable', integrate('x*y', 'x=0:1,z=0:1'), 'unknown-variable', /z/, 7],
    ['a range and a value', integrate('x*k', 'x=0:1,k=0:1', '--at', 'k=1'), 'bad-point', /k has a range/, 1],
    ['a value of another variable', integrate('x', 'x=0:1', '--at', 'k=1'), 'unknown-variable', /k/, 1],
    ['a tolerance of zero', integrate('x', 'x=0:1', '--tolerance', '0'), 'out-of-range', /--tolerance/, undefined],
    ['a tolerance of NaN', integrate('x', 'x=0:1', '--tolerance', 'nan'), 'bad-number', /--tolerance/, undefined],
    ['a budget of zero', integrate('x', 'x=0:1', '--budget', '0'), 'out-of-range', /--budget/, undefined],
    ['a break outside', integrate('x', 'x=0:1', '--breaks', '0.5,2'), 'out-of-range', /between 0 and 1/, 5],
    [
      'breaks in a box',
      integrate('x*y', 'x=0:1,y=0:1', '--breaks', '0.5'),
      'conflicting-options',
      /one variable/,
      undefined,
    ],
    [
      'five variables',
      integrate('a+b+c+d+e1', 'a=0:1,b=0:1,c=0:1,d=0:1,e1=0:1'),
      'too-many-variables',
      /one to 4/,
      undefined,
    ],
    [
      'a picture of three',
      integrate('a+b+c', 'a=0:1,b=0:1,c=0:1', '--plot', 'a.svg'),
      'plot-needs-two-variables',
      /one or two/,
      undefined,
    ],
    ['a broken formula', integrate('sin(x', 'x=0:1'), 'unbalanced', /position 4/, 4],
    [
      'a formula that would be code',
      integrate('process.exit(1)', 'x=0:1'),
      'unexpected-character',
      /'\.' has no meaning/,
      8,
    ],
  ])('refuses %s with exit code 2', async (_, args, code, sentence, position) => {
    const result = await command([...args, '--json']);
    expect(result.code, result.stdout).toBe(2);
    const { error } = JSON.parse(result.stdout) as { error: { code: string; message: string; position?: number } };
    expect(error.code).toBe(code);
    expect(error.message).toMatch(sentence);
    expect(error.position).toBe(position ?? error.position);
  });
});
