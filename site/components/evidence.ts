/** The last experiment of each lesson, as its evidence card takes it. */
import type { Experiment } from 'downhill/evidence';
import { shallowReactive } from 'vue';
import { CARDS } from '../models/evidence/specs.ts';

const sources = shallowReactive(new Map<string, () => Experiment | undefined>());

/**
 * A lesson says once what its card shows: a function that reads the lesson's reactive state. `undefined` while there is
 * nothing to show.
 */
export const keepExperiment = (lesson: string, source: () => Experiment | undefined): void =>
  void sources.set(lesson, source);

/** What the card of a lesson is made from: its experiment, or the one it begins with. */
export const experimentOf = (lesson: string): Experiment | undefined =>
  sources.get(lesson)?.() ?? CARDS[lesson]?.initial;
