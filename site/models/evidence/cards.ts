/** The cards in a learner's progress, checked by the engine. */
import { type EvidenceKind, verifyCard } from 'downhill/evidence';
import { type Progress, withLesson } from '../progress.ts';
import { PASS } from './specs.ts';

/** The kinds of evidence that hold, by the lesson they come from. */
export function evidenceIn(progress: Progress): ReadonlyMap<EvidenceKind, string> {
  const found = new Map<EvidenceKind, string>();
  for (const [lesson, { card }] of Object.entries(progress.lessons)) {
    if (card === null) continue;
    const checked = verifyCard(card);
    if (checked.verdict === 'holds' && !found.has(checked.card.calculation.kind)) {
      found.set(checked.card.calculation.kind, lesson);
    }
  }
  return found;
}

/** Whether all four kinds of evidence are there. */
export const isPassed = (found: ReadonlyMap<EvidenceKind, string>): boolean =>
  PASS.every(({ kind }) => found.has(kind));

/** Progress without the cards that the engine does not find again, and the lessons they were for. */
export function trueCards(progress: Progress): { readonly progress: Progress; readonly dropped: readonly string[] } {
  const dropped = Object.entries(progress.lessons)
    .filter(([, { card }]) => card !== null && verifyCard(card).verdict !== 'holds')
    .map(([lesson]) => lesson);
  return { progress: dropped.reduce((p, lesson) => withLesson(p, lesson, { card: null }), progress), dropped };
}
