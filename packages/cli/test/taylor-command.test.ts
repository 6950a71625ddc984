import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import seeds from '../../downhill/test/fixtures/seed-numbers.json' with { type: 'json' };
import { polynomialText } from '../src/commands/taylor.ts';
import { shownDegrees } from '../src/plot/taylor.ts';
import { command, commandJson } from './in-process.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'downhill-taylor-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Expansion {
  coefficients: (number | string)[];
  polynomial: string;
  remainder: { from: number; to: number; low: number; high: number; bound: number | string; smooth: boolean };
  radius: { estimate: number | string; method: string; note: string } | null;
}

const facts = seeds.entries.find((one) => one.id === 'N3.11')?.expected as Record<string, number | number[]>;

describe('downhill taylor', () => {
  it('gives the partial sums of sin and e^x (N3.11)', async () => {
    const sine = await commandJson<Expansion>(['taylor', 'sin(x)', '--around', 'x=0', '--order', '11']);
    const sums = sine.coefficients.map((_, n) =>
      sine.coefficients.slice(0, n + 1).reduce<number>((s, c) => s + Number(c), 0),
    );
    (facts.sin_at_1_partial_sums as number[]).forEach((want, i) => expect(sums[2 * i + 1]).toBeCloseTo(want, 14));
    expect(sine.radius?.estimate).toBe('Infinity');
    const e = await commandJson<Expansion>(['taylor', 'e^x', '--around', 'x=0', '--order', '2']);
    expect(e.coefficients).toEqual([1, 1, 0.5]);
    expect(e.polynomial).toBe('1 + x + 0.5x^2');
  });

  it('bounds the error on a range: 1/7! for the sixth polynomial of sin on [-1, 1]', async () => {
    const { remainder } = await commandJson<Expansion>([
      'taylor',
      'sin(x)',
      '--around',
      'x=0',
      '--order',
      '6',
      '--on',
      'x=-1:1',
    ]);
    expect(remainder).toMatchObject({ from: -1, to: 1, smooth: true });
    expect(Number(remainder.bound)).toBeGreaterThan(1.955e-4);
    expect(Number(remainder.bound)).toBeLessThan(1.001 / 5040);
  });

  it('estimates the radius of 1/(1+x^2) and says that it is an estimate (N3.11)', async () => {
    const { stdout, code } = await command(['taylor', '1/(1+x^2)', '--around', 'x=0', '--order', '4']);
    expect(code).toBe(0);
    expect(stdout).toContain('p(x) = 1 - x^2 + x^4');
    expect(stdout.replace(/\s+/g, ' ')).toContain(`Radius of convergence, estimated: ${facts.radius} (`);
    expect(stdout.replace(/\s+/g, ' ')).toContain('not a proof');
  });

  it('exits 1 where the formula has no series, and still prints what it has', async () => {
    const { stdout, code } = await command(['taylor', 'sqrt(x)', '--around', 'x=0', '--json']);
    expect(code).toBe(1);
    const found = JSON.parse(stdout) as Expansion;
    expect(found.coefficients[0]).toBe(0);
    expect(found.radius).toBe(null);
    expect(found.remainder).toMatchObject({ bound: 'Infinity', smooth: false });
  });

  it('tells an overflow from a point without a series', async () => {
    const { stdout, code } = await command(['taylor', 'exp(exp(exp(x)))', '--around', 'x=3', '--order', '3']);
    expect(code).toBe(1);
    expect(stdout.replace(/\s+/g, ' ')).toContain('is beyond the largest number of double precision');
    expect(stdout).not.toContain('has no Taylor series');
  });

  it('draws the polynomials over the function', async () => {
    const file = join(folder, 'taylor.svg');
    const { code } = await command(['taylor', 'cos(x)', '--around', 'x=0', '--order', '6', '--plot', file]);
    expect(code).toBe(0);
    const svg = await readFile(file, 'utf8');
    for (const text of ['degree 1', 'degree 6', 'its Taylor polynomials']) expect(svg).toContain(text);
    expect(svg).not.toContain('NaN');
    expect([0, 1, 2, 5, 9].map(shownDegrees)).toEqual([[0], [1], [1, 2], [1, 2, 4, 5], [1, 4, 6, 9]]);
  });

  it('writes polynomials as a person would', () => {
    expect(polynomialText([1, -1, 0, 2], 'x', 0)).toBe('1 - x + 2x^3');
    expect(polynomialText([0, 1, -0.5], 't', 2)).toBe('(t - 2) - 0.5(t - 2)^2');
    expect(polynomialText([-3, 0, 1e-9], 'x', -1.5)).toBe('-3 + 1e-9*(x + 1.5)^2');
    expect(polynomialText([0, 0], 'x', 0)).toBe('0');
  });

  it.each([
    ['two variables', ['x*y', '--around', 'x=0,y=1'], /one variable; the formula has 2: x, y/],
    ['a negative order', ['x', '--around', 'x=0', '--order=-1'], /--order must be a whole number/],
    ['a range of another variable', ['x', '--around', 'x=0', '--on', 'y=0:1'], /range for y; the variable is x/],
    ['a range turned round', ['x', '--around', 'x=0', '--on', 'x=1:0'], /the first end must be the smaller/],
    ['a point outside the domain', ['log(x)', '--around', 'x=-1'], /log/],
    ['a picture of no known kind', ['x', '--around', 'x=0', '--plot', 'a.gif'], /gif|svg/],
  ])('refuses %s with exit code 2', async (_, args, message) => {
    const { stderr, code } = await command(['taylor', ...args]);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });
});
