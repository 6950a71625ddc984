/** What the figures of the lesson share: the function, the start and the rate, kept in the address. */
import { computed } from 'vue';
import { type Curve, readCurve, spread, viewOf } from '../../models/curve.ts';
import { descentFields, describeRun, runOf, valleyOf, X_RANGE, zoneOf } from '../../models/descent.ts';
import { keepExperiment } from '../evidence.ts';
import { sharedState } from '../kit/shared-state.ts';

/** Points at which a curve is drawn; none of them falls on a pole at a round number. */
export const GRID = spread(X_RANGE[0] - 0.0013, X_RANGE[1] + 0.0017, 401);

const shared = sharedState(descentFields);
const { state } = shared;
const curve = computed<Curve>((before) => {
  const read = readCurve(state.f);
  if (read.ok) return read.curve;
  if (before) return before;
  throw new Error(read.message);
});
const valley = computed(() => valleyOf(curve.value, state.x));
const zone = computed(() => zoneOf(valley.value, state.rate));
const run = computed(() => runOf(curve.value, state.x, state.rate, state.steps));
const values = computed(() => curve.value.sample(GRID));
const view = computed(() => viewOf(values.value));
const summary = computed(() => describeRun(run.value, zone.value));

keepExperiment('descent', () => ({
  function: state.f,
  calculation: {
    kind: 'loss-curve',
    start: { x: state.x },
    method: 'gd',
    learningRate: state.rate,
    steps: Math.max(1, state.steps),
  },
}));

export function useDescent() {
  shared.useState();
  return { state, reset: shared.reset, curve, valley, zone, run, values, view, summary };
}
