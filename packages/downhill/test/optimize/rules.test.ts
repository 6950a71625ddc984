import { describe, expect, test } from 'vitest';
import * as d from '../../src/index.ts';
import * as o from '../../src/optimize/index.ts';
import { readJson } from './support.ts';

interface Weights {
  w: d.Tensor;
  b: d.Tensor;
}

interface Reference {
  readonly start: { w: number[][]; b: number[] };
  readonly x: number[][];
  readonly rules: Record<string, { source: string; path: number[][] }>;
}

const reference = readJson<Reference>('update-rules.json');
const start: Weights = { w: d.tensor(reference.start.w), b: d.tensor(reference.start.b) };
const x = d.tensor(reference.x);

function loss({ w, b }: Weights): d.Tensor {
  const r = d.sub(d.tanh(d.matmul(w, x)), 0.3);
  const rows = d.sub(d.sum(w, { axis: 1 }), d.mul(2, b));
  const quartic = d.add(d.mul(0.05, d.sum(d.pow(w, 4))), d.mul(0.1, d.sum(d.pow(b, 4))));
  return d.add(d.add(d.sum(d.square(r)), quartic), d.sum(d.square(rows)));
}

const gradient = d.grad(loss);

type Rule = o.UpdateRule<Weights, unknown>;

const decayed = (weightDecay: number, rule: Rule): Rule =>
  o.chain<Weights, [unknown, unknown]>(o.addDecayedWeights<Weights>(weightDecay), rule) as Rule;

const rules: Record<string, Rule> = {
  sgd: o.sgd(0.05),
  'sgd-decay': decayed(0.1, o.sgd(0.05)),
  'momentum-decay': decayed(0.1, o.momentum(0.02)),
  'nesterov-decay': decayed(0.1, o.nesterov(0.02)),
  adagrad: o.adagrad(0.1),
  'adagrad-options': decayed(0.1, o.adagrad(o.inverseTimeDecay(0.1, 0.05), { initialAccumulator: 0.2, epsilon: 1e-6 })),
  rmsprop: o.rmsprop(0.01),
  'rmsprop-options': decayed(0.1, o.rmsprop(0.01, { decay: 0.9, epsilon: 1e-6, momentum: 0.8, centered: true })),
  'rmsprop-momentum': o.rmsprop(0.01, { momentum: 0.9 }),
  'rmsprop-centered': o.rmsprop(0.01, { centered: true }),
  adadelta: o.adadelta(),
  'adadelta-options': decayed(0.1, o.adadelta(0.5, { decay: 0.8, epsilon: 1e-4 })),
  adam: o.adam(0.1),
  'adam-decay': decayed(0.1, o.adam(0.1, { beta1: 0.8, beta2: 0.95, epsilon: 1e-4 })),
  amsgrad: o.amsgrad(0.1),
  'amsgrad-options': decayed(0.1, o.amsgrad(0.1, { beta1: 0.7, beta2: 0.8 })),
  adamw: o.adamw(0.1),
  'adamw-options': o.adamw(0.1, { beta1: 0.8, beta2: 0.95, epsilon: 1e-4, weightDecay: 0.2 }),
  adamax: o.adamax(0.05),
  'adamax-options': decayed(0.1, o.adamax(0.05, { beta1: 0.8, beta2: 0.9, epsilon: 1e-3 })),
  nadam: o.nadam(0.05),
  'nadam-options': decayed(0.1, o.nadam(0.05, { beta1: 0.8, beta2: 0.95, momentumDecay: 0.02 })),
  radam: o.radam(0.1),
  'radam-options': decayed(0.1, o.radam(0.1, { beta1: 0.8, beta2: 0.9, epsilon: 1e-3 })),
  lion: o.lion(0.01),
  'lion-options': o.lion(0.01, { beta1: 0.8, beta2: 0.95, weightDecay: 0.1 }),
  lamb: o.lamb(0.05),
  'lamb-options': o.lamb(0.05, { beta1: 0.8, beta2: 0.95, epsilon: 1e-4, weightDecay: 0.1 }),
  muon: o.muon(0.02),
  'muon-options': o.muon(0.02, { nesterov: false, beta: 0.8, weightDecay: 0.1, iterations: 3 }),
  clip: o.chain<Weights, [unknown, unknown]>(o.clip(0.3), o.sgd(0.1)) as Rule,
  clipByGlobalNorm: o.chain<Weights, [unknown, unknown]>(o.clipByGlobalNorm(0.5), o.sgd(0.1)) as Rule,
  multiSteps: o.multiSteps(o.adam<Weights>(0.1), 3),
  lookahead: o.lookahead(o.adam<Weights>(0.1)),
  applyIfFinite: o.applyIfFinite(o.adam<Weights>(0.1), { maxConsecutive: 100 }),
  partition: o.partition<Weights>({ a: o.sgd(0.05), b: o.adam(0.1) }, (path) => (path === '.w' ? 'a' : 'b')),
  masked: o.chain<Weights, [unknown, unknown]>(
    o.masked(o.addDecayedWeights<Weights>(0.3), (path) => path === '.w'),
    o.sgd(0.05),
  ) as Rule,
  schedule: o.adam(o.cosineDecaySchedule(0.1, 15)),
};

