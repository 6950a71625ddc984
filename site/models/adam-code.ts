/** The runs of the lesson on momentum and Adam as programs, for the playground. */
import { type AdamState, type BallState, RAVINE } from './adam.ts';
import type { BorderState } from './adam-border.ts';
import type { TurnState } from './adam-turn.ts';

/** A formula in x and y as the loss of a place. */
export const surfaceCode = (
  f: string,
): string => `const f = formula(${JSON.stringify(f)}, { variables: ['x', 'y'] }).f as (x: number, y: number) => number;
const loss = ({ x, y }: { x: number; y: number }) => f(x, y);`;

export const ballCode = ({ x, y, rate, beta, steps }: BallState): string => `import { formula } from 'downhill/formula';
import { descend } from 'downhill/optimize';

${surfaceCode(RAVINE)}
for (const momentum of [0, ${beta}]) {
  const run = descend(loss, { x: ${x}, y: ${y} }, { method: 'momentum', momentum, learningRate: ${rate}, steps: ${steps} });
  console.log(momentum, run.value);
}
`;

export const borderCode = ({ share, momentum, kappa }: BorderState): string => `'use math';
import { contraction, stepSizes } from 'downhill/calculus';
import { descend } from 'downhill/optimize';

const flat = 1 / ${kappa};
const sizes = stepSizes(flat, 1, ${momentum});
console.log(sizes.maxStableLearningRate, sizes.bestMomentum);
console.log(Math.max(contraction(flat, ${share}, ${momentum}), contraction(1, ${share}, ${momentum})));
const bowl = ({ a, b }: { a: number; b: number }) => (a ** 2 + flat * b ** 2) / 2;
const run = descend(bowl, { a: 1, b: 1 }, { method: 'momentum', momentum: ${momentum}, learningRate: ${share}, steps: 100 });
console.log(Math.hypot(run.point.a, run.point.b));
`;

export const insideCode = ({ f, ax, ay, lr, b1, b2, stage }: AdamState): string => `import { grad } from 'downhill';
import { formula } from 'downhill/formula';
import { adam, applyUpdates, biasCorrected } from 'downhill/optimize';

${surfaceCode(f)}
const slope = grad(loss);
const rule = adam<{ x: number; y: number }>(${lr}, { beta1: ${b1}, beta2: ${b2} });
let place = { x: ${ax}, y: ${ay} };
let state = rule.init(place);
for (let t = 1; t <= ${Math.max(1, Math.ceil(stage / 7))}; t++) {
  const [step, next] = rule.update(slope(place), state, place);
  const v = biasCorrected(next.nu, ${b2}, t);
  console.log(t, 'm', next.mu.x, next.mu.y, 'v', next.nu.x, next.nu.y, 'rate', ${lr} / Math.sqrt(v.x), ${lr} / Math.sqrt(v.y));
  place = applyUpdates(place, step);
  state = next;
}
console.log(place.x, place.y);
`;

export const turnCode = ({ angle, k }: TurnState): string => `'use math';
import { stepSizes } from 'downhill/calculus';
import { descend } from 'downhill/optimize';

const [c, s] = [Math.cos((${angle} * Math.PI) / 180), Math.sin((${angle} * Math.PI) / 180)];
const bowl = ({ x, y }: { x: number; y: number }) => ((c * x + s * y) ** 2 + ${k} * (c * y - s * x) ** 2) / 2;
const { bestLearningRate, bestMomentum } = stepSizes(1, ${k});
const { learningRate, momentum } = bestMomentum;
const count = (options: object) => {
  const onStep = ({ value }: { value: number }) => value >= 1e-6;
  return descend(bowl, { x: c - s, y: s + c }, { ...options, steps: 1200, onStep, jit: true }).steps.length;
};
console.log('gradient descent', count({ learningRate: bestLearningRate }));
console.log('heavy ball', count({ method: 'momentum', learningRate, momentum }));
console.log('Adam', count({ method: 'adam', learningRate: 0.1 }));
`;
