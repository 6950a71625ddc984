import 'downhill-transform/lift';
import {
  add,
  div,
  jit,
  less,
  makeProgram,
  mean,
  mul,
  neg,
  pow,
  printProgram,
  sin,
  sub,
  tensor,
  whileLoop,
} from 'downhill';
import { installCompiler } from 'downhill/compile';
import { beforeAll, describe, expect, it } from 'vitest';

type F = (x: number) => number;
const t = (f: (x: never) => unknown): F => f as unknown as F;
const x = tensor([0.5, -1, 2, 3]) as unknown as number;

const pairs: readonly [string, F, F][] = [
  [
    'a polynomial',
    (v) => mean(((3 * v - 4) * v + 1) * v - 0.5 + Math.sin(v) ** 2),
    t((v) => mean(add(sub(mul(add(mul(sub(mul(3, v), 4), v), 1), v), 0.5), pow(sin(v), 2)))),
  ],
  [
    'a loop written out',
    (v) => {
      let s = v * 0;
      for (let step = 0; step < 10; step++) s += 0.1 * (-s / 0.7 + v);
      return s;
    },
    t((v) => {
      let s = mul(v, 0);
      for (let step = 0; step < 10; step++) s = add(s, mul(0.1, add(div(neg(s), 0.7), v)));
      return s;
    }),
  ],
];

const halvings: readonly [F, F] = [
  t((v) =>
    whileLoop(
      t((c: number) => c > 1e-3),
      t((c: number) => c / 2 + c * 0.01),
      v,
    ),
  ),
  t((v) =>
    whileLoop(
      t((c) => less(1e-3, c)),
      t((c) => add(div(c, 2), mul(c, 0.01))),
      v,
    ),
  ),
];

beforeAll(() => installCompiler());

describe('jitted, operators are the function calls', () => {
  it.each(pairs)('%s is one Program, with the same kernels and the same memory', (_name, operators, calls) => {
    const [a, b] = [jit(operators).lower(x), jit(calls).lower(x)];
    expect(a.code?.plan.length).toBeGreaterThan(0);
    expect(a.toString()).toBe(b.toString());
    expect(String(jit(operators)(x))).toBe(String(jit(calls)(x)));
  });

  it('a loop in the Program has the same result', () => {
    const [operators, calls] = halvings;
    expect(jit(operators)(0.75)).toBe(jit(calls)(0.75));
  });
});

describe('makeProgram', () => {
  const relu: F = (v) => (v > 0 ? v * 2 : 0);

  it('knows types alone, and names the branch, its line and where the path of an example is to be had', () => {
    expect(() => makeProgram(relu)(1)).toThrow(
      /condition at <function relu>:1:\d+ .*inside makeProgram.*where\(.*jit\(f\)\.lower\(example\)\.program/,
    );
    const looped: F = (v) => {
      let s = v;
      for (let i = 0; i < v; i++) s = s * 2;
      return s;
    };
    expect(() => makeProgram(looped)(3)).toThrow(/condition at <function looped>:3:\d+ .*inside makeProgram/);
  });

  it('loops over what is no argument are written out', () => {
    const cube: F = (v) => {
      let s = 1;
      for (let i = 0; i < 3; i++) s = s * v;
      return s;
    };
    expect(makeProgram(cube)(2).equations.map(({ primitive }) => primitive.name)).toEqual(['mul', 'mul', 'mul']);
  });

  it('the path that an example takes', () => {
    const path = (at: number): string => printProgram(jit(relu).lower(at).program);
    expect(path(3)).toContain('mul');
    expect(path(-3)).not.toContain('mul');
  });
});
