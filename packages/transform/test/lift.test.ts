import * as downhill from 'downhill';
import { add, grad, jit, mul, sin, valueAndGrad } from 'downhill';
import { lift } from 'downhill-transform/lift';
import { describe, expect, it } from 'vitest';

describe('a self-contained function is lifted from its source', () => {
  it('arrow functions, with one expression or a block', () => {
    expect(grad((w: number) => (w - 3) ** 2)(0)).toBe(-6);
    expect(
      valueAndGrad((x: number) => {
        const square = x ** 2;
        return 3 * square - 4 * x;
      })(1),
    ).toEqual([-1, 2]);
  });

  it('function expressions and declarations', () => {
    function cube(x: number): number {
      return x * x * x;
    }
    expect(grad(cube)(2)).toBe(12);
    expect(
      grad(function named(x: number): number {
        return x / 2;
      })(1),
    ).toBe(0.5);
  });

  it('methods, computed and quoted names included', () => {
    const key: string = ['com', 'puted'].join('');
    const models: Record<string, (x: number) => number> = {
      quadratic(x: number): number {
        return x ** 2;
      },
      'with a name'(x: number): number {
        return x ** 3;
      },
      [key](x: number): number {
        return x ** 4;
      },
    };
    expect(grad(models.quadratic as (x: number) => number)(3)).toBe(6);
    expect(grad(models['with a name'] as (x: number) => number)(2)).toBe(12);
    expect(grad(models[key] as (x: number) => number)(1)).toBe(4);
    class Model {
      size = 1;
      static loss(x: number): number {
        return (x - 1) ** 2;
      }
    }
    expect(grad(Model.loss)(3)).toBe(4);
  });

  it('default parameters, destructuring and rest', () => {
    expect(grad((x: number, power = 3) => x ** power)(2)).toBe(12);
    expect(grad(({ w, b = 1 }: { w: number; b?: number }) => w * 2 + b)({ w: 5 })).toEqual({ w: 2 });
    expect(grad(([a, b]: number[]) => (a as number) * (b as number))([3, 5])).toEqual([5, 3]);
    expect(grad((x: number, ...rest: number[]) => rest.reduce((sum, r) => sum + r * x, 0))(1, 2, 3)).toBe(5);
  });

  it('local helpers, closures inside the function, and recursion of static depth', () => {
    const f = (x: number): number => {
      const square = (t: number): number => t * t;
      function twice(g: (t: number) => number): (t: number) => number {
        return (t) => g(g(t));
      }
      return twice(square)(x) + x;
    };
    expect(grad(f)(2)).toBe(33);
    const horner = (x: number): number => {
      const at = (n: number): number => (n === 0 ? 1 : at(n - 1) * x + n);
      return at(4);
    };
    expect(valueAndGrad(horner)(2)).toEqual([16 + 8 + 8 + 6 + 4, 32 + 12 + 8 + 3]);
  });

  it('a function that calls itself by the name it is stored under', () => {
    const power = (x: number, n: number): number => (n > 0 ? x * power(x, n - 1) : 1);
    expect(grad(power)(2, 5)).toBe(80);
  });

  it('Math, globals and Downhill’s own functions, by whatever name they were imported', () => {
    expect(grad((x: number) => Math.sin(x) * Math.PI)(0)).toBe(Math.PI);
    expect(grad((x: number) => sin(x) * x + mul(x, 2))(1)).toBeCloseTo(Math.cos(1) + Math.sin(1) + 2, 12);
    expect(grad((x: number) => downhill.sin(x) ** 2)(1)).toBeCloseTo(2 * Math.cos(1) * Math.sin(1), 12);
    const plus = add;
    expect(grad((x: number) => plus(x, x) * 1)(1)).toBe(2);
    expect(grad((x: number) => [x, 2 * x].map((t) => t ** 2).reduce((a, b) => a + b, 0) + Number('1'))(3)).toBe(30);
  });

  it('under jit and nested transforms', () => {
    expect(jit((x: number) => x ** 2 + 1)(3)).toBe(10);
    expect(grad(grad((x: number) => x ** 3))(2)).toBe(12);
    expect(grad((x: number) => grad((y: number) => y ** 3)(x) * x)(2)).toBe(36);
  });

  it('is lifted once: the same function gives the same lifted one', () => {
    const f = (x: number): number => x ** 2;
    expect(lift(f)).toBe(lift(f));
  });
});

