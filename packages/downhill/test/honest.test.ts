import { afterEach, describe, expect, it } from 'vitest';
import { configure } from '../src/configure.ts';
import { cond } from '../src/control/cond.ts';
import { scan } from '../src/control/scan-loop.ts';
import { item } from '../src/functions/numeric.ts';
import { add, div, mul, sub } from '../src/primitives/arithmetic.ts';
import { greater, less } from '../src/primitives/comparison.ts';
import { exp, expm1, log, logistic } from '../src/primitives/exponential.ts';
import { tanh } from '../src/primitives/hyperbolic.ts';
import { reduceSum } from '../src/primitives/layout.ts';
import { abs, maximum, minimum, sign } from '../src/primitives/piecewise.ts';
import { pow, sqrt } from '../src/primitives/powers.ts';
import { reduceProd } from '../src/primitives/reductions.ts';
import { select } from '../src/primitives/select.ts';
import { sin } from '../src/primitives/trigonometric.ts';
import { type Tensor, tensor } from '../src/tensor/tensor.ts';
import { traceDepth } from '../src/trace/trace.ts';
import { jvp } from '../src/transforms/forward.ts';
import { grad } from '../src/transforms/grad.ts';
import { hessian, jacfwd } from '../src/transforms/jacobian.ts';
import { jit } from '../src/transforms/jit.ts';
import { vmap } from '../src/transforms/vmap.ts';
import { expectClose } from './support.ts';

const here = /honest\.test\.ts:\d+:\d+/;
const total = (x: Tensor): Tensor => reduceSum(x, [0]);

describe('plain JavaScript on traced values is refused with the line', () => {
  const misuses: [string, (x: number) => number][] = [
    ['multiplication', (x) => x * x],
    ['addition of a number', (x) => x + 1],
    ['power', (x) => x ** 2],
    ['unary minus', (x) => -x],
    ['Math.sin', (x) => Math.sin(x)],
    ['Math.max', (x) => Math.max(x, 0)],
    // biome-ignore lint/complexity/useMathMinMax: the misuse under test
    ['a comparison operator', (x) => (x > 0 ? x : 0)],
    // biome-ignore lint/suspicious/noDoubleEquals: the misuse under test
    ['a loose equality', (x) => (x == 1 ? 1 : 2)],
  ];
  it.each(misuses)('%s', (_name, f) => {
    for (const transform of [grad(f), jit(f), jacfwd(f) as unknown as (x: number) => number]) {
      expect(() => transform(1)).toThrow(
        /operator or Math function was applied to a float64\[\] tensor at .*honest\.test\.ts:\d+/,
      );
    }
  });

  it('a branch or && on a traced comparison names the comparison and where it stands', () => {
    const branch = (x: Tensor): Tensor => (greater(x, 0) ? x : mul(x, 2));
    expect(() => grad(branch)(tensor(-1))).toThrow(/result of gt\(…\) at .*honest\.test\.ts:\d+:\d+ was never used/);
    expect(() => grad(branch)(tensor(-1))).toThrow(here);
    const both = (x: Tensor): Tensor => (less(x, 0) && mul(x, 2)) as Tensor;
    expect(() => vmap(both)(tensor([1, 2]))).toThrow(/result of lt/);
    expect(() => jit((x: Tensor) => (!greater(x, 0) ? x : mul(x, 2)))(tensor(1))).toThrow(/never used/);
  });

  it('an ordinary tensor does not become NaN either', () => {
    const x = tensor([1, 2]) as unknown as number;
    expect(() => x * 2).toThrow(/float64\[2\] tensor/);
    expect(`${tensor([1, 2])}`).toBe('tensor([1, 2], float64)');
  });
});

