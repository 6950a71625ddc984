import type { CallExpression, Identifier } from 'acorn';
import { type AnyNode, children, type FunctionNode, isFunction } from './ast.ts';
import { type Binding, declaredNames, patternNames, Scope } from './bindings.ts';

/** A function that is known by one name only and used by calling it: every argument it gets can be seen. */
export interface PrivateFunction {
  readonly node: FunctionNode;
  readonly calls: readonly CallExpression[];
}

/** Which declaration each identifier means. */
export interface Resolution {
  /** Every identifier that reads or writes a variable, with its declaration; `undefined` when it is declared outside. */
  readonly references: ReadonlyMap<Identifier, Binding | undefined>;
  /** Those of a variable that belongs to a function around the one they stand in. */
  readonly captures: ReadonlySet<Identifier>;
  /** The functions whose parameters get nothing but the arguments of calls in this source, by parameter. */
  readonly parameters: ReadonlyMap<Binding, PrivateFunction>;
  /** Every name that is declared somewhere in the source. */
  readonly declared: ReadonlySet<string>;
  /** Identifiers declared outside the analysed source, in order of appearance. */
  readonly free: readonly Identifier[];
}

/** Resolves the identifiers of a program or an expression. */
export function resolve(root: AnyNode): Resolution {
  const resolver = new Resolver();
  const scope = new Scope(undefined, true);
  resolver.visit(root, scope);
  return resolver.finish(scope);
}

/** `Plot` of `<Plot/>`, a node that acorn's types do not know. */
const isJsxName = (node: { readonly type: string }): node is Identifier => node.type === 'JSXIdentifier';

class Resolver {
  readonly #calls = new Map<Identifier, CallExpression>();
  readonly #exported = new Set<Binding>();
  readonly #uses: { node: Identifier; scope: Scope; value?: AnyNode | null }[] = [];

  finish({ declared }: Scope): Resolution {
    const references = new Map<Identifier, Binding | undefined>();
    const captures = new Set<Identifier>();
    for (const { node, scope, value } of this.#uses) {
      const found = scope.lookup(node.name);
      references.set(node, found?.binding);
      if (!found) continue;
      if (found.captured) captures.add(node);
      if (value === undefined) continue;
      found.binding.values.push({ value, at: node.start });
      found.binding.changesElsewhere ||= found.captured;
    }
    const parameters = new Map<Binding, PrivateFunction>();
    for (const found of this.#privateFunctions(references)) {
      for (const param of found.node.params) {
        const name = param.type === 'AssignmentPattern' ? param.left : param;
        const binding = name.type === 'Identifier' ? references.get(name) : undefined;
        if (binding) parameters.set(binding, found);
      }
    }
    const free = [...references].filter(([, binding]) => !binding).map(([node]) => node);
    return { references, captures, parameters, declared, free };
  }

  /** Functions with a name that is never exported, passed on, or assigned again. */
  *#privateFunctions(references: ReadonlyMap<Identifier, Binding | undefined>): Generator<PrivateFunction> {
    const uses = new Map<Binding, CallExpression[] | undefined>();
    for (const [node, binding] of references) {
      if (!binding) continue;
      const call = this.#calls.get(node);
      const known = uses.has(binding) ? uses.get(binding) : [];
      // The name where it is declared with its value is no use of it.
      if (binding.declared === node.start) uses.set(binding, known);
      else uses.set(binding, call && known ? [...known, call] : undefined);
    }
    for (const [binding, calls] of uses) {
      const node = binding.values.length === 1 ? binding.values[0]?.value : undefined;
      if (calls && node && isFunction(node) && !this.#exported.has(binding)) yield { node, calls };
    }
  }

