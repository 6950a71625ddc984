/** What *Chain rule and backpropagation* asks. */
import { composite } from './functions.ts';
import { adjointKind, localSlopeKind, neuronKind } from './generators/backward.ts';
import { findMistakeKind, orderChainKind, productDerivation } from './generators/chains.ts';
import { derivativeKind } from './generators/slopes.ts';
import type { LessonQuestions } from './types.ts';

export default {
  lesson: 'chain-rule',
  kinds: [
    localSlopeKind(),
    adjointKind(),
    orderChainKind({ backwards: true }),
    derivativeKind({ name: 'A derivative by the chain rule', functions: composite }),
    neuronKind(),
    findMistakeKind({ derivations: productDerivation }),
  ],
} satisfies LessonQuestions;
