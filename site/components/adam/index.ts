/** The figures of the lesson, by the names its text uses; each is loaded with the lesson alone. */
import { later } from '../kit/later.ts';

export const adamFigures = {
  AdamBall: later(() => import('./BallFigure.vue'), 'ball', [1355, 1105, 1057]),
  AdamBorder: later(() => import('./BorderFigure.vue'), 'border', [1126, 707, 678]),
  AdamInside: later(() => import('./InsideFigure.vue'), 'inside', [1698, 1077, 907], 'evidence'),
  AdamDirections: later(() => import('./DirectionFigure.vue'), 'directions', [1876, 1269, 1308]),
  AdamTurn: later(() => import('./TurnFigure.vue'), 'turn', [1097, 649, 735]),
  AdamRace: later(() => import('./RaceFigure.vue'), 'race', [2010, 1476, 1568]),
  AdamSchedule: later(() => import('./ScheduleFigure.vue'), 'schedule', [1343, 789, 857]),
};
