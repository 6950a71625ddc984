/** The optimizer race: seven rules on one landscape, from one start, with one budget of steps, in one compiled Program. */
import { add, jit, random, scan, type Tensor, tensor, valueAndGrad } from 'downhill';
import { type Formula, formula } from 'downhill/formula';
import {
  adagrad,
  adam,
  applyUpdates,
  lion,
  momentum,
  nesterov,
  rmsprop,
  type Schedule,
  sgd,
  type UpdateRule,
} from 'downhill/optimize';
import type { Pair, Range } from './surface.ts';

/** In the order of the table, each with the style it is drawn in. */
export const RACERS = ['gd', 'momentum', 'nesterov', 'adagrad', 'rmsprop', 'adam', 'lion'] as const;
export type Racer = (typeof RACERS)[number];
export type Rates = Readonly<Record<Racer, number>>;

export const RACER_NAMES: Readonly<Record<Racer, string>> = {
  gd: 'Gradient descent',
  momentum: 'Momentum, β = 0.9',
  nesterov: 'Nesterov, β = 0.9',
  adagrad: 'Adagrad',
  rmsprop: 'RMSProp',
  adam: 'Adam',
  lion: 'Lion',
};

/** The steps each rule has. */
export const BUDGET = 500;

export interface Landscape {
  readonly name: string;
  readonly f: string;
  readonly x: Range;
  readonly y: Range;
  readonly start: Pair;
  /** Standard deviation of the noise that is added to each slope. */
  readonly noise: number;
  readonly rates: Rates;
  /** What to look for. */
  readonly hint: string;
}

const rates = (gd: number, ball: number, adagradRate: number, adaptive: number, lionRate: number): Rates => ({
  gd,
  momentum: ball,
  nesterov: ball,
  adagrad: adagradRate,
  rmsprop: adaptive,
  adam: adaptive,
  lion: lionRate,
});

export const LANDSCAPES = {
  ravine: {
    name: 'Ravine',
    f: '(x^2 + 50y^2)/2',
    x: [-4, 4],
    y: [-2, 2],
    start: [-3.5, 1],
    noise: 0,
    rates: rates(0.035, 0.01, 0.5, 0.05, 0.02),
    hint: 'Steep across, nearly level along: what is good for one direction is bad for the other.',
  },
  rosenbrock: {
    name: 'Rosenbrock',
    f: '(1 - x)^2 + 100(y - x^2)^2',
    x: [-2, 2],
    y: [-1, 3],
    start: [-1.2, 1],
    noise: 0,
    rates: rates(0.001, 0.0005, 0.5, 0.02, 0.01),
    hint: 'A bent ravine: its floor is easy to find and slow to follow.',
  },
  saddle: {
    name: 'Saddle',
    f: 'x^2/2 - y^2/2 + y^4/8',
    x: [-2.5, 2.5],
    y: [-2.5, 2.5],
    start: [-2, 0.001],
    noise: 0,
    rates: rates(0.1, 0.05, 0.3, 0.02, 0.02),
    hint: 'Level ground at the origin that is no minimum: who leaves it first, and along which axis?',
  },
  himmelblau: {
    name: 'Himmelblau',
    f: '(x^2 + y - 11)^2 + (x + y^2 - 7)^2',
    x: [-6, 6],
    y: [-5, 5],
    start: [-0.5, -1],
    noise: 0,
    rates: rates(0.01, 0.003, 0.8, 0.1, 0.05),
    hint: 'Four minima, all of height 0: the start and the rule decide between them.',
  },
  noisy: {
    name: 'Noisy bowl',
    f: 'x^2/2 + 2y^2',
    x: [-4, 4],
    y: [-2.5, 2.5],
    start: [-3.5, 2],
    noise: 2,
    rates: rates(0.1, 0.02, 0.5, 0.05, 0.02),
    hint: 'Each slope is wrong by chance, as with small batches: at a fixed rate nobody comes to rest.',
  },
} as const satisfies Record<string, Landscape>;

