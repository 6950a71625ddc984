import { whileLoop } from '../control/while.ts';
import { add, div, mul, neg, sub } from '../primitives/arithmetic.ts';
import { equal, greater, isFinite, less, lessEqual, notEqual } from '../primitives/comparison.ts';
import { convertTo } from '../primitives/convert.ts';
import { logicalAnd, logicalNot, logicalOr, logicalXor } from '../primitives/logical.ts';
import { abs, maximum, minimum, sign } from '../primitives/piecewise.ts';
import { select } from '../primitives/select.ts';
import type { Program } from '../program/program.ts';
import { type Aval, asTensor, type Tensor } from '../tensor/tensor.ts';
import { inlineProgram, recordProgram } from '../trace/apply.ts';
import { jvpProgram } from '../transforms/jvp.ts';
import { dropDead } from '../transforms/simplify.ts';
import { plainType } from '../transforms/types.ts';

/** What a search is for. */
export interface RootProblem {
  /** (x, parameters…) → residual of x's shape. */
  readonly program: Program;
  /** Two starts are the ends of a bracket. */
  readonly starts: 1 | 2;
  readonly tolerance: number;
  readonly budget: number;
}

/** A function of one number, in float64. */
type Scalar = (x: Tensor) => Tensor;

export const strong = (x: Tensor): Tensor => convertTo(x, { dtype: 'float64', weak: false });
export const number = (x: number): Tensor => strong(asTensor(x));
export const flag = (x: boolean): Tensor => convertTo(asTensor(x), { dtype: 'bool', weak: false });
export const all = (...conditions: Tensor[]): Tensor => conditions.reduce((a, b) => logicalAnd(a, b));
export const either = (...conditions: Tensor[]): Tensor => conditions.reduce((a, b) => logicalOr(a, b));
const isNaNumber = (x: Tensor): Tensor => notEqual(x, x);
const differInSign = (x: Tensor, y: Tensor): Tensor => logicalXor(greater(x, 0), greater(y, 0));

/** A root and whether it is one. */
interface Found {
  readonly x: Tensor;
  readonly ok: Tensor;
}

interface Bracketed {
  readonly a: Tensor;
  readonly fa: Tensor;
  /** The best point, at the other end of the bracket. */
  readonly b: Tensor;
  readonly fb: Tensor;
  readonly previous: Tensor;
  readonly fPrevious: Tensor;
  readonly step: Tensor;
  readonly before: Tensor;
  readonly evaluations: Tensor;
  /** Whether b is a root to the last bit, and whether the function is NaN there. */
  readonly exact: Tensor;
  readonly lost: Tensor;
}

/** Where Brent's method looks next; as in `roots.ts`. */
function proposal({ a, fa, b, fb, previous, fPrevious, before }: Bracketed, least: Tensor) {
  const half = mul(sub(a, b), 0.5);
  const [r, s, t] = [div(fb, fPrevious), div(fb, fa), div(fa, fPrevious)];
  const p = mul(s, sub(mul(mul(t, sub(r, t)), sub(previous, b)), mul(sub(1, r), sub(b, a))));
  const quadratic = div(p, mul(mul(sub(t, 1), sub(r, 1)), sub(s, 1)));
  const secant = div(mul(neg(fb), sub(b, a)), sub(fb, fa));
  const three = all(notEqual(previous, a), notEqual(previous, b), notEqual(fPrevious, fa), notEqual(fPrevious, fb));
  const tried = select(three, quadratic, secant);
  const accepted = all(
    greater(mul(tried, sign(half)), 0),
    less(abs(tried), mul(1.5, abs(half))),
    less(abs(tried), mul(before, 0.5)),
  );
  const next = select(accepted, tried, half);
  const x = add(b, select(greater(abs(next), least), next, mul(sign(half), least)));
  const inside = all(greater(x, minimum(a, b)), less(x, maximum(a, b)));
  return { x: select(inside, x, mul(add(a, b), 0.5)), step: abs(next), accepted };
}

function brent(f: Scalar, p: Tensor, q: Tensor, { tolerance, budget }: RootProblem): Found {
  const within = (x: Tensor): Tensor => add(mul(0.5 * tolerance, add(1, abs(x))), mul(2 * Number.EPSILON, abs(x)));
  const [fp, fq] = [f(p), f(q)];
  const size = maximum(abs(fp), abs(fq));
  const swap = logicalOr(less(abs(fp), abs(fq)), equal(fp, 0));
  const [a, b] = [select(swap, q, p), select(swap, p, q)];
  const [fa, fb] = [select(swap, fq, fp), select(swap, fp, fq)];
  const exact = equal(fb, 0);
  const isBracket = all(isFinite(p), isFinite(q), less(p, q), logicalOr(exact, differInSign(fp, fq)));
  const start: Bracketed = {
    a,
    fa,
    b,
    fb,
    // nothing was tried before
    previous: b,
    fPrevious: fb,
    step: number(Number.POSITIVE_INFINITY),
    before: number(Number.POSITIVE_INFINITY),
    evaluations: number(2),
    exact,
    lost: either(isNaNumber(fp), isNaNumber(fq), logicalNot(isBracket)),
  };
  const isNarrow = ({ a, b }: Bracketed): Tensor => lessEqual(mul(abs(sub(b, a)), 0.5), within(b));
  const end = whileLoop(
    (now) => all(logicalNot(now.exact), logicalNot(now.lost), logicalNot(isNarrow(now)), less(now.evaluations, budget)),
    (now): Bracketed => {
      const { x, step, accepted } = proposal(now, within(now.b));
      const fx = f(x);
      const crossed = differInSign(fx, now.fb);
      const [a, fa] = [select(crossed, now.b, now.a), select(crossed, now.fb, now.fa)];
      const exact = equal(fx, 0);
      const swap = less(abs(fa), abs(fx));
      return {
        a: select(swap, x, a),
        fa: select(swap, fx, fa),
        b: select(swap, a, x),
        fb: select(swap, fa, fx),
        previous: now.b,
        fPrevious: now.fb,
        step,
        before: select(accepted, now.step, number(Number.POSITIVE_INFINITY)),
        evaluations: add(now.evaluations, 1),
        exact,
        lost: isNaNumber(fx),
      };
    },
    start,
  );
  // a jump of sign with growing values is a pole; so is an infinity
  const pole = logicalOr(greater(abs(end.fb), mul(1e3, size)), logicalNot(isFinite(end.fb)));
  const isRoot = logicalOr(end.exact, logicalAnd(isNarrow(end), logicalNot(pole)));
  return { x: end.b, ok: logicalAnd(isRoot, logicalNot(end.lost)) };
}

