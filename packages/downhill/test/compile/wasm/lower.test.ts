import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ModuleBuilder } from '../../../src/compile/wasm/assembler.ts';
import type { FunctionBuilder, FunctionReference } from '../../../src/compile/wasm/function.ts';
import type { Variable } from '../../../src/compile/wasm/recorder.ts';
import type { Value } from '../../../src/compile/wasm/value.ts';
import { run } from './run.ts';

/**
 * Random programs over 32-bit integers: values, variables, memory, conditions, loops and calls with effects. Each is
 * interpreted statement by statement and also built, lowered and run; whatever the lowering inlines, keeps or drops,
 * the two must agree. Operands are counted back from the newest value in scope.
 */
type Statement =
  | { readonly do: 'operate'; readonly op: number; readonly a: number; readonly b: number }
  | { readonly do: 'read'; readonly variable: number }
  | { readonly do: 'write'; readonly variable: number; readonly a: number }
  | { readonly do: 'load'; readonly slot: number }
  | { readonly do: 'store'; readonly slot: number; readonly a: number }
  | { readonly do: 'call'; readonly a: number }
  | { readonly do: 'if'; readonly a: number; readonly yes: Statement[]; readonly no: Statement[] }
  | { readonly do: 'loop'; readonly times: number; readonly body: Statement[] };

const VARIABLES = 2;
const SLOTS = 2;
const OPERATIONS = ['add', 'sub', 'mul', 'xor', 'lt', 'select'] as const;

const small = fc.nat({ max: 6 });
const variable = fc.nat({ max: VARIABLES - 1 });
const slot = fc.nat({ max: SLOTS - 1 });
const { block } = fc.letrec<{ block: Statement[]; statement: Statement }>((tie) => ({
  block: fc.array(tie('statement'), { maxLength: 6 }),
  statement: fc.oneof(
    { depthSize: 'max', maxDepth: 3, withCrossShrink: true, depthIdentifier: 'program' },
    fc.record({
      do: fc.constant('operate'),
      op: fc.nat({ max: OPERATIONS.length - 1 }),
      a: small,
      b: small,
    }),
    fc.record({ do: fc.constant('read'), variable }),
    fc.record({ do: fc.constant('write'), variable, a: small }),
    fc.record({ do: fc.constant('load'), slot }),
    fc.record({ do: fc.constant('store'), slot, a: small }),
    fc.record({ do: fc.constant('call'), a: small }),
    fc.record({ do: fc.constant('if'), a: small, yes: tie('block'), no: tie('block') }),
    fc.record({ do: fc.constant('loop'), times: fc.integer({ min: 1, max: 3 }), body: tie('block') }),
  ) as fc.Arbitrary<Statement>,
}));

interface State {
  readonly variables: number[];
  readonly memory: number[];
}

function interpret(program: readonly Statement[], scope: readonly number[], state: State): number[] {
  const values = [...scope];
  const pick = (k: number) => values[values.length - 1 - (k % values.length)];
  for (const s of program) {
    if (s.do === 'operate') {
      const [a, b] = [pick(s.a), pick(s.b)];
      const results = [a + b, a - b, Math.imul(a, b), a ^ b, a < b ? 1 : 0, Math.min(a, b)];
      values.push(results[s.op] | 0);
    } else if (s.do === 'read') values.push(state.variables[s.variable]);
    else if (s.do === 'write') state.variables[s.variable] = pick(s.a);
    else if (s.do === 'load') values.push(state.memory[s.slot]);
    else if (s.do === 'store') state.memory[s.slot] = pick(s.a);
    else if (s.do === 'call') {
      state.memory[0] = (state.memory[0] + pick(s.a)) | 0;
      values.push(state.memory[0] ^ 5);
    } else if (s.do === 'if') interpret(pick(s.a) & 1 ? s.yes : s.no, values, state);
    else for (let i = 0; i < s.times; i++) interpret(s.body, [...values, i], state);
  }
  return values;
}

type Effectful = FunctionReference<readonly ['i32'], readonly ['i32']>;

function build(
  f: FunctionBuilder,
  program: readonly Statement[],
  scope: readonly Value<'i32'>[],
  variables: readonly Variable<'i32'>[],
  effectful: Effectful,
): Value<'i32'>[] {
  const values = [...scope];
  const zero = f.constant('i32', 0);
  const pick = (k: number) => values[values.length - 1 - (k % values.length)];
  const inner = (body: readonly Statement[], more: readonly Value<'i32'>[] = []) => {
    build(f, body, [...values, ...more], variables, effectful);
  };
  for (const s of program) {
    if (s.do === 'operate') {
      const [a, b] = [pick(s.a), pick(s.b)];
      const op = OPERATIONS[s.op];
      values.push(op === 'select' ? a.lt(b).select(a, b) : a[op](b));
    } else if (s.do === 'read') values.push(variables[s.variable].get());
    else if (s.do === 'write') variables[s.variable].set(pick(s.a));
    else if (s.do === 'load') values.push(f.load('i32', zero, s.slot * 4));
    else if (s.do === 'store') f.store(zero, pick(s.a), s.slot * 4);
    else if (s.do === 'call') values.push(f.call(effectful, pick(s.a)));
    else if (s.do === 'if') {
      f.if(
        pick(s.a).and(1),
        () => inner(s.yes),
        () => inner(s.no),
      );
    } else f.for(0, s.times, 1, (i) => inner(s.body, [i]));
  }
  return values;
}

/** What is observed: the newest value, the variables, memory. Other values may have one use or none. */
function fold(items: readonly number[]): number {
  return items.reduce((hash, v) => (Math.imul(hash, 31) + v) | 0, 17);
}

function compile(program: readonly Statement[]) {
  const m = new ModuleBuilder();
  m.defineMemory({ initial: 1 }, 'memory');
  const effectful = m.function('effectful', ['i32'], ['i32'], (f, x) => {
    const at = f.constant('i32', 0);
    f.store(at, f.load('i32', at).add(x));
    return f.load('i32', at).xor(5);
  });
  m.function(
    'main',
    ['i32', 'i32'],
    ['i32'],
    (f, x, y) => {
      const variables = Array.from({ length: VARIABLES }, (_, k) => f.variable('i32', k + 1));
      const values = build(f, program, [x, y], variables, effectful);
      const slots = Array.from({ length: SLOTS }, (_, k) => f.load('i32', f.constant('i32', 0), k * 4));
      const all = [...values.slice(-1), ...variables.map((v) => v.get()), ...slots];
      return all.reduce((hash, v) => hash.mul(31).add(v), f.constant('i32', 17));
    },
    { export: true },
  );
  return run(m) as unknown as { main(x: number, y: number): number };
}

test('random programs do after lowering what they say', () => {
  fc.assert(
    fc.property(block, fc.integer(), fc.integer(), (program, x, y) => {
      const state = { variables: [1, 2], memory: [0, 0] };
      const values = interpret(program, [x, y], state);
      const want = fold([...values.slice(-1), ...state.variables, ...state.memory]);
      expect(compile(program).main(x, y)).toBe(want);
    }),
    { numRuns: 1500 },
  );
});
