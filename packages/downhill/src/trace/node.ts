interface NodeProcess {
  getBuiltinModule?: (name: string) => unknown;
}

interface NodeModule {
  createRequire(from: string): (name: string) => unknown;
}

/**
 * In Node the lifting of plain operators needs no import: `downhill-transform/lift` installs itself when it is found beside
 * this package. It is looked for once, when the first function with operators is transformed, and only by the bundle that Node
 * loads: anywhere else it would meet a second copy of the core. Browsers import it themselves.
 */
export function loadLifter(): void {
  const { process } = globalThis as { process?: NodeProcess };
  const own = import.meta.url;
  if (!process?.getBuiltinModule || !/^file:.*\/node\/chunks\/core\.js$/.test(own)) return;
  const { createRequire } = process.getBuiltinModule('node:module') as NodeModule;
  try {
    createRequire(own)('downhill-transform/lift');
  } catch (thrown) {
    if ((thrown as { code?: unknown }).code !== 'MODULE_NOT_FOUND') throw thrown;
  }
}
