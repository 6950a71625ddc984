import { visitAssignment, visitPattern, visitUpdate } from './assignments.ts';
import { type AnyNode, children, type FunctionNode, isFunction } from './ast.ts';
import type { Edits } from './edits.ts';
import { TransformError } from './errors.ts';
import { visitGlobalMember, visitGlobalName, visitMathCall, visitShorthand } from './globals.ts';
import { type Frames, Inline } from './inline.ts';
import { isLoop, versionsOf } from './loops.ts';
import { type Member, mayIndexTensor, visitChain, visitIndex, visitParts } from './members.ts';
import { binaryOperators, bitOperators, equalities, unaryOperators } from './names.ts';

type Of<T extends AnyNode['type']> = Extract<AnyNode, { type: T }>;

const comparisons = new Set([...equalities, '<', '<=', '>', '>=']);

/**
 * Rewrites the operators of an expression or statement into calls. There are three ways to meet an expression: `visit`
 * when its value is used, `test` when only its truth is, `effect` when neither is.
 */
export class Rewriter {
  readonly edits: Edits;
  readonly inline: Inline;
  /** False inside a loop that is written for the second time. */
  #mayRepeat = true;

  constructor(edits: Edits, frames?: Frames) {
    this.edits = edits;
    this.inline = new Inline(edits, frames);
  }

  visit(node: AnyNode): void {
    if (this.#mayRepeat && this.#isLoop(node) && this.#loopTwice(node)) return;
    switch (node.type) {
      case 'Program':
        this.#program(node);
        return;
      case 'ExpressionStatement':
        this.inline.statementStart = node.start;
        this.effect(node.expression);
        return;
      case 'BinaryExpression':
        this.#binary(node);
        return;
      case 'UnaryExpression':
        this.#unary(node);
        return;
      case 'UpdateExpression':
        visitUpdate(this, node, true);
        return;
      case 'AssignmentExpression':
        visitAssignment(this, node);
        return;
      case 'LogicalExpression':
        this.#logical(node);
        return;
      case 'ConditionalExpression':
        this.test(node.test);
        this.visit(node.consequent);
        this.visit(node.alternate);
        return;
      case 'SequenceExpression':
        for (const e of node.expressions.slice(0, -1)) this.effect(e);
        this.visit(node.expressions.at(-1) as AnyNode);
        return;
      case 'MemberExpression':
        this.#member(node);
        return;
      case 'ChainExpression':
        visitChain(this, node);
        return;
      case 'CallExpression':
        if (!visitMathCall(this, node)) this.#callee(node.callee);
        for (const argument of node.arguments) this.visit(argument);
        return;
      case 'NewExpression':
        this.#callee(node.callee);
        for (const argument of node.arguments) this.visit(argument);
        return;
      case 'TaggedTemplateExpression':
        this.#callee(node.tag);
        this.visit(node.quasi);
        return;
      case 'Identifier':
        visitGlobalName(this, node);
        return;
      case 'Property':
        if (visitShorthand(this, node)) return;
        if (node.computed) this.visit(node.key);
        this.visit(node.value);
        return;
      case 'IfStatement':
        this.test(node.test);
        this.visit(node.consequent);
        if (node.alternate) {
          this.visit(node.alternate);
        }
        return;
      case 'WhileStatement':
      case 'DoWhileStatement':
        this.test(node.test);
        this.visit(node.body);
        return;
      case 'ForStatement':
        this.#for(node);
        return;
      case 'ForInStatement':
      case 'ForOfStatement':
        visitPattern(this, node.left);
        this.visit(node.right);
        this.visit(node.body);
        return;
      case 'SwitchStatement':
        this.#switch(node);
        return;
      case 'WithStatement':
        throw new TransformError(
          '`with` hides which names are variables; write them out',
          this.edits.source.locate(node.start),
        );
      case 'VariableDeclaration':
      case 'VariableDeclarator':
      case 'FunctionDeclaration':
      case 'FunctionExpression':
      case 'ArrowFunctionExpression':
      case 'CatchClause':
        this.#declaration(node);
        return;
      case 'MethodDefinition':
      case 'PropertyDefinition':
        this.inline.withoutFrame(() => {
          if (node.computed) this.visit(node.key);
          if (node.value) this.visit(node.value);
        });
        return;
      case 'StaticBlock':
        this.inline.withoutFrame(() => {
          for (const statement of node.body) this.visit(statement);
        });
        return;
      case 'LabeledStatement':
        this.visit(node.body);
        return;
      case 'ExportNamedDeclaration':
        if (node.declaration) {
          this.visit(node.declaration);
        }
        return;
      case 'BreakStatement':
      case 'ContinueStatement':
      case 'ImportDeclaration':
      case 'ExportAllDeclaration':
      case 'MetaProperty':
        return;
      default:
        for (const child of children(node)) this.visit(child);
    }
  }

  /** An expression whose truth decides something. */
  test(node: AnyNode): void {
    const { edits } = this;
    if (node.type === 'LogicalExpression' && node.operator !== '??') {
      this.test(node.left);
      this.test(node.right);
    } else if (node.type === 'UnaryExpression' && node.operator === '!') {
      this.test(node.argument);
    } else if (node.type === 'SequenceExpression') {
      for (const e of node.expressions.slice(0, -1)) this.effect(e);
      this.test(node.expressions.at(-1) as AnyNode);
    } else if (edits.ordinary.has(node) || this.#isNativeEquality(node)) {
      this.visit(node);
    } else if (node.type !== 'BinaryExpression' || !this.#comparison(node)) {
      this.inline.truth(node);
      this.visit(node);
    }
  }

  /** A comparison whose truth is wanted: one of plain numbers gives it at once. */
  #comparison(node: Of<'BinaryExpression'>): boolean {
    if (!comparisons.has(node.operator)) return false;
    const truth = { open: `${this.edits.name('truth')}(`, close: `, ${this.edits.where(node)})` };
    if (this.inline.tree(node, () => this.visit(node), truth)) return true;
    const left = node.left as AnyNode;
    const operands = { end: left.end, node: left };
    if (!this.inline.binary(node, node.operator, node.operator, operands, node.right, 'operand', truth)) return false;
    this.visit(left);
    this.visit(node.right);
    return true;
  }

