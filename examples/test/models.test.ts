import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const reference = JSON.parse(readFileSync(new URL('fixtures/models.json', import.meta.url), 'utf8'));

/** What an example prints, run by the command behind `npm run example`. */
async function run(name: string): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    ['--import', 'downhill-transform/register', 'examples/run.ts', name],
    { cwd: root },
  );
  expect(stderr).toBe('');
  return stdout;
}

/** The numbers of the first line that starts with `start`, after those words. */
function numbersAfter(output: string, start: string): number[] {
  const line = output.split('\n').find((one) => one.startsWith(start));
  expect(line, `a line that starts with “${start}” in\n${output}`).toBeDefined();
  return [...(line ?? '').slice(start.length).matchAll(/-?\d+(?:\.\d+)?(?:e[+-]?\d+)?/g)].map(([text]) => Number(text));
}

/** Equal to the digits printed. */
function expectClose(given: readonly number[], expected: readonly number[], within: number): void {
  expect(given.length).toBe(expected.length);
  given.forEach((value, i) => {
    expect(Math.abs(value - (expected[i] ?? Number.NaN)), `${given} against ${expected}`).toBeLessThan(within);
  });
}

describe('examples of models, against other software on the same data', () => {
  it('linear-regression ends at the line, loss and standard errors of NumPy', async () => {
    const output = await run('linear-regression');
    const { theta, loss, errors, noise } = reference['linear-regression'];
    expectClose(numbersAfter(output, 'after 200 steps:'), [...theta, loss], 1e-6);
    expectClose(numbersAfter(output, 'one Newton step:'), theta, 1e-6);
    expectClose(numbersAfter(output, 'standard errors:'), errors, 1e-6);
    expectClose(numbersAfter(output, 'true line: 1.5, -0.5, noise 0.3; noise found:'), [noise], 1e-4);
  });

  it('logistic-regression finds the weights, loss, accuracies and areas of scikit-learn', async () => {
    const output = await run('logistic-regression');
    const { weights, bias, loss, accuracy, auc } = reference['logistic-regression'];
    expectClose(numbersAfter(output, 'weights'), [...weights, bias], 2e-6);
    expectClose(numbersAfter(output, 'loss').slice(0, 1), [loss], 1e-6);
    expectClose(numbersAfter(output, 'learned:'), [100 * accuracy[0], auc[0]], 0.051);
    expectClose(numbersAfter(output, 'held out:'), [100 * accuracy[1], auc[1]], 0.051);
    expect(numbersAfter(output, 'held out:')[1]).toBeCloseTo(auc[1], 4);
  });

  it('gradient-boosting has the losses of scikit-learn after each number of stumps', async () => {
    const output = await run('gradient-boosting');
    const { squares, logistic, right } = reference['gradient-boosting'];
    for (const [i, count] of ['  1', ' 10', ' 30', '100'].entries()) {
      expectClose(numbersAfter(output, `squares , ${count} stumps:`), [squares[i]], 1e-6);
      expectClose(numbersAfter(output, `logistic, ${count} stumps:`), [logistic[i]], 1e-6);
    }
    expect(numbersAfter(output, 'logistic:')).toEqual([right, 60]);
  });

  it('svm comes to the objective of scikit-learn, never below it, though steps go up', async () => {
    const output = await run('svm');
    const { objective, weights, bias, supports } = reference.svm;
    const [value = Number.NaN] = numbersAfter(output, 'after 3000 steps:');
    expect(value).toBeGreaterThanOrEqual(objective - 1e-6);
    expect(value).toBeLessThan(objective * (1 + 1e-5));
    expectClose(numbersAfter(output, 'w =').slice(0, 3), [...weights, bias], 2e-3);
    expect(numbersAfter(output, 'support vectors:')[0]).toBe(supports);
    expect(Number(/^(\d+) of 3000 steps went up/m.exec(output)?.[1])).toBeGreaterThan(0);
  });

  it('portfolio holds what solving for every choice of assets finds best, at that risk and price', async () => {
    const rows = (await run('portfolio')).trimEnd().split('\n').slice(1);
    expect(rows.length).toBe(reference.portfolio.length);
    for (const [i, { wanted, risk, weights, price }] of reference.portfolio.entries()) {
      const [target, deviation = Number.NaN, ...rest] = rows[i]?.trim().split(/\s+/).map(Number) ?? [];
      expect(target).toBe(wanted);
      expect(deviation).toBeCloseTo(risk, 3);
      expectClose(
        rest.slice(0, 5),
        weights.map((weight: number) => 100 * weight),
        0.011,
      );
      expectClose(rest.slice(5), [price], 2e-4);
    }
  });

  it('option-greeks has fifteen values of a call and a put by their closed forms, and the implied volatilities', async () => {
    const output = await run('option-greeks');
    const { call, put, implied, slope } = reference['option-greeks'];
    expect(Object.keys(call).length).toBe(15);
    for (const name of Object.keys(call)) {
      expectClose(numbersAfter(output, `${name} `), [call[name], put[name]], 1.1e-9);
    }
    const found = output.split('price paid')[1]?.split('\n').slice(1, 5) ?? [];
    expectClose(
      found.map((line) => Number(line.trim().split(/\s+/)[1])),
      implied,
      1e-9,
    );
    expectClose(numbersAfter(output, 'slope of the volatility by the price, at 9.50:'), [slope], 1e-9);
  });

  it('epidemic has the rates, standard errors and curve of SciPy', async () => {
    const output = await run('epidemic');
    const { theta, errors, ratio, scatter, fitted } = reference.epidemic;
    const names = [
      'infections a day by one who is ill:',
      'recoveries a day of one who is ill:',
      'ill on the first day:',
    ];
    names.forEach((name, i) => {
      const [value = Number.NaN, error = Number.NaN] = numbersAfter(output, name);
      expect(Math.abs(value / theta[i] - 1)).toBeLessThan(1e-5);
      expect(Math.abs(error / errors[i] - 1)).toBeLessThan(1e-3);
    });
    expectClose(numbersAfter(output, 'infected by one in all, at the start:'), ratio, 1e-4);
    expectClose(numbersAfter(output, 'residuals scatter by').slice(0, 1), [scatter], 1e-3);
    const rows = output.trimEnd().split('\n').slice(-14);
    expectClose(
      rows.map((row) => Number(row.trim().split(/\s+/)[2])),
      fitted,
      0.051,
    );
  });

  it('robot-arm ends at the target with the cost and torques of SciPy under the equations of motion of textbooks', async () => {
    const output = await run('robot-arm');
    const { start, cost, torques } = reference['robot-arm'];
    expectClose(numbersAfter(output, 'begun with:').slice(2), [start], 1e-4);
    expectClose(numbersAfter(output, 'found:'), [0.9, 0.9, cost], 1e-4);
    const rows = output.trimEnd().split('\n').slice(-5);
    rows.forEach((row, i) => {
      expectClose(row.trim().split(/\s+/).slice(3).map(Number), [torques[0][i], torques[1][i]], 2e-3);
    });
  });

  it('sensor-fusion has the likelihood, noises and errors of one normal distribution of all readings', async () => {
    const output = await run('sensor-fusion');
    const { cost, start, noises, fused } = reference['sensor-fusion'];
    const costs = [...output.matchAll(/^−log likelihood (\S+)/gm)].map(([, text]) => Number(text));
    expectClose(costs, [start, cost], 1e-6);
    ['push:', 'position:', 'speed:'].forEach((name, i) => {
      const [value = Number.NaN, error = Number.NaN, truth = Number.NaN] = numbersAfter(output, name);
      expect(Math.abs(value / noises[i] - 1)).toBeLessThan(1e-4);
      expect(Math.abs(value - truth)).toBeLessThan(2 * error);
    });
    const [read = 0, reckoned = 0, ours = Number.NaN] = numbersAfter(output, 'error of the position:');
    expect(ours).toBeCloseTo(fused, 4);
    expect(ours).toBeLessThan(Math.min(read, reckoned));
  });
});
