/** The elongated bowl that can be turned: who minds, and who does not. */
import { add, jit, less, mul, scan, sub, sum, type Tensor, tensor, valueAndGrad, where } from 'downhill';
import { stepSizes } from 'downhill/calculus';
import { adam, applyUpdates, momentum, sgd, type UpdateRule } from 'downhill/optimize';
import { spread } from './curve.ts';
import { choiceField, type Fields, numberField } from './link.ts';
import { speak } from './numbers.ts';
import type { HeightGrid } from './surface.ts';

export const KAPPAS = ['10', '30', '100'] as const;
export const TURNERS = ['gd', 'momentum', 'adam'] as const;
export type Turner = (typeof TURNERS)[number];
export const TURNER_NAMES: Readonly<Record<Turner, string>> = {
  gd: 'gradient descent, best rate',
  momentum: 'heavy ball, best pair',
  adam: 'Adam, α = 0.1',
};
/** A run counts as arrived when its loss is below this. */
export const ARRIVED = 1e-6;
export const TURN_LIMIT = 1200;
/** The angles of the chart. */
export const ANGLES: readonly number[] = spread(0, 90, 37);
const SHOWN = 300;

export interface TurnState {
  angle: number;
  k: (typeof KAPPAS)[number];
}

export const turnFields: Fields<TurnState> = {
  angle: numberField(0, [0, 90]),
  k: choiceField('100', KAPPAS),
};

/** Numbers, or one for each of several bowls. */
interface Place<T> {
  readonly x: T;
  readonly y: T;
}

const ruleOf = (turner: Turner, kappa: number): UpdateRule<Place<Tensor>, unknown> => {
  const sizes = stepSizes(1, kappa);
  switch (turner) {
    case 'gd':
      return sgd(sizes.bestLearningRate);
    case 'momentum':
      return momentum(sizes.bestMomentum.learningRate, { decay: sizes.bestMomentum.momentum });
    case 'adam':
      return adam(0.1);
  }
};

/** ½ uᵀHu for bowls of curvatures 1 and κ turned by angles given as cosines and sines: one loss for each. */
function losses({ x, y }: Place<Tensor>, cosine: Tensor, sine: Tensor, kappa: number): Tensor {
  const along = add(mul(cosine, x), mul(sine, y)) as Tensor;
  const across = sub(mul(cosine, y), mul(sine, x)) as Tensor;
  return mul(0.5, add(mul(along, along), mul(kappa, mul(across, across)))) as Tensor;
}

const trig = (angles: readonly number[]): readonly [Tensor, Tensor] => {
  const radians = angles.map((a) => (a * Math.PI) / 180);
  return [tensor(radians.map(Math.cos)), tensor(radians.map(Math.sin))];
};
/** The start R(1, 1): the same place of the bowl, whatever the angle. */
const startOf = (cosine: Tensor, sine: Tensor): Place<Tensor> => ({
  x: sub(cosine, sine) as Tensor,
  y: add(sine, cosine) as Tensor,
});

/** Compiled once for each rule and κ; angles are inputs. */
const counters = new Map<string, (cosine: Tensor, sine: Tensor) => Tensor>();
function counterOf(turner: Turner, kappa: number): (cosine: Tensor, sine: Tensor) => Tensor {
  const name = `${turner} ${kappa}`;
  const known = counters.get(name);
  if (known) return known;
  const rule = ruleOf(turner, kappa);
  const made = jit((cosine: Tensor, sine: Tensor): Tensor => {
    const look = valueAndGrad((p: Place<Tensor>) => sum(losses(p, cosine, sine, kappa)) as unknown as number);
    const start = startOf(cosine, sine);
    const begin = {
      point: start,
      state: rule.init(start),
      count: mul(cosine, 0) as Tensor,
      going: add(mul(cosine, 0), 1) as Tensor,
    };
    const [end] = scan(
      (carry: typeof begin, _: null) => {
        const [, slope] = look(carry.point);
        const [updates, state] = rule.update(slope as Place<Tensor>, carry.state, carry.point);
        const point = applyUpdates(carry.point, updates);
        const count = add(carry.count, carry.going) as Tensor;
        const going = mul(carry.going, where(less(losses(point, cosine, sine, kappa), ARRIVED), 0, 1)) as Tensor;
        return [{ point, state, count, going }, null] as const;
      },
      begin,
      null,
      { length: TURN_LIMIT },
    );
    return end.count;
  });
  counters.set(name, made);
  return made;
}

/** Steps until each rule has arrived, for each angle; `TURN_LIMIT` where it has not. */
export function stepCounts(angles: readonly number[], kappa: number): Readonly<Record<Turner, readonly number[]>> {
  const [cosine, sine] = trig(angles);
  const of = (turner: Turner): readonly number[] => Array.from(counterOf(turner, kappa)(cosine, sine).data, Number);
  return { gd: of('gd'), momentum: of('momentum'), adam: of('adam') };
}

const walkers = new Map<string, (cosine: Tensor, sine: Tensor) => Place<Tensor>>();
function walkerOf(turner: Turner, kappa: number): (cosine: Tensor, sine: Tensor) => Place<Tensor> {
  const name = `${turner} ${kappa}`;
  const known = walkers.get(name);
  if (known) return known;
  const rule = ruleOf(turner, kappa);
  const made = jit((cosine: Tensor, sine: Tensor): Place<Tensor> => {
    const look = valueAndGrad((p: Place<Tensor>) => sum(losses(p, cosine, sine, kappa)) as unknown as number);
    const start = startOf(cosine, sine);
    const [, way] = scan(
      ({ point, state }: { point: Place<Tensor>; state: unknown }, _: null) => {
        const [, slope] = look(point);
        const [updates, next] = rule.update(slope as Place<Tensor>, state, point);
        return [{ point: applyUpdates(point, updates), state: next }, point] as const;
      },
      { point: start, state: rule.init(start) },
      null,
      { length: SHOWN },
    );
    return way as unknown as Place<Tensor>;
  });
  walkers.set(name, made);
  return made;
}

export interface TurnWay {
  readonly turner: Turner;
  readonly xs: readonly number[];
  readonly ys: readonly number[];
}

/** The ways of the three rules on the bowl at one angle, as far as they are worth drawing. */
export function turnWays(angle: number, kappa: number): readonly TurnWay[] {
  const [cosine, sine] = trig([angle]);
  return TURNERS.map((turner) => {
    const { x, y } = walkerOf(turner, kappa)(cosine, sine);
    return { turner, xs: Array.from(x.data, Number), ys: Array.from(y.data, Number) };
  });
}

export const TURN_RANGE = [-1.9, 1.9] as const;

/** The bowl from above. */
export function turnGrid(angle: number, kappa: number, side = 61): HeightGrid {
  const axis = spread(...TURN_RANGE, side);
  const [cosine, sine] = trig([angle]);
  const xs = tensor(axis.flatMap(() => axis));
  const ys = tensor(axis.flatMap((y) => axis.map(() => y)));
  const heights = Array.from(losses({ x: xs, y: ys }, cosine, sine, kappa).data, Number);
  return { xDomain: TURN_RANGE, yDomain: TURN_RANGE, columns: side, rows: side, heights };
}

export function describeTurn(angle: number, counts: Readonly<Record<Turner, number>>): string {
  const say = (n: number): string => (n >= TURN_LIMIT ? `more than ${TURN_LIMIT}` : String(n));
  return `Turned by ${speak(angle)} degrees, gradient descent needs ${say(counts.gd)} steps, the heavy ball ${say(counts.momentum)}, Adam ${say(counts.adam)}.`;
}
