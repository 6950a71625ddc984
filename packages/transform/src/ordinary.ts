import type { AnyNode } from './ast.ts';
import { mathFunctions } from './names.ts';
import type { Binding, Resolution } from './scope.ts';

const constants = new Set(['undefined', 'NaN', 'Infinity']);
/** Global functions and classes whose results are never tensors, whatever they are given. */
const makers = new Set(['Number', 'String', 'Boolean', 'BigInt', 'parseFloat', 'parseInt', 'Array', 'Map', 'Set']);

const math = new Set(['Math']);
const array = new Set(['Array']);
const arrays = /^(?:Array|(?:Big)?(?:Int|Uint|Float)\d+(?:Clamped)?Array)$/;
/** Methods of arrays that give arrays. */
const listMethods = new Set([
  'map',
  'filter',
  'slice',
  'concat',
  'flat',
  'flatMap',
  'sort',
  'reverse',
  'fill',
  'toSorted',
]);

/** A stretch of code and what is taken for granted there. */
export interface Region {
  readonly around: OrdinaryValues;
  readonly node: AnyNode;
  /** Variables from outside that are not tensors when the stretch is entered. */
  readonly assumed: ReadonlySet<Binding>;
  /** Those of them that are arrays. */
  readonly lists: ReadonlySet<Binding>;
}

/**
 * Finds expressions that surely never are tensors (literals, loop counters, what is computed from them alone), whose
 * operators may stay as they are. Saying no is always right; saying yes keeps ordinary loops at full speed.
 */
export class OrdinaryValues {
  readonly #resolution: Resolution;
  readonly #suspects: Set<Binding>;
  readonly #lists: ReadonlySet<Binding>;

  constructor(resolution: Resolution, region?: Region) {
    this.#resolution = resolution;
    this.#lists = region?.lists ?? new Set();
    this.#suspects = new Set(region ? region.around.#suspects : []);
    const concerned = new Set<Binding>();
    const isInside = (position: number): boolean =>
      region === undefined || (position >= region.node.start && position < region.node.end);
    for (const [node, binding] of resolution.references) {
      if (!binding || !isInside(node.start)) continue;
      if (region && !region.assumed.has(binding) && !isInside(binding.declared)) continue;
      concerned.add(binding);
      this.#suspects.delete(binding);
    }
    const isOrdinary = (binding: Binding): boolean =>
      binding.values.every(({ value, at }) => {
        if (!isInside(at))
          return region?.assumed.has(binding) || (value !== null && region?.around.has(value) === true);
        return value !== null && this.has(value);
      });
    // Assume every variable ordinary, then strike out those with a value that is not, until nothing changes.
    for (let changed = true; changed; ) {
      changed = false;
      for (const binding of concerned) {
        if (this.#suspects.has(binding) || isOrdinary(binding)) continue;
        this.#suspects.add(binding);
        changed = true;
      }
    }
  }

  /** True when no value of the variable is a tensor. */
  hasBinding(binding: Binding): boolean {
    return !this.#suspects.has(binding);
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
      case 'MemberExpression':
        return this.#hasMember(node);
      case 'CallExpression':
        return this.#hasCall(node);
      case 'NewExpression':
        return this.#isGlobal(node.callee, makers) || this.#isGlobal(node.callee, undefined, arrays);
      default:
        return false;
    }
  }

  /** `Math.PI`, and the length of what is known to be an array. */
  #hasMember({ object, property, computed }: Extract<AnyNode, { type: 'MemberExpression' }>): boolean {
    if (computed || property.type !== 'Identifier' || object.type !== 'Identifier') return false;
    if (property.name === 'length') return this.#isList(object);
    return this.#isGlobal(object, math) && !mathFunctions.has(property.name);
  }

  /** True for what surely is an array, looking at most `depth` variables and calls back. */
  #isList(node: AnyNode, depth = 3): boolean {
    switch (node.type) {
      case 'ArrayExpression':
        return true;
      case 'NewExpression':
        return this.#isGlobal(node.callee, undefined, arrays);
      case 'Identifier': {
        const binding = this.#resolution.references.get(node);
        if (!binding) return false;
        if (this.#lists.has(binding)) return !this.#suspects.has(binding);
        const { values } = binding;
        return depth > 0 && values.length > 0 && values.every(({ value }) => value && this.#isList(value, depth - 1));
      }
      case 'CallExpression': {
        const { callee, optional } = node;
        if (optional || callee.type !== 'MemberExpression' || callee.computed || callee.property.type !== 'Identifier')
          return false;
        if (this.#isGlobal(callee.object, array)) return callee.property.name !== 'isArray';
        return depth > 0 && listMethods.has(callee.property.name) && this.#isList(callee.object, depth - 1);
      }
      default:
        return false;
    }
  }

  /** `Math.sin(x)` of an ordinary x, and functions of the language that give ordinary values only. */
  #hasCall(node: Extract<AnyNode, { type: 'CallExpression' }>): boolean {
    const { callee, arguments: given, optional } = node;
    if (optional) return false;
    if (this.#isGlobal(callee, makers)) return true;
    if (callee.type !== 'MemberExpression' || callee.computed || callee.property.type !== 'Identifier') return false;
    if (this.#isGlobal(callee.object, array) || this.#isList(node)) return true;
    return this.#isGlobal(callee.object, math) && given.every((x) => this.has(x));
  }

  #isGlobal(node: AnyNode, names?: ReadonlySet<string>, pattern?: RegExp): boolean {
    if (node.type !== 'Identifier' || this.#resolution.references.get(node)) return false;
    return (names?.has(node.name) ?? true) && (pattern?.test(node.name) ?? true);
  }

  /** True for what can equal only an ordinary value by the native rule: null, undefined, strings, `typeof x`. */
  neverEqualsTensor(node: AnyNode): boolean {
    if (node.type === 'Literal') return node.value === null || typeof node.value === 'string';
    if (node.type === 'TemplateLiteral') return true;
    if (node.type === 'UnaryExpression') return node.operator === 'typeof' || node.operator === 'void';
    return node.type === 'Identifier' && node.name === 'undefined' && !this.#resolution.references.get(node);
  }
}
