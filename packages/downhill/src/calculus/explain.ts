import { add } from '../primitives/arithmetic.ts';
import { evaluateEquation } from '../program/evaluate.ts';
import { type Atom, type Equation, isVariable, type Program, Variable } from '../program/program.ts';
import { type DType, isFloat } from '../tensor/dtype.ts';
import { ArgumentError, DifferentiationError } from '../tensor/errors.ts';
import { checkOptions } from '../tensor/option-names.ts';
import { type Shape, shapesEqual, showShape } from '../tensor/shape.ts';
import { type Aval, DenseTensor, full, scalar, type Tensor } from '../tensor/tensor.ts';
import type { TreePath } from '../tensor/tree.ts';
import { takeArguments, traceFunction } from '../trace/function.ts';
import { withConstants } from '../trace/trace.ts';
import { pullBack } from '../transforms/vjp.ts';
import { expressionOf } from './expression.ts';

/** A tensor in a few words: what an explanation shows instead of its elements. */
export interface TensorSummary {
  readonly shape: Shape;
  readonly dtype: DType;
  /** The Euclidean norm of all elements; `null` where they were not computed. */
  readonly norm: number | null;
}

/** A scalar as a number, anything larger as a summary. */
export type Explained = number | TensorSummary;

/** An edge of the chain rule, from an operation to one of its operands. */
export interface Factor {
  /** The operand's node. */
  readonly id: number;
  /**
   * The local partial derivative ∂(this)/∂(operand), the other operands held. For tensors, the shape
   * `[...this, ...operand]` and norm of the Jacobian.
   */
  readonly partial: Explained;
  /** What flows to the operand along this edge: the adjoint of this node times the partial. */
  readonly product: Explained;
}

/** One value on the way from the arguments to the result. */
export interface ExplainedNode {
  /** Position in evaluation order, from 0. */
  readonly id: number;
  /** The value in terms of the arguments, or of earlier nodes (`#3`) once that gets long. */
  readonly expression: string;
  /** The operation, or 'input'. */
  readonly primitive: string;
  readonly value: Explained;
  /** One entry an operand that is itself a node; literals and constants have none. */
  readonly parents: readonly Factor[];
  /** ∂(result)/∂(this): the sum, over all paths to the result, of the products of the partials along them. */
  readonly adjoint: Explained;
  /** `file:line:column` in the user's code, where known. */
  readonly site: string | undefined;
}

export interface Explanation {
  /** Inputs, then operations in evaluation order. */
  readonly nodes: readonly ExplainedNode[];
  /** The node of the result; `null` when the result is a constant. */
  readonly result: number | null;
  readonly value: number;
}

export interface ExplainOptions {
  /** Names of the leaves of the arguments in order. Default: record keys, `x`, `y`, `z` for plain arguments. */
  readonly names?: readonly string[];
}

/** A leaf as it would be written: the key of a record, an element of a list, a letter for a plain argument. */
function inputName(owner: number, path: TreePath, count: number): string {
  const base = count <= 3 ? 'xyz'[owner] : `x${owner}`;
  const steps = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('');
  return steps.startsWith('.') ? steps.slice(1) : `${base}${steps}`;
}

function norm(data: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < data.length; i++) total += data[i] ** 2;
  return Math.sqrt(total);
}

const show = (x: DenseTensor): Explained =>
  x.shape.length === 0 ? x.data[0] : { shape: x.shape, dtype: x.dtype, norm: norm(x.data) };

/** Jacobians with at most this many rows are computed, for their norm. */
const mostRows = 64;

/** The pullback of one equation at a point, operand by operand. */
export type Pullback = (cotangents: readonly (Tensor | null)[]) => readonly (DenseTensor | null)[];

