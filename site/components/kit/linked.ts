/** The state of a lesson's figures: shared by them while the page lives, and kept in its address. */
import { onMounted, reactive, watch } from 'vue';
import { type Fields, initialState, readState, writeState } from '../../models/link.ts';

export interface Linked<S extends object> {
  readonly state: S;
  /** Reads the address once the page has come to life; each figure calls it in its setup. */
  readonly use: () => void;
  /** Some fields, or all of them, back to their initial values. */
  readonly reset: (...keys: (keyof S)[]) => void;
}

/** Other parameters of the address are left as they are. */
export function linked<S extends object>(fields: Fields<S>): Linked<S> {
  const state = reactive(initialState(fields)) as S;
  let loaded = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const save = (): void => {
    const parameters = new URLSearchParams(location.search);
    for (const key of Object.keys(fields)) parameters.delete(key);
    const query = [writeState(fields, { ...state }), parameters.toString()].filter(Boolean).join('&');
    history.replaceState(history.state, '', `${location.pathname}${query === '' ? '' : `?${query}`}${location.hash}`);
  };
  watch(state, () => {
    if (!loaded) return;
    clearTimeout(timer);
    timer = setTimeout(save, 200);
  });
  return {
    state,
    use: () =>
      onMounted(() => {
        if (loaded) return;
        Object.assign(state, readState(fields, location.search).state);
        loaded = true;
      }),
    reset: (...keys) => {
      const initial = initialState(fields);
      for (const key of keys.length > 0 ? keys : (Object.keys(fields) as (keyof S)[])) state[key] = initial[key];
    },
  };
}
