import type { Equation, Program, Variable } from '../program/program.ts';
import { isProgram } from '../program/program.ts';
import { simplifyProgram } from '../transforms/simplify.ts';
import type { Expression, View } from './expressions.ts';
import type { Fusion } from './fuse.ts';
import type { Value } from './wasm/value.ts';

/** Equations no line of a user stands behind get the site of the one they stand for. */
function sited(program: Program, site: Equation['site']): Program {
  const equations = program.equations.map((equation): Equation => {
    const params = Object.fromEntries(Object.entries(equation.params).map(([name, x]) => [name, inside(x, site)]));
    return { ...equation, params, site: equation.site?.line === undefined ? site : equation.site };
  });
  return { ...program, equations };
}

const inside = (param: unknown, site: Equation['site']): unknown => {
  if (isProgram(param)) return sited(param, site);
  return Array.isArray(param) && param.some(isProgram) ? param.map((x) => inside(x, site)) : param;
};

/**
 * Kernels of an operation that knows how to be written with others, such as a search or a solver, which becomes loops.
 * Where these come to no good end the reference evaluator starts anew on the same operands: it knows more ways, and says
 * what is wrong.
 */
export function fuseDecomposed(
  fusion: Fusion,
  equation: Equation,
  inputs: readonly Expression[],
): Expression[] | undefined {
  const { primitive, params, site } = equation;
  const found = primitive.decompose?.(equation.inputs, params);
  if (!found) return undefined;
  const inner = sited(simplifyProgram(found), site);
  if (inner.outputs.length === equation.outputs.length) return fusion.program(inner, inputs);
  const reads = inputs.map((x) => fusion.atFixedAddress(x));
  const given = inputs.map((x, i) => (x.type === 'scalar' ? x : fusion.register(reads[i] as View)));
  fusion.add({ name: 'decomposed', line: `${primitive.name}:`, write: () => {} });
  const results = fusion.program(inner, given);
  const ok = fusion.scalar(results.pop() as Expression);
  const writes = equation.outputs.map((out: Variable, i) => {
    const view = fusion.fresh(out);
    return fusion.materialize(results[i] as Expression, view.buffer);
  });
  fusion.add({
    name: 'otherwise',
    equation,
    line: `end of ${primitive.name}, by the reference evaluator where that came to no good end`,
    reads,
    writes,
    write: (emission) => {
      const { f } = emission;
      f.if((emission.value(ok) as Value<'i32'>).eqz(), () => emission.evaluate(equation, reads, writes, true));
    },
  });
  return writes.map((view) => fusion.register(view));
}
