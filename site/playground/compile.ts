/** From the text of a program to something a worker can run: types removed, operators rewritten, imports by name. */
import { parse } from 'acorn';
import { DownhillError } from 'downhill';
import { TransformError, transform } from 'downhill-transform';
import MagicString from 'magic-string';
import type { Fault } from './messages.ts';
import { transformSync } from './strip-types.ts';

const FILE = 'program.ts';

/** The body of an asynchronous function with the parameters `$import` and `$show`; its lines are those of the program. */
export interface Compiled {
  readonly body: string;
}

/** Operators work without a directive here; one that is given is left alone. */
const MARK = "'use math'; ";
const isMarked = (source: string): boolean => /^\s*(['"])use math\1/.test(source);

/**
 * Compiles a program.
 * @throws Faulty with the place in the program
 */
export function compile(source: string): Compiled {
  const code = isMarked(source) ? source : MARK + source;
  const shift = isMarked(source) ? 0 : MARK.length;
  try {
    const shown = showLast(transformSync(code, {}).code);
    const rewritten = transform(shown, { file: FILE.replace('.ts', '.js'), label: FILE });
    return { body: importsByName(rewritten?.code ?? shown) };
  } catch (error) {
    throw new Faulty(faultOf(error, shift));
  }
}

/** A program that cannot run, and why. */
export class Faulty extends Error {
  readonly fault: Fault;

  constructor(fault: Fault) {
    super(fault.message);
    this.fault = fault;
  }
}

function faultOf(error: unknown, shift: number): Fault {
  const place = (line: number, column: number): Pick<Fault, 'line' | 'column'> => ({
    line,
    column: Math.max(1, line === 1 ? column - shift : column),
  });
  if (error instanceof TransformError && error.location !== undefined) {
    const { line, column } = error.location;
    const prefix = /^[^:]*:\d+:\d+: /.exec(error.message)?.[0] ?? '';
    return { message: error.message.slice(prefix.length), ...place(line, column) };
  }
  const message = error instanceof Error ? error.message : String(error);
  const { loc, startLine, startColumn } = error as {
    loc?: { line: number; column: number };
    startLine?: number;
    startColumn?: number;
  };
  if (loc !== undefined) return { message: message.replace(/ \(\d+:\d+\)$/, ''), ...place(loc.line, loc.column + 1) };
  if (startLine !== undefined) return { message, ...place(startLine, (startColumn ?? 0) + 1) };
  if (error instanceof DownhillError) return { message };
  throw error;
}

const ACORN = { ecmaVersion: 'latest', sourceType: 'module', allowAwaitOutsideFunction: true } as const;

/** The value of a last expression is shown, unless the expression is a call that shows things itself. */
function showLast(code: string): string {
  const last = parse(code, ACORN).body.at(-1);
  if (last?.type !== 'ExpressionStatement' || last.directive !== undefined) return code;
  const { expression } = last;
  if (expression.type === 'AssignmentExpression' || expression.type === 'UpdateExpression') return code;
  const text = new MagicString(code);
  text.appendLeft(expression.start, '$show(').appendRight(expression.end, ')');
  return text.toString();
}

/**
 * Imports become calls of `$import`, which knows the modules there are, and exports lose their keyword; nothing moves to
 * another line.
 * @throws Faulty for what a program here cannot import or export
 */
function importsByName(code: string): string {
  const text = new MagicString(code);
  const hoisted: string[] = [];
  for (const node of parse(code, { ...ACORN, locations: true }).body) {
    const { line = 1 } = node.loc?.start ?? {};
    if (node.type === 'ImportDeclaration') {
      const from = `$import(${JSON.stringify(node.source.value)}, ${line})`;
      const names: string[] = [];
      for (const s of node.specifiers) {
        if (s.type === 'ImportNamespaceSpecifier') hoisted.push(`const ${s.local.name} = ${from};`);
        else {
          const imported =
            s.type === 'ImportDefaultSpecifier'
              ? 'default'
              : s.imported.type === 'Identifier'
                ? s.imported.name
                : String(s.imported.value);
          names.push(`${JSON.stringify(imported)}: ${s.local.name}`);
        }
      }
      if (names.length > 0) hoisted.push(`const { ${names.join(', ')} } = ${from};`);
      else if (node.specifiers.length === 0) hoisted.push(`${from};`);
      blank(text, code, node.start, node.end);
    } else if (node.type === 'ExportNamedDeclaration' && node.declaration) {
      text.remove(node.start, node.declaration.start);
    } else if (node.type === 'ExportNamedDeclaration' && node.source === null) blank(text, code, node.start, node.end);
    else if (node.type.startsWith('Export'))
      throw new Faulty({ message: 'a program of the playground exports nothing', line });
  }
  return `${hoisted.join(' ')} ${text.toString()}`;
}

function blank(text: MagicString, code: string, start: number, end: number): void {
  text.overwrite(start, end, code.slice(start, end).replace(/[^\n]/g, ' '));
}
