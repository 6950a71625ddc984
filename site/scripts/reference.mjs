// Writes the API reference of the library, one page an entry, into reference/ (not kept: it follows from the sources).
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Application } from 'typedoc';

const site = fileURLToPath(new URL('..', import.meta.url));
const sources = fileURLToPath(new URL('../../packages/downhill/src/', import.meta.url));
const out = `${site}reference`;

/** The sources of the entries, from the package's own list; those that run in Node alone are left to the guide. */
async function entries() {
  const { exports } = JSON.parse(
    await readFile(fileURLToPath(new URL('../../packages/downhill/package.json', import.meta.url)), 'utf8'),
  );
  return Object.entries(exports)
    .filter(([name]) => !['./errors', './nn/node', './package.json'].includes(name))
    .map(([, { types }]) => sources + types.replace('./dist/', '').replace('.d.ts', '.ts'));
}

const app = await Application.bootstrapWithPlugins({
  entryPoints: await entries(),
  tsconfig: fileURLToPath(new URL('../../packages/downhill/tsconfig.json', import.meta.url)),
  plugin: ['typedoc-plugin-markdown'],
  skipErrorChecking: true,
  readme: 'none',
  hideGenerator: true,
  disableSources: true,
  excludeExternals: true,
  logLevel: 'Error',
  out,
  // of the markdown plugin
  outputFileStrategy: 'modules',
  hidePageHeader: true,
  hideBreadcrumbs: true,
  useCodeBlocks: true,
  expandObjects: false,
  parametersFormat: 'list',
});
const project = await app.convert();
if (project === undefined) throw new Error('TypeDoc found no sources for the reference');
await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
await app.generateOutputs(project);

/** What the site needs of a page: its layout, an index for a folder, and no sign that would be read as a formula or a template. */
function pageOf(text, title) {
  const safe = text
    .split(/(^```[\s\S]*?^```|`[^`\n]+`)/m)
    .map((part, i) => (i % 2 === 1 ? part : part.replaceAll('$', '&#36;').replaceAll('{{', '&#123;&#123;')))
    .join('')
    .replace(/\]\(([^)\s]*)README\.md/g, '](./$1index.md')
    .replaceAll('](./../', '](../');
  return `---\nlayout: reference\ntitle: "${title}"\n---\n\n${safe}`;
}

for (const name of await readdir(out, { recursive: true })) {
  if (!name.endsWith('.md')) continue;
  const text = await readFile(`${out}/${name}`, 'utf8');
  const heading = /^# (.*)$/m.exec(text)?.[1] ?? 'Reference';
  const module = name === 'README.md' ? 'Reference' : heading === 'index' ? 'downhill' : `downhill/${heading}`;
  const page = pageOf(text.replace(/^# .*$/m, `# ${module}`), module);
  if (name.endsWith('README.md')) {
    await rm(`${out}/${name}`);
    await writeFile(`${out}/${name.replace('README.md', 'index.md')}`, page);
  } else await writeFile(`${out}/${name}`, page);
}
