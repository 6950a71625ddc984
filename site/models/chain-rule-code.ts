/** The figures of the lesson on the chain rule as programs, for the playground. */
import type { ChainState, Point, Source } from './chain-rule.ts';
import type { Manual } from './chain-rule-check.ts';
import type { Activation } from './chain-rule-limits.ts';
import type { Neuron } from './chain-rule-neuron.ts';

/** The move of the result for a nudge, and the slope it approaches. */
export const chainCode = ({ g, u, h }: ChainState): string => `import { grad } from 'downhill';
import { formula } from 'downhill/formula';

const { f } = formula(${JSON.stringify(g)});
console.log((f(${u} + ${h}) - f(${u})) / ${h});
console.log(grad(f)(${u}));
`;

export const neuronCode = ({ w1, w2, b, x1, x2, y }: Neuron): string => `'use math';
import { grad, softplus } from 'downhill';

const [x1, x2, y] = [${x1}, ${x2}, ${y}];
const loss = (w1: number, w2: number, b: number) => {
  const z = w1 * x1 + w2 * x2 + b;
  return y * softplus(-z) + (1 - y) * softplus(z);
};
const automatic = grad(loss, { argnums: [0, 1, 2] })(${w1}, ${w2}, ${b});

const p = 1 / (1 + Math.exp(-(${w1} * x1 + ${w2} * x2 + ${b})));
const byHand = [(p - y) * x1, (p - y) * x2, p - y];
for (const k of [0, 1, 2]) console.log(byHand[k], automatic[k]);
`;

/** The claims that were written, each beside the engine's slope. */
export const manualCode = ({ text, variables }: Source, point: Point, manual: Manual): string => {
  const names = JSON.stringify(variables);
  const claims = variables.filter((name) => (manual[name] ?? '').trim() !== '');
  return `import { grad } from 'downhill';
import { formula } from 'downhill/formula';

const at = [${variables.map((name) => point[name]).join(', ')}];
const { f } = formula(${JSON.stringify(text)}, { variables: ${names} });
const automatic = grad(f, { argnums: [${variables.map((_, i) => i).join(', ')}] })(...at);
${claims.map((name) => `console.log('${name}', formula(${JSON.stringify(manual[name])}, { variables: ${names} }).f(...at), automatic[${variables.indexOf(name)}]);`).join('\n')}
`;
};

export const inPlaceCode = (rate: number): string => `'use math';
import { grad } from 'downhill';

const [x, target] = [1, 1];
const loss = (w1: number, w2: number) => (w2 * w1 * x - target) ** 2 / 2;
const [w1, w2] = [0.5, -1];
const [d1, d2] = grad(loss, { argnums: [0, 1] })(w1, w2);

const moved = w2 - ${rate} * d2; // w2 is updated on the way back
const spoiled = (w2 * w1 * x - target) * moved * x;
console.log(d1, spoiled);
`;

export const heldFixedCode = (): string => `'use math';
import { grad } from 'downhill';

const pressure = (T: number, V: number) => T / V;
const volume = (p: number, T: number) => T / p;
console.log(grad(pressure)(300, 2) * grad(volume)(150, 300)); // each holds something else
console.log(grad(volume, { argnums: 1 })(150, 300)); // what was meant
`;

const LAYERS: Readonly<Record<Activation, readonly [name: string | undefined, layer: string]>> = {
  sigmoid: ['sigmoid', 'sigmoid(w * v)'],
  tanh: [undefined, 'Math.tanh(w * v)'],
  relu: ['relu', 'relu(w * v)'],
  linear: [undefined, 'w * v'],
};

export const depthCode = (activation: Activation, weight: number): string => {
  const [name, layer] = LAYERS[activation];
  return `'use math';
import { grad${name ? `, ${name}` : ''} } from 'downhill';

const w = ${weight};
const tower = (x: number) => {
  let v = x;
  for (let k = 0; k < 30; k++) v = ${layer};
  return v;
};
console.log(grad(tower)(0.5));
`;
};
