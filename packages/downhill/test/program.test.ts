import { describe, expect, it } from 'vitest';
import { checkpointPrimitive } from '../src/control/checkpoint.ts';
import { cond } from '../src/control/cond.ts';
import { scan } from '../src/control/scan-loop.ts';
import { add, mul, sub } from '../src/primitives/arithmetic.ts';
import { greater } from '../src/primitives/comparison.ts';
import { reduceSum } from '../src/primitives/layout.ts';
import { pow } from '../src/primitives/powers.ts';
import { cos, sin } from '../src/primitives/trigonometric.ts';
import { evaluateProgram } from '../src/program/evaluate.ts';
import { structuralHash, structuralKey } from '../src/program/hash.ts';
import type { Primitive } from '../src/program/primitive.ts';
import { printProgram } from '../src/program/print.ts';
import { type Program, Variable } from '../src/program/program.ts';
import { verifyProgram } from '../src/program/verify.ts';
import { type DenseTensor, type Tensor, tensor } from '../src/tensor/tensor.ts';
import { recordProgram } from '../src/trace/apply.ts';
import { grad } from '../src/transforms/grad.ts';
import { makeProgram } from '../src/transforms/jit.ts';
import { simplifyProgram } from '../src/transforms/simplify.ts';

const text = (f: (x: Tensor) => unknown, x: Tensor | number): string => printProgram(makeProgram(f)(x as Tensor));
const hash = (f: (x: Tensor) => unknown, x: Tensor): string => structuralHash(makeProgram(f)(x));

describe('the key under which compiled code is found again', () => {
  /** 750 zeros but for the last. */
  const array = (last: number): DenseTensor => tensor(new Float64Array(750).fill(last, 749)) as DenseTensor;
  /** x plus each of two arrays, which belong to sub-Programs and are not passed from outside. */
  const sums = (lasts: readonly number[]): Program => {
    const input = new Variable(array(0));
    const equations = lasts.map((last) => ({
      primitive: checkpointPrimitive as unknown as Primitive,
      inputs: [input],
      params: { program: recordProgram('sum', [array(0)], ([x]) => [add(x as Tensor, array(last))]) },
      outputs: [new Variable(array(0))],
      site: undefined,
    }));
    return { inputs: [input], constants: [], equations, outputs: equations.flatMap((e) => e.outputs) };
  };

  it('tells arrays apart that differ in one element anywhere, and joins those that do not', () => {
    expect(structuralKey(sums([1, 2]))).toBe(structuralKey(sums([1, 2])));
    expect(structuralKey(sums([1, 2]))).not.toBe(structuralKey(sums([1, 3])));
    expect(structuralKey(sums([0]))).not.toBe(structuralKey(sums([-0])));
    expect(simplifyProgram(sums([1, 1])).equations.length).toBe(1);
    const program = simplifyProgram(sums([1, 2]));
    expect(evaluateProgram(program, [array(5)]).map((y) => y.data[749])).toEqual([6, 7]);
  });
});

describe('the printer', () => {
  it('writes what a reader of jaxprs knows', () => {
    expect(text((x) => reduceSum(mul(sin(x), 2), [0]), tensor([1, 2, 3]))).toBe(
      [
        '{ lambda ; a:f64[3]. let',
        '    b:f64[3] = sin a',
        '    c:f64[3] = mul b 2.0:f64[]*',
        '    d:f64[] = reduce_sum[axes=[0]] c',
        '  in (d,) }',
      ].join('\n'),
    );
  });

  it('marks weak types, literals, constants and functions without equations', () => {
    expect(text((x) => x, 1)).toBe('{ lambda ; a:f64[]*. let in (a,) }');
    expect(text((x) => add(x, tensor([1, 2])), tensor([3, 4]))).toContain('{ lambda a:f64[2] ; b:f64[2]. let');
    expect(text((x) => [x, mul(x, -0)], tensor(1))).toContain('mul a -0.0:f64[]*');
  });

  it('shows loops and branches with their bodies', () => {
    const loop = text((x) => scan((c: Tensor, t: Tensor) => [add(c, t), null], x, tensor([1, 2]))[0], tensor(0));
    expect(loop).toContain('= scan[\n');
    expect(loop).toContain('body={ lambda ; a:f64[] b:f64[]. let');
    expect(
      text(
        (x) =>
          cond(
            greater(x, 0),
            (y: Tensor) => y,
            (y: Tensor) => sin(y),
            x,
          ),
        tensor(1),
      ),
    ).toContain('branches=(');
  });

  it('shows a gradient as the chain rule would be written', () => {
    expect(
      text(
        grad((w: Tensor) => pow(sub(w, 3), 2)),
        2,
      ),
    ).toMatch(/sub a 3\.0[\s\S]*pow b 2\.0[\s\S]*mul 2\.0:f64\[\]\* b/);
  });
});

describe('the structural hash', () => {
  const x = tensor([1, 2]);
  it('is equal for equal structure, whatever arrays are captured', () => {
    expect(hash((a) => mul(sin(a), tensor([1, 2])), x)).toBe(hash((a) => mul(sin(a), tensor([5, 6])), x));
  });
  it('differs with operations, wiring, literals, shapes, dtypes and the bodies of loops', () => {
    const variants = [
      hash((a) => sin(a), x),
      hash((a) => cos(a), x),
      hash((a) => mul(a, 2), x),
      hash((a) => mul(a, 3), x),
      hash((a) => mul(2, a), x),
      hash((a) => sin(a), tensor([1, 2, 3])),
      hash((a) => sin(a), tensor(new Float32Array(2))),
      hash((a) => scan((c: Tensor, t: Tensor) => [add(c, t), null], a, x)[0], tensor(0)),
      hash((a) => scan((c: Tensor, t: Tensor) => [mul(c, t), null], a, x)[0], tensor(0)),
      hash((a) => scan((c: Tensor, t: Tensor) => [mul(c, t), null], a, x, { reverse: true })[0], tensor(0)),
    ];
    expect(new Set(variants).size).toBe(variants.length);
  });
});

describe('the verifier', () => {
  const program = makeProgram((x: Tensor) => add(sin(x), 1))(tensor([1, 2]));
  const broken: [string, Program, RegExp][] = [
    [
      'a variable read before it is bound',
      { ...program, equations: [...program.equations].reverse() },
      /test: equation 0 \(add\) reads a variable that is not bound/,
    ],
    [
      'a variable bound twice',
      { ...program, equations: [...program.equations, program.equations[0] as never] },
      /binds a variable a second time/,
    ],
    [
      'an output from nowhere',
      { ...program, outputs: [new Variable({ shape: [], dtype: 'bool', weak: false })] },
      /the output list reads a variable/,
    ],
    [
      'an output of another type',
      {
        ...program,
        equations: [
          { ...program.equations[0], outputs: [new Variable({ shape: [3], dtype: 'float64', weak: false })] } as never,
        ],
        outputs: [],
      },
      /equation 0 \(sin\) output 0 is f64\[3\] where its rule gives f64\[2\]/,
    ],
    ['an array as a literal', { ...program, outputs: [tensor([1, 2]) as never] }, /only scalars are literals/],
  ];
  it('accepts what tracing makes', () => {
    expect(() => verifyProgram(program, 'test')).not.toThrow();
  });
  it.each(broken)('refuses %s', (_what, bad, message) => {
    expect(() => verifyProgram(bad, 'test')).toThrow(message);
  });
});
