import { isDeclined, type Series } from '../../program/primitive.ts';
import { type Atom, isVariable, type Program, type Variable } from '../../program/program.ts';
import { DifferentiationError } from '../../tensor/errors.ts';
import { withSite } from '../../trace/site.ts';
import { bind } from '../../trace/trace.ts';
import { taylorRules } from './rules.ts';
import { isConstant, trimmed } from './terms.ts';

/**
 * Pushes power series through a Program: the series of its inputs give those of its outputs, cut off beyond `order`. A
 * product of two series costs the square of the order, and so does every other operation; nested forward mode costs two
 * to the power of the order.
 * @throws DifferentiationError for an operation that has no series rule.
 */
export function propagateSeries(program: Program, inputs: readonly Series[], order: number): Series[] {
  const known = new Map<Atom, Series>();
  program.inputs.forEach((variable, i) => known.set(variable, trimmed(inputs[i][0], inputs[i].slice(1), order)));
  for (const { variable, value } of program.constants) known.set(variable, [value]);
  const read = (atom: Atom): Series => (isVariable(atom) ? (known.get(atom as Variable) as Series) : [atom]);
  const run = (inner: Program, series: readonly Series[], own = order): Series[] => propagateSeries(inner, series, own);
  for (const { primitive, params, site, inputs: atoms, outputs } of program.equations) {
    const operands = atoms.map(read);
    withSite(site, () => {
      let results: readonly Series[];
      if (operands.every(isConstant)) {
        results = bind(
          primitive,
          operands.map((s) => s[0]),
          params,
        ).map((y): Series => [y]);
      } else {
        const { taylor } = primitive;
        if (isDeclined(taylor)) {
          throw new DifferentiationError(
            `${primitive.name}${site?.line ? ` at ${site.line}` : ''} has no power series: ${taylor.declined}`,
          );
        }
        const rule = typeof taylor === 'string' ? taylorRules[taylor] : taylor;
        results = rule(operands, params, { order, primitive, run });
      }
      outputs.forEach((variable, i) => known.set(variable, results[i]));
    });
  }
  return program.outputs.map(read);
}
