/** The experiment of the lesson, shared by its figures. */
import { computed } from 'vue';
import { angleToLevel, directional, experimentFields, localAt, onGrid, RANGE } from '../../models/gradient.ts';
import { gridOf, heightView, readSurface, type Surface } from '../../models/surface.ts';
import { keepExperiment } from '../evidence.ts';
import { sharedState } from '../kit/shared-state.ts';

const experiment = sharedState(experimentFields);
const { state } = experiment;
const surface = computed<Surface>((before) => {
  const read = readSurface(state.f);
  if (read.ok) return read.surface;
  if (before) return before;
  throw new Error(read.message);
});
const grid = computed(() => gridOf(surface.value, RANGE, RANGE));
const view = computed(() => heightView(grid.value));
const local = computed(() => localAt(surface.value, state.x, state.y));
const dial = computed(() => directional(surface.value, local.value, state.angle));
const between = computed(() => angleToLevel(surface.value, local.value));

const moveTo = (x: number, y: number, fine = false): void => {
  state.x = onGrid(x, fine);
  state.y = onGrid(y, fine);
};

keepExperiment('gradient', () => ({
  function: state.f,
  calculation: { kind: 'gradient-vector', point: { x: state.x, y: state.y } },
}));

export function useExperiment() {
  experiment.useState();
  return { state, surface, grid, view, local, dial, between, moveTo };
}
export const resetExperiment = experiment.reset;

/** Pixels of an arrow that stands for a gradient: longer where it is steeper, and never out of the picture. */
export const arrowLength = (steepest: number): number => 30 + 42 * Math.log10(1 + steepest);
