// How the gradient of the first layer compares with that of the last at the start of training, by depth, initial weights,
// activation and normalization. Far below 1 it vanishes, far above it explodes. Usage: npm run example vanishing-gradients [depth…]
import { grad, norm, random, type Tensor } from 'downhill';
import {
  type ActivationName,
  activation,
  heNormal,
  type Initializer,
  type Layer,
  layerNorm,
  linear,
  mse,
  randomNormal,
  sequential,
  type WeightOptions,
  xavierNormal,
} from 'downhill/nn';

const depths = process.argv.length > 3 ? process.argv.slice(3).map(Number) : [5, 20];
const width = 32;
const initial: Record<string, Initializer> = {
  'N(0, 0.01²)': randomNormal(0.01),
  'N(0, 1)': randomNormal(1),
  Xavier: xavierNormal(),
  He: heNormal(),
};
const functions: ActivationName[] = ['sigmoid', 'tanh', 'relu'];

const x = random.normal(random.key(1), [64, width], { dtype: 'float64' });
const y = random.normal(random.key(2), [64, width], { dtype: 'float64' });

function ratio(depth: number, weightInit: Initializer, f: ActivationName, normalized: boolean): number {
  const options: WeightOptions = { weightInit, bias: false, dtype: 'float64' };
  const hidden = Array.from(
    { length: depth },
    (): Layer =>
      sequential([
        linear(width, width, options),
        ...(normalized ? [layerNorm(width, { affine: false })] : []),
        activation(f),
      ]),
  );
  const head = linear(width, width, options);
  const body = sequential(hidden);
  const [bodyKey, headKey] = [random.key(3), random.key(4)];
  const { parameters, state } = body.init(bodyKey);
  const last = head.init(headKey).parameters;
  const first = linear(width, width, options);
  const firstWeight = first.init(random.key(5)).parameters.weight;
  const loss = (inner: Tensor, outer: Tensor): Tensor => {
    const [h] = body.apply(parameters, state, first.apply({ weight: inner }, null, x)[0]);
    return mse(head.apply({ weight: outer }, null, h)[0], y);
  };
  const [g, h] = grad(loss, { argnums: [0, 1] })(firstWeight, last.weight);
  return norm(g).item() / norm(h).item();
}

console.log(
  `${'depth'.padEnd(6)}${'weights'.padEnd(14)}${functions.map((f) => f.padStart(12) + ` + norm`.padStart(12)).join('')}`,
);
for (const depth of depths) {
  for (const [name, init] of Object.entries(initial)) {
    const cells = functions.flatMap((f) => [false, true].map((normalized) => ratio(depth, init, f, normalized)));
    console.log(
      `${String(depth).padEnd(6)}${name.padEnd(14)}${cells.map((v) => v.toExponential(1).padStart(12)).join('')}`,
    );
  }
}
