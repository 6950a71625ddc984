/** What the race shows and what its link holds. */
import { stability } from 'downhill/calculus';
import { chance } from './chance.ts';
import { MAX_FORMULA } from './curve.ts';
import { choiceField, type Field, type Fields, numberField, textField, wholeField } from './link.ts';
import { show, speak } from './numbers.ts';
import {
  BUDGET,
  LANDSCAPE_NAMES,
  LANDSCAPES,
  type Landscape,
  RACER_NAMES,
  RACERS,
  type Racer,
  type Rates,
  type Track,
} from './race.ts';
import { readSurface, type Surface } from './surface.ts';

export const CHOICES = [...LANDSCAPE_NAMES, 'own'] as const;
export type Choice = (typeof CHOICES)[number];
/** The window of a formula that is typed. */
export const OWN = { x: [-4, 4], y: [-4, 4] } as const;
export const RACE_RATES = [1e-6, 10] as const;

export interface RaceState {
  land: Choice;
  /** The formula of the learner's own landscape. */
  g: string;
  sx: number;
  sy: number;
  /** Steps shown. */
  t: number;
  /** Which noise. */
  noise: number;
  /** Rates that differ from the landscape's own, as text. */
  rates: string;
  /** Rules left out, as text. */
  out: string;
}

/** `adam:0.1,lion:0.02`: what a link may hold for rates. */
export function readRates(text: string): Partial<Record<Racer, number>> | undefined {
  if (text === '') return {};
  if (text.length > 200) return undefined;
  const found: Partial<Record<Racer, number>> = {};
  for (const part of text.split(',')) {
    const [name, value] = part.split(':') as [string, string | undefined];
    const rate = Number(value);
    const racer = RACERS.find((r) => r === name);
    if (racer === undefined || value === undefined || !(rate >= RACE_RATES[0] && rate <= RACE_RATES[1]))
      return undefined;
    found[racer] = rate;
  }
  return found;
}
export const writeRates = (rates: Partial<Record<Racer, number>>): string =>
  RACERS.filter((r) => rates[r] !== undefined)
    .map((r) => `${r}:${rates[r]}`)
    .join(',');

/** Names of rules in a text; `undefined` when one is none. */
export function readNames(text: string): readonly Racer[] | undefined {
  if (text === '') return [];
  const names = text.split(',');
  return names.length <= RACERS.length && names.every((n) => RACERS.some((r) => r === n))
    ? (names as Racer[])
    : undefined;
}

const checked = (isValid: (text: string) => boolean): Field<string> => textField('', isValid);

export const raceFields: Fields<RaceState> = {
  land: choiceField('ravine', CHOICES),
  g: textField('x^2/4 + sin(x*y) + y^2/4', (text) => text.length <= MAX_FORMULA && readSurface(text).ok),
  sx: numberField(LANDSCAPES.ravine.start[0], [-6, 6]),
  sy: numberField(LANDSCAPES.ravine.start[1], [-6, 6]),
  t: wholeField(60, [0, BUDGET]),
  noise: wholeField(1, [0, 999]),
  rates: checked((text) => readRates(text) !== undefined),
  out: checked((text) => readNames(text) !== undefined),
};

/** The landscape a state names. A typed formula gets its rates from its curvature at the start. */
export function landscapeOf(state: RaceState, surface: Surface): Landscape {
  if (state.land !== 'own') return LANDSCAPES[state.land];
  return { name: 'Your own', f: state.g, ...OWN, start: [2, 1], noise: 0, rates: ratesFor(surface, [2, 1]), hint: '' };
}

/** Rates to begin with for any formula: plain descent at 1/L where the curvature at a place tells L. */
export function ratesFor(surface: Surface, [x, y]: readonly [number, number]): Rates {
  const f = surface.formula.f as (x: number, y: number) => number;
  let largest = 10;
  try {
    const found = stability((p: { x: number; y: number }) => f(p.x, p.y), { x, y });
    largest = Math.max(...found.eigenvalues.map(Math.abs));
  } catch {
    // No curvature is known there: a cautious rate will do.
  }
  const plain = Number(Math.min(0.5, Math.max(1e-5, 1 / Math.max(largest, 1e-3))).toPrecision(1));
  return {
    gd: plain,
    momentum: Number((plain / 3).toPrecision(1)),
    nesterov: Number((plain / 3).toPrecision(1)),
    adagrad: 0.5,
    rmsprop: 0.05,
    adam: 0.05,
    lion: 0.02,
  };
}

/** All rates of a state: the landscape's, with what the learner changed. */
export const ratesOf = (state: RaceState, land: Landscape): Rates => ({ ...land.rates, ...readRates(state.rates) });

/** Losses above the lowest that any rule reached, for a logarithmic axis. */
export const lowestOf = (tracks: readonly Track[]): number =>
  tracks.reduce(
    (low, t) => t.values.reduce((m, v) => (Number.isFinite(v) ? Math.min(m, v) : m), low),
    Number.POSITIVE_INFINITY,
  );

export interface Standing {
  readonly racer: Racer;
  readonly x: number;
  readonly y: number;
  readonly value: number;
  readonly isOut: boolean;
}

/** Where everybody is after some steps, the lowest first; who broke off comes last. */
export function standings(tracks: readonly Track[], t: number): readonly Standing[] {
  return tracks
    .map(({ racer, xs, ys, values, brokeAt }): Standing => {
      const at = Math.min(t, values.length - 1);
      return {
        racer,
        x: xs[at] as number,
        y: ys[at] as number,
        value: values[at] as number,
        isOut: brokeAt !== undefined && brokeAt <= t,
      };
    })
    .sort((a, b) => Number(a.isOut) - Number(b.isOut) || a.value - b.value);
}

export function describeRace(land: Landscape, order: readonly Standing[], t: number): string {
  const [first] = order;
  if (first === undefined) return 'Nobody races.';
  if (t === 0) return `All start at x = ${speak(first.x)}, y = ${speak(first.y)} on ${land.name}.`;
  const out = order.filter((s) => s.isOut).map((s) => RACER_NAMES[s.racer]);
  const lost = out.length === 0 ? '' : ` ${out.join(', ')} diverged.`;
  return `After ${t} steps on ${land.name} the lowest is ${RACER_NAMES[first.racer]}, at ${show(first.value, 3)}.${lost}`;
}

/** Another landscape and another start on it. */
export function surprise(seed: number): Pick<RaceState, 'land' | 'sx' | 'sy' | 't' | 'rates' | 'noise'> {
  const random = chance(seed);
  const land = random.pick(LANDSCAPE_NAMES);
  const { x, y } = LANDSCAPES[land];
  const within = ([low, high]: readonly [number, number]): number =>
    Number((low + ((high - low) * random.whole(5, 95)) / 100).toFixed(2));
  return { land, sx: within(x), sy: within(y), t: 60, rates: '', noise: random.whole(1, 99) };
}
