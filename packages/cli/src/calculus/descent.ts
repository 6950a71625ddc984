import { type Descent, descend, type LearningRate } from 'downhill/optimize';
import type { Method } from '../input/choice.ts';
import type { BoundFormula } from './function.ts';

/** A point on the way with the value and the gradient's norm there. */
export interface PathPoint {
  /** 0 for the start. */
  step: number;
  point: number[];
  value: number;
  gradientNorm: number;
}

export interface Path {
  steps: PathPoint[];
  verdict: Descent<number[]>['verdict'];
  /** The verdict and how the descent ended, as sentences. */
  message: string;
}

/** Walks downhill and lists every point from the start on. */
export function walk(
  formula: BoundFormula,
  options: { method: Method; learningRate: LearningRate; steps: number; onStep: (step: number) => void },
): Path {
  const { method, learningRate, steps, onStep } = options;
  const descent = descend<number[]>(formula.f, formula.values, {
    method,
    learningRate,
    steps,
    onStep: ({ step }) => onStep(step),
  });
  // The library pairs each point reached with the gradient that led there; a table reads better with its own.
  const norms = [...descent.steps.map(({ gradientNorm }) => gradientNorm), descent.gradientNorm];
  const points = [descent.start, ...descent.steps];
  return {
    steps: points.map(({ point, value }, step) => ({ step, point, value, gradientNorm: norms[step] as number })),
    verdict: descent.verdict,
    message: descent.message,
  };
}
