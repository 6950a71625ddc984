import { describe, expect, it } from 'vitest';
import { type CompileOptions, compileProgram } from '../../src/compile/index.ts';
import { textOf } from '../../src/compile/structure.ts';
import { ModuleBuilder } from '../../src/compile/wasm/assembler.ts';
import type { Mark } from '../../src/compile/wasm/encode.ts';
import { detectFeatures } from '../../src/compile/wasm/features.ts';
import {
  add,
  argsort,
  at,
  cond,
  conv,
  cumsum,
  foriLoop,
  greater,
  matmul,
  max,
  maximum,
  mul,
  sin,
  softmax,
  sort,
  sub,
  sum,
  type Tensor,
  take,
  tanh,
  tensor,
  transpose,
} from '../../src/index.ts';
import { cholesky } from '../../src/linalg/index.ts';
import { cumsumAlong } from '../../src/primitives/cumulative.ts';
import { evaluateProgram } from '../../src/program/evaluate.ts';
import type { DenseTensor } from '../../src/tensor/tensor.ts';
import { makeProgram } from '../../src/transforms/jit.ts';

/** Numbers of order one that do not repeat. */
const numbers = (shape: readonly number[], seed = 1, dtype: 'float32' | 'float64' = 'float32'): DenseTensor => {
  const size = shape.reduce((a, b) => a * b, 1);
  return tensor(
    Array.from({ length: size }, (_, i) => Math.sin(1.7 * i + seed) * 0.4),
    { shape, dtype },
  ) as DenseTensor;
};

type F = (...args: Tensor[]) => unknown;

const programOf = (f: F, args: readonly DenseTensor[]) => makeProgram(f as (...a: unknown[]) => unknown)(...args);

