import { InputError } from '../errors.ts';
import { fileName } from '../input/quote.ts';

/** Puts the file's name before what is wrong with its contents. */
export function inFile<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof Error && 'position' in error && 'code' in error) {
      const { code, position } = error as InputError;
      throw new InputError(String(code), `${fileName(path)}: ${error.message}`, position);
    }
    throw error;
  }
}
