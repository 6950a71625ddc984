import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import seeds from '../../downhill/test/fixtures/seed-numbers.json' with { type: 'json' };
import { downhill } from './command.ts';
import { command, commandJson } from './in-process.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'downhill-commands-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The expected numbers of one worked example. */
function expected<T>(id: string): T {
  const entry = seeds.entries.find((one) => one.id === id);
  if (entry === undefined) throw new Error(`no entry ${id}`);
  return entry.expected as T;
}

interface Derivation {
  variables: string[];
  value: number;
  gradient: Record<string, number>;
  hessian: Record<string, Record<string, number>>;
  derivative: Record<string, string>;
  latex: Record<string, string>;
  quotients: { variable: string; h: number; quotient: number; central: number }[];
}

interface Descent {
  steps: { step: number; point: Record<string, number>; value: number; gradientNorm: number }[];
  verdict: string;
}

const widest = (text: string) => Math.max(...text.split('\n').map((line) => [...line].length));

describe('downhill derive', () => {
  it('gives value, slope and derivative of 3x^2 - 4x (N1.4)', async () => {
    const facts = expected<{ f: number; derivative: number; second_derivative: number }>('N1.4');
    const found = await commandJson<Derivation>(['derive', '3x^2 - 4x', '--at', 'x=1', '--order', '2']);
    expect(found.variables).toEqual(['x']);
    expect(found.value).toBe(facts.f);
    expect(found.gradient).toEqual({ x: facts.derivative });
    expect(found.hessian).toEqual({ x: { x: facts.second_derivative } });
    expect(found.derivative).toEqual({ x: '6x - 4' });
    expect(found.latex.x).toMatch(/6 ?x - 4/);
  });

  it('gives the five difference quotients bit for bit (N1.1)', async () => {
    const { rows } = expected<{ rows: { h: number; quotient: number; line: string }[] }>('N1.1');
    const { quotients } = await commandJson<Derivation>(['derive', '3x^2 - 4x', '--at', 'x=1', '--quotients']);
    expect(quotients.map(({ h, quotient }) => ({ h, quotient }))).toEqual(
      rows.map(({ h, quotient }) => ({ h, quotient })),
    );
    expect(quotients.map(({ h, quotient }) => `h=${h.toFixed(5)}, numerical limit=${quotient.toFixed(5)}`)).toEqual(
      rows.map(({ line }) => line),
    );
  });

  it('differentiates a neuron and its loss (N4.3)', async () => {
    const facts = expected<{ dL_dw1: number; dL_dw2: number; dL_db: number }>('N4.3');
    const found = await commandJson<Derivation>([
      'derive',
      '-log(sigmoid(w1*x1 + w2*x2 + b))',
      '--at',
      'w1=0.5,w2=-0.3,b=0.1,x1=2,x2=3',
      '--wrt',
      'w1,w2,b',
    ]);
    expect(Object.keys(found.gradient)).toEqual(['w1', 'w2', 'b']);
    expect(found.gradient.w1).toBeCloseTo(facts.dL_dw1, 14);
    expect(found.gradient.w2).toBeCloseTo(facts.dL_dw2, 14);
    expect(found.gradient.b).toBeCloseTo(facts.dL_db, 14);
    for (const text of Object.values(found.derivative)) expect(text).toContain('sigmoid');
  });

  it('gives a symmetric Hessian in the order of --wrt', async () => {
    const { hessian } = await commandJson<Derivation>([
      'derive',
      'x^2*y + sin(y)',
      '--at',
      'x=1,y=2',
      '--order',
      '2',
      '--wrt',
      'y,x',
    ]);
    expect(hessian.y?.x).toBe(2);
    expect(hessian.x?.y).toBe(2);
    expect(hessian.x?.x).toBe(4);
    expect(hessian.y?.y).toBeCloseTo(-Math.sin(2), 15);
  });

  it('accepts a formula that begins with a minus sign, and constants', async () => {
    const negative = await commandJson<Derivation>(['derive', '-x^2', '--at', 'x=3']);
    expect([negative.value, negative.gradient.x]).toEqual([-9, -6]);
    const constant = await commandJson<Derivation>(['derive', '5', '--at', 'x=1']);
    expect([constant.value, constant.gradient.x]).toEqual([5, 0]);
  });

  it('says where a derivative as written has no value but the gradient follows a convention', async () => {
    const { stdout, code } = await command(['derive', 'x^x', '--at', 'x=0']);
    expect(code).toBe(0);
    expect(stdout.replace(/\n/g, ' ')).toContain('note: df/dx as written has no value at this point: log(x)');
    const { stdout: plain } = await command(['derive', 'x^2', '--at', 'x=0']);
    expect(plain).not.toContain('note:');
  });

  it('reads the formula from standard input', async () => {
    const { stdout } = await command(['derive', '-', '--at', 'x=2', '--json'], { input: 'x^3\n' });
    expect((JSON.parse(stdout) as Derivation).gradient.x).toBe(12);
  });

  it('prints tables of at most 80 columns', async () => {
    const many = Array.from({ length: 12 }, (_, i) => `v${i}`);
    const formula = many.map((name, i) => `sin(${name})^2*${i + 1}.123456`).join(' + ');
    const at = many.map((name, i) => `${name}=${i / 7}`).join(',');
    const { stdout, code } = await command(['derive', formula, '--at', at, '--order', '2', '--quotients']);
    expect(code).toBe(0);
    expect(widest(stdout)).toBeLessThanOrEqual(80);
  });

  it('draws function and tangent as SVG and as PNG', async () => {
    const [svg, png] = ['svg', 'png'].map((kind) => join(folder, `tangent.${kind}`)) as [string, string];
    for (const path of [svg, png]) {
      const { stdout } = await command(['derive', '3x^2 - 4x', '--at', 'x=1', '--plot', path]);
      expect(stdout).toContain(`wrote ${path}`);
    }
    const text = await readFile(svg, 'utf8');
    expect(text).toContain('slope is 2; the tangent there is the line y = 2x − 3.');
    expect((await readFile(png)).subarray(1, 4).toString()).toBe('PNG');
  });
});

