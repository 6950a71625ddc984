import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { compileProgram } from '../../src/compile/index.ts';
import { conv } from '../../src/functions/conv.ts';
import { sum } from '../../src/functions/reductions.ts';
import { convGeneral } from '../../src/primitives/conv.ts';
import { digamma, polygamma } from '../../src/primitives/special.ts';
import { evaluateProgram } from '../../src/program/evaluate.ts';
import { convertData, type DenseTensor, type Tensor, zeros } from '../../src/tensor/tensor.ts';
import { grad } from '../../src/transforms/grad.ts';
import { makeProgram } from '../../src/transforms/jit.ts';

type Row = [n: number, x: number, value: number];

const fixture = JSON.parse(
  readFileSync(fileURLToPath(new URL('../primitives/fixtures/special.json', import.meta.url)), 'utf8'),
) as { polygamma: Row[]; polygammaHigh: Row[] };

/** `f` compiled for columns of numbers, with nothing left to the reference evaluator. */
function compiled(f: (...xs: Tensor[]) => unknown, dtype: 'float64' | 'float32', ...columns: number[][]): number[] {
  const inputs = columns.map((c) => convertData(c, [c.length], dtype));
  const { run, plan } = compileProgram(makeProgram(f)(...inputs));
  expect(plan.join('\n')).not.toMatch(/reference/);
  return [...(run(inputs)[0] as DenseTensor).data];
}

describe('polygamma in a module', () => {
  const rows = [...fixture.polygamma, ...fixture.polygammaHigh];
  const [n, x, value] = [0, 1, 2].map((k) => rows.map((r) => r[k] as number)) as [number[], number[], number[]];

  it('has the reference values of mpmath, to 13 digits, and to 12 far below zero and at high orders', () => {
    const got = compiled((a, b) => polygamma(a, b), 'float64', n, x);
    rows.forEach(([order, at], i) => {
      const error = Math.abs((got[i] as number) / (value[i] as number) - 1);
      expect(error, `polygamma(${order}, ${at})`).toBeLessThan(at < -20 || order > 170 ? 1e-12 : 1e-13);
    });
  });

  it('has the edges of the reference evaluator, in float32 too', () => {
    const orders = [0, 1, 2, 3, 1.5, -1, Number.NaN, Number.POSITIVE_INFINITY, 7];
    const points = [
      Number.NaN,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      0,
      -0,
      -1,
      -3,
      2.5,
      1e300,
      1e-30,
      -0.5,
    ];
    const pairs = orders.flatMap((a) => points.map((b) => [a, b] as const));
    const columns = [pairs.map((p) => p[0]), pairs.map((p) => p[1])];
    for (const [dtype, digits] of [
      ['float64', 1e-12],
      ['float32', 2e-7],
    ] as const) {
      const inputs = columns.map((c) => convertData(c, [c.length], dtype));
      const f = (a: Tensor, b: Tensor) => polygamma(a, b);
      const expected = evaluateProgram(makeProgram(f)(...(inputs as [Tensor, Tensor])), inputs)[0] as DenseTensor;
      const got = compiled(f as never, dtype, ...columns);
      expected.data.forEach((v, i) => {
        const same = Object.is(got[i], v) || Math.abs((got[i] as number) - v) <= digits * Math.abs(v);
        expect(same, `polygamma(${pairs[i]}) is ${got[i]}, the reference has ${v}`).toBe(true);
      });
    }
  });

  it('is where the gradient of digamma is computed', () => {
    const at = [0.7, 2, 9.5, -1.25];
    const got = compiled((v) => grad((w: Tensor) => sum(digamma(w)) as Tensor)(v as Tensor), 'float64', at);
    got.forEach((g, i) => expect(g).toBeCloseTo(polygamma(1, at[i] as number), 11));
  });
});

describe('convolutions without elements or spatial axes', () => {
  it.each([
    ['no images', [0, 2, 5], [3, 2, 2]],
    ['no channels', [2, 0, 5], [3, 0, 2]],
    ['no outputs', [2, 2, 5], [0, 2, 2]],
    ['a kernel longer than the input', [1, 1, 2], [1, 1, 4]],
    ['an empty kernel', [2, 1, 4], [3, 1, 0]],
  ])('%s', (_, input, kernel) => {
    const [x, w] = [zeros(input as number[]), zeros(kernel as number[])] as DenseTensor[];
    let program: ReturnType<ReturnType<typeof makeProgram>>;
    try {
      program = makeProgram((a: Tensor, b: Tensor) => conv(a, b))(x as Tensor, w as Tensor);
    } catch (error) {
      // what the operation refuses has nothing to compile
      expect((error as Error).message).toMatch(/conv/);
      return;
    }
    const inputs = [x, w] as DenseTensor[];
    const { run, plan } = compileProgram(program);
    expect(plan.join('\n')).not.toMatch(/reference/);
    const [expected, got] = [evaluateProgram(program, inputs)[0], run(inputs)[0]] as DenseTensor[];
    expect(got?.shape).toEqual(expected?.shape);
    expect(got?.toArray()).toEqual(expected?.toArray());
  });

  it('no spatial axes: a product of matrices', () => {
    const x = convertData([1, 2, 3, 4, 5, 6], [2, 3], 'float64');
    const w = convertData([1, 0, 2, -1, 1, 3], [2, 3], 'float64');
    const params = {
      strides: [],
      padding: [],
      inputDilation: [],
      kernelDilation: [],
      featureGroups: 1,
      batchGroups: 1,
    };
    const { run, plan } = compileProgram(makeProgram((a: Tensor, b: Tensor) => convGeneral(a, b, params))(x, w));
    expect(plan.join('\n')).not.toMatch(/reference/);
    expect(run([x, w])[0]?.toArray()).toEqual([
      [7, 10],
      [16, 19],
    ]);
  });
});
