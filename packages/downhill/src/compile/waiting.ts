import { type Atom, type Equation, isVariable, type Program, type Variable } from '../program/program.ts';
import { shapesEqual } from '../tensor/shape.ts';
import { emitterOf } from './operations.ts';

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
  const reads = readsOf(program);
  const apart = waitingFor(program, reads, false);
  // a single result is stored with no other; and a product is computed once, for one reader
  if (!settled || program.outputs.length < 2) return apart;
  return { may: waitingFor(program, reads, true).may, joins: apart.joins };
}

interface Reads {
  /** The equations that read each variable, once for each time they do; `undefined` for the results of the Program. */
  readonly readers: ReadonlyMap<Variable, readonly (Equation | undefined)[]>;
  /** The elementwise equations there is code for. */
  readonly coded: ReadonlySet<Equation>;
}

function readsOf(program: Program): Reads {
  const readers = new Map<Variable, (Equation | undefined)[]>();
  const coded = new Set<Equation>();
  const add = (atom: Atom, equation: Equation | undefined): void => {
    if (!isVariable(atom)) return;
    const list = readers.get(atom);
    if (list) list.push(equation);
    else readers.set(atom, [equation]);
  };
  for (const equation of program.equations) {
    for (const atom of equation.inputs) add(atom, equation);
    if (equation.primitive.elementwise && emitterOf(equation)) coded.add(equation);
  }
  for (const atom of program.outputs) add(atom, undefined);
  return { readers, coded };
}

/**
 * Which values can wait until they are part of what is made of them. A value that is read once can; one that is read
 * several times can when all its readers end in the same loop, which then computes it once for each element.
 */
function waitingFor(program: Program, { readers, coded }: Reads, together: boolean): Waiting {
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
      for (const equation of readers.get(variable) ?? []) {
        const isPart = equation !== undefined && coded.has(equation) && isJoining(equation, variable);
        const out = isPart ? (equation.outputs[0] as Variable) : undefined;
        // whatever is not part of a loop is an end of its own
        const last = (): object => (together && equation === undefined ? storeOf(variable) : {});
        const own = out === undefined ? last() : (ends.get(out) ?? out);
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
