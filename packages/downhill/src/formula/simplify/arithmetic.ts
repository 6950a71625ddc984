import type { CallExpression, Expression } from '../expression.ts';
import { call, constant, equal, isCall, isNumber, MINUS_ONE, number, ONE, TWO, ZERO } from '../expression.ts';
import * as Q from '../rational.ts';
import type { Notes } from './conditions.ts';
import { nonnegative, nonzero, positive, signOf } from './conditions.ts';
import { baseAndExponent, compareFactors, compareTerms } from './order.ts';
import { Bag, contentOf, divideTerms, scaled, splitCoefficient } from './terms.ts';

/*
 * The canonical form has numbers, variables, constants and calls; of the operators only `add`, `mul` and `pow`. Sums and
 * products are flat and sorted, like terms and like factors are collected, a product has at most one number, its first.
 */

export const E = constant('e');

interface Coefficient {
  readonly value: Q.Rational;
  readonly decimal: boolean;
}

/** A sum with like terms collected. */
export function sum(terms: readonly Expression[], notes: Notes): Expression {
  const collected = new Bag<Coefficient>();
  let total = Q.ZERO;
  let decimal = false;
  const put = (term: Expression, factor: Q.Rational, isDecimal: boolean): void => {
    if (isCall(term, 'add')) {
      for (const inner of term.args) put(inner, factor, isDecimal);
      return;
    }
    const split = splitCoefficient(term);
    const coefficient = Q.mul(split.coefficient, factor);
    const written = split.decimal || isDecimal;
    if (split.rest === undefined) {
      total = Q.add(total, coefficient);
      decimal ||= written;
    } else if (isCall(split.rest, 'add')) put(split.rest, coefficient, written);
    else {
      const known = collected.get(split.rest);
      collected.set(split.rest, {
        value: known === undefined ? coefficient : Q.add(known.value, coefficient),
        decimal: written || known?.decimal === true,
      });
    }
  };
  for (const term of terms) put(term, Q.ONE, false);
  joinBranches(collected, notes);
  joinSoftplus(collected);
  joinSquares(collected, (value, written) => {
    total = Q.add(total, value);
    decimal ||= written;
  });
  const result: Expression[] = [];
  for (const { key, value } of collected.entries()) {
    if (Q.isZero(value.value)) notes.dropped(key);
    else result.push(scaled(value.value, value.decimal, key));
  }
  result.sort(compareTerms);
  if (!Q.isZero(total)) insertNumber(result, scaled(total, decimal, undefined));
  if (result.length === 0) return ZERO;
  return result.length === 1 ? (result[0] as Expression) : call('add', result);
}

function insertNumber(terms: Expression[], value: Expression): void {
  const at = terms.findIndex((term) => compareTerms(value, term) < 0);
  terms.splice(at < 0 ? terms.length : at, 0, value);
}

/** a·where(c, p, q) + b·where(c, r, s) is where(c, a·p + b·r, a·q + b·s). */
function joinBranches(collected: Bag<Coefficient>, notes: Notes): void {
  const groups: { test: Expression; members: { key: CallExpression; value: Coefficient }[] }[] = [];
  for (const { key, value } of collected.entries()) {
    if (!isCall(key, 'where') || Q.isZero(value.value)) continue;
    const test = key.args[0] as Expression;
    const group = groups.find((known) => equal(known.test, test));
    if (group === undefined) groups.push({ test, members: [{ key, value }] });
    else group.members.push({ key, value });
  }
  for (const { test, members } of groups) {
    if (members.length < 2) continue;
    const branch = (i: number): Expression =>
      sum(
        members.map(({ key, value }) =>
          product([number(value.value, value.decimal), key.args[i] as Expression], notes),
        ),
        notes,
      );
    for (const { key } of members) collected.set(key, { value: Q.ZERO, decimal: false });
    const [yes, no] = [branch(1), branch(2)];
    collected.set(call('where', [test, yes, no]), { value: Q.ONE, decimal: false });
  }
}

/** relu(u) + log1p(e^(-|u|)) is softplus(u): how it is computed without overflow. */
function joinSoftplus(collected: Bag<Coefficient>): void {
  for (const { key, value } of [...collected.entries()]) {
    if (!isCall(key, 'relu')) continue;
    const u = key.args[0] as Expression;
    const partner = call('log1p', [call('pow', [E, call('mul', [MINUS_ONE, call('abs', [u])])])]);
    const match = collected.get(partner);
    if (match === undefined || !Q.equal(match.value, value.value)) continue;
    collected.set(key, { value: Q.ZERO, decimal: false });
    collected.set(partner, { value: Q.ZERO, decimal: false });
    const known = collected.get(call('softplus', [u]))?.value ?? Q.ZERO;
    collected.set(call('softplus', [u]), { value: Q.add(known, value.value), decimal: value.decimal });
  }
}

