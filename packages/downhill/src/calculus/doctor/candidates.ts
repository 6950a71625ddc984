import type { Cause } from './causes.ts';
import { type Mistake, mistakes } from './mistakes.ts';
import { allTangents, differentiate, type Step, stepOf, type Tape, type TapeNode } from './tape.ts';

/** A wrong derivative and the mistake that makes it: its values at the sample points. */
export interface Candidate {
  readonly rank: number;
  readonly values: readonly number[];
  readonly cause: Cause;
}

const blame = ({ id, expression, site }: TapeNode) => ({ id, expression, site });

/** The derivative by `variable` at every sample point, with one mistake at one node. */
function withMistake(tapes: readonly Tape[], variable: number, mistake: Mistake, ids: ReadonlySet<number>): number[] {
  return tapes.map((tape) => differentiate(tape, variable, (node) => (ids.has(node.id) ? mistake.slip : undefined)));
}

/**
 * Every derivative that one mistake of the table gives, at each node where it can be made and at all of them at once.
 * `tapes` hold the same operations at several points.
 */
export function* mistakenDerivatives(tapes: readonly Tape[], variable: number): Generator<Candidate> {
  const [tape] = tapes;
  const everywhere = tapes.map((one) => allTangents(one, variable));
  const [tangents] = everywhere;
  const depends = (node: TapeNode): boolean => node.operands.some(({ id }) => tangents[id] !== 0);
  const touches = (mistake: Mistake, node: TapeNode): boolean =>
    tapes.some((one, k) => mistake.slip(stepOf(one, one.nodes[node.id], everywhere[k])) !== undefined);
  for (const mistake of mistakes) {
    const places = tape.nodes.filter(
      (node) => node.id >= tape.inputs && depends(node) && mistake.applies(node, tape) && touches(mistake, node),
    );
    for (const node of places) {
      const step: Step = stepOf(tape, node, tangents);
      yield {
        rank: mistake.rank,
        values: withMistake(tapes, variable, mistake, new Set([node.id])),
        cause: { kind: mistake.kind, sentence: mistake.say(node, step, tape), node: blame(node) },
      };
    }
    if (places.length > 1) {
      const [first] = places;
      const sentence = mistake.say(first, stepOf(tape, first, tangents), tape);
      yield {
        rank: mistake.rank + 2,
        values: withMistake(tapes, variable, mistake, new Set(places.map(({ id }) => id))),
        cause: { kind: mistake.kind, sentence: `${sentence}; and so at ${places.length - 1} more`, node: blame(first) },
      };
    }
  }
}
