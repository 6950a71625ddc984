// The compiler's battery where there is no test runner: every case compiled and compared with the reference evaluator.

import { compileProgram, detectFeatures, type Features } from '../../packages/downhill/src/compile/index.ts';
import { primitives } from '../../packages/downhill/src/primitives/registry.ts';
import { evaluateProgram } from '../../packages/downhill/src/program/evaluate.ts';
import type { Program } from '../../packages/downhill/src/program/program.ts';
import { dtypes } from '../../packages/downhill/src/tensor/dtype.ts';
import { convertData, type DenseTensor, type Tensor } from '../../packages/downhill/src/tensor/tensor.ts';
import { valueAndGrad } from '../../packages/downhill/src/transforms/grad.ts';
import { makeProgram } from '../../packages/downhill/src/transforms/jit.ts';
import { randomSource } from '../../packages/downhill/test/battery/draw.ts';
import {
  type BatteryCase,
  difference,
  elementwise,
  elementwiseCases,
  structuralCases,
} from '../../packages/downhill/test/compile/battery-cases.ts';
import { allSteps, inputShapes, randomFunction } from '../../packages/downhill/test/compile/random-program.ts';
import { solverCases } from '../../packages/downhill/test/compile/solver-cases.ts';

export interface Outcome {
  readonly isolated: boolean;
  readonly cases: number;
  /** For each mask, what differs from the reference. */
  readonly wrong: readonly (readonly string[])[];
}

/** Every case, those of an operation on a dtype together. */
function* everything(): Generator<BatteryCase[]> {
  for (const dtype of dtypes) {
    for (const p of elementwise) yield [...elementwiseCases(p, dtype)];
    for (const p of primitives) yield [...structuralCases(p, dtype)];
  }
  yield [...solverCases()];
  for (let seed = 1; seed <= 40; seed++) {
    const random = randomSource(seed);
    const choice = (): [number, number, number, number] => [0, 0, 0, 0].map(() => Math.floor(1000 * random())) as never;
    const dtype = seed % 2 ? 'float32' : 'float64';
    const draw = (shape: readonly number[]) =>
      convertData(
        Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => 2 * random() - 1),
        shape,
        dtype,
      );
    const inputs = [draw(inputShapes.matrix), draw(inputShapes.vector), draw([])];
    const f = randomFunction(Array.from({ length: 12 }, choice), allSteps);
    const g = valueAndGrad(f as (...xs: Tensor[]) => Tensor, { argnums: [0, 1, 2] });
    const program = makeProgram(g as (...xs: Tensor[]) => unknown)(...inputs);
    const bound = dtype === 'float32' ? 2e-3 * 2 ** 23 : 1e-9 * 2 ** 52;
    yield [{ what: `random Program ${seed}`, program, inputs, bound, scale: 1 }];
  }
}

/** One Program that computes several, on the inputs of all. */
const together = (programs: readonly Program[]): Program => ({
  inputs: programs.flatMap((p) => p.inputs),
  constants: programs.flatMap((p) => p.constants),
  equations: programs.flatMap((p) => p.equations),
  outputs: programs.flatMap((p) => p.outputs),
});

/** @param masks features of the engine to do without, one battery for each. */
export function battery(masks: readonly Partial<Features>[]): Outcome {
  const wrong = masks.map((): string[] => []);
  let cases = 0;
  for (const group of everything()) {
    cases += group.length;
    const expected = group.map(({ program, inputs }) => evaluateProgram(program, inputs));
    const program = together(group.map((c) => c.program));
    const inputs = group.flatMap((c) => c.inputs);
    for (const [m, mask] of masks.entries()) {
      // the module is made for all cases of the group, and each result compared with its own reference
      const results = [...compileProgram(program, { features: detectFeatures(mask) }).run(inputs)];
      for (const [i, c] of group.entries()) {
        const outputs = expected[i] as readonly DenseTensor[];
        const found = difference(c, outputs, results.splice(0, outputs.length));
        if (found) wrong[m]?.push(found);
      }
    }
  }
  return { isolated: (globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated === true, cases, wrong };
}
