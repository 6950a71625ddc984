// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these strings are programs.
import { SourceMap } from 'node:module';
import { TransformError, transform } from 'downhill-transform';
import { describe, expect, it } from 'vitest';

const js = (source: string) => transform(source, { file: 'f.js' });
const body = (source: string): string => (js(source)?.code ?? '').replace(/\nimport \{.*\n$/, '').replace(/^ {12}/, '');

describe('what is marked', () => {
  it('nothing without a directive, even when the words occur', () => {
    expect(js('export const f = (x) => x * 2;')).toBeUndefined();
    expect(js('const s = "use math"; x * 2;')).toBeUndefined();
    expect(js('f(); "use math"; x * 2;')).toBeUndefined();
    expect(js('// "use math"\nx * 2;')).toBeUndefined();
  });

  it('the whole file when the directive is its first statement, other directives aside', () => {
    expect(body('"use strict"; "use math"; export const f = (x, y) => x * y;')).toContain('$mul(x , y)');
    expect(body("#!/usr/bin/env node\n'use math';\na - b;")).toContain('$sub(a , b)');
  });

  it('one function, with what is inside it', () => {
    const code = body(
      'const g = (x) => x * 2; function f(x) { "use math"; const h = (y) => y * 3; return h(x) + 1; } const k = (x) => x * 4;',
    );
    expect(code).toBe(
      'const g = (x) => x * 2; function f(x) { "use math"; const h = (y) => (typeof y === "number" ? y * 3 : $mul(y , 3)); ' +
        'return ($1 = h(x) , typeof $1 === "number" ? $1 + 1 : $add($1, 1)); ; var $1;} const k = (x) => x * 4;',
    );
    expect(body('class A { loss(x) { "use math"; return x ** 2 } size() { return 1 + this.n } }')).toBe(
      'class A { loss(x) { "use math"; return (typeof x === "number" ? x ** 2 : $pow(x , 2)) } size() { return 1 + this.n } }',
    );
  });
});

describe('what is written', () => {
  it.each([
    ['strings, templates and regular expressions', 'const s = "a + b" + `x - y` + typeof "-"; /a*b/.test("+");'],
    ['literals and what is computed from them', 'const half = 1 / 2 + 4 ** 2;'],
    ['loop counters', 'for (let i = 0; i < 10; i++) { const j = i * 2 - 1; f(j); }'],
    ['tests of kind', 'if (x === undefined || x == null || typeof x === "number" || "k" in o || x instanceof C) f();'],
    ['bit operators on literals', 'const mask = 1 << 4 | 3;'],
    ['properties by name', 'o.a.b["c"].d(e.f)[g](h);'],
    ['comments, spacing and semicolons', '/* a + b */ f ( x )  // c - d\n  ;;'],
  ])('%s stay as they are', (_what, source) => {
    const code = body(`"use math"; ${source}`).replace(/\$truth\((.*?), "[^"]*"\)/g, '$1');
    expect(code).toBe(source);
  });

  it('names of the source are never taken', () => {
    const out = js('"use math"; const $mul = 1, $dh_add = 2; export const f = (x) => x * $mul + $dh_add;');
    expect(out?.code).toContain('$dh__add($dh__mul(x , $mul) , $dh_add)');
    expect(out?.code).toContain("import { add as $dh__add, mul as $dh__mul } from 'downhill/operators';");
  });

  it('Math, isNaN and Number tests only when they are the global ones', () => {
    expect(
      body('"use math"; Math.sin(x); o.Math; ({ Math }); isNaN(x); Number.isNaN(x); Number(x); Number.MAX_VALUE'),
    ).toBe('$mathSin(x); o.Math; ({ Math: $Math }); $isNaN(x); $Number.isNaN(x); Number(x); Number.MAX_VALUE');
    expect(js('"use math"; import { Math } from "m"; function f(isNaN) { return isNaN(Math.sin(1)) }')?.code).toBe(
      '            import { Math } from "m"; function f(isNaN) { return isNaN(Math.sin(1)) }',
    );
  });

  it('a script gets its operators by require, on the line of its first statement', () => {
    expect(transform('"use math";\nmodule.exports = (x) => x * 2;', { file: 'f.cjs' })?.code).toBe(
      `           \nconst { mul: $mul } = require('downhill/operators'); module.exports = (x) => (typeof x === "number" ? x * 2 : $mul(x , 2));`,
    );
  });

  it('what is outside marked functions is the same, byte for byte, tabs, CRLF and odd characters included', () => {
    const before = '\ufeff// π ≠ 3\r\n\tconst a = 1+ 2 ;;\r\nconst s = "\\u{1F600}😀" ;\r\n';
    const after = '\r\n\r\nlet   odd  =  [ 1,, 2 ] ; /* end */';
    const code = js(`${before}const f = (x) => { "use math"; return -x };${after}`)?.code as string;
    expect(code.startsWith(before)).toBe(true);
    expect(code.replace(/\nimport \{.*\n$/, '').endsWith(after)).toBe(true);
  });
});

describe('TypeScript', () => {
  it('types become blanks and every position stays', () => {
    const source =
      '"use math";\nimport type { A } from "a";\nexport function f<T extends A>(x: number, y?: T): number {\n  return (x as number) * y!.k satisfies number;\n}\n';
    const code = transform(source, { file: 'f.ts' })?.code as string;
    expect(code.split('\n')[2]).toBe('export function f             (x        , y    )         {');
    expect(code.split('\n')[3]).toMatch(
      /^ {2}return \(\$1 = y *\.k *, typeof x === "number" && typeof \$1 === "number" \? x \* \$1 : \$mul\(x, \$1\)\) *;$/,
    );
  });

  it('a generic call and a comparison are told apart', () => {
    const code = transform('"use math"; const a = f<number>(b); const c = a < b; const d = <T>(x: T) => x;', {
      file: 'f.ts',
    })?.code;
    expect(code).toContain('f        (b)');
    expect(code).toContain('$lt(a, $1)');
  });

  it('syntax that is more than types is refused with what to write', () => {
    expect(() => transform('"use math";\nenum E { A }', { file: 'dir/f.ts' })).toThrow(
      /^dir\/f\.ts:2:1: .*enum.*const object instead of an enum/,
    );
    expect(() => transform('"use math"; let x: = 1', { file: 'f.ts' })).toThrow(/^f\.ts:1:20: /);
  });
});

describe('source maps', () => {
  const source = `"use math";
export const loss = (w: number, b: number): number => {
  const r = (w - 3) ** 2;
  if (r > b && w < 1) throw new Error('at ' + r);
  return Math.sqrt(r) * -b;
};
`;
  const out = transform(source, { file: 'loss.ts' });
  const payload = JSON.parse(out?.map.toString() as string);
  const map = new SourceMap(payload);
  const lines = (out as { code: string }).code.split('\n');
  const original = source.split('\n');

  it.each([
    ['w -', '$sub(w ', 1],
    ['throw', 'throw', 0],
    ["'at '", "'at '", 0],
    ['new Error', 'new Error', 0],
    ['Math.sqrt', '$mathSqrt', 0],
    ['return Math', 'return', 0],
    ['const r', 'const r', 0],
  ])('%s is found again', (text, written, _n) => {
    const line = original.findIndex((l) => l.includes(text));
    const column = (original[line] as string).indexOf(text);
    const generated = (lines[line] as string).indexOf(written) + (written.startsWith('$sub(') ? '$sub('.length : 0);
    const found = map.findEntry(line, generated);
    expect(found).toMatchObject({ originalSource: 'loss.ts', originalLine: line, originalColumn: column });
  });

  it('no line is added before the end', () => {
    expect(lines.length).toBe(original.length + 2);
    expect(payload.sourcesContent).toEqual([source]);
  });
});

describe('errors of the transform name file, line, column and the way on', () => {
  const refusal = (source: string): string => {
    try {
      transform(source, { file: 'src/model.js' });
    } catch (thrown) {
      expect(thrown).toBeInstanceOf(TransformError);
      return (thrown as Error).message;
    }
    return 'nothing was refused';
  };

  it('syntax errors', () => {
    expect(refusal('"use math";\nconst x = 1 +;')).toMatch(/^src\/model\.js:2:14: Unexpected token/);
    expect(refusal('"use math";\nconst e = <div>{x}</div>;')).toMatch(/^src\/model\.js:2:11: /);
  });

  it('marked async functions and generators', () => {
    expect(refusal('export async function f(x) { "use math"; return x * 2 }')).toMatch(
      /^src\/model\.js:1:8: "use math" marks an async function.*promise.*ordinary function/,
    );
    expect(refusal('const o = {\n  *g(x) { "use math"; yield x * 2 } }')).toMatch(
      /^src\/model\.js:2:5: "use math" marks a generator.*iterator/,
    );
  });

  it('a logical assignment whose object cannot be kept', () => {
    expect(refusal('"use math";\nasync function f(o) { o().x ||= await 1; }')).toMatch(
      /^src\/model\.js:2:23: \|\|= on this member.*assign its object to a variable first/,
    );
  });
});
