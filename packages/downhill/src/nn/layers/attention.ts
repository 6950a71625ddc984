import { tril } from '../../functions/creation.ts';
import { where } from '../../functions/elementwise.ts';
import { matmul } from '../../functions/products.ts';
import { reshape, swapaxes } from '../../functions/shape.ts';
import { softmax } from '../../functions/softmax.ts';
import { add, mul } from '../../primitives/arithmetic.ts';
import { sliceAlong } from '../../primitives/slice.ts';
import { splitKeys } from '../../random/key.ts';
import { ArgumentError } from '../../tensor/errors.ts';
import { checkOptions } from '../../tensor/option-names.ts';
import { ones, type Tensor } from '../../tensor/tensor.ts';
import { xavierUniform } from '../initializers.ts';
import { dropout } from './dropout.ts';
import { checkInput, checkSize, type Layer, type Variables, within } from './layer.ts';
import { linear, type WeightAndBias, type WeightOptions } from './linear.ts';
import { layerNorm, type ScaleAndShift } from './normalization.ts';
import { type ActivationName, activation } from './sequential.ts';

export interface AttentionOptions extends WeightOptions {
  /** True to let each time see only itself and those before. Default false. */
  readonly causal?: boolean;
  /** Dropout on the attention weights. Default 0. */
  readonly dropout?: number;
}

export interface AttentionParameters {
  /** Weight [3 · features, features]: queries, keys and values, as PyTorch's `in_proj`. */
  readonly queryKeyValue: WeightAndBias;
  readonly output: WeightAndBias;
}

/**
 * Multi-head self-attention (Vaswani et al. 2017) on [batch, time, features]: softmax(Q Kᵀ / √d) V in each head of
 * d = features / heads.
 */
export function multiHeadAttention(
  features: number,
  heads: number,
  options: AttentionOptions = {},
): Layer<AttentionParameters, null> {
  checkOptions('multiHeadAttention', options, { dtype: 1, bias: 1, weightInit: 1, causal: 1, dropout: 1 });
  const { causal = false, dropout: rate = 0, weightInit = xavierUniform(), ...weights } = options;
  checkSize('multiHeadAttention', 'features', features);
  checkSize('multiHeadAttention', 'heads', heads);
  if (features % heads !== 0) {
    throw new ArgumentError(`multiHeadAttention: ${features} features do not divide into ${heads} heads`);
  }
  const width = features / heads;
  const projection = linear(features, 3 * features, { ...weights, weightInit });
  const output = linear(features, features, { ...weights, weightInit });
  const drop = dropout(rate);
  const name = `multiHeadAttention(${features}, ${heads})`;
  return {
    name,
    init: (key) => {
      const [a, b] = splitKeys(key, 2) as [Tensor, Tensor];
      return {
        parameters: { queryKeyValue: projection.init(a).parameters, output: output.init(b).parameters },
        state: null,
      };
    },
    apply: (parameters, state, x, context = {}) => {
      checkInput(name, x, 3, 2, features, `[batch, time, ${features}]`);
      const [batch, time] = x.shape as [number, number];
      const [all] = projection.apply(parameters.queryKeyValue, null, x);
      const part = (i: number): Tensor =>
        swapaxes(reshape(sliceAlong(all, 2, i * features, (i + 1) * features), [batch, time, heads, width]), 1, 2);
      const scores = mul(matmul(part(0), swapaxes(part(1), 2, 3)) as Tensor, 1 / Math.sqrt(width));
      const seen = causal ? where(tril(ones([time, time], 'bool')), scores, Number.NEGATIVE_INFINITY) : scores;
      const [weights] = drop.apply(null, null, softmax(seen), within(context, 0, 'weights'));
      const mixed = reshape(swapaxes(matmul(weights, part(2)) as Tensor, 1, 2), [batch, time, features]);
      return [output.apply(parameters.output, null, mixed)[0], state];
    },
  };
}

export interface TransformerBlockOptions extends AttentionOptions {
  /** Units of the layer between. Default 4 · features. */
  readonly hidden?: number;
  /** Default 'gelu'. */
  readonly activation?: ActivationName | ((x: Tensor) => Tensor);
  /** True (default) to normalize before each part, false for after it as in the paper. */
  readonly normFirst?: boolean;
  /** Dropout on attention weights, on what each part adds, and between the linear layers. Default 0. */
  readonly dropout?: number;
}

export interface TransformerBlockParameters {
  readonly attention: AttentionParameters;
  readonly norm1: ScaleAndShift;
  readonly norm2: ScaleAndShift;
  readonly linear1: WeightAndBias;
  readonly linear2: WeightAndBias;
}

/** Self-attention and a two-layer network on [batch, time, features], each added to what it is given and normalized. */
export function transformerBlock(
  features: number,
  heads: number,
  options: TransformerBlockOptions = {},
): Layer<TransformerBlockParameters, null> {
  checkOptions('transformerBlock', options, {
    dtype: 1,
    bias: 1,
    weightInit: 1,
    causal: 1,
    hidden: 1,
    activation: 1,
    normFirst: 1,
    dropout: 1,
  });
  const { hidden = 4 * features, normFirst = true, activation: name = 'gelu', ...attending } = options;
  const { causal: _, dropout: rate = 0, weightInit = xavierUniform(), ...weights } = attending;
  const attention = multiHeadAttention(features, heads, { ...attending, weightInit });
  const norm = layerNorm(features, weights.dtype === undefined ? {} : { dtype: weights.dtype });
  const linear1 = linear(features, hidden, { ...weights, weightInit });
  const linear2 = linear(hidden, features, { ...weights, weightInit });
  const between = activation(name);
  const drop = dropout(rate);
  return {
    name: `transformerBlock(${features}, ${heads})`,
    init: (key): Variables<TransformerBlockParameters, null> => {
      const [a, b, c] = splitKeys(key, 3) as [Tensor, Tensor, Tensor];
      const scale = (): ScaleAndShift => norm.init(key).parameters as ScaleAndShift;
      return {
        parameters: {
          attention: attention.init(a).parameters,
          norm1: scale(),
          norm2: scale(),
          linear1: linear1.init(b).parameters,
          linear2: linear2.init(c).parameters,
        },
        state: null,
      };
    },
    apply: (p, state, x, context = {}) => {
      const dropped = (y: Tensor, index: number): Tensor => drop.apply(null, null, y, within(context, index, index))[0];
      const attend = (y: Tensor): Tensor =>
        dropped(attention.apply(p.attention, null, y, within(context, 1, 'attention'))[0], 2);
      const network = (y: Tensor): Tensor => {
        const inner = between.apply(null, null, linear1.apply(p.linear1, null, y)[0], within(context, 3, 'network'))[0];
        return dropped(linear2.apply(p.linear2, null, dropped(inner, 4))[0], 5);
      };
      const normalize = (parameters: ScaleAndShift, y: Tensor): Tensor => norm.apply(parameters, null, y)[0];
      if (normFirst) {
        const middle = add(x, attend(normalize(p.norm1, x)));
        return [add(middle, network(normalize(p.norm2, middle))), state];
      }
      const middle = normalize(p.norm1, add(x, attend(x)));
      return [normalize(p.norm2, add(middle, network(middle))), state];
    },
  };
}
