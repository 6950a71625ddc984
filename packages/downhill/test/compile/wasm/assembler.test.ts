import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ModuleBuilder } from '../../../src/compile/wasm/assembler.ts';
import { checkFunction } from '../../../src/compile/wasm/check.ts';
import { webAssembly } from '../../../src/compile/wasm/engine.ts';
import { detectFeatures } from '../../../src/compile/wasm/features.ts';
import { lanesOf } from '../../../src/compile/wasm/kinds.ts';
import { OPCODES } from '../../../src/compile/wasm/opcodes.ts';
import type { Value } from '../../../src/compile/wasm/value.ts';
import { run } from './run.ts';

const plain = detectFeatures({ relaxedSimd: false });

describe('arithmetic', () => {
  test('integers wrap, shift and divide as 32-bit numbers', () => {
    const m = new ModuleBuilder();
    m.function('f', ['i32', 'i32'], ['i32'], (_f, a, b) => a.mul(b).xor(a.shrU(3)).sub(b.rem(7)), {
      export: true,
    });
    const { f } = run(m);
    fc.assert(
      fc.property(fc.integer(), fc.integer(), (a, b) => {
        expect(f(a, b)).toBe(((Math.imul(a, b) ^ (a >>> 3)) - (b % 7)) | 0);
      }),
    );
  });

  test('64-bit integers take bigint constants of any size', () => {
    const m = new ModuleBuilder();
    const c = 0x9e3779b97f4a7c15n;
    m.function('f', ['i64'], ['i64'], (_f, a) => a.mul(c).rotl(13).add(-5), {
      export: true,
    });
    const { f } = run(m);
    fc.assert(
      fc.property(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), (a) => {
        const p = BigInt.asUintN(64, a * c);
        const rotated = (p << 13n) | (p >> 51n);
        expect(f(a)).toBe(BigInt.asIntN(64, rotated - 5n));
      }),
    );
  });

  test('a vector expression is the scalar one in every lane', () => {
    const m = new ModuleBuilder(plain);
    for (let lane = 0; lane < 2; lane++) {
      m.function(
        `lane${lane}`,
        ['f64', 'f64'],
        ['f64'],
        (f, a, b) => {
          const v = f.lanes('f64x2', [0, 0]).withLane(0, a).withLane(1, b);
          const swapped = v.shuffle(v, [1, 0]);
          const larger = v.gt(swapped).select(v, swapped);
          return f.madd(larger, 2, v.sqrt()).lane(lane);
        },
        { export: true },
      );
    }
    const { lane0, lane1 } = run(m);
    expect(lane0(4, 9)).toBe(2 * 9 + 2);
    expect(lane1(4, 9)).toBe(2 * 9 + 3);
  });

  test('every opcode is known to the engine under the types of the table', () => {
    const relaxed = detectFeatures().relaxedSimd;
    for (const [op, { params, results, immediate }] of OPCODES) {
      if (op.includes('relaxed') && !relaxed) continue;
      const m = new ModuleBuilder();
      m.defineMemory({ initial: 1, maximum: 1, shared: true });
      m.function('f', params, [], (f, ...args) => {
        const lane = immediate === 'memory lane' ? { lane: 0 } : {};
        const given = immediate.startsWith('memory')
          ? { offset: 0, align: OPCODES.get(op)?.align ?? 0, ...lane }
          : { f32: 1, f64: 1, i32: 1, i64: 1n, lane: 0 }[immediate as string];
        const bytes = immediate === 'v128' || immediate === 'shuffle' ? new Uint8Array(16) : given;
        f.body.items.push({
          type: 'effect',
          op,
          args: args as Value[],
          immediate: bytes,
          results: results.map((kind) => f.constant(kind === 'v128' ? 'i32x4' : kind, 0)),
          position: 0,
        });
      });
      expect(webAssembly().validate(m.toBinary()), op).toBe(true);
    }
    expect(OPCODES.size).toBeGreaterThan(380);
  });
});

