import type { Expression } from '../expression.ts';
import { call, equal, fold, isCall, MINUS_ONE, number, ONE, ZERO } from '../expression.ts';
import * as Q from '../rational.ts';

/**
 * What must hold for a formula to have a value, collected while simplification drops the parts that asked for it.
 * Conditions are formulas such as `x != 0` and `x > 0`.
 */
export class Notes {
  readonly conditions: Expression[] = [];

  add(condition: Expression): void {
    const parts = nonzeroParts(condition);
    if (parts !== undefined) {
      for (const part of parts) this.add(nonzero(part));
      return;
    }
    if (isTrue(condition) || this.conditions.some((known) => equal(known, condition))) return;
    this.conditions.push(condition);
  }

  merge(other: Notes): void {
    for (const condition of other.conditions) this.add(condition);
  }

  /** A part disappears from the formula: what it needed is remembered. */
  dropped(part: Expression): void {
    for (const condition of conditionsOf(part)) this.add(condition);
  }
}

export const nonzero = (e: Expression): Expression => call('notEqual', [e, ZERO]);
export const positive = (e: Expression): Expression => call('greater', [e, ZERO]);
export const nonnegative = (e: Expression): Expression => call('greaterEqual', [e, ZERO]);

/** A product or power is not zero where its factors or its base are not. */
function nonzeroParts(condition: Expression): readonly Expression[] | undefined {
  if (condition.kind !== 'call' || condition.name !== 'notEqual') return undefined;
  const [e, zero] = condition.args as [Expression, Expression];
  if (e.kind !== 'call' || !equal(zero, ZERO)) return undefined;
  if (e.name === 'mul' || e.name === 'neg') return e.args;
  if (e.name === 'div') return [e.args[0] as Expression];
  const unit = e.name === 'pow' || e.name === 'sqrt' || e.name === 'cbrt' || e.name === 'abs';
  return unit ? [e.args[0] as Expression] : undefined;
}

/** What one node of a formula needs of its arguments. */
function needsOf(e: Expression): Expression[] {
  if (e.kind !== 'call') return [];
  const [a, b] = e.args as [Expression, Expression];
  switch (e.name) {
    case 'div':
    case 'mod':
      return [nonzero(b)];
    case 'pow':
      return powerNeeds(a, b);
    case 'log':
    case 'log2':
    case 'log10':
      return [positive(a)];
    case 'sqrt':
      return [nonnegative(a)];
    case 'log1p':
      return [call('greater', [a, number(-1)])];
    case 'asin':
    case 'acos':
      return [call('lessEqual', [call('abs', [a]), ONE])];
    case 'acosh':
      return [call('greaterEqual', [a, ONE])];
    case 'atanh':
      return [call('less', [call('abs', [a]), ONE])];
    case 'gamma':
    case 'lgamma':
    case 'digamma':
    case 'polygamma':
      return poleFree(e.name === 'polygamma' ? b : a);
    default:
      return [];
  }
}

/** Γ and its kin have poles at 0, -1, -2, …. */
const poleFree = (a: Expression): Expression[] => [
  call('or', [positive(a), call('notEqual', [a, call('floor', [a])])]),
];

function powerNeeds(base: Expression, exponent: Expression): Expression[] {
  if (exponent.kind === 'number') {
    const below = exponent.value.n < 0n;
    if (Q.isInteger(exponent.value)) return below ? [nonzero(base)] : [];
    return [below ? positive(base) : nonnegative(base)];
  }
  if (base.kind === 'number' && base.value.n < 0n) {
    return [call('equal', [exponent, call('floor', [exponent])])];
  }
  return [positive(base)];
}

/** Everything a formula needs in order to have a value, except inside the branches of `where`. */
export function conditionsOf(root: Expression): Expression[] {
  return collect(root, () => true);
}

/** What a formula with a value certainly satisfies: a power with an unknown exponent may or may not need x > 0. */
const certainOf = (root: Expression): Expression[] =>
  collect(root, (node) => !(isCall(node, 'pow') && (node.args[1] as Expression).kind !== 'number'));

function collect(root: Expression, counts: (node: Expression) => boolean): Expression[] {
  const found = new Notes();
  const seen = new Set<Expression>();
  const stack = [root];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (node.kind !== 'call' || seen.has(node)) continue;
    seen.add(node);
    if (counts(node)) for (const condition of needsOf(node)) found.add(condition);
    stack.push(...(isCall(node, 'where') ? node.args.slice(0, 1) : node.args));
  }
  return found.conditions;
}

type Sign = 'positive' | 'nonnegative' | 'unknown';

