import { create, parseDependencies } from 'mathjs/number';
import { checkOptions } from '../tensor/option-names.ts';
import { FormulaError, type Span } from './errors.ts';
import type { ConstantName, Expression } from './expression.ts';
import * as X from './expression.ts';
import { arrange, functionNamed, isConstantName } from './grammar.ts';
import { isTruth } from './operations.ts';
import * as Q from './rational.ts';
import { type Token, tokenize } from './tokens.ts';

/** The part of a node of the parser's tree that is read. */
interface ParsedNode {
  readonly type: string;
  readonly value?: unknown;
  readonly name?: string;
  readonly fn?: string | ParsedNode;
  readonly content?: ParsedNode;
  readonly args?: readonly ParsedNode[];
  readonly params?: readonly ParsedNode[];
}

const parser = create(parseDependencies, {}) as unknown as { parse: (text: string) => ParsedNode };

export interface ParseOptions {
  /** The variables the formula may use; any other name is an error. Without it every plain name is a variable. */
  readonly variables?: readonly string[];
}

/** What a node became, and where: indices of its first and last token, and its offsets in the text. */
interface Read {
  readonly expression: Expression;
  readonly first: number;
  readonly last: number;
  readonly span: Span;
}

const OPERATORS: Readonly<Record<string, string>> = {
  add: 'add',
  multiply: 'mul',
  divide: 'div',
  pow: 'pow',
  unaryMinus: 'neg',
  smaller: 'less',
  smallerEq: 'lessEqual',
  larger: 'greater',
  largerEq: 'greaterEqual',
  equal: 'equal',
  unequal: 'notEqual',
  and: 'and',
  or: 'or',
  not: 'not',
};

/**
 * Reads a formula such as `3x^2 - 4x`, `sin(x)^2` or `sigmoid(w*x + b)`. The grammar is described in docs/formulas.md.
 * Nothing in the text is ever executed: the parser sees numbered placeholders in place of names and numbers.
 *
 * @throws FormulaError with the position of the first thing that cannot be read.
 */
export function parse(source: string, options: ParseOptions = {}): Expression {
  checkOptions('parse', options, { variables: 1 });
  const expression = read(source, options);
  checkTruth(expression, source, false);
  return expression;
}

/** Reads a condition such as `x > 0` or `x > 0 and y != 1`. */
export function parseCondition(source: string, options: ParseOptions = {}): Expression {
  checkOptions('parseCondition', options, { variables: 1 });
  const expression = read(source, options);
  checkTruth(expression, source, true);
  return expression;
}

function read(source: string, options: ParseOptions): Expression {
  if (typeof source !== 'string') {
    throw new FormulaError('not-text', `a formula is a text, not ${source === null ? 'null' : typeof source}`);
  }
  const tokens = arrange(source, tokenize(source), options.variables);
  return convert(source, tokens, parsePlaceholders(source, tokens));
}

/** Names become `t12` and numbers `12`, after their place among the tokens: that is how positions survive the parser. */
function parsePlaceholders(source: string, tokens: readonly Token[]): ParsedNode {
  const words = tokens.map((token, index) => {
    if (token.kind === 'number') return String(index);
    if (token.kind === 'name' && !['and', 'or', 'not'].includes(token.text)) return `t${index}`;
    return token.text;
  });
  try {
    return parser.parse(words.join(' '));
  } catch (error) {
    if (error instanceof RangeError) {
      throw new FormulaError('too-deep', 'the formula is nested too deeply');
    }
    let offset = (error as { char?: number }).char ?? 0;
    let index = 0;
    while (index < words.length - 1 && offset > (words[index] as string).length) {
      offset -= (words[index] as string).length + 1;
      index++;
    }
    const at = tokens[index] as Token;
    throw new FormulaError('syntax', 'the formula cannot be read from here', source, at);
  }
}

