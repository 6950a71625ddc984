import { describe, expect, it } from 'vitest';
import { add, mul, sub } from '../../src/primitives/arithmetic.ts';
import { dotGeneral } from '../../src/primitives/dot.ts';
import { exp } from '../../src/primitives/exponential.ts';
import { reduceSum } from '../../src/primitives/layout.ts';
import { pow } from '../../src/primitives/powers.ts';
import { cos, sin } from '../../src/primitives/trigonometric.ts';
import { type Tensor, tensor } from '../../src/tensor/tensor.ts';
import { jvp, linearize, vjp } from '../../src/transforms/forward.ts';
import { grad, valueAndGrad } from '../../src/transforms/grad.ts';
import { hessian, hvp, jacfwd, jacobian, jacrev } from '../../src/transforms/jacobian.ts';
import { evalShape, jit } from '../../src/transforms/jit.ts';
import { vmap } from '../../src/transforms/vmap.ts';
import { expectClose } from '../support.ts';

const total = (x: Tensor): Tensor =>
  reduceSum(
    x,
    x.shape.map((_, i) => i),
  );
const x = tensor([1, 2, 3]);

describe('grad and valueAndGrad', () => {
  it('numbers in, numbers out; trees keep their structure and types', () => {
    expect(grad((w: number) => pow(sub(w, 3), 2))(0)).toBe(-6);
    expect(valueAndGrad((w: number) => mul(w, w))(3)).toEqual([9, 6]);
    const loss = ({ w, b }: { w: Tensor; b: number }): Tensor => total(add(mul(w, x), b));
    const g = grad(loss)({ w: tensor(new Float32Array(3)), b: 1 });
    expect([g.w.dtype, g.b]).toEqual(['float32', 3]);
    expectClose(g.w, [1, 2, 3]);
  });

  it('argnums: one place, several, from the end; other arguments may be anything', () => {
    const f = (a: number, b: number, mode: string): number => (mode === 'product' ? mul(a, b) : add(a, b));
    expect(grad(f, { argnums: 1 })(2, 5, 'product')).toBe(2);
    expect(grad(f, { argnums: [0, 1] })(2, 5, 'product')).toEqual([5, 2]);
    expect(grad(f, { argnums: -2 })(2, 5, 'product')).toBe(2);
    expect(() => grad(f, { argnums: 3 })(2, 5, 'product')).toThrow(
      /argnums names argument 3, but the function was called with 3 arguments/,
    );
  });

  it('hasAux passes the rest of the result through', () => {
    const f = (a: number): [number, { twice: number; kept: null }] => [mul(a, a), { twice: mul(2, a), kept: null }];
    expect(grad(f, { hasAux: true })(3)).toEqual([6, { twice: 6, kept: null }]);
    expect(() => grad((a: number) => a as never, { hasAux: true })(1)).toThrow(/must return \[value, aux\]/);
  });

  it('a function that does not depend on its argument has gradient zero', () => {
    expectClose(grad(() => tensor(1) as Tensor)(...([x] as unknown as [])), [0, 0, 0]);
    expect(grad((_w: number) => 5)(1)).toBe(0);
  });

  it('reads closures afresh on every call', () => {
    let k = 2;
    const slope = grad((w: number) => mul(k, w));
    expect(slope(1)).toBe(2);
    k = 5;
    expect(slope(1)).toBe(5);
  });

  it('names what is wrong', () => {
    expect(() => grad((w: number) => [w, w] as never)(1)).toThrow(/returned 2 values.*hasAux.*jacobian/);
    expect(() => grad(async (w: number) => w as never)(1)).toThrow(/is async/);
    expect(() => grad((_w: number) => 'no' as never)(1)).toThrow(/the result of .* is the string "no"/);
    expect(() => (grad as (f: unknown) => (x: number) => unknown)(3)(1)).toThrow(
      /grad needs a function; got the number 3/,
    );
    expect(() => grad(() => 1)()).toThrow(/argument 0/);
  });
});

