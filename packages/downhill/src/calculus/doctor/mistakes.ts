import type { CauseKind } from './causes.ts';
import type { Slip, Step, Tape, TapeNode } from './tape.ts';

/** A mistake that can be made at one operation: when it applies, what it makes of the derivative, how to say it. */
export interface Mistake {
  readonly kind: CauseKind;
  /** Lower comes first when several mistakes give the same claim. */
  readonly rank: number;
  readonly applies: (node: TapeNode, tape: Tape) => boolean;
  readonly slip: Slip;
  readonly say: (node: TapeNode, step: Step, tape: Tape) => string;
}

const linear = new Set(['add', 'sub', 'neg', 'convert_element_type', 'reshape', 'broadcast_in_dim', 'copy']);
const products = new Set(['mul', 'div']);

const isNonlinear = (node: TapeNode): boolean =>
  !linear.has(node.primitive) && !(products.has(node.primitive) && node.operands.length < 2);

const isFunction = (node: TapeNode): boolean => isNonlinear(node) && !products.has(node.primitive);

/** Operations that read a node and are not linear in it: what makes the node an inner function. */
const isInner = (node: TapeNode, tape: Tape): boolean =>
  node.id >= tape.inputs &&
  tape.nodes.some(
    (outer) =>
      outer.operands.some(({ id }) => id === node.id) &&
      (isFunction(outer) || isPower(outer) || isReciprocal(outer, tape)) &&
      !['max', 'min', 'select'].includes(outer.primitive),
  );

const named = (...names: string[]) => {
  const set = new Set(names);
  return (node: TapeNode): boolean => set.has(node.primitive);
};

const isSquare = (node: TapeNode): boolean =>
  node.primitive === 'mul' && node.operands.length === 2 && node.operands[0].id === node.operands[1].id;
const isProduct = (node: TapeNode): boolean =>
  node.primitive === 'mul' && node.operands.length === 2 && !isSquare(node);
const isQuotient = (node: TapeNode): boolean => node.primitive === 'div' && node.operands.length === 2;
/** c/u with a literal c: its derivative −c/u² is that of a power. */
const isReciprocal = (node: TapeNode, tape: Tape): boolean => {
  if (node.primitive !== 'div' || node.operands.length !== 1) return false;
  const [{ id, partial }] = node.operands;
  return partial * tape.nodes[id].value * node.value < 0;
};
const isPower = (node: TapeNode): boolean => (node.primitive === 'pow' && node.operands.length === 1) || isSquare(node);

const number = (x: number): string => String(Number(x.toPrecision(6)));

/** The exponent n of u^n from its value and slope n u^(n−1); undefined for c^u. */
function exponentOf(node: TapeNode, tape: Tape): number | undefined {
  if (isSquare(node)) return 2;
  const [{ id, partial }] = node.operands;
  const u = tape.nodes[id].value;
  const n = (partial * u) / node.value;
  const close = Math.abs(u ** n - node.value) <= 1e-9 * Math.abs(node.value);
  return Number.isFinite(n) && (close || u < 0) ? Number(n.toPrecision(12)) : undefined;
}

const powerOf = (step: Step): { u: number; t: number; p: number } => ({
  u: step.u[0],
  t: step.t[0],
  p: isSquare(step.node) ? 2 * step.u[0] : step.p[0],
});

/** The constant that an addition adds: the literal, or the operand that does not depend on the variable. */
function addedConstant({ node, u, v, p, t }: Step): number | undefined {
  if (!['add', 'sub'].includes(node.primitive)) return undefined;
  if (t.length === 1) return t[0] === 0 ? undefined : v - p[0] * u[0];
  const still = t.indexOf(0);
  const moving = t.findIndex((x) => x !== 0);
  return still < 0 || moving < 0 ? undefined : p[still] * u[still];
}

/** The constant factor of a product or quotient. */
function constantFactor({ node, p, t, u, v }: Step): number | undefined {
  if (isSquare(node)) return undefined;
  const moving = t.findIndex((x) => x !== 0);
  if (moving < 0 || t.some((x, i) => x !== 0 && i !== moving)) return undefined;
  // in c/u the constant is no factor of the derivative alone
  if (node.primitive === 'div' && p[moving] * u[moving] * v < 0) return undefined;
  return p[moving];
}

