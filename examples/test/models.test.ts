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

describe('examples of models, against other software on the same data', { timeout: 60_000 }, () => {
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
});
