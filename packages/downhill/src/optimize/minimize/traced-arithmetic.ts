import { cond } from '../../control/cond.ts';
import { scan } from '../../control/scan-loop.ts';
import { whileLoop } from '../../control/while.ts';
import { arange } from '../../functions/creation.ts';
import { where } from '../../functions/elementwise.ts';
import { concatenate } from '../../functions/joining.ts';
import { max as maxOf, sum } from '../../functions/reductions.ts';
import { reshape } from '../../functions/shape.ts';
import { slice } from '../../functions/slicing.ts';
import { add, div, mul, neg, sub } from '../../primitives/arithmetic.ts';
import { equal, isFinite as isFiniteElement, less, lessEqual } from '../../primitives/comparison.ts';
import { logicalAnd, logicalNot, logicalOr } from '../../primitives/logical.ts';
import { abs, maximum, minimum } from '../../primitives/piecewise.ts';
import { sqrt } from '../../primitives/powers.ts';
import type { CallSite } from '../../program/program.ts';
import { scalar, type Tensor, type TensorLike, zeros } from '../../tensor/tensor.ts';
import { flatten, treeLeaves, unflatten } from '../../tensor/tree.ts';
import { callSite, withSite } from '../../trace/site.ts';
import type { Arithmetic } from './arithmetic.ts';
import type { Matrices } from './matrices.ts';
import { tracedMatrices } from './traced-matrices.ts';

/** The pairs of L-BFGS in a module: rows from the oldest to the newest; those not used are zero in `rho`. */
export interface TracedHistory {
  readonly s: Tensor;
  readonly y: Tensor;
  readonly rho: Tensor;
  readonly isEmpty: Tensor;
}

type Pair = {
  readonly s: Tensor;
  readonly y: Tensor;
  readonly rho: Tensor;
};

const dot = (a: Tensor, b: Tensor): Tensor => sum(mul(a, b));

const maxNorm = (a: Tensor): Tensor => maxOf(abs(a));

function norm(a: Tensor): Tensor {
  const largest = maxNorm(a);
  const scaled = div(a, largest);
  const isPlain = logicalAnd(less(0, largest), isFiniteElement(largest));
  return where(isPlain, mul(largest, sqrt(dot(scaled, scaled))), largest);
}

const column = (v: Tensor): Tensor => reshape(v, [v.size, 1]);

const row = (v: Tensor): Tensor => reshape(v, [1, v.size]);

const times = (m: Tensor, v: Tensor): Tensor => sum(mul(m, row(v)), { axis: 1 });

/** One of two computations. What is traced only passes on: a function without operators is not searched for them. */
const either = <T>(condition: Tensor, yes: () => T, no: () => T): T =>
  cond(
    condition,
    () => yes(),
    () => no(),
  );

function updateInverse(m: Tensor, known: Tensor, learns: Tensor, s: Tensor, y: Tensor): Tensor {
  const places = arange(s.size);
  const identity = where(equal(column(places), row(places)), 1, 0);
  const sy = dot(s, y);
  const hy = either(
    known,
    () => times(m, y),
    () => y,
  );
  const factor = div(add(1, div(dot(y, hy), sy)), sy);
  const across = div(add(mul(column(hy), row(s)), mul(column(s), row(hy))), sy);
  const change = sub(mul(mul(factor, column(s)), row(s)), across);
  return where(learns, add(where(known, m, identity), change), m);
}

/** The rows one place up, and a new one at the end. */
function pushed(rows: Tensor, last: Tensor): Tensor {
  const from = rows.shape.map((_, axis) => (axis === 0 ? 1 : 0));
  return concatenate([slice(rows, from, rows.shape), reshape(last, [1, ...rows.shape.slice(1)])]);
}

const inward = (q: Tensor, { s, y, rho }: Pair): [Tensor, Tensor] => {
  const alpha = mul(rho, dot(s, q));
  return [sub(q, mul(alpha, y)), alpha];
};

const outward = (q: Tensor, { s, y, rho, alpha }: Pair & { readonly alpha: Tensor }): [Tensor, null] => {
  const correction = sub(alpha, mul(rho, dot(y, q)));
  return [add(q, mul(correction, s)), null];
};

function twoLoop({ s, y, rho, isEmpty }: TracedHistory, v: Tensor): Tensor {
  const [q, alphas] = scan((at: Tensor, pair: Pair) => inward(at, pair), v, { s, y, rho }, { reverse: true });
  const newest = y.shape[0] - 1;
  const lastY = reshape(slice(y, [newest, 0], y.shape), [v.size]);
  const lastRho = reshape(slice(rho, [newest], rho.shape), []);
  const scale = where(isEmpty, 1, div(1, mul(lastRho, dot(lastY, lastY))));
  const onward = (at: Tensor, pair: Pair & { readonly alpha: Tensor }) => outward(at, pair);
  return scan(onward, mul(q, scale), { s, y, rho, alpha: alphas })[0];
}

