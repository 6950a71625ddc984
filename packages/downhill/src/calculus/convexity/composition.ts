import type { Interval } from '../../program/primitive.ts';
import { type Atom, type Equation, isVariable, type Program, type Variable } from '../../program/program.ts';
import { DownhillError } from '../../tensor/errors.ts';
import { DenseTensor } from '../../tensor/tensor.ts';
import { evaluateInterval } from '../intervals/index.ts';
import { programWith } from './programs.ts';

/** What the rules know about a value as a function of the inputs. */
export type Curvature = 'constant' | 'affine' | 'convex' | 'concave' | 'unknown';

/** A value under the rules of composition. */
export interface Shape {
  readonly curvature: Curvature;
  /** The logarithm of the value is convex, or concave; the value is then positive (or 0). */
  readonly logConvex?: boolean;
  readonly logConcave?: boolean;
  /** The product of two concave values that are not negative: its root is concave. */
  readonly product?: boolean;
  /** The value this is the logarithm of, and the affine u of a quotient u/v with affine v > 0. */
  readonly logOf?: Atom;
  readonly quotientOf?: Atom;
  /** A sum of squares of affine functions and of constants: its root is a norm. */
  readonly squares?: boolean;
  readonly low: number;
  readonly high: number;
}

/** One line of a proof. */
export interface Deduction {
  readonly expression: string;
  readonly curvature: Curvature;
  /** The range of the value over the box. */
  readonly range: readonly [low: number, high: number];
}

export const isConvex = ({ curvature }: Pick<Shape, 'curvature'>): boolean =>
  curvature === 'constant' || curvature === 'affine' || curvature === 'convex';
export const isConcave = ({ curvature }: Pick<Shape, 'curvature'>): boolean =>
  curvature === 'constant' || curvature === 'affine' || curvature === 'concave';
const isAffine = (s: Shape): boolean => s.curvature === 'constant' || s.curvature === 'affine';

type Bend = 'convex' | 'concave' | 'affine' | 'unknown';
type Slope = 'increasing' | 'decreasing' | 'unknown';

/** What an operation of one operand is over the operand's range. */
interface Atomic {
  readonly bend: Bend;
  readonly slope: Slope;
}

const unknownAtom: Atomic = { bend: 'unknown', slope: 'unknown' };

/** h(g): convex when h is convex and increasing over a convex g, or decreasing over a concave one, or g is affine. */
function compose({ bend, slope }: Atomic, inner: Shape): Curvature {
  if (inner.curvature === 'constant') return 'constant';
  const rising = slope === 'increasing';
  const falling = slope === 'decreasing';
  if (bend === 'affine') {
    if (isAffine(inner)) return 'affine';
    if (rising) return inner.curvature;
    if (falling) return opposite(inner.curvature);
    return 'unknown';
  }
  const straight = isAffine(inner);
  if (bend === 'convex' && (straight || (rising && isConvex(inner)) || (falling && isConcave(inner)))) return 'convex';
  if (bend === 'concave' && (straight || (rising && isConcave(inner)) || (falling && isConvex(inner))))
    return 'concave';
  return 'unknown';
}

const opposite = (c: Curvature): Curvature => (c === 'convex' ? 'concave' : c === 'concave' ? 'convex' : c);

function sum(a: Curvature, b: Curvature): Curvature {
  if (a === 'constant') return b;
  if (b === 'constant') return a;
  if (a === 'affine') return b;
  if (b === 'affine') return a;
  return a === b ? a : 'unknown';
}

const scaled = (c: Curvature, low: number, high: number): Curvature =>
  c === 'constant' || c === 'affine' ? c : low >= 0 ? c : high <= 0 ? opposite(c) : 'unknown';

/** u^n for a constant n over a range of u. */
function powerAtom(n: number, low: number, high: number): Atomic {
  const whole = Number.isInteger(n);
  const even = whole && n % 2 === 0;
  if (n === 0) return { bend: 'affine', slope: 'increasing' };
  if (n === 1) return { bend: 'affine', slope: 'increasing' };
  if (n > 1 && even) return { bend: 'convex', slope: low >= 0 ? 'increasing' : high <= 0 ? 'decreasing' : 'unknown' };
  if (n > 1 && low >= 0) return { bend: 'convex', slope: 'increasing' };
  // u^1.5 ends at 0: below, a convex function counts as +∞, so that it is not increasing there
  if (n > 1 && !whole) return { bend: 'convex', slope: 'unknown' };
  if (n > 1 && whole) return { bend: high <= 0 ? 'concave' : 'unknown', slope: 'increasing' };
  if (n > 0) return { bend: 'concave', slope: 'increasing' };
  if (low > 0 || (low >= 0 && !whole)) return { bend: 'convex', slope: 'decreasing' };
  if (!whole) return { bend: 'convex', slope: 'decreasing' };
  if (high < 0) return even ? { bend: 'convex', slope: 'increasing' } : { bend: 'concave', slope: 'decreasing' };
  return unknownAtom;
}

