import {
  allFinite,
  type Control,
  firstStep,
  leastStep,
  type Rhs,
  type Statistics,
  type StepOutcome,
  type Stepper,
  scaledNorm,
} from './stepper.ts';
import type { Tableau } from './tableaus.ts';

export const safety = 0.9;
/** The least and the most by which a step changes. */
export const [shrink, grow] = [0.2, 10];
/** Exponents of the PI controller (Gustafsson 1991) for a pair of orders 5(4). */
export const [proportional, integralPart] = [0.7 / 5, 0.4 / 5];

/** An explicit Runge–Kutta pair with a PI step size control, local extrapolation and dense output. */
export function explicitStepper(
  f: Rhs,
  t0: number,
  y0: Float64Array,
  end: number,
  tableau: Tableau,
  control: Control,
  statistics: Statistics,
  given?: number,
): Stepper {
  const { a, c, e, dense } = tableau;
  const n = y0.length;
  const stages = c.length;
  const k = Array.from({ length: stages }, () => new Float64Array(n));
  const direction = Math.sign(end - t0) || 1;
  f(t0, y0, k[0]);
  let h = given ?? firstStep(f, t0, y0, k[0], end, 4, control);
  let previousError = 1e-4;
  let last = { t: t0, h: 0, y: y0, k: k.map((v) => v.slice()) };

  const advance = (limit: number): StepOutcome => {
    const { t, y } = stepper;
    if (!allFinite(k[0])) return 'not-finite';
    let refused = false;
    let broken = false;
    for (;;) {
      h = Math.min(h, control.largestStep);
      const rest = Math.abs(limit - t);
      if (h < leastStep(t) && rest > leastStep(t)) return broken ? 'not-finite' : 'step-too-small';
      // a step that nearly reaches the limit takes it all; two halves come before a tiny last one
      const size = h >= rest * (1 - 1e-12) ? rest : h > 0.5 * rest ? Math.min(h, 0.5 * rest * (1 + 1e-12)) : h;
      const step = direction * size;
      const next = size === rest ? limit : t + step;
      let state = y;
      for (let i = 1; i < stages; i++) {
        const row = a[i];
        state = new Float64Array(n);
        for (let p = 0; p < n; p++) {
          let sum = 0;
          for (let j = 0; j < row.length; j++) sum += row[j] * k[j][p];
          state[p] = y[p] + step * sum;
        }
        f(i === stages - 1 ? next : t + c[i] * step, state, k[i]);
      }
      const error = new Float64Array(n);
      for (let p = 0; p < n; p++) {
        let sum = 0;
        for (let i = 0; i < stages; i++) sum += e[i] * k[i][p];
        error[p] = step * sum;
      }
      const size1 = scaledNorm(error, y, state, control);
      broken = !Number.isFinite(size1) || !allFinite(k[stages - 1]);
      if (!broken && size1 <= 1) {
        const factor = safety * Math.max(size1, 1e-10) ** -proportional * previousError ** integralPart;
        const change = Math.min(refused ? 1 : grow, Math.max(shrink, factor));
        // a step cut short to reach the limit says nothing against the longer one
        h = size < h ? Math.max(h, size * change) : size * change;
        previousError = Math.max(size1, 1e-4);
        last = { t, h: step, y, k: k.map((v) => v.slice()) };
        stepper.t = next;
        stepper.y = state;
        k[0].set(k[stages - 1]);
        statistics.steps++;
        return 'accepted';
      }
      statistics.rejected++;
      refused = true;
      h = size * (broken ? shrink : Math.max(shrink, safety * size1 ** (-1 / 5)));
    }
  };

  const stepper: Stepper = {
    t: t0,
    y: y0,
    advance,
    freeze: () => {
      const { t: from, h: step, y, k: slopes } = last;
      return (t) => {
        const weights = dense((t - from) / step);
        return y.map((v, p) => {
          let sum = 0;
          for (let i = 0; i < stages; i++) sum += weights[i] * slopes[i][p];
          return v + step * sum;
        });
      };
    },
  };
  return stepper;
}
