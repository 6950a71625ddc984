import { whileLoop } from '../control/while.ts';
import { solve } from '../linalg/solve.ts';
import { add, div, mul, neg, sub } from '../primitives/arithmetic.ts';
import { equal, greater, isFinite, less, lessEqual, notEqual } from '../primitives/comparison.ts';
import { convertTo } from '../primitives/convert.ts';
import { reduceSum, reshapeTo } from '../primitives/layout.ts';
import { logicalAnd, logicalNot, logicalOr } from '../primitives/logical.ts';
import { abs } from '../primitives/piecewise.ts';
import { sqrt } from '../primitives/powers.ts';
import { reduceMax } from '../primitives/reductions.ts';
import { select } from '../primitives/select.ts';
import type { Program } from '../program/program.ts';
import type { Aval, Tensor } from '../tensor/tensor.ts';
import { inlineProgram, recordProgram } from '../trace/apply.ts';
import { dropDead } from '../transforms/simplify.ts';
import { plainType } from '../transforms/types.ts';
import { all, flag, number, type RootProblem, strong } from './root-program.ts';

/** A vector of float64 and its residual. */
interface Newton {
  readonly x: Tensor;
  readonly f: Tensor;
  readonly evaluations: Tensor;
  readonly done: Tensor;
  readonly failed: Tensor;
}

interface Backtracking {
  readonly t: Tensor;
  readonly f: Tensor;
  readonly evaluations: Tensor;
}

/** The Euclidean length, without overflow on the way. */
function norm(x: Tensor): Tensor {
  const largest = reduceMax(abs(x), [0]);
  const share = div(x, select(equal(largest, 0), number(1), largest));
  return select(isFinite(largest), mul(largest, sqrt(reduceSum(mul(share, share), [0]))), largest);
}

/**
 * Newton's method on a system, as in `implicit-root.ts`, as a Program with a loop in it: (start, parameters…) → the root,
 * and whether it is one.
 */
export function systemRootProgram(
  inputs: readonly Aval[],
  { program: given, tolerance, budget }: RootProblem,
  jacobianAt: (program: Program, x: Tensor, parameters: readonly Tensor[]) => Tensor,
): Program {
  const program = dropDead(given);
  const like = plainType(program.inputs[0]);
  return recordProgram('root', inputs.map(plainType), ([origin, ...parameters]) => {
    const n = origin.size;
    const dense = (v: Tensor): Tensor => convertTo(reshapeTo(v, like.shape), like);
    const residual = (v: Tensor): Tensor =>
      reshapeTo(strong(inlineProgram(program, [dense(v), ...parameters])[0] as Tensor), [n]);
    const start = reshapeTo(strong(origin), [n]);
    const first: Newton = {
      x: start,
      f: residual(start),
      evaluations: number(1),
      done: flag(false),
      failed: flag(false),
    };
    const end = whileLoop(
      ({ f, evaluations, done, failed }) => {
        const size = norm(f);
        return all(
          logicalNot(done),
          logicalNot(failed),
          notEqual(size, 0),
          equal(size, size),
          less(evaluations, budget),
        );
      },
      (now): Newton => {
        const { x, f } = now;
        const size = norm(f);
        const step = neg(strong(solve(jacobianAt(program, dense(x), parameters), f)));
        const small = mul(tolerance, add(1, norm(x)));
        const length = norm(step);
        const flat = logicalNot(isFinite(length));
        const refused = (way: Backtracking): Tensor =>
          logicalNot(lessEqual(norm(way.f), mul(sub(1, mul(1e-4, way.t)), size)));
        // at the bottom of rounding no step helps, and none is needed
        const atBottom = lessEqual(length, mul(1e3, small));
        const found = whileLoop(
          (way) =>
            all(refused(way), logicalNot(atBottom), greater(mul(way.t, length), small), less(way.evaluations, budget)),
          (way): Backtracking => {
            const t = mul(way.t, 0.5);
            return { t, f: residual(add(x, mul(t, step))), evaluations: add(way.evaluations, 1) };
          },
          { t: number(1), f: residual(add(x, step)), evaluations: add(now.evaluations, 1) },
        );
        const stuck = refused(found);
        return {
          x: select(stuck, x, add(x, mul(found.t, step))),
          f: select(stuck, f, found.f),
          evaluations: found.evaluations,
          done: logicalOr(
            logicalAnd(stuck, atBottom),
            logicalAnd(logicalNot(stuck), lessEqual(mul(found.t, length), small)),
          ),
          failed: logicalOr(flat, logicalAnd(stuck, logicalNot(atBottom))),
        };
      },
      first,
    );
    const isRoot = logicalOr(end.done, equal(norm(end.f), 0));
    return [dense(end.x), logicalAnd(isRoot, logicalNot(end.failed))];
  });
}
