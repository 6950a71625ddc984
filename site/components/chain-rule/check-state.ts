/** The neuron and the gradient by hand: loaded with their figures alone. */
import { computed, shallowRef, watch } from 'vue';
import { pointOf, readSource, type Source } from '../../models/chain-rule.ts';
import { checkFields, checkManual } from '../../models/chain-rule-check.ts';
import { neuronAt, neuronFields } from '../../models/chain-rule-neuron.ts';
import { keepExperiment } from '../evidence.ts';
import { sharedState } from '../kit/shared-state.ts';

const neuron = sharedState(neuronFields);
const values = computed(() => neuronAt(neuron.state));

export function useNeuron() {
  neuron.useState();
  return { state: neuron.state, values };
}
export const resetNeuron = neuron.reset;

const check = sharedState(checkFields);
const source = shallowRef<Source>();
watch(
  () => check.state.m,
  (text) => {
    const read = readSource(text);
    if (read.ok) source.value = read.source;
  },
  { immediate: true, flush: 'sync' },
);
const known = computed(() => source.value as Source);
const point = computed(() => pointOf(known.value, check.state.mat));
const rows = computed(() => checkManual(known.value, check.state.mat, check.state.by));

keepExperiment('chain-rule', () => {
  const manual = Object.fromEntries(
    rows.value.filter((row) => row.byHand !== undefined).map((row) => [row.name, row.claim]),
  );
  return {
    function: check.state.m,
    calculation: { kind: 'comparison', point: { ...point.value }, manual },
  };
});

export function useCheck() {
  check.useState();
  const set = (name: string, value: number): void => {
    check.state.mat = { ...point.value, [name]: value };
  };
  const claim = (name: string, text: string): void => {
    check.state.by = { ...check.state.by, [name]: text };
  };
  return { state: check.state, source: known, point, rows, set, claim };
}
export const resetCheck = check.reset;
