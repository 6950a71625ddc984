import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Builds the packages before `npm test`: the tests of the commands run what was built. */
export default function setup(): void {
  if (process.env.npm_lifecycle_event !== 'test') return;
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const compiler = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url));
  const { status } = spawnSync(process.execPath, [compiler, '--build'], { cwd: root, stdio: 'inherit' });
  if (status !== 0) throw new Error('the packages do not build; the messages above say where');
}
