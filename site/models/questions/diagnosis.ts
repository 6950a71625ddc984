/** What went wrong in an answer, by the gradient doctor of the engine. */
import { DownhillError } from 'downhill';
import { type Cause, diagnose } from 'downhill/calculus';
import { formula } from 'downhill/formula';
import { tidy } from './solution.ts';
import type { Patient } from './types.ts';
import { sentence } from './writing.ts';

/** The likeliest mistake behind a claimed derivative; `undefined` when it is right or no common mistake gives it. */
export function causeOf(patient: Patient, claim: number | string): Cause | undefined {
  const names = Object.keys(patient.at);
  const f = formula(patient.f, { variables: names });
  const others = names.map((name) => f.derivative(name));
  const claims = names.map((name, i) => {
    if (name !== patient.by) return others[i] as (typeof others)[number];
    return typeof claim === 'number' ? claim : formula(claim, { variables: names });
  });
  try {
    const found = diagnose(
      f,
      claims,
      names.map((name) => patient.at[name] as number),
    );
    const cause = found.components[names.indexOf(patient.by)]?.likelyCause;
    return !cause || cause.kind === 'unknown' ? undefined : cause;
  } catch (error) {
    // A claim without a value at the point cannot be compared.
    if (error instanceof DownhillError) return undefined;
    throw error;
  }
}

/** The same as a sentence for the learner. */
export function diagnosis(patient: Patient, claim: number | string): string | undefined {
  const cause = causeOf(patient, claim);
  if (cause === undefined) return undefined;
  return cause.kind === 'sign' && cause.node === undefined ? 'Right size, wrong sign.' : sentence(tidy(cause.sentence));
}
