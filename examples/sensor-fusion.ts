'use math';
// Two sensors of one moving cart, fused by a Kalman filter whose noises are learned from the readings by maximum likelihood.
import { diag, hessian, item, random, type Vector, vector } from 'downhill';
import { inv } from 'downhill/linalg';
import { minimize } from 'downhill/optimize';

const moments = 80;
const dt = 0.5; // seconds

// The truth: a cart pushed at random, its position read every fourth moment only, its speed always.
const truth = { push: 0.4, position: 1.5, speed: 0.3 };
const draws = (key: number): number[] =>
  [...vector(random.normal(random.key(key), [moments], { dtype: 'float64' }))].map((z) => item(z));
const [pushes, positionNoise, speedNoise] = [11, 12, 13].map(draws);
const cart = { position: 0, speed: 1 };
const course = pushes.map((push) => {
  cart.position += cart.speed * dt + (truth.push * push * dt ** 2) / 2;
  cart.speed += truth.push * push * dt;
  return { ...cart };
});
const positions = course.map(({ position }, k) =>
  k % 4 === 0 ? position + truth.position * positionNoise[k] : undefined,
);
const speeds = course.map(({ speed }, k) => speed + truth.speed * speedNoise[k]);

/** The filter's −log likelihood of all readings, and the positions it takes for true; θ = logarithms of the noises. */
function filter(theta: Vector): { cost: number; estimates: number[] } {
  const [push, position, speed] = [Math.exp(theta[0]), Math.exp(theta[1]), Math.exp(theta[2])];
  // position and speed, with their covariance [[pp, pv], [pv, vv]]
  let [p, v, pp, pv, vv] = [0, 1, 0, 0, 0];
  let cost = 0;
  const estimates = [];
  for (let k = 0; k < moments; k++) {
    p += v * dt;
    pp += 2 * dt * pv + dt ** 2 * vv + (push ** 2 * dt ** 4) / 4;
    pv += dt * vv + (push ** 2 * dt ** 3) / 2;
    vv += push ** 2 * dt ** 2;
    const reading = positions[k];
    if (reading !== undefined) {
      const variance = pp + position ** 2;
      const surprise = reading - p;
      cost += (Math.log(2 * Math.PI * variance) + surprise ** 2 / variance) / 2;
      const [gainP, gainV] = [pp / variance, pv / variance];
      [p, v] = [p + gainP * surprise, v + gainV * surprise];
      [pp, pv, vv] = [pp - gainP * pp, pv - gainP * pv, vv - gainV * pv];
    }
    const variance = vv + speed ** 2;
    const surprise = speeds[k] - v;
    cost += (Math.log(2 * Math.PI * variance) + surprise ** 2 / variance) / 2;
    const [gainP, gainV] = [pv / variance, vv / variance];
    [p, v] = [p + gainP * surprise, v + gainV * surprise];
    [pp, pv, vv] = [pp - gainP * pv, pv - gainP * vv, vv - gainV * vv];
    estimates.push(p);
  }
  return { cost, estimates };
}

const cost = (theta: Vector): number => filter(theta).cost;
const fit = minimize(cost, vector([0, 0, 0]), { gradientTolerance: 1e-6 });
console.log(`−log likelihood ${item(cost(vector([0, 0, 0]))).toFixed(6)} for noises of 1`);
console.log(`−log likelihood ${fit.value.toFixed(6)} at the best, after ${fit.iterations} iterations: ${fit.reason}`);

// The inverse Hessian of −log likelihood is the covariance of the estimates, here of logarithms: shares of the noise.
const shares = vector(Math.sqrt(vector(diag(inv(hessian(cost)(fit.point))))));
Object.entries(truth).forEach(([name, value], i) => {
  const learned = Math.exp(item(fit.point[i]));
  console.log(`${name}: ${learned.toFixed(5)} ± ${(learned * item(shares[i])).toFixed(5)}, in truth ${value}`);
});

const rootMeanSquare = (errors: readonly number[]): string =>
  Math.sqrt(errors.reduce((total, e) => total + e ** 2, 0) / errors.length).toFixed(4);
const read = course.flatMap(({ position }, k) => (positions[k] === undefined ? [] : [positions[k] - position]));
let summed = 0;
const reckoned = course.map(({ position }, k) => {
  summed += speeds[k] * dt;
  return summed - position;
});
const fused = filter(fit.point).estimates.map((estimate, k) => item(estimate) - course[k].position);
console.log(
  `error of the position: as read ${rootMeanSquare(read)}, by speeds alone ${rootMeanSquare(reckoned)}, fused ${rootMeanSquare(fused)}`,
);
