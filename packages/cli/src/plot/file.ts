import { mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { InputError } from '../errors.ts';
import { quote } from '../input/quote.ts';
import type { Figure } from './figure.ts';
import { pictureFormat } from './format.ts';

/** Writes a figure as its file name says, PNG at twice the size for sharp screens. */
export async function writeFigure(path: string, figure: Figure): Promise<void> {
  const contents = pictureFormat(path) === 'svg' ? figure.svg : await toPng(figure.svg);
  await writeOutput(path, contents);
}

/** Writes a file, making its directory, with a sentence instead of a system error. */
export async function writeOutput(path: string, contents: string | Uint8Array): Promise<void> {
  try {
    await makeDirectory(dirname(path));
    await writeFile(path, contents);
  } catch (error) {
    throw new InputError('unwritable-file', `cannot write ${quote(path)}: ${writeReason(error)}`);
  }
}

/** Why the system refused to write, in words. */
export function writeReason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  return reasons[code] ?? code;
}

const reasons: Record<string, string> = {
  EACCES: 'permission denied',
  EEXIST: 'a file is in the way of its directory',
  EISDIR: 'it is a directory',
  ENOENT: 'its directory cannot be made',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'a file is in the way of its directory',
  EPERM: 'permission denied',
  EROFS: 'the disk is read-only',
};

/**
 * Makes a directory and those above it that are missing. Node's own recursive mkdir never returns where the system says
 * that an existing parent does not exist, as in /proc; here every attempt goes one level up.
 */
export async function makeDirectory(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EEXIST' || code === 'EISDIR') return;
    const parent = dirname(path);
    if (code !== 'ENOENT' || parent === path) throw error;
    await makeDirectory(parent);
    await mkdir(path);
  }
}

/** Renders SVG text to PNG with the fonts that come with the package, as a bare machine has none. */
export async function toPng(svg: string, scale = 2): Promise<Uint8Array> {
  const { Resvg } = await import('@resvg/resvg-js');
  const require = createRequire(import.meta.url);
  const font = (file: string) => require.resolve(`@expo-google-fonts/source-sans-3/${file}`);
  const fontFiles = [font('400Regular/SourceSans3_400Regular.ttf'), font('600SemiBold/SourceSans3_600SemiBold.ttf')];
  const image = new Resvg(svg, {
    fitTo: { mode: 'zoom', value: scale },
    font: { fontFiles, loadSystemFonts: false, defaultFontFamily: 'Source Sans 3' },
  });
  return image.render().asPng();
}
