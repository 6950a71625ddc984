import { type AnyNode, children, isFunction } from './ast.ts';
import type { Edits } from './edits.ts';
import { binaryOperators, bitOperators, unaryOperators } from './names.ts';
import { findToken } from './source.ts';

/** Local variables for intermediate values of the function being rewritten, and how many there were so far. */
export interface Frames {
  names: string[] | undefined;
  count: number;
}

/** Text around the call for operands that are not plain numbers. */
interface Around {
  readonly open: string;
  readonly close: string;
}

const nothing: Around = { open: '', close: '' };

/** Names tested together at most. */
const mostNames = 12;

const isText = (node: AnyNode): boolean =>
  node.type === 'TemplateLiteral' || (node.type === 'Literal' && typeof node.value === 'string');

type Position = 'operand' | 'assigned';

const isNumber = (text: string): string => `typeof ${text} === "number"`;

/** All of several tests. */
const all = (tests: readonly string[]): string => [...new Set(tests)].join(' && ') || 'true';

/**
 * Numbers first, in place: what the operators do with plain numbers is written out at the operator, so that the engine
 * learns about each place separately and keeps floating-point values unboxed even in a program where other places work on
 * tensors. The calls to `downhill/operators` stay behind that test.
 *
 *     a * b       (typeof a === "number" && typeof b === "number" ? a * b : $mul(a, b))
 *     f() * b     ($1 = f(), typeof $1 === "number" && typeof b === "number" ? $1 * b : $mul($1, b))
 *
 * Operands are evaluated once, in order, and before either is converted, as the language has it.
 */
export class Inline {
  readonly #edits: Edits;
  readonly frames: Frames;
  #off = 0;
  readonly #trees = new Map<AnyNode, ReadonlySet<string> | null>();
  /** Where the statement being rewritten begins: a parenthesis there would continue the line above. */
  statementStart = -1;

  constructor(edits: Edits, frames: Frames = { names: undefined, count: 0 }) {
    this.#edits = edits;
    this.frames = frames;
  }

  /** Runs `f`, giving it local variables to use; returns those it took. */
  withFrame(f: () => void): readonly string[] {
    const { frames } = this;
    const outer = frames.names;
    const names: string[] = [];
    frames.names = names;
    f();
    frames.names = outer;
    return names;
  }

  /** Runs `f` where there is no place to declare local variables. */
  withoutFrame(f: () => void): void {
    const outer = this.frames.names;
    this.frames.names = undefined;
    f();
    this.frames.names = outer;
  }

  /** Whether the expression has operators whose operands are kept in local variables. */
  mayHold(node: AnyNode): boolean {
    if (isFunction(node)) return false;
    const holds =
      (node.type === 'BinaryExpression' && binaryOperators[node.operator] !== undefined) ||
      node.type === 'LogicalExpression' ||
      (node.type === 'MemberExpression' && node.computed) ||
      (node.type === 'CallExpression' &&
        node.callee.type === 'MemberExpression' &&
        this.#edits.isGlobal(node.callee.object, 'Math'));
    if (holds && !this.#edits.ordinary.has(node) && !this.#tree(node)) return true;
    return [...children(node)].some((child) => this.mayHold(child));
  }

  /** Runs `f` with the calls alone, as the other branch of a test made already. */
  off(f: () => void): void {
    this.#off++;
    f();
    this.#off--;
  }

  #temporary(): string {
    const name = `${this.#edits.prefix}${++this.frames.count}`;
    this.frames.names?.push(name);
    return name;
  }

  /** Whether something in parentheses may stand at the place of `node`. */
  #mayOpen(node: AnyNode): boolean {
    return this.#edits.inline && this.#off === 0 && node.start !== this.statementStart;
  }