describe('jvp, vjp, linearize', () => {
  const f = (a: Tensor, b: Tensor): { y: Tensor; z: Tensor } => ({ y: mul(sin(a), b), z: total(b) });

  it('agree with each other, over trees', () => {
    const [a, b, da, db] = [tensor([1, 2]), tensor([3, 4]), tensor([0.5, -1]), tensor([2, 0.1])];
    const [value, tangent] = jvp(f, [a, b], [da, db]);
    const [value2, map] = linearize(f, a, b);
    const [value3, pullback] = vjp(f, a, b);
    expectClose([value2, value3], [value, value]);
    expectClose(map(da, db), tangent);
    const ct = { y: tensor([0.3, 0.7]), z: tensor(2) };
    const [ctA, ctB] = pullback(ct);
    const left = total(mul(ct.y, tangent.y)).item() + 2 * tangent.z.item();
    const right = total(mul(ctA, da)).item() + total(mul(ctB, db)).item();
    expectClose(left, right);
  });

  it('refuse tangents and cotangents of another form', () => {
    expect(() => jvp(sin, [x], [tensor([1, 2])])).toThrow(/tangent 0 has shape \[2\]; \[3\] is needed/);
    expect(() => jvp((a: Tensor) => sin(a), [x], [[x, x] as never])).toThrow(/structure/);
    expect(() => vjp((a: Tensor) => sin(a), x)[1](tensor(1))).toThrow(/the cotangent has shape \[\]; \[3\] is needed/);
    expect(() => jvp((a: Tensor) => a, [x], [] as never)).toThrow(/1 primals but 0 tangents/);
  });
});

describe('jacobians and hessians', () => {
  const f = (p: { a: Tensor; b: number }): { u: Tensor; v: Tensor } => ({ u: mul(p.a, p.b), v: total(exp(p.a)) });
  const p = { a: tensor([0.1, 0.2]), b: 3 };

  it('have blocks [...result, ...argument] in the trees of both, in every mode', () => {
    const expected = {
      u: {
        a: tensor([
          [3, 0],
          [0, 3],
        ]),
        b: tensor([0.1, 0.2]),
      },
      v: { a: tensor([Math.exp(0.1), Math.exp(0.2)]), b: 0 },
    };
    for (const mode of [jacfwd, jacrev, jacobian]) {
      const J = mode(f)(p);
      expect(J.u.a.shape).toEqual([2, 2]);
      expect(J.v.b).toMatchObject({ shape: [] });
      expectClose(J, expected);
    }
  });

  it('hessian over a tree, symmetric across blocks', () => {
    const H = hessian((q: { s: number; t: number }) => mul(mul(q.s, q.s), q.t))({ s: 2, t: 5 });
    expect(H).toEqual({ s: { s: 10, t: 4 }, t: { s: 4, t: 0 } });
  });

  it('hvp is the Hessian times a vector', () => {
    const g = (w: Tensor): Tensor => total(mul(sin(w), pow(w, 3)));
    const v = tensor([1, -2, 0.5]);
    const product = dotGeneral(hessian(g)(x) as Tensor, v, { contract: [[1], [0]], batch: [[], []] });
    expectClose(hvp(g)(x, v), product);
  });

  it('jacobian takes the mode with fewer passes', () => {
    const wide = jacobian((a: Tensor) => total(a))(tensor(new Float64Array(50)));
    const tall = jacobian((a: number) => mul(a, tensor(new Float64Array(50))))(2);
    expect([(wide as Tensor).shape, (tall as unknown as Tensor).shape]).toEqual([[50], [50]]);
  });
});

