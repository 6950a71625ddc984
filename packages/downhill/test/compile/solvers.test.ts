// Differential equations as loops of a module: the same steps as the reference evaluator's, and its errors.
import { describe, expect, it } from 'vitest';
import { compileProgram, installCompiler } from '../../src/compile/index.ts';
import { detectFeatures } from '../../src/compile/wasm/features.ts';
import { scan } from '../../src/control/scan-loop.ts';
import { where } from '../../src/functions/elementwise.ts';
import { sum } from '../../src/functions/reductions.ts';
import { odeint } from '../../src/ode/index.ts';
import { add, div, mul, neg, sub } from '../../src/primitives/arithmetic.ts';
import { greater } from '../../src/primitives/comparison.ts';
import { reshapeTo } from '../../src/primitives/layout.ts';
import { maximum } from '../../src/primitives/piecewise.ts';
import { sliceAlong } from '../../src/primitives/slice.ts';
import { cos, sin } from '../../src/primitives/trigonometric.ts';
import { evaluateProgram } from '../../src/program/evaluate.ts';
import { type DenseTensor, type Tensor, tensor } from '../../src/tensor/tensor.ts';
import { setCompiler } from '../../src/trace/apply.ts';
import { jvp } from '../../src/transforms/forward.ts';
import { grad, valueAndGrad } from '../../src/transforms/grad.ts';
import { jit, makeProgram } from '../../src/transforms/jit.ts';
import { vmap } from '../../src/transforms/vmap.ts';
import { difference } from './battery-cases.ts';
import { compiledLike, messageOf } from './solver-support.ts';

/** Few steps: the reference evaluator takes them, too. */
const pendulum = (k: Tensor | number, times: readonly number[], options = {}): [Tensor, Tensor] =>
  odeint((_t, [x, v]: [Tensor, Tensor]) => [v, neg(mul(k, sin(x)))], [1, 0.5] as [number, number], times, {
    tolerance: 1e-4,
    ...options,
  }) as [Tensor, Tensor];

