import { type AnyNode, children, type FunctionNode, isFunction } from './ast.ts';
import type { Edits } from './edits.ts';
import { TransformError } from './errors.ts';
import { Inline } from './inline.ts';
import {
  type Member,
  mayIndexTensor,
  visitChain,
  visitCompound,
  visitIndex,
  visitLogicalCompound,
  visitMemberUpdate,
  visitParts,
  visitTarget,
} from './members.ts';
import {
  binaryOperators,
  bitOperators,
  equalities,
  globalFunctions,
  mathFunctions,
  mathName,
  numberTests,
  unaryMath,
  unaryOperators,
} from './names.ts';

type Of<T extends AnyNode['type']> = Extract<AnyNode, { type: T }>;

/**
 * Rewrites the operators of an expression or statement into calls. There are three ways to meet an expression: `visit`
 * when its value is used, `test` when only its truth is, `effect` when neither is.
 */
export class Rewriter {
  readonly edits: Edits;
  readonly inline: Inline;

  constructor(edits: Edits) {
    this.edits = edits;
    this.inline = new Inline(edits);
  }

  visit(node: AnyNode): void {
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
        this.#update(node, true);
        return;
      case 'AssignmentExpression':
        this.#assignment(node);
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
        if (!this.#mathCall(node)) this.#callee(node.callee);
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
        if (globalFunctions.has(node.name) && this.edits.isGlobal(node)) {
          this.edits.replace(node.start, node.end, this.edits.name(node.name));
        }
        return;
      case 'Property':
        this.#property(node);
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
        this.#pattern(node.left);
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
    } else {
      if (!edits.ordinary.has(node) && !this.#isNativeEquality(node)) {
        edits.open(node.start, `${edits.name('truth')}(`);
        edits.close(node.end, `, ${edits.where(node)})`);
      }
      this.visit(node);
    }
  }

  /** An expression evaluated for what it does. */
  effect(node: AnyNode): void {
    if (node.type === 'UpdateExpression') {
      this.#update(node, false);
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

  #update(node: Of<'UpdateExpression'>, wanted: boolean): void {
    const { edits } = this;
    const { argument } = node;
    if (argument.type === 'MemberExpression') {
      visitMemberUpdate(this, node, argument, wanted);
      return;
    }
    if (edits.ordinary.has(argument)) return;
    if (!this.inline.update(node, wanted, () => this.#updateAny(node, wanted))) this.#updateAny(node, wanted);
  }

  #updateAny(node: Of<'UpdateExpression'>, wanted: boolean): void {
    const { edits } = this;
    const name = edits.original(node.argument);
    const old = wanted && !node.prefix;
    const by = (node.operator === '++' ? 'inc' : 'dec') + (old ? 'Keeping' : '');
    const pass = wanted ? `${edits.name(old ? 'previous' : 'value')}(` : '';
    const before = `${pass}${name} = ${edits.name(by)}(`;
    const after = pass ? '))' : ')';
    if (node.prefix) {
      edits.replace(node.start, node.start + 2, before);
      edits.close(node.end, after);
    } else {
      edits.open(node.start, before);
      edits.replaceToken(node.operator, node.argument.end, after);
    }
  }

  #assignment(node: Of<'AssignmentExpression'>): void {
    const { edits } = this;
    const left = node.left as AnyNode;
    const operator = binaryOperators[node.operator.slice(0, -1)];
    const logical = node.operator === '&&=' || node.operator === '||=';
    if (left.type === 'MemberExpression' && operator) {
      visitCompound(this, node, left, operator);
      return;
    }
    if (left.type === 'MemberExpression' && logical) {
      visitLogicalCompound(this, node, left);
      return;
    }
    if (operator && !edits.ordinary.has(node)) {
      const symbol = node.operator.slice(0, -1);
      if (this.inline.assigned(node, symbol, () => this.visit(node.right))) return;
      const target = { end: left.end, text: edits.original(left), node: left };
      if (!this.inline.binary(node, symbol, node.operator, target, node.right, 'assigned')) {
        edits.replaceToken(node.operator, left.end, `= ${edits.name(operator)}(${target.text},`);
        edits.close(node.end, bitOperators.has(symbol) ? `, ${edits.where(node)})` : ')');
      }
    } else if (logical && !edits.ordinary.has(left)) {
      const assign = `${edits.original(left)} =`;
      const held = `${edits.name('held')}()`;
      edits.open(node.start, `${edits.name('test')}(`);
      const branches = node.operator === '&&=' ? assign : `${held} : ${assign}`;
      edits.replaceToken(node.operator, left.end, `, ${edits.where(left)}) ? ${branches}`);
      if (node.operator === '&&=') edits.close(node.end, ` : ${held}`);
    } else this.#pattern(left);
    this.visit(node.right);
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
    if (this.#globalMember(node)) return;
    if (mayIndexTensor(this.edits, node)) visitIndex(this, node);
    else visitParts(this, node);
  }

  /** `Math.sin` and `Number.isFinite` by name; the constants of both, and `Number` itself, keep their meaning. */
  #globalMember(node: Member): boolean {
    const { edits } = this;
    const { object, property, computed } = node;
    if (computed || property.type !== 'Identifier') return false;
    if (edits.isGlobal(object, 'Math')) {
      if (mathFunctions.has(property.name)) edits.replace(node.start, node.end, edits.name(mathName(property.name)));
      return true;
    }
    if (!numberTests.has(property.name) || !edits.isGlobal(object, 'Number')) return false;
    edits.replace(object.start, object.end, edits.name('Number'));
    return true;
  }

  #mathCall(node: Of<'CallExpression'>): boolean {
    const { callee } = node;
    if (callee.type !== 'MemberExpression' || callee.computed || callee.property.type !== 'Identifier') return false;
    const { name } = callee.property;
    if (!mathFunctions.has(name) || !this.edits.isGlobal(callee.object, 'Math')) return false;
    return unaryMath.has(name) && this.inline.mathCall(node, mathName(name));
  }