const functionsOf = (f: F, args: readonly DenseTensor[], options: CompileOptions = {}): string[] =>
  compileProgram(programOf(f, args), options)
    .text()
    .split('\n')
    .flatMap((line) => /^ {2}\(func \$(\S+)/.exec(line)?.[1] ?? []);

/** The results of the module beside those of the evaluator. */
function compare(f: F, args: readonly DenseTensor[], options: CompileOptions = {}): void {
  const program = programOf(f, args);
  const found = compileProgram(program, options).run(args);
  const wanted = evaluateProgram(program, args);
  wanted.forEach((y, i) => {
    expect(found[i]?.shape).toEqual(y.shape);
    y.data.forEach((value, k) => {
      expect(Math.abs((found[i]?.data[k] as number) - value)).toBeLessThan(1e-4 * (1 + Math.abs(value)));
    });
  });
}

const repeat =
  (count: number, step: (y: Tensor, i: number, ...others: Tensor[]) => Tensor): F =>
  (x, ...others) => {
    let y = x as Tensor;
    for (let i = 0; i < count; i++) y = step(y, i, ...others);
    return y;
  };

const order = tensor([3, 1, 0, 2, 9, 7, 8, 4], { dtype: 'int32' }) as DenseTensor;

/** Steps that are made of the same kernels however often they come, at other addresses each time. */
const steps: Record<string, [step: (y: Tensor, i: number, ...others: Tensor[]) => Tensor, args: DenseTensor[]]> = {
  'a product': [(y, _, w) => matmul(y, w as Tensor) as Tensor, [numbers([16, 16]), numbers([16, 16], 2)]],
  'a packed product': [(y, _, w) => matmul(y, w as Tensor) as Tensor, [numbers([10, 100]), numbers([100, 100], 2)]],
  'a batch of products': [
    (y, _, w) => matmul(y, w as Tensor) as Tensor,
    [numbers([3, 5, 6]), numbers([3, 6, 6], 2, 'float32')],
  ],
  'a product of dot products': [
    (y, _, w) => transpose(matmul(w as Tensor, transpose(y))) as Tensor,
    [numbers([2, 12]), numbers([12, 12], 2)],
  ],
  'a row times a matrix': [(y, _, w) => matmul(y, w as Tensor) as Tensor, [numbers([1, 130]), numbers([130, 130], 2)]],
  'a layer': [
    (y, _, w, b) => tanh(add(matmul(y, w as Tensor), b as Tensor)) as Tensor,
    [numbers([16, 16]), numbers([16, 16], 2), numbers([16], 3)],
  ],
  'a layer with a scalar that is computed': [
    (y, _, w, b) => add(mul(matmul(y, w as Tensor), sum(y)), b as Tensor) as Tensor,
    [numbers([8, 16]), numbers([16, 16], 2), numbers([16], 3)],
  ],
  'a loop over elements': [(y) => add(sin(y), sum(y)) as Tensor, [numbers([50])]],
  reductions: [
    (y, i) => sub(y, i % 2 ? sum(y, { axis: 0, keepdims: true }) : max(y, { axis: 1, keepdims: true })) as Tensor,
    [numbers([9, 11])],
  ],
  softmax: [(y) => softmax(mul(y, 3)) as Tensor, [numbers([6, 10])]],
  'running sums': [(y) => mul(cumsum(transpose(y), { axis: 0 }), 0.3) as Tensor, [numbers([7, 7])]],
  sorting: [(y) => mul(take(sort(y), argsort(y)), 0.9) as Tensor, [numbers([40])]],
  'gather and scatter': [
    (y, _, index) => at(y, index as Tensor).add(take(y, index as Tensor, { axis: 0 })) as Tensor,
    [numbers([12, 9]), order],
  ],
  convolution: [
    (y, _, w) => conv(y, w as Tensor, { padding: 'SAME' }) as Tensor,
    [numbers([1, 2, 9, 9]), numbers([2, 2, 3, 3], 2)],
  ],
  factorization: [
    (y) => cholesky(add(matmul(y, transpose(y)), tensor([9, 0, 0, 0, 9, 0, 0, 0, 9], { shape: [3, 3] }))) as Tensor,
    [numbers([3, 3], 1, 'float64')],
  ],
  'loops in branches': [
    (y) =>
      cond(
        greater(sum(y), 0),
        (a: Tensor) => cumsum(sin(a)) as Tensor,
        (a: Tensor) => cumsum(tanh(a)) as Tensor,
        y,
      ) as Tensor,
    [numbers([30])],
  ],
};

describe('functions of a module are there once for all that have their structure', () => {
  it.each(Object.entries(steps))('%s', (_, [step, args]) => {
    const [few, many] = [functionsOf(repeat(4, step), args), functionsOf(repeat(24, step), args)];
    expect(many.length).toBe(few.length);
    expect(new Set(many).size).toBe(many.length);
    compare(repeat(6, step), args);
  });

  it('with more threads, with vectors of twice the width and without any', () => {
    const [layer, args] = steps['a layer'] as (typeof steps)[string];
    for (const features of [{ relaxedSimd: false }, { simd: false }, { wideSimd: true }]) {
      const options = { features: detectFeatures(features) };
      expect(functionsOf(repeat(24, layer), args, options)).toHaveLength(
        functionsOf(repeat(4, layer), args, options).length,
      );
      compare(repeat(6, layer), args, options);
    }
    const shared = { threads: 2, threshold: 1000 };
    const [packed, large] = steps['a packed product'] as (typeof steps)[string];
    const tiles = functionsOf(repeat(12, packed), large, shared).filter((name) => name.startsWith('tile'));
    expect(tiles).toEqual(functionsOf(repeat(3, packed), large, shared).filter((name) => name.startsWith('tile')));
  });

  it('the size of a module hardly grows with equal products', () => {
    const [step, args] = steps['a product'] as (typeof steps)[string];
    const bytes = (count: number) => compileProgram(programOf(repeat(count, step), args)).binary.length;
    // a call with its addresses
    expect((bytes(110) - bytes(10)) / 100).toBeLessThan(40);
  });

  it('loops of rounds, whose kernels lie at addresses of their own, have functions of their own', () => {
    const step = (y: Tensor) => foriLoop(0, 3, (_: Tensor, c: Tensor) => cumsum(mul(c, 0.5)) as Tensor, y) as Tensor;
    const names = functionsOf(repeat(5, step), [numbers([20])]);
    expect(names.filter((name) => name.startsWith('scan'))).toHaveLength(5);
    expect(names.filter((name) => name.startsWith('cumsum'))).toHaveLength(1);
    compare(repeat(5, step), [numbers([20])]);
  });
});

describe('what differs in its code is not shared', () => {
  const x = [numbers([16, 16]), numbers([16, 16], 2), numbers([16], 3)];
  const [a, b, c] = [0, 1, 2].map((i) => i) as [number, number, number];
  /** Two steps of the same operations: each must have a function of its own, and compute what it says. */
  const pairs: Record<string, F> = {
    'numbers in an epilogue': (...v) => [mul(matmul(v[a], v[b]), 2), mul(matmul(v[b], v[a]), 3)],
    'zeros of both signs': (...v) => [maximum(matmul(v[a], v[b]), 0), maximum(matmul(v[b], v[a]), -0)],
    'how an operand lies': (...v) => [add(matmul(v[a], v[b]), v[a]), add(matmul(v[b], v[a]), transpose(v[a]))],
    'the side of an operand': (...v) => [sub(matmul(v[a], v[b]), v[c]), sub(v[c], matmul(v[b], v[a]))],
    'numbers in a loop': (...v) => [cumsum(mul(sort(v[a]), 2)), cumsum(mul(sort(v[b]), 3))],
    'which of two is which': (...v) => [cumsum(sub(sort(v[a]), v[b])), cumsum(sub(v[a], sort(v[b])))],
    'the axis of a sum': (...v) => [sum(v[a], { axis: 0 }), sum(v[b], { axis: 1 })],
    'the way of a running sum': (...v) => [cumsum(v[a], { axis: 0 }), cumsumAlong(v[b] as Tensor, 0, true)],
    'the axis of a running sum': (...v) => [cumsum(v[a], { axis: 0 }), cumsum(v[b], { axis: 1 })],
  };
  it.each(Object.entries(pairs))('%s', (_, f) => compare(f, x));

  it('texts of numbers tell apart what arithmetic does', () => {
    const values = [0, -0, Number.NaN, 1, '1', true, 'true', null, undefined, [], [0], [[0]], {}, { a: 1 }, { a: -1 }];
    const texts = values.map(textOf);
    expect(texts).not.toContain(undefined as never);
    expect(new Set(texts).size).toBe(values.length);
    // what may hold anything is never taken for equal
    for (const value of [() => 0, new Map(), Symbol('x'), [new Set()], { a: new Date(0) }, new Float32Array(1)]) {
      expect(textOf(value)).toBeUndefined();
    }
  });
});

describe('the parts of a module that serve several operations', () => {
  const [first, second, third] = [{ at: 1 }, { at: 2 }, { at: 3 }];

  /** A function that calls another, each there once, asked for by operations in turn. */
  function marksOf(origins: readonly object[]): Mark[] {
    const m = new ModuleBuilder();
    const inner = () => m.once('inner', 'same', (name) => m.function(name, [], ['i32'], (f) => f.constant('i32', 1)));
    for (const origin of origins) {
      m.origin = origin;
      m.once('outer', 'same', (name) => m.function(name, [], ['i32'], (f) => f.call(inner())));
    }
    const marks: Mark[] = [];
    m.toBinary(marks);
    return marks;
  }
  const origins = (marks: readonly Mark[], index: number) => marks.filter((mark) => mark.index === index);

  it('stand for the one that they serve', () => {
    const marks = marksOf([first]);
    for (const index of [0, 1]) {
      expect(origins(marks, index)).toEqual([{ index, offset: expect.any(Number), origin: first }]);
    }
  });

  it('and for all of them, the functions that they call too, without saying which it is', () => {
    const marks = marksOf([first, second, third, first]);
    for (const index of [0, 1]) {
      expect(origins(marks, index).map(({ origin }) => origin)).toEqual([first, second, third]);
      expect(origins(marks, index).every(({ ambiguous }) => ambiguous)).toBe(true);
    }
  });

  it('are named apart, and made anew without a key', () => {
    const m = new ModuleBuilder();
    const make = (name: string) => m.function(name, [], [], () => {});
    m.function('part_0', [], [], () => {});
    const made = [m.once('part', 'a', make), m.once('part', 'b', make), m.once('part', undefined, make)];
    expect(new Set(made.map(({ name }) => name)).size).toBe(3);
    expect(m.once('part', 'a', make)).toBe(made[0]);
    expect(m.once('part', undefined, make)).not.toBe(made[2]);
  });
});
