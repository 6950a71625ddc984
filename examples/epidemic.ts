'use math';
// An epidemic curve fitted by the SIR equations, with how sure the data make one of each rate and of the curve itself.
import { dot, grad, item, matmul, matrix, stack, type Tensor, transpose, type Vector, vector } from 'downhill';
import { inv } from 'downhill/linalg';
import { odeint } from 'downhill/ode';
import { leastSquares } from 'downhill/optimize';

// Influenza in a boarding school of 763 boys: how many lay in bed on each day from 22 January 1978 (British Medical
// Journal, 4 March 1978, page 587).
const pupils = 763;
const inBed = vector([3, 8, 26, 76, 225, 298, 258, 233, 189, 128, 68, 29, 14, 4]);
const days = Array.from({ length: inBed.length }, (_, day) => day);

/** How many are ill on each day; θ = (rate of infection, rate of recovery, ill on the first day). */
function ill(theta: Vector): Vector {
  const [infection, recovery, first] = theta;
  const slopes = (_day: Tensor, state: Tensor): Tensor => {
    const [healthy, sick] = vector(state);
    const infected = (infection * healthy * sick) / pupils;
    return stack([-infected, infected - recovery * sick]);
  };
  const course = odeint(slopes, stack([pupils - first, first]), days);
  return matrix(transpose(course))[1];
}

const fit = leastSquares((theta: Vector) => ill(theta) - inBed, vector([2, 0.5, 2]));

// Near the best fit the curve is straight in θ with slopes J, so the estimate scatters with covariance σ² (JᵀJ)⁻¹.
const theta = fit.point;
const J = matrix(fit.jacobian);
const variance = (2 * fit.cost) / (days.length - 3);
const covariance = matrix(variance * matrix(inv(matmul(transpose(J), J))));

/** The standard error of what has the slope g by θ: √(gᵀ C g). */
const errorOf = (g: Vector): number => Math.sqrt(item(dot(g, dot(covariance, g))));

console.log(
  `residuals scatter by ${Math.sqrt(variance).toFixed(3)} boys (${fit.reason}, ${fit.evaluations} evaluations)`,
);
const quantities: Record<string, (theta: Vector) => number> = {
  'infections a day by one who is ill': (t) => t[0],
  'recoveries a day of one who is ill': (t) => t[1],
  'ill on the first day': (t) => t[2],
  'infected by one in all, at the start': (t) => t[0] / t[1],
};
for (const [name, f] of Object.entries(quantities)) {
  console.log(`${name}: ${item(f(theta)).toFixed(5)} ± ${errorOf(grad(f)(theta)).toFixed(5)}`);
}

console.log('day  in bed  fitted  standard error');
const fitted = ill(theta);
for (const day of days) {
  const cells = [item(inBed[day]).toFixed(0), item(fitted[day]).toFixed(1), errorOf(J[day]).toFixed(2)];
  console.log(`${String(day).padStart(3)}  ${cells.map((cell) => cell.padStart(6)).join('  ')}`);
}