/** Operations whose rule does not follow from the signs of two derivatives: kinks, and domains that end. */
const known: Readonly<Record<string, (low: number, high: number) => Atomic>> = {
  abs: (low, high) => ({
    bend: low >= 0 || high <= 0 ? 'affine' : 'convex',
    slope: low >= 0 ? 'increasing' : high <= 0 ? 'decreasing' : 'unknown',
  }),
  relu: (low) => ({ bend: low >= 0 ? 'affine' : 'convex', slope: 'increasing' }),
  exp: () => ({ bend: 'convex', slope: 'increasing' }),
  expm1: () => ({ bend: 'convex', slope: 'increasing' }),
  softplus: () => ({ bend: 'convex', slope: 'increasing' }),
  log: () => ({ bend: 'concave', slope: 'increasing' }),
  log1p: () => ({ bend: 'concave', slope: 'increasing' }),
  log2: () => ({ bend: 'concave', slope: 'increasing' }),
  log10: () => ({ bend: 'concave', slope: 'increasing' }),
  sqrt: () => ({ bend: 'concave', slope: 'increasing' }),
  rsqrt: () => ({ bend: 'convex', slope: 'decreasing' }),
  cosh: (low, high) => ({ bend: 'convex', slope: low >= 0 ? 'increasing' : high <= 0 ? 'decreasing' : 'unknown' }),
  acosh: () => ({ bend: 'concave', slope: 'increasing' }),
};

/** Increasing operations whose bend changes at 0: what it is to the right of it, and to the left the opposite. */
const inflected: Readonly<Record<string, 'convex' | 'concave'>> = {
  tan: 'convex',
  sinh: 'convex',
  asin: 'convex',
  tanh: 'concave',
  atan: 'concave',
  asinh: 'concave',
  erf: 'concave',
  logistic: 'concave',
  cbrt: 'concave',
};

/** Doubles just below π/2 and π. */
const [halfPi, pi] = [Math.PI / 2, Math.PI];

/** Operations whose second derivative vanishes at an end of the range, where an enclosure of it cannot be tight. */
function bendAtZero(name: string, low: number, high: number): Atomic | undefined {
  if (name === 'sin' && low >= -pi && high <= pi && (low >= 0 || high <= 0)) {
    const slope = low >= -halfPi && high <= halfPi ? 'increasing' : 'unknown';
    return { bend: low >= 0 ? 'concave' : 'convex', slope };
  }
  const right = Object.hasOwn(inflected, name) ? inflected[name] : undefined;
  if (!right || (name === 'tan' && !(low >= -halfPi && high <= halfPi))) return undefined;
  if (low >= 0) return { bend: right, slope: 'increasing' };
  return high <= 0 ? { bend: opposite(right) as Bend, slope: 'increasing' } : undefined;
}

/** Smooth operations: the signs of their first two derivatives over the range decide. */
const smooth = new Set(
  'sin cos tan sinh tanh asin acos atan asinh atanh logistic erf erfc lgamma digamma cbrt'.split(' '),
);

function atomOf(equation: Equation, low: number, high: number): Atomic {
  const { name } = equation.primitive;
  const rule = Object.hasOwn(known, name) ? known[name] : undefined;
  if (rule) return rule(low, high);
  const bent = bendAtZero(name, low, high);
  if (bent) return bent;
  if (!smooth.has(name)) return unknownAtom;
  const ranges = derivativeRanges(equation, low, high);
  if (!ranges) return unknownAtom;
  const [first, second] = ranges;
  const signOf = (r: Interval, positive: string, negative: string): string =>
    r.grade !== 'continuous' ? 'unknown' : r.low.data[0] >= 0 ? positive : r.high.data[0] <= 0 ? negative : 'unknown';
  return {
    bend: signOf(second, 'convex', 'concave') as Bend,
    slope: signOf(first, 'increasing', 'decreasing') as Slope,
  };
}

const derivatives = new Map<string, readonly [Program, Program]>();

