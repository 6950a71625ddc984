/** Programs to start from: the examples of the repository that need nothing but the library, and a few for the pictures. */
const sources = import.meta.glob<string>('../../examples/*.ts', { query: '?raw', import: 'default', eager: true });

export interface GalleryProgram {
  readonly name: string;
  readonly title: string;
  readonly code: string;
}

/** The first sentence of a program's opening comment. */
const titleOf = (code: string): string => {
  const comment = /^(?:\s*'use math';\s*)?(?:\/\/ (.*(?:\n\/\/ .*)*)|\/\*\*([\s\S]*?)\*\/)/.exec(code);
  const text = (comment?.[1] ?? comment?.[2] ?? '').replace(/\n\s*(\/\/|\*) ?/g, ' ').trim();
  return /^.*?[.:](?=\s|$)/.exec(text)?.[0].replace(/[.:]$/, '') ?? text;
};

/** Files, other modules than the sandbox has, and training that takes longer than a program may run there. */
const needsMore = (code: string): boolean =>
  /from '(?!downhill(?:\/(?:calculus|data|distributions|formula|linalg|metrics|ode|optimize))?')|node:/.test(code);

const examples: GalleryProgram[] = Object.entries(sources)
  .map(([path, code]) => ({ name: path.replace(/^.*\/|\.ts$/g, ''), code }))
  .filter(({ name, code }) => name !== 'run' && !needsMore(code))
  .map(({ name, code }) => ({ name, title: titleOf(code) || name, code }));

export const FIRST: GalleryProgram = {
  name: 'start',
  title: 'A first program',
  code: `import { grad } from 'downhill';

// Any function of numbers, written as it stands.
const f = (x: number): number => Math.sin(3 * x) + x ** 2;
const slope = grad(f);

plot([-2, 2], { f, slope }, { title: 'A function and its derivative' });

// Walk downhill from x = 1.9, and keep the loss above the valley that is reached.
let x = 1.9;
const heights: number[] = [];
for (let step = 0; step < 40; step++) {
  heights.push(f(x));
  x -= 0.02 * slope(x);
}
lossCurve(heights.map((height) => height - f(1.2445902789361)));
console.log('ends at', x, 'where the slope is', slope(x));
`,
};

const PICTURES: readonly GalleryProgram[] = [
  {
    name: 'valley',
    title: 'A path over the contours of a curved valley',
    code: `import { grad } from 'downhill';

const f = (x: number, y: number): number => (1 - x) ** 2 + 5 * (y - x ** 2) ** 2;
const gradient = grad(f, { argnums: [0, 1] });

let point: [number, number] = [-1.5, 2];
const path = [point];
for (let step = 0; step < 300; step++) {
  const [gx, gy] = gradient(...point);
  point = [point[0] - 0.01 * gx, point[1] - 0.01 * gy];
  path.push(point);
}
contour(f, { x: [-2, 2], y: [-1, 3], path, title: 'Gradient descent in a curved valley' });
surface(f, { x: [-2, 2], y: [-1, 3], path });
console.log('ends at', point);
`,
  },
  {
    name: 'formula',
    title: 'A formula, its derivative and its series',
    code: `import { derivative, parse, toText } from 'downhill/formula';
import { taylor } from 'downhill/calculus';

const f = 'sin(x) * exp(-x)';
tex(f);
const slope = toText(derivative(parse(f), 'x'));
tex(slope);
console.log('coefficients at 0:', taylor((x: number) => Math.sin(x) * Math.exp(-x), 0, 6));
`,
  },
  {
    name: 'graph',
    title: 'What the engine sees: the Program of a neuron',
    code: `// A neuron and its loss; the engine records each operation once.
const neuron = (w: number, x: number, b: number): number => -Math.log(1 / (1 + Math.exp(-(w * x + b))));

graph(neuron, 0.5, 2, 0.1);
`,
  },
  {
    name: 'table',
    title: 'Difference quotients, as a table',
    code: `import { grad } from 'downhill';

const f = (x: number): number => x ** 3;
const exact = grad(f)(1);
const rows = [1, 0.1, 0.01, 0.001].map((h) => {
  const quotient = (f(1 + h) - f(1)) / h;
  return { h, quotient, error: quotient - exact };
});
table(rows);
`,
  },
];

export const GALLERY: readonly GalleryProgram[] = [FIRST, ...PICTURES, ...examples];
