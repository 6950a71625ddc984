import { SourceMap } from 'node:module';
import * as d from 'downhill';
import * as runtime from 'downhill/operators';
import { transform } from 'downhill-transform';
import { describe, expect, it } from 'vitest';

const operators: Record<string, unknown> = { ...runtime };
const code = (source: string): string => transform(`"use math";${source}`, { file: 'f.js' })?.code ?? '';

/** What a marked module exports. */
function run<T>(source: string): T {
  const [body = '', list = ''] = code(source).split(/\nimport \{ (.*) \} from 'downhill\/operators';\n$/);
  const names = list
    .split(', ')
    .filter(Boolean)
    .map((n) => n.split(' as ') as [string, string]);
  const exported = [...source.matchAll(/export (?:function|const) (\w+)/g)].map(([, name]) => name);
  const text = `"use strict"; ${body.replaceAll(/export (?=function|const)/g, '')}; return { ${exported.join()} }`;
  return new Function(...names.map(([, local]) => local), text)(...names.map(([name]) => operators[name])) as T;
}

describe('loops are written twice', () => {
  const loop = 'export function f(n, x) { let s = 0; for (let i = 0; i < n; i++) s += x[i] * n; return s }';

  it('as they stand behind one test, and with a test at each operator', () => {
    expect(code(loop)).toMatch(/\{if \(typeof n === "number" && \$isList\(x\)\) \{for \(let i = 0; i < n; i\+\+\)/);
    expect(code(loop)).toMatch(/\} else \{for \(let i = 0; \(typeof n === "number" \? i < n : \$truth\(\$lt\(i , n\)/);
  });

  it('once where nothing comes from outside, and where a guard could read a variable too early', () => {
    expect(code('export function f() { for (let i = 0; i < 3; i++) g(i * 2) }')).not.toContain('else');
    expect(code('export function f() { for (const x of []) g(late * 2); let late = g(); }')).not.toContain('else');
    expect(code('export function f(n) { const up = () => { n++ }; for (;;) if (n > up()) break }')).not.toContain(
      'else',
    );
  });

  it('inner loops again, with what the outer loop finds out', () => {
    const nested = code(
      'export function f(m) { let s = 0; for (const row of m) { const k = row.n; for (let i = 0; i < k; i++) s = i * k } return s }',
    );
    expect(nested).toMatch(/typeof k === "number"\) \{for/);
  });

  it('with numbers, tensors and traced values alike', () => {
    const { f } = run<{ f: (n: number, x: unknown) => number }>(loop);
    expect(f(2, [3, 4])).toBe(14);
    expect(f('2' as never, ['3', 4])).toBe(14);
    expect(String(f(2, d.tensor([3, 4])))).toBe(String(d.tensor(14)));
    expect(String(f(2, [d.tensor([3, 4]), d.tensor([1, 1])]))).toBe(String(d.tensor([8, 10])));
    expect(
      d
        .grad((x: d.Tensor) => f(2, x))(d.tensor([3, 4]))
        .toArray(),
    ).toEqual([2, 2]);
    expect(d.grad((n: number) => f(n, [3, 4, 5]))(2)).toBe(7);
    expect(String(d.jit((x: d.Tensor) => f(2, x))(d.tensor([3, 4])))).toBe(String(d.tensor(14)));
  });

  it('a number that turns into a traced value on the way', () => {
    const { f } = run<{ f: (w: number, k: number) => number }>(
      'export function f(w, k) { let s = 1; for (let i = 0; i < k; i++) { if (i === 1) s = w; s = s * 2 + k } return s }',
    );
    expect(f(5, 3)).toBe(29);
    expect(d.grad(f)(5, 3)).toBe(4);
  });

  it('what a captured variable holds is looked at anew', () => {
    const { make } = run<{ make: () => { set: (v: unknown) => void; sum: () => number } }>(
      'export function make() { let v = 1; return { set: (w) => { v = w }, sum: () => { let s = 0; for (let i = 0; i < 3; i++) s += v; return s } } }',
    );
    const { set, sum } = make();
    expect(sum()).toBe(3);
    const total = (w: number): number => {
      set(w);
      return sum();
    };
    expect(d.grad(total)(2)).toBe(3);
  });

  it('errors and stack traces of both ways lead to the source', () => {
    const source = `"use math";
export function f(n) {
  let s = 0;
  for (let i = 0; i < n; i++) {
    if (s * n > 8) throw new RangeError('too much');
    s += n;
  }
  return s;
}
`;
    const out = transform(source, { file: 'f.js' });
    const map = new SourceMap(JSON.parse(String(out?.map)));
    const lines = (out as { code: string }).code.split('\n');
    const places = lines.flatMap((text, line) =>
      ['throw', "'too much'", 's += n', 's = ('].flatMap((word) => {
        const column = text.indexOf(word);
        return column < 0 ? [] : [[word, map.findEntry(line, column)] as const];
      }),
    );
    const origins = places.map(([word, entry]) => [word, (entry as { originalLine: number }).originalLine]);
    expect(origins).toEqual([
      ['throw', 4],
      ["'too much'", 4],
      ['s += n', 5],
      ['throw', 4],
      ["'too much'", 4],
      ['s = (', 5],
    ]);
    const columns = places.map(([word, entry]) => [word, (entry as { originalColumn: number }).originalColumn]);
    for (const [word, column] of columns) {
      if (word !== 's = (')
        expect(source.split('\n').some((line) => line.indexOf(word as string) === column)).toBe(true);
    }
  });
});

describe('what is known of helpers', () => {
  it('one that is only called with numbers needs no tests', () => {
    expect(code('const twice = (x) => x * 2; export const f = () => twice(3) + twice(4);')).not.toContain('$mul');
  });

  it.each([
    ['exported', 'export const twice = (x) => x * 2; export const f = () => twice(3);'],
    ['passed on', 'const twice = (x) => x * 2; export const f = (w) => [w].map(twice)[0];'],
    ['called with what is unknown', 'const twice = (x) => x * 2; export const f = (w) => twice(w);'],
    ['called with a spread', 'const twice = (x) => x * 2; export const f = (...w) => twice(...w);'],
    ['exported by another name', 'const twice = (x) => x * 2; export { twice as f };'],
    ['a value of an object', 'const twice = (x) => x * 2; export const f = (w) => ({ twice }).twice(w);'],
    [
      'assigned later',
      'let twice = (x) => x * 2; export const g = () => twice(1); export const f = (w) => { twice = (y) => y * w; return twice(w) };',
    ],
  ])('one that is %s keeps them', (_what, source) => {
    expect(code(source)).toContain('$mul');
  });

  it('a result is known only when every argument is', () => {
    const { f } = run<{ f: (w: number) => number }>(
      'const power = (x, n) => (n > 0 ? x * power(x, n - 1) : 1); const even = (n) => (n < 1 ? 1 : odd(n - 1) * 2); const odd = (n) => (n < 1 ? 3 : even(n - 1)); ' +
        'export function f(w) { const k = power(2, 3) + even(4); return power(w, 2) * k }',
    );
    expect(f(3)).toBe(108);
    expect(d.grad(f)(3)).toBe(72);
  });

  it('a helper that returns what it captures is not ordinary', () => {
    const { f } = run<{ f: (w: number) => number }>(
      'export function f(w) { const same = (x) => (x > 0 ? w : x); let s = same(1) * 2; s += same(1); return s }',
    );
    expect(d.grad(f)(3)).toBe(3);
  });
});