/** sin(u)²·r + cos(u)²·r is r, where both carry the same coefficient. */
function joinSquares(collected: Bag<Coefficient>, addNumber: (value: Q.Rational, decimal: boolean) => void): void {
  for (const { key, value } of [...collected.entries()]) {
    if (Q.isZero(value.value)) continue;
    const factors = isCall(key, 'mul') ? key.args : [key];
    const at = factors.findIndex((factor) => isSquareOf(factor, 'sin'));
    if (at < 0) continue;
    const sine = (factors[at] as { args: readonly Expression[] }).args[0] as Expression;
    const inner = (sine as { args: readonly Expression[] }).args;
    const others = factors.filter((_, i) => i !== at);
    const partner = [...others, call('pow', [call('cos', inner), TWO])].sort(compareFactors);
    const partnerKey = partner.length === 1 ? (partner[0] as Expression) : call('mul', partner);
    const match = collected.get(partnerKey);
    if (match === undefined || !Q.equal(match.value, value.value)) continue;
    collected.set(key, { value: Q.ZERO, decimal: false });
    collected.set(partnerKey, { value: Q.ZERO, decimal: false });
    const decimal = value.decimal || match.decimal;
    if (others.length === 0) {
      addNumber(value.value, decimal);
      continue;
    }
    const rest = others.length === 1 ? (others[0] as Expression) : call('mul', others);
    const known = collected.get(rest);
    collected.set(rest, { value: Q.add(known?.value ?? Q.ZERO, value.value), decimal });
  }
}

const isSquareOf = (factor: Expression, name: string): boolean =>
  isCall(factor, 'pow') && isCall(factor.args[0] as Expression, name) && equal(factor.args[1] as Expression, TWO);

/** A product with like factors collected into powers. */
export function product(factors: readonly Expression[], notes: Notes): Expression {
  let coefficient = Q.ONE;
  let decimal = false;
  const collected = new Bag<Expression[]>();
  const pending = [...factors].reverse();
  for (let factor = pending.pop(); factor !== undefined; factor = pending.pop()) {
    if (isNumber(factor)) {
      coefficient = Q.mul(coefficient, factor.value);
      decimal ||= factor.decimal;
    } else if (isCall(factor, 'mul')) {
      for (let i = factor.args.length - 1; i >= 0; i--) pending.push(factor.args[i] as Expression);
    } else {
      let [base, exponent] = baseAndExponent(factor);
      if (isCall(base, 'add') && exponent === undefined) {
        const content = contentOf(base.args);
        if (!Q.isOne(content)) {
          coefficient = Q.mul(coefficient, content);
          decimal ||= base.args.some((term) => splitCoefficient(term).decimal);
          base = divideTerms(base.args, content);
        }
      }
      const known = collected.get(base);
      if (known === undefined) collected.set(base, [exponent ?? ONE]);
      else known.push(exponent ?? ONE);
    }
  }
  const result: Expression[] = [];
  let again = false;
  for (const { key: base, value: exponents } of collected.entries()) {
    const combined = combine(base, exponents, notes);
    for (const part of combined) {
      if (isNumber(part)) coefficient = Q.mul(coefficient, part.value);
      else {
        // A power may come out as a product or as another base, which can meet its like.
        again ||= isCall(part, 'mul') || !equal(baseAndExponent(part)[0], base);
        result.push(part);
      }
    }
  }
  const c = number(coefficient, decimal && !Q.isInteger(coefficient));
  if (Q.isZero(coefficient)) {
    for (const part of result) notes.dropped(part);
    return ZERO;
  }
  if (again) return product([c, ...result], notes);
  const joined = joinSigns(result);
  if (joined !== undefined) return product([c, ...joined], notes);
  result.sort(compareFactors);
  if (result.length === 0) return c;
  if (Q.isOne(coefficient)) return result.length === 1 ? (result[0] as Expression) : call('mul', result);
  return call('mul', [c, ...result]);
}

