'use math';
// Gradient descent on a round bowl with its lowest point at (3, −1).
import { grad, item, norm, type Vector, vector } from 'downhill';

const loss = (theta: Vector): number => (theta[0] - 3) ** 2 + (theta[1] + 1) ** 2;
const gradient = grad(loss);

const learningRate = 0.1;
let theta = vector([0, 0]);
let step = 0;
for (; step < 50; step++) {
  const g = gradient(theta);
  theta = vector(theta - learningRate * g);
  if (norm(g) < 1e-6) {
    console.log(`converged at step ${step}`);
    break;
  }
}
console.log(
  `after ${step} steps theta = ${[...theta].map((t) => item(t).toFixed(4)).join(', ')}, loss = ${item(loss(theta)).toExponential(3)}`,
);
