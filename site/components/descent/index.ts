/** The figures of the lesson, by the names its text uses; each is loaded with the lesson alone. */
import { inText, later } from '../kit/later.ts';

export const descentFigures = {
  DescentFigure: later(() => import('./DescentFigure.vue'), 760),
  DescentRates: later(() => import('./RatesFigure.vue'), 1300),
  DescentLine: later(() => import('./LineFigure.vue'), 900),
  DescentLoop: later(() => import('./LoopFigure.vue'), 560),
  DescentCode: later(() => import('./CodeCell.vue'), 560),
  DescentWrong: later(() => import('./WrongFigure.vue'), 1030),
  DescentLimits: later(() => import('./LimitsTable.vue'), 470),
  DescentNumber: inText(() => import('./DescentNumber.vue')),
};
