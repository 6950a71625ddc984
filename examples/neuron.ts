'use math';
// A neuron with two inputs: a weighted sum, squeezed by a sigmoid, judged by binary cross-entropy.

const neuron = (x1: number, x2: number, w1: number, w2: number, b: number): number => {
  const z = w1 * x1 + w2 * x2 + b;
  return 1 / (1 + Math.exp(-z));
};

const crossEntropy = (truth: number, prediction: number): number =>
  -(truth * Math.log(prediction) + (1 - truth) * Math.log(1 - prediction));

const [x1, x2, truth] = [2, 3, 1];
const [w1, w2, b] = [0.5, -0.3, 0.1];

const prediction = neuron(x1, x2, w1, w2, b);
console.log(`prediction: ${prediction.toFixed(4)}, loss: ${crossEntropy(truth, prediction).toFixed(4)}`);

export {};