describe('values', () => {
  test('one value used twice is computed once', () => {
    const m = new ModuleBuilder();
    m.function('f', ['f64'], ['f64'], (_f, x) => {
      const root = x.sqrt();
      return root.mul(root).add(root);
    });
    expect(m.toText().match(/f64\.sqrt/g)).toHaveLength(1);
  });

  test('a value nobody uses is not emitted', () => {
    const m = new ModuleBuilder();
    m.function('f', ['f64'], ['f64'], (_f, x) => {
      x.sqrt().add(1);
      return x;
    });
    expect(m.toText()).not.toContain('sqrt');
  });

  test('a variable read before a write keeps its old value', () => {
    const m = new ModuleBuilder();
    m.function(
      'f',
      ['i32'],
      ['i32'],
      (f, x) => {
        const v = f.variable('i32', x);
        const before = v.get();
        const twice = before.mul(2);
        v.set(100);
        return before.add(twice).add(v.get());
      },
      { export: true },
    );
    expect(run(m).f(5)).toBe(5 + 10 + 100);
  });

  test('a load before a store keeps what was there', () => {
    const m = new ModuleBuilder();
    m.defineMemory({ initial: 1 });
    m.function(
      'f',
      [],
      ['i32'],
      (f) => {
        const at = f.constant('i32', 64);
        f.store(at, f.constant('i32', 7));
        const old = f.load('i32', at);
        f.store(at, old.add(1));
        return old.mul(10).add(f.load('i32', at));
      },
      { export: true },
    );
    expect(run(m).f()).toBe(78);
  });

  test('a value made outside a loop is not computed again inside it', () => {
    const m = new ModuleBuilder();
    m.function(
      'f',
      ['i32', 'f64'],
      ['f64'],
      (f, n, x) => {
        const sum = f.variable('f64', 0);
        const v = f.variable('f64', x);
        const invariant = v.get().sqrt();
        f.for(0, n, 1, () => {
          sum.set(sum.get().add(invariant));
          v.set(0);
        });
        return sum.get();
      },
      { export: true },
    );
    expect(run(m).f(3, 16)).toBe(12);
  });

  test('chains of thousands of operations neither overflow nor change', () => {
    const m = new ModuleBuilder();
    m.function(
      'f',
      ['i32'],
      ['i32'],
      (_f, x) => {
        let y = x;
        for (let k = 0; k < 20_000; k++) y = y.add(k & 3);
        return y;
      },
      { export: true },
    );
    expect(run(m).f(1)).toBe(1 + 30_000);
  });

  test('vector constants in a loop are made once, before it', () => {
    const m = new ModuleBuilder();
    m.defineMemory({ initial: 1 });
    m.function('f', ['i32'], [], (f, n) => {
      f.for(0, n, 16, (i) => f.store(i, f.load('f32x4', i).mul(3).add(3)));
    });
    const text = m.toText();
    expect(text.match(/v128\.const/g)).toHaveLength(1);
    expect(text.indexOf('v128.const')).toBeLessThan(text.indexOf('loop'));
  });
});

describe('control flow', () => {
  test('loops, conditions and blocks nest', () => {
    const m = new ModuleBuilder();
    m.function(
      'collatz',
      ['i32'],
      ['i32'],
      (f, start) => {
        const n = f.variable('i32', start);
        const steps = f.variable('i32', 0);
        f.while(
          () => n.get().ne(1),
          () => {
            f.if(
              n.get().and(1).eqz(),
              () => n.set(n.get().shr(1)),
              () => n.set(n.get().mul(3).add(1)),
            );
            steps.set(steps.get().add(1));
          },
        );
        return steps.get();
      },
      { export: true },
    );
    expect(run(m).collatz(27)).toBe(111);
  });

  test('for visits from, from + step, … below to, and nothing when empty', () => {
    const m = new ModuleBuilder();
    m.function(
      'f',
      ['i32', 'i32', 'i32'],
      ['i32'],
      (f, from, to, step) => {
        const seen = f.variable('i32', 0);
        f.for(from, to, step, (i) => seen.set(seen.get().mul(31).add(i)));
        return seen.get();
      },
      { export: true },
    );
    const { f } = run(m);
    fc.assert(
      fc.property(
        fc.integer({ min: -20, max: 20 }),
        fc.integer({ min: -20, max: 20 }),
        fc.integer({ min: 1, max: 9 }),
        (from, to, step) => {
          let seen = 0;
          for (let i = from; i < to; i += step) seen = (Math.imul(seen, 31) + i) | 0;
          expect(f(from, to, step)).toBe(seen);
        },
      ),
    );
  });

  test('calls pass several results, and recursion through an import reaches JavaScript', () => {
    const m = new ModuleBuilder();
    const log = m.importFunction('host', 'log', ['f64'], []);
    const divmod = m.function('divmod', ['i32', 'i32'], ['i32', 'i32'], (_f, a, b) => [a.div(b), a.rem(b)]);
    m.function(
      'f',
      ['i32', 'i32'],
      ['i32'],
      (f, a, b) => {
        const [q, r] = f.callAll(divmod, a, b);
        f.callAll(log, q.to('f64', 'convert_i32_s'));
        return q.mul(1000).add(r);
      },
      { export: true },
    );
    const seen: unknown[] = [];
    const host = {
      log: (x: number | bigint) => {
        seen.push(x);
        return undefined;
      },
    };
    expect(run(m, { host }).f(47, 5)).toBe(9002);
    expect(seen).toEqual([9]);
  });
});

