import {
  type Component,
  defineAsyncComponent,
  defineComponent,
  h,
  nextTick,
  onBeforeUnmount,
  onMounted,
  ref,
  shallowRef,
  type VNode,
} from 'vue';
import { call, leave, whenIdle, whenNear } from './near.ts';

/** Heights of a figure as it begins, in pixels: in a window 390, 768 and 1280 pixels wide. */
export type Heights = readonly [narrow: number, middle: number, wide: number];

/**
 * A figure that is made once its page has come to life and the reader is near, with its room kept free until then. It is not
 * part of the built page: the state in the address may differ from the one the page was built with. The room carries the
 * figure's own `id`, so that links lead there before it has come. It comes at the latest with the figure that it
 * `feeds`.
 */
export function later(
  load: () => Promise<{ default: Component }>,
  id: string,
  [narrow, middle, wide]: Heights,
  feeds?: string,
): Component {
  const style = { '--narrow': `${narrow}px`, '--middle': `${middle}px`, '--wide': `${wide}px` };
  /** Shared by all pages: a figure whose script is here is made at once, which print needs. */
  const figure = shallowRef<Component>();
  let loading: Promise<void> | undefined;
  const fetch = (): Promise<void> => {
    loading ??= load().then(
      (module) => {
        figure.value = module.default;
      },
      (error: unknown) => {
        loading = undefined;
        throw error;
      },
    );
    return loading;
  };
  return defineComponent({
    setup() {
      const stage = ref<'new' | 'far' | 'near'>('new');
      const place = shallowRef<HTMLElement>();
      let room: HTMLElement;
      onMounted(() => {
        room = place.value as HTMLElement;
        whenNear(room, {
          id,
          with: feeds,
          come: () => {
            stage.value = 'near';
            void fetch();
          },
          wait: () => {
            stage.value = 'far';
            // the script may come beforehand; where it cannot, it is asked for again when the reader is near
            whenIdle(() => void fetch().catch(() => undefined));
          },
        });
      });
      onBeforeUnmount(() => leave(room));
      /** Who gets here by keyboard, or by a list of the page's buttons, goes on in the figure itself. */
      const enter = async (): Promise<void> => {
        call(room);
        await fetch();
        await nextTick();
        const made = document.getElementById(id);
        made?.setAttribute('tabindex', '-1');
        made?.focus();
      };
      return (): VNode => {
        if (stage.value === 'near' && figure.value !== undefined) return h(figure.value);
        const isFar = stage.value === 'far';
        return h(
          'div',
          {
            ref: place,
            id,
            class: 'figure waiting',
            'aria-busy': isFar ? undefined : 'true',
            'data-loaded': figure.value === undefined ? undefined : '',
            style,
          },
          isFar
            ? h('button', { type: 'button', class: 'button', onFocus: enter, onClick: enter }, 'Show this figure')
            : [],
        );
      };
    },
  });
}

/** A number in a line of text, loaded once its page has come to life. */
export function inText(load: () => Promise<{ default: Component }>): Component {
  const room = (): VNode => h('output', { class: 'live', 'aria-busy': 'true' }, '…');
  const figure = defineAsyncComponent({ loader: load, loadingComponent: { render: room }, delay: 0 });
  return defineComponent({
    setup() {
      const isAlive = ref(false);
      onMounted(() => {
        isAlive.value = true;
      });
      return () => (isAlive.value ? h(figure) : room());
    },
  });
}
