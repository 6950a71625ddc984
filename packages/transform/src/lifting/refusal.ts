import { OperatorError } from 'downhill/errors';
import type { AnyFunction } from 'downhill/operators';
import { isTensor } from 'downhill/operators';
import type { AnyNode } from '../ast.ts';
import { children, isMarked } from '../ast.ts';
import { showLocation } from '../errors.ts';
import { equalities } from '../names.ts';
import { isMinified } from './globals.ts';
import type { Snippet } from './snippet.ts';

/** Why a function was left as it is. */
export interface Refusal {
  readonly name: string;
  /** The variable it captures, or `this`; `undefined` when the page forbids making functions from text. */
  readonly captured: string | undefined;
  readonly snippet: Snippet;
  /** Whether to refuse what JavaScript does with a tensor without asking it; see `silentUses`. */
  readonly silent: boolean;
}

function waysOn({ name, captured, snippet }: Refusal): string {
  const reason = captured
    ? `it captures \`${captured}\`, whose value is not in that source${isMinified ? ' (a minifier has changed its name)' : ''}`
    : 'the security policy here forbids making functions from text';
  const cannot = `it cannot be lifted from its source because ${reason}`;
  if (isMarked(snippet.node)) {
    return (
      `${name} is marked "use math" but was not transformed, and ${cannot}. ` +
      'Add the plugin of downhill-transform to the build, or run with node --import downhill-transform/register.'
    );
  }
  return (
    `${name} uses operators on tensors or traced values, but ${cannot}. ${captured ? 'Three' : 'Two'} ways on: ` +
    (captured ? `pass \`${captured}\` as an argument; ` : '') +
    'put "use math" at the top of the function (or of the file) and build or run it with downhill-transform; or call the ' +
    'functions instead of the operators (add, mul, sin, greater, where, …).'
  );
}

/** Errors that name the function at fault already, on their way through the functions around it. */
const explained = new WeakSet<Error>();

/**
 * The function as it stands, for it may well not use operators on tensors; if it does after all, the error says why it was
 * not lifted.
 */
export function explaining(f: AnyFunction, refusal: Refusal): AnyFunction {
  const silent = refusal.silent ? silentUses(refusal.snippet) : [];
  const call = f as (...args: unknown[]) => unknown;
  return function (this: unknown, ...args: unknown[]): unknown {
    for (const { parameter, node } of silent) {
      if (!isTensor(args[parameter])) continue;
      throw new OperatorError(`${showLocation(refusal.snippet.source.locate(node.start))}: ${waysOn(refusal)}`);
    }
    try {
      return call.apply(this, args);
    } catch (thrown) {
      if (!(thrown instanceof OperatorError) || explained.has(thrown)) throw thrown;
      const at = / at (\S+:\d+:\d+)/.exec(thrown.message)?.[1];
      const better = new OperatorError(`${at ? `${at}: ` : ''}${waysOn(refusal)}`);
      explained.add(better);
      throw better;
    }
  } as AnyFunction;
}

/** Uses of a parameter that JavaScript would carry out on a tensor without asking it: truth, identity, indexing. */
function silentUses({ node, resolution }: Snippet): { parameter: number; node: AnyNode }[] {
  const position = new Map<unknown, number>();
  node.params.forEach((param, i) => {
    const target = param.type === 'AssignmentPattern' ? param.left : param;
    if (target.type === 'Identifier') position.set(target.name, i);
  });
  const found: { parameter: number; node: AnyNode }[] = [];
  const check = (operand: AnyNode | null | undefined): void => {
    if (operand?.type !== 'Identifier') return;
    const parameter = position.get(operand.name);
    // Assigned again, the name may hold anything by then.
    const binding = resolution.references.get(operand);
    if (parameter !== undefined && binding?.values.length === 1) found.push({ parameter, node: operand });
  };
  const isMathematical = (x: AnyNode): boolean =>
    !(x.type === 'Literal' && (x.value === null || typeof x.value === 'string')) &&
    !(x.type === 'Identifier' && x.name === 'undefined');
  const visit = (x: AnyNode): void => {
    switch (x.type) {
      case 'IfStatement':
      case 'ConditionalExpression':
      case 'WhileStatement':
      case 'DoWhileStatement':
      case 'ForStatement':
        check(x.test);
        break;
      case 'LogicalExpression':
        if (x.operator !== '??') check(x.left);
        break;
      case 'UnaryExpression':
        if (x.operator === '!') check(x.argument);
        break;
      case 'BinaryExpression':
        if (!equalities.has(x.operator)) break;
        if (isMathematical(x.right)) check(x.left as AnyNode);
        if (isMathematical(x.left as AnyNode)) check(x.right);
        break;
      case 'MemberExpression':
        if (x.computed && !(x.property.type === 'Literal' && typeof x.property.value === 'string')) check(x.object);
        break;
    }
    for (const child of children(x)) visit(child);
  };
  visit(node.body);
  return found;
}
