import { extname } from 'node:path';
import { InputError } from '../errors.ts';
import { quote } from '../input/quote.ts';

export type PictureFormat = 'svg' | 'png';

/** The format that a file's name asks for. Commands check it before any work is done. */
export function pictureFormat(path: string): PictureFormat {
  const extension = extname(path).toLowerCase();
  if (extension === '.svg') return 'svg';
  if (extension === '.png') return 'png';
  throw new InputError('bad-picture-name', `--plot writes .svg or .png files, and ${quote(path)} is neither`);
}
