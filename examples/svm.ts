'use math';
// A support vector machine: the widest margin between two clouds that may be violated at a price, by subgradient descent.
import { grad, item, random, sum, type Vector, vector } from 'downhill';

const count = 60;
const price = 1;

// Two clouds with unit noise: one around (−1.5, −1), the other around (1.5, 1); every other point belongs to the second.
const noise = (key: number): Vector => vector(random.normal(random.key(key), [count], { dtype: 'float64' }));
const sides = vector(Array.from({ length: count }, (_, i) => (i % 2 === 0 ? -1 : 1)));
const a = vector(noise(6) + 1.5 * sides);
const b = vector(noise(7) + sides);

/** θ = (w₁, w₂, b). How far each point is on its own side, in units of the margin. */
const margins = (theta: Vector): number => sides * (theta[0] * a + theta[1] * b + theta[2]);

/** ½‖w‖² + C Σ max(0, 1 − margin): convex, with a kink at margin 1, where the slope of either side is a subgradient. */
const objective = (theta: Vector): number =>
  (theta[0] ** 2 + theta[1] ** 2) / 2 + price * sum(Math.max(0, 1 - margins(theta)));
const subgradient = grad(objective);

// A subgradient need not point downhill, however small the step. What shrinks is the distance to the minimum, if the steps
// fall to zero but their sum does not stay finite; so the best point seen is kept.
let theta = vector([0, 0, 0]);
let best = { theta, value: item(objective(theta)) };
let rises = 0;
let before = best.value;
for (let step = 1; step <= 3000; step++) {
  theta = vector(theta - (0.1 / (1 + 0.05 * step)) * subgradient(theta));
  const value = item(objective(theta));
  if (value > before) rises++;
  before = value;
  if (value < best.value) best = { theta, value };
  if ([1, 10, 100, 1000, 3000].includes(step)) {
    console.log(`after ${String(step).padStart(4)} steps: best objective ${best.value.toFixed(6)}`);
  }
}
console.log(`${rises} of 3000 steps went up`);

const [w1, w2, bias] = [...best.theta].map((t) => item(t));
console.log(
  `w = (${w1.toFixed(4)}, ${w2.toFixed(4)}), b = ${bias.toFixed(4)}, margin ${(2 / Math.hypot(w1, w2)).toFixed(4)}`,
);
const all = [...vector(margins(best.theta))].map((m) => item(m));
console.log(
  `support vectors: ${all.filter((m) => m < 1.01).length}, on the wrong side: ${all.filter((m) => m < 0).length}`,
);
