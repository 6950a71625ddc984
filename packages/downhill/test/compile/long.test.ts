import { describe, expect, test } from 'vitest';
import { compileProgram } from '../../src/compile/index.ts';
import { reshape, transpose } from '../../src/functions/shape.ts';
import { add, div, mul, sub } from '../../src/primitives/arithmetic.ts';
import { tanh } from '../../src/primitives/hyperbolic.ts';
import { abs, maximum } from '../../src/primitives/piecewise.ts';
import { pow } from '../../src/primitives/powers.ts';
import { reduceMax } from '../../src/primitives/reductions.ts';
import { evaluateProgram } from '../../src/program/evaluate.ts';
import { type DenseTensor, type Tensor, tensor } from '../../src/tensor/tensor.ts';
import { makeProgram } from '../../src/transforms/jit.ts';

const eight = (x: Tensor) => maximum(add(mul(abs(sub(mul(add(mul(x, 2), 1), 0.5), 3)), 0.25), -0.1), 0);

/** How many elements of two arrays differ. */
const differing = (a: DenseTensor, b: DenseTensor): number =>
  a.data.reduce((count: number, x: number, i: number) => count + (Object.is(x, b.data[i]) ? 0 : 1), 0);

/** Vector stores of the kernels of a module. */
const stores = (text: string): number => text.split('v128.store').length - 1;

describe('loops over arrays longer than the caches', () => {
  const cases: [string, Float32Array | Float64Array][] = [
    ['float32', new Float32Array(2 ** 18 + 13)],
    ['float64', new Float64Array(2 ** 17 + 5)],
    ['a length of whole vectors', new Float32Array(2 ** 18 + 4)],
  ];
  for (const [name, data] of cases) {
    test(`walk along four stretches at once and through the rest, to the same bits: ${name}`, () => {
      data.forEach((_, i) => {
        data[i] = Math.sin(i) * 9;
      });
      const x = tensor(data) as DenseTensor;
      const program = makeProgram(eight)(x);
      const [expected] = evaluateProgram(program, [x]) as [DenseTensor];
      for (const donation of [undefined, { inputs: [0], owner: 'f' }]) {
        const compiled = compileProgram(program, { donation });
        expect(stores(compiled.text())).toBe(5);
        const given = tensor(data.slice()) as DenseTensor;
        expect(differing(compiled.run([given])[0] as DenseTensor, expected)).toBe(0);
      }
    });
  }

  test('several threads share them, each walking through its own part', () => {
    const data = Float32Array.from({ length: 2 ** 19 + 3 }, (_, i) => Math.cos(i));
    const x = tensor(data) as DenseTensor;
    const program = makeProgram(eight)(x);
    const [expected] = evaluateProgram(program, [x]) as [DenseTensor];
    const compiled = compileProgram(program, { threads: 2, threshold: 1 });
    expect(differing(compiled.run([x])[0] as DenseTensor, expected)).toBe(0);
    compiled.dispose();
  });

  test('short ones are a single loop', () => {
    const x = tensor(new Float32Array(2 ** 12)) as DenseTensor;
    expect(stores(compileProgram(makeProgram(eight)(x)).text())).toBe(1);
  });
});

test('the larger of 0 and what may be −0 is 0', () => {
  const values = [-0, 0, 1, -1, 0.5, -0.5, Number.NaN, Infinity, -Infinity];
  for (const c of [0, -0, 0.5, -0.5, 1]) {
    const functions: ((x: Tensor) => Tensor | number)[] = [
      (x) => maximum(add(x, c), 0),
      (x) => maximum(sub(x, c), 0),
      (x) => maximum(sub(c, x), 0),
      (x) => maximum(abs(mul(x, c)), 0),
      (x) => maximum(mul(x, c), 0),
    ];
    for (const f of functions) {
      const x = tensor(Float64Array.from(values)) as DenseTensor;
      const program = makeProgram(f)(x);
      const [expected] = evaluateProgram(program, [x]) as [DenseTensor];
      const [got] = compileProgram(program).run([x]) as [DenseTensor];
      expect([...got.data]).toEqual([...expected.data]);
    }
  }
});

test('many math kernels on few elements: those after the first hundreds are calls, to the same bits', () => {
  const chain =
    (f: (x: Tensor) => Tensor, n: number) =>
    (x: Tensor): Tensor =>
      Array.from({ length: n }).reduce((y: Tensor) => f(y), x);
  for (const step of [(x: Tensor) => tanh(mul(x, 1.5)), (x: Tensor) => pow(2, mul(x, -1))]) {
    const x = div(tensor([1, 2, 3, 4, 5, 6, 7, 8]), 9) as DenseTensor;
    const long = compileProgram(makeProgram(chain(step, 200))(x));
    // a function may have 7.6 MB, which in place ten times as many would exceed
    expect(long.binary.length).toBeLessThan(400_000);
    const short = compileProgram(makeProgram(chain(step, 10))(x));
    let expected = x;
    for (let i = 0; i < 20; i++) expected = short.run([expected])[0] as DenseTensor;
    expect(long.run([x])[0]?.toArray()).toEqual(expected.toArray());
  }
});

test('many short axes, as those of a state of qubits, are loops and not written out', () => {
  const x = reshape(tensor(Float64Array.from({ length: 2 ** 14 }, (_, i) => Math.sin(i))), Array(14).fill(2));
  const functions: ((x: Tensor) => unknown)[] = [
    (v) => add(v, transpose(v)),
    (v) => reduceMax(add(v, transpose(v)), [1, 3, 5, 7, 13]),
  ];
  for (const f of functions) {
    const program = makeProgram(f)(x);
    const compiled = compileProgram(program);
    // twice as much for each axis would be half a megabyte
    expect(compiled.binary.length).toBeLessThan(100_000);
    const [expected] = evaluateProgram(program, [x as DenseTensor]) as [DenseTensor];
    expect(differing(compiled.run([x as DenseTensor])[0] as DenseTensor, expected)).toBe(0);
  }
});
