'use math';
// Portfolio choice by mean and variance: the least risk for a wanted return, without selling short, and what it costs.
import { dot, item, matrix, sum, type Vector, vector } from 'downhill';
import { minimizeConstrained } from 'downhill/optimize';

const assets = ['bonds', 'shares', 'small firms', 'gold', 'property'];

// Expected return and standard deviation of a year, in per cent, and correlations. The figures are made up.
const expected = vector([2, 7, 9, 4, 5]);
const deviation = vector([4, 16, 22, 15, 12]);
const correlation = matrix([
  [1, 0.1, 0.05, 0.2, 0.15],
  [0.1, 1, 0.85, 0, 0.6],
  [0.05, 0.85, 1, 0.05, 0.55],
  [0.2, 0, 0.05, 1, 0.1],
  [0.15, 0.6, 0.55, 0.1, 1],
]);

const reward = (weights: Vector): number => sum(weights * expected);

function variance(weights: Vector): number {
  const exposed = vector(weights * deviation);
  return sum(exposed * vector(dot(correlation, exposed)));
}

const equal = vector(assets.map(() => 1 / assets.length));
console.log(`return   risk  ${assets.map((name) => name.padStart(11)).join(' ')}   price of a point of return`);
for (const wanted of [3, 4, 5, 6, 7, 8]) {
  const best = minimizeConstrained(
    variance,
    equal,
    {
      equality: (weights) => sum(weights) - 1,
      inequality: (weights) => reward(weights) - wanted,
      bounds: { lower: 0 },
    },
    { gradientTolerance: 1e-7 },
  );
  if (!best.converged) console.log(best.message);
  const risk = Math.sqrt(item(variance(best.point)));
  const shares = [...best.point].map((weight) => (100 * item(weight)).toFixed(2).padStart(11));
  // The multiplier is the slope of the variance by the wanted return; that of the risk is it over twice the risk.
  const price = best.multipliers.inequality[0] / (2 * risk);
  console.log(
    `${wanted.toFixed(1).padStart(6)} ${risk.toFixed(4).padStart(7)} ${shares.join(' ')} ${price.toFixed(4).padStart(10)}`,
  );
}
