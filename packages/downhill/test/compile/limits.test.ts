import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { explainTrap } from '../../src/compile/errors.ts';
import { type Expression, viewOf } from '../../src/compile/expressions.ts';
import {
  compileProgram,
  type Handler,
  installCompiler,
  LimitError,
  registerOperation,
  TrapError,
} from '../../src/compile/index.ts';
import type { Value } from '../../src/compile/wasm/value.ts';
import { cond } from '../../src/control/cond.ts';
import { foriLoop, scan } from '../../src/control/scan-loop.ts';
import { cumsum } from '../../src/functions/cumulative.ts';
import { matmul } from '../../src/functions/products.ts';
import { sum } from '../../src/functions/reductions.ts';
import { broadcastTo, reshape } from '../../src/functions/shape.ts';
import { sort } from '../../src/functions/sorting.ts';
import { add, mul } from '../../src/primitives/arithmetic.ts';
import { greater } from '../../src/primitives/comparison.ts';
import { sin } from '../../src/primitives/trigonometric.ts';
import { unary } from '../../src/primitives/unary.ts';
import { Variable } from '../../src/program/program.ts';
import { DtypeError, ShapeError } from '../../src/tensor/errors.ts';
import { type DenseTensor, type Tensor, tensor, zeros } from '../../src/tensor/tensor.ts';
import { setCompiler } from '../../src/trace/apply.ts';
import { grad } from '../../src/transforms/grad.ts';
import { jit, makeProgram } from '../../src/transforms/jit.ts';
import { vmap } from '../../src/transforms/vmap.ts';

const here = /limits\.test\.ts:\d+:\d+/;
const vector = (n: number): DenseTensor => tensor(Float64Array.from({ length: n }, (_, i) => i + 1)) as DenseTensor;

/** What a function throws, with the line of this file that its message names. */
function thrown(f: () => unknown): { error: Error; line: number } {
  try {
    f();
  } catch (error) {
    const [, line] = /limits\.test\.ts:(\d+):\d+/.exec((error as Error).message) ?? [];
    return { error: error as Error, line: Number(line) };
  }
  throw new Error('nothing was thrown');
}

/** The number of the line it is called on. */
const lineHere = (): number =>
  Number(/limits\.test\.ts:(\d+)/.exec((new Error().stack ?? '').split('\n')[2] ?? '')?.[1]);

/** Gives modules fewer pages than they need, as no correct compiler would. */
function withTooLittleMemory<T>(pages: number, f: () => T): T {
  const { Memory } = WebAssembly;
  const less = function (this: unknown, { initial }: WebAssembly.MemoryDescriptor) {
    return new Memory({ initial: Math.min(initial, pages) });
  };
  vi.stubGlobal('WebAssembly', Object.assign(Object.create(WebAssembly), { Memory: less }));
  try {
    return f();
  } finally {
    vi.unstubAllGlobals();
  }
}

beforeAll(() => installCompiler());
afterAll(() => setCompiler(undefined));
afterEach(() => vi.unstubAllGlobals());

