import { type Equation, isVariable, type Program, type Variable } from '../program/program.ts';
import { shapesEqual } from '../tensor/shape.ts';
import { emitterOf } from './operations.ts';

/** Whatever reads a value and does not become part of a loop with it. */
interface Reader {
  readonly equation: Equation | undefined;
}

export interface Waiting {
  /** Values not to be stored when they are defined: all that is made of them ends in one loop. */
  readonly may: ReadonlySet<Variable>;
  /** Those of them that go on into elementwise operations, or leave the Program. */
  readonly joins: ReadonlySet<Variable>;
}

/** Does an equation become part of the loop over the elements of an operand? */
export function isJoining({ primitive, outputs }: Equation, operand: Variable): boolean {
  const [out] = outputs;
  return primitive.elementwise === true && out !== undefined && shapesEqual(out.shape, operand.shape);
}

/** Which values of a Program can wait; with `settled` also for results of one type, which are going to be stored together. */
export function waiting(program: Program, settled: boolean): Waiting {
  const apart = waitingFor(program, false);
  // a product is computed once, for one reader
  return settled ? { may: waitingFor(program, true).may, joins: apart.joins } : apart;
}

/**
 * Which values can wait until they are part of what is made of them. A value that is read once can; one that is read
 * several times can when all its readers end in the same loop, which then computes it once for each element.
 */
function waitingFor(program: Program, together: boolean): Waiting {
  const readers = new Map<Variable, Reader[]>();
  const add = (atom: unknown, equation: Equation | undefined): void => {
    if (!isVariable(atom as Variable)) return;
    const list = readers.get(atom as Variable);
    if (list) list.push({ equation });
    else readers.set(atom as Variable, [{ equation }]);
  };
  for (const equation of program.equations) for (const atom of equation.inputs) add(atom, equation);
  for (const atom of program.outputs) add(atom, undefined);
  const may = new Set<Variable>();
  const joins = new Set<Variable>();
  const ends = new Map<Variable, object>();
  const stores = new Map<string, object>();
  /** The end of all results of a type, when they are stored together. */
  const storeOf = ({ dtype, shape }: Variable): object => {
    const key = `${dtype}[${shape}]`;
    const known = stores.get(key) ?? {};
    stores.set(key, known);
    return known;
  };
  for (let i = program.equations.length - 1; i >= 0; i--) {
    for (const variable of (program.equations[i] as Equation).outputs) {
      let end: object | undefined;
      let ways = 0;
      let joining = true;
      for (const reader of readers.get(variable) ?? []) {
        const { equation } = reader;
        const isPart = equation !== undefined && isJoining(equation, variable) && emitterOf(equation) !== undefined;
        const out = isPart ? (equation.outputs[0] as Variable) : undefined;
        const last = together && equation === undefined ? storeOf(variable) : reader;
        const own = out === undefined ? last : (ends.get(out) ?? out);
        if (own !== end) ways++;
        end = own;
        joining &&= isPart || equation === undefined;
      }
      if (ways !== 1) continue;
      may.add(variable);
      ends.set(variable, end as object);
      if (joining) joins.add(variable);
    }
  }
  return { may, joins };
}
