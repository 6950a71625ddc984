import { convertTo } from '../primitives/convert.ts';
import { type Program, Variable } from '../program/program.ts';
import { promoteTypes } from '../tensor/dtype.ts';
import { DtypeError, ShapeError } from '../tensor/errors.ts';
import { shapesEqual, showShape } from '../tensor/shape.ts';
import { type Aval, asTensor, type Tensor } from '../tensor/tensor.ts';
import { type Leaf, showPath, showTree, type TreeDef, type TreePath } from '../tensor/tree.ts';
import { inlineProgram, recordProgram } from '../trace/apply.ts';
import type { ClosedProgram } from '../trace/trace.ts';
import { plainType } from '../transforms/types.ts';

/** Bodies of one operation given the same operands: each takes what any of them captured. */
export function shareCaptures(bodies: readonly ClosedProgram[]): { programs: Program[]; captured: Tensor[] } {
  const captured = [...new Set(bodies.flatMap((body) => body.captured))];
  const programs = bodies.map(({ program, captured: own }) => {
    const count = program.inputs.length - own.length;
    const extra = captured.map((value) => {
      const at = own.indexOf(value);
      return at < 0 ? new Variable(value) : (program.inputs[count + at] as Variable);
    });
    return { ...program, inputs: [...program.inputs.slice(0, count), ...extra] };
  });
  return { programs, captured };
}

/** Captured values first, ordinary inputs after them, as loops keep their constants. */
export function capturesFirst({ program, captured }: ClosedProgram): Program {
  const count = program.inputs.length - captured.length;
  return { ...program, inputs: [...program.inputs.slice(count), ...program.inputs.slice(0, count)] };
}

/** A Program whose outputs have exactly the given types. */
export function convertOutputs(program: Program, types: readonly Aval[]): Program {
  const right = program.outputs.every(
    (x, i) => x.dtype === (types[i] as Aval).dtype && x.weak === (types[i] as Aval).weak,
  );
  if (right) return program;
  return recordProgram('conversion', program.inputs.map(plainType), (inputs) =>
    inlineProgram(program, inputs).map((x, i) => convertTo(x, types[i] as Aval)),
  );
}

/** True when both are the same up to weakness. */
export const sameType = (a: Aval, b: Aval): boolean => a.dtype === b.dtype && shapesEqual(a.shape, b.shape);

/** The type two branches or two rounds of a loop agree on: weak types give way, others must be equal. */
export function joinTypes(a: Aval, b: Aval, what: string): Aval {
  if (!shapesEqual(a.shape, b.shape)) {
    throw new ShapeError(`${what} has shape ${showShape(a.shape)} on one side and ${showShape(b.shape)} on the other`);
  }
  if (a.dtype !== b.dtype && a.weak === b.weak) {
    throw new DtypeError(`${what} is ${a.dtype} on one side and ${b.dtype} on the other; convert one with astype`);
  }
  const { dtype } = promoteTypes(a, b);
  return { shape: a.shape, dtype, weak: a.weak && b.weak };
}

/** Refuses results whose structure differs from the one they must have. */
export function checkStructure(def: TreeDef, expected: TreeDef, what: string): void {
  if (showTree(def) !== showTree(expected)) {
    throw new ShapeError(`${what} has structure ${showTree(def)}; ${showTree(expected)} is needed`);
  }
}

export const leafName = (what: string, paths: readonly TreePath[], i: number): string =>
  `${what}${showPath(paths[i] ?? [])}`;

export const asTensors = (leaves: readonly Leaf[]): Tensor[] => leaves.map(asTensor);
