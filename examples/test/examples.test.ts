import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const execute = promisify(execFile);

/** Runs an example in a process of its own, by the command behind `npm run example`. */
async function run(name: string): Promise<string[]> {
  const { stdout, stderr } = await execute(
    process.execPath,
    ['--import', 'downhill-transform/register', 'examples/run.ts', name],
    { cwd: root },
  );
  expect(stderr).toBe('');
  return stdout.trimEnd().split('\n');
}

/** Lines that each example of the sources prints. */
const printed: Readonly<Record<string, readonly string[]>> = {
  'first-loop': [
    '1 w= 1.2 loss= 3.24',
    '2 w= 1.92 loss= 1.166',
    '3 w= 2.352 loss= 0.42',
    '4 w= 2.611 loss= 0.151',
    '5 w= 2.767 loss= 0.054',
    '6 w= 2.86 loss= 0.02',
  ],
  'difference-quotients': [
    'h=0.10000, numerical limit=2.30000',
    'h=0.01000, numerical limit=2.03000',
    'h=0.00100, numerical limit=2.00300',
    'h=0.00010, numerical limit=2.00030',
    'h=0.00001, numerical limit=2.00003',
    'exact slope=2',
  ],
  'numerical-gradient': ['central differences: -6.000000000039306, 2.0000000000131024', 'exact:               -6, 2'],
  'gradient-descent': ['after 50 steps theta = 3.0000, -1.0000, loss = 2.037e-9'],
  adam: ['rate 0.1:  2.9807, -0.9971', 'rate 0.01: 0.9376, -0.7756'],
  'chain-rule': ['u = 7  f = 49', 'df/du = 14  du/dx = 2  df/dx = 28', 'by grad: 28'],
  'learning-rates': [
    'rate  factor  theta after 100   final loss  verdict',
    '0.01    0.98      4.336902221     4.397e-1  converges',
    '0.1     0.80      4.999999999    1.037e-18  converges',
    '0.5     0.00      5.000000000     0.000e+0  converges',
    '0.9    -0.80      4.999999999    1.037e-18  alternates, converges',
    '1      -1.00      0.000000000     2.500e+1  cycles',
    '1.01   -1.02    -31.223230591     1.312e+3  diverges',
  ],
  'mse-against-weight': [
    'loss at w=0: 44, at w=4: 44',
    'lowest of 100 grid points: w=1.9798, loss=0.004489',
    'at w=2, which the grid steps over: loss=0, slope=0',
    'slope at w=0: -44, at w=4: 44',
  ],
  neuron: ['prediction: 0.5498, loss: 0.5981'],
  'manual-gradients': [
    'automatic: ∂L/∂w₁ = -0.9003, ∂L/∂w₂ = -1.3505, ∂L/∂b = -0.4502',
    'by hand:   ∂L/∂w₁ = -0.9003, ∂L/∂w₂ = -1.3505, ∂L/∂b = -0.4502',
    'largest difference: below 1e-15',
    'a step of rate 0.1 moves w₁ by 0.0900',
  ],
  'training-table': [
    'Step  w₁ after   w₂ after   b after    ŷ before   L before  ',
    '-'.repeat(60),
    '0     0.5000     0.7500     0.2500     0.5000     0.6931    ',
    '1     0.5293     0.7940     0.2647     0.9707     0.0298    ',
    '2     0.5533     0.8300     0.2767     0.9760     0.0243    ',
    '3     0.5737     0.8605     0.2868     0.9796     0.0206    ',
    '4     0.5914     0.8871     0.2957     0.9823     0.0179    ',
    '5     0.6071     0.9106     0.3035     0.9843     0.0158    ',
    '6     0.6211     0.9317     0.3106     0.9859     0.0142    ',
    '7     0.6339     0.9509     0.3170     0.9872     0.0128    ',
    '8     0.6456     0.9684     0.3228     0.9883     0.0118    ',
    '9     0.6564     0.9846     0.3282     0.9892     0.0108    ',
    'after the last step: ŷ = 0.9900, L = 0.0101',
  ],
  roc: [
    'threshold   fpr   tpr',
    ' Infinity  0.00  0.00',
    '      0.9  0.00  0.20',
    '     0.85  0.00  0.40',
    '      0.8  0.00  0.60',
    '      0.7  0.00  0.80',
    '      0.6  0.00  1.00',
    '      0.3  0.20  1.00',
    '      0.2  0.60  1.00',
    '     0.15  0.80  1.00',
    '      0.1  1.00  1.00',
    'area by trapezoids: 1.000, by the library: 1.000',
    'pairs ranked right: 1.000',
    'with the fifth score at 0.65: 0.96 and 0.96',
  ],
};

/** Runs examples that take no arguments one after the other in one process; what each printed. */
async function runAll(names: readonly string[]): Promise<string[][]> {
  const program = `for (const name of ${JSON.stringify(names)}) {
    await import(new URL('examples/' + name + '.ts', ${JSON.stringify(pathToFileURL(root).href)}).href);
    console.log('=== end');
  }`;
  const { stdout, stderr } = await execute(
    process.execPath,
    ['--import', 'downhill-transform/register', '--input-type=module', '-e', program],
    { cwd: root },
  );
  expect(stderr).toBe('');
  return stdout
    .split('=== end\n')
    .slice(0, -1)
    .map((text) => text.trimEnd().split('\n'));
}

describe('the listings of the sources in plain TypeScript', () => {
  let outputs: string[][] = [];
  beforeAll(async () => {
    outputs = await runAll(Object.keys(printed));
  });

  it.each(Object.keys(printed).map((name, i) => [name, i] as const))('%s prints the true numbers', (name, i) => {
    expect(outputs[i]).toEqual(printed[name]);
  });

  it('npm run example NAME is that command', async () => {
    const { stdout } = await execute('npm', ['run', '--silent', 'example', 'first-loop'], { cwd: root });
    expect(stdout.trimEnd().split('\n')).toEqual(printed['first-loop']);
  });

  it('tangent-line prints thirty samples that touch at (1, −1)', async () => {
    const lines = await run('tangent-line');
    expect(lines.length).toBe(31);
    expect(lines[1]).toBe(' 0.0      0.00    -3.00    3.00');
    expect(lines[11]).toBe(' 1.0     -1.00    -1.00    0.00');
    expect(lines[30]).toBe(' 2.9     13.63     2.80   10.83');
  });

  it('an unknown name lists those there are, and fails', async () => {
    const failed = await execute('npm', ['run', '--silent', 'example', 'no-such'], { cwd: root }).catch(
      (e: unknown) => e,
    );
    expect(failed).toMatchObject({ code: 2 });
    const { stderr } = failed as { stderr: string };
    expect(stderr).toContain('There is no example called no-such.');
    for (const name of Object.keys(printed)) expect(stderr).toContain(`  ${name}\n`);
  });
});

describe('the types of the examples', () => {
  it('pass the checker', async () => {
    const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');
    const { stdout } = await execute(process.execPath, [tsc, '-p', join(root, 'examples')], { cwd: root }).catch(
      (e: { stdout: string }) => e,
    );
    expect(stdout).toBe('');
  });

  it('have no casts', async () => {
    const { readFile } = await import('node:fs/promises');
    for (const file of readdirSync(join(root, 'examples'))) {
      if (!Object.hasOwn(printed, file.replace(/\.ts$/, ''))) continue;
      const source = await readFile(join(root, 'examples', file), 'utf8');
      expect(source.replace(/\/\/.*$/gm, '').match(/\bas\b|\bany\b|!\.|@ts-/g), file).toBeNull();
    }
  });
});
