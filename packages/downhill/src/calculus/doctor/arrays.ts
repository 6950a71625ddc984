import { add, neg } from '../../primitives/arithmetic.ts';
import { type Equation, isVariable, type Program, type Variable } from '../../program/program.ts';
import { isFloat } from '../../tensor/dtype.ts';
import { shapesEqual, showShape, sizeOf } from '../../tensor/shape.ts';
import { type DenseTensor, full, scalar } from '../../tensor/tensor.ts';
import { evaluateAll, pullbackOf } from '../explain.ts';
import { expressionOf } from '../expression.ts';
import { type Cause, causes } from './causes.ts';
import { agrees } from './samples.ts';

/** A claimed gradient of an array: its elements and shape. */
export interface ArrayClaim {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

export interface ArrayProblem {
  readonly program: Program;
  readonly inputs: readonly DenseTensor[];
  readonly names: readonly string[];
  readonly gradients: readonly DenseTensor[];
  /** Gradients at points before this one. */
  readonly previous: readonly (readonly DenseTensor[])[];
}

const largest = (data: ArrayLike<number>): number => Array.from(data).reduce((m, v) => Math.max(m, Math.abs(v)), 0);

const same = (a: ArrayLike<number>, b: ArrayLike<number>): boolean => {
  const scale = largest(b);
  return a.length === b.length && Array.from(a).every((v, k) => agrees(v, b[k], 10 * scale));
};

/** Whether a claim is the gradient, its arrangement included. */
export const isRightArray = (claim: ArrayClaim, actual: DenseTensor): boolean =>
  shapesEqual(claim.shape, actual.shape) && same(claim.data, actual.data);

/** The likely causes of a wrong claim for input `i`, the likeliest first. */
export function arrayCauses(problem: ArrayProblem, claim: ArrayClaim, i: number): Cause[] {
  const { gradients, names, previous, program, inputs } = problem;
  const actual = gradients[i];
  const found: Cause[] = [];
  const tell = (kind: Cause['kind'], sentence: string): void => void found.push({ kind, sentence });
  const { data, shape } = claim;
  if (!shapesEqual(shape, actual.shape)) {
    const note = `the claim has shape ${showShape(shape)}, the gradient by ${names[i]} has ${showShape(actual.shape)} like ${names[i]} itself`;
    if (same(data, actual.data)) tell('transposed', `${note}; the numbers are right in this order`);
    else if (same(transposed(data, shape), actual.data)) tell('transposed', `${note}; transpose it`);
    else if (
      sizeOf(shape) > actual.size &&
      sizeOf(shape) % actual.size === 0 &&
      same(summed(data, actual.size), actual.data)
    ) {
      tell('not-summed', `${note}; add it up over the first axis`);
    }
    if (found.length > 0) return found;
    gradients.forEach((other, k) => {
      if (k !== i && shapesEqual(shape, other.shape) && same(data, other.data))
        tell('wrong-variable', `this is the gradient by ${names[k]}, not by ${names[i]}`);
    });
    return found.length > 0 ? found : [{ kind: 'unknown', sentence: `${note}, and the numbers do not fit either` }];
  }
  if (
    same(
      data,
      Array.from(actual.data, (v: number) => -v),
    )
  )
    tell('sign', 'the sign is wrong');
  if (shape.length === 2 && same(transposed(data, shape), transposedBack(actual)))
    tell('transposed', 'the claim is the transpose of the gradient');
  gradients.forEach((other, k) => {
    if (k !== i && same(data, other.data))
      tell('wrong-variable', `this is the gradient by ${names[k]}, not by ${names[i]}`);
  });
  for (const before of previous)
    if (same(data, before[i].data)) tell('stale-point', 'this is the gradient at a point before this one');
  const ratio = ratioOf(data, actual.data);
  if (ratio !== undefined && ratio !== -1) {
    const counts = termCounts(program, inputs);
    const n = Math.round(Math.max(Math.abs(ratio), 1 / Math.abs(ratio)));
    const isCount = n > 1 && counts.has(n) && Math.abs(Math.max(Math.abs(ratio), 1 / Math.abs(ratio)) - n) < 1e-9 * n;
    if (isCount) {
      const which =
        Math.abs(ratio) > 1
          ? 'the claim belongs to the sum, the function takes the mean'
          : 'the claim belongs to the mean, the function takes the sum';
      tell('sum-for-mean', `the claim is ${short(ratio)} times the gradient, and ${n} is a number of terms: ${which}`);
    } else tell('constant-factor', `every element is ${short(ratio)} times what it should be`);
  }
  for (const cause of slips(problem, data, i)) found.push(cause);
  return found.length > 0 ? found : [{ kind: 'unknown', sentence: causes.unknown }];
}

const short = (x: number): string => String(Number(x.toPrecision(6)));

const transposedBack = (x: DenseTensor): number[] => Array.from(x.data as ArrayLike<number>);

function transposed(data: ArrayLike<number>, shape: readonly number[]): number[] {
  if (shape.length !== 2) return Array.from(data);
  const [rows, columns] = shape;
  return Array.from({ length: data.length }, (_, k) => data[(k % rows) * columns + Math.floor(k / rows)]);
}

function summed(data: ArrayLike<number>, size: number): number[] {
  const total = new Array<number>(size).fill(0);
  for (let k = 0; k < data.length; k++) total[k % size] += data[k];
  return total;
}

/** The common ratio of two arrays, if there is one. */
function ratioOf(a: ArrayLike<number>, b: ArrayLike<number>): number | undefined {
  const k = Array.from(b).findIndex((v) => Math.abs(v) === largest(b));
  if (k < 0 || b[k] === 0) return undefined;
  const ratio = a[k] / b[k];
  if (!Number.isFinite(ratio) || ratio === 0) return undefined;
  return same(
    a,
    Array.from(b, (v) => v * ratio),
  )
    ? ratio
    : undefined;
}

/**
 * Numbers of terms that sums and means of the function can have: reduced sizes and lengths of axes, but for 2, which is the
 * factor of a square far more often.
 */
function termCounts(program: Program, inputs: readonly DenseTensor[]): Set<number> {
  const counts = new Set<number>();
  for (const x of [...inputs, ...program.constants.map(({ value }) => value)])
    for (const n of x.shape) if (n !== 2) counts.add(n);
  for (const { primitive, inputs: operands, outputs } of program.equations) {
    if (primitive.name !== 'reduce_sum') continue;
    counts.add(sizeOf(operands[0].shape) / sizeOf(outputs[0].shape));
  }
  return counts;
}

/** u · u. */
const isSquare = ({ primitive, inputs }: Equation): boolean => primitive.name === 'mul' && inputs[0] === inputs[1];

/** Mistakes along one edge of the chain rule: the local derivative lost, or a term lost, or its sign. */
function* slips({ program, inputs, names }: ArrayProblem, data: ArrayLike<number>, i: number): Generator<Cause> {
  const read = evaluateAll(program, inputs);
  const ids = new Map(
    [...program.inputs, ...program.equations.flatMap((e) => e.outputs)].map((v, k) => [v, k] as const),
  );
  const texts = expressionOf(program, names, ids);
  const pullbacks = program.equations.map((equation) => pullbackOf(equation, equation.inputs.map(read)));
  const back = (at: number, operand: number, kind: 'chain' | 'product-rule' | 'sign'): DenseTensor | undefined => {
    const adjoints = new Map<Variable, DenseTensor>();
    const output = program.outputs[0];
    if (!isVariable(output)) return undefined;
    adjoints.set(output, scalar(1, output.dtype));
    for (let e = program.equations.length - 1; e >= 0; e--) {
      const equation = program.equations[e];
      if (!equation.outputs.some((v) => adjoints.has(v) && isFloat(v.dtype))) continue;
      const cotangents = equation.outputs.map((v) => adjoints.get(v) ?? null);
      const pulled = pullbacks[e](cotangents);
      equation.inputs.forEach((atom, k) => {
        if (!isVariable(atom)) return;
        let flow = pulled[k];
        const twin = isSquare(equation);
        if (e === at && twin && kind === 'chain') flow = k === 0 ? cotangents[0] : null;
        else if (e === at && (k === operand || twin)) flow = slipped(kind, flow, cotangents[0], atom.shape);
        if (!flow) return;
        const before = adjoints.get(atom);
        adjoints.set(atom, before ? (add(before, flow) as DenseTensor) : flow);
      });
    }
    return adjoints.get(program.inputs[i]);
  };
  for (let e = program.equations.length - 1; e >= 0; e--) {
    const equation = program.equations[e];
    const isProduct = equation.primitive.name === 'dot_general';
    if (!(equation.primitive.elementwise || isProduct) || !isFloat(equation.outputs[0].dtype)) continue;
    const [v] = equation.outputs;
    const expression = texts.get(v) as string;
    const node = { id: ids.get(v) as number, expression, site: equation.site?.line };
    const isTwo = isProduct || (equation.inputs.filter(isVariable).length > 1 && !isSquare(equation));
    const kinds = isTwo ? (['product-rule', 'sign'] as const) : (['chain', 'sign'] as const);
    for (const [k, atom] of equation.inputs.entries()) {
      if (!isVariable(atom) || (k > 0 && isSquare(equation))) continue;
      for (const kind of kinds) {
        const claim = back(e, k, kind);
        if (!claim || !same(data, claim.data)) continue;
        const isSum = ['add', 'sub'].includes(equation.primitive.name);
        const sentence = {
          chain: `the derivative of ${expression} by its argument was taken as 1 (chain rule)`,
          'product-rule': isSum
            ? `the term ${texts.get(atom)} of ${expression} was left out`
            : `in ${expression} the derivative by ${texts.get(atom)} was left out`,
          sign: `the sign of the derivative of ${expression} by ${texts.get(atom)} is wrong`,
        }[kind];
        yield { kind: isSum && kind === 'product-rule' ? 'missing-term' : kind, sentence, node };
      }
    }
  }
}

function slipped(
  kind: 'chain' | 'product-rule' | 'sign',
  flow: DenseTensor | null,
  adjoint: DenseTensor | null,
  shape: readonly number[],
): DenseTensor | null {
  if (kind === 'sign') return flow && (neg(flow) as DenseTensor);
  if (kind === 'product-rule') return flow && full(flow.shape, 0, flow.dtype);
  return adjoint && shapesEqual(adjoint.shape, shape) ? adjoint : flow;
}
