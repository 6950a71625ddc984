// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these strings are programs.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { oddSnippets } from './support/odd-snippets.ts';
import { runNative, runTransformed, transformBody } from './support/run.ts';
import { snippets } from './support/snippets.ts';

describe('snippets do the same transformed and as they stand', () => {
  for (const [group, bodies] of Object.entries({ ...snippets, ...oddSnippets })) {
    describe(group, () => {
      it.each(bodies.map((body) => [body]))('%s', (body) => {
        expect(comparable(runTransformed(body))).toEqual(comparable(runNative(body)));
      });
    });
  }

  it('are at least 300, none twice', () => {
    const all = Object.values({ ...snippets, ...oddSnippets }).flat();
    expect(new Set(all).size).toBe(all.length);
    expect(all.length).toBeGreaterThanOrEqual(300);
  });
});

const operands = [
  '0',
  '-0',
  '1',
  '-2.5',
  '1e308',
  'NaN',
  'Infinity',
  '""',
  '"a"',
  '"12"',
  '" 7 "',
  'null',
  'undefined',
  'true',
  'false',
  '3n',
  '-4n',
  '[]',
  '[5]',
  '[1, 2]',
  '({})',
  'v(6)',
  'v("s")',
  'both(2, "two")',
  'Symbol.iterator',
  '() => 1',
];
const operators = [
  '+',
  '-',
  '*',
  '/',
  '%',
  '**',
  '<',
  '<=',
  '>',
  '>=',
  '==',
  '!=',
  '===',
  '!==',
  '&',
  '|',
  '^',
  '<<',
  '>>',
  '>>>',
  '&&',
  '||',
];
const assignments = ['+=', '-=', '*=', '/=', '%=', '**=', '&=', '|=', '^=', '<<=', '>>=', '>>>=', '&&=', '||='];

/** A body that tries one expression in `a` and `b` on every pair of operands and tells how each ended. */
const onEveryPair = (expression: string): string => `
  const operands = [${operands.map((operand) => `() => ${operand}`).join(', ')}];
  const f = (a, b) => ${expression};
  return operands.flatMap((left) => operands.map((right) => {
    try { return f(left(), right()) } catch (e) { return e.name + e.message }
  }))`;

const checkEveryPair = (expression: string): void => {
  const body = onEveryPair(expression);
  expect(transformBody(body).names.length).toBeGreaterThan(0);
  expect(comparable(runTransformed(body))).toEqual(comparable(runNative(body)));
};

describe('every operator on every pair of ordinary values', () => {
  it.each(operators)('a %s b', (operator) => checkEveryPair(`a ${operator} b`));
  it.each(['-', '+', '~', '!', '++', '--'])('prefix %s', (operator) => checkEveryPair(`[${operator}a, a]`));
  it.each(['++', '--'])('postfix %s', (operator) => checkEveryPair(`[a${operator}, a]`));
  it.each(assignments)('a %s b', (operator) => checkEveryPair(`[a ${operator} b, a]`));
  it.each(assignments)('o.p %s b', (operator) => checkEveryPair(`((o) => [o.p ${operator} b, o.p])(cell(a))`));
});

