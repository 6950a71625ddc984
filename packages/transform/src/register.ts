/** Run a script directly: `node --import downhill-transform/register script.ts`. */
import module from 'node:module';
import { pathToFileURL } from 'node:url';
import { loadSync } from './hooks.ts';
import { compile, concerns } from './load.ts';
import './lift.ts';

interface CommonModule {
  _compile(code: string, ...rest: unknown[]): unknown;
}

type Extension = (target: CommonModule, file: string) => void;

/** Older versions of Node load CommonJS by extension, past the hooks. */
function extendCommonJs(extensions: Record<string, Extension>): void {
  const load = extensions['.js'] as Extension;
  for (const extension of ['.js', '.cjs', '.cts']) {
    extensions[extension] = (target, file) => {
      const url = pathToFileURL(file).href;
      if (concerns(url)) {
        const run = target._compile;
        target._compile = (code, ...rest) => run.call(target, compile(code, url, 'commonjs'), ...rest);
      }
      load(target, file);
    };
  }
}

// Newer versions of Node run hooks in the thread of the program, for require as well; older ones in a thread of their own.
const { registerHooks, _extensions } = module as unknown as {
  readonly registerHooks?: (hooks: { load: typeof loadSync }) => void;
  readonly _extensions: Record<string, Extension>;
};
if (registerHooks) registerHooks({ load: loadSync });
else {
  module.register('./hooks.js', import.meta.url);
  extendCommonJs(_extensions);
}

process.setSourceMapsEnabled(true);
