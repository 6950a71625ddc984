import { mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { InputError } from '../errors.ts';
import { quote } from '../input/number.ts';
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
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, contents);
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new InputError('unwritable-file', `cannot write ${quote(path)}: ${reason}`);
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
