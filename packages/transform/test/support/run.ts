import * as namespace from 'downhill/operators';
import { transform } from 'downhill-transform';

/** What running a snippet shows: its value or its error, and everything it logged on the way. */
export interface Outcome {
  readonly value?: unknown;
  readonly error?: string;
  readonly log: unknown[];
}

const operators: Record<string, unknown> = { ...namespace };

type Body = (...values: unknown[]) => unknown;

/** The transformed text of a function body, with the import of the operators taken off. */
export function transformBody(body: string): { code: string; names: string[] } {
  const source = `(function () { "use math"; ${body}\n})`;
  const out = transform(source, { file: 'snippet.js' });
  if (!out) throw new Error('nothing was transformed');
  const imported = /\nimport \{ (.*) \} from 'downhill\/operators';\n$/.exec(out.code);
  const names = imported ? (imported[1] as string).split(', ') : [];
  return {
    code: imported ? out.code.slice(0, imported.index) : out.code,
    names,
  };
}

function evaluate(code: string, scope: Record<string, unknown>): Outcome {
  const log: unknown[] = [];
  const all: Record<string, unknown> = { ...support(log), ...scope };
  try {
    const f = new Function(...Object.keys(all), `"use strict"; return ${code}`)(...Object.values(all)) as Body;
    return { value: f.call({ self: 1 }), log };
  } catch (thrown) {
    return {
      error: thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : `thrown ${String(thrown)}`,
      log,
    };
  }
}

/** Runs a function body as it stands. */
export const runNative = (body: string, scope: Record<string, unknown> = {}): Outcome =>
  evaluate(`(function () { ${body}\n})`, scope);

/** Runs a function body through the transform. */
export function runTransformed(body: string, scope: Record<string, unknown> = {}): Outcome {
  const { code, names } = transformBody(body);
  const bound = names.map((n) => n.split(' as ') as [string, string]);
  return evaluate(code, {
    ...Object.fromEntries(bound.map(([name, local]) => [local, operators[name]])),
    ...scope,
  });
}

/** Values that tell when and how they are looked at. */
function support(log: unknown[]): Record<string, unknown> {
  return {
    log: (x: unknown) => {
      log.push(x);
      return x;
    },
    /** An object that converts to `value`, saying so. */
    v: (value: unknown, name = String(value)) => ({
      valueOf() {
        log.push(`valueOf ${name}`);
        return value;
      },
    }),
    /** An object with both conversions. */
    both: (value: unknown, text: string) => ({
      valueOf() {
        log.push('valueOf');
        return value;
      },
      toString() {
        log.push('toString');
        return text;
      },
    }),
    /** A property `p` with a logging getter and setter. */
    cell: (value: unknown) => {
      let current = value;
      return {
        get p() {
          log.push(`get ${String(current)}`);
          return current;
        },
        set p(next: unknown) {
          log.push(`set ${String(next)}`);
          current = next;
        },
      };
    },
    fail: (what: string) => {
      throw new RangeError(what);
    },
  };
}
