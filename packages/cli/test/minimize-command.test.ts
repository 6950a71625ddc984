import { describe, expect, it } from 'vitest';
import { command } from './in-process.ts';

interface Minimum {
  method: string;
  point: Record<string, number>;
  value: number;
  gradientNorm: number | null;
  iterations: number;
  evaluations: number;
  converged: boolean;
  reason: string;
}

async function minimize(...args: string[]): Promise<Minimum & { code: number | null }> {
  const { stdout, code } = await command(['minimize', ...args, '--json']);
  return { ...(JSON.parse(stdout) as Minimum), code };
}

describe('downhill minimize', () => {
  it.each(['auto', 'conjugate-gradient', 'bfgs', 'lbfgs', 'lbfgsb', 'newton', 'newton-cg'])(
    'finds the end of Rosenbrock’s valley by %s',
    async (method) => {
      const run = await minimize('(1-x)^2 + 100(y-x^2)^2', '--from', 'x=-1.2,y=1', '--method', method);
      expect(run).toMatchObject({ code: 0, converged: true, method: method === 'auto' ? 'bfgs' : method });
      expect(run.point.x).toBeCloseTo(1, 6);
      expect(run.point.y).toBeCloseTo(1, 6);
      expect(run.value).toBeLessThan(1e-12);
      expect(run.evaluations).toBeGreaterThan(run.iterations);
    },
  );

  it('stays inside bounds, of which some may be missing', async () => {
    const run = await minimize('(x-3)^2 + (y+1)^2', '--from', 'x=0,y=5', '--bounds', 'x=-inf:2,y=0:9');
    expect(run).toMatchObject({ code: 0, method: 'lbfgsb', point: { x: 2, y: 0 }, value: 2, gradientNorm: 0 });
  });

  it('exits 1 with a reason when there is no minimum, and still prints what it has', async () => {
    expect(await minimize('-exp(x)', '--from', 'x=0')).toMatchObject({
      code: 1,
      converged: false,
      reason: 'unbounded',
    });
    expect(await minimize('x^4 + y^2', '--from', 'x=9,y=1', '--steps', '2')).toMatchObject({
      code: 1,
      reason: 'iteration-limit',
      iterations: 2,
    });
    const text = await command(['minimize', 'log(x)', '--from', 'x=2']);
    expect(text.code).toBe(1);
    expect(text.stdout).toContain('Not converged');
  });

  it('prints a table and the verdict', async () => {
    const { stdout, code } = await command(['minimize', 'x^4 - 4x', '--from', 'x=2', '--method', 'newton']);
    expect(code).toBe(0);
    expect(stdout).toContain('Newton in a trust region');
    expect(stdout).toContain('f = -3 at x = 1');
  });

  it.each<[string, string[], string, RegExp]>([
    ['a method', ['--method', 'magic'], 'unknown-choice', /--method is one of auto, gradient-descent/],
    ['a tolerance', ['--tolerance', '-1'], 'out-of-range', /--tolerance/],
    ['steps', ['--steps', '0'], 'out-of-range', /--steps/],
    ['bounds of another variable', ['--bounds', 'z=0:1'], 'unknown-variable', /names z/],
    ['bounds upside down', ['--bounds', 'x=1:0'], 'bad-range', /smaller/],
    ['bounds with a method that takes none', ['--method', 'bfgs', '--bounds', 'x=0:1'], 'conflicting-options', /bfgs/],
  ])('refuses %s', async (_name, args, code, message) => {
    const result = await command(['minimize', 'x^2', '--from', 'x=1', ...args, '--json']);
    expect(result.code).toBe(2);
    const { error } = JSON.parse(result.stdout) as { error: { code: string; message: string } };
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
  });
});

describe('downhill descend with every rule and schedule', () => {
  const descend = (...args: string[]) =>
    command(['descend', 'x^2 + 4(y-1)^2', '--from', 'x=3,y=0', '--lr', '0.05', '--steps', '40', '--json', ...args]);

  it.each(['adagrad', 'amsgrad', 'lion', 'muon'])('%s goes downhill', async (method) => {
    const { stdout } = await descend('--method', method);
    const { steps } = JSON.parse(stdout) as { steps: { value: number }[] };
    expect(steps[steps.length - 1]?.value).toBeLessThan(steps[0]?.value as number);
  });

  it.each([
    ['constant', 0.1],
    ['cosine', 0.05],
    ['exponential:0.9', 0.1 * 0.9 ** 2],
    ['step:2:0.5', 0.05],
    ['inverse-time:1', 0.1 / 3],
    ['warmup:4', 0.05],
  ])('%s sets the rate of the third of four steps', async (schedule, rate) => {
    const args = ['descend', 'x', '--from', 'x=0', '--lr', '0.1', '--steps', '4', '--json', '--schedule', schedule];
    const { steps } = JSON.parse((await command(args)).stdout) as { steps: { point: { x: number } }[] };
    expect((steps[2]?.point.x as number) - (steps[3]?.point.x as number)).toBeCloseTo(rate, 12);
  });

  it.each([
    ['magic', 'unknown-choice', /exponential:N/],
    ['step:3', 'bad-schedule', /written step:N:N/],
    ['cosine:3', 'bad-schedule', /takes no number/],
    ['exponential:fast', 'bad-number', /the factor of a step/],
    ['warmup-cosine:50', 'out-of-range', /only 40/],
  ])('refuses --schedule %s', async (schedule, code, message) => {
    const result = await descend('--schedule', schedule);
    expect(result.code).toBe(2);
    const { error } = JSON.parse(result.stdout) as { error: { code: string; message: string } };
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
  });
});
