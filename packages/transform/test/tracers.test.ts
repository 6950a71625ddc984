// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these strings are programs.
import * as downhill from 'downhill';
import { grad, jit, type Tensor, tensor, valueAndGrad } from 'downhill';
import { checkGrads } from 'downhill/calculus';
import * as runtime from 'downhill/operators';
import { lift } from 'downhill-transform/lift';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { transformBody } from './support/run.ts';

/** One expression in three forms: operators, function calls, and whether its value is smooth enough for differences. */
interface Form {
  readonly operators: string;
  readonly calls: string;
}

const leaf: fc.Arbitrary<Form> = fc.oneof(
  fc.constantFrom('x', 'y', 'z').map((v) => ({ operators: v, calls: v })),
  fc.constantFrom('0.5', '1', '2', '3.25').map((v) => ({ operators: v, calls: v })),
);

const binary: readonly [string, string][] = [
  ['+', 'add'],
  ['-', 'sub'],
  ['*', 'mul'],
  ['/', 'div'],
  ['%', 'rem'],
];

const comparisons: readonly [string, string][] = [
  ['<', 'less'],
  ['<=', 'lessEqual'],
  ['>', 'greater'],
  ['>=', 'greaterEqual'],
  ['===', 'equal'],
  ['!==', 'notEqual'],
];

const functions = [
  'sin',
  'cos',
  'exp',
  'tanh',
  'abs',
  'atan',
  'expm1',
  'cbrt',
  'sinh',
  'asinh',
  'floor',
  'ceil',
  'sign',
];

const { form } = fc.letrec<{ form: Form }>((tie) => ({
  form: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.tuple(tie('form'), fc.constantFrom(...binary), tie('form')).map(([a, [op, name], b]) => ({
      operators: `(${a.operators} ${op} ${b.operators})`,
      calls: `d.${name}(${a.calls}, ${b.calls})`,
    })),
    tie('form').map((a) => ({ operators: `(-${a.operators})`, calls: `d.neg(${a.calls})` })),
    fc
      .tuple(tie('form'), fc.constantFrom(2, 3, -1, 0))
      .map(([a, n]) => ({ operators: `((${a.operators}) ** ${n})`, calls: `d.pow(${a.calls}, ${n})` })),
    fc
      .tuple(fc.constantFrom(...functions), tie('form'))
      .map(([f, a]) => ({ operators: `Math.${f}(${a.operators})`, calls: `d.${f}(${a.calls})` })),
    fc.tuple(fc.constantFrom('max', 'min'), tie('form'), tie('form')).map(([f, a, b]) => ({
      operators: `Math.${f}(${a.operators}, ${b.operators})`,
      calls: `d.${f}imum(${a.calls}, ${b.calls})`,
    })),
    fc
      .tuple(tie('form'), fc.constantFrom(...comparisons), tie('form'), tie('form'), tie('form'))
      .map(([a, [op, name], b, p, q]) => ({
        operators: `(${a.operators} ${op} ${b.operators} ? ${p.operators} : ${q.operators})`,
        calls: `d.where(d.${name}(${a.calls}, ${b.calls}), ${p.calls}, ${q.calls})`,
      })),
    fc.tuple(tie('form'), tie('form')).map(([a, b]) => ({
      operators: `(() => { let t = ${a.operators}; t += ${b.operators}; t *= 2; t--; return t })()`,
      calls: `d.sub(d.mul(d.add(${a.calls}, ${b.calls}), 2), 1)`,
    })),
  ),
}));

type Scalars = (x: number, y: number, z: number) => number;
const plain = (operators: string): Scalars => new Function('x', 'y', 'z', `return ${operators}`) as Scalars;
/** The expression as a build would transform it, with its fast paths for numbers. */
function marked(operators: string): Scalars {
  const { code, names } = transformBody(`return (x, y, z) => { const result = ${operators}; return result; }`);
  const bound = names.map((n) => n.split(' as ') as [keyof typeof runtime, string]);
  const locals = bound.map(([, local]) => local);
  const make = new Function(...locals, `return ${code}`) as (...values: unknown[]) => () => Scalars;
  const operatorFunctions: Record<string, unknown> = { ...runtime };
  return make(...bound.map(([name]) => operatorFunctions[name]))();
}

const called = (calls: string): Scalars => new Function('d', `return (x, y, z) => ${calls}`)(downhill) as Scalars;

const points = [
  [0.7, -1.3, 2.1],
  [-0.4, 0.9, -2.6],
] as const;

