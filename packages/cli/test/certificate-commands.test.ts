import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { command, commandJson } from './in-process.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'downhill-certificates-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const widest = (text: string) => Math.max(...text.split('\n').map((line) => [...line].length));

describe('downhill stability', () => {
  it('gives eigenvalues, the largest stable rate, the best one and its factor', async () => {
    const found = await commandJson<Record<string, unknown>>(['stability', 'x^2 + 10y^2', '--at', 'x=5,y=1']);
    expect(found).toMatchObject({
      eigenvalues: [2, 20],
      maxStableLearningRate: 0.1,
      bestLearningRate: 1 / 11,
      conditionNumber: 10,
    });
    expect(found.rate).toBeCloseTo(9 / 11, 12);
  });

  it('judges a rate, with and without momentum', async () => {
    const verdict = async (...args: string[]) =>
      (await commandJson<{ verdict: string }>(['stability', '(w-3)^2', '--at', 'w=0', ...args])).verdict;
    expect(await verdict('--lr', '0.9')).toBe('oscillates');
    expect(await verdict('--lr', '1.4')).toBe('diverges');
    expect(await verdict('--lr', '1.4', '--momentum', '0.5')).toBe('oscillates');
  });

  it('explains the rate of a descent', async () => {
    const { stdout } = await command(['descend', '(w-3)^2', '--from', 'w=0', '--lr', '0.9', '--steps', '8']);
    expect(stdout.replace(/\s+/g, ' ')).toContain('0.9 lies between 1/L = 0.5 and 2/L = 1; it diverges above 1.');
  });
});

describe('downhill convexity', () => {
  it('certifies sin(x) + x^2', async () => {
    const found = await commandJson<Record<string, unknown>>(['convexity', 'sin(x) + x^2']);
    expect(found).toMatchObject({ verdict: 'convex', certificate: { kind: 'hessian', eigenvalues: [1, 3] } });
    expect(found).not.toHaveProperty('counterexample');
  });

  it('refutes x*y with two points and λ', async () => {
    const found = await commandJson<{ verdict: string; counterexample: Record<string, unknown> }>(['convexity', 'x*y']);
    expect(found.verdict).toBe('neither');
    expect(found.counterexample).toMatchObject({ refutes: 'convex', lambda: 0.5, between: { x: -1, y: -1 }, value: 1 });
  });

  it('takes ranges with infinite ends', async () => {
    const found = await commandJson<Record<string, unknown>>(['convexity', '1/x', '--on', 'x=0.5:inf']);
    expect(found.verdict).toBe('convex');
  });

  it('exits 1 when it is unknown, and says why', async () => {
    const { code, stdout } = await command(['convexity', 'log(x)', '--on', 'x=-1:2']);
    expect(code).toBe(1);
    expect(stdout).toContain('has no value on part of the box');
  });
});

describe('downhill critical', () => {
  it("finds and classifies Himmelblau's nine", async () => {
    const formula = '(x^2+y-11)^2 + (x+y^2-7)^2';
    const found = await commandJson<{ points: { kind: string; unique: boolean }[]; complete: boolean }>([
      'critical',
      formula,
      '--on',
      'x=-6:6,y=-6:6',
    ]);
    expect(found.complete).toBe(true);
    expect(found.points.map((p) => p.kind).sort()).toEqual([
      'maximum',
      ...new Array<string>(4).fill('minimum'),
      ...new Array<string>(4).fill('saddle'),
    ]);
    expect(found.points.every((p) => p.unique)).toBe(true);
  });

  it('exits 1 with what it has when the budget ends', async () => {
    const { code, stdout } = await command(['critical', '(x+y)^2', '--on', 'x=-1:1,y=-1:1', '--budget', '100']);
    expect(code).toBe(1);
    expect(stdout).toContain('the budget ended');
    expect(widest(stdout)).toBeLessThanOrEqual(80);
  });
});

describe('downhill diagnose', () => {
  interface Diagnosis {
    verdict: string;
    components: {
      variable: string;
      claimed: number;
      actual: number;
      right: boolean;
      likelyCause: { kind: string } | null;
    }[];
  }
  const diagnose = (formula: string, claim: string, at: string) =>
    commandJson<Diagnosis>(['diagnose', formula, '--claim', claim, '--at', at]);

  it('names a forgotten inner derivative', async () => {
    const { verdict, components } = await diagnose('sin(3x)', 'x=cos(3x)', 'x=0.4');
    expect(verdict).toBe('wrong');
    expect(components[0]).toMatchObject({ variable: 'x', right: false, likelyCause: { kind: 'chain' } });
  });

  it('leaves right components alone, among formulas, numbers and functions with commas', async () => {
    const { verdict, components } = await diagnose(
      'x^2*y + max(y, 1)',
      'x=2x*y, y=x^2 + where(y > 1, 1, 0)',
      'x=2,y=3',
    );
    expect(verdict).toBe('right');
    expect(components.map((c) => [c.claimed, c.actual])).toEqual([
      [12, 12],
      [5, 5],
    ]);
    expect((await diagnose('x^3', '3', 'x=1')).verdict).toBe('right');
  });

  it('tells 6x - 4 from 6x - 4.0000000001, and more', async () => {
    for (const claim of ['6x - 4.0000000001', '6x - 4.00000000000000001']) {
      expect((await diagnose('3x^2 - 4x', claim, 'x=1')).verdict).toBe('wrong');
    }
    expect((await diagnose('3x^2 - 4x', '2(3x - 2)', 'x=1')).verdict).toBe('right');
  });

  it('compares the promise of the slope with a step (N0.5)', async () => {
    const found = await commandJson<{ steps: Record<string, Record<string, unknown>> }>([
      'diagnose',
      '(w-3)^2',
      '--claim',
      '-6',
      '--at',
      'w=0',
      '--step',
      '6',
    ]);
    expect(found.steps.w).toMatchObject({ predicted: -27, actual: 9, verdict: 'useless' });
  });
});

