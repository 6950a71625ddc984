import { type Component, defineAsyncComponent, defineComponent, h, onMounted, ref } from 'vue';

/**
 * A figure that is loaded once its page has come to life, with its room kept free until then. It is not part of the
 * built page: the state in the address may differ from the one the page was built with.
 */
export function later(load: () => Promise<{ default: Component }>, height: number): Component {
  return waiting(load, () =>
    h('div', { class: 'figure waiting', 'aria-busy': 'true', style: { minHeight: `${height}px` } }),
  );
}

/** The same for a number in a line of text. */
export const inText = (load: () => Promise<{ default: Component }>): Component =>
  waiting(load, () => h('output', { class: 'live', 'aria-busy': 'true' }, '…'));

function waiting(load: () => Promise<{ default: Component }>, room: () => ReturnType<typeof h>): Component {
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
