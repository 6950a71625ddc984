/** The figures of the lesson, by the names its text uses; each is loaded with the lesson alone. */
import { inText, later } from '../kit/later.ts';

export const gradientFigures = {
  SurfaceFigure: later(() => import('./SurfaceFigure.vue'), 840),
  SliceFigure: later(() => import('./SliceFigure.vue'), 560),
  DialFigure: later(() => import('./DialFigure.vue'), 720),
  NudgeTable: later(() => import('./NudgeTable.vue'), 370),
  SensitivityFigure: later(() => import('./SensitivityFigure.vue'), 660),
  LossFigure: later(() => import('./LossFigure.vue'), 540),
  BowlFigure: later(() => import('./BowlFigure.vue'), 740),
  LimitsFigure: later(() => import('./LimitsFigure.vue'), 560),
  GradientCode: later(() => import('./GradientCode.vue'), 640),
  GradientNumber: inText(() => import('./GradientNumber.vue')),
};
