import type { Problem } from './problem.ts';
import type { MinimizeReason } from './reasons.ts';

export interface SimplexSettings {
  readonly maxIterations: number;
  /** Largest distance of a coordinate from the best point. */
  readonly pointTolerance: number;
  /** Largest difference of a value from the best one. */
  readonly valueTolerance: number;
}

interface Vertex {
  readonly x: Float64Array;
  readonly value: number;
}

/**
 * The downhill simplex (Nelder and Mead 1965; steps as in Lagarias et al. 1998): values only, no derivatives. For
 * comparison, and for a few variables of a function that is not smooth; it may stop at a point that is no minimum.
 */
export function nelderMead(problem: Problem, settings: SimplexSettings): MinimizeReason {
  const n = problem.size;
  // NaN counts as the worst of values
  const look = (x: Float64Array): Vertex => {
    const value = problem.value(x);
    return { x, value: Number.isNaN(value) ? Number.POSITIVE_INFINITY : value };
  };
  const { last } = problem;
  problem.accept(last, Number.NaN);
  const vertices: Vertex[] = [{ x: last.x, value: last.value }];
  for (let i = 0; i < n; i++) {
    const x = last.x.slice();
    x[i] = x[i] === 0 ? 0.00025 : 1.05 * x[i];
    vertices.push(look(x));
  }
  const gradient = new Float64Array(n);
  for (let iteration = 0; ; iteration++) {
    vertices.sort((a, b) => a.value - b.value);
    const [best, worst, second] = [vertices[0], vertices[n], vertices[n - 1]];
    if (iteration > 0) problem.accept({ x: best.x, value: best.value, gradient }, Number.NaN);
    const spread = Math.max(
      ...vertices.slice(1).map((v) => v.x.reduce((m, c, i) => Math.max(m, Math.abs(c - best.x[i])), 0)),
    );
    const isFlat = vertices[n].value - best.value <= settings.valueTolerance;
    if (spread <= settings.pointTolerance && isFlat) return 'simplex-tolerance';
    if (iteration >= settings.maxIterations) return 'iteration-limit';
    const center = new Float64Array(n);
    for (const { x } of vertices.slice(0, n)) for (let i = 0; i < n; i++) center[i] += x[i] / n;
    const along = (t: number): Vertex => look(center.map((c, i) => c + t * (worst.x[i] - c)));
    const reflected = along(-1);
    let next: Vertex | undefined = reflected;
    if (reflected.value < best.value) {
      const expanded = along(-2);
      if (expanded.value < reflected.value) next = expanded;
    } else if (reflected.value >= second.value) {
      const contracted = along(reflected.value < worst.value ? -0.5 : 0.5);
      next = contracted.value <= Math.min(reflected.value, worst.value) ? contracted : undefined;
    }
    if (next) vertices[n] = next;
    else
      for (let k = 1; k <= n; k++) vertices[k] = look(vertices[k].x.map((c, i) => best.x[i] + 0.5 * (c - best.x[i])));
  }
}
