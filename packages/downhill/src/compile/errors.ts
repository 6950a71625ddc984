import { type Equation, isVariable, type Program, subPrograms } from '../program/program.ts';
import { ArgumentError, DownhillError, DtypeError, LimitError, ShapeError } from '../tensor/errors.ts';
import { shapesEqual, showShape, sizeOf } from '../tensor/shape.ts';
import type { Aval } from '../tensor/tensor.ts';
import { mostCounted } from './expressions.ts';
import type { MemoryPlan, Placed } from './plan.ts';
import type { Mark } from './wasm/encode.ts';
import { webAssembly } from './wasm/engine.ts';

/** A Program this back end does not take, but the reference evaluator does. */
export class CompileError extends DownhillError {
  constructor(message: string) {
    super('compile', message);
  }
}

export { LimitError };

/** A compiled Program stopped in the middle of its work: a fault of the compiler, or memory that is not there. */
export class TrapError extends DownhillError {
  constructor(message: string, options?: ErrorOptions) {
    super('trap', message, options);
  }
}

/** `float64[2, 3]`. */
export const showType = ({ dtype, shape }: Aval): string => `${dtype}${showShape(shape)}`;

const lineOf = ({ site }: Equation): string => (site?.line ? ` at ${site.line}` : '');

/** An operation on types: `add(float64[3], 2)`. */
export const describeOperation = ({ primitive, inputs }: Equation): string =>
  `${primitive.name}(${inputs.map((x) => (isVariable(x) ? showType(x) : x.data[0])).join(', ')})`;

/** An operation as messages name it: `add(float64[3], 2) at file:line`. */
const describeEquation = (equation: Equation): string => `${describeOperation(equation)}${lineOf(equation)}`;

const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** 1536 → 1.5 KiB. */
export function showBytes(bytes: number): string {
  const step = bytes < 1024 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), units.length - 1);
  const value = bytes / 1024 ** step;
  return `${step === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[step]}`;
}

/** All of a module's memory: addresses have 32 bits. */
export const memoryLimit = 4 * 1024 ** 3;

/** Memory comes in pages. */
export const pageBytes = 65536;

/** Bytes beyond the last array that edge tiles of products may read. */
export const slack = 16;

function describeBuffer({ buffer: { dtype, elements, equation }, bytes }: Placed): string {
  const out = equation?.outputs.find((o) => o.dtype === dtype && sizeOf(o.shape) === elements);
  const what = out ? showType(out) : `${dtype}, ${elements} elements`;
  const whose = equation ? `for ${equation.primitive.name}${lineOf(equation)}` : 'an argument or a constant';
  return `${showBytes(bytes)} (${what}) ${whose}`;
}

/** Buffers a message names. */
const listed = 3;

/**
 * Refuses an arena that no memory holds.
 * @throws LimitError naming the largest buffers.
 */
export function checkArena({ bytes, placed }: Pick<MemoryPlan, 'bytes' | 'placed'>): void {
  if (bytes + slack <= memoryLimit) return;
  const largest = [...placed].sort((a, b) => b.bytes - a.bytes).slice(0, listed);
  throw new LimitError(
    `this Program needs ${showBytes(bytes)} of memory, and a compiled one can have ${showBytes(memoryLimit)}. ` +
      `Its largest arrays: ${largest.map(describeBuffer).join('; ')}. ` +
      'Work on smaller pieces with scan, in float32, or without storing what only a sum of is wanted',
  );
}

/** Loops and branches one inside the other: each is a function of the module that calls the next. */
export const deepest = 100;

/**
 * Refuses loops and branches that are nested too deeply.
 * @throws LimitError naming the line of the innermost one looked at.
 */
export function checkDepth(program: Program): void {
  let level: { readonly program: Program; readonly equation: Equation | undefined }[] = [
    { program, equation: undefined },
  ];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > deepest) {
      const { equation } = level[0] as (typeof level)[0];
      throw new LimitError(
        `loops and branches are nested more than ${deepest} deep, which is as far as a compiled Program goes` +
          `${equation ? `; the ${equation.primitive.name}${lineOf(equation)} is one too many` : ''}. ` +
          'A function that calls itself is unrolled while it is traced: write it as one loop with scan, foriLoop or whileLoop',
      );
    }
    const seen = new Set<Program>();
    level = level.flatMap((outer) =>
      outer.program.equations.flatMap((equation) =>
        subPrograms(equation)
          .filter(([, inner]) => !seen.has(inner) && seen.add(inner))
          .map(([, inner]) => ({ program: inner, equation })),
      ),
    );
  }
}

/**
 * Refuses arrays that loops cannot count through; to be called when depth is checked.
 * @throws LimitError naming the line.
 */