  #use(node: Identifier, scope: Scope): void {
    this.#uses.push({ node, scope });
  }

  /** An assignment to every name of a pattern; only a plain name shows what is assigned. */
  #assign(pattern: AnyNode, scope: Scope, value: AnyNode | null): void {
    const plain = pattern.type === 'Identifier';
    for (const node of patternNames(pattern)) this.#uses.push({ node, scope, value: plain ? value : null });
    this.#insidePattern(pattern, scope);
  }

  #declarePattern(pattern: AnyNode, scope: Scope, late = false): void {
    for (const node of patternNames(pattern)) scope.declare(node.name, scope.isSwitch ? Infinity : node.start, late);
  }

  /** Defaults, computed keys and member targets of a pattern are ordinary expressions. */
  #insidePattern(pattern: AnyNode | null, scope: Scope): void {
    if (!pattern) return;
    switch (pattern.type) {
      case 'Identifier':
        return;
      case 'ObjectPattern':
        for (const property of pattern.properties) {
          if (property.type === 'Property') {
            if (property.computed) this.visit(property.key, scope);
            this.#insidePattern(property.value, scope);
          } else this.#insidePattern(property.argument, scope);
        }
        return;
      case 'ArrayPattern':
        for (const element of pattern.elements) this.#insidePattern(element, scope);
        return;
      case 'AssignmentPattern':
        this.visit(pattern.right, scope);
        this.#insidePattern(pattern.left, scope);
        return;
      case 'RestElement':
        this.#insidePattern(pattern.argument, scope);
        return;
      default:
        this.visit(pattern, scope);
    }
  }

  /** Declarations that are visible throughout a block before any of its statements runs. */
  #hoist(statements: readonly AnyNode[], scope: Scope): void {
    for (const statement of statements) {
      const node =
        (statement.type === 'ExportNamedDeclaration' || statement.type === 'ExportDefaultDeclaration') &&
        statement.declaration
          ? statement.declaration
          : statement;
      if (node.type === 'VariableDeclaration' && node.kind !== 'var') {
        for (const { id } of node.declarations) this.#declarePattern(id, scope, true);
      } else if ((node.type === 'FunctionDeclaration' || node.type === 'ClassDeclaration') && node.id) {
        const late = node.type === 'ClassDeclaration';
        const value = late ? null : node;
        scope.declare(node.id.name, node.start, late).values.push({ value, at: node.start });
      } else if (node.type === 'ImportDeclaration') {
        for (const { local } of node.specifiers) {
          scope.declareOpaque(local.name, local.start, true).changesElsewhere = true;
        }
      }
    }
  }

  /** `var` declarations anywhere inside a function, outside nested functions. */
  #hoistVars(node: AnyNode, scope: Scope): void {
    for (const child of children(node)) {
      if (isFunction(child)) continue;
      if (child.type === 'VariableDeclaration' && child.kind === 'var') {
        for (const { id } of child.declarations) this.#declarePattern(id, scope);
      }
      this.#hoistVars(child, scope);
    }
  }

  #visitAll(nodes: Iterable<AnyNode | null>, scope: Scope): void {
    for (const node of nodes) if (node) this.visit(node, scope);
  }

  visit(node: AnyNode, scope: Scope): void {
    switch (node.type) {
      case 'Program':
        this.#hoist(node.body, scope);
        this.#hoistVars(node, scope);
        // The top level of a script is everyone's.
        if (node.sourceType === 'script') for (const binding of scope.bindings.values()) this.#exported.add(binding);
        this.#visitAll(node.body, scope);
        return;
      case 'Identifier':
        this.#use(node, scope);
        return;
      case 'FunctionDeclaration':
      case 'FunctionExpression':
      case 'ArrowFunctionExpression':
        this.#visitFunction(node, scope);
        return;
      case 'ClassDeclaration':
      case 'ClassExpression': {
        const inner = new Scope(scope, false);
        if (node.id) inner.declareOpaque(node.id.name, node.start, true);
        if (node.superClass) this.visit(node.superClass, inner);
        this.visit(node.body, inner);
        return;
      }
      case 'BlockStatement':
      case 'StaticBlock': {
        const inner = new Scope(scope, node.type === 'StaticBlock');
        this.#hoist(node.body, inner);
        if (node.type === 'StaticBlock') this.#hoistVars(node, inner);
        this.#visitAll(node.body, inner);
        return;
      }
      case 'SwitchStatement': {
        this.visit(node.discriminant, scope);
        const inner = new Scope(scope, false);
        inner.isSwitch = true;
        for (const { consequent } of node.cases) this.#hoist(consequent, inner);
        this.#visitAll(node.cases, inner);
        return;
      }
      case 'CatchClause': {
        const inner = new Scope(scope, false);
        if (node.param) this.#bindOpaque(node.param, inner);
        this.visit(node.body, inner);
        return;
      }
      case 'ForStatement':
      case 'ForInStatement':
      case 'ForOfStatement':
        this.#visitFor(node, scope);
        return;
      case 'VariableDeclaration':
        for (const { id, init } of node.declarations) {
          // Without an initial value a `let` is undefined and a `var` keeps what it has.
          if (init) {
            this.#assign(id, scope, init);
            this.visit(init, scope);
          } else if (id.type === 'Identifier') this.#use(id, scope);
        }
        return;
      case 'AssignmentExpression':
        this.#assign(node.left, scope, node.operator === '=' ? node.right : node);
        this.visit(node.right, scope);
        return;
      case 'UpdateExpression':
        if (node.argument.type === 'Identifier') this.#assign(node.argument, scope, node);
        else this.visit(node.argument, scope);
        return;
      case 'CallExpression':
        if (node.callee.type === 'Identifier') this.#calls.set(node.callee, node);
        this.#visitAll(children(node), scope);
        return;
      case 'MemberExpression':
        this.visit(node.object, scope);
        if (node.computed) this.visit(node.property, scope);
        return;
      case 'Property':
      case 'MethodDefinition':
        if (node.computed) this.visit(node.key, scope);
        this.visit(node.value, scope);
        return;
      case 'PropertyDefinition':
        if (node.computed) this.visit(node.key, scope);
        // The value is evaluated when an object is made, as in a function of its own.
        if (node.value) this.visit(node.value, new Scope(scope, true));
        return;
      case 'LabeledStatement':
        this.visit(node.body, scope);
        return;
      case 'BreakStatement':
      case 'ContinueStatement':
      case 'ImportDeclaration':
      case 'MetaProperty':
        return;
      case 'ExportNamedDeclaration':
        if (node.declaration) {
          this.visit(node.declaration, scope);
          for (const name of declaredNames(node.declaration)) this.#exported.add(scope.declare(name, node.start));
        } else if (!node.source)
          for (const { local } of node.specifiers) if (local.type === 'Identifier') this.#use(local, scope);
        return;
      case 'ExportDefaultDeclaration':
        this.visit(node.declaration, scope);
        for (const name of declaredNames(node.declaration)) this.#exported.add(scope.declare(name, node.start));
        return;
      case 'ExportAllDeclaration':
        return;
      default:
        // The name of a component. Names of attributes come here as well, which does no harm.
        if (isJsxName(node)) this.#use(node, scope);
        else this.#visitAll(children(node), scope);
    }
  }

  #bindOpaque(pattern: AnyNode, scope: Scope): void {
    this.#declarePattern(pattern, scope);
    this.#assign(pattern, scope, null);
  }

  #visitFunction(node: Extract<AnyNode, { params: unknown }>, scope: Scope): void {
    let outer = scope;
    if (node.type === 'FunctionExpression' && node.id) {
      outer = new Scope(scope, false);
      outer.declareOpaque(node.id.name, node.start);
    }
    const inner = new Scope(outer, true);
    if (node.type !== 'ArrowFunctionExpression') inner.declareOpaque('arguments', node.start);
    for (const param of node.params) this.#declarePattern(param, inner);
    for (const param of node.params) this.#bindOpaque(param, inner);
    if (node.body.type === 'BlockStatement') {
      // The body may redeclare parameters with `var`; one scope for both serves every question asked here.
      this.#hoist(node.body.body, inner);
      this.#hoistVars(node.body, inner);
      this.#visitAll(node.body.body, inner);
    } else this.visit(node.body, inner);
  }

  #visitFor(
    node: Extract<AnyNode, { type: 'ForStatement' | 'ForInStatement' | 'ForOfStatement' }>,
    scope: Scope,
  ): void {
    const inner = new Scope(scope, false);
    const head = node.type === 'ForStatement' ? node.init : node.left;
    if (head?.type === 'VariableDeclaration' && head.kind !== 'var') this.#hoist([head], inner);
    if (node.type === 'ForStatement') {
      this.#visitAll([node.init ?? null, node.test ?? null, node.update ?? null], inner);
    } else {
      const pattern = node.left.type === 'VariableDeclaration' ? node.left.declarations[0]?.id : node.left;
      if (pattern) this.#assign(pattern, inner, null);
      this.visit(node.right, inner);
    }
    this.visit(node.body, inner);
  }
}
