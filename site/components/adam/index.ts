/** The figures of the lesson, by the names its text uses; each is loaded with the lesson alone. */
import { later } from '../kit/later.ts';

export const adamFigures = {
  AdamBall: later(() => import('./BallFigure.vue'), 1010),
  AdamBorder: later(() => import('./BorderFigure.vue'), 760),
  AdamInside: later(() => import('./InsideFigure.vue'), 880),
  AdamDirections: later(() => import('./DirectionFigure.vue'), 1080),
  AdamTurn: later(() => import('./TurnFigure.vue'), 720),
  AdamRace: later(() => import('./RaceFigure.vue'), 1500),
  AdamSchedule: later(() => import('./ScheduleFigure.vue'), 920),
};