describe('derivatives at the edges', () => {
  it('refuses gradients of integers and of integer results', () => {
    expect(() => grad((x: Tensor) => x)(tensor(2, { dtype: 'int32' }))).toThrow(
      /argument 0 is int32, which has no derivative/,
    );
    expect(() => grad(({ n }: { n: Tensor }) => n)({ n: tensor(2, { dtype: 'uint32' }) })).toThrow(
      /argument 0\.n is uint32/,
    );
    expect(() => grad((x: Tensor) => greater(x, 0) as Tensor)(tensor(1))).toThrow(/float result.*returned bool/);
    expect(() => grad((x: Tensor) => x)(tensor([1, 2]))).toThrow(/scalar result.*shape \[2\]/);
  });

  it('sends a product through one zero and through two', () => {
    const product = (x: Tensor): Tensor => reduceProd(x, [0]);
    expectClose(grad(product)(tensor([0, 2, 3])), [6, 0, 0]);
    expectClose(grad(product)(tensor([0, 0, 3])), [0, 0, 0]);
    expectClose(hessian(product)(tensor([0, 0, 3])), [0, 3, 0, 3, 0, 0, 0, 0, 0]);
  });

  it('keeps the stated convention at kinks and ties', () => {
    expect(grad(abs)(0)).toBe(0);
    expect(grad(sign)(0)).toBe(0);
    expect(grad((x: number) => maximum(x, 0))(0)).toBe(0.5);
    expect(grad((x: number) => maximum(x, 0))(-1)).toBe(0);
    expect(grad((x: number) => minimum(x, 0))(0)).toBe(0.5);
    expect(grad(sqrt)(0)).toBe(Number.POSITIVE_INFINITY);
    expect(grad((x: number) => pow(x, 0))(0)).toBe(0);
  });

  it('keeps the tails of tanh, expm1 and the sigmoid', () => {
    expectClose(grad(tanh)(20) / 1.6993417021166355e-17, 1, 1e-13);
    expectClose(grad(tanh)(-20) / 1.6993417021166355e-17, 1, 1e-13);
    expectClose(grad(expm1)(-50) / Math.exp(-50), 1, 1e-14);
    expectClose(grad(logistic)(40) / Math.exp(-40), 1, 1e-14);
    expect(grad(tanh)(400)).toBe(0);
  });
});

describe('a where hides what its branch would have made', () => {
  const safeLog = (x: Tensor): Tensor => select(greater(x, 0), log(x), 0);
  const cases: [string, (x: Tensor) => Tensor, number, number][] = [
    ['log of a negative number', safeLog, -1, 0],
    ['log of zero', safeLog, 0, 0],
    ['the branch taken', safeLog, 2, 0.5],
    ['the root at zero', (x) => select(greater(x, 0), sqrt(x), 0), 0, 0],
    ['a chain behind it', (x) => select(greater(x, 0), mul(3, exp(log(mul(x, x)))), x), 0, 1],
    ['a quotient', (x) => select(greater(x, 0), div(1, x), x), 0, 1],
    ['a product with the hidden value', (x) => select(greater(x, 0), mul(x, log(x)), 0), -1, 0],
    ['a sum over an axis behind it', (x) => select(greater(x, 0), total(log(mul(x, tensor([1, 2])))), x), 0, 1],
    ['overflow', (x) => select(less(x, 100), exp(x), x), 1000, 1],
  ];
  it.each(cases)('%s', (_name, f, at, expected) => {
    expectClose(grad(f)(tensor(at)), expected);
    expectClose(jit(grad(f))(tensor(at)), expected);
    expectClose(vmap(grad(f))(tensor([at, at])), [expected, expected]);
    expectClose(grad((v: Tensor) => total(vmap(f)(v)))(tensor([at, at])), [expected, expected]);
    expectClose(jvp(f, [tensor(at)], [tensor(1)])[1], expected);
  });

  it('in second derivatives, loops and branches too', () => {
    expectClose(grad(grad(safeLog))(tensor(-1)), 0);
    expectClose(hessian(safeLog)(tensor(2)), -0.25);
    const looped = (x: Tensor): Tensor =>
      scan((c: Tensor, t: Tensor) => [add(c, safeLog(sub(x, t))), null], x, tensor([1, 5]))[0];
    expectClose(grad(looped)(tensor(3)), 1.5);
    expectClose(grad((x: Tensor) => cond(greater(x, 0), safeLog, (y: Tensor) => safeLog(y), x))(tensor(-2)), 0);
  });

  it('leaves a true 0 · ∞ alone: the derivative of (√x)² at 0 is not declared 0', () => {
    expect(grad((x: number) => pow(sqrt(x), 2))(0)).toBeNaN();
  });
});