/** Each operand is an input of its own, so that `mul(x, x)` has two partials. */
export function pullbackOf(equation: Equation, operands: readonly DenseTensor[]): Pullback {
  const inputs = operands.map((x) => new Variable(x));
  const outputs = equation.outputs.map((v) => new Variable(v));
  const program: Program = { inputs, constants: [], equations: [{ ...equation, inputs, outputs }], outputs };
  const marked = operands.map((x) => isFloat(x.dtype));
  return (cotangents) => {
    const pulled = pullBack(program, operands, marked, cotangents).cotangents as DenseTensor[];
    let next = 0;
    return marked.map((m) => (m ? pulled[next++] : null));
  };
}

/** Unit cotangents of one output, row by row, pulled back and their squares summed for each operand. */
function jacobianNorms(pullback: Pullback, outputs: readonly Aval[], k: number, count: number): (number | null)[] {
  const type = outputs[k];
  const rows = type.shape.reduce((a, b) => a * b, 1);
  if (rows > mostRows) return new Array<null>(count).fill(null);
  const totals = new Array<number>(count).fill(0);
  for (let row = 0; row < rows; row++) {
    const unit = full(type.shape, 0, type.dtype);
    unit.data[row] = 1;
    const pulled = pullback(outputs.map((_, i) => (i === k ? unit : null)));
    pulled.forEach((x, i) => {
      if (x) totals[i] += norm(x.data) ** 2;
    });
  }
  return totals.map(Math.sqrt);
}

/** The partials of output k with respect to each operand. */
function partialsOf(pullback: Pullback, equation: Equation, k: number, operands: readonly DenseTensor[]): Explained[] {
  const type = equation.outputs[k];
  const ones = equation.outputs.map((v, i) => (i === k ? scalar(1, v.dtype) : null));
  if (type.shape.length === 0) {
    const pulled = isFloat(type.dtype) ? pullback(ones) : operands.map(() => null);
    return operands.map((x, i) => {
      const row = pulled[i];
      if (row) return show(row);
      return nothing(x);
    });
  }
  const norms = isFloat(type.dtype)
    ? jacobianNorms(pullback, equation.outputs, k, operands.length)
    : operands.map(() => 0);
  return operands.map((x, i) => ({
    shape: [...type.shape, ...x.shape],
    dtype: type.dtype,
    norm: isFloat(x.dtype) ? norms[i] : 0,
  }));
}

/** Values of every variable, in order. */
export function evaluateAll(program: Program, inputs: readonly DenseTensor[]): (atom: Atom) => DenseTensor {
  const values = new Map<Variable, DenseTensor>();
  program.inputs.forEach((v, i) => values.set(v, inputs[i]));
  for (const { variable, value } of program.constants) values.set(variable, value);
  const read = (atom: Atom): DenseTensor => (isVariable(atom) ? (values.get(atom) as DenseTensor) : atom);
  for (const equation of program.equations) {
    const results = evaluateEquation(equation, equation.inputs.map(read));
    equation.outputs.forEach((v, i) => values.set(v, results[i]));
  }
  return read;
}

