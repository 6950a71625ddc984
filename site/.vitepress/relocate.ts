/** Makes a finished build independent of the folder it is served from. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

/** The base the build is written for; no real path contains it. */
export const PLACEHOLDER = '/-lab-base-/';

/**
 * A page's links become relative; the scripts take the base from the page that loads them, as the folder in which its
 * relative root lies; style sheets, which all lie in `assets/`, refer to their neighbours.
 */
export async function relocate(folder: string): Promise<void> {
  const names = await readdir(folder, { recursive: true });
  await Promise.all(
    names.map(async (name) => {
      const path = join(folder, name);
      const kind = name.split('.').at(-1) ?? '';
      if (!['html', 'js', 'css'].includes(kind)) return;
      const text = await readFile(path, 'utf8');
      const up = relative(join(path, '..'), folder).replaceAll('\\', '/');
      const root = up === '' ? './' : `${up}/`;
      const moved =
        kind === 'html'
          ? movePage(text, root)
          : kind === 'css'
            ? moveSheet(text)
            : isIndex(name)
              ? moveIndex(text)
              : moveScript(text);
      if (moved.includes(PLACEHOLDER)) throw new Error(`${name} still contains the placeholder of the base`);
      if (moved !== text) await writeFile(path, moved);
    }),
  );
}

/** In a style sheet of `assets/`, a file of `assets/` is a neighbour. */
const moveSheet = (text: string): string =>
  text.replaceAll(`${PLACEHOLDER}assets/`, './').replaceAll(PLACEHOLDER, '../');

/** Strings that begin with the base become an expression in parentheses, templates get it as their first part. */
export const moveScript = (text: string): string =>
  text
    .replace(new RegExp(`(["'])${PLACEHOLDER}([^"'\\\\\\n]*)\\1`, 'g'), '(globalThis.__LAB_BASE__+$1$2$1)')
    .replaceAll(`\`${PLACEHOLDER}`, '`${globalThis.__LAB_BASE__}');

/** The search index is data in a string: its addresses are written from the root of the site. */
const isIndex = (name: string): boolean => name.includes('@localSearchIndex');
const moveIndex = (text: string): string => text.replaceAll(PLACEHOLDER, '/');

function movePage(text: string, root: string): string {
  const base = `<script>globalThis.__LAB_BASE__=new URL(${JSON.stringify(root)},location.href).pathname</script>`;
  return text
    .replace(/(<script>window\.__VP_HASH_MAP__.*?)(<\/script>)/s, '$1__VP_SITE_DATA__.base=globalThis.__LAB_BASE__;$2')
    .replace('<head>', `<head>${base}`)
    .replaceAll(PLACEHOLDER, root);
}
