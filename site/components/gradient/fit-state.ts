/** The line that is fitted in two of the figures, and is loaded with them. */
import { computed } from 'vue';
import { bowlOf, fitAt, fitFields } from '../../models/gradient-fit.ts';
import { sharedState } from '../kit/shared-state.ts';

const fitting = sharedState(fitFields);
const fit = computed(() => fitAt(fitting.state));
const bowl = computed(() => bowlOf(fitting.state.targets));

export function useFit() {
  fitting.useState();
  return { state: fitting.state, fit, bowl };
}
export const resetFit = fitting.reset;