describe('memory', () => {
  test('data segments, exports and ragged stores', () => {
    const m = new ModuleBuilder();
    m.defineMemory({ initial: 1 }, 'memory');
    m.addData(32, new Uint8Array(new Float32Array([1, 2, 3, 4]).buffer));
    m.function(
      'f',
      [],
      [],
      (f) => {
        const v = f.load('f32x4', f.constant('i32', 0), 32);
        f.storeLanes(f.constant('i32', 64), v.mul(2), 3);
      },
      { export: true },
    );
    const exports = run(m) as unknown as {
      f(): void;
      memory: { buffer: ArrayBuffer };
    };
    exports.f();
    expect([...new Float32Array(exports.memory.buffer, 64, 4)]).toEqual([2, 4, 6, 0]);
  });

  test('atomics count across calls on a shared memory', () => {
    const m = new ModuleBuilder();
    m.importMemory('env', 'memory', { initial: 1, maximum: 2, shared: true });
    m.function(
      'tick',
      [],
      ['i32'],
      (f) => {
        const at = f.constant('i32', 128);
        const old = f.atomicUpdate('add', at, 3);
        f.atomicNotify(at);
        return old.mul(100).add(f.atomicLoad(at));
      },
      { export: true },
    );
    const memory = new (webAssembly().Memory)({
      initial: 1,
      maximum: 2,
      shared: true,
    });
    const { tick } = run(m, { env: { memory } });
    expect(tick()).toBe(3);
    expect(tick()).toBe(306);
    expect(new Int32Array(memory.buffer)[32]).toBe(6);
  });
});

describe('mistakes are named while building', () => {
  const build = (body: Parameters<ModuleBuilder['function']>[3]) => () => {
    const m = new ModuleBuilder(plain);
    m.defineMemory({ initial: 1 });
    m.function('kernel', ['f32x4', 'i32'], ['f32x4'], body as never);
  };

  test('mixed kinds', () => {
    expect(build((_f, x) => x.add(x.as('i32x4') as never))).toThrow(
      "in function kernel: add of f32x4 and i32x4: both sides must be f32x4; write .as('f32x4')",
    );
    expect(build((_f, x, i) => x.mul(i as never))).toThrow(
      'in function kernel: mul of f32x4 and i32: both sides must be f32x4; convert one side first',
    );
  });

  test('an instruction that does not exist', () => {
    expect(build((_f, _x, i) => i.sqrt() as never)).toThrow('there is no instruction i32.sqrt');
  });

  test('a wrong result, a wrong condition, a lane out of range', () => {
    expect(build((_f, _x, i) => i as never)).toThrow('it must return (f32x4), got (i32)');
    expect(
      build((f, x) => {
        f.if(x as never, () => {});
        return x;
      }),
    ).toThrow('a condition must be i32, got f32x4');
    expect(build((_f, x) => x.lane(4).splat('f32x4'))).toThrow('lane 4 does not exist in f32x4');
    expect(lanesOf('f32x4')).toBe(4);
  });

  test('a value carried out of its block', () => {
    expect(
      build((f, x, i) => {
        let inner = x;
        f.if(i as never, () => {
          inner = x.add(x);
        });
        return inner;
      }),
    ).toThrow('was used outside the block it was made in; carry it out in a variable');
  });

  test('two functions of one name, and a memory too large', () => {
    const m = new ModuleBuilder(plain);
    m.function('f', [], [], () => undefined);
    expect(() => m.function('f', [], [], () => undefined)).toThrow('already has a function f');
    expect(() => m.defineMemory({ initial: 70000 })).toThrow('over the limit of 65536 (4 GiB)');
  });

  test('the checker finds what an engine would refuse', () => {
    const f = {
      name: 'bad',
      params: ['f32' as const],
      results: ['i32' as const],
      locals: [],
    };
    const get = { op: 'local.get', immediate: 0 };
    expect(() => checkFunction({ ...f, body: [get, get, { op: 'i32.add' }] })).toThrow(
      'in function bad, instruction 2 (i32.add): needs i32, got f32',
    );
    expect(() => checkFunction({ ...f, body: [{ op: 'i32.add' }] })).toThrow('the stack is empty');
    expect(() => checkFunction({ ...f, body: [{ op: 'block' }] })).toThrow('1 blocks are still open');
    expect(() => checkFunction({ ...f, body: [{ op: 'end' }] })).toThrow('never opened');
  });
});

test('the text shows names, types and structure', () => {
  const m = new ModuleBuilder(plain);
  m.importMemory('env', 'memory', { initial: 1, maximum: 16, shared: true });
  m.function(
    'scale',
    ['i32', 'f32'],
    [],
    (f, at, s) => {
      f.if(at.lt(64), () => f.store(at, s.mul(0.5), 8));
    },
    { export: true },
  );
  expect(m.toText()).toMatchInlineSnapshot(`
		"(module
		  (memory (import "env" "memory") 1 16 shared)
		  (func $scale (param i32 f32)
		    local.get 0
		    i32.const 64
		    i32.lt_s
		    if
		      local.get 0
		      local.get 1
		      f32.const 0.5
		      f32.mul
		      f32.store offset=8
		    end)
		  (export "scale" (func $scale)))
		"
	`);
});
