import { describe, expect, it } from 'vitest';
import { checkpoint } from '../../src/control/checkpoint.ts';
import { customJvp } from '../../src/control/custom-jvp.ts';
import { customVjp } from '../../src/control/custom-vjp.ts';
import { stopGradient } from '../../src/control/stop-gradient.ts';
import { mul } from '../../src/primitives/arithmetic.ts';
import { reduceSum } from '../../src/primitives/layout.ts';
import { cos, sin } from '../../src/primitives/trigonometric.ts';
import { printProgram } from '../../src/program/print.ts';
import { type Tensor, tensor } from '../../src/tensor/tensor.ts';
import { traceDepth } from '../../src/trace/trace.ts';
import { jvp, vjp } from '../../src/transforms/forward.ts';
import { grad } from '../../src/transforms/grad.ts';
import { hessian } from '../../src/transforms/jacobian.ts';
import { makeProgram } from '../../src/transforms/jit.ts';
import { vmap } from '../../src/transforms/vmap.ts';
import { expectClose } from '../support.ts';

const total = (x: Tensor): Tensor => reduceSum(x, [0]);

describe('checkpoint', () => {
  const f = checkpoint((x: Tensor) => sin(mul(x, x)));
  const second = 2 * Math.cos(4) - 16 * Math.sin(4);

  it('has the values and derivatives of the function it wraps', () => {
    expectClose(f(tensor(2)), Math.sin(4));
    expectClose(grad(f)(tensor(2)), 4 * Math.cos(4));
    expectClose(jvp(f, [tensor(2)], [tensor(1)])[1], 4 * Math.cos(4));
    expectClose(grad(grad(f))(tensor(2)), second);
    expectClose(hessian(f)(tensor(2)), second);
    expectClose(vmap(grad(f))(tensor([2, 3])), [4 * Math.cos(4), 6 * Math.cos(9)]);
  });

  it('computes the forward values again on the way back instead of storing them', () => {
    const text = printProgram(makeProgram(grad(f))(tensor(2)));
    expect(text.match(/= sin/g)?.length).toBe(2);
  });
});

describe('customJvp', () => {
  // a slope deliberately twice the true one shows that the rule is what counts
  const f = customJvp(
    (x: Tensor) => sin(x),
    ([x], [t]) => [sin(x), mul(t, mul(2, cos(x)))],
  );

  it('serves both modes, higher orders and batches', () => {
    expectClose(grad(f)(tensor(1)), 2 * Math.cos(1));
    expectClose(jvp(f, [tensor(1)], [tensor(1)])[1], 2 * Math.cos(1));
    expectClose(grad(grad(f))(tensor(1)), -2 * Math.sin(1));
    const slopes = [2 * Math.cos(1), 2 * Math.cos(2)];
    expectClose(vmap(grad(f))(tensor([1, 2])), slopes);
    expectClose(grad((v: Tensor) => total(vmap(f)(v)))(tensor([1, 2])), slopes);
  });

  it('refuses a captured value that is being differentiated', () => {
    const g = (x: Tensor) =>
      customJvp(
        (y: Tensor) => mul(x, y),
        ([y], [t]) => [y, t],
      )(tensor(2));
    expect(() => grad(g)(tensor(1))).toThrow(/captured a value.*Pass the value as an argument/);
  });

  it('refuses a rule of the wrong form', () => {
    const g = customJvp((x: Tensor) => x, (([x]: Tensor[]) => x) as never);
    expect(() => grad(g)(tensor(1))).toThrow(/must return \[value, tangent\]/);
  });
});

describe('customVjp', () => {
  const f = customVjp(
    (x: Tensor, y: Tensor) => mul(sin(x), y),
    (x, y) => [mul(sin(x), y), { c: cos(x), s: sin(x), y }] as const,
    ({ c, s, y }, ct) => [mul(3, mul(ct, mul(c, y))), mul(ct, s)],
  );

  it('serves reverse mode, once and twice, and batches', () => {
    expectClose(grad(f)(tensor(1), tensor(2)), 6 * Math.cos(1));
    expectClose(vjp(f, tensor(1), tensor(2))[1](tensor(1)), [6 * Math.cos(1), Math.sin(1)]);
    expectClose(grad((x: Tensor) => grad(f)(x, tensor(2)))(tensor(1)), -6 * Math.sin(1));
    const slopes = [6 * Math.cos(1), 6 * Math.cos(2)];
    expectClose(vmap(grad(f), { inAxes: [0, null] })(tensor([1, 2]), tensor(2)), slopes);
    const summed = (v: Tensor): Tensor => total(vmap(f, { inAxes: [0, null] })(v, tensor(2)));
    expectClose(grad(summed)(tensor([1, 2])), slopes);
  });

  it('sums over the batch for an argument that the batch shares', () => {
    const g = (y: Tensor): Tensor => total(vmap((x: Tensor) => f(x, y))(tensor([1, 2])));
    expectClose(grad(g)(tensor(5)), Math.sin(1) + Math.sin(2));
  });

  it('says that it has no forward mode', () => {
    expect(() => jvp(f, [tensor(1), tensor(2)], [tensor(1), tensor(1)])).toThrow(
      /customVjp function has a reverse rule only/,
    );
  });
});

describe('stopGradient', () => {
  it('makes a value a constant, in trees too', () => {
    expectClose(grad((x: Tensor) => mul(stopGradient(x), x))(tensor(3)), 3);
    expect(grad((p: { a: number; b: number }) => mul(stopGradient(p).a, p.b))({ a: 2, b: 5 })).toEqual({ a: 0, b: 2 });
  });
});

describe('the stack of traces', () => {
  it('is as deep after a function that throws as before, whatever nests', () => {
    const bomb = (): never => {
      throw new Error('boom');
    };
    const nests = [
      grad(bomb),
      grad(grad(bomb)),
      vmap(grad(bomb)),
      hessian(bomb),
      grad((x: Tensor) => checkpoint(bomb)(x)),
    ];
    for (const f of nests) {
      expect(() => (f as (x: Tensor) => unknown)(tensor([1]).shape.length ? tensor(1) : tensor(1))).toThrow();
      expect(traceDepth()).toBe(0);
      expectClose(grad((x: Tensor) => mul(x, x))(tensor(3)), 6);
    }
  });
});
