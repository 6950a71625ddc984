import { type WasmMemory, webAssembly } from '../wasm/engine.ts';

/**
 * Shared memories there may be at a time. An engine reserves some ten GiB of addresses for each, however small it is, and
 * a browser has room for a hundred in all; and other threads let go of one only when they collect their garbage, which
 * they never do. So memories are used again instead of being made anew.
 */
const most = 16;

/** Memories grow by use up to their maximum; smaller ones are all made as large as this, in pages. */
const least = 1024;

interface Entry {
  readonly memory: WasmMemory;
  readonly maximum: number;
}

const free: Entry[] = [];
const maxima = new WeakMap<WasmMemory, number>();
let made = 0;

/** A shared memory of zeros with at least so many pages, or `undefined` when there are enough of them already. */
export function takeMemory(pages: number): WasmMemory | undefined {
  const at = free.findIndex((entry) => entry.maximum >= pages);
  if (at >= 0) {
    const { memory } = free[at] as Entry;
    const missing = pages - memory.buffer.byteLength / 65536;
    try {
      if (missing > 0) memory.grow(missing);
    } catch {
      // refused by the system: the Program runs on one thread, in a memory of its own if there is one to be had
      return undefined;
    }
    free.splice(at, 1);
    new Uint8Array(memory.buffer).fill(0);
    return memory;
  }
  if (made >= most) return undefined;
  const maximum = 2 ** Math.ceil(Math.log2(Math.max(pages, least)));
  try {
    const memory = new (webAssembly().Memory)({ initial: pages, maximum, shared: true });
    maxima.set(memory, maximum);
    made++;
    return memory;
  } catch {
    // no room for it: the Program runs on one thread, in a memory of its own
    return undefined;
  }
}

/** Gives a memory back that nobody looks at any more. */
export function giveMemory(memory: WasmMemory): void {
  free.push({ memory, maximum: maxima.get(memory) as number });
}
