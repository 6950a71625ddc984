'use math';
// Gradient boosting: many stumps, each fitted to what the ones before leave, which is minus the gradient of the loss.
import { grad, item, random, sum, type Vector, vector } from 'downhill';

/** A tree with one question: is x below the threshold? */
interface Stump {
  readonly threshold: number;
  readonly below: number;
  readonly above: number;
}

const rounds = 100;
const rate = 0.1;
const uniform = (key: number, count: number): number[] =>
  [...vector(random.uniform(random.key(key), [count], { dtype: 'float64' }))].map((u) => item(u));
const inputs = uniform(1, 60).map((u) => 10 * u);

const add = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/** The threshold whose two means leave the smallest squares, and with it a step Σr / Σh on either side. */
function fitStump(x: readonly number[], residuals: readonly number[], curvatures: readonly number[]): Stump {
  const order = x.map((_, i) => i).sort((i, j) => x[i] - x[j]);
  const total = add(residuals);
  let left = 0;
  let best = -1;
  let split = 0;
  for (let k = 1; k < order.length; k++) {
    left += residuals[order[k - 1]];
    const gain = left ** 2 / k + (total - left) ** 2 / (order.length - k);
    if (gain > best) [best, split] = [gain, k];
  }
  const step = (part: readonly number[]): number =>
    add(part.map((i) => residuals[i])) / add(part.map((i) => curvatures[i]));
  return {
    threshold: (x[order[split - 1]] + x[order[split]]) / 2,
    below: step(order.slice(0, split)),
    above: step(order.slice(split)),
  };
}

const predict = (stump: Stump, x: number): number => (x <= stump.threshold ? stump.below : stump.above);

/** Boosts scores from a constant. `loss` is a sum over the points, so its curvature is one number a point. */
function boost(name: string, loss: (scores: Vector) => number, start: number): number[] {
  const slope = grad(loss);
  const curvature = grad((scores: Vector) => sum(slope(scores)));
  let scores = inputs.map(() => start);
  const show = (round: number): void =>
    console.log(
      `${name}, ${String(round).padStart(3)} stumps: loss ${(item(loss(vector(scores))) / inputs.length).toFixed(6)}`,
    );
  for (let round = 1; round <= rounds; round++) {
    if (round === 1) show(0);
    const at = vector(scores);
    const residuals = [...slope(at)].map((g) => -item(g));
    const curvatures = [...curvature(at)].map((h) => item(h));
    const stump = fitStump(inputs, residuals, curvatures);
    scores = scores.map((score, i) => score + rate * predict(stump, inputs[i]));
    if ([1, 10, 30, rounds].includes(round)) show(round);
  }
  return scores;
}

// Numbers: squared error, whose residuals are what is left, and whose curvature is 1.
const heights = vector(inputs.map((x) => Math.sin(x) + 0.3 * x));
const half = (scores: Vector): number => sum((scores - heights) ** 2) / 2;
boost('squares ', half, add([...heights].map((h) => item(h))) / inputs.length);

// Classes: the logistic loss of scores that are log-odds; one in ten labels is turned around.
const turned = uniform(2, 60);
const truth = inputs.map((x, i) => ((x > 3 && x < 7) !== turned[i] < 0.1 ? 1 : 0));
const signs = vector(truth.map((t) => 2 * t - 1));
const logistic = (scores: Vector): number => sum(Math.log(1 + Math.exp(-signs * scores)));
const share = add(truth) / truth.length;
const scores = boost('logistic', logistic, Math.log(share / (1 - share)));
const right = scores.filter((score, i) => score > 0 === (truth[i] === 1)).length;
console.log(`logistic: ${right} of ${truth.length} right`);