interface Newton {
  readonly x: Tensor;
  readonly fx: Tensor;
  /** Where a sign change has been seen, the root cannot escape again; NaN before. */
  readonly low: Tensor;
  readonly high: Tensor;
  readonly evaluations: Tensor;
  readonly done: Tensor;
  readonly failed: Tensor;
}

interface Backtracking {
  readonly step: Tensor;
  readonly fn: Tensor;
  readonly evaluations: Tensor;
}

function newton(f: Scalar, slope: Scalar, start: Tensor, { tolerance, budget }: RootProblem): Found {
  const nowhere = number(Number.NaN);
  const first: Newton = {
    x: start,
    fx: f(start),
    low: nowhere,
    high: nowhere,
    evaluations: number(1),
    done: flag(false),
    failed: logicalNot(isFinite(start)),
  };
  const end = whileLoop(
    ({ fx, evaluations, done, failed }) =>
      all(logicalNot(done), logicalNot(failed), notEqual(fx, 0), equal(fx, fx), less(evaluations, budget)),
    (now): Newton => {
      const { x, fx, low, high } = now;
      const d = slope(x);
      const isBracketed = equal(low, low);
      const direct = div(neg(fx), d);
      const middle = sub(mul(add(low, high), 0.5), x);
      const flat = logicalAnd(logicalNot(isFinite(direct)), logicalNot(isBracketed));
      const goal = add(x, direct);
      const inside = logicalAnd(greater(goal, low), less(goal, high));
      const wanted = logicalAnd(isFinite(direct), logicalOr(logicalNot(isBracketed), inside));
      const step = select(wanted, direct, middle);
      const small = mul(tolerance, add(1, abs(x)));
      // |f| must fall, unless the step crossed the root
      const refused = ({ fn }: Backtracking): Tensor =>
        logicalAnd(logicalNot(less(abs(fn), abs(fx))), logicalNot(logicalAnd(differInSign(fn, fx), isFinite(fn))));
      const isShort = (size: Tensor): Tensor => lessEqual(abs(size), small);
      const found = whileLoop(
        (way) => all(refused(way), logicalNot(isShort(way.step)), less(way.evaluations, budget)),
        (way): Backtracking => {
          const shorter = mul(way.step, 0.5);
          return { step: shorter, fn: f(add(x, shorter)), evaluations: add(way.evaluations, 1) };
        },
        { step, fn: f(add(x, step)), evaluations: add(now.evaluations, 1) },
      );
      const stuck = refused(found);
      // no smaller step helps: x is the root to rounding, or none
      const settled = all(stuck, isShort(found.step), lessEqual(abs(fx), mul(mul(abs(d), small), 4)));
      const { fn } = found;
      const next = add(x, found.step);
      const crossed = differInSign(fx, fn);
      const isLow = equal(x, low);
      const moveLow = select(logicalAnd(isBracketed, isLow), next, low);
      const moveHigh = select(logicalAnd(isBracketed, logicalNot(isLow)), next, high);
      return {
        x: select(stuck, x, next),
        fx: select(stuck, fx, fn),
        low: select(crossed, minimum(x, next), moveLow),
        high: select(crossed, maximum(x, next), moveHigh),
        evaluations: found.evaluations,
        done: logicalOr(settled, logicalAnd(logicalNot(stuck), isShort(found.step))),
        failed: logicalOr(flat, logicalAnd(stuck, logicalNot(settled))),
      };
    },
    first,
  );
  const isRoot = logicalOr(end.done, equal(end.fx, 0));
  return { x: end.x, ok: logicalAnd(isRoot, logicalNot(end.failed)) };
}

/**
 * A search for one number as a Program with a loop in it: (starts…, parameters…) → the root, and whether it is one. The
 * methods are those of `roots.ts`, step by step.
 */
export function scalarRootProgram(inputs: readonly Aval[], problem: RootProblem): Program {
  const { starts } = problem;
  const program = dropDead(problem.program);
  const like = plainType(program.inputs[0]);
  return recordProgram('root', inputs.map(plainType), (operands) => {
    const parameters = operands.slice(starts);
    const point = (x: Tensor): Tensor => convertTo(x, like);
    const f: Scalar = (x) => strong(inlineProgram(program, [point(x), ...parameters])[0] as Tensor);
    const [p, q] = operands.slice(0, starts).map(strong) as [Tensor, Tensor];
    const tangent = (): Program => {
      const forward = jvpProgram(program, [true], [true]).program;
      return dropDead({ ...forward, outputs: forward.outputs.slice(1) });
    };
    const forward = starts === 1 ? tangent() : undefined;
    const slope: Scalar = (x) =>
      strong(inlineProgram(forward as Program, [point(x), ...parameters, point(number(1))])[0] as Tensor);
    const { x, ok } = starts === 2 ? brent(f, p, q, problem) : newton(f, slope, p, problem);
    return [point(x), ok];
  });
}