describe('a module that traps', () => {
  it('names the operation and the line, for code in place, in kernels and in loops', () => {
    let at = 0;
    const programs: Record<string, (x: Tensor) => unknown> = {
      cumsum: (x) => {
        const wide = broadcastTo(x, [300, 100]);
        at = lineHere() + 1;
        return sum(cumsum(wide, { axis: 0 }));
      },
      // a loop of several operations goes by the last of them
      sin: (x) => {
        const product = mul(broadcastTo(cumsum(x), [300, 100]), 2);
        at = lineHere() + 1;
        const wave = sin(product);
        return sum(sort(wave));
      },
      sort: (x) => {
        at = lineHere() + 1;
        return sum(sort(broadcastTo(x, [300, 100]), { axis: 1 }));
      },
      mul: (x) => {
        // the slope of sin, found where sin is written, times what comes from behind
        at = lineHere() + 1;
        return sum(sort(grad((v: Tensor) => sum(sin(v)) as Tensor)(broadcastTo(x, [300, 100]))));
      },
    };
    for (const [name, f] of Object.entries(programs)) {
      const x = vector(100);
      const compiled = compileProgram(makeProgram(f)(x));
      const { error, line } = withTooLittleMemory(name === 'mul' ? 4 : 1, () => thrown(() => compiled.run([x])));
      expect(error, name).toBeInstanceOf(TrapError);
      expect(error.message).toMatch(/^the compiled Program stopped in \w+\(float64\[.*memory access out of bounds/);
      expect(error.message).toContain(`stopped in ${name}(`);
      expect(line, name).toBe(at);
    }
  });
});

describe('functions that several operations share', () => {
  /** Each does the same three times, on the three lines that follow the one where it begins. */
  let from = 0;
  const thrice: Record<string, (x: Tensor, w: Tensor) => Tensor[]> = {
    dot_general: (x, w) => {
      from = lineHere();
      const one = matmul(x, w) as Tensor;
      const two = matmul(one, w) as Tensor;
      const three = matmul(two, w) as Tensor;
      return [one, two, three];
    },
    sin: (x, w) => {
      from = lineHere();
      const one = sin(add(matmul(x, w), 1)) as Tensor;
      const two = sin(add(matmul(one, w), 1)) as Tensor;
      const three = sin(add(matmul(two, w), 1)) as Tensor;
      return [one, two, three];
    },
    add: (x) => {
      from = lineHere();
      const one = add(sin(x), sum(x)) as Tensor;
      const two = add(sin(one), sum(one)) as Tensor;
      const three = add(sin(two), sum(two)) as Tensor;
      return [one, two, three];
    },
    cumsum: (x) => {
      from = lineHere();
      const one = cumsum(x, { axis: 0 }) as Tensor;
      const two = cumsum(one, { axis: 0 }) as Tensor;
      const three = cumsum(two, { axis: 0 }) as Tensor;
      return [one, two, three];
    },
  };
  it.each(Object.entries(thrice))('%s: a trap names the one whose call it was', (name, f) => {
    // all are needed to the end, so that each has a place of its own
    const whole = (x: Tensor, w: Tensor): Tensor => {
      const [one, two, three] = f(x, w) as [Tensor, Tensor, Tensor];
      return sum(mul(mul(one, two), sort(three))) as Tensor;
    };
    const [x, w] = [1, 2].map((k) => reshape(mul(vector(128 * 128), 1e-6 * k), [128, 128]) as DenseTensor);
    const compiled = compileProgram(makeProgram(whole)(x as DenseTensor, w as DenseTensor));
    const found = new Set<number>();
    // two matrices of two pages each, then what is made of them: with every page more the module comes further
    for (let pages = 5; pages < compiled.memory.bytes / 65536; pages++) {
      const { error, line } = withTooLittleMemory(pages, () => thrown(() => compiled.run([x, w] as DenseTensor[])));
      expect(error).toBeInstanceOf(TrapError);
      if (error.message.includes(`stopped in ${name}(`)) found.add(line);
      compiled.dispose();
    }
    expect([...found]).toEqual([from + 1, from + 2, from + 3]);
  });
});

describe('a trap in a program that changed how stacks look', () => {
  const { prepareStackTrace, stackTraceLimit } = Error;
  afterEach(() => Object.assign(Error, { prepareStackTrace, stackTraceLimit }));
  const x = vector(100);
  const trapped = (): string => {
    const { run } = compileProgram(makeProgram((v: Tensor) => sum(cumsum(broadcastTo(v, [300, 100]), { axis: 0 })))(x));
    return withTooLittleMemory(1, () => thrown(() => run([x]))).error.message;
  };

  it.each([
    ['other objects', (_: Error, sites: unknown[]) => sites],
    ['other text', (error: Error) => `${error}`],
  ])('is named as ever where stacks are %s', (_, prepare) => {
    Object.assign(Error, { prepareStackTrace: prepare });
    expect(trapped()).toMatch(/^the compiled Program stopped in cumsum\(float64\[.*memory access out of bounds/);
    expect(Error.prepareStackTrace).toBe(prepare);
  });

  it('is still a trap where there are none', () => {
    Error.stackTraceLimit = 0;
    expect(trapped()).toMatch(/^the compiled Program stopped somewhere \(Error\.stackTraceLimit .*out of bounds/);
  });
});

describe('stacks of other engines', () => {
  /** A module of two functions: run, in which two operations are written, and a kernel. */
  const at = (name: string, line: string) => ({
    primitive: { name },
    inputs: [vector(3)].map((x) => new Variable(x)),
    outputs: [],
    params: {},
    site: { line },
  });
  const [first, second, kernel] = [at('first', 'a.ts:1:1'), at('second', 'a.ts:2:1'), at('kernel', 'a.ts:3:1')];
  const marks = [
    { index: 4, offset: 10, origin: kernel },
    { index: 5, offset: 100, origin: first },
    { index: 5, offset: 140, origin: second },
  ];
  class RuntimeError extends Error {}
  const explained = (stack: string): string =>
    (explainTrap(Object.assign(new RuntimeError('unreachable executed'), { stack }), marks, undefined) as Error)
      .message;

  it.each([
    [
      'V8',
      'RuntimeError: unreachable\n    at wasm://wasm/3a5e0d12:wasm-function[5]:0x8f\n    at run (https://a.test/a.js:1:1)',
      /^the compiled Program stopped in second\(float64\[3\]\) at a\.ts:2:1: unreach/,
    ],
    [
      'V8 with names',
      'RuntimeError: unreachable\n    at run (wasm://wasm/3a5e0d12:wasm-function[5]:0x66)\n',
      /in first\(float64\[3\]\) at a\.ts:1:1/,
    ],
    [
      'Firefox',
      'wasm-function[4]@https://a.test/a.js line 7 > WebAssembly.Module:wasm-function[4]:0xb\nwasm-function[5]@https://a.test/a.js line 7 > WebAssembly.Module:wasm-function[5]:0x66\n',
      /in kernel\(float64\[3\]\) at a\.ts:3:1/,
    ],
    [
      'Firefox, later in a function',
      'run@https://a.test/a.js line 7 > WebAssembly.Module:wasm-function[5]:0x8f\n',
      /in second\(float64\[3\]\) at a\.ts:2:1/,
    ],
    [
      'Safari',
      '<?>.wasm-function[4]@[wasm code]\n<?>.wasm-function[5]@[wasm code]\nwasm-stub@[wasm code]\nrun@[native code]',
      /in kernel\(float64\[3\]\) at a\.ts:3:1/,
    ],
    [
      'Safari, which does not say where in a function',
      '<?>.wasm-function[5]@[wasm code]',
      /in one of first\(float64\[3\]\) at a\.ts:1:1, second\(float64\[3\]\) at a\.ts:2:1: unreach/,
    ],
    [
      'a function of the module that stands for nothing',
      'RuntimeError\n    at wasm://wasm/3a:wasm-function[9]:0x8f',
      /stopped outside of any operation/,
    ],
  ])('%s', (_, stack, message) => expect(explained(stack)).toMatch(message));

  it('a function of several operations leaves it to its caller, also when it was another thread that failed', () => {
    const shared = [first, second].map((origin) => ({ index: 3, offset: 2, origin, ambiguous: true }));
    const caller = 'wasm-function[5]@https://a.test/a.js line 7 > WebAssembly.Module:wasm-function[5]:0x66\n';
    const inner = 'wasm-function[3]@https://a.test/a.js line 7 > WebAssembly.Module:wasm-function[3]:0x9\n';
    const message = (stack: string, failure?: { index: number; offset: number }): string => {
      const error = Object.assign(new RuntimeError('unreachable executed'), { stack });
      return (explainTrap(error, [...shared, ...marks], failure) as Error).message;
    };
    expect(message(inner + caller)).toMatch(/in first\(float64\[3\]\) at a\.ts:1:1/);
    expect(message(caller, { index: 3, offset: 9 })).toMatch(
      /in first\(float64\[3\]\) at a\.ts:1:1: in another thread/,
    );
    expect(message(caller, { index: 4, offset: 11 })).toMatch(/in kernel\(float64\[3\]\) at a\.ts:3:1: in another/);
    expect(message('<?>.wasm-function[3]@[wasm code]')).toMatch(/in one of first\(.*, second\(/);
    // the caller is beyond what the stack tells
    expect(message(inner)).toMatch(/in one of first\(.*, second\(/);
    expect(message('', { index: 3, offset: 9 })).toMatch(/in one of first\(.*, second\(.*in another thread/);
  });

  it('errors that do not come from a module are left as they are', () => {
    const error = Object.assign(new RuntimeError('other'), { stack: 'f@https://a.test/a.js:1:1' });
    expect(explainTrap(error, marks, undefined)).toBe(error);
    expect(explainTrap('text', marks, undefined)).toBe('text');
  });
});

/** Identity as an operation whose code a test writes. */
function operation(name: string, handler: Handler) {
  registerOperation(name, handler);
  return unary({
    name,
    interval: 'increasing',
    evaluate: (x) => x,
    slope: () => tensor(1),
    tex: (a) => a,
  });
}

describe('an operation with code of its own', () => {
  it('runs in the module; when it traps the line is the one it was written on, also from inside loops and branches', () => {
    const brittle = operation('brittle', (fusion, _equation, [x]) => {
      const scalar = fusion.scalar(x as Expression);
      fusion.add({
        name: 'brittle',
        write: (emission) => {
          const value = emission.value(scalar) as Value<'f64'>;
          emission.f.if(value.gt(3), () => emission.f.unreachable());
        },
      });
      return [scalar];
    });
    let at = 0;
    const f = jit((x: Tensor) => {
      const end = foriLoop(
        0,
        10,
        (_: Tensor, v: Tensor) => {
          at = lineHere() + 1;
          const checked = brittle(v);
          return add(checked, 1);
        },
        x,
      );
      return cond(
        greater(end, 5),
        (v: Tensor) => mul(v, 2),
        (v: Tensor) => v,
        end,
      );
    });
    expect(f(tensor(-7)).item()).toBe(3);
    const { error, line } = thrown(() => f(tensor(0)));
    expect(error.message).toMatch(/stopped in brittle\(float64\[\]\) at .*: unreachable/);
    expect(line).toBe(at);
    // the next run starts afresh
    expect(f(tensor(-7)).item()).toBe(3);
  });

  it('that traps in another thread is named too', () => {
    let at = 0;
    const remote = operation('remote', (fusion, equation, [x]) => {
      const view = fusion.materialize(x as Expression);
      const { sharing } = fusion;
      const place = viewOf(fusion.buffer('float64', 64 * sharing.threads), [64 * sharing.threads]);
      const cut = { units: 64, work: 1e9, scratch: new Map([[0, 512]]) };
      const shared = sharing.pays(cut, 1);
      fusion.add({
        name: 'remote',
        reads: [view],
        scratch: [place.buffer],
        shared,
        write: (emission) => {
          const target = emission.function('remote', ['i32', 'i32', 'i32'], [], (inner, mine, start) => {
            const { f } = inner;
            // whoever is not the first has a share of its own further on
            f.if(mine.ne(inner.address(place)), () => f.unreachable());
            // the first one gives the others time
            f.for(0, 2_000_000, 1, (i) => f.store(mine, i.add(start)));
          });
          emission.tasks.run(emission.f, target, [emission.address(place)], cut, shared);
        },
      });
      expect(equation.outputs[0]?.shape).toEqual(view.shape);
      return [view];
    });
    const f = (x: Tensor): Tensor => {
      at = lineHere() + 1;
      return remote(x);
    };
    const x = vector(20);
    const compiled = compileProgram(makeProgram(f)(x), { threads: 2 });
    const { error, line } = thrown(() => {
      for (let i = 0; i < 200; i++) compiled.run([x]);
    });
    expect(error.message).toMatch(/stopped in remote\(float64\[20\]\) at .*: in another thread/);
    expect(line).toBe(at);
  });
});

describe('what is refused before anything runs', () => {
  it('an arena over 4 GiB, with its largest arrays and their lines', () => {
    let at = 0;
    const f = jit((x: Tensor) => {
      at = lineHere() + 1;
      const running = cumsum(broadcastTo(x, [40_000, 20_000]), { axis: 0 });
      return sum(running);
    });
    const { error, line } = thrown(() => f(vector(20_000)));
    expect(error).toBeInstanceOf(LimitError);
    expect(error.message).toMatch(
      /needs 6\.0 GiB of memory, and a compiled one can have 4\.0 GiB\. Its largest arrays: 6\.0 GiB \(float64\[40000, 20000\]\) for cumsum at /,
    );
    expect(error.message).toContain('156 KiB (float64, 20000 elements) an argument or a constant');
    expect(error.message).toMatch(/smaller pieces with scan, in float32/);
    expect(line).toBe(at);
  });

  it('several arrays that are too much together, stacks of scans and of scans in scans, what a gradient keeps', () => {
    const [ramp, rounds] = [vector(10_000), tensor(new Float64Array(1000))];
    const stack = (x: Tensor): Tensor => scan((c: Tensor, t: Tensor) => [add(c, t), c], x, rounds)[1] as Tensor;
    const cases: [jitted: (x: Tensor) => unknown, needs: RegExp][] = [
      [
        (x) => {
          const a = cumsum(broadcastTo(x, [20_000, 10_000]), { axis: 0 });
          const b = cumsum(a, { axis: 1 });
          return sum(add(mul(a, b), cumsum(b, { axis: 0 })));
        },
        /needs 4\.5 GiB.*1\.5 GiB.*for cumsum at .*; 1\.5 GiB.*for cumsum at .*; 1\.5 GiB.*for cumsum at /,
      ],
      [
        (x) => scan((c: Tensor) => [sin(c), c], x, zeros([100_000]))[1],
        /7\.5 GiB \(float64\[100000, 10000\]\) for scan at/,
      ],
      [
        (x) => scan((c: Tensor) => [c, stack(c)], x, rounds)[1],
        /74\.5 GiB \(float64\[1000, 1000, 10000\]\) for scan at/,
      ],
      [
        grad((x: Tensor) => sum(foriLoop(0, 100_000, (_: Tensor, c: Tensor) => sin(c), x)) as Tensor),
        /7\.5 GiB.*for scan/,
      ],
    ];
    for (const [f, needs] of cases) {
      const { error } = thrown(() => jit(f)(ramp));
      expect(error).toBeInstanceOf(LimitError);
      expect(error.message).toMatch(needs);
      expect(error.message).toMatch(here);
    }
  });

  it('arrays for which there is no memory outside of modules', () => {
    const { error } = thrown(() => zeros([1e6, 1e6]));
    expect(error).toBeInstanceOf(LimitError);
    expect(error.message).toBe(
      'there is no memory for an array of 1000000000000 elements of float64 (7.45e+3 GiB); work on smaller pieces',
    );
    const { error: traced } = thrown(() => jit((x: Tensor) => add(zeros([1e6, 1e6]), x))(tensor(1)));
    expect(traced).toBeInstanceOf(LimitError);
  });

  it('axes longer than loops can count; more elements than that on several axes are summed', () => {
    const total = (shape: number[]) => (x: Tensor) => sum(broadcastTo(x, shape)) as Tensor;
    const at = lineHere() + 1;
    const { error, line } = thrown(() => jit((x: Tensor) => sum(broadcastTo(x, [2 ** 31])))(tensor(1)));
    expect(error.message).toMatch(
      /float64\[2147483648\] from broadcast_in_dim at .* an axis.* can have 2147483647 elements/,
    );
    expect(line).toBe(at);
    // two to the thirty-first, as nothing but numbers in registers
    expect(jit(total([2, 2 ** 30]))(tensor(0.5)).item()).toBe(2 ** 30);
  });

  it('memory that the engine does not have', () => {
    const x = vector(10);
    const { run } = compileProgram(makeProgram((v: Tensor) => sin(v))(x));
    vi.stubGlobal(
      'WebAssembly',
      Object.assign(Object.create(WebAssembly), {
        Memory: function refused() {
          throw new RangeError('could not allocate memory');
        },
      }),
    );
    expect(() => run([x])).toThrow(LimitError);
    expect(() => run([x])).toThrow(
      /the engine has no memory for this Program, which needs 64\.0 KiB; let go of compiled/,
    );
  });

  it('loops nested more than 100 deep', () => {
    const nest =
      (depth: number) =>
      (x: Tensor): Tensor =>
        depth === 0 ? mul(x, 2) : (scan((c: Tensor) => [nest(depth - 1)(c), c], x, tensor([1]))[0] as Tensor);
    expect(jit(nest(20))(tensor(1.5)).item()).toBe(3);
    const { error } = thrown(() => jit(nest(101))(tensor(1.5)));
    expect(error).toBeInstanceOf(LimitError);
    expect(error.message).toMatch(
      /nested more than 100 deep.*the scan at .* is one too many.*calls itself is unrolled/,
    );
    expect(error.message).toMatch(here);
    // soon, also far beyond, and for what is made of it
    expect(() => jit(nest(300))(tensor(1.5))).toThrow(LimitError);
    expect(jit(grad(nest(30)))(tensor(1.5)).item()).toBe(2);
    expect(jit(vmap(nest(30)))(tensor([1.5])).toArray()).toEqual([3]);
    const branches =
      (depth: number) =>
      (x: Tensor): Tensor =>
        depth === 0 ? mul(x, 2) : cond(greater(x, 0), branches(depth - 1), (v: Tensor) => v, x);
    expect(jit(grad(branches(30)))(tensor(1.5)).item()).toBe(2);
    expect(() => jit(grad(branches(101)))(tensor(1.5))).toThrow(/the cond at .* is one too many/);
  });

  it('inputs a module was not compiled for', () => {
    const [x, w] = [vector(3), tensor([[1], [2], [3]]) as DenseTensor];
    const { run } = compileProgram(makeProgram((a: Tensor, b: Tensor) => matmul(a, b))(x, w));
    expect(run([x, w])[0]?.toArray()).toEqual([14]);
    expect(() => run([x])).toThrow(/takes 2 inputs \(float64\[3\], float64\[3, 1\]\), got 1/);
    expect(() => run([vector(4), w])).toThrow(ShapeError);
    expect(() => run([vector(4), w])).toThrow(
      /input 0 of this compiled Program must be float64\[3\], got float64\[4\]/,
    );
    const single = tensor(new Float32Array(3)) as DenseTensor;
    expect(() => run([single, w])).toThrow(DtypeError);
    expect(() => run([single, w])).toThrow(/must be float64\[3\], got float32\[3\]; convert it, or compile for/);
  });

  it('dtypes and shapes an operation does not take, at the call of a jitted function, by its own message', () => {
    const f = jit((a: Tensor, b: Tensor) => matmul(a, b) as Tensor);
    expect(f(vector(3), vector(3)).item()).toBe(14);
    expect(() => f(vector(3), vector(4))).toThrow(ShapeError);
    expect(() => jit(grad((v: Tensor) => sum(v) as Tensor))(tensor([1, 2], { dtype: 'int32' }))).toThrow(/int32/);
  });
});
