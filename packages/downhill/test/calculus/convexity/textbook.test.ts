import { describe, expect, it } from 'vitest';
import { convexity } from '../../../src/calculus/convexity/index.ts';
import { textbook } from '../../../src/calculus/convexity/textbook.ts';
import * as d from '../../../src/index.ts';
import { evaluateProgram } from '../../../src/program/evaluate.ts';
import { scalar } from '../../../src/tensor/tensor.ts';

const { add, exp, greater, log1p, logsumexp, makeProgram, mul, neg, select, softplus, stack, sub } = d;
type Numbers = (...xs: number[]) => number;

const all = (...xs: number[]): number => logsumexp(stack(xs)) as unknown as number;
const three: Numbers = (x, y, z) => all(mul(2, x), sub(y, z), 1);

describe('softplus and logsumexp as the library computes them', () => {
  it.each<[string, Numbers, number, string]>([
    ['softplus', softplus as Numbers, 1, 'convex'],
    ['softplus of an affine function', (x, y) => softplus(add(sub(mul(3, x), mul(2, y)), 1)), 2, 'convex'],
    ['a sum of them', (x, y) => add(softplus(x), mul(2, softplus(sub(y, x)))), 2, 'convex'],
    ['of a convex function', (x) => softplus(mul(x, x)), 1, 'convex'],
    ['logSigmoid', d.logSigmoid as Numbers, 1, 'concave'],
    ['logsumexp', all, 3, 'convex'],
    ['logsumexp of affine functions', three, 3, 'convex'],
    ['with a square and a line', (x, y) => add(all(x, y), add(mul(x, x), y)), 2, 'convex'],
  ])('%s is certified everywhere', (_name, f, n, verdict) => {
    const found = convexity(f, n, { budget: 20 });
    expect(found.verdict).toBe(verdict);
    expect(found.certificate).not.toBeNull();
  });

  it.each<[string, Numbers, number]>([
    ['softplus', softplus as Numbers, 1],
    ['logsumexp', three, 3],
    ['both', (x, y) => mul(softplus(x), all(x, softplus(y))), 2],
  ])('%s: the form that is judged has the same values', (_name, f, n) => {
    const program = makeProgram(f as never)(...new Array<never>(n).fill(0.5 as never));
    const plain = textbook(program);
    expect(plain.equations.map((e) => e.primitive.name)).not.toContain('select');
    for (const point of [-3, -0.5, 0, 0.25, 2, 11]) {
      const inputs = Array.from({ length: n }, (_, i) => scalar(point * (1 - 0.7 * i)));
      const [before, after] = [program, plain].map((p) => evaluateProgram(p, inputs)[0]?.item() as number);
      expect(Math.abs((after as number) - (before as number))).toBeLessThan(1e-13 * (1 + Math.abs(before as number)));
    }
  });

  it('what only looks like them stays as it is', () => {
    const lookalike =
      (at: number, sign: number): Numbers =>
      (x) => {
        const right = greater(x, at);
        const size = sign > 0 ? select(greater(x, 0), neg(x), x) : select(right, x, neg(x));
        return add(select(right, x, 0), log1p(exp(size))) as unknown as number;
      };
    for (const f of [lookalike(1, 1), lookalike(0, -1), lookalike(0, 1)]) {
      const program = makeProgram(f as never)(0.5 as never);
      expect(textbook(program).equations.length).toBe(program.equations.length);
    }
  });
});
