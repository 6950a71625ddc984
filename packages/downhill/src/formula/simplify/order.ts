import type { CallExpression, Expression } from '../expression.ts';
import { equal, fold, isCall, isNumber } from '../expression.ts';
import * as Q from '../rational.ts';

/*
 * The order of terms and factors a textbook would choose. It is total on different formulas (up to a hash collision), so
 * it also makes the canonical form unique.
 */

const RANK = { number: 0, constant: 1, variable: 2, call: 3 };

const STEM = /^(.*?)(\d*)$/s;

/** How deep ties between functions are followed before the hash decides. */
const DEPTH = 12;

/** Alphabetical; `a2` comes before `a10`. */
function compareText(a: string, b: string): number {
  const [, x, m] = STEM.exec(a.toLowerCase()) as unknown as [string, string, string];
  const [, y, n] = STEM.exec(b.toLowerCase()) as unknown as [string, string, string];
  if (x !== y) return x < y ? -1 : 1;
  if (m !== n) return Number(m) - Number(n) || (m < n ? -1 : 1);
  return a === b ? 0 : a < b ? 1 : -1;
}

/** Total order by shape: numbers, constants, variables, calls; then by name and arguments. */
export function compareShape(a: Expression, b: Expression, depth = DEPTH): number {
  if (a === b) return 0;
  if (a.kind !== b.kind) return RANK[a.kind] - RANK[b.kind];
  if (a.kind === 'number' && b.kind === 'number') return Q.compare(a.value, b.value);
  if (a.kind === 'call' && b.kind === 'call') {
    if (depth > 0) {
      const byName = compareText(a.name, b.name);
      if (byName !== 0) return byName;
      for (let i = 0; i < Math.min(a.args.length, b.args.length); i++) {
        const order = compareShape(a.args[i] as Expression, b.args[i] as Expression, depth - 1);
        if (order !== 0) return order;
      }
      if (a.args.length !== b.args.length) return a.args.length - b.args.length;
    }
    if (a.size !== b.size) return a.size - b.size;
    return equal(a, b) ? 0 : a.hash - b.hash;
  }
  return compareText((a as { name: string }).name, (b as { name: string }).name);
}

/** The factors of a term without its coefficient. */
export function factorsOf(term: Expression): readonly Expression[] {
  if (isNumber(term)) return [];
  if (!isCall(term, 'mul')) return [term];
  return isNumber(term.args[0] as Expression) ? term.args.slice(1) : term.args;
}

export function baseAndExponent(factor: Expression): [Expression, Expression | undefined] {
  return isCall(factor, 'pow') ? [factor.args[0] as Expression, factor.args[1] as Expression] : [factor, undefined];
}

const exponentNumber = (exponent: Expression | undefined): number =>
  exponent === undefined ? 1 : isNumber(exponent) ? Q.toNumber(exponent.value) : 1.5;

/** The degree a reader sees: variables count with their power, sums by their highest term, functions not at all. */
export function degree(term: Expression, depth = 6): number {
  if (depth === 0) return 0;
  let sum = 0;
  for (const factor of factorsOf(term)) {
    const [base, exponent] = baseAndExponent(factor);
    if (base.kind === 'variable') sum += exponentNumber(exponent);
    else if (isCall(base, 'add')) {
      const top = Math.max(...base.args.map((arg) => degree(arg, depth - 1)));
      sum += top * exponentNumber(exponent);
    }
  }
  return sum;
}

/** Descending degree, then alphabetical; a plain number comes after everything of its degree. */
export function compareTerms(a: Expression, b: Expression): number {
  const byDegree = degree(b) - degree(a);
  if (byDegree !== 0) return byDegree;
  const left = factorsOf(a);
  const right = factorsOf(b);
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const [x, p] = baseAndExponent(left[i] as Expression);
    const [y, q] = baseAndExponent(right[i] as Expression);
    const order = compareFactorBases(x, y);
    if (order !== 0) return x.kind === 'constant' || y.kind === 'constant' ? -order : order;
    const power = exponentNumber(q) - exponentNumber(p);
    if (power !== 0) return power;
    if (p !== undefined && q !== undefined) {
      const shape = compareShape(p, q);
      if (shape !== 0) return shape;
    }
  }
  if (left.length !== right.length) {
    return left.length === 0 ? 1 : right.length === 0 ? -1 : right.length - left.length;
  }
  return compareShape(a, b);
}

function factorRank(base: Expression): number {
  if (isNumber(base)) return 0;
  if (base.kind === 'constant') return base.name === 'e' ? 4 : 1;
  if (base.kind === 'variable') return 2;
  if (!isCall(base, 'add')) return 5;
  return isPlain(base) ? 3 : 6;
}

const OPERATORS: ReadonlySet<string> = new Set(['add', 'mul', 'pow']);
const plain = new WeakMap<Expression, boolean>();

/** Whether a formula holds no function: a polynomial, mostly. */
function isPlain(e: Expression): boolean {
  if (e.kind !== 'call') return true;
  let known = plain.get(e);
  if (known === undefined) {
    known = fold<boolean>(e, (node, args) => node.kind !== 'call' || (OPERATORS.has(node.name) && args.every(Boolean)));
    plain.set(e, known);
  }
  return known;
}

function compareFactorBases(a: Expression, b: Expression): number {
  return factorRank(a) - factorRank(b) || compareShape(a, b);
}

/** Numbers, constants, variables, sums of these, powers of e, functions, sums with functions. */
export function compareFactors(a: Expression, b: Expression): number {
  const [x, p] = baseAndExponent(a);
  const [y, q] = baseAndExponent(b);
  return compareFactorBases(x, y) || compareShape(p ?? (a as CallExpression), q ?? (b as CallExpression));
}
