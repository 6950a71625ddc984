import type { Location } from '../errors.ts';
import type { Surroundings } from './scopes.ts';
import type { Locate } from './snippet.ts';

interface Files {
  readFileSync(path: string, encoding: 'utf8'): string;
}

const files = (): Files | undefined => {
  const { process } = globalThis as { process?: { getBuiltinModule?: (name: string) => unknown } };
  return process?.getBuiltinModule?.('node:fs') as Files | undefined;
};

/** Files of the call stack, innermost first. */
function stackFiles(): string[] {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 50;
  const { stack = '' } = new Error();
  Error.stackTraceLimit = limit;
  const found = [...stack.matchAll(/(file:\/\/\/[^\s()]+|\/[^\s():]+|[A-Za-z]:\\[^\s():]+):\d+:\d+\)?$/gm)].map(
    (m) => m[1] as string,
  );
  return [...new Set(found.map((file) => decodeURI(file.replace(/^file:\/\//, '').replace(/[?#].*$/, ''))))];
}

/**
 * Tells places in the text of a function as places in its file, when the engine knows where the function begins and a file
 * on the call stack has its text there. Otherwise the function itself is the file.
 */
export function placeOf(f: (...args: never[]) => unknown, text: string, around: Surroundings | undefined): Locate {
  const inFunction: Locate = (line, column) => ({ file: `<function ${f.name || 'anonymous'}>`, line, column });
  const fs = files();
  if (!around || !fs) return inFunction;
  // The engine tells where the parameters begin, the text begins before them.
  const parameters = Math.max(0, /^[^=]*?\(/.exec(text.split('\n', 1)[0] as string)?.[0].length ?? 1) - 1;
  const arrow = /^(async\s*)?[\w$]+\s*=>/.test(text);
  const column = around.column - (arrow ? 0 : parameters);
  const sample = text.slice(0, 12).split('\n', 1)[0] as string;
  for (const file of stackFiles()) {
    let line: string | undefined;
    try {
      line = fs.readFileSync(file, 'utf8').split('\n')[around.line - 1];
    } catch {
      continue;
    }
    const there = line?.slice(column - 1, column - 1 + sample.length);
    if (there === undefined || !sameStart(there, sample)) continue;
    return (l, c): Location => ({ file, line: around.line + l - 1, column: l === 1 ? column + c - 1 : c });
  }
  return inFunction;
}

/** Equal up to the first blank, where the file may have a type. */
const sameStart = (there: string, sample: string): boolean => {
  const blank = sample.search(/\s/);
  const length = blank < 0 ? sample.length : Math.max(blank, 1);
  return there.slice(0, length) === sample.slice(0, length);
};