describe('random expressions on traced values', () => {
  it('have the value of the same code on numbers, and the value and gradient of the function calls', () => {
    fc.assert(
      fc.property(form, ({ operators, calls }) => {
        const f = plain(operators);
        const g = called(calls);
        const m = marked(operators);
        expect(lift(m)).toBeUndefined();
        for (const [x, y, z] of points) {
          const own = f(x, y, z);
          if (!Number.isFinite(own) || Math.abs(own) > 1e100) continue;
          const [value, slopes] = valueAndGrad(f, { argnums: [0, 1, 2] })(x, y, z);
          const [expected, partials] = valueAndGrad(g, { argnums: [0, 1, 2] })(x, y, z);
          expect(value).toBeCloseTo(own, 9 - Math.ceil(Math.log10(1 + Math.abs(own))));
          expect(value).toBe(expected);
          expect(m(x, y, z)).toBe(own);
          expect(valueAndGrad(m, { argnums: [0, 1, 2] })(x, y, z)).toEqual([value, slopes]);
          expect(jit(m)(x, y, z)).toBe(value);
          // A branch not taken has no gradient, where the NaN of an unused value may leak through select.
          slopes.forEach((slope, i) => {
            if (Number.isFinite(partials[i]))
              expect(slope).toBeCloseTo(partials[i] as number, 8 - Math.ceil(Math.log10(1 + Math.abs(slope))));
          });
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('derivatives of operators', () => {
  it.each([
    'x * y + z / x - (y - 2) ** 3',
    'x ** y * z ** 2',
    '-(x ** -1) + +y',
    'Math.sin(x * y) / (1 + Math.exp(-z))',
    'Math.hypot(x, y, z) * Math.atan2(y, x)',
    'Math.log2(x) + Math.log10(y) + Math.log1p(z) + Math.cbrt(x * z)',
    '(x > y ? x * z : y ** 2) + (x > 0 && y > 0 ? x * y : z)',
    'Math.max(x * y, z) + Math.min(x, y ** 2) * Math.abs(x - y)',
    '(() => { let s = 0; for (let i = 1; i <= 4; i++) s += x ** i / i; s *= y; s -= z; return s })()',
    '(() => { const o = { p: x }; o.p *= y; o.p += o.p * z; o["p"] **= 2; return o.p })()',
    '(() => { const a = [x, y, z]; a[0] += a[1]; a[2]--; return a[0] * a[1] * a[2] })()',
    '(() => { let t = x; while (t < 5) t = t * y + z; return t })()',
  ])('%s agrees with differences, forward and reverse, to second order', (operators) => {
    for (const f of [plain(operators), marked(operators)]) expect(() => checkGrads(f, [1.3, 2.1, 0.7])).not.toThrow();
  });

  it('of random smooth expressions', () => {
    const smooth = form.filter(
      ({ operators }) =>
        /[xyz]/.test(operators) &&
        !/abs|floor|ceil|sign|cbrt|max|min|[%<>=/]|-1\)/.test(
          operators.replaceAll('=> {', '').replace(/let t =|t \+=|t \*=/g, ''),
        ),
    );
    fc.assert(
      fc.property(smooth, ({ operators }) => {
        const f = plain(operators);
        const size = Math.abs(f(0.7, -1.3, 1.1));
        if (size > 1e3 || size < 1e-3) return;
        expect(() => checkGrads(f, [0.7, -1.3, 1.1], { order: 1 })).not.toThrow();
      }),
      { numRuns: 60, seed: 11 },
    );
  });
});

describe('operators on vectors', () => {
  const x = tensor([1, -2, 3]);
  const run = (source: string, ...args: unknown[]): unknown => {
    const f = new Function('x', 'y', `return ${source}`) as (x: Tensor, y: Tensor) => Tensor;
    let out: unknown;
    // The value of the expression under tracing, and through it the operators on concrete tensors.
    grad((t: Tensor) => {
      const result = lifted(f)(t, args[0] as Tensor);
      out = result instanceof downhill.Tensor ? result.toArray() : result;
      return downhill.sum(downhill.mul(t, 0));
    })(x);
    return out;
  };
  const lifted = (f: (x: Tensor, y: Tensor) => Tensor): ((x: Tensor, y: Tensor) => Tensor) =>
    (lift(f) ?? f) as typeof f;

  it.each([
    ['x + 1', [2, -1, 4]],
    ['2 - x', [1, 4, -1]],
    ['x * x', [1, 4, 9]],
    ['x / 2', [0.5, -1, 1.5]],
    ['x ** 2', [1, 4, 9]],
    ['x % 2', [1, -0, 1]],
    ['-x', [-1, 2, -3]],
    ['+x', [1, -2, 3]],
    ['x > 0', [true, false, true]],
    ['x <= 1', [true, true, false]],
    ['x === 3', [false, false, true]],
    ['x != 3', [true, true, false]],
    ['x === undefined', false],
    ['x == null', false],
    ['x !== "text"', true],
    ['!(x > 0)', [false, true, false]],
    ['!x', [false, false, false]],
    ['(x > 0) * x', [1, -0, 3]],
    ['x + [10, 20, 30]', [11, 18, 33]],
    ['x + [x[0], x[1], x[2]]', [2, -4, 6]],
    ['x[1]', -2],
    ['x[x.length - 1]', 3],
    ['x[1] * x[2]', -6],
    ['[...x].map((t) => t * 2)[1]', -4],
    ['(([a, b]) => a * b)(x)', -2],
    ['x?.[0] + x?.[2]', 4],
    ['x["shape"].length', 1],
    ['x.sum()', 2],
    ['Math.abs(x)', [1, 2, 3]],
    ['Math.max(x, 0)', [1, 0, 3]],
    ['Math.max(x, 0, 2)', [2, 2, 3]],
    ['Math.round(x / 2)', [1, -1, 2]],
    ['Math.trunc(x / 2)', [0, -1, 1]],
    ['Math.sign(x)', [1, -1, 1]],
    ['Math.hypot(x, 0)', [1, 2, 3]],
    ['Number.isFinite(x / 0)', [false, false, false]],
    ['isNaN(x)', [false, false, false]],
    ['Number.isInteger(x / 2)', [false, true, false]],
    ['typeof `${x}`', 'string'],
    ['("x" + x).slice(0, 1)', 'x'],
  ])('%s', (source, expected) => {
    expect(run(source)).toEqual(expected);
  });

  it('rounding of halves goes upward, as for numbers', () => {
    const halves = [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 0.49999999999999994];
    const f = lift(new Function('x', 'return Math.round(x)') as (x: Tensor) => Tensor) as (x: Tensor) => Tensor;
    expect(f(tensor(halves)).toArray()).toEqual(halves.map((h) => Math.round(h)));
  });

  it('indices that are tensors gather, masks choose', () => {
    expect(run('x[y]', tensor(Int32Array.of(2, 0)))).toEqual([3, 1]);
    expect(run('[5, 6, 7][y]', tensor(Int32Array.of(2)))).toEqual([7]);
    expect(run('x[x[0] > 0 ? 1 : 2]')).toBe(-2);
  });

  it('gradients go through indexing and destructuring', () => {
    expect(
      grad((t: Tensor) => downhill.mul(2, lifted(new Function('x', 'return x[0] * x[2] + [...x][1]') as never)(t, t)))(
        x,
      ).toArray(),
    ).toEqual([6, 2, 2]);
  });

  it.each([
    ['x[3]', /\[3\] lies outside the first axis of a tensor of shape \[3\].*0 to 2/],
    ['x[-1]', /\[-1\] lies outside.*x\[x\.length - 1\] or index\(x, -1\)/],
    ['x[0.5]', /\[0\.5\] lies outside/],
    ['x[0][0]', /asks for an element of a scalar/],
    ['x * "2"', /\* between a tensor and the string "2" has no meaning/],
    ['x - null', /- between a tensor and null has no meaning/],
    ['x / undefined', /\/ between a tensor and undefined/],
    ['x & 1', /bit operator & at .*:\d+:\d+ was given.*logicalAnd/],
    ['x | 0', /bit operator \|.*Math\.trunc/],
    ['~x', /bit operator ~/],
    ['x >>> 1', /bit operator >>>.*Math\.floor/],
    ['Math.clz32(x)', /Math\.clz32 works on the bits/],
    ['(() => { x[0] = 1 })()', /assignment at .* would change an element.*at\(x, i\)\.set\(value\)/],
    ['(() => { x[0] += 1 })()', /would change an element/],
    ['(() => { x[0]++ })()', /would change an element/],
    ['(() => { [x[1]] = [1] })()', /would change an element/],
    ['(() => { switch (x) { case 1: } })()', /switch at .*:\d+:\d+ was given.*if \(x === 0\)/],
    ['x > 0 && 1', /condition at .*:\d+:\d+ is a tensor of shape \[3\].*where\(condition, a, b\)/],
  ])('%s is refused', (source, message) => {
    expect(() => run(source)).toThrow(message);
  });
});

describe('outside transformed code', () => {
  const t = tensor([1, 2]) as unknown as number & { [i: number]: number };
  const outside = [1];

  it.each([
    ['t * 2', () => t * outside.length],
    ['Math.sin(t)', () => Math.sin(t)],
    ['t > 0', () => t > outside.length],
    ['t[0]', () => t[outside.length]],
    [
      't[0] = 1',
      () => {
        t[outside.length] = 1;
      },
    ],
    ['+t', () => +t],
  ])('%s throws and says what to do', (_source, f) => {
    expect(f).toThrow(downhill.OperatorError);
    expect(f).toThrow(/"use math"|at\(x, 1\)\.set/);
  });

  it('a traced value does too, in a function that cannot be lifted', () => {
    expect(() => grad((x: number) => x * outside.length)(1)).toThrow(/captures `outside`/);
  });

  it('a text may hold a tensor', () => {
    expect(`${tensor([1, 2])}`).toContain('1');
  });
});
