import { commonMistakes } from '../calculus/doctor/index.ts';
import { stability } from '../calculus/stability/index.ts';
import { type Formula, formula } from '../formula/formula.ts';
import { descend, type MethodName } from '../optimize/descend.ts';
import { ruleNames } from '../optimize/named.ts';
import { DownhillError } from '../tensor/errors.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { grad } from '../transforms/grad.ts';
import type { Comparison, DerivativePlot, Experiment, GradientVector, LossCurve, Outcome, Readings } from './card.ts';
import { EvidenceError } from './card.ts';

type Point = Readonly<Record<string, number>>;

const reading = (x: number): number | null => (Number.isFinite(x) ? x : null);
const readings = (entries: readonly (readonly [string, number])[]): Readings =>
  Object.fromEntries(entries.map(([name, x]) => [name, reading(x)]));

/** A function of one argument that lists the variables in order. */
type OfPoint = (point: Point) => Tensor | number;

function ofPoint(f: Formula): OfPoint {
  const call = f.f as (...args: unknown[]) => Tensor | number;
  return (point) => call(...f.variables.map((name) => point[name]));
}

const numberOf = (x: Tensor | number): number => (typeof x === 'number' ? x : x.item());

/** Where the card's picture of a derivative begins and ends, to both sides of the place. */
const REACH = 3;
const PLOT_POINTS = 61;
/** So small that x + h may be x. */
const TINY_STEP = 1e-16;

function derivativePlot(f: Formula, { x, h }: DerivativePlot): Outcome {
  const at = (t: number): number => numberOf(ofPoint(f)({ x: t }));
  const slope = grad((t: number) => ofPoint(f)({ x: t }) as number) as (t: number) => number;
  const slopeAt = (t: number): number => (Number.isNaN(at(t)) ? Number.NaN : numberOf(slope(t)));
  if (!Number.isFinite(slopeAt(x))) throw new EvidenceError(`the function has no slope at x = ${x}`);
  const quotient = (step: number): number => (step === 0 ? Number.NaN : (at(x + step) - at(x)) / step);
  const xs = Array.from({ length: PLOT_POINTS }, (_, i) => x - REACH + (2 * REACH * i) / (PLOT_POINTS - 1));
  const derivative = f.derivative('x');
  return {
    output: readings([
      ['value', at(x)],
      ['quotient', quotient(h)],
      ['slope', slopeAt(x)],
    ]),
    series: {
      x: xs,
      'f(x)': xs.map((t) => reading(at(t))),
      'f′(x)': xs.map((t) => reading(slopeAt(t))),
    },
    failure: {
      what: 'a step too small: f(x + h) and f(x) agree in all but their last digits, and the quotient keeps only those',
      output: readings([
        ['h', TINY_STEP],
        ['quotient', quotient(TINY_STEP)],
      ]),
    },
    expected: { 'f′(x)': conditional(derivative.text, derivative.conditions) },
  };
}

const conditional = (text: string, conditions: readonly string[]): string =>
  conditions.length === 0 ? text : `${text} where ${conditions.join(', ')}`;

const slopesOf = (f: Formula, point: Point): Record<string, number> =>
  grad(ofPoint(f) as (point: Point) => number)(point) as Record<string, number>;

const partials = (f: Formula): Record<string, string> =>
  Object.fromEntries(
    f.variables.map((name) => {
      const d = f.derivative(name);
      return [`∂f/∂${name}`, conditional(d.text, d.conditions)];
    }),
  );

function gradientVector(f: Formula, { point }: GradientVector): Outcome {
  const value = numberOf(ofPoint(f)(point));
  const slopes = slopesOf(f, point);
  const names = f.variables;
  const norm = Math.hypot(...names.map((name) => slopes[name] as number));
  if (!Number.isFinite(value) || !Number.isFinite(norm)) throw new EvidenceError('the function has no gradient there');
  const step = norm === 0 ? 0 : 0.1 / norm;
  const moved = (way: number): number =>
    numberOf(
      ofPoint(f)(
        Object.fromEntries(
          names.map((name) => [name, (point[name] as number) + way * step * (slopes[name] as number)]),
        ),
      ),
    );
  return {
    output: readings([
      ['value', value],
      ...names.map((name) => [`∂f/∂${name}`, slopes[name] as number] as const),
      ['length', norm],
    ]),
    series: {
      point: names.map((name) => point[name] as number),
      gradient: names.map((name) => slopes[name] as number),
    },
    failure: {
      what: 'the sign forgotten: a step of length 0.1 along the gradient goes up, against it down',
      output: readings([
        ['before', value],
        ['along', moved(1)],
        ['against', moved(-1)],
      ]),
    },
    expected: partials(f),
  };
}

function run(f: Formula, c: LossCurve, learningRate: number, steps: number) {
  const start = Object.fromEntries(f.variables.map((name) => [name, c.start[name] as number]));
  return descend(ofPoint(f) as (point: Record<string, number>) => number, start, {
    method: c.method as MethodName,
    learningRate,
    steps,
    momentum: c.momentum,
    jit: true,
  });
}

/** Steps of the run that fails on purpose, and how far above the border its rate lies. */
const FAILING_STEPS = 12;
const ABOVE = 1.25;

