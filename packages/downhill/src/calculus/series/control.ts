import type { ScanParams } from '../../control/scan.ts';
import type { MaybeZero, Params, Series, SeriesContext, TaylorRule } from '../../program/primitive.ts';
import type { Program } from '../../program/program.ts';
import { DifferentiationError } from '../../tensor/errors.ts';
import type { Aval, Tensor } from '../../tensor/tensor.ts';
import { inlineProgram, recordProgram } from '../../trace/apply.ts';
import { bind } from '../../trace/trace.ts';
import { plainType, settleCotangent } from '../../transforms/types.ts';
import { trimmed } from './terms.ts';

/** Which coefficients of a value are not known to be zero; entry k − 1 stands for that of tᵏ. */
type Mask = readonly boolean[];

type Rule = TaylorRule<Params>;

const maskOf = (s: Series): Mask => s.slice(1).map((c) => c !== null);

const union = (a: Mask, b: Mask): Mask =>
  Array.from({ length: Math.max(a.length, b.length) }, (_, i) => a[i] === true || b[i] === true);

const count = (masks: readonly Mask[]): number => masks.reduce((n, m) => n + 1 + m.filter(Boolean).length, 0);

/** Values and the coefficients marked, side by side. */
const flatten = (series: readonly Series[], masks: readonly Mask[]): Tensor[] =>
  series.flatMap((s, i) => [s[0], ...masks[i].flatMap((m, k) => (m ? [settleCotangent(s[k + 1] ?? null, s[0])] : []))]);

function unflatten(values: readonly Tensor[], masks: readonly Mask[], order: number): Series[] {
  let next = 0;
  return masks.map((mask) => {
    const value = values[next++];
    return trimmed(
      value,
      mask.map((m): MaybeZero => (m ? values[next++] : null)),
      order,
    );
  });
}

const flatTypes = (types: readonly Aval[], masks: readonly Mask[]): Aval[] =>
  types.flatMap((x, i) => [plainType(x), ...masks[i].filter(Boolean).map(() => plainType(x))]);

/**
 * The Program of (value, coefficients marked…) of every input → the same of every output; `forced` asks for coefficients
 * even where they are zero.
 */
function seriesProgram(
  program: Program,
  masks: readonly Mask[],
  { run, order }: SeriesContext,
  forced: readonly Mask[] = [],
): { program: Program; masks: Mask[] } {
  let found: Mask[] = [];
  const result = recordProgram('taylor', flatTypes(program.inputs, masks), (values) => {
    const outputs = run(program, unflatten(values, masks, order));
    found = outputs.map((s, i) => union(maskOf(s), forced[i] ?? []));
    const typed = outputs.map((s, i): Series => {
      const type = program.outputs[i];
      return [settleCotangent(s[0], type), ...s.slice(1).map((c) => c && settleCotangent(c, type))];
    });
    return flatten(typed, found);
  });
  return { program: result, masks: found };
}

/** An operation that stands for the Program it carries: the Program's own series, whatever tangent rule goes with it. */
export const programSeries: Rule = (inputs, params, { run }) => {
  const { program, forwardRefused } = params as { program: Program; forwardRefused?: string };
  if (forwardRefused) throw new DifferentiationError(forwardRefused);
  return run(program, inputs);
};

/** The branch taken decides; the others say which coefficients there may be. */
export const condSeries: Rule = ([index, ...operands], params, context) => {
  const branches = params.branches as readonly Program[];
  const masks = operands.map(maskOf);
  const found = branches.map((b) => seriesProgram(b, masks, context).masks);
  const forced = found.reduce((a, b) => a.map((m, i) => union(m, b[i])));
  const programs = branches.map((b) => seriesProgram(b, masks, context, forced).program);
  const results = bind(context.primitive, [index[0], ...flatten(operands, masks)], { branches: programs });
  return unflatten(results, forced, context.order);
};

/** The coefficients a loop carries: those it starts with and all that a round adds, until nothing changes. */
function settleMasks(start: readonly Mask[], step: (masks: readonly Mask[]) => readonly Mask[]): Mask[] {
  let masks = [...start];
  for (;;) {
    const grown = step(masks);
    const next = masks.map((m, i) => union(m, grown[i]));
    if (next.every((m, i) => m.every((v, k) => v === (masks[i][k] === true)))) return masks;
    masks = next;
  }
}

/** The carry is a series, and so is every slice. */
export const scanSeries: Rule = (inputs, params, context) => {
  const scan = params as unknown as ScanParams;
  const { body, constants, carried } = scan;
  const masks = inputs.map(maskOf);
  const [c, x] = [masks.slice(0, constants), masks.slice(constants + carried)];
  const carry = settleMasks(masks.slice(constants, constants + carried), (m) =>
    seriesProgram(body, [...c, ...m, ...x], context).masks.slice(0, carried),
  );
  const all = [...c, ...carry, ...x];
  const { program, masks: found } = seriesProgram(body, all, context, carry);
  const results = bind(context.primitive, flatten(inputs, all), {
    ...scan,
    body: program,
    constants: count(c),
    carried: count(carry),
  });
  return unflatten(results, found, context.order);
};

interface WhileParams {
  readonly condition: Program;
  readonly body: Program;
  readonly conditionConstants: number;
  readonly bodyConstants: number;
}

/** The values decide when to stop, as they do without series. */
export const whileSeries: Rule = (inputs, params, context) => {
  const { condition, body, conditionConstants, bodyConstants } = params as unknown as WhileParams;
  const tested = inputs.slice(0, conditionConstants).map((s) => s[0]);
  const fixed = inputs.slice(conditionConstants, conditionConstants + bodyConstants);
  const start = inputs.slice(conditionConstants + bodyConstants);
  const c = fixed.map(maskOf);
  const carry = settleMasks(start.map(maskOf), (m) => seriesProgram(body, [...c, ...m], context).masks);
  const round = seriesProgram(body, [...c, ...carry], context, carry).program;
  const carriedTypes = condition.inputs.slice(conditionConstants);
  const test = recordProgram(
    'taylor of whileLoop',
    [...condition.inputs.slice(0, conditionConstants).map(plainType), ...flatTypes(carriedTypes, carry)],
    (values) => {
      const flat = unflatten(values.slice(conditionConstants), carry, context.order);
      return inlineProgram(condition, [...values.slice(0, conditionConstants), ...flat.map((s) => s[0])]);
    },
  );
  const results = bind(context.primitive, [...tested, ...flatten(fixed, c), ...flatten(start, carry)], {
    condition: test,
    body: round,
    conditionConstants,
    bodyConstants: count(c),
  });
  return unflatten(results, carry, context.order);
};
