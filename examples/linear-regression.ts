'use math';
// Linear regression by gradient descent. The curvature of the loss then says how sure one may be of the line.
import { diag, grad, hessian, item, mean, random, type Vector, vector } from 'downhill';
import { inv, solve } from 'downhill/linalg';

const count = 40;
const x = vector(random.uniform(random.key(1), [count], { dtype: 'float64', minval: -2, maxval: 2 }));
const noise = vector(random.normal(random.key(2), [count], { dtype: 'float64' }));
const y = vector(1.5 * x - 0.5 + 0.3 * noise);

/** Mean squared error of the line θ₀ x + θ₁. */
const loss = (theta: Vector): number => mean((theta[0] * x + theta[1] - y) ** 2);
const slope = grad(loss);
const show = (v: Vector): string => [...v].map((t) => item(t).toFixed(6)).join(', ');

let theta = vector([0, 0]);
for (let step = 1; step <= 200; step++) {
  theta = vector(theta - 0.3 * slope(theta));
  if ([1, 2, 5, 10, 50, 200].includes(step)) {
    console.log(`after ${String(step).padStart(3)} steps: ${show(theta)}, loss ${item(loss(theta)).toFixed(6)}`);
  }
}

// The loss is a quadratic: one Newton step from anywhere, here from 0, ends where its slope is zero.
const curvature = hessian(loss)(theta);
const start = vector([0, 0]);
console.log('one Newton step:', show(vector(start - vector(solve(curvature, slope(start))))));

// Its Hessian is 2 XᵀX / n, and the covariance of the estimate is σ² (XᵀX)⁻¹ with σ² from the residuals.
const variance = (loss(theta) * count) / (count - 2);
const errors = vector(Math.sqrt(((2 * variance) / count) * vector(diag(inv(curvature)))));
console.log('standard errors:', show(errors));
console.log('true line: 1.5, -0.5, noise 0.3; noise found:', item(Math.sqrt(variance)).toFixed(4));