/** Enclosures of the first and second derivative of an operation over a range of its operand. */
function derivativeRanges(
  { primitive, params }: Equation,
  low: number,
  high: number,
): readonly [Interval, Interval] | undefined {
  let programs = derivatives.get(primitive.name);
  if (!programs) {
    programs = programWith(primitive, params);
    derivatives.set(primitive.name, programs);
  }
  const [first, second] = programs;
  try {
    return [evaluateOn(first, low, high), evaluateOn(second, low, high)];
  } catch (error) {
    if (error instanceof DownhillError) return undefined;
    throw error;
  }
}

function evaluateOn(program: Program, low: number, high: number): Interval {
  const [input] = program.inputs;
  const like = (v: number) => boundLike(input, v);
  return evaluateInterval(program, [{ low: like(low), high: like(high), grade: 'continuous' }])[0];
}

const boundLike = (variable: Variable, v: number): DenseTensor =>
  new DenseTensor(Float64Array.of(v), variable.shape, 'float64', variable.weak);

const passed = new Set(['convert_element_type', 'reshape', 'broadcast_in_dim', 'copy']);

/** u log u, or u log(u/v) with v > 0, for affine u and v: entropy and relative entropy. */
const isEntropy = (atom: Atom, u: Shape, log: Shape): boolean =>
  isVariable(atom) && isAffine(u) && (log.logOf === atom || log.quotientOf === atom);

/** The shape of one result from those of the operands. */
function shapeOf(
  equation: Equation,
  operands: readonly Shape[],
  atoms: readonly Atom[],
  range: readonly [number, number],
): Shape {
  const [low, high] = range;
  const { name } = equation.primitive;
  const [a, b] = operands;
  const result = (curvature: Curvature, more: Partial<Shape> = {}): Shape => ({ curvature, low, high, ...more });
  if (operands.every((o) => o.curvature === 'constant')) {
    return result('constant', { logConvex: low >= 0, logConcave: low >= 0, squares: low >= 0 });
  }
  const constant = (s: Shape): boolean => s.curvature === 'constant';
  if (passed.has(name)) return { ...a, low, high };
  switch (name) {
    case 'add':
      return result(sum(a.curvature, b.curvature), {
        logConvex: Boolean(a.logConvex && b.logConvex),
        squares: Boolean(a.squares && b.squares),
      });
    case 'sub':
      return result(sum(a.curvature, opposite(b.curvature)));
    case 'neg':
      return result(opposite(a.curvature));
    case 'max':
      return result(isConvex(a) && isConvex(b) ? 'convex' : 'unknown', {
        logConvex: Boolean(a.logConvex && b.logConvex),
      });
    case 'min':
      return result(isConcave(a) && isConcave(b) ? 'concave' : 'unknown', {
        logConcave: Boolean(a.logConcave && b.logConcave),
      });
    case 'mul': {
      if (isVariable(atoms[0]) && atoms[0] === atoms[1]) {
        return result(compose(powerAtom(2, a.low, a.high), a), {
          squares: isAffine(a) || Boolean(a.low >= 0 && a.squares && constant(a)),
        });
      }
      const log = { logConvex: Boolean(a.logConvex && b.logConvex), logConcave: Boolean(a.logConcave && b.logConcave) };
      if (isEntropy(atoms[0], a, b) || isEntropy(atoms[1], b, a)) return result('convex', log);
      const own = log.logConvex ? 'convex' : 'unknown';
      if (!constant(a) && !constant(b)) {
        return result(own, { ...log, product: a.low >= 0 && b.low >= 0 && isConcave(a) && isConcave(b) });
      }
      const [factor, other] = constant(a) ? [a, b] : [b, a];
      const curvature = scaled(other.curvature, factor.low, factor.high);
      return result(curvature === 'unknown' ? own : curvature, {
        ...log,
        squares: Boolean(other.squares && factor.low >= 0),
      });
    }
    case 'div': {
      if (constant(b)) {
        if (b.low <= 0 && b.high >= 0) return result('unknown');
        const positive = b.low > 0;
        return result(scaled(a.curvature, b.low, b.high), {
          logConvex: Boolean(positive && a.logConvex),
          logConcave: Boolean(positive && a.logConcave),
          squares: Boolean(positive && a.squares),
        });
      }
      if (constant(a)) {
        const reciprocal = compose(powerAtom(-1, b.low, b.high), b);
        const inverse = {
          logConvex: Boolean(b.logConcave && a.low >= 0),
          logConcave: Boolean(b.logConvex && a.low >= 0),
        };
        const curvature = scaled(reciprocal, a.low, a.high);
        return result(curvature === 'unknown' && inverse.logConvex ? 'convex' : curvature, inverse);
      }
      // u²/v with u affine and v > 0 affine or concave
      if (a.squares && b.low >= 0 && isConcave(b)) return result('convex');
      return result('unknown', isAffine(a) && isAffine(b) && b.low >= 0 ? { quotientOf: atoms[0] } : {});
    }
    case 'pow': {
      if (constant(b) && b.low === b.high) {
        const n = b.low;
        const curvature = compose(powerAtom(n, a.low, a.high), a);
        if (n === 2) return result(curvature, { squares: isAffine(a) });
        const log =
          n > 0
            ? { logConvex: Boolean(a.logConvex), logConcave: Boolean(a.logConcave) }
            : { logConvex: Boolean(a.logConcave), logConcave: Boolean(a.logConvex) };
        // ‖u‖^(2n) with 2n ≥ 1
        if (n >= 0.5 && a.squares) return result('convex', log);
        return result(curvature === 'unknown' && log.logConvex ? 'convex' : curvature, log);
      }
      if (constant(a) && a.low > 0) {
        const slope: Slope = a.low >= 1 ? 'increasing' : a.high <= 1 ? 'decreasing' : 'unknown';
        return result(compose({ bend: 'convex', slope }, b), {
          logConvex:
            compose({ bend: 'affine', slope }, b) !== 'unknown' &&
            isConvex({ curvature: compose({ bend: 'affine', slope }, b) }),
        });
      }
      return result('unknown');
    }
    case 'exp':
      return result(compose(known.exp(a.low, a.high), a), { logConvex: isConvex(a), logConcave: isConcave(a) });
    case 'log':
    case 'log2':
    case 'log10':
      if (a.logConvex) return result('convex');
      if (a.logConcave) return result('concave');
      return result(compose(known.log(a.low, a.high), a), {
        logOf: atoms[0],
        ...(a.quotientOf ? { quotientOf: a.quotientOf } : {}),
      });
    case 'log1p':
      // 1 + u of a log-convex u is log-convex
      if (a.logConvex) return result('convex');
      return result(compose(known.log1p(a.low, a.high), a), {});
    case 'sqrt': {
      const log = { logConvex: Boolean(a.logConvex), logConcave: Boolean(a.logConcave) };
      if (a.squares) return result('convex', log);
      if (a.product) return result('concave', log);
      const curvature = compose(known.sqrt(a.low, a.high), a);
      return result(curvature === 'unknown' && log.logConvex ? 'convex' : curvature, log);
    }
    case 'logistic': {
      const { bend, slope } = atomOf(equation, a.low, a.high);
      return result(compose({ bend, slope }, a), { logConcave: isConcave(a) });
    }
    default:
      return operands.length === 1 ? result(compose(atomOf(equation, a.low, a.high), a)) : result('unknown');
  }
}

