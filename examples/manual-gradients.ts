'use math';
// The gradient of the neuron worked out by hand (error times input), and the same by differentiating the code.
import { grad } from 'downhill';

const neuron = (x1: number, x2: number, w1: number, w2: number, b: number): number =>
  1 / (1 + Math.exp(-(w1 * x1 + w2 * x2 + b)));

const crossEntropy = (truth: number, prediction: number): number =>
  -(truth * Math.log(prediction) + (1 - truth) * Math.log(1 - prediction));

const [x1, x2, truth] = [2, 3, 1];

function byHand(w1: number, w2: number, b: number): number[] {
  const error = neuron(x1, x2, w1, w2, b) - truth;
  return [error * x1, error * x2, error];
}

const loss = (w1: number, w2: number, b: number): number => crossEntropy(truth, neuron(x1, x2, w1, w2, b));
const automatic = grad(loss, { argnums: [0, 1, 2] })(0.5, -0.3, 0.1);
const manual = byHand(0.5, -0.3, 0.1);

const show = (slopes: readonly number[]): string =>
  ['∂L/∂w₁', '∂L/∂w₂', '∂L/∂b'].map((name, i) => `${name} = ${slopes[i].toFixed(4)}`).join(', ');
console.log('automatic:', show(automatic));
console.log('by hand:  ', show(manual));
console.log(
  'largest difference:',
  Math.max(...manual.map((m, i) => Math.abs(m - automatic[i]))) < 1e-15 ? 'below 1e-15' : 'too large',
);
console.log(`a step of rate 0.1 moves w₁ by ${(-0.1 * automatic[0]).toFixed(4)}`);