/** What is made of operations of the library alone, in one place: nobody wants a call site for each of them. */
function operations(site: CallSite) {
  const at =
    <A extends readonly unknown[], R>(operation: (...operands: A) => R) =>
    (...operands: A): R =>
      withSite(site, () => operation(...operands));
  return {
    add: at((a: TensorLike, b: TensorLike) => add(a, b)),
    sub: at((a: TensorLike, b: TensorLike) => sub(a, b)),
    mul: at((a: TensorLike, b: TensorLike) => mul(a, b)),
    div: at((a: TensorLike, b: TensorLike) => div(a, b)),
    abs: at((a: Tensor) => abs(a)),
    sqrt: at((a: Tensor) => sqrt(a)),
    min: at((a: TensorLike, b: TensorLike) => minimum(a, b)),
    max: at((a: TensorLike, b: TensorLike) => maximum(a, b)),
    less: at((a: TensorLike, b: TensorLike) => less(a, b)),
    lessEqual: at((a: TensorLike, b: TensorLike) => lessEqual(a, b)),
    equal: at((a: TensorLike, b: TensorLike) => equal(a, b)),
    isFinite: at((a: Tensor) => isFiniteElement(a)),
    and: at((a: Tensor, b: Tensor, c?: Tensor) => (c ? logicalAnd(logicalAnd(a, b), c) : logicalAnd(a, b))),
    or: at((...any: readonly (Tensor | undefined)[]) =>
      any.filter((x) => x !== undefined).reduce((a, b) => logicalOr(a, b)),
    ),
    not: at((a: Tensor) => logicalNot(a)),
    select: at((condition: Tensor, yes: TensorLike, no: TensorLike) => where(condition, yes, no)),
    dot: at(dot),
    norm: at(norm),
    maxNorm: at(maxNorm),
    plus: at((a: Tensor, s: Tensor, b: Tensor) => add(a, mul(s, b))),
    minus: at((a: Tensor, b: Tensor) => sub(a, b)),
    negated: at((a: Tensor) => neg(a)),
    times: at(times),
    updateInverse: at(updateInverse),
    remember: at(remember),
    forget: at(forget),
    twoLoop: at(twoLoop),
    ...matricesAt(at),
  };
}

type At = <A extends readonly unknown[], R>(operation: (...operands: A) => R) => (...operands: A) => R;

/** The operations on matrices, in the same place. */
function matricesAt(at: At): Matrices<Tensor, Tensor, Tensor> {
  const placed = Object.entries(tracedMatrices).map(([name, operation]) => [name, at(operation as () => unknown)]);
  const solver = at(tracedMatrices.solver);
  return { ...Object.fromEntries(placed), solver: (m: Tensor, n: number) => at(solver(m, n)) };
}

const remember = (pairs: TracedHistory, learns: Tensor, s: Tensor, y: Tensor, rho: Tensor): TracedHistory => ({
  s: where(learns, pushed(pairs.s, s), pairs.s),
  y: where(learns, pushed(pairs.y, y), pairs.y),
  rho: where(learns, pushed(pairs.rho, rho), pairs.rho),
  isEmpty: logicalAnd(pairs.isEmpty, logicalNot(learns)),
});

const forget = ({ s, y, rho, isEmpty }: TracedHistory, when: Tensor): TracedHistory => ({
  s,
  y,
  rho: where(when, 0, rho),
  isEmpty: logicalOr(isEmpty, when),
});

/** The arithmetic of a module, on traced float64 values; whatever it records belongs to the line that asks for it. */
export function tracedArithmetic(): Arithmetic<Tensor, Tensor, Tensor, TracedHistory> {
  const made = operations(callSite());
  return {
    ...made,
    number: (x) => scalar(x, 'float64'),
    flag: (x) => scalar(x),
    pick: <T>(condition: Tensor, yes: T, no: T): T => {
      const { leaves, def } = flatten(yes);
      const others = treeLeaves(no);
      const chosen = leaves.map((x, i) => (x === others[i] ? x : made.select(condition, x, others[i])));
      return unflatten(def, chosen) as T;
    },
    either,
    loop: (goesOn, body, init) =>
      whileLoop(
        (state) => goesOn(state),
        (state) => body(state),
        init,
      ),
    zeros,
    noPairs: (memory, size) => ({
      s: zeros([memory, size]),
      y: zeros([memory, size]),
      rho: zeros([memory]),
      isEmpty: scalar(true),
    }),
    isEmpty: ({ isEmpty }) => isEmpty,
  };
}
