import { transformSync } from '@swc/wasm-typescript';
import { TransformError } from './errors.ts';

/** True for the names of TypeScript sources. */
export const isTypeScript = (file: string): boolean => /\.(?:[cm]?ts|tsx)$/.test(file);

/** True for the names of sources with JSX. */
export const isJsx = (file: string): boolean => /\.[jt]sx$/.test(file);

interface StripError {
  readonly message?: unknown;
  readonly startLine?: unknown;
  readonly startColumn?: unknown;
}

/**
 * TypeScript with its types replaced by blanks, so that every line and column stays where it was.
 * @throws TransformError for a syntax error, and for syntax that is more than types (enums, namespaces with values,
 * parameter properties), which must be compiled by TypeScript first.
 */
export function stripTypes(source: string, file: string): string {
  try {
    const options = {
      mode: 'strip-only' as const,
      module: true,
      filename: file,
      parser: { syntax: 'typescript', tsx: isJsx(file) },
    };
    return transformSync(source, options).code;
  } catch (thrown) {
    const { message, startLine, startColumn } = thrown as StripError;
    if (typeof startLine !== 'number' || typeof startColumn !== 'number') throw thrown;
    throw new TransformError(
      `${String(message)}. Types are removed without compiling: write syntax that is erasable ` +
        '(a const object instead of an enum, a module instead of a namespace, a field instead of a parameter property)',
      { file, line: startLine, column: startColumn + 1 },
    );
  }
}