  /** What is called keeps its form, since a member passes its object as `this`. */
  #callee(node: AnyNode): void {
    if (node.type !== 'MemberExpression') this.visit(node);
    else if (!this.#globalMember(node)) visitParts(this, node);
  }

  #property(node: Of<'Property'>): void {
    if (node.shorthand && node.value.type === 'Identifier') {
      const { name } = node.value;
      if (globalFunctions.has(name) && this.edits.isGlobal(node.value)) {
        this.edits.close(node.end, `: ${this.edits.name(name)}`);
      }
      return;
    }
    if (node.computed) this.visit(node.key);
    this.visit(node.value);
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
      this.#pattern(node.id);
      if (node.init) this.visit(node.init);
    } else {
      if (isFunction(node)) this.#function(node);
      else {
        if (node.param) this.#pattern(node.param);
        this.visit(node.body);
      }
    }
  }

  #function(node: FunctionNode): void {
    const { body } = node;
    this.inline.withoutFrame(() => {
      for (const param of node.params) this.#pattern(param);
      if (body.type !== 'BlockStatement') this.visit(body);
    });
    if (body.type !== 'BlockStatement') return;
    const names = this.inline.withFrame(() => this.visit(body));
    if (names.length > 0) this.edits.text.appendLeft(body.end - 1, `; var ${names.join(', ')};`);
  }

  #program(node: Of<'Program'>): void {
    const names = this.inline.withFrame(() => {
      for (const statement of node.body) this.visit(statement);
    });
    if (names.length > 0) this.edits.text.append(`\nvar ${names.join(', ')};`);
  }

  /** What is bound or assigned: names stay, members are checked, defaults and computed keys are expressions. */
  #pattern(node: AnyNode): void {
    switch (node.type) {
      case 'Identifier':
        return;
      case 'MemberExpression':
        visitTarget(this, node);
        return;
      case 'ObjectPattern':
        for (const property of node.properties) {
          if (property.type === 'Property') {
            if (property.computed) this.visit(property.key);
            this.#pattern(property.value);
          } else this.#pattern(property.argument);
        }
        return;
      case 'ArrayPattern':
        for (const element of node.elements) if (element) this.#pattern(element);
        return;
      case 'AssignmentPattern':
        this.#pattern(node.left);
        this.visit(node.right);
        return;
      case 'RestElement':
        this.#pattern(node.argument);
        return;
      case 'VariableDeclaration':
        for (const { id } of node.declarations) this.#pattern(id);
        return;
      default:
        this.visit(node);
    }
  }
}
