// The compiler's battery where there is no test runner: every case compiled and compared with the reference evaluator.

import { compileProgram, detectFeatures, type Features } from '../../packages/downhill/src/compile/index.ts';
import { acceptsDtype } from '../../packages/downhill/src/primitives/elementwise.ts';
import { primitives } from '../../packages/downhill/src/primitives/registry.ts';
import { evaluateProgram } from '../../packages/downhill/src/program/evaluate.ts';
import type { Program } from '../../packages/downhill/src/program/program.ts';
import { dtypes, isFloat } from '../../packages/downhill/src/tensor/dtype.ts';
import { convertData, type DenseTensor, type Tensor } from '../../packages/downhill/src/tensor/tensor.ts';
import { recordProgram } from '../../packages/downhill/src/trace/apply.ts';
import { bind } from '../../packages/downhill/src/trace/trace.ts';
import { valueAndGrad } from '../../packages/downhill/src/transforms/grad.ts';
import { makeProgram } from '../../packages/downhill/src/transforms/jit.ts';
import { drawOperand, structural } from '../../packages/downhill/test/battery/cases.ts';
import { inputShapes, randomFunction } from '../../packages/downhill/test/compile/random-program.ts';

/** Numbers in 0 … 1 from a seed (mulberry32). */
function source(seed: number): () => number {
  let state = seed * 2654435769;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export interface Outcome {
  readonly isolated: boolean;
  readonly cases: number;
  readonly wrong: readonly string[];
}

/** @param mask features of the engine to do without. */
export function battery(mask: Partial<Features>): Outcome {
  const features = detectFeatures(mask);
  const wrong: string[] = [];
  let cases = 0;
  const check = (what: string, program: Program, inputs: readonly DenseTensor[], tolerance: number): void => {
    cases++;
    const expected = evaluateProgram(program, inputs);
    const actual = compileProgram(program, { features }).run(inputs);
    const agrees = expected.every((y, i) => {
      const scale = y.data.reduce((m, v) => Math.max(m, Number.isFinite(v) ? Math.abs(v) : 0), 1);
      return y.data.every((v, k) => {
        const z = (actual[i] as DenseTensor).data[k] as number;
        return Object.is(v, z) || v === z || Math.abs(v - z) <= (isFloat(y.dtype) ? tolerance * scale : 0);
      });
    });
    if (!agrees) wrong.push(what);
  };
  const tolerance = (dtype: string): number => (dtype === 'float32' ? 1e-5 : 1e-13);
  for (const p of primitives) {
    for (const dtype of dtypes) {
      const random = source(7);
      const specs = structural[p.name] ?? [];
      const drawn = specs.map((s) => ({
        params: s.params,
        inputs: s.operands.map((o) => drawOperand(o, dtype, random)),
      }));
      const { samples } = p;
      if ('accepts' in samples && acceptsDtype(samples.accepts, dtype)) {
        const draw = (i: number) => {
          const [low, high] = samples.domain?.[i] ?? [-3, 3];
          const values = Array.from({ length: 19 }, () => low + (high - low) * random());
          return convertData(values, [19], p.name === 'select' && i === 0 ? 'bool' : dtype);
        };
        for (const count of [1, 2, 3])
          drawn.push({ params: {}, inputs: Array.from({ length: count }, (_, i) => draw(i)) });
      }
      drawn.forEach(({ params, inputs }, k) => {
        try {
          p.shape(inputs, params);
        } catch {
          return;
        }
        const program = recordProgram('battery', inputs, (xs) => bind(p, xs, params));
        check(`${p.name} ${dtype} case ${k}`, program, inputs, tolerance(dtype));
      });
    }
  }
  for (let seed = 1; seed <= 40; seed++) {
    const random = source(seed);
    const choice = (): [number, number, number, number] => [0, 0, 0, 0].map(() => Math.floor(1000 * random())) as never;
    const dtype = seed % 2 ? 'float32' : 'float64';
    const draw = (shape: readonly number[]) =>
      convertData(
        Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => 2 * random() - 1),
        shape,
        dtype,
      );
    const inputs = [draw(inputShapes.matrix), draw(inputShapes.vector), draw([])];
    const f = randomFunction(Array.from({ length: 12 }, choice));
    const g = valueAndGrad(f as (...xs: Tensor[]) => Tensor, { argnums: [0, 1, 2] });
    const program = makeProgram(g as (...xs: Tensor[]) => unknown)(...inputs);
    check(`random Program ${seed}`, program, inputs, dtype === 'float32' ? 2e-3 : 1e-9);
  }
  return { isolated: (globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated === true, cases, wrong };
}