  /** A name or a number: reading it again does nothing and gives the same. */
  #isSimple(node: AnyNode): boolean {
    if (node.type === 'Literal') return typeof node.value === 'number';
    return node.type === 'Identifier' && !this.#edits.isGlobal(node);
  }

  /** What shows that the value of an operand, read as `text`, is a number; nothing for one that never is a tensor. */
  #test(node: AnyNode, text = this.#edits.original(node)): readonly string[] {
    return this.#edits.ordinary.has(node) ? [] : [isNumber(text)];
  }

  /** A simple operand that nothing can change while the other is evaluated. */
  #isStable(node: AnyNode, other: AnyNode): boolean {
    if (node.type !== 'Identifier') return node.type === 'Literal' && typeof node.value === 'number';
    const { references, captures } = this.#edits.resolution;
    const binding = references.get(node);
    if (!binding || binding.changesElsewhere || (captures.has(node) && (binding.late || binding.values.length > 1)))
      return false;
    // Read before its declaration has run, it throws at once, before the other operand is looked at.
    const declaration = binding.values.find(({ at }) => at === binding.declared)?.value;
    if (binding.late && (binding.declared > node.start || (declaration && declaration.end >= node.end))) return false;
    return !binding.values.some(({ at }) => at >= other.start && at < other.end);
  }

  /**
   * The tests for an expression of operators, names and numbers alone, or `undefined` for any other, and for one of more
   * names than are worth testing together.
   */
  #tree(node: AnyNode): ReadonlySet<string> | undefined {
    const known = this.#trees.get(node);
    if (known !== undefined) return known ?? undefined;
    const names = this.#namesIn(node);
    this.#trees.set(node, names ?? null);
    return names;
  }

  #namesIn(node: AnyNode): ReadonlySet<string> | undefined {
    if (this.#isSimple(node)) return new Set(this.#test(node));
    if (node.type === 'UnaryExpression') return unaryOperators[node.operator] ? this.#tree(node.argument) : undefined;
    if (node.type !== 'BinaryExpression' || !binaryOperators[node.operator]) return undefined;
    const left = this.#tree(node.left as AnyNode);
    const right = left && this.#tree(node.right);
    if (!left || !right) return undefined;
    const both = new Set([...left, ...right]);
    return both.size > mostNames ? undefined : both;
  }

  /**
   * An expression of names and numbers: the whole of it as it stands when all are numbers. `rewrite` writes the calls for
   * the other case. False when `node` is not such an expression.
   */
  tree(node: AnyNode, rewrite: () => void, around = nothing): boolean {
    if (!this.#mayOpen(node)) return false;
    const names = this.#tree(node);
    const text = this.#edits.original(node);
    if (!names || /[\n\r]|\/[*/]/.test(text)) return false;
    this.#edits.open(node.start, `(${all([...names])} ? ${text} : ${around.open}`);
    this.#edits.close(node.end, `${around.close})`);
    this.off(rewrite);
    return true;
  }

  /** `x += …` with names and numbers alone on the right, as `tree`. */
  assigned(node: Extract<AnyNode, { type: 'AssignmentExpression' }>, operator: string, rewrite: () => void): boolean {
    const edits = this.#edits;
    const { [operator]: name } = binaryOperators;
    const names = this.#tree(node.right);
    const text = edits.original(node.right);
    if (!name || !names || !edits.inline || this.#off > 0 || !this.#isSimple(node.left as AnyNode)) return false;
    if (/[\n\r]|\/[*/]/.test(text)) return false;
    const left = edits.original(node.left as AnyNode);
    const where = bitOperators.has(operator) ? `, ${edits.where(node)}` : '';
    const test = all([...this.#test(node.left as AnyNode), ...names]);
    edits.replaceToken(
      node.operator,
      node.left.end,
      `= (${test} ? ${left} ${operator} (${text}) : ${edits.name(name)}(${left},`,
    );
    edits.close(node.end, `${where}))`);
    this.off(rewrite);
    return true;
  }

  /**
   * The edits around two operands, of which the left may be given as a text. False when only the call will do; the
   * operands are visited by the caller.
   */
  binary(
    node: AnyNode,
    operator: string,
    token: string,
    left: { readonly end: number; readonly node?: AnyNode; readonly text?: string },
    right: AnyNode,
    position: Position = 'operand',
    around = nothing,
  ): boolean {
    const { [operator]: name } = binaryOperators;
    const edits = this.#edits;
    if (!name || !this.frames.names || !edits.inline || this.#off > 0) return false;
    if (position === 'operand' && node.start === this.statementStart) return false;
    if (isText(right) || (left.node && isText(left.node))) return false;
    const before = position === 'assigned' ? ' = ' : '';
    const where = bitOperators.has(operator) ? `, ${edits.where(node)}` : '';
    const call = (a: string, b: string): string =>
      `${around.open}${edits.name(name)}(${a}, ${b}${where})${around.close}`;
    const { node: leftNode } = left;
    if (leftNode && this.#isStable(leftNode, right)) {
      // Reading it later gives the same: only the right operand needs a variable.
      const [a, b] = [edits.original(leftNode), this.#temporary()];
      const from = position === 'assigned' ? leftNode.end : node.start;
      edits.replace(from, findToken(edits.source, token, leftNode.end) + token.length, `${before}(${b} =`);
      const tests = all([...this.#test(leftNode), ...this.#test(right, b)]);
      edits.close(node.end, `, ${tests} ? ${a} ${operator} ${b} : ${call(a, b)})`);
      return true;
    }
    const a = this.#temporary();
    const open = `(${a} = ${left.text ?? ''}`;
    if (position === 'operand') edits.open(node.start, open);
    const first = leftNode ? this.#test(leftNode, a) : [isNumber(a)];
    const start = position === 'assigned' ? before + open : '';
    if (this.#isSimple(right)) {
      const b = edits.original(right);
      edits.replaceToken(token, left.end, `${start}, ${all([...first, ...this.#test(right)])} ? ${a} ${operator}`);
      edits.close(node.end, ` : ${call(a, b)})`);
    } else {
      const b = this.#temporary();
      edits.replaceToken(token, left.end, `${start}, ${b} =`);
      edits.close(node.end, `, ${all([...first, ...this.#test(right, b)])} ? ${a} ${operator} ${b} : ${call(a, b)})`);
    }
    return true;
  }

  /** `object[key]`: the element of an ordinary array at a number; false when only the call will do. */
  index(node: Extract<AnyNode, { type: 'MemberExpression' }>): boolean {
    if (!this.#mayOpen(node)) return false;
    const edits = this.#edits;
    const { object, property } = node;
    const isPlain = (x: string): string => {
      const call = `${edits.name('isPlain')}(${x})`;
      // What the engine answers soonest, and for most arrays.
      return edits.resolution.declared.has('Array') ? call : `(${x} != null && ${x}.constructor === Array || ${call})`;
    };
    const plain = (x: string, tests: readonly string[]): string =>
      `${all(edits.ordinary.has(object) ? tests : [...tests, isPlain(x)])} ? `;
    const call = (x: string, key: string): string => `${edits.name('index')}(${x}, ${key})`;
    const [x, key] = [edits.original(object), edits.original(property)];
    if (this.#isSimple(object) && this.#isSimple(property)) {
      edits.open(node.start, `(${plain(x, this.#test(property))}${x}[${key}] : ${edits.name('index')}(`);
      edits.replaceToken('[', object.end, ', ');
      edits.replaceToken(']', property.end, '))');
      return true;
    }
    if (!this.frames.names) return false;
    const a = this.#temporary();
    edits.open(node.start, `(${a} = `);
    if (this.#isSimple(property)) {
      edits.replaceToken('[', object.end, `, ${plain(a, this.#test(property))}${a}[`);
      edits.replaceToken(']', property.end, `] : ${call(a, key)})`);
    } else {
      const b = this.#temporary();
      edits.replaceToken('[', object.end, `, ${b} = `);
      edits.replaceToken(']', property.end, `, ${plain(a, this.#test(property, b))}${a}[${b}] : ${call(a, b)})`);
    }
    return true;
  }

  /** `Math.sin(x)`, where `name` is the function for all else; false when only that will do. */
  mathCall(node: Extract<AnyNode, { type: 'CallExpression' }>, name: string): boolean {
    if (!this.#mayOpen(node)) return false;
    const edits = this.#edits;
    const native = edits.original(node.callee);
    if (node.arguments.length > 0 && node.arguments.every((argument) => this.#isSimple(argument))) {
      const given = node.arguments.map((argument) => edits.original(argument)).join(', ');
      const tests = all(node.arguments.flatMap((argument) => this.#test(argument)));
      edits.open(node.start, `(${tests} ? ${native}(${given}) : `);
      edits.replace(node.callee.start, node.callee.end, edits.name(name));
      edits.close(node.end, ')');
      return true;
    }
    const [argument] = node.arguments;
    if (!argument || node.arguments.length > 1 || argument.type === 'SpreadElement') return false;
    // A comma after the argument would be left over.
    if (!this.frames.names || /,\s*\)$/.test(edits.original(node))) return false;
    const a = this.#temporary();
    edits.replace(node.callee.start, node.callee.end, `(${a} = `);
    edits.close(node.end, `, ${isNumber(a)} ? ${native}(${a}) : ${edits.name(name)}(${a}))`);
    return true;
  }

  /** An expression whose truth is asked for. */
  truth(node: AnyNode): void {
    const edits = this.#edits;
    const simple = node.type === 'Identifier' && this.#mayOpen(node) && this.#isSimple(node);
    const name = edits.original(node);
    edits.open(node.start, `${simple ? `(typeof ${name} === "boolean" ? ${name} : ` : ''}${edits.name('truth')}(`);
    edits.close(node.end, `, ${edits.where(node)})${simple ? ')' : ''}`);
  }

  /** `x++` and its like on a variable: `rewrite` writes the other case, which is one expression. */
  update(node: Extract<AnyNode, { type: 'UpdateExpression' }>, wanted: boolean, rewrite: () => void): boolean {
    if (!this.#edits.inline || this.#off > 0 || (wanted && node.start === this.statementStart)) return false;
    const edits = this.#edits;
    const test = `${all(this.#test(node.argument as AnyNode))} ? ${edits.original(node)} : `;
    edits.open(node.start, wanted ? `(${test}` : test);
    if (wanted) edits.close(node.end, ')');
    rewrite();
    return true;
  }

  /** `a && b` and `a || b` for their value: the tested value in a variable of the function. */
  logical(node: Extract<AnyNode, { type: 'LogicalExpression' }>): boolean {
    if (!this.frames.names || !this.#mayOpen(node)) return false;
    const edits = this.#edits;
    const a = this.#temporary();
    const test = `, ${edits.name('truth')}(${a}, ${edits.where(node.left)})) ?`;
    edits.open(node.start, `(${a} = `);
    edits.replaceToken(node.operator, node.left.end, node.operator === '&&' ? test : `${test} ${a} :`);
    if (node.operator === '&&') edits.close(node.end, ` : ${a}`);
    return true;
  }
}
