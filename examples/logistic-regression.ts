'use math';
// Logistic regression with a penalty: the probability of a class from two features, judged on points not learned from.
import { item, log1p, random, sum, type Vector, vector } from 'downhill';
import { accuracy, rocAuc } from 'downhill/metrics';
import { minimize } from 'downhill/optimize';

const count = 120;
const learned = 80;
const penalty = 1;

// Two clouds with unit noise: class 0 around (−1, −0.5), class 1 around (1, 0.5); every other point is of class 1.
const noise = (key: number): Vector => vector(random.normal(random.key(key), [count], { dtype: 'float64' }));
const labels = Array.from({ length: count }, (_, i) => i % 2);
const sides = vector(labels.map((label) => 2 * label - 1));
const a = vector(noise(4) + sides);
const b = vector(noise(5) + 0.5 * sides);

/** The points learned from come first: weight 1, then 0. */
const isLearned = vector(labels.map((_, i) => (i < learned ? 1 : 0)));

interface Model {
  weights: Vector;
  bias: number;
}

const score = ({ weights, bias }: Model): number => weights[0] * a + weights[1] * b + bias;

/** −Σ log p of the true class is Σ log(1 + e^−m) with the margin m = ±score; half the squared weights keep them small. */
function loss(model: Model): number {
  const margin = sides * score(model);
  const cost = Math.max(-margin, 0) + log1p(Math.exp(-Math.abs(margin)));
  return sum(isLearned * cost) + (penalty / 2) * sum(model.weights ** 2);
}

const start: Model = { weights: vector([0, 0]), bias: 0 };
const fit = minimize(loss, start, { gradientTolerance: 1e-6 });
const { weights, bias } = fit.point;
console.log(`weights ${[...weights].map((w) => item(w).toFixed(6)).join(', ')}, bias ${item(bias).toFixed(6)}`);
console.log(`loss ${fit.value.toFixed(6)} after ${fit.iterations} iterations of ${fit.method}: ${fit.reason}`);

const scores = [...vector(score(fit.point))].map((s) => item(s));
for (const [name, from, to] of [
  ['learned', 0, learned],
  ['held out', learned, count],
] as const) {
  const truth = labels.slice(from, to);
  const given = scores.slice(from, to);
  const right = accuracy(
    truth,
    given.map((s) => (s > 0 ? 1 : 0)),
  );
  console.log(
    `${name}: ${(100 * right).toFixed(1)} % right, area under the ROC curve ${rocAuc(truth, given).toFixed(4)}`,
  );
}
