import { scan } from '../../control/scan-loop.ts';
import { concatenate } from '../../functions/joining.ts';
import { matmul } from '../../functions/products.ts';
import { moveaxis, transpose } from '../../functions/shape.ts';
import { add, mul, sub } from '../../primitives/arithmetic.ts';
import { logistic } from '../../primitives/exponential.ts';
import { tanh } from '../../primitives/hyperbolic.ts';
import { sliceAlong } from '../../primitives/slice.ts';
import { splitKeys } from '../../random/key.ts';
import { checkOptions } from '../../tensor/option-names.ts';
import { full, type Tensor, zeros } from '../../tensor/tensor.ts';
import { type Initializer, orthogonal, xavierUniform } from '../initializers.ts';
import { checkInput, checkSize, type Layer, type LayerOptions, stateless } from './layer.ts';

export interface RecurrentOptions extends LayerOptions {
  /** What comes out: the hidden state at every time [batch, time, hidden] (default) or the last one [batch, hidden]. */
  readonly output?: 'sequence' | 'last';
  /** How the weights of the input begin. Default `xavierUniform()`. */
  readonly weightInit?: Initializer;
  /** How those of the hidden state begin, each gate by itself. Default `orthogonal()`, which keeps lengths over time. */
  readonly recurrentInit?: Initializer;
}

/** As PyTorch's: gates are stacked along the first axis. */
export interface RecurrentParameters {
  /** [gates · hidden, inputs]. */
  readonly weightIh: Tensor;
  /** [gates · hidden, hidden]. */
  readonly weightHh: Tensor;
  readonly biasIh: Tensor;
  readonly biasHh: Tensor;
}

type Carry = readonly Tensor[];

/** One step of time: the products of input and hidden state with their weights, and the carry, give the next carry. */
type Cell = (fromInput: Tensor, fromHidden: Tensor, carry: Carry) => Carry;

function recurrent(
  name: string,
  gates: number,
  inputs: number,
  hidden: number,
  options: RecurrentOptions,
  carried: number,
  cell: Cell,
  forgetBias = 0,
): Layer<RecurrentParameters, null> {
  checkOptions(name, options, { dtype: 1, output: 1, weightInit: 1, recurrentInit: 1 });
  const { dtype = 'float32', output = 'sequence' } = options;
  const { weightInit = xavierUniform(), recurrentInit = orthogonal() } = options;
  checkSize(name, 'inputs', inputs);
  checkSize(name, 'hidden', hidden);
  const who = `${name}(${inputs}, ${hidden})`;
  return stateless(
    who,
    (key) => {
      const keys = splitKeys(key, 2 * gates);
      const each = (init: Initializer, width: number, from: number): Tensor =>
        concatenate(
          Array.from({ length: gates }, (_, g) => init(keys[from + g] as Tensor, [hidden, width], dtype)),
          { axis: 0 },
        );
      const biases = Array.from({ length: gates }, (_, g) => full([hidden], g === 1 ? forgetBias : 0, dtype));
      return {
        weightIh: each(weightInit, inputs, 0),
        weightHh: each(recurrentInit, hidden, gates),
        biasIh: concatenate(biases, { axis: 0 }),
        biasHh: zeros([gates * hidden], dtype),
      };
    },
    ({ weightIh, weightHh, biasIh, biasHh }, x) => {
      checkInput(who, x, 3, 2, inputs, `[batch, time, ${inputs}]`);
      const [batch] = x.shape as [number];
      // All times at once: one large product instead of one a step.
      const fromInputs = moveaxis(add(matmul(x, transpose(weightIh)) as Tensor, biasIh), 1, 0);
      const kind = x.dtype === 'float64' || weightIh.dtype === 'float64' ? 'float64' : 'float32';
      const start: Carry = Array.from({ length: carried }, () => zeros([batch, hidden], kind));
      const weight = transpose(weightHh);
      const [end, sequence] = scan(
        (carry: Carry, fromInput: Tensor) => {
          const fromHidden = add(matmul(carry[0] as Tensor, weight) as Tensor, biasHh);
          const next = cell(fromInput, fromHidden, carry);
          return [next, output === 'sequence' ? (next[0] as Tensor) : null] as const;
        },
        start,
        fromInputs,
      );
      return output === 'sequence' ? moveaxis(sequence as Tensor, 0, 1) : (end[0] as Tensor);
    },
  );
}

const gate = (x: Tensor, index: number, hidden: number): Tensor =>
  sliceAlong(x, 1, index * hidden, (index + 1) * hidden);

/** h ← tanh(W x + b + V h + c), the simple recurrent network (Elman 1990). Input [batch, time, inputs]. */
export const rnn = (inputs: number, hidden: number, options: RecurrentOptions = {}): Layer<RecurrentParameters, null> =>
  recurrent('rnn', 1, inputs, hidden, options, 1, (fromInput, fromHidden) => [tanh(add(fromInput, fromHidden))]);

export interface LstmOptions extends RecurrentOptions {
  /** Where the forget gate's bias begins; 1 (default) lets memory last from the start (Jozefowicz et al. 2015). */
  readonly forgetBias?: number;
}

/**
 * Long short-term memory (Hochreiter and Schmidhuber 1997), with gates i, f, g, o:
 * c ← σ(f) c + σ(i) tanh(g), h ← σ(o) tanh(c). Input [batch, time, inputs].
 */
export const lstm = (inputs: number, hidden: number, options: LstmOptions = {}): Layer<RecurrentParameters, null> => {
  const { forgetBias = 1, ...own } = checkOptions('lstm', options, {
    dtype: 1,
    output: 1,
    weightInit: 1,
    recurrentInit: 1,
    forgetBias: 1,
  });
  return recurrent(
    'lstm',
    4,
    inputs,
    hidden,
    own,
    2,
    (fromInput, fromHidden, [, cell]) => {
      const all = add(fromInput, fromHidden);
      const keep = mul(logistic(gate(all, 1, hidden)), cell as Tensor);
      const next = add(keep, mul(logistic(gate(all, 0, hidden)), tanh(gate(all, 2, hidden))));
      return [mul(logistic(gate(all, 3, hidden)), tanh(next)), next];
    },
    forgetBias,
  );
};

/**
 * Gated recurrent unit (Cho et al. 2014) in PyTorch's form, with gates r, z, n:
 * n = tanh(Wx + b + r (V h + c)), h ← (1 − z) n + z h. Input [batch, time, inputs].
 */
export const gru = (inputs: number, hidden: number, options: RecurrentOptions = {}): Layer<RecurrentParameters, null> =>
  recurrent('gru', 3, inputs, hidden, options, 1, (fromInput, fromHidden, [h]) => {
    const of = (index: number): Tensor => add(gate(fromInput, index, hidden), gate(fromHidden, index, hidden));
    const update = logistic(of(1));
    const candidate = tanh(add(gate(fromInput, 2, hidden), mul(logistic(of(0)), gate(fromHidden, 2, hidden))));
    return [add(mul(sub(1, update), candidate), mul(update, h as Tensor))];
  });
