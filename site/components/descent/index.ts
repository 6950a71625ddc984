/** The figures of the lesson, by the names its text uses; each is loaded with the lesson alone. */
import { inText, later } from '../kit/later.ts';

export const descentFigures = {
  DescentFigure: later(() => import('./DescentFigure.vue'), 'descent', [1185, 1063, 801]),
  DescentRates: later(() => import('./RatesFigure.vue'), 'rates', [1401, 1235, 1345]),
  DescentLine: later(() => import('./LineFigure.vue'), 'fit', [1476, 1438, 896]),
  DescentLoop: later(() => import('./LoopFigure.vue'), 'loop', [542, 476, 476]),
  DescentCode: later(() => import('./CodeCell.vue'), 'code', [567, 515, 515]),
  DescentWrong: later(() => import('./WrongFigure.vue'), 'wrong', [1455, 1122, 1077]),
  DescentLimits: later(() => import('./LimitsTable.vue'), 'limits', [844, 549, 524]),
  DescentNumber: inText(() => import('./DescentNumber.vue')),
};
