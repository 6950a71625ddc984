'use math';
// One bowl, six learning rates, a hundred steps each. The factor 1 − 2·rate says what happens: below 1 in size it shrinks
// the error, at −1 it goes to and fro for ever, beyond that it grows.
import { grad } from 'downhill';

const loss = (theta: number): number => (theta - 5) ** 2;
const slope = grad(loss);

function run(rate: number): { theta: number; losses: number[] } {
  let theta = 0;
  const losses: number[] = [];
  for (let i = 0; i < 100; i++) {
    theta -= rate * slope(theta);
    losses.push(loss(theta));
  }
  return { theta, losses };
}

console.log('rate  factor  theta after 100   final loss  verdict');
for (const rate of [0.01, 0.1, 0.5, 0.9, 1, 1.01]) {
  const factor = 1 - 2 * rate;
  const { theta, losses } = run(rate);
  const size = Math.abs(factor);
  const verdict = size > 1 ? 'diverges' : size === 1 ? 'cycles' : factor < 0 ? 'alternates, converges' : 'converges';
  console.log(
    `${String(rate).padEnd(5)} ${factor.toFixed(2).padStart(6)} ${theta.toFixed(9).padStart(16)} ${losses[99].toExponential(3).padStart(12)}  ${verdict}`,
  );
}
