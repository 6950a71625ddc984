'use math';
// Adam, written out: two running averages of the gradient, corrected for their start at zero.
import { grad, item, type Vector, vector } from 'downhill';

interface AdamOptions {
  learningRate?: number;
  steps?: number;
  beta1?: number;
  beta2?: number;
  epsilon?: number;
}

function adam(gradient: (theta: Vector) => Vector, start: Vector, options: AdamOptions = {}): Vector {
  const { learningRate = 0.01, steps = 100, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = options;
  let theta = start;
  let mean = 0;
  let square = 0;
  for (let t = 1; t <= steps; t++) {
    const g = gradient(theta);
    mean = beta1 * mean + (1 - beta1) * g;
    square = beta2 * square + (1 - beta2) * g ** 2;
    const direction = mean / (1 - beta1 ** t);
    const scale = Math.sqrt(square / (1 - beta2 ** t)) + epsilon;
    theta = vector(theta - (learningRate * direction) / scale);
  }
  return theta;
}

const loss = (theta: Vector): number => (theta[0] - 3) ** 2 + (theta[1] + 1) ** 2;
const show = (theta: Vector): string => [...theta].map((t) => item(t).toFixed(4)).join(', ');

console.log('rate 0.1: ', show(adam(grad(loss), vector([0, 0]), { learningRate: 0.1 })));
console.log('rate 0.01:', show(adam(grad(loss), vector([0, 0]))));
