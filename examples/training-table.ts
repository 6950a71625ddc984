'use math';
// Ten steps of descent on a single point. A row pairs the parameters after its step with prediction and loss before it.
import { grad } from 'downhill';

const neuron = (x1: number, x2: number, w1: number, w2: number, b: number): number =>
  1 / (1 + Math.exp(-(w1 * x1 + w2 * x2 + b)));

const crossEntropy = (truth: number, prediction: number): number =>
  -(truth * Math.log(prediction) + (1 - truth) * Math.log(1 - prediction));

const [x1, x2, truth] = [2, 3, 1];
const learningRate = 0.5;

const loss = (w1: number, w2: number, b: number): number => crossEntropy(truth, neuron(x1, x2, w1, w2, b));
const gradient = grad(loss, { argnums: [0, 1, 2] });

const row = (cells: string[]): string => [cells[0].padEnd(5), ...cells.slice(1).map((c) => c.padEnd(10))].join(' ');
console.log(row(['Step', 'w₁ after', 'w₂ after', 'b after', 'ŷ before', 'L before']));
console.log('-'.repeat(60));

let [w1, w2, b] = [0, 0, 0];
for (let step = 0; step < 10; step++) {
  const before = [neuron(x1, x2, w1, w2, b), loss(w1, w2, b)];
  const [g1, g2, g] = gradient(w1, w2, b);
  w1 -= learningRate * g1;
  w2 -= learningRate * g2;
  b -= learningRate * g;
  console.log(row([String(step), ...[w1, w2, b, ...before].map((x) => x.toFixed(4))]));
}
console.log(`after the last step: ŷ = ${neuron(x1, x2, w1, w2, b).toFixed(4)}, L = ${loss(w1, w2, b).toFixed(4)}`);