function explainProgram(program: Program, inputs: readonly DenseTensor[], names: readonly string[]): Explanation {
  const read = evaluateAll(program, inputs);
  const ids = new Map<Atom, number>();
  for (const v of [...program.inputs, ...program.equations.flatMap((e) => e.outputs)]) ids.set(v, ids.size);
  const adjoints = new Map<Atom, DenseTensor>();
  const accumulate = (atom: Atom, ct: DenseTensor): void => {
    if (!ids.has(atom)) return;
    const before = adjoints.get(atom);
    adjoints.set(atom, before ? (add(before, ct) as DenseTensor) : ct);
  };
  const output = program.outputs[0];
  accumulate(output, scalar(1, output.dtype));
  const factors = new Map<Variable, Factor[]>();
  for (let i = program.equations.length - 1; i >= 0; i--) {
    const equation = program.equations[i];
    const operands = equation.inputs.map(read);
    const pullback = pullbackOf(equation, operands);
    equation.outputs.forEach((v, k) => {
      const adjoint = adjoints.get(v);
      const partials = partialsOf(pullback, equation, k, operands);
      const products =
        adjoint && isFloat(v.dtype) ? pullback(equation.outputs.map((_, j) => (j === k ? adjoint : null))) : [];
      const unused = branchNotTaken(equation, operands);
      factors.set(
        v,
        equation.inputs.flatMap((atom, n) => {
          const id = ids.get(atom);
          if (id === undefined) return [];
          const partial = partials[n];
          const product = n === unused ? null : flow(products[n] ?? null, partial, adjoint, operands[n]);
          if (product && isFloat(operands[n].dtype)) accumulate(atom, product);
          return [{ id, partial, product: product ? show(product) : nothing(operands[n]) }];
        }),
      );
    });
  }
  const expressions = expressionOf(program, names, ids);
  const node = (v: Variable, primitive: string, site: string | undefined): ExplainedNode => ({
    id: ids.get(v) as number,
    expression: expressions.get(v) as string,
    primitive,
    value: show(read(v)),
    parents: factors.get(v) ?? [],
    adjoint: adjoints.has(v) ? show(adjoints.get(v) as DenseTensor) : nothing(v),
    site,
  });
  return {
    nodes: [
      ...program.inputs.map((v) => node(v, 'input', undefined)),
      ...program.equations.flatMap((e) => e.outputs.map((v) => node(v, e.primitive.name, e.site?.line))),
    ],
    result: ids.get(output) ?? null,
    value: read(output).data[0],
  };
}

/**
 * The operand a scalar `where` did not choose: nothing flows to it, as in gradients, so that an infinite slope behind it
 * is not multiplied by zero.
 */
const branchNotTaken = ({ primitive }: Equation, [condition]: readonly DenseTensor[]): number | undefined =>
  primitive.maskedTranspose && condition.shape.length === 0 ? (condition.data[0] ? 2 : 1) : undefined;

const nothing = (x: Aval): Explained => (x.shape.length === 0 ? 0 : { shape: x.shape, dtype: x.dtype, norm: 0 });

/** What reaches an operand: for scalars the product of the two numbers shown, so that the data multiply out. */
function flow(
  pulled: DenseTensor | null,
  partial: Explained,
  adjoint: DenseTensor | undefined,
  operand: DenseTensor,
): DenseTensor | null {
  if (!adjoint || !pulled) return null;
  const isScalar = typeof partial === 'number' && shapesEqual(adjoint.shape, operand.shape);
  return isScalar ? scalar(partial * adjoint.data[0], operand.dtype, operand.weak) : pulled;
}

/**
 * Why `f` has the gradient it has at a point: every intermediate value, the local partial derivatives of each operation,
 * the adjoint that reaches it and their products, in evaluation order: the chain rule as data. The adjoint of an input
 * is its entry in the gradient.
 * @param f a function of numbers, tensors or trees of them with a float scalar result; branches on values are followed.
 * @throws DifferentiationError when the result is not a float scalar or an operation has no reverse-mode derivative.
 */
export function explain<A extends unknown[]>(
  f: (...args: A) => Tensor | number,
  options: ExplainOptions = {},
): (...args: A) => Explanation {
  checkOptions('explain', options, { names: 1 });
  return (...args) => {
    const taken = takeArguments(
      args,
      args.map((_, i) => i),
    );
    const traced = traceFunction(f, taken, { context: 'explain', concrete: true });
    const { program, captured } = withConstants(traced.closed);
    if (captured.length > 0 || taken.leaves.some((x) => !(x instanceof DenseTensor))) {
      throw new ArgumentError('explain: values of an enclosing transform cannot be explained; call it outside');
    }
    const [output] = program.outputs;
    if (program.outputs.length !== 1 || output.shape.length > 0 || !isFloat(output.dtype)) {
      const count = program.outputs.length;
      const what = count === 1 ? `${output.dtype}${showShape(output.shape)}` : `${count} values`;
      throw new DifferentiationError(`explain needs a function with one float scalar result; it returned ${what}`);
    }
    const names = taken.paths.map((path, i) => options.names?.[i] ?? inputName(taken.owners[i], path, args.length));
    return explainProgram(program, taken.leaves as DenseTensor[], names);
  };
}
