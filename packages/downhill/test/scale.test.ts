import { describe, expect, it } from 'vitest';
import { add, mul } from '../src/primitives/arithmetic.ts';
import { sin } from '../src/primitives/trigonometric.ts';
import { structuralHash } from '../src/program/hash.ts';
import { printProgram } from '../src/program/print.ts';
import { verifyProgram } from '../src/program/verify.ts';
import { type Tensor, tensor } from '../src/tensor/tensor.ts';
import { flatten, treeMap } from '../src/tensor/tree.ts';
import { jvp, vjp } from '../src/transforms/forward.ts';
import { grad } from '../src/transforms/grad.ts';
import { jacfwd } from '../src/transforms/jacobian.ts';
import { jit, makeProgram } from '../src/transforms/jit.ts';
import { simplifyProgram } from '../src/transforms/simplify.ts';
import { vmap } from '../src/transforms/vmap.ts';
import { expectClose } from './support.ts';

const layers = 50_000;

/** A chain of two equations a layer: y ← y / 2 + 1/4, starting from x. */
const chain =
  (count: number) =>
  (x: Tensor): Tensor => {
    let y = x;
    for (let i = 0; i < count; i++) y = add(mul(y, 0.5), 0.25);
    return y;
  };
const deep = chain(layers);

const pulled = (f: (x: Tensor) => Tensor, x: Tensor): [Tensor, [Tensor]] => {
  const [value, pull] = vjp(f, x);
  return [value, pull(tensor(1)) as [Tensor]];
};

describe('a Program of 100,000 equations', () => {
  it('goes through every transform without overflowing the stack', () => {
    const x = tensor(1);
    const [value, [slope]] = pulled(deep, x);
    expectClose(value, 0.5);
    expectClose(slope, 0.5 ** layers);
    // a call for each of these equations would overflow it as well
    const f = chain(10_000);
    expectClose(f(x), 0.5);
    expectClose(grad(f)(x), 0.5 ** 10_000);
    expectClose(jvp(f, [x], [tensor(1)])[1], 0.5 ** 10_000);
    expectClose(jacfwd(f)(x), 0.5 ** 10_000);
    expectClose(vmap(f)(tensor([1, 2])), [0.5, 0.5]);
    expectClose(jit(f)(x), 0.5);
  });

  it('is verified, hashed, printed and simplified', () => {
    const program = makeProgram(deep)(tensor(1));
    expect(program.equations.length).toBe(2 * layers);
    verifyProgram(program, 'trace');
    expect(structuralHash(program)).toBe(structuralHash(makeProgram(deep)(tensor(3))));
    expect(printProgram(program).split('\n').length).toBe(2 * layers + 2);
    expect(simplifyProgram(program).equations.length).toBe(2 * layers);
  });
});

describe('a function of 1,000 layers', () => {
  it('has the gradient that the chain rule gives', () => {
    const f = (x: number): number => {
      let y = x;
      for (let i = 0; i < 1000; i++) y = sin(y);
      return y;
    };
    let [y, slope] = [0.7, 1];
    for (let i = 0; i < 1000; i++) [y, slope] = [Math.sin(y), slope * Math.cos(y)];
    expectClose(grad(f)(0.7) / slope, 1, 1e-12);
  });
});

describe('trees', () => {
  it('refuse what contains itself, naming where', () => {
    const loop: Record<string, unknown> = { a: 1 };
    loop.self = { loop };
    expect(() => flatten(loop, 'params')).toThrow(/params\.self\.loop contains itself/);
  });

  it('keep a key named __proto__ as data', () => {
    const tree = JSON.parse('{"__proto__": 2, "a": 3}') as Record<string, number>;
    const doubled = treeMap((x) => 2 * (x as number), tree);
    expect(Object.entries(doubled)).toEqual([
      ['__proto__', 4],
      ['a', 6],
    ]);
    expect(Object.getPrototypeOf(doubled)).toBe(Object.prototype);
  });
});
