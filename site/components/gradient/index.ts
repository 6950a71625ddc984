/** The figures of the lesson, by the names its text uses; each is loaded with the lesson alone. */
import { inText, later } from '../kit/later.ts';

export const gradientFigures = {
  SurfaceFigure: later(() => import('./SurfaceFigure.vue'), 'surface', [1379, 771, 886]),
  SliceFigure: later(() => import('./SliceFigure.vue'), 'slices', [1106, 512, 546]),
  DialFigure: later(() => import('./DialFigure.vue'), 'dial', [1155, 681, 753]),
  NudgeTable: later(() => import('./NudgeTable.vue'), 'nudges', [376, 376, 376]),
  SensitivityFigure: later(() => import('./SensitivityFigure.vue'), 'sensitivity', [1182, 656, 615]),
  LossFigure: later(() => import('./LossFigure.vue'), 'loss', [790, 771, 583]),
  BowlFigure: later(() => import('./BowlFigure.vue'), 'bowl', [1196, 643, 733]),
  LimitsFigure: later(() => import('./LimitsFigure.vue'), 'limits', [771, 604, 580]),
  GradientCode: later(() => import('./GradientCode.vue'), 'code', [689, 636, 636]),
  GradientNumber: inText(() => import('./GradientNumber.vue')),
};