/**
 * A factor or summand that stands still, for a sentence: a literal by its value; anything that holds a variable by its
 * expression, since its value belongs to this point only.
 */
function still(node: TapeNode, { t }: Step, tape: Tape, value: number, what: 'factor' | 'summand'): string {
  const at = node.operands.length === 2 ? t.indexOf(0) : -1;
  if (at < 0) return `the constant ${what === 'factor' ? 'factor ' : ''}${number(value)} of ${node.expression}`;
  const expression = edge(node, tape, at);
  const inverse = what === 'factor' && node.primitive === 'div' && at === 1;
  const shown = inverse ? `1/${/^[\w.]+$/.test(expression) ? expression : `(${expression})`}` : expression;
  const name = what === 'factor' ? 'factor' : 'term';
  return `the ${name} ${shown} of ${node.expression} (${number(value)} here)`;
}

/** How many terms a sum has. */
function countTerms(id: number, tape: Tape): number {
  const node = tape.nodes[id];
  if (node.primitive !== 'add') return 1;
  const literals = 2 - node.operands.length;
  return node.operands.reduce((total, o) => total + countTerms(o.id, tape), literals);
}

/** Whether a node divides a sum of n > 1 terms by n. */
function isMean(node: TapeNode, tape: Tape): boolean {
  if (!products.has(node.primitive) || node.operands.length !== 1 || isReciprocal(node, tape)) return false;
  const [{ id, partial }] = node.operands;
  const terms = countTerms(id, tape);
  return terms > 1 && Math.abs(1 / partial - terms) < 1e-9 * terms;
}

const only =
  (primitive: string, wrong: (u: number, v: number) => number): Slip =>
  ({ node, u, v, t }) =>
    node.primitive === primitive ? t[0] * wrong(u[0], v) : undefined;

/** Slopes that are often written for a function instead of its own: [function, what is written, its value]. */
const wrongSlopes: readonly (readonly [string, string, (u: number, v: number) => number])[] = [
  ['tan', 'sec u', (u) => 1 / Math.cos(u)],
  ['tan', '1 - tan²u', (_, v) => 1 - v * v],
  ['tan', '1 + tan u', (_, v) => 1 + v],
  ['tanh', '1 - tanh u', (_, v) => 1 - v],
  ['tanh', '1 + tanh²u', (_, v) => 1 + v * v],
  ['tanh', '1/cosh u', (u) => 1 / Math.cosh(u)],
  ['logistic', 'σ(1 + σ)', (_, v) => v * (1 + v)],
  ['logistic', '1 - σ', (_, v) => 1 - v],
  ['logistic', 'u(1 - u)', (u) => u * (1 - u)],
  ['logistic', '1 - σ²', (_, v) => 1 - v * v],
  ['sqrt', '1/√u', (_, v) => 1 / v],
  ['sqrt', '1/(2u)', (u) => 1 / (2 * u)],
  ['sqrt', '√u/2', (_, v) => v / 2],
  ['sqrt', '2√u', (_, v) => 2 * v],
  ['log', '1/log u', (_, v) => 1 / v],
  ['log', 'u', (u) => u],
  ['asin', '1/(1 - u²)', (u) => 1 / (1 - u * u)],
  ['asin', '1/√(1 + u²)', (u) => 1 / Math.sqrt(1 + u * u)],
  ['asin', '1/(1 + u²)', (u) => 1 / (1 + u * u)],
  ['asin', '1/cos u', (u) => 1 / Math.cos(u)],
  ['acos', '1/sin u', (u) => 1 / Math.sin(u)],
  ['acos', '-1/(1 - u²)', (u) => -1 / (1 - u * u)],
  ['atan', '1/(1 - u²)', (u) => 1 / (1 - u * u)],
  ['atan', '1/(1 + u)', (u) => 1 / (1 + u)],
  ['atan', '1/√(1 + u²)', (u) => 1 / Math.sqrt(1 + u * u)],
  ['atan', '1/√(1 - u²)', (u) => 1 / Math.sqrt(1 - u * u)],
  ['atan', 'cos²u', (u) => Math.cos(u) ** 2],
  ['erf', 'exp(-u²)', (u) => Math.exp(-u * u)],
  ['abs', '1', () => 1],
  ['exp', 'u exp(u - 1)', (u) => u * Math.exp(u - 1)],
  ['exp', 'u exp u', (u, v) => u * v],
  ['sinh', '-cosh u', (u) => -Math.cosh(u)],
  ['log1p', '1/u', (u) => 1 / u],
];

