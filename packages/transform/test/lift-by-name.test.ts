import { grad } from 'downhill';
import { lift } from 'downhill-transform/lift';
import { beforeAll, describe, expect, it } from 'vitest';

// As in a browser: there is no inspector to ask what a name means. It is looked for once, at the first lifting.
beforeAll(() => {
  const { getBuiltinModule } = process;
  Object.assign(process, { getBuiltinModule: undefined });
  lift((x: number) => x * 2);
  Object.assign(process, { getBuiltinModule });
});

/** A function as a page's own script would have it: names that no bundler has touched. */
const script = (text: string): ((...xs: number[]) => number) => new Function(`return ${text}`)() as () => number;

describe('without an inspector names mean what they usually mean', () => {
  it('Downhill’s functions and the globals of the language', () => {
    expect(grad(script('(x) => sin(x) * Math.PI'))(0)).toBe(Math.PI);
    expect(grad(script('(x) => mul(x, x) + Number("1")'))(3)).toBe(6);
  });

  it('the name of the function itself is recursion', () => {
    const power = new Function('const power = (x, n) => (n > 0 ? x * power(x, n - 1) : 1); return power')() as (
      x: number,
      n: number,
    ) => number;
    expect(grad(power)(2, 3)).toBe(12);
  });

  it('anything else is captured, names of the browser’s window included', () => {
    const captures = (variable: string): (() => unknown) => {
      const f = new Function(`const ${variable} = 3; return (x) => x * ${variable}`)() as (x: number) => number;
      return () => grad(f)(1);
    };
    expect(captures('name')).toThrow(/captures `name`/);
    expect(captures('scale')).toThrow(/captures `scale`/);
  });

  it('a function that a build has transformed is left alone', () => {
    expect(lift(script('(x) => (typeof x === "number" ? x * 2 : $mul(x, 2))'))).toBeUndefined();
  });

  it('places are told within the function', () => {
    expect(() => grad(script('(x) => {\n  return x & 1;\n}'))(1)).toThrow(/at <function anonymous>:2:10/);
  });
});
