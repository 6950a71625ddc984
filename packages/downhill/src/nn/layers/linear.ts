import { take } from '../../functions/gathering.ts';
import { matmul } from '../../functions/products.ts';
import { transpose } from '../../functions/shape.ts';
import { add } from '../../primitives/arithmetic.ts';
import { sliceAlong } from '../../primitives/slice.ts';
import { isInteger } from '../../tensor/dtype.ts';
import { DtypeError, ShapeError } from '../../tensor/errors.ts';
import { checkOptions } from '../../tensor/option-names.ts';
import { showShape } from '../../tensor/shape.ts';
import { type Tensor, zeros } from '../../tensor/tensor.ts';
import { fanInUniform, type Initializer, randomNormal } from '../initializers.ts';
import { checkInput, checkSize, type Layer, type LayerOptions, stateless } from './layer.ts';

export interface WeightOptions extends LayerOptions {
  /** False for no bias. Default true; biases begin at 0. */
  readonly bias?: boolean;
  /** How the weight begins. Default `fanInUniform()`. */
  readonly weightInit?: Initializer;
}

export interface WeightAndBias {
  readonly weight: Tensor;
  readonly bias?: Tensor;
}

/**
 * x Wᵀ + b on the last axis.
 * @returns a layer from [..., inputs] to [..., outputs]; weight [outputs, inputs], bias [outputs].
 */
export function linear(inputs: number, outputs: number, options: WeightOptions = {}): Layer<WeightAndBias, null> {
  checkOptions('linear', options, { dtype: 1, bias: 1, weightInit: 1 });
  const { dtype = 'float32', bias = true, weightInit = fanInUniform() } = options;
  checkSize('linear', 'inputs', inputs);
  checkSize('linear', 'outputs', outputs);
  return stateless(
    `linear(${inputs}, ${outputs})`,
    (key): WeightAndBias => {
      const weight = weightInit(key, [outputs, inputs], dtype);
      return bias ? { weight, bias: zeros([outputs], dtype) } : { weight };
    },
    (parameters, x) => {
      checkInput(`linear(${inputs}, ${outputs})`, x, undefined, -1, inputs, `[..., ${inputs}]`);
      const product = matmul(x, transpose(parameters.weight)) as Tensor;
      return parameters.bias ? add(product, parameters.bias) : product;
    },
  );
}

export interface EmbeddingOptions extends LayerOptions {
  /** How the table begins. Default normal with deviation 1, as PyTorch. */
  readonly weightInit?: Initializer;
}

/** A table of `count` vectors, looked up by whole numbers: from indices [...] to [..., features]. */
export function embedding(
  count: number,
  features: number,
  options: EmbeddingOptions = {},
): Layer<{ readonly weight: Tensor }, null> {
  checkOptions('embedding', options, { dtype: 1, weightInit: 1 });
  const { dtype = 'float32', weightInit = randomNormal(1) } = options;
  checkSize('embedding', 'count', count);
  checkSize('embedding', 'features', features);
  return stateless(
    `embedding(${count}, ${features})`,
    (key) => ({ weight: weightInit(key, [count, features], dtype) }),
    ({ weight }, x) => {
      if (!isInteger(x.dtype)) {
        throw new DtypeError(`embedding takes int32 or uint32 indices; the input is ${x.dtype} (use astype)`);
      }
      return take(weight, x, { axis: 0 });
    },
  );
}

/** Adds a vector of its own to each place of [..., time, features], up to `length` places; weight [length, features]. */
export function positionalEmbedding(
  length: number,
  features: number,
  options: EmbeddingOptions = {},
): Layer<{ readonly weight: Tensor }, null> {
  checkOptions('positionalEmbedding', options, { dtype: 1, weightInit: 1 });
  const { dtype = 'float32', weightInit = randomNormal(0.02) } = options;
  checkSize('positionalEmbedding', 'length', length);
  checkSize('positionalEmbedding', 'features', features);
  const name = `positionalEmbedding(${length}, ${features})`;
  return stateless(
    name,
    (key) => ({ weight: weightInit(key, [length, features], dtype) }),
    ({ weight }, x) => {
      checkInput(name, x, undefined, -1, features, `[..., time, ${features}]`);
      const time = x.shape[x.rank - 2] ?? 0;
      if (x.rank < 2 || time > length) {
        throw new ShapeError(
          `${name}: the input has shape ${showShape(x.shape)}; at most ${length} places have a vector`,
        );
      }
      return add(x, sliceAlong(weight, 0, 0, time));
    },
  );
}
