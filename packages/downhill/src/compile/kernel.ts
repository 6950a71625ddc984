import type { Equation, Program } from '../program/program.ts';
import type { DenseTensor } from '../tensor/tensor.ts';
import type { Emission } from './emit.ts';
import type { Buffer, View } from './expressions.ts';

/**
 * One step of a compiled Program: what `fuse` makes, what `plan` gives places to, and what `emit` writes the code of. It
 * names buffers and registers, and knows no address.
 */
export interface Kernel {
  /** What kind of work it is. */
  readonly name: string;
  /** Its line in the plan; work in registers alone has none. */
  readonly line: string | undefined;
  /** Of a loop, the line after those of its bodies. */
  readonly end?: string | undefined;
  /** The equation it stands for: messages name it. */
  readonly equation: Equation | undefined;
  /** What it reads and writes in memory, bodies left out. A view that it reads may lie where it writes. */
  readonly reads: readonly View[];
  readonly writes: readonly View[];
  /** Memory that nobody needs before it or after it. */
  readonly scratch: readonly Buffer[];
  /**
   * Pairs of a buffer it writes and one it reads, of which the first may lie where the second does if nothing after the
   * kernel needs that: of each place all is read before it is written.
   */
  readonly overlays: readonly (readonly [written: Buffer, read: Buffer])[];
  /** Do several threads carry it out together? This decides how much scratch memory it has. */
  readonly shared: boolean;
  /** Of a constant, the elements: in memory from the start. */
  readonly data?: DenseTensor | undefined;
  /** What runs inside it, any number of times: parts of the rounds of a loop, or branches. */
  readonly bodies: readonly Kernels[];
  /** Writes its code, where the memory plan says. */
  readonly write: (emission: Emission) => void;
}

export type Kernels = readonly Kernel[];

/** A Program as kernels. */
export interface Fused {
  readonly program: Program;
  /** Of the inputs of the Program, and its constants after them. */
  readonly inputs: readonly Buffer[];
  readonly kernels: Kernels;
  /** The buffer of each result; that of an input when the result takes the place of it. */
  readonly results: readonly Buffer[];
  /** How many threads shared kernels have scratch memory for. */
  readonly threads: number;
}

/** Calls `visit` with every kernel, bodies after the kernel they belong to. */
export function walk(kernels: Kernels, visit: (kernel: Kernel, depth: number) => void, depth = 0): void {
  for (const kernel of kernels) {
    visit(kernel, depth);
    for (const body of kernel.bodies) walk(body, visit, depth + 1);
  }
}

/** The lines of the plan: one a kernel, in the order they run. */
export function linesOf(kernels: Kernels): string[] {
  const lines: string[] = [];
  const add = (list: Kernels): void => {
    for (const { line, end, bodies } of list) {
      if (line !== undefined) lines.push(line);
      for (const body of bodies) add(body);
      if (end !== undefined) lines.push(end);
    }
  };
  add(kernels);
  return lines;
}
