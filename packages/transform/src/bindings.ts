import type { Identifier } from 'acorn';
import type { AnyNode } from './ast.ts';

/** One assignment to a variable. */
export interface Assigned {
  /** The expression; `null` for a value nobody can see (parameter, import, destructuring, loop variable). */
  readonly value: AnyNode | null;
  readonly at: number;
}

/** A declared variable and everything known of how it gets its values. */
export class Binding {
  readonly name: string;
  /** Where it is declared; infinity where no position tells whether that has run already. */
  readonly declared: number;
  /** True for `let`, `const` and `class`, which cannot be read before their declaration has run. */
  readonly late: boolean;
  readonly values: Assigned[] = [];
  /** True when code outside the function that declares it may change it: a function inside, or the exporting module. */
  changesElsewhere = false;

  constructor(name: string, declared: number, late: boolean) {
    this.name = name;
    this.declared = declared;
    this.late = late;
  }
}

/** The names of a block or function, inside those around it. */
export class Scope {
  readonly parent: Scope | undefined;
  readonly isFunction: boolean;
  /** In the cases of a switch, a declaration may be jumped over. */
  isSwitch = false;
  readonly bindings = new Map<string, Binding>();

  /** Names declared in any scope of the source. */
  readonly declared: Set<string>;

  constructor(parent: Scope | undefined, isFunctionScope: boolean) {
    this.parent = parent;
    this.isFunction = isFunctionScope;
    this.declared = parent?.declared ?? new Set();
  }

  declare(name: string, declared: number, late = false): Binding {
    let binding = this.bindings.get(name);
    if (!binding) {
      binding = new Binding(name, declared, late);
      this.bindings.set(name, binding);
      this.declared.add(name);
    }
    return binding;
  }

  /** Declares a name whose value is nobody's to see. */
  declareOpaque(name: string, declared: number, late = false): Binding {
    const binding = this.declare(name, declared, late);
    binding.values.push({ value: null, at: declared });
    return binding;
  }

  /** Where a `var` or a function declaration of this block lives. */
  get functionScope(): Scope {
    let scope: Scope = this;
    while (!scope.isFunction && scope.parent) scope = scope.parent;
    return scope;
  }

  /** The binding of a name, and whether a function lies between it and this scope. */
  lookup(name: string): { readonly binding: Binding; readonly captured: boolean } | undefined {
    let captured = false;
    for (let scope: Scope | undefined = this; scope; scope = scope.parent) {
      const binding = scope.bindings.get(name);
      if (binding) return { binding, captured };
      captured ||= scope.isFunction;
    }
    return undefined;
  }
}

/** Names bound by a pattern. */
export function* patternNames(pattern: AnyNode): Generator<Identifier> {
  switch (pattern.type) {
    case 'Identifier':
      yield pattern;
      break;
    case 'ObjectPattern':
      for (const property of pattern.properties) {
        yield* patternNames(property.type === 'Property' ? property.value : property.argument);
      }
      break;
    case 'ArrayPattern':
      for (const element of pattern.elements) if (element) yield* patternNames(element);
      break;
    case 'AssignmentPattern':
      yield* patternNames(pattern.left);
      break;
    case 'RestElement':
      yield* patternNames(pattern.argument);
      break;
  }
}

/** Names that an exported declaration declares. */
export function declaredNames(node: AnyNode): string[] {
  if (node.type === 'VariableDeclaration') {
    return node.declarations.flatMap(({ id }) => [...patternNames(id)].map(({ name }) => name));
  }
  return 'id' in node && node.id?.type === 'Identifier' ? [node.id.name] : [];
}