describe('ode in a module', () => {
  it('takes the steps of the reference evaluator: either method, either direction, one time or many', () => {
    const k = tensor(2);
    compiledLike((x: Tensor) => pendulum(x, [0, 1, 2, 5]), [k]);
    compiledLike((x: Tensor) => pendulum(x, [0, 1], { method: 'dopri5' }), [k]);
    compiledLike((x: Tensor) => pendulum(x, [3, 1, -1]), [k]);
    compiledLike((x: Tensor) => pendulum(x, [3, 1]), [k]);
    compiledLike((x: Tensor) => pendulum(x, [2]), [k]);
    compiledLike((x: Tensor) => pendulum(x, [0, 4], { tolerance: { absolute: 1e-4, relative: 1e-3 } }), [k]);
  });

  it('states of several leaves, shapes and dtypes, and times in the right side', () => {
    compiledLike(
      (y: Tensor, z: Tensor) =>
        odeint(
          (t, state: { y: Tensor; z: Tensor }) => ({
            y: sub(cos(t), mul(state.y, sum(state.z))),
            z: neg(mul(state.z, 0.5)),
          }),
          { y, z },
          [0, 0.5, 2],
          { tolerance: 1e-4 },
        ),
      [
        tensor([1, 2, 3]),
        tensor([
          [1, 0.5],
          [0.25, 2],
        ]),
      ],
    );
    const x = tensor([1, 2, 3], { dtype: 'float32' });
    compiledLike((y: Tensor) => odeint((_t, s: Tensor) => neg(mul(s, s)), y, [0, 1, 2], { tolerance: 1e-4 }), [x], 4);
  });

  it('a long right side is written once, as a loop over the stages', () => {
    const long = (y: Tensor): Tensor => {
      let total = y;
      for (let i = 1; i <= 80; i++) total = add(total, mul(1 / i ** 3, sin(mul(i, y))));
      return neg(total);
    };
    const f = (y: Tensor): Tensor =>
      odeint((_t, s: Tensor) => long(s), y, [0, 0.1, 0.2], { tolerance: 1e-2 }) as Tensor;
    const { binary } = compiledLike(f, [tensor([0.5, 1, 2])]);
    const short = compileProgram(makeProgram((y: Tensor) => long(y))(tensor([0.5, 1, 2]))).binary;
    expect(binary.length).toBeLessThan(6 * short.length);
  });

  it('in gradients, tangents, batches, loops and second derivatives', () => {
    const loss = (k: Tensor): Tensor => {
      const [x, v] = pendulum(k, [0, 0.5, 1, 1.5, 2]);
      return add(sum(mul(x, x)), sum(v));
    };
    const k = tensor(2);
    const { binary } = compiledLike(grad(loss), [k], 1e5);
    compiledLike((x: Tensor) => jvp(loss, [x], [tensor(1)]), [k], 1e5);
    compiledLike(
      grad((x: Tensor) => sum(pendulum(x, [0, 1])[0])),
      [k],
      1e5,
    );
    compiledLike(
      grad((x: Tensor) =>
        sum(
          odeint((t, y: Tensor) => sub(where(greater(t, 0.5), x, 0), maximum(y, mul(x, y))), 1, [0, 1], {
            tolerance: 1e-3,
          }) as Tensor,
        ),
      ),
      [k],
      1e5,
    );
    compiledLike(
      vmap((x: Tensor) => pendulum(x, [0, 1, 2])[0]),
      [tensor([1, 2, 3])],
      1e4,
    );
    compiledLike(grad(grad((x: Tensor) => sum(pendulum(x, [0, 0.2, 0.4])[0]))), [k], 1e7);
    compiledLike(
      (x: Tensor) => scan((c: Tensor, s: Tensor) => [add(c, sum(pendulum(s, [0, 1])[0])), c], tensor(0), x),
      [tensor([1, 2, 3])],
    );
    // many times are a loop, backwards too
    const many = (x: Tensor): Tensor =>
      sum(
        pendulum(
          x,
          Array.from({ length: 40 }, (_, i) => i / 20),
        )[0],
      );
    expect(compileProgram(makeProgram(grad(many))(k)).binary.length).toBeLessThan(1.5 * binary.length);
  });

  it('throws what the reference evaluator throws', () => {
    const reasons = [
      (k: Tensor) => odeint((_t, y: Tensor) => mul(k, mul(y, y)), 1, [0, 2], { tolerance: 1e-2 }),
      (k: Tensor) => pendulum(k, [0, 50, 100], { budget: 100 }),
      (k: Tensor) => pendulum(k, [0, 1], { budget: 1 }),
      (k: Tensor) => odeint((t, y: Tensor) => div(mul(k, y), t), 1, [0, 1]),
      (k: Tensor) => odeint((_t, y: Tensor) => mul(y, div(k, 0)), 1, [0, 1]),
    ];
    const named = reasons.map((f) => {
      const program = makeProgram(f)(tensor(1));
      const { run } = compileProgram(program);
      const message = messageOf(() => run([tensor(1) as DenseTensor]));
      expect(message).toBe(messageOf(() => evaluateProgram(program, [tensor(1) as DenseTensor])));
      return message;
    });
    expect(named[0]).toMatch(/^OdeError: odeint from 0 to 2: no step/);
    expect(named[1]).toContain('100 evaluations');
    expect(named[3]).toContain('not finite');
  });

  it('the stiff method stays with the evaluator, and what it calls again and again becomes a module', () => {
    const stiff = (k: Tensor): Tensor => sum(pendulum(k, [0, 1], { method: 'stiff' })[0]);
    const program = makeProgram(valueAndGrad(stiff) as (k: Tensor) => unknown)(tensor(2));
    const compiled = compileProgram(program);
    expect(compiled.signature.hostCalls).toEqual(['ode']);
    const inputs = [tensor(2) as DenseTensor];
    const expected = evaluateProgram(program, inputs);
    for (let run = 0; run < 8; run++) {
      const found = compiled.run(inputs);
      expect(difference({ what: 'stiff', program, inputs, bound: 1e5 }, expected, found)).toBeUndefined();
    }
    // an operation that fails leaves everything as it was
    const failing = makeProgram((k: Tensor) => pendulum(k, [0, 9], { method: 'stiff', budget: 50 }))(tensor(2));
    expect(messageOf(() => compileProgram(failing).run(inputs))).toBe(
      messageOf(() => evaluateProgram(failing, inputs)),
    );
    expect(compiled.run(inputs)[0]?.data[0]).toBeCloseTo(expected[0]?.data[0] as number, 10);
  });

  it('runs where nothing is installed, and says when it found nothing', async () => {
    installCompiler();
    const f = jit((k: Tensor) => odeint((_t, y: Tensor) => mul(k, mul(y, y)), 1, [0, 1]) as Tensor);
    const { wasm, loader } = f.exportModule(tensor(0.5));
    setCompiler(undefined);
    const { load } = await import(`data:text/javascript,${encodeURIComponent(loader)}`);
    const run = await load(wasm);
    const [row] = run(0.5);
    expect(row[1]).toBeCloseTo(2, 7);
    expect(() => run(1.5)).toThrow(/ode\(.*\) came to no good end/);
  });

  it('without relaxed SIMD, without SIMD, and on two threads', () => {
    const program = makeProgram((k: Tensor) => valueAndGrad((x: Tensor) => sum(pendulum(x, [0, 1])[0]))(k))(tensor(2));
    const inputs = [tensor(2) as DenseTensor];
    const expected = compileProgram(program).run(inputs);
    for (const features of [detectFeatures({ relaxedSimd: false }), detectFeatures({ simd: false })]) {
      expect(compileProgram(program, { features }).run(inputs)).toEqual(expected);
    }
    const shared = compileProgram(program, { threads: 2, threshold: 1 });
    expect(shared.run(inputs)).toEqual(expected);
    shared.dispose();
  });

  it('is a step towards what is right: the period of a pendulum', () => {
    // a quarter of the period for an amplitude of 1, by the arithmetic-geometric mean
    let [a, b] = [1, Math.cos(0.5)];
    for (let i = 0; i < 6; i++) [a, b] = [(a + b) / 2, Math.sqrt(a * b)];
    const quarter = jit((x: Tensor) => {
      const [angle] = odeint(
        (_t, [p, v]: [Tensor, Tensor]) => [v, neg(sin(p))],
        [x, tensor(0)] as [Tensor, Tensor],
        [0, Math.PI / (2 * a)],
        { tolerance: 1e-11 },
      ) as [Tensor, Tensor];
      return reshapeTo(sliceAlong(angle, 0, 1, 2), []);
    });
    expect((quarter(tensor(1)) as Tensor).item()).toBeCloseTo(0, 10);
  });
});
