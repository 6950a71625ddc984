#!/usr/bin/env node
import module from 'node:module';

// Node 22.8 and later keep what they compiled for the next start.
module.enableCompileCache?.();
const { run } = await import('../dist/node/main.js');
process.exitCode = await run(process.argv.slice(2));
