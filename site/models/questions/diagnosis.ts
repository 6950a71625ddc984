/** What went wrong in an answer, by the gradient doctor of the engine, as a sentence for the learner. */
import type { Cause } from 'downhill/calculus';
import { type ClaimedDerivative, causeOf } from 'downhill/judge';
import { tidy } from './solution.ts';
import { sentence } from './writing.ts';

export const sentenceOf = (cause: Cause): string =>
  cause.kind === 'sign' && cause.node === undefined ? 'Right size, wrong sign.' : sentence(tidy(cause.sentence));

/** `undefined` when the claim is right or no common mistake gives it. */
export function diagnosis(patient: ClaimedDerivative, claim: number | string): string | undefined {
  const cause = causeOf(patient, claim);
  return cause && sentenceOf(cause);
}
