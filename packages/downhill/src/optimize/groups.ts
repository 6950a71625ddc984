import { ArgumentError } from '../tensor/errors.ts';
import { describeValue, Tensor } from '../tensor/tensor.ts';
import { flatten, type Leaf, showPath, unflatten } from '../tensor/tree.ts';
import type { UpdateRule } from './rule.ts';
import { zeroTree } from './rule.ts';
import { made } from './traceable.ts';

/**
 * Which group a leaf belongs to, by its path as written in code (`.layers[0].w`) and the leaf itself. Only the path, the
 * shape and the dtype may decide: the leaf may be traced, and the answer must be the same at every step.
 */
export type LabelOf = (path: string, leaf: Leaf) => string;

/** The tree with `null` in place of the leaves that are not `kept`: a rule passes over what is empty. */
function keep<T>(tree: T, kept: readonly boolean[]): T {
  const { leaves, def } = flatten(tree);
  return unflatten(
    def,
    leaves.map((x, i) => (kept[i] ? x : null)),
  ) as T;
}

/** The tree with the leaves of `part`, in order, in the places that are `kept`. */
function put<T>(tree: T, kept: readonly boolean[], part: T): T {
  const { leaves, def } = flatten(tree);
  const fresh = flatten(part).leaves;
  let next = 0;
  return unflatten(
    def,
    leaves.map((x, i) => (kept[i] ? fresh[next++] : x)),
  ) as T;
}

function labelsOf(labelOf: LabelOf, parameters: unknown, known: readonly string[]): string[] {
  const { leaves, paths } = flatten(parameters, 'the parameters');
  return leaves.map((leaf, i) => {
    const path = showPath(paths[i]);
    const label = labelOf(path, leaf);
    if (!known.includes(label)) {
      throw new ArgumentError(
        `partition: parameters${path} is labelled ${describeValue(label)}, for which there is no rule; ` +
          `the rules are ${known.join(', ')}`,
      );
    }
    return label;
  });
}

/**
 * A rule for each group of parameters (PyTorch's parameter groups, optax's `partition`):
 *
 *     partition({ weights: adamw(1e-3), rest: sgd(0.1) }, (path) => (path.endsWith('.w') ? 'weights' : 'rest'))
 *
 * A rule sees the whole tree with `null` where the leaves belong to others. The state holds the rules' states by label.
 * @throws ArgumentError at the first step for a leaf with a label that has no rule.
 */
export function partition<P>(
  rules: Readonly<Record<string, UpdateRule<P, unknown>>>,
  labelOf: LabelOf,
): UpdateRule<P, Readonly<Record<string, unknown>>> {
  const known = Object.keys(rules);
  return made(Object.values(rules), {
    name: `partition(${known.map((label) => `${label}: ${rules[label].name}`).join(', ')})`,
    init: (parameters) => {
      const labels = labelsOf(labelOf, parameters, known);
      return Object.fromEntries(
        known.map((label) => [
          label,
          rules[label].init(
            keep(
              parameters,
              labels.map((l) => l === label),
            ),
          ),
        ]),
      );
    },
    update: (gradient, state, parameters) => {
      const labels = labelsOf(labelOf, parameters, known);
      let updates = gradient;
      const next = known.map((label) => {
        const kept = labels.map((l) => l === label);
        const [part, after] = rules[label].update(keep(gradient, kept), state[label], keep(parameters, kept));
        updates = put(updates, kept, part);
        return [label, after] as const;
      });
      return [updates, Object.fromEntries(next)];
    },
  });
}

/**
 * A rule for some leaves; gradients of the others pass unchanged (optax's `masked`), so that
 * `chain(masked(addDecayedWeights(1e-2), (path) => path.endsWith('.w')), sgd(0.1))` spares biases the decay.
 */
export function masked<P, S>(
  rule: UpdateRule<P, S>,
  isIncluded: (path: string, leaf: Leaf) => boolean,
): UpdateRule<P, S> {
  const includes = (parameters: P): boolean[] => {
    const { leaves, paths } = flatten(parameters, 'the parameters');
    return leaves.map((leaf, i) => isIncluded(showPath(paths[i]), leaf));
  };
  return made([rule], {
    name: `masked(${rule.name})`,
    init: (parameters) => rule.init(keep(parameters, includes(parameters))),
    update: (gradient, state, parameters) => {
      const kept = includes(parameters);
      const [part, next] = rule.update(keep(gradient, kept), state, keep(parameters, kept));
      return [put(gradient, kept, part), next];
    },
  });
}

/** A rule that leaves the parameters where they are: for a group that is frozen. */
export const setToZero = <P>(): UpdateRule<P, Readonly<Record<never, never>>> =>
  made([], {
    name: 'setToZero',
    init: () => ({}),
    update: (gradient, state) => [zeroTree(gradient), state],
  });

/** The number of axes of a leaf. */
export const rankOf = (leaf: Leaf): number => (leaf instanceof Tensor ? leaf.shape.length : 0);
