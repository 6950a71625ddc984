/**
 * Lifting at run time: `import 'downhill-transform/lift'` lets `grad`, `jit` and the others take self-contained functions
 * with plain operators, rewritten from their own source text. In Node it is loaded by itself; a browser imports it.
 */

import type { Identifier } from 'acorn';
import * as downhill from 'downhill';
import type { AnyFunction } from 'downhill/operators';
import * as operators from 'downhill/operators';
import { TransformError } from './errors.ts';
import { languageGlobals } from './lifting/globals.ts';
import { placeOf } from './lifting/place.ts';
import { explaining } from './lifting/refusal.ts';
import { type Surroundings, surroundings } from './lifting/scopes.ts';
import {
  findReceiver,
  freeNames,
  readFunction,
  refuseSuspending,
  rewriteFunction,
  type Snippet,
} from './lifting/snippet.ts';

const operatorFunctions: Readonly<Record<string, unknown>> = { ...operators };
const library: ReadonlyMap<string, unknown> = new Map(Object.entries(downhill));
const own: ReadonlySet<unknown> = new Set(library.values());

const lifted = new WeakMap<AnyFunction, { readonly result: AnyFunction | undefined }>();

/**
 * `f` rewritten from its source so that operators work on tensors and traced values; `undefined` when it has none to
 * rewrite or is not written in JavaScript. A function that captures variables comes back as it was, with an explanation
 * ready for the moment an operator meets a tensor.
 * @throws TransformError for async functions, generators, and methods that use `this`.
 */
export function lift(f: AnyFunction): AnyFunction | undefined {
  if (own.has(f)) return undefined;
  let known = lifted.get(f);
  if (!known) {
    known = { result: liftNew(f) };
    lifted.set(f, known);
  }
  return known.result;
}

function liftNew(f: AnyFunction): AnyFunction | undefined {
  const text = Function.prototype.toString.call(f);
  if (text.endsWith('{ [native code] }') || !mayUseOperators(text)) return undefined;
  let around: Surroundings | undefined;
  let asked = false;
  const ask = (): Surroundings | undefined => {
    if (!asked) around = surroundings(f);
    asked = true;
    return around;
  };
  let place: ReturnType<typeof placeOf> | undefined;
  const snippet = readFunction(text, (line, column) => {
    place ??= placeOf(f, text, ask());
    return place(line, column);
  });
  if (!snippet) return undefined;
  refuseSuspending(snippet);
  const edits = rewriteFunction(snippet);
  if (!edits) return undefined;
  const name = f.name || 'this function';
  const receiver = findReceiver(snippet);
  if (receiver) {
    if (snippet.node.type !== 'ArrowFunctionExpression') refuseReceiver(snippet, receiver.start);
    return explaining(f, { name, captured: snippet.source.text.slice(receiver.start, receiver.end), snippet });
  }
  const found = bindNames(f, snippet, ask());
  if ('captured' in found) return explaining(f, { name, captured: found.captured, snippet });
  const bound = new Map(found.bound);
  for (const operator of edits.used) bound.set(edits.prefix + operator, operatorFunctions[operator]);
  const code = snippet.wrap(edits.text.toString());
  const self = found.self ? `const ${found.self} = ${code}; return ${found.self};` : `return ${code};`;
  try {
    return new Function(...bound.keys(), `"use strict"; ${self}`)(...bound.values()) as AnyFunction;
  } catch (thrown) {
    if (!(thrown instanceof EvalError)) throw thrown;
    // A content security policy forbids making functions from text: the function stays as it is.
    return explaining(f, { name, captured: 'the security policy of this page', snippet });
  }
}

/** A quick look that may be wrong only by saying yes. */
const mayUseOperators = (text: string): boolean =>
  /[-+*/%<>!?&|~^[]|==|\b(?:Math|isNaN|isFinite|if|while|for|do|switch)\b/.test(text.replaceAll('=>', ''));

function refuseReceiver({ source }: Snippet, position: number): never {
  throw new TransformError(
    'a method that uses `this` cannot be lifted from its source, and the transforms call it without an object. Pass what it ' +
      'needs as an argument, or wrap it: grad((w) => object.method(w)) with "use math" at the top of the method, built or run with downhill-transform',
    source.locate(position),
  );
}

interface Bound {
  readonly bound: ReadonlyMap<string, unknown>;
  /** The name by which the function calls itself. */
  readonly self: string | undefined;
}

/** What each free name of the function means, or the first one that is captured. */
function bindNames(f: AnyFunction, snippet: Snippet, around: Surroundings | undefined): Bound | { captured: string } {
  const bound = new Map<string, unknown>();
  let self: string | undefined;
  for (const identifier of freeNames(snippet)) {
    const { name } = identifier;
    if (bound.has(name) || name === self) continue;
    const meaning = around ? meaningInScope(f, name, around) : meaningByName(f, name);
    if (meaning === 'self') self = name;
    else if (meaning === 'global') continue;
    else if (meaning === 'captured') {
      const value = around?.captured.get(name);
      if (!isLibraryNamespace(value, identifier, snippet)) return { captured: name };
      bound.set(name, value);
    } else bound.set(name, meaning.value);
  }
  return { bound, self };
}

type Meaning = 'self' | 'global' | 'captured' | { readonly value: unknown };

function meaningInScope(f: AnyFunction, name: string, { captured }: Surroundings): Meaning {
  if (!captured.has(name)) return 'global';
  const value = captured.get(name);
  if (value === f) return 'self';
  return typeof value === 'function' && own.has(value) ? { value } : 'captured';
}

/** Without the engine's help a name means what it usually means: a Downhill function, a global, or the function itself. */
function meaningByName(f: AnyFunction, name: string): Meaning {
  if (library.has(name)) return { value: library.get(name) };
  if (languageGlobals.has(name)) return 'global';
  return name === f.name ? 'self' : 'captured';
}

/** True for `import * as d from 'downhill'` when the function uses only Downhill's own functions of it. */
function isLibraryNamespace(value: unknown, identifier: Identifier, { source }: Snippet): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const uses = [
    ...source.text.matchAll(
      new RegExp(`(?<![\\w$.])${identifier.name.replaceAll('$', '\\$')}(?![\\w$])(?:\\.([\\w$]+))?`, 'g'),
    ),
  ];
  return uses.every(([, member]) => member !== undefined && own.has((value as Record<string, unknown>)[member]));
}

operators.setLifter(lift);