  /** An expression evaluated for what it does. */
  effect(node: AnyNode): void {
    if (node.type === 'UpdateExpression') {
      visitUpdate(this, node, false);
      return;
    }
    if (node.type === 'SequenceExpression') {
      for (const e of node.expressions) this.effect(e);
      return;
    }
    if (node.type === 'LogicalExpression' && node.operator !== '??') {
      this.test(node.left);
      this.effect(node.right);
      return;
    }
    this.visit(node);
  }

  #isNativeEquality(node: AnyNode): boolean {
    if (node.type !== 'BinaryExpression' || !equalities.has(node.operator)) return false;
    const { ordinary } = this.edits;
    return ordinary.neverEqualsTensor(node.left as AnyNode) || ordinary.neverEqualsTensor(node.right);
  }

  #binary(node: Of<'BinaryExpression'>): void {
    const { edits } = this;
    const left = node.left as AnyNode;
    const operator = binaryOperators[node.operator];
    if (operator && !edits.ordinary.has(node) && !this.#isNativeEquality(node)) {
      if (this.inline.tree(node, () => this.visit(node))) return;
      if (!this.inline.binary(node, node.operator, node.operator, { end: left.end, node: left }, node.right)) {
        edits.open(node.start, `${edits.name(operator)}(`);
        edits.replaceToken(node.operator, left.end, ',');
        edits.close(node.end, bitOperators.has(node.operator) ? `, ${edits.where(node)})` : ')');
      }
    }
    if (left.type !== 'PrivateIdentifier') this.visit(left);
    this.visit(node.right);
  }

  #unary(node: Of<'UnaryExpression'>): void {
    const { edits } = this;
    if (node.operator === 'delete') {
      const { argument } = node;
      if (argument.type === 'MemberExpression') visitParts(this, argument);
      else if (argument.type !== 'ChainExpression') this.visit(argument);
      return;
    }
    const operator = unaryOperators[node.operator];
    if (operator && !edits.ordinary.has(node)) {
      edits.replace(node.start, node.start + 1, `${edits.name(operator)}(`);
      edits.close(node.end, node.operator === '~' ? `, ${edits.where(node)})` : ')');
    }
    this.visit(node.argument);
  }

  #logical(node: Of<'LogicalExpression'>): void {
    const { edits } = this;
    if (node.operator !== '??' && !edits.ordinary.has(node.left) && !this.inline.logical(node)) {
      const held = `${edits.name('held')}()`;
      edits.open(node.start, `${edits.name('test')}(`);
      const and = node.operator === '&&';
      edits.replaceToken(node.operator, node.left.end, `, ${edits.where(node.left)}) ?${and ? '' : ` ${held} :`}`);
      if (and) edits.close(node.end, ` : ${held}`);
    }
    this.visit(node.left);
    this.visit(node.right);
  }

  #member(node: Member): void {
    if (visitGlobalMember(this, node)) return;
    if (mayIndexTensor(this.edits, node)) visitIndex(this, node);
    else visitParts(this, node);
  }

  /** What is called keeps its form, since a member passes its object as `this`. */
  #callee(node: AnyNode): void {
    if (node.type !== 'MemberExpression') this.visit(node);
    else if (!visitGlobalMember(this, node)) visitParts(this, node);
  }

  #for(node: Of<'ForStatement'>): void {
    if (node.init) {
      if (node.init.type === 'VariableDeclaration') this.visit(node.init);
      else this.effect(node.init);
    }
    if (node.test) this.test(node.test);
    if (node.update) this.effect(node.update);
    this.visit(node.body);
  }

  #switch(node: Of<'SwitchStatement'>): void {
    const { edits } = this;
    const { discriminant } = node;
    if (!edits.ordinary.has(discriminant)) {
      // A list of expressions has its parentheses outside: it needs its own to be one argument.
      const list = discriminant.type === 'SequenceExpression';
      edits.open(discriminant.start, `${edits.name('discriminant')}(${list ? '(' : ''}`);
      edits.close(discriminant.end, `${list ? ')' : ''}, ${edits.where(node)})`);
    }
    this.visit(discriminant);
    for (const branch of node.cases) this.visit(branch);
  }

  #declaration(
    node: Of<
      | 'VariableDeclaration'
      | 'VariableDeclarator'
      | 'FunctionDeclaration'
      | 'FunctionExpression'
      | 'ArrowFunctionExpression'
      | 'CatchClause'
    >,
  ): void {
    if (node.type === 'VariableDeclaration') {
      for (const declarator of node.declarations) this.visit(declarator);
    } else if (node.type === 'VariableDeclarator') {
      visitPattern(this, node.id);
      if (node.init) this.visit(node.init);
    } else {
      if (isFunction(node)) this.#function(node);
      else {
        if (node.param) visitPattern(this, node.param);
        this.visit(node.body);
      }
    }
  }

  #function(node: FunctionNode): void {
    const { body } = node;
    this.inline.withoutFrame(() => {
      for (const param of node.params) visitPattern(this, param);
    });
    if (body.type !== 'BlockStatement') {
      this.#expressionBody(node, body);
      return;
    }
    const names = this.inline.withFrame(() => this.visit(body));
    if (names.length > 0) this.edits.text.appendLeft(body.end - 1, `; var ${names.join(', ')};`);
  }

  /** The body of `(x) => …`, which becomes a block when it needs local variables. */
  #expressionBody(node: FunctionNode, body: AnyNode): void {
    const { edits } = this;
    if (!edits.inline || !this.inline.mayHold(body)) {
      this.inline.withoutFrame(() => this.visit(body));
      return;
    }
    edits.close(node.end, '); }');
    const names = this.inline.withFrame(() => this.visit(body));
    const declared = names.length > 0 ? `var ${names.join(', ')}; ` : '';
    const lastParameter = node.params.at(-1)?.end ?? node.start;
    edits.replaceToken('=>', lastParameter, `=> { ${declared}return (`);
  }

  /** A loop with its labels. */
  #isLoop(node: AnyNode): boolean {
    return node.type === 'LabeledStatement' ? this.#isLoop(node.body) : isLoop(node);
  }

  /** A loop written twice, first for plain numbers; false when nothing is gained by that. */
  #loopTwice(node: AnyNode): boolean {
    const { edits } = this;
    const versions = versionsOf(node, edits);
    if (!versions) return false;
    const first = edits.another(versions.ordinary);
    new Rewriter(first, this.inline.frames).visit(node);
    edits.twice(node, versions.guard, first);
    this.#mayRepeat = false;
    this.visit(node);
    this.#mayRepeat = true;
    return true;
  }

  #program(node: Of<'Program'>): void {
    const names = this.inline.withFrame(() => {
      for (const statement of node.body) this.visit(statement);
    });
    if (names.length > 0) this.edits.tail += `\nvar ${names.join(', ')};`;
  }
}
