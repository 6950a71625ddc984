import type { Program, Variable } from '../program/program.ts';
import { PathsError } from '../tensor/errors.ts';
import type { DenseTensor, Tensor } from '../tensor/tensor.ts';
import type { TreeDef } from '../tensor/tree.ts';
import { applyCompiled, type Donation } from '../trace/apply.ts';
import { concreteValue, type Trace } from '../trace/trace.ts';

/** One way through a function with branches: the Program of that way and the readings that led to it. */
export interface Path {
  /** Results of the function, followed by the values that were read to follow its branches. */
  readonly program: Program;
  readonly resultCount: number;
  readonly outputDef: TreeDef;
  /** What the readings were, in the order of reading. */
  readonly guards: readonly DenseTensor[];
  /** Operands it may overwrite; a path with branches is tried by running it and keeps them all. */
  readonly donation: Donation | undefined;
}

/** Branches a single call may follow before it is taken for a loop that does not end. */
const readingLimit = 10_000;

/** Notes every value that is read while a function is traced, each variable once. */
export class Readings {
  readonly variables: Variable[] = [];
  readonly values: DenseTensor[] = [];
  readonly #seen = new Set<Variable>();

  watch(trace: Trace): void {
    trace.onConcreteRead = (variable, value) => {
      if (this.#seen.has(variable)) return;
      if (this.values.length >= readingLimit) {
        throw new PathsError(
          `more than ${readingLimit} branch or loop conditions were followed in one call of a jitted function. ` +
            'A loop whose length depends on values is written once with whileLoop(condition, body, start), or scan for a known length.',
        );
      }
      this.#seen.add(variable);
      this.variables.push(variable);
      this.values.push(value);
    };
  }
}

/** The ways found so far through a function, for one combination of argument types. */
export class Paths {
  readonly #paths: Path[] = [];
  #recent = 0;
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#paths.length;
  }

  /** The path found first. */
  get first(): Path | undefined {
    return this.#paths[0];
  }

  /** @throws PathsError when the function has taken more ways than it is worth to keep. */
  add(path: Path, name: string): void {
    if (this.#paths.length >= this.#limit) {
      throw new PathsError(
        `jit has traced ${this.#limit} different paths through ${name} for arguments of one type, each with its own branches taken ` +
          'or number of turns of a loop. Write a loop of varying length with whileLoop(condition, body, start), a choice between ' +
          'values with where or cond, make an argument that selects a variant one of staticArgnums, or raise maxPaths.',
      );
    }
    this.#recent = this.#paths.length;
    this.#paths.push(path);
  }

  /**
   * The results by a path whose readings agree with these inputs, or `undefined` when none does. A path is tried by running
   * it: up to its first disagreement the readings are right whatever path it was, and they point to the next one to try.
   * @throws ConcretizationError when a reading has no value (inside `vmap`, `scan`, `whileLoop`).
   */
  run(inputs: readonly Tensor[]): { results: Tensor[]; path: Path } | undefined {
    let index = this.#recent;
    while (index >= 0) {
      const path = this.#paths[index];
      if (!path) return undefined;
      const outputs = applyCompiled(path.program, inputs, path.donation);
      const readings: DenseTensor[] = [];
      let agrees = true;
      for (let i = 0; agrees && i < path.guards.length; i++) {
        const reading = concreteValue(outputs[path.resultCount + i] as Tensor);
        readings.push(reading);
        agrees = sameValue(reading, path.guards[i] as DenseTensor);
      }
      if (agrees) {
        this.#recent = index;
        return { results: outputs.slice(0, path.resultCount), path };
      }
      index = this.#paths.findIndex(
        ({ guards }) =>
          guards.length >= readings.length && readings.every((r, i) => sameValue(r, guards[i] as DenseTensor)),
      );
    }
    return undefined;
  }
}

/** Equal bits of equal shape; a NaN agrees with itself. */
const sameValue = (a: DenseTensor, b: DenseTensor): boolean =>
  a.dtype === b.dtype && a.data.length === b.data.length && a.data.every((x, i) => Object.is(x, b.data[i]));
