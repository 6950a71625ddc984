interface NodeProcess {
  getBuiltinModule?: (name: string) => unknown;
}

interface Installer {
  installCompiler(): void;
}

interface NodeModule {
  createRequire(from: string): (name: string) => unknown;
}

/**
 * Another entry, when this is the bundle that Node loads and the entry is installed. Anywhere else it would come with a second
 * core.
 */
function load(entry: string): unknown {
  const { process } = globalThis as { process?: NodeProcess };
  const own = import.meta.url;
  if (!process?.getBuiltinModule || !/^file:.*\/node\/chunks\/core\.js$/.test(own)) return undefined;
  const { createRequire } = process.getBuiltinModule('node:module') as NodeModule;
  try {
    return createRequire(own)(entry);
  } catch (thrown) {
    if ((thrown as { code?: unknown }).code !== 'MODULE_NOT_FOUND') throw thrown;
    return undefined;
  }
}

/**
 * In Node the lifting of plain operators needs no import: `downhill-transform/lift` installs itself when it is found beside
 * this package. It is looked for once, when the first function with operators is transformed. Browsers import it themselves.
 */
export const loadLifter = (): unknown => load('downhill-transform/lift');

/** In Node `jit` compiles unasked. Browsers, which would have to download the compiler, install it themselves. */
export const loadCompiler = (): void => (load('downhill/compile') as Installer | undefined)?.installCompiler();
