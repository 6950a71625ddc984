/** The state that all figures of a lesson share, kept in the address of its page. */
import { onMounted, reactive, watch } from 'vue';
import { type Fields, initialState, readState, writeState } from '../../models/link.ts';

export interface SharedState<S extends object> {
  readonly state: S;
  /** To be called in the set-up of each figure: the first one to come to life reads the address. */
  readonly useState: () => S;
  /** Some fields, or all of them, back to their initial values. */
  readonly reset: (...keys: (keyof S)[]) => void;
}

export function sharedState<S extends object>(fields: Fields<S>): SharedState<S> {
  const state = reactive(initialState(fields)) as S;
  /** The page whose address was read; another page's address is left alone. */
  let page: string | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  /** Other parameters of the address are left as they are. */
  function save(): void {
    if (location.pathname !== page) return;
    const parameters = new URLSearchParams(location.search);
    for (const key of Object.keys(fields)) parameters.delete(key);
    const query = [writeState(fields, { ...state }), parameters.toString()].filter(Boolean).join('&');
    history.replaceState(history.state, '', `${location.pathname}${query === '' ? '' : `?${query}`}${location.hash}`);
  }
  watch(state, () => {
    if (page === undefined) return;
    clearTimeout(timer);
    timer = setTimeout(save, 200);
  });
  return {
    state,
    useState: () => {
      onMounted(() => {
        if (page !== undefined) return;
        Object.assign(state, readState(fields, location.search).state);
        page = location.pathname;
      });
      return state;
    },
    reset: (...keys) => {
      const initial = initialState(fields);
      const chosen = keys.length === 0 ? (Object.keys(fields) as (keyof S)[]) : keys;
      for (const key of chosen) state[key] = initial[key];
    },
  };
}
