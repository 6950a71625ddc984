/** What the lesson *Derivatives* asks: every kind of answer once. */
import { findMistakeKind, orderChainKind, productDerivation } from './generators/chains.ts';
import { derivativeKind, misconceptionKind, predictSlopeKind, slopeKind, zeroSlopeKind } from './generators/slopes.ts';
import type { LessonQuestions } from './types.ts';

export default {
  lesson: 'derivatives',
  kinds: [
    slopeKind(),
    zeroSlopeKind(),
    derivativeKind(),
    misconceptionKind(),
    predictSlopeKind(),
    findMistakeKind({ derivations: productDerivation }),
    orderChainKind(),
  ],
} satisfies LessonQuestions;
