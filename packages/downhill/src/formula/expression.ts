import type { Span } from './errors.ts';
import * as Q from './rational.ts';

/** A literal number, kept exact. `decimal` remembers that it was written with a decimal point; it never affects equality. */
export interface NumberExpression {
  readonly kind: 'number';
  readonly value: Q.Rational;
  readonly decimal: boolean;
  readonly hash: number;
  readonly size: number;
  readonly span?: Span;
}

/** A named input of the formula. */
export interface VariableExpression {
  readonly kind: 'variable';
  readonly name: string;
  readonly hash: number;
  readonly size: number;
  readonly span?: Span;
}

export type ConstantName = 'pi' | 'e' | 'tau' | 'inf' | 'nan';

/** A constant with a name of its own. `inf` and `nan` come only from programs, never from text. */
export interface ConstantExpression {
  readonly kind: 'constant';
  readonly name: ConstantName;
  readonly hash: number;
  readonly size: number;
  readonly span?: Span;
}

/** An operation applied to arguments. Operators are operations named `add`, `mul`, `neg`, `div`, `pow`, `less`, …. */
export interface CallExpression {
  readonly kind: 'call';
  readonly name: string;
  readonly args: readonly Expression[];
  readonly hash: number;
  readonly size: number;
  readonly span?: Span;
}

/**
 * A formula as an immutable tree. Sums and products hold any number of arguments; a first argument is never itself a
 * sum in a sum or a product in a product, so `a + b + c` is one node. `size` counts the nodes of the tree.
 */
export type Expression = NumberExpression | VariableExpression | ConstantExpression | CallExpression;

function mix(hash: number, value: number): number {
  let h = Math.imul(hash ^ value, 0x9e3779b1);
  h ^= h >>> 15;
  return Math.imul(h, 0x85ebca6b) >>> 0;
}

function hashText(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h >>> 0;
}

const spanned = (span: Span | undefined): { span?: Span } => (span === undefined ? {} : { span });

export function number(value: Q.Rational | number | bigint, decimal = false, span?: Span): NumberExpression {
  const exact = typeof value === 'object' ? value : Q.rational(value);
  const hash = mix(mix(1, hashText(exact.n.toString(36))), hashText(exact.d.toString(36)));
  return { kind: 'number', value: exact, decimal, hash, size: 1, ...spanned(span) };
}

export function variable(name: string, span?: Span): VariableExpression {
  return { kind: 'variable', name, hash: mix(2, hashText(name)), size: 1, ...spanned(span) };
}

export function constant(name: ConstantName, span?: Span): ConstantExpression {
  return { kind: 'constant', name, hash: mix(3, hashText(name)), size: 1, ...spanned(span) };
}

/** An operation exactly as given, without the flattening that {@link add}, {@link mul} and their kin do. */
export function call(name: string, args: readonly Expression[], span?: Span): CallExpression {
  let hash = mix(4, hashText(name));
  let size = 1;
  for (const arg of args) {
    hash = mix(hash, arg.hash);
    size += arg.size;
  }
  return { kind: 'call', name, args, hash, size, ...spanned(span) };
}

export const ZERO = number(0);
export const ONE = number(1);
export const TWO = number(2);
export const MINUS_ONE = number(-1);
export const HALF = number(Q.rational(1, 2));

export const isCall = <N extends string>(e: Expression, name: N): e is CallExpression & { readonly name: N } =>
  e.kind === 'call' && e.name === name;
export const isNumber = (e: Expression): e is NumberExpression => e.kind === 'number';

/** A sum; `a + b + c` in one node, added from the left. */
export function add(args: readonly Expression[], span?: Span): Expression {
  const first = args[0];
  if (first === undefined) return number(0);
  if (args.length === 1) return first;
  return isCall(first, 'add') ? call('add', [...first.args, ...args.slice(1)], span) : call('add', args, span);
}

/** A product; `a * b * c` in one node, multiplied from the left. A sign on the first factor moves in front. */
export function mul(args: readonly Expression[], span?: Span): Expression {
  const first = args[0];
  if (first === undefined) return number(1);
  if (args.length === 1) return first;
  if (isCall(first, 'neg')) return neg(mul([first.args[0] as Expression, ...args.slice(1)]), span);
  return isCall(first, 'mul') ? call('mul', [...first.args, ...args.slice(1)], span) : call('mul', args, span);
}

/** -a. The sign goes into a number, or into the leading number of a product or quotient; two signs cancel. */
export function neg(a: Expression, span?: Span): Expression {
  if (isNumber(a)) return number(Q.neg(a.value), a.decimal, span);
  if (isCall(a, 'neg')) return a.args[0] as Expression;
  if (a.kind === 'call' && (a.name === 'mul' || a.name === 'div') && startsWithNumber(a)) {
    const [first, ...rest] = a.args as [Expression, ...Expression[]];
    return call(a.name, [neg(first), ...rest], span);
  }
  return call('neg', [a], span);
}

function startsWithNumber(e: Expression): boolean {
  let at: Expression = e;
  // Longer chains of divisions keep their sign in front: following them would be recursion as deep as the formula.
  for (let depth = 0; depth < 50 && at.kind === 'call' && (at.name === 'mul' || at.name === 'div'); depth++) {
    at = at.args[0] as Expression;
  }
  return isNumber(at);
}

