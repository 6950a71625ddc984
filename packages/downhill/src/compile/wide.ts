interface Node {
  readonly config?: { readonly variables?: Readonly<Record<string, unknown>> };
  getBuiltinModule?(name: string): unknown;
}

/** Does this engine have V8's revectorizer, and a way to turn it on? Node says how it was built. */
export const hasWideSimd = (node = (globalThis as { process?: Node }).process): boolean =>
  node?.config?.variables?.v8_enable_wasm_simd256_revec === 1 && node.getBuiltinModule !== undefined;

let on = false;

/**
 * Turns the revectorizer on or off for modules compiled from now on, where it exists: pairs of operations on 128 bits
 * become one on 256.
 * @returns whether it is on.
 */
export function setWideSimd(wanted: boolean): boolean {
  if (wanted === on || !hasWideSimd()) return on;
  const node = (globalThis as { process?: Node }).process as Required<Node>;
  const v8 = node.getBuiltinModule('node:v8') as { setFlagsFromString(flags: string): void };
  v8.setFlagsFromString(wanted ? '--experimental-wasm-revectorize' : '--no-experimental-wasm-revectorize');
  on = wanted;
  return on;
}