describe('debugNaNs', () => {
  afterEach(() => configure({ debugNaNs: false }));

  it('names the operation, its operands and the line', () => {
    configure({ debugNaNs: true });
    expect(() => grad((x: Tensor) => log(sub(x, 3)))(tensor(1))).toThrow(
      /log\(-2\) gives NaN at .*honest\.test\.ts:\d+:\d+/,
    );
    expect(() => configure({ speed: true } as never)).toThrow(/no option speed; it knows debugNaNs/);
    expect(() => configure({ threads: 0 })).toThrow(/threads must be a whole number from 1 on, got 0/);
    expect(() => configure({ wideSimd: 'yes' } as never)).toThrow(/wideSimd must be true or false, got yes/);
    expect(() => configure({ debugNaNs: 1 } as never)).toThrow(/debugNaNs must be true or false, got 1/);
  });
});

describe('misuse of tracers', () => {
  it('a traced value kept after its function returned is refused', () => {
    let kept: Tensor | undefined;
    grad((x: Tensor) => {
      kept = x;
      return mul(x, x);
    })(tensor(1));
    expect(() => add(kept as Tensor, 1)).toThrow(/used after the function it was traced in \(grad\) returned/);
  });

  it('a value that does not exist yet is not read', () => {
    expect(() => vmap((x: Tensor) => mul(x, x.item()))(tensor([1, 2]))).toThrow(/inside vmap it does not exist yet/);
    expect(() => scan((c: Tensor, t: Tensor) => [c, t.toArray()] as never, tensor(0), tensor([1]))).toThrow(
      /body of scan/,
    );
  });

  it('the plain number of a traced float is not handed out, for its derivative would end there', () => {
    const cut =
      /item was asked for the plain number 9 in a traced float64\[\], which would cut its derivative.*stopGradient/;
    expect(() => grad((x: Tensor) => mul(x, x).item())(tensor(3))).toThrow(cut);
    expect(() => jit((x: Tensor) => mul(x, x).item())(tensor(3))).toThrow(cut);
    expect(() => grad((x: Tensor) => item(mul(x, x)))(tensor(3))).toThrow(cut);
    const branch = (x: Tensor): Tensor => (greater(x, 0).item() ? mul(x, x) : x);
    expect([grad(branch)(tensor(3)).item(), grad(branch)(tensor(-3)).item()]).toEqual([6, 1]);
    expect(grad((x: Tensor) => mul(x, x.toArray() as number))(tensor(3)).item()).toBe(3);
  });

  it('an exception leaves no state behind, whatever nests', () => {
    const boom = (): never => {
      throw new TypeError('boom');
    };
    const nested: (() => unknown)[] = [
      () => grad(boom)(1 as never),
      () => grad((x: number) => grad(boom)(x as never))(1),
      () => vmap(grad(boom))(tensor([1]) as never),
      () => hessian((x: number) => mul(sin(x), boom()))(1),
      () => grad((x: Tensor) => cond(greater(x, 0), boom, boom))(tensor(1)),
      () => grad((x: Tensor) => scan(boom, x, tensor([1]))[0])(tensor(1)),
      () => jit(boom)(1 as never),
    ];
    for (const run of nested) {
      expect(run).toThrow('boom');
      expect(traceDepth()).toBe(0);
      expect(grad((x: number) => mul(x, x))(3)).toBe(6);
    }
  });
});
