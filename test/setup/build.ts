import { fileURLToPath } from 'node:url';
import { buildPackages, startPages } from '../../scripts/lab.mjs';

const result = fileURLToPath(new URL('../../out/lab-build.txt', import.meta.url));

/**
 * Builds packages and Lab for `npm test`: the tests of the commands and of the pages run what was built. The pages are built
 * while tests run that need none; those that do wait for the result (`site/scripts/serve.mjs`).
 */
export default async function setup(): Promise<(() => Promise<void>) | undefined> {
  if (process.env.npm_lifecycle_event !== 'test') return undefined;
  await buildPackages();
  const pages = startPages(result);
  // whoever waits is told; until then it is nobody's failure
  pages.catch(() => {});
  process.env.LAB_BUILD = result;
  return () => pages;
}
