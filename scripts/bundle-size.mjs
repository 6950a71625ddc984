// Size of the core as a page would load it: everything exported from `downhill`, bundled, minified and compressed.
// Prints the sizes by folder and fails when the compressed whole exceeds the limit.
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const limit = 60 * 1024;
const root = fileURLToPath(new URL('../packages/downhill/src/', import.meta.url));

const { metafile, outputFiles } = await build({
  entryPoints: [`${root}index.ts`],
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  write: false,
  metafile: true,
  absWorkingDir: root,
  outfile: 'core.js',
  logLevel: 'silent',
});

const folders = new Map();
for (const [path, { bytesInOutput }] of Object.entries(Object.values(metafile.outputs)[0].inputs)) {
  const folder = path.includes('/') ? path.slice(0, path.indexOf('/')) : path;
  folders.set(folder, (folders.get(folder) ?? 0) + bytesInOutput);
}
for (const [folder, bytes] of [...folders].sort((a, b) => b[1] - a[1])) {
  console.log(`${folder.padEnd(12)} ${(bytes / 1024).toFixed(1).padStart(6)} KB minified`);
}
const minified = outputFiles[0].contents;
const compressed = gzipSync(minified, { level: 9 }).length;
console.log(
  `core         ${(minified.length / 1024).toFixed(1).padStart(6)} KB minified, ${(compressed / 1024).toFixed(1)} KB gzip (limit ${limit / 1024} KB)`,
);
if (compressed > limit) {
  console.error(`the core is ${((compressed - limit) / 1024).toFixed(1)} KB over its limit`);
  process.exitCode = 1;
}
