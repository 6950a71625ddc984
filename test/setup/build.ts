import { buildLab } from '../../scripts/lab.mjs';

/** Builds packages and Lab before `npm test`: the tests of the commands and of the pages run what was built. */
export default async function setup(): Promise<void> {
  if (process.env.npm_lifecycle_event === 'test') await buildLab();
}
