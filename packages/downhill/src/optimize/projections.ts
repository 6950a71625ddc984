import { arange } from '../functions/creation.ts';
import { cumsum } from '../functions/cumulative.ts';
import { where } from '../functions/elementwise.ts';
import { flip } from '../functions/joining.ts';
import { max, sum } from '../functions/reductions.ts';
import { sort } from '../functions/sorting.ts';
import { div, mul, sub } from '../primitives/arithmetic.ts';
import { greater, lessEqual } from '../primitives/comparison.ts';
import { abs, maximum, minimum, sign } from '../primitives/piecewise.ts';
import { ArgumentError, ShapeError } from '../tensor/errors.ts';
import { showShape } from '../tensor/shape.ts';
import { asTensor, describeValue, type Tensor, type TensorLike } from '../tensor/tensor.ts';
import { globalNorm, mapLeaves } from './leaves.ts';
import { applyUpdates, type UpdateRule } from './rule.ts';
import { made } from './traceable.ts';

function vectorOperand(who: string, x: TensorLike): Tensor {
  const v = asTensor(x);
  if (v.shape.length !== 1 || v.shape[0] === 0) {
    throw new ShapeError(`${who} takes a vector of at least one element; got shape ${showShape(v.shape)}`);
  }
  return v;
}

function checkSize(who: string, what: string, value: number): number {
  if (typeof value !== 'number' || !(value > 0) || !Number.isFinite(value)) {
    throw new ArgumentError(`${who}: the ${what} is ${describeValue(value)}; a positive finite number is needed`);
  }
  return value;
}

/**
 * The point of the simplex {p ≥ 0, Σp = total} nearest to `x` [n]: max(x − θ, 0) with θ the largest of (x₍₁₎ + … + x₍ₖ₎ −
 * total)/k over the k largest elements (Held, Wolfe and Crowder 1974; Duchi et al. 2008).
 */
export function projectionSimplex(x: TensorLike, total = 1): Tensor {
  const v = vectorOperand('projectionSimplex', x);
  checkSize('projectionSimplex', 'total', total);
  const falling = flip(sort(v), { axis: 0 });
  const counts = arange(1, v.shape[0] + 1, 1, { dtype: v.dtype });
  const threshold = max(div(sub(cumsum(falling), total), counts));
  return maximum(sub(v, threshold), 0);
}

/** Each element of a tree brought between two numbers. */
export function projectionBox<P>(tree: P, lower: number, upper: number): P {
  if (!(lower <= upper)) {
    throw new ArgumentError(`projectionBox: the bounds are ${lower} and ${upper}; lower ≤ upper is needed`);
  }
  return mapLeaves((x) => maximum(lower, minimum(upper, x)), tree);
}

/** The tree shortened to the Euclidean norm `radius` if it is longer. */
export function projectionL2Ball<P>(tree: P, radius = 1): P {
  checkSize('projectionL2Ball', 'radius', radius);
  const norm = globalNorm(tree);
  const isLonger = greater(norm, radius);
  return mapLeaves((x) => where(isLonger, mul(x, div(radius, where(isLonger, norm, 1))), x), tree);
}

/** The point nearest to `x` [n] whose magnitudes sum to at most `radius`. */
export function projectionL1Ball(x: TensorLike, radius = 1): Tensor {
  const v = vectorOperand('projectionL1Ball', x);
  checkSize('projectionL1Ball', 'radius', radius);
  const isInside = lessEqual(sum(abs(v)), radius);
  return where(isInside, v, mul(sign(v), projectionSimplex(abs(v), radius)));
}

/** `rule`, each step followed by a projection: projected gradient descent, for constraints one can project on. */
export const projected = <P, S>(rule: UpdateRule<P, S>, projection: (parameters: P) => P): UpdateRule<P, S> =>
  made([rule, projection], {
    ...rule,
    name: `projected(${rule.name})`,
    update: (gradient, state, parameters) => {
      const [updates, next] = rule.update(gradient, state, parameters);
      const target = projection(applyUpdates(parameters, updates));
      return [mapLeaves((t, p) => sub(t, p), target, parameters), next];
    },
  });
