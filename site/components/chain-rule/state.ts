/** What the figures of the lesson share: a chain, a graph, a neuron, a gradient by hand. */
import { computed, shallowRef, watch } from 'vue';
import {
  chainFields,
  chainOf,
  graphFields,
  graphOf,
  type Link,
  pointOf,
  readSource,
  type Source,
  sweepAt,
} from '../../models/chain-rule.ts';
import { sharedState } from '../kit/shared-state.ts';

/** The last text that could be read, as a graph's source. */
function sourceOf(text: () => string) {
  const source = shallowRef<Source>();
  watch(
    text,
    (t) => {
      const read = readSource(t);
      if (read.ok) source.value = read.source;
    },
    { immediate: true, flush: 'sync' },
  );
  return computed(() => source.value as Source);
}

const chain = sharedState(chainFields);
const chainSource = sourceOf(() => chain.state.g);
const links = computed<readonly Link[]>(() => chainOf(chainSource.value, chain.state.u, chain.state.h) ?? []);

export function useChain() {
  chain.useState();
  return { state: chain.state, source: chainSource, links };
}
export const resetChain = chain.reset;

const graphState = sharedState(graphFields);
const graphSource = sourceOf(() => graphState.state.f);
const point = computed(() => pointOf(graphSource.value, graphState.state.at));
const graph = computed(() => graphOf(graphSource.value, point.value));
const sweep = computed(() => sweepAt(graph.value, graphState.state.step));

export function useGraph() {
  graphState.useState();
  const set = (name: string, value: number): void => {
    graphState.state.at = { ...point.value, [name]: value };
  };
  return { state: graphState.state, source: graphSource, point, graph, sweep, set };
}
export const resetGraph = graphState.reset;
