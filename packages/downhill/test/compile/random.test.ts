import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileProgram } from '../../src/compile/compile.ts';
import { evaluateProgram } from '../../src/program/evaluate.ts';
import { verifyProgram } from '../../src/program/verify.ts';
import { convertData, type DenseTensor, type Tensor } from '../../src/tensor/tensor.ts';
import { valueAndGrad } from '../../src/transforms/grad.ts';
import { makeProgram } from '../../src/transforms/jit.ts';
import { randomSource } from '../battery/laws.ts';
import { inputShapes, randomFunction } from './random-program.ts';

/** 500 in the ordinary run; RANDOM_PROGRAMS=10000 for the long one. */
const runs = Number(process.env.RANDOM_PROGRAMS ?? 500);

const draw = (dtype: 'float64' | 'float32', shape: readonly number[], seed: number): DenseTensor => {
  const random = randomSource(seed);
  return convertData(
    Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random() * 2 - 1),
    shape,
    dtype,
  );
};

describe('random Programs', () => {
  it(`${runs} of them agree with the reference evaluator, values and gradients`, () => {
    const choice = fc.tuple(fc.nat(1000), fc.nat(1000), fc.nat(1000), fc.nat(1000));
    let equations = 0;
    fc.assert(
      fc.property(
        fc.array(choice, { minLength: 2, maxLength: 24 }),
        fc.nat(1e6),
        fc.boolean(),
        fc.boolean(),
        (choices, seed, single, withGradient) => {
          const dtype = single ? 'float32' : 'float64';
          const inputs = [
            draw(dtype, inputShapes.matrix, seed),
            draw(dtype, inputShapes.vector, seed + 1),
            draw(dtype, [], seed + 2),
          ];
          const f = randomFunction(choices);
          const g = withGradient ? valueAndGrad(f as (...args: Tensor[]) => Tensor, { argnums: [0, 1, 2] }) : f;
          const program = makeProgram(g as (...args: Tensor[]) => unknown)(...inputs);
          verifyProgram(program, 'trace');
          equations = Math.max(equations, program.equations.length);
          const expected = evaluateProgram(program, inputs);
          const actual = compileProgram(program).run(inputs);
          const tolerance = single ? 2e-3 : 1e-9;
          return expected.every((y, i) => {
            const z = actual[i] as DenseTensor;
            const scale = y.data.reduce((m, v) => Math.max(m, Math.abs(v)), 1);
            return y.data.every((v, k) => Math.abs(v - (z.data[k] as number)) <= tolerance * scale);
          });
        },
      ),
      { numRuns: runs, seed: Number(process.env.RANDOM_SEED ?? 20261121) },
    );
    expect(equations).toBeGreaterThan(150);
  }, 600_000);
});
