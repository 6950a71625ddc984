import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scan } from '../../src/control/scan-loop.ts';
import { add, div, mul, neg, sub } from '../../src/primitives/arithmetic.ts';
import { greater } from '../../src/primitives/comparison.ts';
import { exp } from '../../src/primitives/exponential.ts';
import { stretchTo } from '../../src/primitives/layout.ts';
import { pow } from '../../src/primitives/powers.ts';
import { select } from '../../src/primitives/select.ts';
import { sin } from '../../src/primitives/trigonometric.ts';
import { evaluateProgram } from '../../src/program/evaluate.ts';
import type { Program } from '../../src/program/program.ts';
import { verifyProgram } from '../../src/program/verify.ts';
import { asTensor, type DenseTensor, type Tensor, tensor } from '../../src/tensor/tensor.ts';
import { grad } from '../../src/transforms/grad.ts';
import { makeProgram } from '../../src/transforms/jit.ts';
import { simplifyProgram } from '../../src/transforms/simplify.ts';

const names = (program: Program): string[] => program.equations.map((e) => e.primitive.name);
const simplified = (f: (x: Tensor) => unknown, x: Tensor): Program => {
  const program = simplifyProgram(makeProgram(f)(x));
  verifyProgram(program, 'simplify');
  return program;
};
const x = tensor(2);

describe('simplifyProgram', () => {
  it('drops what nobody reads and computes equal equations once', () => {
    const f = (a: Tensor) => {
      exp(a);
      return add(sin(a), sin(a));
    };
    expect(names(simplified(f, x))).toEqual(['sin', 'add']);
  });

  it('folds scalar constants and applies exact identities', () => {
    expect(names(simplified((a) => mul(1, div(neg(neg(a)), 1)), x))).toEqual([]);
    expect(names(simplified((a) => pow(a, 2), x))).toEqual(['mul']);
    expect(names(simplified((a) => div(a, 4), x))).toEqual(['mul']);
    expect(names(simplified((a) => mul(a, mul(stretchTo(tensor(2), []), 3)), x))).toEqual(['mul']);
    expect(
      names(
        simplified(
          grad((a: Tensor) => pow(sub(a, 3), 2)),
          x,
        ),
      ),
    ).toEqual(['sub', 'mul']);
  });

  it('keeps x + 0 and 0 · x, which are not identities', () => {
    expect(names(simplified((a) => add(a, 0), x))).toEqual(['add']);
    expect(names(simplified((a) => mul(a, 0), x))).toEqual(['mul']);
  });

  it('looks inside loops', () => {
    const program = simplified(
      (a) => scan((c: Tensor, t: Tensor) => [mul(mul(c, t), 1), null], a, tensor([1, 2]))[0],
      x,
    );
    expect(names((program.equations[0]!.params as unknown as { body: Program }).body)).toEqual(['mul']);
  });

  it('keeps every bit of every value, special ones included', () => {
    const unary = [
      (a: Tensor) => neg(neg(a)),
      (a: Tensor) => mul(a, 1),
      (a: Tensor) => mul(-1, a),
      (a: Tensor) => sub(a, 0),
      (a: Tensor) => add(a, -0),
      (a: Tensor) => div(a, 8),
      (a: Tensor) => pow(a, 2),
      (a: Tensor) => select(greater(a, a), a, a),
      (a: Tensor) => add(sin(a), sin(a)),
    ];
    const value = fc.oneof(fc.double(), fc.constantFrom(0, -0, Number.NaN, Number.POSITIVE_INFINITY, 5e-324, 1e308));
    fc.assert(
      fc.property(value, fc.array(fc.constantFrom(...unary), { minLength: 1, maxLength: 6 }), (v, steps) => {
        const f = (a: Tensor): Tensor => steps.reduce((y, step) => step(y) as Tensor, a);
        const program = makeProgram(f)(tensor(v));
        const inputs = [asTensor(tensor(v)) as DenseTensor];
        const [before] = evaluateProgram(program, inputs);
        const [after] = evaluateProgram(simplifyProgram(program), inputs);
        return Object.is(before?.data[0], after?.data[0]);
      }),
    );
  });
});