/** a / b. Two numbers make an exact fraction; a sign on `a` moves in front. */
export function div(a: Expression, b: Expression, span?: Span): Expression {
  if (isNumber(a) && isNumber(b) && !Q.isZero(b.value)) {
    return number(Q.div(a.value, b.value), a.decimal || b.decimal, span);
  }
  if (isCall(a, 'neg')) return neg(div(a.args[0] as Expression, b), span);
  return call('div', [a, b], span);
}

export const sub = (a: Expression, b: Expression, span?: Span): Expression => add([a, neg(b, b.span)], span);
export const pow = (a: Expression, b: Expression, span?: Span): Expression => call('pow', [a, b], span);

/**
 * Visits the tree from the leaves up without recursion and returns the root's result. A node that occurs twice as the
 * same object is visited once.
 */
export function fold<T>(root: Expression, visit: (node: Expression, args: readonly T[]) => T): T {
  const done = new Map<Expression, T>();
  const stack: Expression[] = [root];
  while (stack.length > 0) {
    const node = stack[stack.length - 1] as Expression;
    if (done.has(node)) {
      stack.pop();
      continue;
    }
    if (node.kind !== 'call') {
      done.set(node, visit(node, []));
      stack.pop();
      continue;
    }
    let ready = true;
    for (let i = node.args.length - 1; i >= 0; i--) {
      const arg = node.args[i] as Expression;
      if (!done.has(arg)) {
        stack.push(arg);
        ready = false;
      }
    }
    if (!ready) continue;
    stack.pop();
    done.set(
      node,
      visit(
        node,
        node.args.map((arg) => done.get(arg) as T),
      ),
    );
  }
  return done.get(root) as T;
}

/** The same formula with every sum of sums, nested in its first argument, as one node. */
export function flattenSums(root: Expression): Expression {
  const done = new Map<Expression, Expression>();
  const termsOf = (node: CallExpression): Expression[] => {
    const groups: (readonly Expression[])[] = [];
    let at: Expression = node;
    while (isCall(at, 'add')) {
      groups.push(at.args.slice(1));
      at = at.args[0] as Expression;
    }
    return [at, ...groups.reverse().flat()];
  };
  const stack: Expression[] = [root];
  while (stack.length > 0) {
    const node = stack[stack.length - 1] as Expression;
    const inner = node.kind !== 'call' ? [] : isCall(node, 'add') ? termsOf(node) : node.args;
    const waiting = inner.filter((e) => !done.has(e));
    if (waiting.length > 0) {
      stack.push(...waiting);
      continue;
    }
    stack.pop();
    const args = inner.map((e) => done.get(e) as Expression);
    done.set(node, node.kind === 'call' ? build(node.name, args, node.span) : node);
  }
  return done.get(root) as Expression;
}

/** Whether two formulas are the same tree; positions and the way numbers were written do not count. */
export function equal(a: Expression, b: Expression): boolean {
  const stack: [Expression, Expression][] = [[a, b]];
  for (let pair = stack.pop(); pair !== undefined; pair = stack.pop()) {
    const [x, y] = pair;
    if (x === y) continue;
    if (x.hash !== y.hash || x.kind !== y.kind || x.size !== y.size) return false;
    if (x.kind === 'number' && y.kind === 'number') {
      if (!Q.equal(x.value, y.value)) return false;
    } else if (x.kind === 'call' && y.kind === 'call') {
      if (x.name !== y.name || x.args.length !== y.args.length) return false;
      for (let i = 0; i < x.args.length; i++) {
        stack.push([x.args[i] as Expression, y.args[i] as Expression]);
      }
    } else if ((x as VariableExpression).name !== (y as VariableExpression).name) return false;
  }
  return true;
}

/** The names of the variables of a formula, in alphabetical order. */
export function variables(e: Expression): string[] {
  const names = new Set<string>();
  fold<void>(e, (node) => {
    if (node.kind === 'variable') names.add(node.name);
  });
  return [...names].sort();
}

/** The formula with expressions in place of variables. */
export function substitute(e: Expression, values: Readonly<Record<string, Expression>>): Expression {
  return fold<Expression>(e, (node, args) => {
    if (node.kind === 'variable') return Object.hasOwn(values, node.name) ? (values[node.name] as Expression) : node;
    return node.kind === 'call' ? rebuild(node, args) : node;
  });
}

/** The same operation on other arguments, in the normal form of {@link add}, {@link mul}, {@link neg} and {@link div}. */
export function rebuild(node: CallExpression, args: readonly Expression[]): Expression {
  if (args.every((arg, i) => arg === node.args[i])) return node;
  return build(node.name, args, node.span);
}

export function build(name: string, args: readonly Expression[], span?: Span): Expression {
  switch (name) {
    case 'add':
      return add(args, span);
    case 'mul':
      return mul(args, span);
    case 'neg':
      return neg(args[0] as Expression, span);
    case 'div':
      return div(args[0] as Expression, args[1] as Expression, span);
    default:
      return call(name, args, span);
  }
}
