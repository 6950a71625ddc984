import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { installCompiler } from '../../src/compile/index.ts';
import { configure } from '../../src/configure.ts';
import { foriLoop } from '../../src/control/scan-loop.ts';
import { sum } from '../../src/functions/reductions.ts';
import { add, mul } from '../../src/primitives/arithmetic.ts';
import { sin } from '../../src/primitives/trigonometric.ts';
import { DonatedError } from '../../src/tensor/errors.ts';
import { type Tensor, tensor } from '../../src/tensor/tensor.ts';
import { setCompiler } from '../../src/trace/apply.ts';
import { grad } from '../../src/transforms/grad.ts';
import { jit } from '../../src/transforms/jit.ts';

/** Modules compiled, and memories made, since the last test began. */
let modules = 0;
let memories: WeakRef<WebAssembly.Memory>[] = [];

beforeAll(() => {
  const { Module, Memory } = WebAssembly;
  const watched = {
    Module: function compiled(binary: Uint8Array<ArrayBuffer>) {
      modules++;
      return new Module(binary);
    },
    Memory: function made(descriptor: WebAssembly.MemoryDescriptor) {
      const memory = new Memory(descriptor);
      memories.push(new WeakRef(memory));
      return memory;
    },
  };
  vi.stubGlobal('WebAssembly', Object.assign(Object.create(WebAssembly), watched));
});
beforeEach(() => {
  installCompiler();
  [modules, memories] = [0, []];
});
afterAll(() => {
  vi.unstubAllGlobals();
  setCompiler(undefined);
});

const x = tensor(Float64Array.from({ length: 10 }, (_, i) => i));
const last = (y: Tensor): number => y.data.at(-1) as number;

describe('compiled Programs are found again by their structure', () => {
  it('one module for functions of the same Program, whoever wrote them; another for another number, type or shape', () => {
    const make = (k: number) => jit((v: Tensor) => mul(add(v, k), 2));
    expect([make(1)(x), make(1)(x), jit((w: Tensor) => mul(add(w, 1), 2))(x)].map(last)).toEqual([20, 20, 20]);
    expect(modules).toBe(1);
    expect(last(make(2)(x))).toBe(22);
    expect(modules).toBe(2);
    expect(last(make(-0)(x))).toBe(18);
    expect(last(make(0)(x))).toBe(18);
    expect(modules).toBe(4);
    expect(last(make(1)(tensor(new Float32Array(10))))).toBe(2);
    expect(last(make(1)(tensor(new Float64Array(11))))).toBe(2);
    expect(modules).toBe(6);
  });

  it('arrays that a function captured are its own, in loops too', () => {
    const plus = (elements: number[]) => {
      const array = tensor(elements);
      return jit((v: Tensor) => foriLoop(0, 3, (_: Tensor, c: Tensor) => add(c, array), v));
    };
    const [a, b] = [plus([1, 2]), plus([1, 3])];
    const zero = tensor([0, 0]);
    expect([a(zero), b(zero), a(zero)].map(last)).toEqual([6, 9, 6]);
  });

  it('with small arrays of the same elements one module, with others or large ones one each', () => {
    const times = (elements: number[]) => {
      const array = tensor(elements);
      return jit((v: Tensor) => mul(v, array));
    };
    const one = tensor([1, 1]);
    const [a, b, c] = [times([2, 3]), times([2, 3]), times([2, 4])];
    expect([a(one), b(one), c(one), a(one)].map(last)).toEqual([3, 3, 4, 3]);
    expect(modules).toBe(2);
    const large = Array.from({ length: 3000 }, (_, i) => i);
    expect([times(large), times(large)].map((f) => last(f(tensor(large.map(() => 2)))))).toEqual([5998, 5998]);
    expect(modules).toBe(4);
  });

  it('numbers that come from outside are read anew by a transform without jit, and frozen by jit', () => {
    let k = 3;
    const f = (v: Tensor): Tensor => sum(mul(v, k)) as Tensor;
    const frozen = jit(grad(f));
    expect([last(grad(f)(x)), last(frozen(x))]).toEqual([3, 3]);
    k = 4;
    expect([last(grad(f)(x)), last(frozen(x))]).toEqual([4, 3]);
  });

  it('the oldest are given up first, and compiled again when they are wanted again', () => {
    const make = (k: number) => jit((v: Tensor) => add(v, k));
    const held = make(1000);
    held(x);
    for (let k = 0; k < 300; k++) expect(last(make(k)(x))).toBe(9 + k);
    expect(modules).toBe(301);
    make(299)(x);
    expect(modules).toBe(301);
    make(0)(x);
    expect(modules).toBe(302);
    // what a function holds itself stays with it
    expect(last(held(x))).toBe(1009);
    expect(modules).toBe(302);
  });

  it('hundreds of different functions that are let go leave no memories behind', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    for (let k = 0; k < 700; k++) {
      jit((v: Tensor) => sin(mul(v, k)))(x);
      if (k % 100 === 0) await new Promise((resolve) => setTimeout(resolve));
    }
    expect(memories.length).toBe(700);
    const left = (): number => memories.filter((m) => m.deref()).length;
    for (let i = 0; i < 50 && left() > 260; i++) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      collect();
    }
    expect(left()).toBeLessThanOrEqual(260);
  });

  it('functions that are given the same inputs to keep share a module and have a memory each', () => {
    const make = (donate: number[]) => {
      const step = jit((w: Tensor, v: Tensor) => add(w, mul(0.25, v)), { donate });
      return (w: Tensor) => step(w, tensor(new Float64Array(100).fill(1)));
    };
    const start = (value: number) => tensor(new Float64Array(100).fill(value));
    const [a, b] = [make([0]), make([0])];
    let [v, w] = [start(0), start(10)];
    for (let i = 0; i < 4; i++) [v, w] = [a(v), b(w)];
    expect([v, w].map(last)).toEqual([1, 11]);
    expect(modules).toBe(1);
    expect(memories.length).toBe(2);
    // what is given up belongs to the structure: with nothing given up, or something else, it is another module
    make([])(start(0));
    make([1])(start(0));
    expect(modules).toBe(3);
    const used = start(0);
    b(used);
    expect(() => used.data).toThrow(DonatedError);
  });

  it('settings that change compile what is jitted again, to the same results; donated state goes on', () => {
    const step = jit((w: Tensor, v: Tensor) => add(w, mul(0.5, v)), { donate: [0] });
    const plain = jit((v: Tensor) => add(v, 1));
    let w = step(tensor(new Float64Array(100)), tensor(new Float64Array(100).fill(1)));
    plain(x);
    expect(modules).toBe(2);
    try {
      for (const threads of [2, 1, 3, 1]) {
        configure({ threads });
        w = step(w, tensor(new Float64Array(100).fill(1)));
        expect(last(plain(x))).toBe(10);
      }
    } finally {
      configure({ threads: undefined });
    }
    expect(modules).toBe(10);
    expect(last(w)).toBe(2.5);
  });
});