describe('pictures', () => {
  it.each<[string, string[]]>([
    ['rates', ['stability', '(w-3)^2', '--at', 'w=0', '--lr', '0.9']],
    ['chord', ['convexity', 'sin(x) + x^2']],
    ['chord-of-two', ['convexity', 'x*y']],
    ['curve', ['critical', 'x^3 - 3x', '--on', 'x=-3:3']],
    ['contours', ['critical', 'sin(x)*sin(y)', '--on', 'x=-4:4,y=-4:4']],
  ])('%s', async (name, args) => {
    const file = join(folder, `${name}.svg`);
    const { code, stdout } = await command([...args, '--plot', file]);
    expect(code).toBe(0);
    expect(stdout).toContain(`wrote ${file}`);
    const svg = await readFile(file, 'utf8');
    expect(svg).toContain('<desc');
    expect(svg).not.toContain('NaN');
  });

  it('the error of difference quotients', async () => {
    const file = join(folder, 'errors.svg');
    expect((await command(['derive', '3x^2 - 4x', '--at', 'x=1', '--plot-errors', file])).code).toBe(0);
    const svg = await readFile(file, 'utf8');
    for (const label of ['forward', 'central', 'five-point', 'truncation', 'cancellation'])
      expect(svg).toContain(label);
    expect(svg).not.toContain('NaN');
  });
});

describe('bad input', () => {
  it.each<[string, string[], string, RegExp]>([
    ['a reversed range', ['critical', 'x', '--on', 'x=1:0'], 'bad-range', /the first end must be the smaller/],
    ['an empty range', ['convexity', 'x', '--on', 'x=1:1'], 'bad-range', /the first end must be the smaller/],
    ['a variable without a range', ['critical', 'x*y', '--on', 'x=0:1'], 'missing-range', /no range for y; add y=-1:1/],
    ['a range of nothing', ['convexity', 'x', '--on', 'x=0:1,z=0:1'], 'unknown-variable', /a range for z/],
    ['an infinite range to search', ['critical', 'x', '--on', 'x=0:inf'], 'bad-number', /upper end of x/],
    ['no ranges to search', ['critical', 'x'], 'missing-option', /--on/],
    ['a formula without variables', ['convexity', '3'], 'no-variables', /has no variable/],
    ['momentum of 2', ['stability', 'x^2', '--at', 'x=1', '--momentum', '2'], 'out-of-range', /between 0 and 1/],
    ['momentum of 1', ['stability', 'x^2', '--at', 'x=1', '--momentum', '1'], 'argument', /from 0 to below 1/],
    ['a rate of 0', ['stability', 'x^2', '--at', 'x=1', '--lr', '0'], 'out-of-range', /above 0/],
    ['no budget', ['critical', 'x', '--on', 'x=0:1', '--budget', '0'], 'out-of-range', /--budget/],
    ['an empty claim', ['diagnose', 'x', '--claim', '', '--at', 'x=1'], 'empty-claim', /--claim is empty/],
    ['a claim without a name', ['diagnose', 'x*y', '--claim', '2x', '--at', 'x=1,y=2'], 'bad-claim', /variable's name/],
    ['a claim twice', ['diagnose', 'x', '--claim', 'x=1,x=2', '--at', 'x=1'], 'bad-claim', /gives x twice/],
    ['a claim by another', ['diagnose', 'x', '--claim', 'z=1', '--at', 'x=1'], 'unknown-variable', /by z, which/],
    ['a claim with another', ['diagnose', 'x', '--claim', 'x=z', '--at', 'x=1'], 'unknown-name', /z/],
    [
      'a picture of 3 variables',
      ['critical', 'x+y+z', '--on', 'x=0:1,y=0:1,z=0:1', '--plot', 'a.svg'],
      'plot-needs-two-variables',
      /has 3/,
    ],
  ])('%s', async (_, args, code, sentence) => {
    const result = await command([...args, '--json']);
    expect(result.code).toBe(2);
    expect(result.stderr).toMatch(sentence);
    expect(JSON.parse(result.stdout).error.code).toBe(code);
  });
});