describe('what needs no lifting is left alone', () => {
  it.each([
    ['function calls only', (x: number) => mul(x, add(x, 1))],
    ['a Downhill function', downhill.sin],
    ['a bound function', Math.sin.bind(null)],
    ['a class', class {}],
    ['a native function', Math.abs],
  ])('%s', (_name, f) => {
    expect(lift(f as (x: number) => unknown)).toBeUndefined();
  });

  it('a function that captures but uses operators on ordinary values only', () => {
    const scales = [1, 2, 3];
    let calls = 0;
    const f = (x: number): number => {
      calls += 1;
      const last = scales.length - 1;
      return mul(x, scales[last] as number);
    };
    expect(grad(f)(2)).toBe(3);
    expect(calls).toBe(1);
  });

  it('captures are read afresh at every call', () => {
    let k = 2;
    const f = (x: number): number => mul(x, k > 0 ? k : 1);
    expect(grad(f)(1)).toBe(2);
    k = 5;
    expect(grad(f)(1)).toBe(5);
  });
});

describe('a function that captures is refused when an operator meets a traced value', () => {
  const k = 3;

  it('naming the variable, the function and three ways on', () => {
    const scaled = (x: number): number => x * k;
    expect(() => grad(scaled)(1)).toThrow(/lift\.test\.ts:\d+:\d+: scaled uses operators .*captures `k`/);
    expect(() => grad(scaled)(1)).toThrow(/pass `k` as an argument; put "use math".*; or call the functions/);
  });

  it('a user function with the name of a Downhill function is not mistaken for it', () => {
    const shadow = { mean: (x: number): number => x };
    const { mean } = shadow;
    expect(() => grad((x: number) => mean(x) ** 2)(1)).toThrow(/captures `mean`/);
  });

  it('uses that JavaScript carries out without asking the tensor are refused as well', () => {
    const truth = (x: number): number => (x ? k : 0);
    const both = (x: number): unknown => x && k;
    const same = (x: number): number => (x === 0 ? k : mul(x, k));
    const element = (x: number[]): unknown => x[k];
    for (const f of [truth, both, same]) expect(() => grad(f as (x: number) => number)(1)).toThrow(/captures `k`/);
    const v = downhill.tensor([1, 2, 3, 4]);
    expect(() => grad(element as unknown as (x: downhill.Tensor) => number)(v)).toThrow(/captures `k`/);
  });

  it('a marked function that no build has transformed says so', () => {
    const marked = (x: number): number => {
      'use math';
      return x * k;
    };
    expect(() => grad(marked)(1)).toThrow(
      /marked "use math" but was not transformed.*captures `k`.*--import downhill-transform\/register/,
    );
    expect(
      grad((x: number) => {
        'use math';
        return x * 3;
      })(1),
    ).toBe(3);
  });

  it('an arrow function that uses the `this` around it', () => {
    class Model {
      scale = 2;
      slope(x: number): number {
        return grad((t: number) => t * this.scale)(x);
      }
    }
    expect(() => new Model().slope(1)).toThrow(/captures `this`/);
  });

  it('other errors pass as they are', () => {
    const f = (x: number): number => {
      if (k > 1) throw new RangeError('mine');
      return x * k;
    };
    expect(() => grad(f)(1)).toThrow(new RangeError('mine'));
  });
});

describe('what cannot be differentiated is refused before it runs', () => {
  it('async functions and generators', () => {
    const later = (async (x: number) => x * 2) as unknown as (x: number) => number;
    expect(() => grad(later)(1)).toThrow(/:1:\d+: an async function cannot be differentiated.*ordinary function/);
    const steps = function* (x: number) {
      yield x * 2;
    } as unknown as (x: number) => number;
    expect(() => grad(steps)(1)).toThrow(/: a generator cannot be differentiated.*an iterator/);
  });

  it('methods that use this', () => {
    const model = {
      k: 2,
      loss(w: number): number {
        return w * this.k;
      },
    };
    expect(() => grad(model.loss)(1)).toThrow(
      /:\d+:\d+: a method that uses `this` cannot be lifted.*Pass what it needs/,
    );
    expect(grad((w: number) => mul(w, 2))(1)).toBe(2);
  });
});