/** A sign that a formula has wherever it has a value at all, by its shape alone. */
export function signOf(root: Expression): Sign {
  return fold<Sign>(root, (node, args) => {
    if (node.kind === 'number') {
      return node.value.n > 0n ? 'positive' : node.value.n === 0n ? 'nonnegative' : 'unknown';
    }
    if (node.kind === 'constant') return node.name === 'nan' ? 'unknown' : 'positive';
    if (node.kind === 'variable') return 'unknown';
    const all = (sign: Sign): boolean =>
      args.every((arg) => arg === 'positive' || (sign === 'nonnegative' && arg === 'nonnegative'));
    switch (node.name) {
      case 'sigmoid':
      case 'softplus':
      case 'exp':
      case 'cosh':
      case 'erfc':
        return 'positive';
      case 'abs':
      case 'relu':
      case 'sqrt':
        return args[0] === 'positive' ? 'positive' : 'nonnegative';
      case 'add':
        if (!all('nonnegative')) return 'unknown';
        return args.includes('positive') ? 'positive' : 'nonnegative';
      case 'mul':
      case 'div':
        return all('positive') ? 'positive' : all('nonnegative') ? 'nonnegative' : 'unknown';
      case 'pow': {
        if (args[0] === 'positive') return 'positive';
        const exponent = node.args[1] as Expression;
        if (args[0] === 'nonnegative') return 'nonnegative';
        const even = exponent.kind === 'number' && exponent.value.d === 1n && exponent.value.n % 2n === 0n;
        return even || (exponent.kind === 'number' && exponent.value.d !== 1n) ? 'nonnegative' : 'unknown';
      }
      default:
        return 'unknown';
    }
  });
}

/** 1 for 1 − sigmoid(u), which is positive, −1 for sigmoid(u) − 1, 0 for anything else. */
function sigmoidGap(e: Expression): number {
  if (!isCall(e, 'add') || e.args.length !== 2) return 0;
  const one = e.args.find((arg) => arg.kind === 'number');
  const other = e.args.find((arg) => arg.kind === 'call');
  if (one === undefined || other === undefined) return 0;
  const flipped = isCall(other, 'neg') || (isCall(other, 'mul') && equal(other.args[0] as Expression, MINUS_ONE));
  const inner = flipped ? (other.args[other.args.length - 1] as Expression) : other;
  if (!isCall(inner, 'sigmoid') || (flipped && other.args.length > 2)) return 0;
  if (equal(one, flipped ? ONE : MINUS_ONE)) return flipped ? 1 : -1;
  return 0;
}

function isTrue(condition: Expression): boolean {
  if (condition.kind !== 'call') return false;
  const [a, b] = condition.args as [Expression, Expression];
  if (condition.name === 'or') return isTrue(a) || isTrue(b);
  if (b?.kind !== 'number') return false;
  if (a.kind === 'number') {
    const order = Q.compare(a.value, b.value);
    if (condition.name === 'notEqual') return order !== 0;
    if (condition.name === 'greater') return order > 0;
    if (condition.name === 'greaterEqual') return order >= 0;
    if (condition.name === 'less') return order < 0;
    return condition.name === 'lessEqual' && order <= 0;
  }
  const gap = sigmoidGap(a);
  if (gap !== 0 && Q.isZero(b.value)) {
    return condition.name === 'notEqual' || (gap > 0 && condition.name.startsWith('greater'));
  }
  const sign = signOf(a);
  if (condition.name === 'greaterEqual') return b.value.n <= 0n && sign !== 'unknown';
  if (condition.name === 'greater') {
    return (Q.isZero(b.value) && sign === 'positive') || (b.value.n < 0n && sign !== 'unknown');
  }
  return condition.name === 'notEqual' && Q.isZero(b.value) && sign === 'positive';
}

/** The conditions that do not already follow from what the formula itself needs, or from each other. */
export function remaining(notes: readonly Expression[], formula: Expression): Expression[] {
  const own = certainOf(formula);
  const kept: Expression[] = [];
  notes.forEach((note, i) => {
    const others = [...own, ...kept, ...notes.slice(i + 1)];
    if (!others.some((other) => implies(other, note))) kept.push(note);
  });
  return kept;
}

function implies(known: Expression, wanted: Expression): boolean {
  if (equal(known, wanted)) return true;
  if (known.kind !== 'call' || wanted.kind !== 'call') return false;
  const [a, b] = known.args as [Expression, Expression];
  const [c, d] = wanted.args as [Expression, Expression];
  if (known.name === 'or' || wanted.name === 'or' || !equal(a, c) || !equal(b, d)) return false;
  return known.name === 'greater' && (wanted.name === 'notEqual' || wanted.name === 'greaterEqual');
}