function convert(source: string, tokens: readonly Token[], root: ParsedNode): Expression {
  const results = new Map<ParsedNode, Read>();
  const stack: ParsedNode[] = [root];
  while (stack.length > 0) {
    const node = stack[stack.length - 1] as ParsedNode;
    const inner = operandsOf(node);
    const waiting = inner.filter((child) => !results.has(child));
    if (waiting.length > 0 && isKnown(node)) {
      for (let i = waiting.length - 1; i >= 0; i--) stack.push(waiting[i] as ParsedNode);
      continue;
    }
    stack.pop();
    const children = inner.map((child) => results.get(child) as Read);
    results.set(node, convertNode(source, tokens, node, children));
    for (const child of inner) results.delete(child);
  }
  return (results.get(root) as Read).expression;
}

/** The operator a chain such as `a - b + c` or `a * b * c` is made of; undefined for other nodes. */
function chainOf(node: ParsedNode): 'add' | 'mul' | undefined {
  if (node.type !== 'OperatorNode' || node.args?.length !== 2) return undefined;
  if (node.fn === 'add' || node.fn === 'subtract') return 'add';
  return node.fn === 'multiply' ? 'mul' : undefined;
}

/** The nodes below; a chain of sums or products, which the parser nests to the left, counts as one node. */
function operandsOf(node: ParsedNode): readonly ParsedNode[] {
  if (node.content !== undefined) return [node.content];
  const chain = chainOf(node);
  if (chain === undefined) return node.args ?? node.params ?? [];
  const operands: ParsedNode[] = [];
  let at = node;
  while (chainOf(at) === chain) {
    const [left, right] = at.args as [ParsedNode, ParsedNode];
    operands.push(right);
    at = left;
  }
  operands.push(at);
  return operands.reverse();
}

/** For each operand of a chain of sums, whether it is subtracted. */
function signsOf(node: ParsedNode): readonly boolean[] {
  const signs: boolean[] = [];
  let at = node;
  while (chainOf(at) === 'add') {
    signs.push(at.fn === 'subtract');
    at = (at.args as [ParsedNode])[0];
  }
  return [...signs, false].reverse();
}

const KNOWN = ['ConstantNode', 'SymbolNode', 'ParenthesisNode', 'OperatorNode', 'FunctionNode', 'RelationalNode'];
const isKnown = (node: ParsedNode): boolean => KNOWN.includes(node.type);

function convertNode(source: string, tokens: readonly Token[], node: ParsedNode, args: readonly Read[]): Read {
  const at = (index: number): Token => tokens[index] as Token;
  const leaf = (index: number, make: (token: Token) => Expression): Read => {
    const token = at(index);
    return { expression: make(token), first: index, last: index, span: spanOf(token) };
  };
  switch (node.type) {
    case 'ConstantNode':
      return leaf(Number(node.value), (token) =>
        X.number(Q.fromDecimal(token.text) as Q.Rational, /[.eE]/.test(token.text), spanOf(token)),
      );
    case 'SymbolNode':
      return leaf(tokenIndex(node), (token) =>
        isConstantName(token.text)
          ? X.constant(token.text as ConstantName, spanOf(token))
          : X.variable(token.text, spanOf(token)),
      );
    case 'ParenthesisNode': {
      const inside = args[0] as Read;
      const first = inside.first - 1;
      const last = inside.last + 1;
      const span = union(spanOf(at(first)), inside.span, spanOf(at(last)));
      return { expression: inside.expression, first, last, span };
    }
    case 'FunctionNode': {
      const first = tokenIndex(node.fn as ParsedNode);
      const last = (args[args.length - 1] as Read).last + 1;
      const span = union(spanOf(at(first)), spanOf(at(last)));
      const name = functionNamed(at(first).text) as string;
      const expression = applyFunction(
        name,
        args.map((a) => a.expression),
        span,
      );
      return { expression, first, last, span };
    }
    case 'OperatorNode':
      return convertOperator(source, tokens, node, args);
    case 'RelationalNode':
      throw new FormulaError(
        'chained-comparison',
        'comparisons cannot be chained; write a < b and b < c',
        source,
        union(...args.map((a) => a.span)),
      );
    default:
      throw new FormulaError('unsupported', `a formula cannot contain a ${node.type}`);
  }
}