export function checkSizes(program: Program): void {
  const tooLong = ({ dtype, shape }: Aval): boolean =>
    shape.some((n) => n > mostCounted) || (dtype === 'bool' && sizeOf(shape) > mostCounted);
  const refuse = (x: Aval, whose: string): never => {
    throw new LimitError(
      `${showType(x)} ${whose} is too long for a compiled Program: an axis, and a bool array, can have ${mostCounted} elements; work on smaller pieces with scan`,
    );
  };
  for (const x of program.inputs) if (tooLong(x)) refuse(x, 'among the arguments');
  for (const equation of program.equations) {
    for (const y of equation.outputs) if (tooLong(y)) refuse(y, `from ${equation.primitive.name}${lineOf(equation)}`);
    for (const [, inner] of subPrograms(equation)) checkSizes(inner);
  }
}

/**
 * Refuses inputs a module was not made for.
 * @throws ArgumentError, DtypeError or ShapeError naming the input.
 */
export function checkInputs(given: readonly Aval[], places: readonly Aval[]): void {
  if (given.length !== places.length) {
    throw new ArgumentError(
      `this compiled Program takes ${places.length} inputs (${places.map(showType).join(', ')}), got ${given.length}`,
    );
  }
  for (let i = 0; i < places.length; i++) {
    const [x, place] = [given[i] as Aval, places[i] as Aval];
    if (x.dtype === place.dtype && shapesEqual(x.shape, place.shape)) continue;
    const message = `input ${i} of this compiled Program must be ${showType(place)}, got ${showType(x)}; convert it, or compile for the types you have (jit does so by itself)`;
    throw x.dtype === place.dtype ? new ShapeError(message) : new DtypeError(message);
  }
}

/** What part of a module stands for; all of a function when the stack does not say where in it, or when it is not certain. */
function originsAt(marks: readonly Mark[], { index, offset }: Failure): Equation[] {
  const own = marks.filter((m) => m.index === index && m.origin);
  const before = own.filter((m) => m.offset <= offset);
  const found = offset && !before.at(-1)?.ambiguous ? before.slice(-1) : own;
  return [...new Set(found.map((m) => m.origin as Equation))];
}

/** Where a thread trapped: in which function, and at which byte of the module, 0 when the engine does not say. */
export interface Failure {
  readonly index: number;
  readonly offset: number;
}

/**
 * The frames of a stack that lie in a module, innermost first. V8 writes `wasm://wasm/1f2e:wasm-function[3]:0x2a`, Firefox
 * `name@file.js line 5 > WebAssembly.Module:wasm-function[3]:0x2a`, Safari `<?>.wasm-function[3]@[wasm code]`.
 */
export function moduleFrames(stack: string): Failure[] {
  return stack.split('\n').flatMap((line) => {
    const [, index, offset] = /.*wasm-function\[(\d+)\](?::0x([0-9a-f]+))?/.exec(line) ?? [];
    return index ? [{ index: Number(index), offset: Number.parseInt(offset ?? '0', 16) }] : [];
  });
}

/** The stack as the engine writes it, whatever format a program has chosen for its own. */
function stackOf(thrown: Error): string {
  const errors = Error as { prepareStackTrace?: unknown };
  const chosen = errors.prepareStackTrace;
  errors.prepareStackTrace = undefined;
  try {
    return String(thrown.stack);
  } finally {
    errors.prepareStackTrace = chosen;
  }
}

/** What engines throw for a trap, and where a module calls itself too deeply. */
const trapNames: ReadonlySet<string> = new Set(['RuntimeError', 'RangeError', 'InternalError']);

/**
 * The error of a module that stopped, with the operation and the user's line, which the stack tells by way of the marks;
 * anything that is not a trap is given back as it is.
 */
export function explainTrap(thrown: unknown, marks: readonly Mark[], failure: Failure | undefined): unknown {
  if (!(thrown instanceof Error) || !trapNames.has(thrown.constructor.name)) return thrown;
  const frames = moduleFrames(stackOf(thrown));
  // a host function that failed inside a run has its own error, unless the module's frames are on the stack too
  if (frames.length === 0 && !failure && !(thrown instanceof webAssembly().RuntimeError)) return thrown;
  // where another thread trapped, this one stands at the call of the same work
  const places = failure ? [failure, ...frames] : frames;
  const found = (given: readonly Mark[]): Equation[] | undefined =>
    places.map((at) => originsAt(given, at)).find((list) => list.length > 0);
  // of a function that serves several operations the callers tell which it was, if the stack has them
  const origins = found(marks.filter((m) => !m.ambiguous || places.every((at) => at.offset === 0))) ?? found(marks);
  const [first, ...others] = origins ?? [];
  const candidates = others.length > 0 ? `one of ${origins?.slice(0, 3).map(describeEquation).join(', ')}` : undefined;
  const nowhere =
    frames.length > 0 ? 'outside of any operation' : 'somewhere (Error.stackTraceLimit is too low to tell)';
  const where = first ? `in ${candidates ?? describeEquation(first)}` : nowhere;
  const reason = failure ? 'in another thread' : thrown.message;
  return new TrapError(
    `the compiled Program stopped ${where}: ${reason}. ` +
      'This is a fault of the compiler or a lack of memory, not of the formula; without installCompiler() the same Program runs on the reference evaluator',
    { cause: thrown },
  );
}
