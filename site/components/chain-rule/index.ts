/** The figures of the lesson, by the names its text uses; each is loaded with the lesson alone. */
import { later } from '../kit/later.ts';

export const chainRuleFigures = {
  ChainFigure: later(() => import('./ChainFigure.vue'), 'chain', [1026, 702, 678]),
  GraphFigure: later(() => import('./GraphFigure.vue'), 'graph', [1279, 679, 653]),
  NeuronFigure: later(() => import('./NeuronFigure.vue'), 'neuron', [1047, 782, 642]),
  PathsFigure: later(() => import('./PathsFigure.vue'), 'paths', [1031, 807, 623]),
  ManualFigure: later(() => import('./ManualFigure.vue'), 'manual', [818, 661, 608], 'evidence'),
  BrokenFigure: later(() => import('./BrokenFigure.vue'), 'broken', [517, 415, 391]),
  GraphCode: later(() => import('./GraphCode.vue'), 'code', [592, 539, 539]),
};