/** u·sign(u) is |u| and |u|·sign(u) is u. */
function joinSigns(factors: readonly Expression[]): Expression[] | undefined {
  const at = factors.findIndex((factor) => isCall(factor, 'sign'));
  if (at < 0) return undefined;
  const inner = (factors[at] as { args: readonly Expression[] }).args[0] as Expression;
  const partner = factors.findIndex(
    (factor) => equal(factor, inner) || (isCall(factor, 'abs') && equal(factor.args[0] as Expression, inner)),
  );
  if (partner < 0) return undefined;
  const other = factors[partner] as Expression;
  const replacement = equal(other, inner) ? call('abs', [inner]) : inner;
  return [...factors.filter((_, i) => i !== at && i !== partner), replacement];
}

/** base^a · base^b · …: one power where the real numbers allow it. */
function combine(base: Expression, exponents: readonly Expression[], notes: Notes): Expression[] {
  if (exponents.length === 1) return [rawPower(base, exponents[0] as Expression)];
  // Powers of a negative number with unknown whole exponents add up as well; nothing else is known about them.
  const total = sum(exponents, notes);
  const always = signOf(base) === 'positive';
  const numeric = exponents.filter(isNumber);
  if (!always) {
    const needsRoot = numeric.some((x) => !Q.isInteger(x.value));
    const needsInverse = numeric.some((x) => x.value.n < 0n);
    const symbolic = numeric.length < exponents.length;
    const value = isNumber(total) ? total.value : undefined;
    const keepsRoot = value !== undefined && !Q.isInteger(value);
    const keepsInverse = value !== undefined && value.n < 0n;
    if (symbolic) {
      const negativeNumber = isNumber(base) && base.value.n < 0n;
      if (!negativeNumber) notes.add(positive(base));
    } else if (needsRoot && !keepsRoot) {
      notes.add(needsInverse && !keepsInverse ? positive(base) : nonnegative(base));
    } else if (needsInverse && !keepsInverse) {
      notes.add(needsRoot ? positive(base) : nonzero(base));
    }
  }
  return [power(base, total, notes)];
}

const rawPower = (base: Expression, exponent: Expression): Expression =>
  isNumber(exponent) && Q.isOne(exponent.value) ? base : call('pow', [base, exponent]);

/** base^exponent for canonical arguments. */
export function power(base: Expression, exponent: Expression, notes: Notes): Expression {
  if (isNumber(exponent)) {
    if (Q.isZero(exponent.value)) {
      notes.dropped(base);
      return ONE;
    }
    if (Q.isOne(exponent.value)) return base;
    if (isNumber(base)) return numberPower(base, exponent.value) ?? call('pow', [base, exponent]);
    return constantPower(base, exponent.value, exponent.decimal, notes);
  }
  if (isNumber(base) && Q.isOne(base.value)) {
    notes.dropped(exponent);
    return ONE;
  }
  if (base.kind === 'constant' && base.name === 'e') return exponential(exponent, notes);
  if (isCall(base, 'pow') && isPositiveBase(base.args[0] as Expression)) {
    const inner = product([base.args[1] as Expression, exponent], notes);
    return power(base.args[0] as Expression, inner, notes);
  }
  return call('pow', [base, exponent]);
}

const isPositiveBase = (base: Expression): boolean => signOf(base) === 'positive';

function numberPower(base: Expression & { kind: 'number' }, exponent: Q.Rational): Expression | undefined {
  const { value } = base;
  if (Q.isInteger(exponent)) {
    const result = Q.power(value, exponent.n);
    return result === undefined ? undefined : number(result, base.decimal && !Q.isInteger(result));
  }
  const rooted = Q.root(value, exponent.d);
  const result = rooted === undefined ? undefined : Q.power(rooted, exponent.n);
  return result === undefined ? undefined : number(result, base.decimal && !Q.isInteger(result));
}

/** e^u: e^(log u) is u, and a factor log(u) of the exponent makes a power of u. */
function exponential(exponent: Expression, notes: Notes): Expression {
  const terms = isCall(exponent, 'add') ? exponent.args : [exponent];
  const outside: Expression[] = [];
  const inside: Expression[] = [];
  for (const term of terms) {
    const factors = isCall(term, 'mul') ? term.args : [term];
    const at = factors.findIndex((factor) => isCall(factor, 'log'));
    if (at < 0) {
      inside.push(term);
      continue;
    }
    const u = (factors[at] as { args: readonly Expression[] }).args[0] as Expression;
    const rest = product(
      factors.filter((_, i) => i !== at),
      notes,
    );
    notes.add(positive(u));
    outside.push(power(u, rest, notes));
  }
  if (outside.length === 0) return call('pow', [E, exponent]);
  return product([...outside, power(E, sum(inside, notes), notes)], notes);
}

