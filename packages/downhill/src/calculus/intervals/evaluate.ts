import { type Interval, isDeclined } from '../../program/primitive.ts';
import { type Atom, isVariable, type Program, type Variable } from '../../program/program.ts';
import { ArgumentError } from '../../tensor/errors.ts';
import { checkOptions } from '../../tensor/option-names.ts';
import { shapesEqual, showShape } from '../../tensor/shape.ts';
import { IntervalError, point } from './interval.ts';
import { intervalRules } from './rules.ts';

export interface EvaluateIntervalOptions {
  /** Rounds a `whileLoop` may take while its condition is undecided or holds. Default 10,000. */
  readonly rounds?: number;
}

/**
 * Enclosures of the outputs of a Program over a box: whatever values the inputs take within their bounds, the outputs lie
 * within the bounds returned, in exact arithmetic and as the reference evaluator computes them. Bounds are rounded
 * outwards; `grade` tells whether the function is defined and continuous on the whole box.
 *
 * Natural interval extension (Moore, Kearfott and Cloud, Introduction to Interval Analysis, 2009, chapter 5): sound but
 * not tight where a variable occurs more than once; see `enclose` for tighter ones.
 * @param boxes one interval an input of the Program, of its shape and dtype.
 * @throws ArgumentError when boxes and inputs differ in number, shape or dtype.
 * @throws IntervalError for an operation that has no enclosure, or a loop that does not surely end.
 */
export function evaluateInterval(
  program: Program,
  boxes: readonly Interval[],
  options: EvaluateIntervalOptions = {},
): Interval[] {
  checkOptions('evaluateInterval', options, { rounds: 1 });
  if (boxes.length !== program.inputs.length)
    throw new ArgumentError(`evaluateInterval: ${boxes.length} boxes for ${program.inputs.length} inputs`);
  program.inputs.forEach(({ shape, dtype }, i) => {
    const { low } = boxes[i];
    if (!shapesEqual(low.shape, shape) || low.dtype !== dtype) {
      throw new ArgumentError(
        `evaluateInterval: box ${i} is ${low.dtype}${showShape(low.shape)}; the input is ${dtype}${showShape(shape)}`,
      );
    }
  });
  return walk(program, boxes, options.rounds ?? 10_000);
}

function walk(program: Program, boxes: readonly Interval[], rounds: number): Interval[] {
  const values = new Map<Variable, Interval>();
  program.inputs.forEach((variable, i) => values.set(variable, boxes[i]));
  for (const { variable, value } of program.constants) values.set(variable, point(value));
  const read = (atom: Atom): Interval => (isVariable(atom) ? (values.get(atom) as Interval) : point(atom));
  const run = (inner: Program, inputs: readonly Interval[]): Interval[] => walk(inner, inputs, rounds);
  for (const { primitive, inputs, params, outputs, site } of program.equations) {
    const { interval } = primitive;
    const where = (): string => `${primitive.name}${site?.line ? ` at ${site.line}` : ''}`;
    if (isDeclined(interval)) throw new IntervalError(`${where()} has no interval rule: ${interval.declined}`);
    const rule = typeof interval === 'string' ? intervalRules[interval] : interval;
    const same = inputs.length > 1 && isVariable(inputs[0]) && inputs.every((atom) => atom === inputs[0]);
    const results = rule(inputs.map(read), params, { primitive, run, same, rounds });
    outputs.forEach((variable, i) => values.set(variable, results[i]));
  }
  return program.outputs.map(read);
}

/** True for errors that say intervals cannot pass, rather than that something is wrong. */
export const isIntervalRefusal = (error: unknown): boolean => error instanceof IntervalError;
