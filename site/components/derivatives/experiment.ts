/** The one experiment of the lesson, shared by its figures and kept in the address. */
import { computed, onMounted, reactive, watch } from 'vue';
import { type Curve, readCurve, spread, viewOf } from '../../models/curve.ts';
import { type Experiment, experimentFields, secantOf, X_RANGE } from '../../models/derivative-lesson.ts';
import { initialState, readState, writeState } from '../../models/link.ts';
import { keepExperiment } from '../evidence.ts';

/** Points at which a curve is drawn; none of them falls on a pole at a round number. */
export const GRID = spread(X_RANGE[0] - 0.0013, X_RANGE[1] + 0.0017, 601);

const state = reactive<Experiment>(initialState(experimentFields));
const curve = computed<Curve>((before) => {
  const read = readCurve(state.f);
  if (read.ok) return read.curve;
  if (before) return before;
  throw new Error(read.message);
});
const secant = computed(() => secantOf(curve.value, state.x, state.h));
const values = computed(() => curve.value.sample(GRID));
const slopes = computed(() => curve.value.slopes(GRID));
const view = computed(() => viewOf(values.value));
const slopeView = computed(() => viewOf(slopes.value));

keepExperiment('derivatives', () => ({
  function: state.f,
  calculation: { kind: 'derivative-plot', x: state.x, h: state.h },
}));

let loaded = false;
let timer: ReturnType<typeof setTimeout> | undefined;

/** Other parameters of the address are left as they are. */
function save(): void {
  const parameters = new URLSearchParams(location.search);
  for (const key of Object.keys(experimentFields)) parameters.delete(key);
  const query = [writeState(experimentFields, { ...state }), parameters.toString()].filter(Boolean).join('&');
  history.replaceState(history.state, '', `${location.pathname}${query === '' ? '' : `?${query}`}${location.hash}`);
}
watch(state, () => {
  if (!loaded) return;
  clearTimeout(timer);
  timer = setTimeout(save, 200);
});

export function useExperiment() {
  onMounted(() => {
    if (loaded) return;
    Object.assign(state, readState(experimentFields, location.search).state);
    loaded = true;
  });
  return { state, curve, secant, values, slopes, view, slopeView };
}

export const resetExperiment = (): void => void Object.assign(state, initialState(experimentFields));
