/** What *Momentum, Adam and schedules* asks. */
import {
  adamFirstStepKind,
  adamMistakeKind,
  divergingMomentumKind,
  momentumStepKind,
  orderAdamKind,
  predictAdamKind,
  scheduleKind,
} from './generators/rules.ts';
import type { LessonQuestions } from './types.ts';

export default {
  lesson: 'adam',
  kinds: [
    momentumStepKind(),
    divergingMomentumKind(),
    adamFirstStepKind(),
    predictAdamKind(),
    orderAdamKind(),
    adamMistakeKind(),
    scheduleKind(),
  ],
} satisfies LessonQuestions;
