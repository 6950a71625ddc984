/** What the first figure and the text beside it share: the two walkers in the ravine. */
import { computed } from 'vue';
import { ballFactors, ballFields, ballRuns, describeBall, RAVINE_X, RAVINE_Y, ravine } from '../../models/adam.ts';
import { gridOf } from '../../models/surface.ts';
import { sharedState } from '../kit/shared-state.ts';

const shared = sharedState(ballFields);
const { state } = shared;
const runs = computed(() => ballRuns(state));
const factors = computed(() => ballFactors(state.rate, state.beta));
const summary = computed(() => describeBall(runs.value, state));
let grid: ReturnType<typeof gridOf> | undefined;

export function useBall() {
  shared.useState();
  grid ??= gridOf(ravine, RAVINE_X, RAVINE_Y, 81, 61);
  return { state, reset: shared.reset, runs, factors, summary, grid };
}