const wrongRules: Mistake[] = wrongSlopes.map(([primitive, written, slope]) => ({
  kind: 'wrong-rule',
  rank: 37,
  applies: named(primitive),
  slip: only(primitive, slope),
  say: (node) => `the derivative of ${node.expression} was taken as ${written} (u its argument), which it is not`,
}));

const edge = (node: TapeNode, tape: Tape, i: number): string => tape.nodes[node.operands[i].id].expression;

/** Which of the two terms of a two-operand rule was left out. */
const lostTerm = (i: 0 | 1, applies: (node: TapeNode) => boolean, kind: CauseKind, rule: string): Mistake => ({
  kind,
  rank: 30,
  applies,
  slip: ({ p, t }) => (t[i] !== 0 && t[1 - i] !== 0 ? p[1 - i] * t[1 - i] : undefined),
  say: (node, _step, tape) =>
    `in ${node.expression} only ${edge(node, tape, 1 - i)} was differentiated; the ${rule} has a second term, with the derivative of ${edge(node, tape, i)}`,
});

const isGeneralPower = (node: TapeNode): boolean => node.primitive === 'pow' && node.operands.length === 2;

/** Every mistake the doctor knows that happens at one operation. */
export const mistakes: readonly Mistake[] = [
  {
    kind: 'chain',
    rank: 10,
    applies: isInner,
    slip: ({ right }) => (right === 0 || right === 1 ? undefined : 1),
    say: (node, { right }) =>
      `the inner derivative is missing: d(${node.expression}) is ${number(right)} here, and was taken as 1 (chain rule)`,
  },
  {
    kind: 'constant-kept',
    rank: 5,
    applies: named('add', 'sub'),
    slip: (step) => {
      const c = addedConstant(step);
      return c === undefined || c === 0 ? undefined : step.right + c;
    },
    say: (node, step, tape) => {
      const kept = still(node, step, tape, addedConstant(step) as number, 'summand');
      return `${kept} was kept; the derivative of what does not change, a constant, is 0`;
    },
  },
  {
    kind: 'constant-kept',
    rank: 48,
    applies: named('add', 'sub'),
    slip: (step) => (addedConstant(step) === undefined ? undefined : step.right + 1),
    say: (node) => `the constant in ${node.expression} was given the derivative 1; it is 0`,
  },
  {
    kind: 'sum-for-mean',
    rank: 6,
    applies: isMean,
    slip: ({ t }) => t[0],
    say: (node, { p }) =>
      `${node.expression} is a mean of ${number(1 / p[0])} terms; the division is missing from the derivative, as if it were their sum`,
  },
  {
    kind: 'power',
    rank: 12,
    applies: isPower,
    slip: (step) => {
      const { u, t, p } = powerOf(step);
      return p * u * t;
    },
    say: (node, _s, tape) =>
      `the power of ${node.expression} was not lowered: the exponent ${exponentOf(node, tape) ?? ''} came down in front, but u^n stayed`,
  },
  {
    kind: 'power',
    rank: 14,
    applies: isPower,
    slip: (step) => {
      const { u, t, p } = powerOf(step);
      const n = (p * u) / step.v;
      return n === 1 ? undefined : (p / n) * t;
    },
    say: (node, _s, tape) =>
      `the exponent${showExponent(exponentOf(node, tape))} did not come down in front of ${node.expression} when its power was lowered`,
  },
  {
    kind: 'power',
    rank: 46,
    applies: isPower,
    slip: (step) => {
      const { u, t, p } = powerOf(step);
      const n = (p * u) / step.v;
      return (n - 1) * (p / n) * t;
    },
    say: (node) => `in front of ${node.expression} stands the lowered exponent; the old one comes down`,
  },
  {
    kind: 'integrated',
    rank: 16,
    applies: isPower,
    slip: (step) => {
      const { u, p } = powerOf(step);
      const n = (p * u) / step.v;
      return n === -1 ? undefined : (step.v * u) / (n + 1);
    },
    say: (node) => `the power of ${node.expression} was raised and divided by, as for an integral, instead of lowered`,
  },
  {
    kind: 'power',
    rank: 20,
    applies: isReciprocal,
    slip: ({ p, u, t }) => p[0] * u[0] * t[0],
    say: (node) => `the power in ${node.expression} was not lowered: d(1/u) is -1/u², not -1/u`,
  },
  {
    kind: 'integrated',
    rank: 20,
    applies: isReciprocal,
    slip: ({ v, u }) => v * u[0] * Math.log(Math.abs(u[0])),
    say: (node) => `${node.expression} was integrated to a logarithm instead of differentiated`,
  },
  {
    kind: 'power',
    rank: 11,
    applies: (node) => node.primitive === 'pow' && node.operands.length === 1,
    slip: ({ v, u, t, p }) => {
      const base = Math.abs(v) ** (1 / u[0]);
      return Math.abs(p[0] - v * Math.log(base)) < 1e-9 * Math.abs(p[0]) ? (u[0] * v * t[0]) / base : undefined;
    },
    say: (node) => `${node.expression} is an exponential, not a power: its derivative has a logarithm of the base`,
  },
  {
    kind: 'wrong-rule',
    rank: 12,
    applies: (node) => node.primitive === 'pow' && node.operands.length === 1,
    slip: ({ v, u, t, p }) => {
      const base = Math.abs(v) ** (1 / u[0]);
      return Math.abs(p[0] - v * Math.log(base)) < 1e-9 * Math.abs(p[0]) ? v * t[0] : undefined;
    },
    say: (node) => `the logarithm of the base is missing from the derivative of ${node.expression}`,
  },
  lostTerm(0, isGeneralPower, 'power', 'derivative of u^w'),
  lostTerm(1, isGeneralPower, 'power', 'derivative of u^w'),
  {
    kind: 'product-of-derivatives',
    rank: 28,
    applies: isProduct,
    slip: ({ t }) => (t[0] !== 0 && t[1] !== 0 ? t[0] * t[1] : undefined),
    say: (node) =>
      `${node.expression} was differentiated as the product of the derivatives; the product rule is (uv)′ = u′v + uv′`,
  },
  lostTerm(0, isProduct, 'product-rule', 'product rule'),
  lostTerm(1, isProduct, 'product-rule', 'product rule'),
  {
    kind: 'product-rule',
    rank: 34,
    applies: isProduct,
    slip: ({ p, t }) => (t[0] !== 0 && t[1] !== 0 ? p[0] * t[0] - p[1] * t[1] : undefined),
    say: (node) => `the terms of the product rule for ${node.expression} were subtracted; (uv)′ = u′v + uv′`,
  },
  {
    kind: 'quotient-rule',
    rank: 28,
    applies: isQuotient,
    slip: ({ t }) => (t[0] !== 0 && t[1] !== 0 ? t[0] / t[1] : undefined),
    say: (node) =>
      `${node.expression} was differentiated as the quotient of the derivatives; the quotient rule is (u/v)′ = (u′v - uv′)/v²`,
  },
  {
    kind: 'quotient-rule',
    rank: 30,
    applies: isQuotient,
    slip: ({ right, u, t }) => (t[1] !== 0 ? right * u[1] : undefined),
    say: (node) => `the denominator of ${node.expression} was not squared; (u/v)′ = (u′v - uv′)/v²`,
  },
  {
    kind: 'quotient-rule',
    rank: 30,
    applies: isQuotient,
    slip: ({ right, u, t }) => (t[1] !== 0 ? right * u[1] * u[1] : undefined),
    say: (node) => `the derivative of ${node.expression} was not divided by v²; (u/v)′ = (u′v - uv′)/v²`,
  },
  {
    kind: 'quotient-rule',
    rank: 30,
    applies: isQuotient,
    slip: ({ p, t }) => (t[0] !== 0 && t[1] !== 0 ? p[0] * t[0] - p[1] * t[1] : undefined),
    say: (node) => `the terms of the quotient rule for ${node.expression} were added; (u/v)′ = (u′v - uv′)/v²`,
  },
  {
    kind: 'quotient-rule',
    rank: 9,
    applies: isQuotient,
    slip: ({ right, t }) => (t[0] !== 0 && t[1] !== 0 ? -right : undefined),
    say: (node) => `the terms of the quotient rule for ${node.expression} are the wrong way round: it is u′v - uv′`,
  },
  lostTerm(0, isQuotient, 'quotient-rule', 'quotient rule'),
  lostTerm(1, isQuotient, 'quotient-rule', 'quotient rule'),
  ...wrongRules,
  {
    kind: 'sign',
    rank: 33,
    applies: (node) => node.primitive !== 'convert_element_type',
    slip: ({ right }) => -right,
    say: (node) => `the sign of the derivative of ${node.expression} is wrong`,
  },
  {
    kind: 'sign',
    rank: 32,
    applies: (node) => node.primitive === 'sub' && node.operands.length === 2,
    slip: ({ p, t }) => p[0] * t[0] - p[1] * t[1],
    say: (node, _s, tape) => `in ${node.expression} the derivative of ${edge(node, tape, 1)} has the wrong sign`,
  },
  {
    kind: 'outer-derivative',
    rank: 38,
    applies: (node) => isFunction(node) && node.operands.length === 1,
    slip: ({ t }) => t[0],
    say: (node) => `the derivative of the outer function of ${node.expression} is missing; only its inside was derived`,
  },
  {
    kind: 'constant-factor',
    rank: 40,
    applies: named('mul', 'div'),
    slip: (step) => {
      const c = constantFactor(step);
      return c === undefined ? undefined : step.right / c;
    },
    say: (node, step, tape) => `${still(node, step, tape, constantFactor(step) as number, 'factor')} is missing`,
  },
  {
    kind: 'constant-factor',
    rank: 44,
    applies: named('mul', 'div'),
    slip: (step) => {
      const c = constantFactor(step);
      return c === undefined ? undefined : step.right * c;
    },
    say: (node, step, tape) => `${still(node, step, tape, constantFactor(step) as number, 'factor')} was counted twice`,
  },
  {
    kind: 'not-differentiated',
    rank: 47,
    applies: (node) => node.operands.length === 1 && isFunction(node),
    slip: ({ v, t }) => v * t[0],
    say: (node) => `${node.expression} was copied, not differentiated`,
  },
  {
    kind: 'not-differentiated',
    rank: 49,
    applies: (node) => isFunction(node) || isPower(node),
    slip: ({ v }) => v,
    say: (node) => `${node.expression} was copied, not differentiated`,
  },
  {
    kind: 'missing-term',
    rank: 50,
    applies: (node) => named('add', 'sub')(node) && node.operands.length === 2,
    slip: ({ p, t }) => (t[0] !== 0 && t[1] !== 0 ? p[0] * t[0] : undefined),
    say: (node, _s, tape) => `the term ${edge(node, tape, 1)} of ${node.expression} was left out`,
  },
  {
    kind: 'missing-term',
    rank: 50,
    applies: (node) => named('add', 'sub')(node) && node.operands.length === 2,
    slip: ({ p, t }) => (t[0] !== 0 && t[1] !== 0 ? p[1] * t[1] : undefined),
    say: (node, _s, tape) => `the term ${edge(node, tape, 0)} of ${node.expression} was left out`,
  },
];

const showExponent = (n: number | undefined): string => (n === undefined ? '' : ` ${number(n)}`);
