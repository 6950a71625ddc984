import type { AnyNode } from './ast.ts';
import type { Binding, Resolution } from './scope.ts';

const constants = new Set(['undefined', 'NaN', 'Infinity']);

/**
 * Finds expressions that surely never are tensors (literals, loop counters, what is computed from them alone), whose
 * operators may stay as they are. Saying no is always right; saying yes keeps ordinary loops at full speed.
 */
export class OrdinaryValues {
  readonly #resolution: Resolution;
  readonly #suspects = new Set<Binding>();

  constructor(resolution: Resolution) {
    this.#resolution = resolution;
    const bindings = new Set([...resolution.references.values()].filter((b): b is Binding => b !== undefined));
    // Assume every variable ordinary, then strike out those with a value that is not, until nothing changes.
    for (let changed = true; changed; ) {
      changed = false;
      for (const binding of bindings) {
        if (this.#suspects.has(binding)) continue;
        if (binding.values.every((value) => value !== null && this.has(value))) continue;
        this.#suspects.add(binding);
        changed = true;
      }
    }
  }

  has(node: AnyNode): boolean {
    switch (node.type) {
      case 'Literal':
      case 'TemplateLiteral':
      case 'FunctionExpression':
      case 'ArrowFunctionExpression':
      case 'ClassExpression':
      case 'ArrayExpression':
      case 'ObjectExpression':
        return true;
      case 'Identifier': {
        const binding = this.#resolution.references.get(node);
        return binding ? !this.#suspects.has(binding) : constants.has(node.name);
      }
      case 'UnaryExpression':
        return ['typeof', 'void', 'delete'].includes(node.operator) || this.has(node.argument);
      case 'UpdateExpression':
        return this.has(node.argument);
      case 'BinaryExpression':
        if (node.operator === 'in' || node.operator === 'instanceof') return true;
        return this.has(node.left) && this.has(node.right);
      case 'LogicalExpression':
        return this.has(node.left) && this.has(node.right);
      case 'ConditionalExpression':
        return this.has(node.consequent) && this.has(node.alternate);
      case 'SequenceExpression':
        return this.has(node.expressions.at(-1) as AnyNode);
      case 'ParenthesizedExpression':
        return this.has(node.expression);
      case 'AssignmentExpression':
        return this.has(node.right) && (node.operator === '=' || this.has(node.left));
      default:
        return false;
    }
  }

  /** True for what can equal only an ordinary value by the native rule: null, undefined, strings, `typeof x`. */
  neverEqualsTensor(node: AnyNode): boolean {
    if (node.type === 'Literal') return node.value === null || typeof node.value === 'string';
    if (node.type === 'TemplateLiteral') return true;
    if (node.type === 'UnaryExpression') return node.operator === 'typeof' || node.operator === 'void';
    return node.type === 'Identifier' && node.name === 'undefined' && !this.#resolution.references.get(node);
  }
}

/**
 * Finds variables that hold numbers for as long as no operator of their function has met anything else: counters, sums and
 * whatever is computed from them. One flag a function then stands for a test of each variable.
 */
export class SettledVariables {
  readonly #resolution: Resolution;
  readonly #ordinary: OrdinaryValues;
  readonly #unsettled = new Set<Binding>();
  /** Functions (or the program) that have such variables. */
  readonly homes = new Set<AnyNode>();

  constructor(resolution: Resolution, ordinary: OrdinaryValues) {
    this.#resolution = resolution;
    this.#ordinary = ordinary;
    const bindings = new Set([...resolution.references.values()].filter((b): b is Binding => b !== undefined));
    for (let changed = true; changed; ) {
      changed = false;
      for (const binding of bindings) {
        if (this.#unsettled.has(binding)) continue;
        const { isLexical, isElusive, values } = binding;
        if (isLexical && !isElusive && values.every((value) => value !== null && this.#isSettled(value))) continue;
        this.#unsettled.add(binding);
        changed = true;
      }
    }
    for (const binding of bindings) if (!this.#unsettled.has(binding)) this.homes.add(binding.home);
  }

  has(node: AnyNode, home: AnyNode): boolean {
    const binding = node.type === 'Identifier' ? this.#resolution.references.get(node) : undefined;
    return binding !== undefined && binding.home === home && !this.#unsettled.has(binding);
  }

  /** True for a value that is a number unless an operator has raised the flag. */
  #isSettled(node: AnyNode): boolean {
    switch (node.type) {
      case 'Literal':
        return typeof node.value === 'number';
      case 'Identifier': {
        const binding = this.#resolution.references.get(node);
        return binding !== undefined && !this.#unsettled.has(binding);
      }
      case 'UpdateExpression':
        return this.#isSettled(node.argument);
      case 'ConditionalExpression':
        return this.#isSettled(node.consequent) && this.#isSettled(node.alternate);
      case 'BinaryExpression':
        return this.#isOperation(node.operator, node.left as AnyNode, node.right, node);
      case 'AssignmentExpression':
        if (node.operator === '=') return this.#isSettled(node.right);
        return this.#isOperation(node.operator.slice(0, -1), node.left as AnyNode, node.right, node);
      default:
        return false;
    }
  }

  /** Operators left as they are raise no flag, so their operands must be settled themselves. */
  #isOperation(operator: string, left: AnyNode, right: AnyNode, node: AnyNode): boolean {
    if (!arithmetic.has(operator) || isText(left) || isText(right)) return false;
    return !this.#ordinary.has(node) || (this.#isSettled(left) && this.#isSettled(right));
  }
}

/** Operators that make numbers of numbers. */
export const arithmetic: ReadonlySet<string> = new Set(['+', '-', '*', '/', '%', '**']);

/** A string literal or template, whose operators are not written out. */
export const isText = (node: AnyNode): boolean =>
  node.type === 'TemplateLiteral' || (node.type === 'Literal' && typeof node.value === 'string');
