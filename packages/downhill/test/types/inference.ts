/**
 * Compiled, never run: every line holds when the types of the public functions are what their documentation says.
 * `Same<A, B>` is true only for identical types.
 */

import type { Tensor } from '../../src/index.ts';
import * as d from '../../src/index.ts';
import { adam, descend } from '../../src/optimize/index.ts';

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const holds = <T extends true>(): T | undefined => undefined;

// scalars in, scalars out
const three = d.add(1, 2);
holds<Same<typeof three, number>>();
const root = d.softplus(d.sqrt(2));
holds<Same<typeof root, number>>();
const total = d.sum(3);
holds<Same<typeof total, number>>();
const larger = d.greater(1, 2);
holds<Same<typeof larger, boolean>>();
const undefinedNumber = d.isNaN(1);
holds<Same<typeof undefinedNumber, boolean>>();
const chosen = d.where(true, 1, 2);
holds<Same<typeof chosen, number>>();

// a tensor anywhere makes a tensor
const x = d.tensor([1, 2, 3]);
const shifted = d.add(x, 1);
holds<Same<typeof shifted, Tensor>>();
const means = d.mean(x, { axis: 0 });
holds<Same<typeof means, Tensor>>();
const mask = d.less(x, 2);
holds<Same<typeof mask, Tensor>>();

// gradients have the type of the argument
const loss = (p: { w: Tensor; b: number }): number => d.sum(d.mul(p.w, p.b)).item();
const gradient = d.grad(loss)({ w: x, b: 1 });
holds<Same<typeof gradient, { w: Tensor; b: number }>>();
const slope = d.grad((w: number) => d.mul(w, w))(3);
holds<Same<typeof slope, number>>();
const [value, pair] = d.valueAndGrad((a: number, b: Tensor) => d.sum(d.mul(a, b)), { argnums: [0, 1] })(1, x);
holds<Same<typeof value, Tensor>>();
holds<Same<typeof pair, readonly [number, Tensor]>>();
const second = d.grad((_a: number, b: Tensor) => d.sum(b), { argnums: 1 })(1, x);
holds<Same<typeof second, Tensor>>();
const [withAux, aux] = d.grad((w: number) => [d.mul(w, w), 'note'] as const, { hasAux: true })(2);
holds<Same<typeof withAux, number>>();
holds<Same<typeof aux, 'note'>>();

// methods
const chained = x.add(1).mul(x).sin().sum({ axis: 0, keepdims: true }).reshape([1, -1]);
holds<Same<typeof chained, Tensor>>();
const picked = x.index(0, [1, 3], null, '...');
holds<Same<typeof picked, Tensor>>();
const changed = x.at(0).set(5);
holds<Same<typeof changed, Tensor>>();

// descents keep the type of the point
const run = descend((p: { a: number; b: number }) => d.mul(p.a, p.b), { a: 1, b: 2 }, { learningRate: 0.1 });
holds<Same<typeof run.point, { a: number; b: number }>>();
const [, state] = adam<number>(0.1).update(1, adam<number>(0.1).init(0), 0);
holds<Same<typeof state.mu, number>>();

// what must not compile
// @ts-expect-error a text is not a tensor
d.add('1', x);
// @ts-expect-error options are checked
d.sum(x, { axes: 0 });
// @ts-expect-error no such rule
descend((w: number) => d.mul(w, w), 0, { method: 'newton' });
// @ts-expect-error a gradient needs a function
d.grad(3);
// @ts-expect-error shapes are not texts
d.reshape(x, '3');
