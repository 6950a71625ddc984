import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileProgram } from '../../src/compile/compile.ts';
import { evaluateProgram } from '../../src/program/evaluate.ts';
import { verifyProgram } from '../../src/program/verify.ts';
import { convertData, type DenseTensor, type Tensor } from '../../src/tensor/tensor.ts';
import { valueAndGrad } from '../../src/transforms/grad.ts';
import { makeProgram } from '../../src/transforms/jit.ts';
import { randomSource } from '../battery/laws.ts';
import { allSteps, inputShapes, randomFunction } from './random-program.ts';

/** 500 in the ordinary run; `npm run random-programs` for the long one. */
const runs = Number(process.env.RANDOM_PROGRAMS ?? 500);

const draw = (dtype: 'float64' | 'float32', shape: readonly number[], seed: number): DenseTensor => {
  const random = randomSource(seed);
  return convertData(
    Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random() * 2 - 1),
    shape,
    dtype,
  );
};

/** A Program made of the choices, its gradient with it if wanted, and inputs for it. */
function make(choices: readonly Choice[], seed: number, single: boolean, withGradient: boolean) {
  const dtype = single ? 'float32' : 'float64';
  const inputs = [
    draw(dtype, inputShapes.matrix, seed),
    draw(dtype, inputShapes.vector, seed + 1),
    draw(dtype, [], seed + 2),
  ];
  const f = randomFunction(choices, allSteps);
  const g = withGradient ? valueAndGrad(f as (...args: Tensor[]) => Tensor, { argnums: [0, 1, 2] }) : f;
  return { inputs, program: makeProgram(g as (...args: Tensor[]) => unknown)(...inputs) };
}

type Choice = [number, number, number, number];

const copyOf = (x: DenseTensor): DenseTensor => convertData(x.data.slice(), x.shape, x.dtype);

/** What must be among them, whatever the seed. */
const kinds = [
  ...['scan', 'while', 'cond', 'dot_general', 'conv_general_dilated', 'gather', 'scatter_add', 'dynamic_update_slice'],
  ...['sort', 'cumprod', 'cummax', 'argmax', 'reduce_prod', 'reduce_and', 'threefry2x32', 'checkpoint', 'select'],
  ...['convert_element_type', 'bitwise_xor', 'shift_left', 'rem', 'and', 'not', 'concatenate', 'pad', 'rev'],
];

describe('random Programs', () => {
  it(`${runs} of them agree with the reference evaluator: values, gradients, donated inputs, a second run`, () => {
    const choice = fc.tuple(fc.nat(1000), fc.nat(1000), fc.nat(1000), fc.nat(1000));
    let equations = 0;
    const used = new Set<string>();
    fc.assert(
      fc.property(
        fc.array(choice, { minLength: 2, maxLength: 20 }),
        fc.nat(1e6),
        fc.boolean(),
        fc.boolean(),
        fc.boolean(),
        (choices, seed, single, withGradient, donating) => {
          const { inputs, program } = make(choices, seed, single, withGradient);
          verifyProgram(program, 'trace');
          equations = Math.max(equations, program.equations.length);
          for (const e of program.equations) used.add(e.primitive.name);
          const expected = evaluateProgram(program, inputs);
          const donation = donating ? { inputs: [0, 1, 2], owner: 'the test' } : undefined;
          const compiled = compileProgram(program, { donation });
          expect(compiled.plan.join('\n')).not.toMatch(/by the reference/);
          const tolerance = single ? 2e-3 : 1e-9;
          for (const round of [1, 2]) {
            const actual = compiled.run(donating ? inputs.map(copyOf) : inputs);
            expected.forEach((y, i) => {
              const z = actual[i] as DenseTensor;
              const scale = y.data.reduce((m, v) => Math.max(m, Math.abs(v)), 1);
              const wrong = y.data.findIndex((v, k) => !(Math.abs(v - (z.data[k] as number)) <= tolerance * scale));
              if (wrong >= 0)
                throw new Error(
                  `run ${round}, result ${i}[${wrong}]: ${z.data[wrong]}, the reference has ${y.data[wrong]}`,
                );
            });
          }
        },
      ),
      { numRuns: runs, seed: Number(process.env.RANDOM_SEED ?? 20261121) },
    );
    expect(equations).toBeGreaterThan(150);
    expect([...used]).toEqual(expect.arrayContaining(kinds));
  }, 600_000);
});