describe('downhill explain', () => {
  interface Node {
    id: string | number;
    expression: string;
    value: number;
    parents: { id: string | number; partial: number }[];
    adjoint: number;
  }

  it('shows every factor of the chain (N2.5)', async () => {
    const facts = expected<{ u: number; f: number; df_du: number; df_dx: number }>('N2.5');
    const { nodes } = await commandJson<{ nodes: Node[] }>(['explain', '(2x+1)^2', '--at', 'x=3']);
    const result = nodes.at(-1) as Node;
    expect([result.value, result.adjoint]).toEqual([facts.f, 1]);
    const u = nodes.find(({ value }) => value === facts.u) as Node;
    expect(u.adjoint).toBe(facts.df_du);
    const x = nodes.find(({ expression }) => expression === 'x') as Node;
    expect(x.adjoint).toBe(facts.df_dx);
  });

  it('adds what arrives over several paths: adjoint = Σ partial · adjoint', async () => {
    const { nodes } = await commandJson<{ nodes: Node[] }>(['explain', 'x*sin(x) + x^2*y', '--at', 'x=0.7,y=-1.5']);
    const sums = new Map<Node['id'], number>();
    for (const { adjoint, parents } of nodes) {
      for (const { id, partial } of parents) sums.set(id, (sums.get(id) ?? 0) + partial * adjoint);
    }
    for (const [id, sum] of sums) {
      expect(nodes.find((node) => node.id === id)?.adjoint).toBeCloseTo(sum, 12);
    }
    const before = new Set<Node['id']>();
    for (const { id, parents } of nodes) {
      for (const parent of parents) expect(before.has(parent.id)).toBe(true);
      before.add(id);
    }
  });

  it('prints tables of at most 80 columns', async () => {
    const { stdout, code } = await command([
      'explain',
      '-log(sigmoid(w1*x1 + w2*x2 + b)) + 0.01*(w1^2 + w2^2)',
      '--at',
      'w1=0.5,w2=-0.3,b=0.1,x1=2,x2=3',
    ]);
    expect(code).toBe(0);
    expect(widest(stdout)).toBeLessThanOrEqual(80);
  });
});

