import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { command, commandJson } from './in-process.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'downhill-ode-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Solution {
  t: number[];
  y: Record<string, number[]>;
  gradient: Record<string, Record<string, number[]>>;
  steps: number;
  evaluations: number;
  converged: boolean;
  reason: string;
  message: string;
}

const ode = (equations: string, from: string, over: string, ...rest: string[]) => [
  'ode',
  equations,
  '--from',
  from,
  '--over',
  over,
  ...rest,
];
const near = (found: readonly number[], want: readonly number[], tolerance: number) =>
  found.forEach((v, i) => expect(Math.abs(v - (want[i] as number)), `entry ${i}`).toBeLessThan(tolerance));

describe('downhill ode', () => {
  it('solves decay, with its slope in the rate and in the start', async () => {
    const found = await commandJson<Solution>(
      ode("y'=-k*y", 'y=2', 't=0:3', '--at', 'k=0.7', '--gradient', 'k,y', '--points', '7'),
    );
    const { t, y, gradient } = found;
    expect(t).toEqual([0, 0.5, 1, 1.5, 2, 2.5, 3]);
    near(
      y.y as number[],
      t.map((s) => 2 * Math.exp(-0.7 * s)),
      1e-7,
    );
    near(
      gradient.k?.y as number[],
      t.map((s) => -2 * s * Math.exp(-0.7 * s)),
      1e-7,
    );
    near(
      gradient.y?.y as number[],
      t.map((s) => Math.exp(-0.7 * s)),
      1e-7,
    );
    expect(found).toMatchObject({ converged: true, reason: 'reached' });
    expect(found.steps).toBeGreaterThan(3);
    expect(found.evaluations).toBeGreaterThan(6 * found.steps);
  });

  it.each(['tsit5', 'dopri5', 'stiff'])('goes round the circle by %s', async (method) => {
    const { t, y } = await commandJson<Solution>(
      ode('dx/dt = v\ndv/dt = -x', 'v=0,x=1', 't=0:6.283185307179586', '--method', method),
    );
    near(y.x as number[], t.map(Math.cos), 1e-6);
    near(
      y.v as number[],
      t.map((s) => -Math.sin(s)),
      1e-6,
    );
  });

  it('takes time in the equations, and a stiff problem by the stiff method in far fewer evaluations', async () => {
    const problem = (method: string) =>
      commandJson<Solution>(ode("y'=2000(cos(t)-y)", 'y=0', 't=0:5', '--method', method, '--tolerance', '1e-6'));
    const [stiff, explicit] = [await problem('stiff'), await problem('tsit5')];
    // y = (c² cos t + c sin t) / (1 + c²) once the start has died away
    const want = (2000 ** 2 * Math.cos(5) + 2000 * Math.sin(5)) / (1 + 2000 ** 2);
    expect(Math.abs((stiff.y.y?.at(-1) as number) - want)).toBeLessThan(1e-5);
    expect(stiff.evaluations).toBeLessThan(explicit.evaluations / 5);
  });

  it('gives slopes of Lotka and Volterra that differences confirm', async () => {
    const run = (a: number, ...rest: string[]) =>
      commandJson<Solution>(
        ode(
          "x'=a*x-x*y; y'=x*y-y",
          'x=1,y=0.5',
          't=0:4',
          '--at',
          `a=${a}`,
          '--points',
          '3',
          '--tolerance',
          '1e-11',
          ...rest,
        ),
      );
    const { gradient } = await run(1.5, '--gradient', 'a');
    const h = 1e-3;
    const [up, down] = [await run(1.5 + h), await run(1.5 - h)];
    for (const name of ['x', 'y']) {
      const quotient = (up.y[name] as number[]).map((v, i) => (v - (down.y[name]?.[i] as number)) / (2 * h));
      near(gradient.a?.[name] as number[], quotient, 1e-4);
    }
  });

  it.each<[string, string[], string, RegExp]>([
    ['runs into a pole', ode("y'=y^2", 'y=1', 't=0:2'), 'step-too-small', /singularity/],
    ['leaves the domain', ode("y'=-1/sqrt(y)", 'y=1', 't=0:2'), '', /./],
    ['starts outside the domain', ode("y'=log(y)", 'y=-1', 't=0:2'), 'not-finite', /log\(y\) has no value/],
    ['exceeds its budget', ode("y'=1000*sin(1000t)*y", 'y=1', 't=0:100', '--budget', '500'), 'budget', /used up/],
  ])('exits 1 with what it has where it %s', async (_, args, reason, sentence) => {
    const { code, stdout, stderr } = await command([...args, '--json']);
    expect([code, stderr]).toEqual([1, '']);
    const found = JSON.parse(stdout) as Solution;
    expect(found.converged).toBe(false);
    if (reason !== '') expect(found.reason).toBe(reason);
    expect(found.message).toMatch(sentence);
    expect(found.t.length).toBe(found.y.y?.length);
    expect(found.t.length).toBeGreaterThan(0);
    expect(found.t.length).toBeLessThan(101);
  });

  it('prints a table that fits, and every row with --all', async () => {
    const args = ode("y'=-y", 'y=1', 't=0:1');
    const some = await command(args);
    expect(some.stdout).toContain('11 of 101 rows');
    expect(some.stdout).toMatch(/Done: the end of the time span was reached\. \d+ steps/);
    const all = await command([...args, '--all']);
    expect(all.stdout.split('\n').length).toBeGreaterThan(101);
  });

  it('draws the variables against time, and two of them over their direction field', async () => {
    const [time, phase] = [join(folder, 'time.svg'), join(folder, 'phase.svg')];
    const { code } = await command([
      ...ode("x'=x*(1-y); y'=y*(x-1)", 'x=1.5,y=1', 't=0:8'),
      '--plot',
      time,
      '--plot-phase',
      phase,
    ]);
    expect(code).toBe(0);
    const [a, b] = [await readFile(time, 'utf8'), await readFile(phase, 'utf8')];
    for (const svg of [a, b]) {
      expect(svg).not.toContain('NaN');
      expect(svg).toContain('x′ = x·(1−y)');
    }
    expect([...b.matchAll(/<path/g)].length).toBeGreaterThan(200);
    for (const word of ['start', 'end', 'direction of motion']) expect(b).toContain(word);
  });

  it.each<[string, string[], string, RegExp, number?]>([
    ['no equation', ode(' ', 'y=1', 't=0:1'), 'empty', /no equation/],
    ['an equation without a derivative', ode('y=-y', 'y=1', 't=0:1'), 'bad-equation', /begins with the derivative/, 1],
    ['a second derivative', ode("y''=-y", 'y=1', 't=0:1'), 'bad-equation', /second derivative/, 1],
    ['a variable given twice', ode("y'=1; y'=2", 'y=1', 't=0:1'), 'bad-equation', /twice/, 7],
    ['no right side', ode("y'=", 'y=1', 't=0:1'), 'bad-equation', /no right side/, 1],
    ['a broken second equation', ode("y'=1; z'=sin(z", 'y=1,z=1', 't=0:1'), 'unbalanced', /position 13/, 13],
    ['a derivative by something else', ode('dy/dx=y', 'y=1', 't=0:1'), 'bad-equation', /by x/, 1],
    ['an equation for time', ode("t'=1", 't=1', 't=0:1'), 'bad-equation', /t is time/, 1],
    ['no value of a parameter', ode("y'=-k*y", 'y=1', 't=0:1'), 'missing-parameter', /--at k=1/, 5],
    ['no start', ode("y'=z; z'=y", 'y=1', 't=0:1'), 'missing-point', /z=1/],
    ['a start of an unknown variable', ode("y'=y", 'y=1,w=2', 't=0:1'), 'unknown-variable', /w/, 5],
    ['a value of an unknown parameter', ode("y'=y", 'y=1', 't=0:1', '--at', 'k=1'), 'unknown-variable', /k/, 1],
    ['a value of a variable', ode("y'=y", 'y=1', 't=0:1', '--at', 'y=1'), 'unknown-variable', /y/, 1],
    ['a gradient by nothing known', ode("y'=y", 'y=1', 't=0:1', '--gradient', 'y,q'), 'unknown-variable', /q/, 3],
    ['a reversed time', ode("y'=y", 'y=1', 't=1:0'), 'bad-range', /smaller/, 1],
    ['an endless time', ode("y'=y", 'y=1', 't=0:inf'), 'bad-number', /inf/, 5],
    ['two times', ode("y'=y", 'y=1', 't=0:1,s=0:1'), 'bad-range', /one range/, 7],
    ['an unknown method', ode("y'=y", 'y=1', 't=0:1', '--method', 'euler'), 'unknown-choice', /tsit5/],
    ['a tolerance of zero', ode("y'=y", 'y=1', 't=0:1', '--tolerance', '0'), 'out-of-range', /--tolerance/],
    ['one point', ode("y'=y", 'y=1', 't=0:1', '--points', '1'), 'out-of-range', /--points/],
    [
      'a phase portrait of one',
      ode("y'=y", 'y=1', 't=0:1', '--plot-phase', 'a.svg'),
      'plot-needs-two-variables',
      /two/,
    ],
    [
      'a thousand equations',
      ode(Array.from({ length: 1000 }, (_, i) => `y${i}'=1`).join(';'), 'y0=1', 't=0:1'),
      'too-many-equations',
      /100/,
    ],
  ])('refuses %s with exit code 2', async (_, args, code, sentence, position) => {
    const result = await command([...args, '--json']);
    expect(result.code, result.stdout).toBe(2);
    const { error } = JSON.parse(result.stdout) as { error: { code: string; message: string; position?: number } };
    expect(error.code).toBe(code);
    expect(error.message).toMatch(sentence);
    if (position !== undefined) expect(error.position).toBe(position);
  });
});
