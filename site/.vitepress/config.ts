import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitepress';
import { aliases } from '../aliases.ts';
import { checkLessons } from './guarded.ts';
import { glossaryPage, lessonPages } from './lessons.ts';
import { colouredOnce, inlineComponents, printedText } from './markdown.ts';
import { mathematics } from './mathematics.ts';
import { writeServiceWorker } from './offline.ts';
import { PLACEHOLDER, relocate } from './relocate.ts';

const production = process.argv.includes('build');
if (production) checkLessons();

export default defineConfig({
  title: 'Downhill Lab',
  description: 'Live lessons on the calculus that makes models learn.',
  lang: 'en',
  // The build is written for a placeholder and then made independent of the folder it is served from.
  base: production ? PLACEHOLDER : '/',
  srcExclude: ['README.md', 'test/**'],
  appearance: true,
  head: [
    ['meta', { name: 'theme-color', media: '(prefers-color-scheme: light)', content: '#fbfaf6' }],
    ['meta', { name: 'theme-color', media: '(prefers-color-scheme: dark)', content: '#16181d' }],
    [
      'link',
      {
        rel: 'icon',
        href: "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'><path d='M3 6c6 20 14 22 26 14' fill='none' stroke='%23b4500a' stroke-width='4' stroke-linecap='round'/><circle cx='9' cy='13' r='5' fill='%231f6feb'/></svg>",
      },
    ],
  ],
  markdown: {
    config: (md) => {
      colouredOnce(md);
      mathematics(md);
      inlineComponents(md);
      printedText(md);
      lessonPages(md);
      glossaryPage(md);
    },
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
  },
  // The prefetching of VitePress cannot read links inside pictures, and the map is one.
  router: { prefetchLinks: false },
  // Figures that come later must not be in the way of the first one.
  shouldPreload: (link) => !/\/chunks\/\w*(Figure|Table|Cell|Code|Card|Check|Listing|3D|View)\./.test(link),
  themeConfig: { search: { provider: 'local' } },
  buildEnd: async ({ outDir }) => {
    await relocate(outDir);
    await writeServiceWorker(outDir);
  },
  vite: {
    plugins: [
      {
        name: 'downhill:server',
        // The server's build is run once and thrown away: what it could leave out is not worth looking for.
        config: (_, { isSsrBuild }) =>
          isSsrBuild === true ? { build: { rollupOptions: { treeshake: false } } } : undefined,
      },
    ],
    resolve: { alias: aliases },
    // One file each, as classic scripts: they run where no module of the site can be loaded from.
    worker: {
      format: 'iife',
      // The server's build leaves packages out of this script and wants names for them; that copy is thrown away.
      rollupOptions: { output: { globals: (id: string) => id.replace(/\W/g, '_') } },
    },
    server: { fs: { allow: [fileURLToPath(new URL('../..', import.meta.url))] } },
    build: { chunkSizeWarningLimit: 2500 },
  },
});