function convertOperator(source: string, tokens: readonly Token[], node: ParsedNode, args: readonly Read[]): Read {
  const operands = args.map((a) => a.expression);
  const left = args[0] as Read;
  const right = args[args.length - 1] as Read;
  const prefix = args.length === 1 && node.fn !== 'factorial';
  const first = prefix ? left.first - 1 : left.first;
  const last = node.fn === 'factorial' ? left.last + 1 : right.last;
  const span = union(spanOf(tokens[first] as Token), left.span, right.span, spanOf(tokens[last] as Token));
  const a = operands[0] as Expression;
  let expression: Expression;
  if (chainOf(node) === 'add') {
    const signs = signsOf(node);
    const terms = operands.map((term, i) => (signs[i] === true ? X.neg(term, term.span) : term));
    expression = X.add(terms, span);
  } else if (node.fn === 'unaryPlus') expression = a;
  else if (node.fn === 'factorial') expression = factorial(a, span);
  else {
    const fn = node.fn as string;
    const name = Object.hasOwn(OPERATORS, fn) ? (OPERATORS[fn] as string) : undefined;
    if (name === undefined) {
      throw new FormulaError('unsupported', 'this operator has no meaning in a formula', source, span);
    }
    expression = X.build(name, operands, span);
  }
  return { expression, first, last, span };
}

function factorial(a: Expression, span: Span): Expression {
  if (X.isNumber(a) && Q.isInteger(a.value) && a.value.n >= 0n && a.value.n <= 170n) {
    let product = 1n;
    for (let k = 2n; k <= a.value.n; k++) product *= k;
    return X.number(product, false, span);
  }
  return X.call('gamma', [X.add([a, X.number(1)], span)], span);
}

/** A function as text calls it: some are read as a combination of others. */
function applyFunction(name: string, args: readonly Expression[], span: Span): Expression {
  const [a, b] = args as [Expression, Expression];
  switch (name) {
    case 'pow':
      return X.pow(a, b, span);
    case 'square':
      return X.pow(a, X.number(2), span);
    case 'sec':
      return X.div(X.number(1), X.call('cos', [a], span), span);
    case 'csc':
      return X.div(X.number(1), X.call('sin', [a], span), span);
    case 'cot':
      return X.div(X.call('cos', [a], span), X.call('sin', [a], span), span);
    case 'log':
      if (args.length === 1) return X.call('log', args, span);
      if (X.equal(b, X.number(2))) return X.call('log2', [a], span);
      if (X.equal(b, X.number(10))) return X.call('log10', [a], span);
      return X.div(X.call('log', [a], span), X.call('log', [b], span), span);
    case 'min':
    case 'max':
      return args.length === 1 ? a : X.call(name, args, span);
    default:
      return X.call(name, args, span);
  }
}

/** Conditions may stand only where a condition is meant: first in `where`, and inside `and`, `or`, `not`. */
function checkTruth(root: Expression, source: string, wanted: boolean): void {
  const fault = (node: Expression, wantsTruth: boolean): FormulaError =>
    new FormulaError(
      'condition',
      wantsTruth
        ? 'a condition such as x > 0 is needed here'
        : 'a comparison can only stand as the condition of where(condition, a, b)',
      source,
      node.span,
    );
  const isCondition = (node: Expression): boolean => node.kind === 'call' && isTruth(node.name);
  if (isCondition(root) !== wanted) throw fault(root, wanted);
  X.fold<void>(root, (node) => {
    if (node.kind !== 'call') return;
    node.args.forEach((arg, i) => {
      const wantsTruth = ['and', 'or', 'not'].includes(node.name) || (node.name === 'where' && i === 0);
      if (isCondition(arg) !== wantsTruth) throw fault(arg, wantsTruth);
    });
  });
}

const tokenIndex = (node: ParsedNode): number => Number((node.name as string).slice(1));
const spanOf = (token: Token): Span => ({ start: token.start, end: token.end });
const union = (...spans: Span[]): Span => ({
  start: Math.min(...spans.map((s) => s.start)),
  end: Math.max(...spans.map((s) => s.end)),
});
