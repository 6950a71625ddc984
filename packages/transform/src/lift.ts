/**
 * Lifting at run time: `import 'downhill-transform/lift'` lets `grad`, `jit` and the others take self-contained functions
 * with plain operators, rewritten from their own source text. In Node it is loaded by itself; a browser imports it.
 */

import type { Identifier } from 'acorn';
import * as downhill from 'downhill';
import type { AnyFunction } from 'downhill/operators';
import * as operators from 'downhill/operators';
import type { Edits } from './edits.ts';
import { TransformError } from './errors.ts';
import { isMinified, languageGlobals } from './lifting/globals.ts';
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
const operatorSet: ReadonlySet<unknown> = new Set(
  Object.values(operatorFunctions).filter((f) => typeof f === 'function'),
);
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
  const around = surroundings(f);
  const { snippet, edits, factories } = prepare(f, text, around);
  if (!snippet || !edits || isTransformed(snippet, around)) return undefined;
  const refuse = (captured: string | undefined): AnyFunction =>
    explaining(f, { name: f.name || 'this function', captured, snippet, silent: around !== undefined });
  const receiver = findReceiver(snippet);
  if (receiver) {
    if (snippet.node.type !== 'ArrowFunctionExpression') refuseReceiver(snippet, receiver.start);
    return refuse(snippet.source.text.slice(receiver.start, receiver.end));
  }
  const found = bindNames(f, snippet, around);
  if ('captured' in found) return refuse(found.captured);
  const bound = new Map(found.bound);
  for (const operator of edits.used) bound.set(edits.prefix + operator, operatorFunctions[operator]);
  const names = [...bound.keys()];
  const code = snippet.wrap(edits.text.toString());
  const body = found.self ? `const ${found.self} = ${code}; return ${found.self};` : `return ${code};`;
  const signature = `${names.join()};${found.self ?? ''}`;
  try {
    const factory = factories.get(signature) ?? new Function(...names, `"use strict"; ${body}`);
    factories.set(signature, factory);
    return factory(...bound.values()) as AnyFunction;
  } catch (thrown) {
    if (!(thrown instanceof EvalError)) throw thrown;
    // A content security policy forbids making functions from text: the function stays as it is.
    return refuse(undefined);
  }
}

/** What can be known of a function from its text and place. */
interface Prepared {
  readonly snippet: Snippet | undefined;
  readonly edits: Edits | undefined;
  readonly factories: Map<string, ReturnType<typeof Function>>;
}

/** Functions that a program makes again and again, as in a loop, are taken apart once. */
const prepared = new Map<string, Prepared>();
const preparedLimit = 1000;

function prepare(f: AnyFunction, text: string, around: Surroundings | undefined): Prepared {
  const key = `${around ? `${around.line}:${around.column}:` : ''}${text}`;
  const known = prepared.get(key);
  if (known) return known;
  let place: ReturnType<typeof placeOf> | undefined;
  const snippet = readFunction(text, (line, column) => {
    place ??= placeOf(f, text, around);
    return place(line, column);
  });
  if (snippet) refuseSuspending(snippet);
  const edits = snippet && rewriteFunction(snippet);
  const result: Prepared = { snippet, edits, factories: new Map() };
  if (prepared.size >= preparedLimit) prepared.clear();
  prepared.set(key, result);
  return result;
}

/** True for a function that a build has transformed already: it calls the operator functions. */
const isTransformed = (snippet: Snippet, around: Surroundings | undefined): boolean =>
  freeNames(snippet).some(({ name }) =>
    around
      ? operatorSet.has(around.captured.get(name))
      : /^\$(?:dh_+)?[a-z]/i.test(name) && name.replace(/^\$(?:dh_+)?/, '') in operatorFunctions,
  );

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
  if (library.has(name) && !isMinified) return { value: library.get(name) };
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