describe('downhill descend', () => {
  const descend = (formula: string, from: string, ...args: string[]) =>
    commandJson<Descent>(['descend', formula, '--from', from, ...args]);

  it('takes the six steps of the first loop bit for bit (N0.1)', async () => {
    const { rows } = expected<{ rows: { step: number; w: number; loss: number }[] }>('N0.1');
    const { steps } = await descend('(w-3)^2', 'w=0', '--lr', '0.2', '--steps', '6');
    expect(steps[0]).toEqual({ step: 0, point: { w: 0 }, value: 9, gradientNorm: 6 });
    expect(steps.slice(1).map(({ step, point, value }) => ({ step, w: point.w, loss: value }))).toEqual(
      rows.map(({ step, w, loss }) => ({ step, w, loss })),
    );
  });

  it('ends where plain descent ends after fifty steps (N2.1)', async () => {
    const facts = expected<{
      theta: [number, number];
      loss: number;
      first_points: [number, number][];
      gradient_norm_first: number;
    }>('N2.1');
    const args = ['--lr', '0.1', '--steps', '50'];
    const { steps } = await descend('(a-3)^2 + (b+1)^2', 'a=0,b=0', ...args);
    expect(steps.length).toBe(51);
    expect(steps[0]?.gradientNorm).toBeCloseTo(facts.gradient_norm_first, 13);
    for (const [i, [a, b]] of facts.first_points.entries()) {
      expect(steps[i]?.point.a).toBeCloseTo(a, 14);
      expect(steps[i]?.point.b).toBeCloseTo(b, 14);
    }
    expect(steps.at(-1)?.point.a).toBeCloseTo(facts.theta[0], 13);
    expect(steps.at(-1)?.point.b).toBeCloseTo(facts.theta[1], 13);
    expect(steps.at(-1)?.value).toBeCloseTo(facts.loss, 15);
  });

  it('ends where Adam ends after a hundred steps (N2.2)', async () => {
    const facts = expected<{ theta: [number, number]; loss: number; steps_that_raise_the_loss: number[] }>('N2.2');
    const args = ['--method', 'adam', '--lr', '0.1', '--steps', '100'];
    const { steps } = await descend('(a-3)^2 + (b+1)^2', 'a=0,b=0', ...args);
    expect(steps.at(-1)?.point.a).toBeCloseTo(facts.theta[0], 11);
    expect(steps.at(-1)?.point.b).toBeCloseTo(facts.theta[1], 11);
    const rising = steps.filter((one, i) => i > 0 && one.value > (steps[i - 1]?.value ?? 0)).map(({ step }) => step);
    expect(rising).toEqual(facts.steps_that_raise_the_loss);
  });

  it('meets the borders of the learning rate (N0.4)', async () => {
    const { runs } = expected<{ runs: Record<string, { w: number; loss: number }[]> }>('N0.4');
    for (const [rate, rows] of Object.entries(runs)) {
      const { stdout, code } = await command([
        ...['descend', '(w-3)^2', '--from', 'w=0', '--lr', rate, '--steps', '6', '--json'],
      ]);
      const { steps } = JSON.parse(stdout) as Descent;
      for (const [i, { w, loss }] of rows.entries()) {
        // A descent that has arrived may stop before its last step.
        const step = steps[Math.min(i + 1, steps.length - 1)];
        expect(step?.point.w).toBeCloseTo(w, 12);
        expect(step?.value).toBeCloseTo(loss, 11);
      }
      expect(code === 0 || code === 1).toBe(true);
    }
  });

  it('exits 1 when the descent diverges, and still prints what it has', async () => {
    const args = ['descend', '(w-3)^2', '--from', 'w=0', '--lr', '1.1', '--steps', '60'];
    const text = await command(args);
    expect(text.code).toBe(1);
    expect(text.stdout).toContain('Diverged: the loss grows');
    const json = await command([...args, '--json']);
    expect(json.code).toBe(1);
    const { steps, verdict } = JSON.parse(json.stdout) as Descent;
    expect(verdict).toBe('diverged');
    expect(steps.length).toBeGreaterThan(6);
  });

  it('says converged when it is', async () => {
    const { verdict } = await descend('(w-3)^2', 'w=0', '--lr', '0.4', '--steps', '200');
    expect(verdict).toBe('converged');
  });

  it('draws the path over contours, the path along a curve, and the loss', async () => {
    const path = join(folder, 'path.svg');
    const loss = join(folder, 'loss.svg');
    const { stdout } = await command([
      ...['descend', 'x^2 + 10y^2', '--from', 'x=5,y=1', '--lr', '0.09', '--steps', '40'],
      ...['--plot', path, '--plot-loss', loss],
    ]);
    expect(stdout).toContain(`wrote ${path}, ${loss}`);
    expect(await readFile(path, 'utf8')).toContain('The path of 40 steps on f(x, y) = x² + 10y², from (5, 1)');
    expect(await readFile(loss, 'utf8')).toContain('against the number of steps');
    const curve = join(folder, 'curve.png');
    await command([...['descend', '(w-3)^2', '--from', 'w=0', '--lr', '0.2', '--steps', '6'], '--plot', curve]);
    expect((await readFile(curve)).length).toBeGreaterThan(10_000);
  });

  it('prints tables of at most 80 columns however many steps and variables', async () => {
    const { stdout } = await command([
      ...['descend', 'a^2+b^2+c^2+d^2+g^2+h^2+k^2+m^2', '--from', 'a=1,b=2,c=3,d=4,g=5,h=6,k=7,m=8'],
      ...['--lr', '0.0123', '--steps', '1000'],
    ]);
    expect(widest(stdout)).toBeLessThanOrEqual(80);
    expect(stdout.split('\n').length).toBeLessThan(40);
  });
});

describe('help', () => {
  const commands = [
    'derive',
    'explain',
    'taylor',
    'diagnose',
    'integrate',
    'ode',
    'descend',
    'minimize',
    'stability',
    'convexity',
    'critical',
    'roc',
    'train',
    'predict',
    'check',
    'lab',
  ];

  it('lists the commands there are and no others', async () => {
    const { stdout, code } = await command(['--help']);
    expect(code).toBe(0);
    const listed = [...stdout.matchAll(/^ {2}([a-z]+) {2,}/gm)].map((match) => match[1]);
    expect(listed).toEqual([...commands, 'help']);
  });

  it.each(commands)('of %s has examples and fits 80 columns', async (name) => {
    const { stdout, stderr, code } = await command([name, '--help']);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(new RegExp(`\\n  downhill ${name} `));
    expect(widest(stdout)).toBeLessThanOrEqual(80);
  });
});

describe('colours', () => {
  it('are absent when the output is not a terminal, whatever NO_COLOR says', async () => {
    const { stdout } = await downhill(['derive', 'x^2', '--at', 'x=1'], { env: { NO_COLOR: '' } });
    expect(stdout).not.toContain('\u001b');
  });
});
