// What Node loads of the packages, made of the compiler's output: the library and the commands in a few files each.
import { readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const path = (place) => fileURLToPath(new URL(`../${place}`, import.meta.url));
export const library = path('packages/downhill/');
export const commands = path('packages/cli/');
/** Third-party code that goes into the bundles; when it changes they are made anew. */
export const carriedPackages = ['mathjs', 'commander', '@observablehq/plot', 'linkedom', 'markdown-it'].map((name) =>
  path(`node_modules/${name}/package.json`),
);

/** The maps that the compiler wrote, so that places in the bundle lead to the TypeScript source. */
const mapped = {
  name: 'mapped',
  load(id) {
    if (!id.startsWith(library) && !id.startsWith(commands)) return null;
    return { code: readFileSync(id, 'utf8').replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n'), map: mapOf(id) };
  },
};

function mapOf(id) {
  try {
    return readFileSync(`${id}.map`, 'utf8');
  } catch {
    return undefined;
  }
}

const isBare = (id) => !/^[./\0]|^[A-Za-z]:/.test(id);
const common = { format: 'esm', comments: false, keepNames: true, entryFileNames: '[name].js' };
const filesOf = (output, folder) =>
  output.map((file) => [join(folder, file.fileName), file.type === 'chunk' ? file.code : file.source]);

/** The entries of the library. `heading` is code that every process runs which loads any of them. */
export async function bundleLibrary({ heading }) {
  const folder = join(library, 'dist/node');
  const parser = bundleParser(folder);
  const build = await rolldown({
    input: libraryEntries(),
    plugins: [mapped, carried],
    external: (id) => id !== 'mathjs/number' && isBare(id),
    platform: 'neutral',
    treeshake: { moduleSideEffects: true },
    preserveEntrySignatures: 'strict',
  });
  const { output } = await build.generate({
    ...common,
    dir: folder,
    sourcemap: true,
    chunkFileNames: 'chunks/[name].js',
    // Every entry loads the errors.
    banner: ({ name }) => (name === 'errors' ? heading : ''),
    // What the main entry needs is one file, with which all other entries go on; errors stand below it.
    codeSplitting: {
      groups: [
        { name: 'errors', test: /[\\/]dist[\\/]tensor[\\/]errors\.js$|rolldown\/runtime/, priority: 2 },
        { name: 'core', test: join(library, 'dist/index.js'), priority: 1 },
      ],
    },
  });
  await build.close();
  for (const { fileName, imports } of output) {
    if (!imports?.includes('./mathjs.js') || dirname(fileName) === 'chunks') continue;
    throw new Error(`${fileName} imports the parser, which lies in chunks`);
  }
  return new Map([...filesOf(output, folder), ...(await parser)]);
}

/** What Node loads for each entry of the library → the module it is made of. */
function libraryEntries() {
  const { exports } = JSON.parse(readFileSync(join(library, 'package.json'), 'utf8'));
  return Object.fromEntries(
    Object.values(exports).map((entry) => {
      const name = /^\.\/dist\/node\/(.+)\.js$/.exec(entry.node)?.[1];
      if (name === undefined) throw new Error(`an entry of the package has no bundle for Node: ${entry.default}`);
      return [name, join(library, entry.default)];
    }),
  );
}

/** The library's import of the parser leads to the bundled one, beside the chunk of the formulas. */
const carried = {
  name: 'carried',
  resolveId: (id) => (id === 'mathjs/number' ? { id: './mathjs.js', external: true } : null),
};

/**
 * The parser of mathjs in one file beside the notices of its authors. `mathjs/number` is hundreds of modules, and opening
 * them takes several times as long as the rest of a command.
 */
async function bundleParser(folder) {
  const parts = {
    name: 'parts',
    resolveId: (id) => (id === 'parser' ? '\0parser' : null),
    load: (id) => (id === '\0parser' ? "export { create, parseDependencies } from 'mathjs/number';" : null),
  };
  const build = await rolldown({ input: { parser: 'parser' }, cwd: library, plugins: [parts], platform: 'node' });
  const { output } = await build.generate({ format: 'esm', minify: true, comments: false });
  await build.close();
  const [{ code, modules }] = output;
  const notices = noticesOf(Object.keys(modules), 'mathjs.LICENSE.txt');
  return [
    [join(folder, 'chunks/mathjs.js'), `${notices.heading}\n${code}`],
    [join(folder, 'chunks/mathjs.LICENSE.txt'), notices.text],
  ];
}

/**
 * Stays outside the bundle of the commands: the library and what its entries load, so that each exists once, native code, the
 * font file, and `canvas`, which linkedom looks for and does without.
 */
const outside = /^(downhill|downhill-transform|csv-parse|hyparquet|@resvg\/resvg-js|canvas)(\/|$)/;

/**
 * The command line: what every command needs in one file, the rest by command. All files lie in one folder, as deep in the
 * package as the modules they are made of, so that places relative to a module stay what they are.
 */
export async function bundleCommands({ heading }) {
  const folder = join(commands, 'dist/node');
  const modules = { main: 'main.js', runner: 'check/runner.js' };
  const build = await rolldown({
    input: Object.fromEntries(Object.entries(modules).map(([name, file]) => [name, join(commands, 'dist', file)])),
    plugins: [mapped],
    external: (id) => isBuiltin(id) || outside.test(id),
    platform: 'node',
    preserveEntrySignatures: 'strict',
  });
  const { output } = await build.generate({
    ...common,
    dir: folder,
    sourcemap: true,
    chunkFileNames: '[name].js',
    banner: ({ name }) => (name === 'start' ? heading : ''),
    // Opening a file costs more than the few kilobytes in it.
    codeSplitting: {
      groups: [
        { name: 'start', test: join(commands, 'dist/main.js'), priority: 3 },
        { name: 'figures', test: /[\\/]node_modules[\\/](@observablehq|linkedom)[\\/]/, priority: 2 },
        {
          name: 'text',
          test: /[\\/]cli[\\/]dist[\\/](output[\\/]\w+|input[\\/](formula|number|point)|plot[\\/]format)\.js$/,
          priority: 1,
        },
      ],
    },
  });
  await build.close();
  const included = output.flatMap((file) => Object.keys(file.modules ?? {}));
  const files = new Map([...filesOf(output, folder), [join(folder, 'LICENSES.txt'), noticesOf(included).text]]);
  // Nothing of ours is in there.
  const figures = join(folder, 'figures.js');
  files.delete(`${figures}.map`);
  files.set(figures, files.get(figures).replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n'));
  return files;
}

/** A line for the head of a bundle that names the packages it took code of, and what their licences ask to be handed on. */
function noticesOf(modules, file = 'LICENSES.txt') {
  const folders = modules.flatMap((id) => /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/.exec(id)?.[0] ?? []);
  const packages = [...new Set(folders)]
    .map((folder) => ({ folder, ...JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const names = packages.map(({ name, version }) => `${name} ${version}`).join(', ');
  const texts = packages.map(({ folder, name, version, license }) => {
    const files = readdirSync(folder).filter((entry) => /^(licen[cs]e|notice)([.-]|$)/i.test(entry));
    if (files.length === 0) throw new Error(`${name} has no licence to be copied beside the bundle`);
    const parts = files.sort().map((entry) => readFileSync(join(folder, entry), 'utf8').trim());
    return [`${name} ${version} (${license})`, ...parts].join('\n\n');
  });
  return {
    heading: `// Parts of ${names}, chosen and minified by a bundler; ${file} beside it holds their licences.`,
    text: `${texts.join(`\n\n${'-'.repeat(80)}\n\n`)}\n`,
  };
}
