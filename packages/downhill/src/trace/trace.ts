import { evaluateEquation } from '../program/evaluate.ts';
import type { Params, Primitive } from '../program/primitive.ts';
import {
  type Atom,
  type CallSite,
  type Constant,
  type Equation,
  isVariable,
  type Program,
  Variable,
} from '../program/program.ts';
import { isFloat, type TypedArray } from '../tensor/dtype.ts';
import { ConcretizationError, LeakedTracerError, OperatorError } from '../tensor/errors.ts';
import { showShape } from '../tensor/shape.ts';
import { type Aval, DenseTensor, Tensor } from '../tensor/tensor.ts';
import { callSite } from './site.ts';

export interface TraceOptions {
  /** What is being traced, for messages: "grad", "the body of scan". */
  readonly context: string;
  /**
   * True for functions of the user: every operation on a traced value of any level belongs to this Program. False for
   * the linear half of a linearization, which takes only what depends on its own inputs.
   */
  readonly captureAll: boolean;
  /** True when the user's own code runs, so that lines are recorded and forgotten comparisons are looked for. */
  readonly user: boolean;
  /** True for a branch that may not be taken. */
  readonly conditional?: boolean | undefined;
}

/** A Program under construction. */
export class Trace {
  readonly options: TraceOptions;
  readonly inputs: Variable[] = [];
  readonly equations: Equation[] = [];
  /** Values from outside (arrays, tracers of outer traces) and the variables that stand for them here. */
  readonly captured = new Map<Tensor, Variable>();
  /** Values of the inputs where they are known, so that branches can be followed; see `concreteValue`. */
  readonly actual = new Map<Variable, Tensor>();
  /** Told of every value that is read to follow a branch; `jit` records its guards here. */
  onConcreteRead: ((variable: Variable, value: DenseTensor) => void) | undefined;
  active = true;
  readonly #watched: { variable: Variable; name: string; site: CallSite | undefined }[] = [];
  readonly #read = new Set<Variable>();
  readonly #known = new Map<Variable, Tensor>();
  #definitions: Map<Variable, Equation> | undefined;
  #defined = 0;

  constructor(options: TraceOptions) {
    this.options = options;
  }

  /** A new input; `actual` is its value when there is one. */
  input(aval: Aval, actual?: Tensor): Tracer {
    const variable = new Variable(aval);
    this.inputs.push(variable);
    if (actual) this.actual.set(variable, actual);
    return new Tracer(this, variable);
  }

  /** The operand that stands for `x` in this Program. */
  atom(x: Tensor): Atom {
    if (x instanceof Tracer) {
      if (x.trace === this) return x.variable;
      if (!x.trace.active) throw new LeakedTracerError(leakMessage(x));
    } else if (x.shape.length === 0) return x as DenseTensor;
    return this.capture(x).variable;
  }

  /** A value from outside as a value of this Program. */
  capture(x: Tensor): Tracer {
    const variable = this.captured.get(x) ?? new Variable(x);
    this.captured.set(x, variable);
    return new Tracer(this, variable);
  }

  record(primitive: Primitive, inputs: readonly Tensor[], params: Params): Tracer[] {
    const types = primitive.shape(inputs, params);
    const outputs = types.map((type) => new Variable(type));
    this.equations.push({
      primitive,
      inputs: inputs.map((x) => this.atom(x)),
      params,
      outputs,
      site: callSite(),
    });
    return outputs.map((variable) => new Tracer(this, variable));
  }

  /** Remembers a comparison the user made, to be found used or read by the time the trace ends. */
  watch(tracer: Tracer, name: string): void {
    if (this.options.user) this.#watched.push({ variable: tracer.variable, name, site: this.equations.at(-1)?.site });
  }

  markRead(variable: Variable): void {
    this.#read.add(variable);
  }

