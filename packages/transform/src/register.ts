/** Run a script directly: `node --import downhill-transform/register script.ts`. */
import module from 'node:module';
import { loadSync } from './hooks.ts';
import './lift.ts';

// Newer versions of Node run hooks in the thread of the program; older ones in a thread of their own.
const { registerHooks } = module as { registerHooks?: (hooks: { load: typeof loadSync }) => void };
if (registerHooks) registerHooks({ load: loadSync });
else module.register('./hooks.js', import.meta.url);

process.setSourceMapsEnabled(true);
