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