const flat = ({ w, b }: Weights): number[] => [...w.data, ...b.data];

/** What a path is spoilt by: applyIfFinite is shown gradients with NaN at these steps. */
const spoiltAt: Record<string, number[]> = { applyIfFinite: [3, 4, 9] };

const spoil = (g: Weights): Weights => ({ w: d.mul(g.w, Number.NaN), b: g.b });

function step(rule: Rule, isSpoilt: boolean, p: Weights, state: unknown): [Weights, unknown] {
  const g = gradient(p);
  const [updates, next] = rule.update(isSpoilt ? spoil(g) : g, state, p);
  return [o.applyUpdates(p, updates), next];
}

function expectClose(actual: readonly number[], expected: readonly number[], what: string): void {
  actual.forEach((value, i) => {
    const error = Math.abs(value - expected[i]);
    if (!(error <= 1e-12 * Math.max(1, Math.abs(expected[i])))) {
      throw new Error(`${what}, element ${i}: ${value} where the reference has ${expected[i]}`);
    }
  });
}

test('every rule of the fixture is tested, and the other way round', () => {
  expect(Object.keys(rules).sort()).toEqual(Object.keys(reference.rules).sort());
});

describe.each(Object.keys(rules))('twenty steps of %s equal the reference to 1e-12', (name) => {
  const { path } = reference.rules[name];

  test('step by step', () => {
    let [p, state] = [start, rules[name].init(start)];
    path.forEach((expected, k) => {
      [p, state] = step(rules[name], spoiltAt[name]?.includes(k) ?? false, p, state);
      expectClose(flat(p), expected, `${name}, step ${k + 1}`);
    });
  });

  test('under jit, traced once, with the state as an argument', () => {
    const jitted = d.jit((p: Weights, state: unknown) => step(rules[name], false, p, state));
    const jittedSpoilt = d.jit((p: Weights, state: unknown) => step(rules[name], true, p, state));
    let [p, state] = [start, rules[name].init(start)];
    path.forEach((expected, k) => {
      [p, state] = (spoiltAt[name]?.includes(k) ? jittedSpoilt : jitted)(p, state);
      expectClose(flat(p), expected, `${name}, step ${k + 1}`);
    });
    expect(jitted.cacheSize()).toBe(1);
  });

  test('as one scan', () => {
    if (spoiltAt[name]) return;
    const [[p]] = d.scan(
      ([q, state]: [Weights, unknown], _: unknown) => [step(rules[name], false, q, state), null] as const,
      [start, rules[name].init(start)] as [Weights, unknown],
      null,
      { length: path.length },
    );
    expectClose(flat(p), path.at(-1) as number[], `${name}, after the scan`);
  });

  test('float32 parameters stay float32', () => {
    const narrow: Weights = { w: d.astype(start.w, 'float32'), b: d.astype(start.b, 'float32') };
    const [[p]] = d.scan(
      ([q, state]: [Weights, unknown], _: unknown) => [step(rules[name], false, q, state), null] as const,
      [narrow, rules[name].init(narrow)] as [Weights, unknown],
      null,
      { length: 3 },
    );
    expect([p.w.dtype, p.b.dtype]).toEqual(['float32', 'float32']);
  });
});
