// The main job: builds the packages and the Lab, and serves it on this machine.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { buildLab } from './lab.mjs';

await buildLab();
const cli = fileURLToPath(new URL('../packages/cli/bin/downhill.js', import.meta.url));
const port = process.env.PORT ? ['--port', process.env.PORT] : [];
const { status } = spawnSync(process.execPath, [cli, 'lab', ...port, ...process.argv.slice(2)], { stdio: 'inherit' });
process.exit(status ?? 0);
