import { gelu, leakyRelu, relu, silu, softplus } from '../../functions/activations.ts';
import { reshape } from '../../functions/shape.ts';
import { add } from '../../primitives/arithmetic.ts';
import { logistic } from '../../primitives/exponential.ts';
import { tanh } from '../../primitives/hyperbolic.ts';
import { splitKeys } from '../../random/key.ts';
import { ArgumentError, ShapeError } from '../../tensor/errors.ts';
import { checkOptions } from '../../tensor/option-names.ts';
import { shapesEqual, showShape } from '../../tensor/shape.ts';
import { describeValue, type Tensor } from '../../tensor/tensor.ts';
import { type Layer, type ParametersOf, type StateOf, stateless, within } from './layer.ts';
import { linear, type WeightOptions } from './linear.ts';

type AllParameters<L extends readonly Layer[]> = { readonly [K in keyof L]: ParametersOf<L[K]> };
type AllStates<L extends readonly Layer[]> = { readonly [K in keyof L]: StateOf<L[K]> };

/** Layers one after the other. Parameters and state are lists, one entry a layer. */
export function sequential<const L extends readonly Layer[]>(layers: L): Layer<AllParameters<L>, AllStates<L>> {
  layers.forEach((layer, i) => {
    if (typeof layer?.apply !== 'function') {
      throw new ArgumentError(
        `sequential: entry ${i} is ${describeValue(layer)}; layers are needed (activation(f) makes one)`,
      );
    }
  });
  return {
    name: `sequential(${layers.map((layer) => layer.name).join(', ')})`,
    init: (key) => {
      const keys = splitKeys(key, layers.length);
      const variables = layers.map((layer, i) => layer.init(keys[i] as Tensor));
      return {
        parameters: variables.map((v) => v.parameters) as unknown as AllParameters<L>,
        state: variables.map((v) => v.state) as unknown as AllStates<L>,
      };
    },
    apply: (parameters, state, x, context = {}) => {
      let y = x;
      const next = layers.map((layer, i) => {
        const [value, after] = layer.apply(parameters[i], state[i], y, within(context, i, i));
        y = value;
        return after;
      });
      return [y, next as unknown as AllStates<L>];
    },
  };
}

/** The functions that `activation` knows by name. */
export const activations = { relu, tanh, sigmoid: logistic, gelu, silu, softplus, leakyRelu };
export type ActivationName = keyof typeof activations;

/** A function of the elements as a layer without parameters: one of `activations` by name, or any other. */
export function activation(f: ActivationName | ((x: Tensor) => Tensor)): Layer<null, null> {
  const apply = typeof f === 'string' ? activations[f] : f;
  if (typeof apply !== 'function') {
    throw new ArgumentError(
      `activation: ${describeValue(f)} is not known; a function or one of ${Object.keys(activations).join(', ')} is needed`,
    );
  }
  const name = typeof f === 'string' ? f : f === relu ? 'relu' : f.name || 'activation';
  return stateless(
    name,
    () => null,
    (_parameters, x, { observe, path = '' }) => {
      const y = apply(x);
      observe?.(path, name, y);
      return y;
    },
  );
}

/** All axes but the first as one. */
export const flatten = (): Layer<null, null> =>
  stateless(
    'flatten',
    () => null,
    (_parameters, x) => reshape(x, [x.shape[0] ?? 1, x.size / Math.max(1, x.shape[0] ?? 1)]),
  );

/** x + f(x) (He et al. 2016). */
export const residual = <P, S>(layer: Layer<P, S>): Layer<P, S> => ({
  name: `residual(${layer.name})`,
  init: (key) => layer.init(key),
  apply: (parameters, state, x, context) => {
    const [y, next] = layer.apply(parameters, state, x, context);
    if (!shapesEqual(x.shape, y.shape)) {
      throw new ShapeError(
        `residual: ${layer.name} turns ${showShape(x.shape)} into ${showShape(y.shape)}; they must be equal`,
      );
    }
    return [add(x, y), next];
  },
});

export interface MlpOptions extends WeightOptions {
  /** Between the layers. Default 'relu'. */
  readonly activation?: ActivationName | ((x: Tensor) => Tensor);
}

/** Linear layers of the given sizes with activations between: `mlp([64, 32, 10])` has one hidden layer. */
export function mlp(sizes: readonly number[], options: MlpOptions = {}): Layer<readonly unknown[], readonly unknown[]> {
  checkOptions('mlp', options, { dtype: 1, bias: 1, weightInit: 1, activation: 1 });
  const { activation: between = 'relu', ...weights } = options;
  if (sizes.length < 2) throw new ArgumentError(`mlp: ${sizes.length} sizes; inputs and outputs are needed at least`);
  const layers = sizes
    .slice(1)
    .flatMap((size, i): Layer[] => [
      ...(i === 0 ? [] : [activation(between)]),
      linear(sizes[i] as number, size, weights),
    ]);
  return sequential(layers);
}
