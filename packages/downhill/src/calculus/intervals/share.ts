import { type Atom, type Equation, isProgram, isVariable, type Program, type Variable } from '../../program/program.ts';
import { asLogisticSlope } from './logistic-slope.ts';

/** The parameters as text, or `undefined` where they hold more than numbers. */
function keyOf(params: Equation['params']): string | undefined {
  const plain = (x: unknown): boolean =>
    Array.isArray(x)
      ? x.every(plain)
      : typeof x === 'object' && x !== null
        ? !isProgram(x) && Object.values(x).every(plain)
        : typeof x !== 'function';
  return Object.values(params).every(plain) ? JSON.stringify(params) : undefined;
}

/**
 * The same Program with equal equations computed once, so that a value that occurs twice is seen to be one: sin(x) · sin(x)
 * is then a square, and σ(x) · σ(−x) one slope. Nothing is computed beforehand, as constants folded to float64 would lose their enclosures.
 */
export function shareEquations(program: Program): Program {
  const replaced = new Map<Atom, Variable>();
  const numbers = new Map<Variable, number>();
  const seen = new Map<string, Equation>();
  const follow = (atom: Atom): Atom => replaced.get(atom) ?? atom;
  const name = (atom: Atom): string => {
    if (!isVariable(atom)) return `${Object.is(atom.data[0], -0) ? '-0' : atom.data[0]}:${atom.dtype}`;
    const known = numbers.get(atom) ?? numbers.size;
    numbers.set(atom, known);
    return `%${known}`;
  };
  const equations: Equation[] = [];
  const makers = new Map<Variable, Equation>();
  for (const original of program.equations) {
    const equation = asLogisticSlope({ ...original, inputs: original.inputs.map(follow) }, (v) => makers.get(v));
    const params = keyOf(equation.params);
    const key = params && `${equation.primitive.name}${params}(${equation.inputs.map(name)})`;
    const twin = key === undefined ? undefined : seen.get(key);
    if (twin) original.outputs.forEach((v, i) => replaced.set(v, twin.outputs[i]));
    else {
      if (key !== undefined) seen.set(key, equation);
      equations.push(equation);
      for (const v of equation.outputs) makers.set(v, equation);
    }
  }
  return { ...program, equations, outputs: program.outputs.map(follow) };
}
