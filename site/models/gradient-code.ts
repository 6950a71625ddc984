/** The figures of the lesson on gradients as programs, for the playground. */
import type { Experiment } from './gradient.ts';
import { type Fit, INPUTS } from './gradient-fit.ts';
import type { Suspect } from './gradient-limits.ts';

const reads = (f: string): string => `const { f } = formula(${JSON.stringify(f)}, { variables: ['x', 'y'] });`;

/** Both slices through the point, each a function of one variable. */
export const sliceCode = ({ f, x, y }: Pick<Experiment, 'f' | 'x' | 'y'>): string => `import { grad } from 'downhill';
import { formula } from 'downhill/formula';

${reads(f)}
const alongX = (x) => f(x, ${y}); // y is held
const alongY = (y) => f(${x}, y); // x is held
console.log(grad(alongX)(${x}));
console.log(grad(alongY)(${y}));
`;

/** Nudging one input at a time. */
export const nudgeCode = ({
  f,
  x,
  y,
}: Pick<Experiment, 'f' | 'x' | 'y'>): string => `import { formula } from 'downhill/formula';

${reads(f)}
const [x, y] = [${x}, ${y}];
for (const h of [1, 0.1, 0.01, 0.001, 0.0001]) {
  console.log(h, (f(x + h, y) - f(x, y)) / h, (f(x, y + h) - f(x, y)) / h);
}
`;

/** The loss of the line and its gradient. */
export const fitCode = ({ w, b, targets }: Fit): string => `'use math';
import { grad } from 'downhill';

const x = [${INPUTS.join(', ')}];
const y = [${targets.join(', ')}];
const loss = (w: number, b: number) => {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum = sum + (w * x[i] + b - y[i]) ** 2;
  return sum / x.length;
};
const [dw, db] = grad(loss, { argnums: [0, 1] })(${w}, ${b});
console.log(loss(${w}, ${b}), dw, db);
`;

/** Slopes at the origin in several directions, beside what the gradient says. */
export const limitsCode = ({ f }: Suspect): string => `import { grad } from 'downhill';
import { formula } from 'downhill/formula';

${reads(f)}
const [dx, dy] = grad(f, { argnums: [0, 1] })(0, 0);
for (const angle of [30, 45, 60]) {
  const u = [Math.cos((angle / 180) * Math.PI), Math.sin((angle / 180) * Math.PI)];
  const h = 1e-6;
  console.log(angle, (f(h * u[0], h * u[1]) - f(0, 0)) / h, dx * u[0] + dy * u[1]);
}
`;