describe('random expressions', () => {
  const binary = [
    '+',
    '-',
    '*',
    '/',
    '%',
    '<',
    '>',
    '<=',
    '>=',
    '==',
    '!=',
    '===',
    '!==',
    '&',
    '|',
    '^',
    '<<',
    '>>',
    '>>>',
    '&&',
    '||',
  ];
  const leaf = fc.oneof(
    fc.constantFrom(
      'x',
      'y',
      's',
      'n',
      'u',
      'o',
      'b',
      'w',
      'a[0]',
      'a[i]',
      'a[i + 1]',
      'm[i][j]',
      'c.p',
      'h?.q',
      'h?.[i]',
      'a?.[i]',
    ),
    fc
      .double({ noDefaultInfinity: true })
      .map((d) => (Object.is(d, -0) || d < 0 ? `(${Object.is(d, -0) ? '-0' : d})` : String(d))),
    fc.constantFrom('"t"', '"3"', 'null', 'undefined', 'true', '`q${x}`'),
  );
  const { expression } = fc.letrec<{ expression: string }>((tie) => ({
    expression: fc.oneof(
      { depthSize: 'medium', withCrossShrink: true },
      leaf,
      fc
        .tuple(tie('expression'), fc.constantFrom(...binary), tie('expression'))
        .map(([a, op, b]) => `(${a}) ${op} (${b})`),
      fc
        .tuple(tie('expression'), fc.constantFrom('*', '+', '-', '<', '&&', '/'), leaf)
        .map(([a, op, b]) => `(${a} ${op} ${b})`),
      fc.tuple(tie('expression'), tie('expression')).map(([a, b]) => `(${a}) ** (${b})`),
      fc
        .tuple(fc.constantFrom('-', '+', '!', '~', 'typeof ', 'void '), tie('expression'))
        .map(([op, a]) => `${op}(${a})`),
      fc.tuple(tie('expression'), tie('expression'), tie('expression')).map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
      fc
        .tuple(
          fc.constantFrom('x', 'y', 'c.p', 'a[i]', 'a[j++]', 'm[i][j]', 'log(c).p', 'log(a)[log(i)]'),
          fc.constantFrom('=', '+=', '-=', '*=', '/=', '**=', '%=', '|=', '&&=', '||=', '??='),
          tie('expression'),
        )
        .map(([t, op, e]) => `(${t} ${op} ${e})`),
      fc
        .constantFrom('x++', '++x', 'x--', '--y', 'c.p++', '--c.p', 'a[i]++', '++m[i][j]', 'log(a)[i]++')
        .map((e) => `(${e})`),
      fc
        .tuple(
          fc.constantFrom('Math.abs', 'Math.sin', 'Math.max', 'log', 'f', 'k.m'),
          tie('expression'),
          tie('expression'),
        )
        .map(([f, a, b]) => `${f}(${a}, ${b})`),
      fc.tuple(tie('expression'), tie('expression')).map(([a, b]) => `(${a}, ${b})`),
      fc.tuple(tie('expression'), tie('expression')).map(([a, b]) => `((${a}) ?? (${b}))`),
      tie('expression').map((a) => `[${a}].map((x) => x + ${a.length})[0]`),
      tie('expression').map((a) => `\`<\${${a}}>\``),
      tie('expression').map((a) => `({ x: ${a} }).x`),
      tie('expression').map((a) => `((x) => ${a})(y)`),
    ),
  }));

  const prelude =
    'let x = 3, y = -0.5, s = "str", n = null, u, o = v(4), b = true, w = both(2, "two"), i = 0, j = 1; const a = [1.5, "k", null], m = [[1, 2], [3, 4]], c = cell(2), h = undefined, k = { m(z) { return this === k && z }, t: 1 }, f = (p, q) => p + q;';

  it('give the same value, the same error and the same traces', () => {
    fc.assert(
      fc.property(expression, (e) => {
        const body = `${prelude} const r = ${e}; return [r, x, y, a, m, i, j]`;
        expect(comparable(runTransformed(body))).toEqual(comparable(runNative(body)));
      }),
      { numRuns: 1500 },
    );
  });

  it('are transformed, not left alone', () => {
    fc.assert(
      fc.property(fc.constantFrom(...binary.slice(0, -2)), (op) => {
        expect(transformBody(`return (a, b) => a ${op} b`).names.length).toBe(1);
      }),
    );
  });
});

/** Functions and symbols by their text, signed zeros and what was thrown kept apart. */
function comparable(x: unknown): unknown {
  if (typeof x === 'function') return 'a function';
  if (typeof x === 'symbol') return String(x);
  if (Array.isArray(x)) return Array.from(x, comparable).concat(x.length);
  if (typeof x === 'object' && x !== null && Object.getPrototypeOf(x) === Object.prototype) {
    return Object.fromEntries(Object.entries(x).map(([k, y]) => [k, comparable(y)]));
  }
  return x;
}