describe('vmap', () => {
  it('maps over any axis, over trees, and leaves arguments out', () => {
    const rows = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expectClose(vmap(total)(rows), [6, 15]);
    expectClose(vmap(total, { inAxes: 1 })(rows), [5, 7, 9]);
    expectClose(vmap((a: Tensor, k: number) => mul(a, k), { inAxes: [0, null] })(tensor([1, 2]), 10), [10, 20]);
    expectClose(
      vmap(({ a, b }: { a: Tensor; b: Tensor }) => add(a, b), { inAxes: [{ a: 0, b: null }] })({
        a: tensor([1, 2]),
        b: tensor(5),
      }),
      [6, 7],
    );
    expect(vmap((a: Tensor) => mul(a, 2), { outAxes: 1 })(rows).shape).toEqual([3, 2]);
    expect(
      vmap((a: Tensor) => ({ a, one: tensor(1) }), { outAxes: { a: 0, one: null } })(tensor([1, 2])).one.shape,
    ).toEqual([]);
  });

  it('nests, and composes with every other transform', () => {
    const pairs = vmap((a: Tensor) => vmap((b: Tensor) => mul(a, b))(tensor([1, 2, 3])))(tensor([10, 20]));
    expectClose(pairs, [
      [10, 20, 30],
      [20, 40, 60],
    ]);
    expectClose(
      vmap(grad((a: number) => mul(a, sin(a))))(tensor([1, 2])),
      [1, 2].map((t) => Math.sin(t) + t * Math.cos(t)),
    );
    expectClose(
      grad((v: Tensor) => total(vmap((a: Tensor) => cos(a))(v)))(tensor([1, 2])),
      [1, 2].map((t) => -Math.sin(t)),
    );
    expectClose(vmap(hessian((a: number) => pow(a, 3)))(tensor([1, 2])), [6, 12]);
    expectClose(jit(vmap(grad((a: number) => exp(a))))(tensor([0, 1])), [1, Math.E]);
    expectClose(hessian((v: Tensor) => total(vmap((a: Tensor) => pow(a, 3))(v)))(tensor([1, 2])), [6, 0, 0, 12]);
  });

  it('names what is wrong', () => {
    expect(() => vmap((a: Tensor) => a)(tensor(1))).toThrow(/argument 0 is a scalar and has no axis 0/);
    expect(() => vmap((a: Tensor, b: Tensor) => add(a, b))(tensor([1, 2]), tensor([1, 2, 3]))).toThrow(
      /batch sizes 2 and 3 differ/,
    );
    expect(() => vmap((a: Tensor) => a, { inAxes: [null] })(x)).toThrow(/no argument is batched/);
    expect(() => vmap((a: Tensor) => a, { inAxes: 5 })(x)).toThrow(/5 is out of range/);
    expect(() => vmap((a: Tensor) => a, { outAxes: null })(x)).toThrow(/depends on the batch, but its outAxes is null/);
  });
});

describe('jit', () => {
  it('traces once for each structure, shape and dtype', () => {
    let traces = 0;
    const f = jit((a: Tensor) => {
      traces++;
      return mul(a, 2);
    });
    f(tensor([1, 2]));
    f(tensor([3, 4]));
    expect(traces).toBe(1);
    f(tensor([1]));
    f(tensor(new Float32Array(2)));
    expect([traces, f.cacheSize()]).toEqual([3, 3]);
    expectClose(f(tensor([5, 6])), [10, 12]);
  });

  it('freezes what it captured, and takes static arguments by value', () => {
    let k = 2;
    const f = jit((a: number) => mul(a, k));
    expect(f(1)).toBe(2);
    k = 7;
    expect(f(1)).toBe(2);
    const g = jit((a: number, mode: string) => (mode === 'twice' ? mul(2, a) : a), { staticArgnums: 1 });
    expect([g(3, 'twice'), g(3, 'once')]).toEqual([6, 3]);
    const kinds = jit((a: number, kind: unknown) => mul(a, [1, 1n, '1', true].indexOf(kind as never) + 1), {
      staticArgnums: [1],
    });
    expect([1, 1n, '1', true, 1].map((kind) => kinds(1, kind))).toEqual([1, 2, 3, 4, 1]);
    const [one, other] = [Symbol('s'), Symbol('s')];
    const symbols = jit((a: number, s: symbol) => (s === one ? a : mul(a, 2)), { staticArgnums: [1] });
    expect([symbols(1, one), symbols(1, other)]).toEqual([1, 2]);
  });

  it('shows the simplified Program, and the types of a result without computing it', () => {
    expect(String(jit((a: number) => mul(a, 1)).lower(2))).toBe('{ lambda ; a:f64[]*. let in (a,) }');
    expect(evalShape((a: Tensor) => [total(a), a], x).map((t) => t.shape)).toEqual([[], [3]]);
  });
});