/**
 * Curvature by the rules of disciplined convex programming (Grant, Boyd and Ye 2006): each operation is convex or concave,
 * increasing or decreasing over the range its operand takes on the box, and composition, sums, scalings, maxima, norms and
 * logarithms of sums of exponentials follow. Ranges are interval enclosures, so that a rule may use signs.
 * @param ranges the enclosure of every variable of the Program over the box.
 */
export function composeProgram(
  program: Program,
  ranges: ReadonlyMap<Variable, readonly [number, number]>,
  expressions: ReadonlyMap<Variable, string>,
): { curvature: Curvature; deductions: Deduction[] } {
  const shapes = new Map<Variable, Shape>();
  for (const v of program.inputs) {
    const [low, high] = ranges.get(v) as readonly [number, number];
    shapes.set(v, { curvature: 'affine', low, high });
  }
  const literal = (value: number): Shape => ({
    curvature: 'constant',
    low: value,
    high: value,
    logConvex: value >= 0,
    logConcave: value >= 0,
    squares: value >= 0,
  });
  for (const { variable, value } of program.constants) shapes.set(variable, literal(value.data[0]));
  const read = (atom: Atom): Shape => (isVariable(atom) ? (shapes.get(atom) as Shape) : literal(atom.data[0]));
  const deductions: Deduction[] = [];
  for (const equation of program.equations) {
    for (const v of equation.outputs) {
      const range = ranges.get(v) ?? ([-Infinity, Infinity] as const);
      const shape =
        equation.outputs.length === 1
          ? shapeOf(equation, equation.inputs.map(read), equation.inputs, range)
          : { curvature: 'unknown' as const, low: range[0], high: range[1] };
      shapes.set(v, shape);
      deductions.push({ expression: expressions.get(v) ?? equation.primitive.name, curvature: shape.curvature, range });
    }
  }
  return { curvature: read(program.outputs[0]).curvature, deductions };
}
