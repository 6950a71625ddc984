// The compiler's battery where there is no test runner: every case compiled and compared with the reference evaluator.

import { detectFeatures, type Features } from '../../packages/downhill/src/compile/index.ts';
import { primitives } from '../../packages/downhill/src/primitives/registry.ts';
import { dtypes } from '../../packages/downhill/src/tensor/dtype.ts';
import { convertData, type Tensor } from '../../packages/downhill/src/tensor/tensor.ts';
import { valueAndGrad } from '../../packages/downhill/src/transforms/grad.ts';
import { makeProgram } from '../../packages/downhill/src/transforms/jit.ts';
import { randomSource } from '../../packages/downhill/test/battery/draw.ts';
import {
  type BatteryCase,
  check,
  elementwise,
  elementwiseCases,
  structuralCases,
} from '../../packages/downhill/test/compile/battery-cases.ts';
import { allSteps, inputShapes, randomFunction } from '../../packages/downhill/test/compile/random-program.ts';

export interface Outcome {
  readonly isolated: boolean;
  readonly cases: number;
  readonly wrong: readonly string[];
}

function* everything(): Generator<BatteryCase> {
  for (const dtype of dtypes) {
    for (const p of elementwise) yield* elementwiseCases(p, dtype);
    for (const p of primitives) yield* structuralCases(p, dtype);
  }
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
    yield { what: `random Program ${seed}`, program, inputs, bound, scale: 1 };
  }
}

/** How many cases there are. */
export const countCases = (): number => [...everything()].length;

/** @param mask features of the engine to do without. */
export function battery(mask: Partial<Features>): Outcome {
  const features = detectFeatures(mask);
  const wrong: string[] = [];
  let cases = 0;
  for (const c of everything()) {
    cases++;
    const found = check(c, { features }).wrong;
    if (found) wrong.push(found);
  }
  return { isolated: (globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated === true, cases, wrong };
}