/** u^k for a number k that is neither 0 nor 1 and a base that is not a number. */
function constantPower(base: Expression, k: Q.Rational, decimal: boolean, notes: Notes): Expression {
  const whole = Q.isInteger(k);
  const exponent = number(k, decimal);
  if (isCall(base, 'pow')) return powerOfPower(base.args as [Expression, Expression], k, notes);
  if (isCall(base, 'mul') && whole) {
    return product(
      base.args.map((factor) => power(factor, exponent, notes)),
      notes,
    );
  }
  if (isCall(base, 'abs') && whole && k.n % 2n === 0n) return power(base.args[0] as Expression, exponent, notes);
  if (isCall(base, 'add') && whole) {
    const content = contentOf(base.args);
    const scale = Q.isOne(content) ? undefined : Q.power(content, k.n);
    if (scale !== undefined) {
      const inner = call('pow', [divideTerms(base.args, content), exponent]);
      return product(
        [
          number(
            scale,
            base.args.some((t) => splitCoefficient(t).decimal),
          ),
          inner,
        ],
        notes,
      );
    }
  }
  if (isCall(base, 'mul') && isNumber(base.args[0] as Expression)) {
    // (4x)^(1/2) is 2·x^(1/2): an exact positive root may leave.
    const { coefficient, rest } = splitCoefficient(base);
    const rooted = coefficient.n > 0n ? numberPower(number(coefficient), k) : undefined;
    if (rooted !== undefined && isNumber(rooted) && rest !== undefined) {
      return product([rooted, power(rest, exponent, notes)], notes);
    }
  }
  return call('pow', [base, exponent]);
}

/** (u^a)^k over the reals. */
function powerOfPower([u, a]: [Expression, Expression], k: Q.Rational, notes: Notes): Expression {
  const whole = Q.isInteger(k);
  if (isPositiveBase(u)) return power(u, product([a, number(k)], notes), notes);
  if (!isNumber(a)) {
    // u^a with an unknown exponent already needs u > 0 (or a whole exponent, which a whole k keeps whole).
    if (!whole || (isNumber(u) && Q.isZero(u.value))) return call('pow', [call('pow', [u, a]), number(k)]);
    if (k.n < 0n) notes.add(nonzero(u));
    return power(u, product([a, number(k)], notes), notes);
  }
  const total = Q.mul(a.value, k);
  if (!Q.isInteger(a.value)) {
    if (Q.isInteger(total)) notes.add(a.value.n < 0n || k.n < 0n ? positive(u) : nonnegative(u));
    else if (total.n > 0n && a.value.n < 0n) notes.add(nonzero(u));
    return power(u, number(total), notes);
  }
  if (a.value.n < 0n && total.n >= 0n) notes.add(nonzero(u));
  if (whole) return power(u, number(total), notes);
  if (a.value.n % 2n !== 0n) {
    if (Q.isInteger(total)) notes.add(total.n < 0n ? positive(u) : nonnegative(u));
    return power(u, number(total), notes);
  }
  if (Q.isInteger(total) && total.n % 2n === 0n) return power(u, number(total), notes);
  return power(absolute(u, notes), number(total), notes);
}

/** The first term has a minus sign: how a reader decides that a formula is negative. */
export function isNegative(e: Expression): boolean {
  const lead = isCall(e, 'add') ? (e.args[0] as Expression) : e;
  return splitCoefficient(lead).coefficient.n < 0n;
}

/** -e, term by term. */
export const negated = (e: Expression, notes: Notes): Expression =>
  isCall(e, 'add') ? divideTerms(e.args, Q.MINUS_ONE) : product([MINUS_ONE, e], notes);

/** |e|. */
export function absolute(e: Expression, notes: Notes): Expression {
  if (isNumber(e)) return number(Q.absolute(e.value), e.decimal);
  if (signOf(e) !== 'unknown' || isCall(e, 'abs')) return e;
  if (isCall(e, 'add')) return call('abs', [isNegative(e) ? negated(e, notes) : e]);
  const { coefficient, rest } = splitCoefficient(e);
  if (rest === undefined || Q.isOne(coefficient)) return call('abs', [e]);
  return product([number(Q.absolute(coefficient)), absolute(rest, notes)], notes);
}
