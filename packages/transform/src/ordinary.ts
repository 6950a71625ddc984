import { type AnyNode, children, type FunctionNode, isFunction } from './ast.ts';
import type { Binding } from './bindings.ts';
import { mathFunctions } from './names.ts';
import type { Resolution } from './scope.ts';

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
  /** What holds everywhere. */
  readonly #root: OrdinaryValues;
  /** Whether functions give ordinary values for ordinary ones. */
  readonly #results = new Map<AnyNode, boolean>();

  constructor(resolution: Resolution, region?: Region) {
    this.#resolution = resolution;
    this.#root = region ? region.around.#root : this;
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
        if (region === undefined && value === null && at === binding.declared) return this.#isGivenOrdinary(binding);
        // The value of a parameter, when the stretch is its function.
        if (at === binding.declared && region?.assumed.has(binding)) return true;
        if (!isInside(at))
          return region?.assumed.has(binding) || (value !== null && region?.around.has(value) === true);
        return value !== null && this.has(value);
      });
    // Assume every variable ordinary, then strike out those with a value that is not, until nothing changes.
    for (let changed = true; changed; ) {
      changed = false;
      this.#results.clear();
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
      case 'FunctionDeclaration':
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
    const called = this.#functionOf(callee);
    if (called) return given.every((x) => this.has(x)) && this.#root.#givesOrdinary(called);
    if (this.#isGlobal(callee, makers)) return true;
    if (callee.type !== 'MemberExpression' || callee.computed || callee.property.type !== 'Identifier') return false;
    if (this.#isGlobal(callee.object, array) || this.#isList(node)) return true;
    return this.#isGlobal(callee.object, math) && given.every((x) => this.has(x));
  }

  /** True for a parameter that gets ordinary arguments in every call there is. */
  #isGivenOrdinary(binding: Binding): boolean {
    const found = this.#resolution.parameters.get(binding);
    if (!found) return false;
    const isNamed = (param: AnyNode): boolean =>
      param.type === 'Identifier' && this.#resolution.references.get(param) === binding;
    const position = found.node.params.findIndex(
      (param) => isNamed(param) || (param.type === 'AssignmentPattern' && isNamed(param.left)),
    );
    const param = found.node.params[position];
    if (!param || (param.type === 'AssignmentPattern' && !this.has(param.right))) return false;
    return found.calls.every(({ arguments: given }) =>
      given.slice(0, position + 1).every((x, i) => x.type !== 'SpreadElement' && (i < position || this.has(x))),
    );
  }

  /** The function that a name surely means. */
  #functionOf(callee: AnyNode): FunctionNode | undefined {
    const binding = callee.type === 'Identifier' ? this.#resolution.references.get(callee) : undefined;
    const value = binding?.values.length === 1 && !binding.changesElsewhere ? binding.values[0]?.value : undefined;
    return value && isFunction(value) && !value.async && !value.generator ? value : undefined;
  }

  /** True for a function whose results are ordinary when its arguments are. */
  #givesOrdinary(called: FunctionNode): boolean {
    const known = this.#results.get(called);
    if (known !== undefined) return known;
    const before = new Set(this.#results.keys());
    // Assumed of itself, for recursion.
    this.#results.set(called, true);
    const result = this.#resultsAreOrdinary(called);
    if (!result) {
      // What was found with that assumption has to be found again.
      for (const key of this.#results.keys()) if (!before.has(key)) this.#results.delete(key);
    }
    this.#results.set(called, result);
    return result;
  }

  #resultsAreOrdinary(node: FunctionNode): boolean {
    const assumed = new Set<Binding>();
    const defaults: AnyNode[] = [];
    for (const param of node.params) {
      const name = param.type === 'AssignmentPattern' ? param.left : param;
      const binding = name.type === 'Identifier' ? this.#resolution.references.get(name) : undefined;
      if (!binding || binding.changesElsewhere) return false;
      assumed.add(binding);
      if (param.type === 'AssignmentPattern') defaults.push(param.right);
    }
    const inside = new OrdinaryValues(this.#resolution, { around: this, node, assumed, lists: new Set() });
    const results = node.body.type === 'BlockStatement' ? [...returned(node.body)] : [node.body];
    return [...defaults, ...results].every((result) => inside.has(result));
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

/** What the return statements of a function body return. */
function* returned(node: AnyNode): Generator<AnyNode> {
  if (isFunction(node)) return;
  if (node.type === 'ReturnStatement' && node.argument) yield node.argument;
  for (const child of children(node)) yield* returned(child);
}
