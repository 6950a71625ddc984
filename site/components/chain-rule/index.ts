/** The figures of the lesson, by the names its text uses; each is loaded with the lesson alone. */
import { later } from '../kit/later.ts';

export const chainRuleFigures = {
  ChainFigure: later(() => import('./ChainFigure.vue'), 700),
  GraphFigure: later(() => import('./GraphFigure.vue'), 700),
  NeuronFigure: later(() => import('./NeuronFigure.vue'), 760),
  PathsFigure: later(() => import('./PathsFigure.vue'), 640),
  ManualFigure: later(() => import('./ManualFigure.vue'), 700),
  BrokenFigure: later(() => import('./BrokenFigure.vue'), 420),
  GraphCode: later(() => import('./GraphCode.vue'), 520),
};
