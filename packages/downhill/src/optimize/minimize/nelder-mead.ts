import type { Arithmetic } from './arithmetic.ts';
import type { MethodSettings } from './descent.ts';
import { type Functions, firstReason, type Iterative, type Place, type RunState, type Spot } from './iteration.ts';
import { bottom } from './problem.ts';

interface SimplexState<S, B, V> extends RunState<S, B, V> {
  /** The vertices as rows, from the best to the worst. */
  readonly points: V;
  readonly values: V;
}

/**
 * The downhill simplex (Nelder and Mead 1965; steps as in Lagarias et al. 1998): values only, no derivatives. For
 * comparison, and for a few variables of a function that is not smooth; it may stop at a point that is no minimum.
 */
export function nelderMeadOf<S, B, V, H>(
  a: Arithmetic<S, B, V, H>,
  { value, size: n }: Functions<S, V>,
  settings: MethodSettings<S>,
): Iterative<S, B, V, SimplexState<S, B, V>> {
  const { add, and, each, either, element, equal, flag, less, lessEqual, min, mul, not, number, or, pick, row } = a;
  const { select, sub } = a;
  const { simplexTolerance, maxIterations, maxEvaluations } = settings;

  /** NaN counts as the worst of values. */
  const look = (x: V): Spot<S, V> => {
    const seen = value(x);
    return { x: seen.x, value: select(equal(seen.value, seen.value), seen.value, Number.POSITIVE_INFINITY) };
  };

  /** The vertices in order, and whether the method ends with them. */
  const ordered = (given: V, unordered: V, iterations: S, counts: { readonly values: S }) => {
    const order = a.order(unordered);
    const points = a.arranged(given, order, n);
    const values = a.arranged(unordered, order, 1);
    const best = { x: row(points, 0, n), value: element(values, 0) };
    const spread = a.maxNorm(each((x, b) => sub(x, b), points, best.x));
    const isFlat = lessEqual(sub(element(values, n), best.value), simplexTolerance);
    return {
      here: best,
      norm: number(Number.NaN),
      points,
      values,
      iterations,
      counts,
      isAccepted: flag(true),
      reason: firstReason(
        a,
        [less(best.value, bottom), 'unbounded'],
        [and(lessEqual(spread, simplexTolerance), isFlat), 'simplex-tolerance'],
        [equal(iterations, maxIterations), 'iteration-limit'],
      ),
    };
  };

  const begin = (start: Place<S, V>, evaluated: S): SimplexState<S, B, V> => {
    let points = a.zeros([n + 1, n]);
    let values = a.zeros([n + 1]);
    const put = (i: number, spot: Spot<S, V>): void => {
      points = a.withRow(points, i, spot.x);
      values = a.withElement(values, i, spot.value);
    };
    put(0, start);
    for (let i = 0; i < n; i++) {
      const x = element(start.x, i);
      put(i + 1, look(a.withElement(start.x, i, select(equal(x, 0), 0.00025, mul(1.05, x)))));
    }
    const state = ordered(points, values, number(0), { values: add(evaluated, n) });
    return { ...state, here: { x: start.x, value: start.value }, isAccepted: flag(false) };
  };

  const iterate = (state: SimplexState<S, B, V>): SimplexState<S, B, V> => {
    const { points, values, counts } = state;
    const [best, second, worst] = [element(values, 0), element(values, n - 1), element(values, n)];
    const farthest = row(points, n, n);
    const center = a.columnMeans(points, n, n);
    const along = (t: S | number): V => each((c, w) => add(c, mul(t, sub(w, c))), center, farthest);
    /** Only within the budget; what is not looked at is worse than all. */
    const within = (isWanted: B, x: () => V, used: S): Spot<S, V> =>
      either(
        and(isWanted, less(used, maxEvaluations)),
        () => look(x()),
        () => ({ x: farthest, value: number(Number.POSITIVE_INFINITY) }),
      );
    const reflected = within(flag(true), () => along(-1), counts.values);
    const isExpanding = less(reflected.value, best);
    const isContracting = lessEqual(second, reflected.value);
    const isTwice = or(isExpanding, isContracting);
    const t = select(isExpanding, -2, select(less(reflected.value, worst), -0.5, 0.5));
    const once = add(counts.values, 1);
    const other = within(isTwice, () => along(t), once);
    const isLow = lessEqual(other.value, min(reflected.value, worst));
    const isShrinking = and(isContracting, not(isLow), not(isExpanding));
    const next = pick(and(isTwice, or(not(isExpanding), less(other.value, reflected.value))), other, reflected);
    const twice = add(once, select(isTwice, 1, 0));
    /** All vertices half way to the best. */
    const shrunk = () =>
      a.loop(
        ({ k, used }) => and(lessEqual(k, n), less(used, maxEvaluations)),
        ({ k, used, points: from, values: before }) => {
          const spot = look(each((x, b) => add(b, mul(0.5, sub(x, b))), row(from, k, n), row(points, 0, n)));
          return {
            k: add(k, 1),
            used: add(used, 1),
            points: a.withRow(from, k, spot.x),
            values: a.withElement(before, k, spot.value),
          };
        },
        { k: number(1), used: twice, points, values },
      );
    const moved = () => ({
      k: number(n + 1),
      used: twice,
      points: a.withRow(points, n, next.x),
      values: a.withElement(values, n, next.value),
    });
    const after = either(isShrinking, shrunk, moved);
    // cut off where more evaluations were wanted than there are
    const isCut = or(less(maxEvaluations, after.used), lessEqual(after.k, n));
    const ended = ordered(after.points, after.values, add(state.iterations, 1), {
      values: min(after.used, maxEvaluations),
    });
    const cut = { ...state, counts: ended.counts, isAccepted: flag(false) };
    return pick(isCut, { ...cut, reason: firstReason(a, [flag(true), 'evaluation-limit']) }, ended);
  };
  return { begin, iterate };
}