export type LandscapeName = keyof typeof LANDSCAPES;
export const LANDSCAPE_NAMES = Object.keys(LANDSCAPES) as readonly LandscapeName[];

/** The way of one rule. */
export interface Track {
  readonly racer: Racer;
  /** Start first, then a place for each step. */
  readonly xs: Float64Array;
  readonly ys: Float64Array;
  readonly values: Float64Array;
  /** The first step at which a number was not finite; `undefined` while all are. */
  readonly brokeAt: number | undefined;
}

export interface Race {
  readonly f: string;
  /** One run of all rules: no tracing and no compiling any more, whatever start, rates and noise. */
  readonly run: (start: Pair, rates: Rates, noise?: Noise) => readonly Track[];
}

interface Place {
  readonly x: number;
  readonly y: number;
}
type Two = (x: number, y: number) => number;

/** The rules of the engine, each with a rate that is an input of the Program. */
const ruleOf = (racer: Racer, rate: Schedule): UpdateRule<Place, unknown> => {
  switch (racer) {
    case 'gd':
      return sgd<Place>(rate);
    case 'momentum':
      return momentum<Place>(rate, { decay: 0.9 });
    case 'nesterov':
      return nesterov<Place>(rate, { decay: 0.9 });
    case 'adagrad':
      return adagrad<Place>(rate);
    case 'rmsprop':
      return rmsprop<Place>(rate);
    case 'adam':
      return adam<Place>(rate);
    case 'lion':
      return lion<Place>(rate, { weightDecay: 0 });
  }
};

/** What is added to the two slopes at each step. */
export interface Noise {
  readonly x: Tensor;
  readonly y: Tensor;
}

const calmFor = (steps: number): Noise => ({
  x: tensor(new Float64Array(steps + 1)),
  y: tensor(new Float64Array(steps + 1)),
});

/** A race on a formula in x and y that `readSurface` takes. */
export function prepareRace(source: string | Formula, steps = BUDGET): Race {
  const read = typeof source === 'string' ? formula(source, { variables: ['x', 'y'] }) : source;
  const f = read.f as unknown as Two;
  const look = valueAndGrad(({ x, y }: Place) => f(x, y));
  const all = jit((start: Place, given: Rates, noise: Noise) =>
    RACERS.map((racer) => {
      const rule = ruleOf(racer, () => given[racer]);
      const [, track] = scan(
        ({ point, state }: { point: Place; state: unknown }, shake: Place) => {
          const [value, slope] = look(point);
          const felt = { x: add(slope.x, shake.x), y: add(slope.y, shake.y) };
          const [updates, next] = rule.update(felt, state, point);
          return [
            { point: applyUpdates(point, updates), state: next },
            { ...point, value },
          ] as const;
        },
        { point: start, state: rule.init(start) },
        noise as never,
      );
      return track as unknown as { x: Tensor; y: Tensor; value: Tensor };
    }),
  );
  const calm = calmFor(steps);
  return {
    f: read.source,
    run: ([x, y], given, noise = calm) =>
      all({ x, y }, { ...given }, noise).map((track, i): Track => {
        const [xs, ys, values] = [track.x, track.y, track.value].map((t) => Float64Array.from(t.data as Float64Array));
        const broke = (values as Float64Array).findIndex((v) => !Number.isFinite(v));
        return {
          racer: RACERS[i] as Racer,
          xs: xs as Float64Array,
          ys: ys as Float64Array,
          values: values as Float64Array,
          brokeAt: broke < 0 ? undefined : broke,
        };
      }),
  };
}

/** Noise for each step and each slope, from a seed. */
export function noiseOf(seed: number, size: number, steps = BUDGET): Noise {
  const [x, y] = [0, 1].map((i) =>
    random.normal(random.foldIn(random.key(seed), i), [steps + 1], { dtype: 'float64' }).mul(size),
  );
  return { x: x as Tensor, y: y as Tensor };
}
