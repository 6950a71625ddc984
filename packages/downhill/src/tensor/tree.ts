import { ArgumentError } from './errors.ts';
import { describeValue, Tensor } from './tensor.ts';

/**
 * The shape of nested inputs and outputs: plain objects and arrays whose leaves are numbers, booleans or tensors.
 * `undefined` and `null` are empty trees: they hold no leaf and come back as they are.
 */
export type TreeDef =
  | { readonly kind: 'leaf' }
  | { readonly kind: 'empty'; readonly value: null | undefined }
  | { readonly kind: 'array'; readonly children: readonly TreeDef[] }
  | { readonly kind: 'object'; readonly keys: readonly string[]; readonly children: readonly TreeDef[] };

export type Leaf = Tensor | number | boolean;

/** A tree with `A` at its leaves in place of numbers, booleans and tensors. */
export type MapLeaves<T, A> = T extends Tensor | number | boolean
  ? A
  : T extends readonly unknown[]
    ? { [K in keyof T]: MapLeaves<T[K], A> }
    : T extends object
      ? { [K in keyof T]: MapLeaves<T[K], A> }
      : T;

const leaf: TreeDef = { kind: 'leaf' };

const isPlainObject = (x: unknown): x is Record<string, unknown> => {
  if (typeof x !== 'object' || x === null) return false;
  const prototype: unknown = Object.getPrototypeOf(x);
  return prototype === Object.prototype || prototype === null;
};

export const isLeaf = (x: unknown): x is Leaf => x instanceof Tensor || typeof x === 'number' || typeof x === 'boolean';

/** A place in a tree as it would be written in code: `.layers[0].w`. */
export type TreePath = readonly (string | number)[];

export const showPath = (path: TreePath): string =>
  path
    .map((step) =>
      typeof step === 'number'
        ? `[${step}]`
        : /^[A-Za-z_$][\w$]*$/.test(step)
          ? `.${step}`
          : `[${JSON.stringify(step)}]`,
    )
    .join('');

/**
 * Leaves of a tree in order (object keys as inserted, sorted so that equal trees agree) and the structure to put
 * others in their places.
 * @param what names the tree in messages ("argument 0", "the result of loss").
 * @throws ArgumentError for anything that is neither leaf, array nor plain object, with its path.
 */
export function flatten(tree: unknown, what = 'the tree'): { leaves: Leaf[]; def: TreeDef; paths: TreePath[] } {
  const leaves: Leaf[] = [];
  const paths: TreePath[] = [];
  const ancestors = new Set<unknown>();
  const walk = (node: unknown, path: TreePath): TreeDef => {
    if (isLeaf(node)) {
      leaves.push(node);
      paths.push(path);
      return leaf;
    }
    if (node === null || node === undefined) return { kind: 'empty', value: node };
    if (ancestors.has(node)) throw new ArgumentError(`${what}${showPath(path)} contains itself`);
    if (Array.isArray(node)) {
      ancestors.add(node);
      const children = node.map((child, i) => walk(child, [...path, i]));
      ancestors.delete(node);
      return { kind: 'array', children };
    }
    if (isPlainObject(node)) {
      ancestors.add(node);
      const keys = Object.keys(node).sort();
      const children = keys.map((key) => walk(node[key], [...path, key]));
      ancestors.delete(node);
      return { kind: 'object', keys, children };
    }
    throw new ArgumentError(
      `${what}${showPath(path)} is ${describeValue(node)}; numbers, booleans, tensors, and arrays or plain objects of them are accepted` +
        (ArrayBuffer.isView(node) ? ' (wrap a typed array with tensor(…))' : ''),
    );
  };
  return { def: walk(tree, []), leaves, paths };
}

/** The tree of structure `def` whose leaves are taken from `leaves` in order. */
export function unflatten(def: TreeDef, leaves: readonly unknown[]): unknown {
  let next = 0;
  const build = (node: TreeDef): unknown => {
    switch (node.kind) {
      case 'leaf':
        return leaves[next++];
      case 'empty':
        return node.value;
      case 'array':
        return node.children.map(build);
      case 'object': {
        const result: Record<string, unknown> = {};
        node.keys.forEach((key, i) => {
          // defineProperty, so that a key named __proto__ is data like any other
          Object.defineProperty(result, key, {
            value: build(node.children[i] as TreeDef),
            enumerable: true,
            writable: true,
            configurable: true,
          });
        });
        return result;
      }
    }
  };
  return build(def);
}

/** How many leaves a structure holds. */
export function leafCount(def: TreeDef): number {
  if (def.kind === 'leaf' || def.kind === 'empty') return def.kind === 'leaf' ? 1 : 0;
  return def.children.reduce((sum, child) => sum + leafCount(child), 0);
}

/** A text that is equal for equal structures. */
export function showTree(def: TreeDef): string {
  switch (def.kind) {
    case 'leaf':
      return '*';
    case 'empty':
      return String(def.value);
    case 'array':
      return `[${def.children.map(showTree).join(', ')}]`;
    case 'object':
      return `{${def.keys.map((k, i) => `${JSON.stringify(k)}: ${showTree(def.children[i] as TreeDef)}`).join(', ')}}`;
  }
}

/**
 * `f` applied to corresponding leaves of one or more trees of equal structure.
 * @throws ArgumentError when the structures differ.
 */
export function treeMap<T, A>(f: (leaf: Leaf, ...rest: Leaf[]) => A, tree: T, ...others: unknown[]): MapLeaves<T, A> {
  const first = flatten(tree);
  const rest = others.map((other) => {
    const flat = flatten(other);
    if (showTree(flat.def) !== showTree(first.def)) {
      throw new ArgumentError(`trees of different structure: ${showTree(first.def)} and ${showTree(flat.def)}`);
    }
    return flat.leaves;
  });
  return unflatten(
    first.def,
    first.leaves.map((x, i) => f(x, ...rest.map((leaves) => leaves[i] as Leaf))),
  ) as MapLeaves<T, A>;
}

/** The leaves of a tree in order. */
export const treeLeaves = (tree: unknown): Leaf[] => flatten(tree).leaves;