function lossCurve(f: Formula, c: LossCurve): Outcome {
  if (!(ruleNames as readonly string[]).includes(c.method)) {
    throw new EvidenceError(`the method ${c.method} is none of ${ruleNames.join(', ')}`);
  }
  const whole = run(f, c, c.learningRate, c.steps);
  if (!Number.isFinite(whole.start.value)) throw new EvidenceError('the function has no value at the start');
  const losses = [whole.start.value, ...whole.steps.map((s) => s.value)];
  const border = borderOf(f, c, whole.point);
  const { tooLarge, failed, what } = border === undefined ? overshoot(f, c) : beyond(f, c, border);
  return {
    output: readings([
      ['first loss', whole.start.value],
      ['last loss', whole.value],
      ['steps taken', whole.steps.length],
      ...f.variables.map((name) => [`last ${name}`, whole.point[name] as number] as const),
    ]),
    series: { loss: losses.map(reading) },
    failure: {
      what,
      output: readings([
        ['learning rate', tooLarge],
        ['first loss', failed.start.value],
        ['last loss', failed.value],
      ]),
    },
    expected: {
      verdict: whole.verdict,
      ...partials(f),
      ...(border === undefined ? {} : { 'rate stays stable below': String(Number(border.toPrecision(6))) }),
    },
  };
}

/** A run a little above the border of stability. */
function beyond(f: Formula, c: LossCurve, border: number) {
  const tooLarge = ABOVE * border;
  const what = 'a learning rate a quarter above the largest that is stable at the end of the run';
  return { tooLarge, failed: run(f, c, tooLarge, FAILING_STEPS), what };
}

/** Where no border is known: ten times the rate, or as many times more as it takes to end higher than it began. */
function overshoot(f: Formula, c: LossCurve) {
  for (let factor = 10; ; factor *= 10) {
    const tooLarge = factor * c.learningRate;
    const failed = run(f, c, tooLarge, FAILING_STEPS);
    const hasFailed = !(failed.value <= failed.start.value);
    if (hasFailed || factor === 1e6) return { tooLarge, failed, what: `a learning rate ${factor} times as large` };
  }
}

/** The largest stable rate of plain descent and momentum at the end of a run that found a bowl. */
function borderOf(f: Formula, c: LossCurve, end: Point): number | undefined {
  if (!['gd', 'sgd', 'momentum'].includes(c.method)) return undefined;
  try {
    const momentum = c.method === 'momentum' ? (c.momentum ?? 0.9) : 0;
    const found = stability(ofPoint(f), end, { momentum });
    return found.curvature === 'bowl' ? found.maxStableLearningRate : undefined;
  } catch (error) {
    // A run that left the domain ends where there is no Hessian.
    if (error instanceof DownhillError) return undefined;
    throw error;
  }
}

function comparison(f: Formula, { point, manual }: Comparison): Outcome {
  const slopes = slopesOf(f, point);
  const names = f.variables.filter((name) => Object.hasOwn(manual, name));
  const entries: (readonly [string, number])[] = names.flatMap((name) => {
    const byHand = formula(manual[name] as string, { variables: f.variables }).at(point);
    const automatic = slopes[name] as number;
    return [
      [`∂f/∂${name} by hand`, byHand],
      [`∂f/∂${name} automatic`, automatic],
      [`∂f/∂${name} difference`, byHand - automatic],
    ] as const;
  });
  if (entries.some(([, x]) => !Number.isFinite(x))) throw new EvidenceError('there is no gradient at this point');
  const call = f.f as (...args: number[]) => Tensor | number;
  const slips = names.flatMap((name) => {
    const at = f.variables.map((variable) => point[variable] as number);
    const found = commonMistakes(call, at, { by: f.variables.indexOf(name), names: f.variables });
    return found.map((mistake) => ({ ...mistake, by: name }));
  });
  // A broken chain, where the function has one.
  const slip = slips.find(({ cause }) => cause.kind === 'chain') ?? slips[0];
  const by = slip?.by ?? (names[0] as string);
  return {
    output: readings(entries),
    series: {
      'by hand': names.map((_, i) => (entries[3 * i] as readonly [string, number])[1]),
      automatic: names.map((_, i) => (entries[3 * i + 1] as readonly [string, number])[1]),
    },
    failure: {
      what: slip?.cause.sentence ?? 'the sign forgotten',
      output: readings([
        [`∂f/∂${by} with this mistake`, slip?.value ?? -(slopes[by] as number)],
        [`∂f/∂${by} automatic`, slopes[by] as number],
      ]),
    },
    expected: partials(f),
  };
}

const variablesOf = ({ calculation: c }: Experiment): readonly string[] => {
  if (c.kind === 'derivative-plot') return ['x'];
  return Object.keys(c.kind === 'loss-curve' ? c.start : c.point);
};

/**
 * Computes everything that follows from an experiment.
 * @throws EvidenceError where the calculation has no result, FormulaError for a formula that cannot be read.
 */
export function calculate(experiment: Experiment): Outcome {
  const f = formula(experiment.function, { variables: variablesOf(experiment) });
  const c = experiment.calculation;
  switch (c.kind) {
    case 'derivative-plot':
      return derivativePlot(f, c);
    case 'gradient-vector':
      return gradientVector(f, c);
    case 'loss-curve':
      return lossCurve(f, c);
    case 'comparison':
      return comparison(f, c);
  }
}