  /** The equation that computes `variable`, if it is not an input. */
  definition(variable: Variable): Equation | undefined {
    this.#definitions ??= new Map();
    for (; this.#defined < this.equations.length; this.#defined++) {
      const equation = this.equations[this.#defined] as Equation;
      for (const output of equation.outputs) this.#definitions.set(output, equation);
    }
    return this.#definitions.get(variable);
  }

  /** The value of a variable in terms of what lies outside this trace, or `undefined` when an input has none. */
  resolve(target: Variable): Tensor | undefined {
    const known = this.#known;
    if (this.captured.size > 0) for (const [outer, variable] of this.captured) known.set(variable, outer);
    for (const [variable, value] of this.actual) known.set(variable, value);
    const pending: Variable[] = [target];
    while (pending.length > 0) {
      const variable = pending.at(-1) as Variable;
      if (known.has(variable)) {
        pending.pop();
        continue;
      }
      const equation = this.definition(variable);
      if (!equation) return undefined;
      const missing = equation.inputs.filter((a): a is Variable => isVariable(a) && !known.has(a));
      if (missing.length > 0) {
        pending.push(...missing);
        continue;
      }
      const operands = equation.inputs.map((a) => (isVariable(a) ? (known.get(a) as Tensor) : a));
      const results = withStackBelow(this, () => bind(equation.primitive, operands, equation.params));
      equation.outputs.forEach((output, i) => known.set(output, results[i] as Tensor));
      pending.pop();
    }
    return known.get(target);
  }

  /**
   * Ends the trace: a Program whose captured values are listed beside it, in the order of the extra inputs that stand
   * for them after the ordinary ones.
   * @throws OperatorError when a comparison was made and never used: the sign of a branch taken on an object.
   */
  finish(outputs: readonly Tensor[]): ClosedProgram {
    const atoms = outputs.map((x) => this.atom(x));
    this.#refuseForgottenComparisons(atoms);
    return {
      program: {
        inputs: [...this.inputs, ...this.captured.values()],
        constants: [],
        equations: this.equations,
        outputs: atoms,
      },
      captured: [...this.captured.keys()],
    };
  }

  #refuseForgottenComparisons(outputs: readonly Atom[]): void {
    if (this.#watched.length === 0) return;
    const used = new Set<Atom>(outputs);
    for (const equation of this.equations) for (const atom of equation.inputs) used.add(atom);
    for (const { variable, name, site } of this.#watched) {
      if (used.has(variable) || this.#read.has(variable)) continue;
      throw new OperatorError(
        `the result of ${name}(…)${site?.line ? ` at ${site.line}` : ''} was never used while tracing ${this.options.context}. ` +
          'A traced comparison is an object, so `? :`, `if`, `&&`, `||` and `!` take it as true without looking. ' +
          'Use where(condition, a, b) or cond(condition, f, g), put "use math" at the top of the function and build it ' +
          'with downhill-transform, or remove the comparison if it is not needed.',
      );
    }
  }
}

/** A Program together with the values its last inputs stand for. */
export interface ClosedProgram {
  readonly program: Program;
  readonly captured: readonly Tensor[];
}

/** A value of a Program under construction, standing in for a tensor. */
export class Tracer extends Tensor {
  readonly trace: Trace;
  readonly variable: Variable;

  constructor(trace: Trace, variable: Variable) {
    super();
    this.trace = trace;
    this.variable = variable;
  }

  override get shape() {
    return this.variable.shape;
  }

  override get dtype() {
    return this.variable.dtype;
  }

  override get weak() {
    return this.variable.weak;
  }

  /** The elements, where they exist, to look at: what is computed from them has no derivative. */
  override get data(): TypedArray {
    return concreteValue(this).data;
  }

  /**
   * The truth or the integer, where it exists.
   * @throws ConcretizationError for a float, whose derivative would end here without a word.
   */
  override item(): number {
    const { data } = this;
    if (!isFloat(this.dtype)) return super.item();
    throw new ConcretizationError(
      `item was asked for the plain number ${data.length === 1 ? `${data[0]} ` : ''}in a ${this.toString()}, which would cut its derivative. ` +
        'Keep the value as it is inside functions to be transformed, and take the number from their result; ' +
        'stopGradient(x) marks a value as constant.',
    );
  }

  override toString(): string {
    return `traced ${this.dtype}${showShape(this.shape)}`;
  }

  override toJSON(): never {
    throw new ConcretizationError(
      `a ${this.toString()} cannot be written as JSON: its value does not exist while ${this.trace.options.context} is traced`,
    );
  }
}

const stack: Trace[] = [];

/** Number of traces under construction; zero whenever no transform is running. */
export const traceDepth = (): number => stack.length;

/**
 * `x` as an operand of the branch under construction, if there is one: what is made of it is written down, and does not run
 * until the branch is taken.
 */
export const untilTaken = (x: Tensor): Tensor =>
  (!(x instanceof Tracer) && stack.findLast((trace) => trace.options.conditional)?.capture(x)) || x;

/** Runs `f` with `trace` innermost; it leaves the stack however `f` ends. */
export function withTrace<T>(trace: Trace, f: () => T): T {
  stack.push(trace);
  try {
    return f();
  } finally {
    stack.length = stack.lastIndexOf(trace);
    trace.active = false;
  }
}

function withStackBelow<T>(trace: Trace, f: () => T): T {
  const above = stack.splice(stack.indexOf(trace));
  try {
    return f();
  } finally {
    stack.push(...above);
  }
}

/**
 * Applies an operation: recorded in the Program under construction when an operand is traced, computed at once
 * otherwise. Operands must already have the types the primitive asks for.
 * @throws ShapeError or DtypeError from the primitive's shape rule.
 * @throws LeakedTracerError for a tracer whose function has returned.
 */
export function bind<P extends Params>(record: Primitive<P>, inputs: readonly Tensor[], params: P = {} as P): Tensor[] {
  const primitive = record as unknown as Primitive;
  let traced = false;
  for (const x of inputs) {
    if (x instanceof Tracer) {
      if (!x.trace.active) throw new LeakedTracerError(leakMessage(x));
      traced = true;
    }
  }
  if (!traced) {
    primitive.shape(inputs, params);
    const equation = { primitive, inputs: [], params, outputs: [], site: undefined };
    return evaluateEquation(equation, inputs as DenseTensor[]) as DenseTensor[];
  }
  for (let i = stack.length - 1; i >= 0; i--) {
    const trace = stack[i] as Trace;
    if (trace.options.captureAll || inputs.some((x) => x instanceof Tracer && x.trace === trace)) {
      return trace.record(primitive, inputs, params);
    }
  }
  throw new LeakedTracerError(leakMessage(inputs.find((x) => x instanceof Tracer) as Tracer));
}

/** `bind` for an operation with one output. */
export const bind1 = <P extends Params>(
  primitive: Primitive<P>,
  inputs: readonly Tensor[],
  params: P = {} as P,
): Tensor => bind(primitive, inputs, params)[0] as Tensor;

function leakMessage(x: Tracer): string {
  return (
    `a ${x.toString()} is used after the function it was traced in (${x.trace.options.context}) returned. ` +
    'Traced values live only inside that function: return what is needed from it instead of storing it outside.'
  );
}

/**
 * The value behind a tensor, computed on demand: a traced value has one when the transform was called with concrete
 * arguments. Under `jit` the reading is recorded as a guard.
 * @throws ConcretizationError naming what is being traced, where no value exists.
 */
export function concreteValue(x: Tensor): DenseTensor {
  let current = x;
  while (current instanceof Tracer) {
    const { trace, variable } = current;
    if (!trace.active) throw new LeakedTracerError(leakMessage(current));
    const resolved = trace.resolve(variable);
    if (!resolved) {
      const line = trace.definition(variable)?.site?.line;
      throw new ConcretizationError(
        `the value of a ${current.toString()}${line ? ` computed at ${line}` : ''} was asked for (by a branch, a loop condition, item() or data), ` +
          `but inside ${trace.options.context} it does not exist yet. ` +
          'Use where(condition, a, b) or cond(condition, f, g) for a branch, whileLoop or scan for a loop.',
        trace.options.context,
      );
    }
    trace.markRead(variable);
    if (trace.onConcreteRead) {
      const value = concreteValue(resolved);
      trace.onConcreteRead(variable, value);
      return value;
    }
    current = resolved;
  }
  return current as DenseTensor;
}

/** Moves captured arrays into the Program's constants; only values of outer traces stay beside it. */
export function withConstants(closed: ClosedProgram): ClosedProgram {
  const { program, captured } = closed;
  const own = program.inputs.length - captured.length;
  const constants: Constant[] = [];
  const inputs = program.inputs.slice(0, own);
  const outer: Tensor[] = [];
  captured.forEach((value, i) => {
    const variable = program.inputs[own + i] as Variable;
    if (value instanceof DenseTensor) constants.push({ variable, value });
    else {
      inputs.push(variable);
      outer.push(value);
    }
  });
  return { program: { ...program, inputs, constants }, captured: outer };
}
