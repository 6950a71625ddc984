import { describe, expect, it } from 'vitest';
import { calculus } from './seed-numbers/calculus.ts';
import { descent } from './seed-numbers/descent.ts';
import { neurons } from './seed-numbers/neuron.ts';
import { optimizers } from './seed-numbers/optimizers.ts';
import { close, inputsOf, type Seed, seeds } from './seed-numbers/seed.ts';

const groups = { descent, calculus, neurons, optimizers } as const;

interface Coverage {
  readonly by?: keyof typeof groups;
  readonly later?: Readonly<Record<string, string>>;
  readonly prose?: readonly string[];
  readonly relative?: Readonly<Record<string, number>>;
}

const coverage: Readonly<Record<string, Coverage>> = {
  'N0.1': { by: 'descent' },
  'N0.2': { by: 'descent' },
  'N0.3': { by: 'descent' },
  'N0.4': { by: 'descent', prose: ['factor'] },
  'N0.5': { by: 'descent' },
  'N0.6': { by: 'descent' },
  'N0.7': { by: 'calculus' },
  'N1.1': { by: 'calculus', prose: ['exact_error'] },
  'N1.2': { by: 'calculus' },
  'N1.3': { by: 'calculus', prose: ['gap'] },
  'N1.4': { by: 'calculus', prose: ['derivative_formula'] },
  'N1.5': { by: 'calculus', later: { true_value: 'limits', true_derivative: 'limits' } },
  'N2.1': { by: 'descent' },
  'N2.2': { by: 'optimizers' },
  'N2.3': { by: 'optimizers' },
  'N2.4': { by: 'optimizers' },
  'N2.5': { by: 'calculus' },
  'N2.6': { by: 'descent' },
  'N2.7': { by: 'calculus', prose: ['integer_array'] },
  'N2.8': { by: 'descent' },
  'N2.9': { by: 'optimizers' },
  'N2.10': { by: 'calculus' },
  'N2.11': { by: 'descent' },
  'N2.12': { by: 'calculus' },
  'N2.13': { by: 'calculus' },
  'N2.14': { later: { '*': 'initializers' } },
  'N2.15': { by: 'optimizers' },
  'N2.16': {
    by: 'optimizers',
    prose: ['best_beta_for_condition_k', 'best_alpha_for_eigenvalues_l_L'],
    later: { 'stable_alpha_below_at_beta_0.5': 'stability' },
  },
  'N2.17': { by: 'calculus' },
  'N2.18': { later: { '*': 'lessons' } },
  'N2.19': { later: { '*': 'lessons' } },
  'N2.20': { by: 'optimizers' },
  'N3.1': { by: 'descent' },
  'N3.2': { by: 'descent' },
  'N3.3': { by: 'calculus' },
  'N3.4': { by: 'calculus' },
  'N3.5': { by: 'calculus' },
  'N3.6': { by: 'calculus', prose: ['gap_formula'] },
  'N3.7': { by: 'calculus' },
  'N3.8': { by: 'calculus' },
  'N3.9': { by: 'calculus' },
  'N3.10': { by: 'calculus' },
  'N3.11': { by: 'calculus' },
  'N3.12': { by: 'calculus' },
  'N3.13': { by: 'calculus', prose: ['exact_rule'] },
  'N3.14': { by: 'calculus' },
  'N3.15': { by: 'descent' },
  'N3.16': { by: 'descent' },
  'N3.17': { by: 'descent' },
  'N4.1': { by: 'neurons', prose: ['formula', 'derivative'] },
  'N4.2': { by: 'neurons' },
  'N4.3': { by: 'neurons', relative: { single_precision: 3e-7 } },
  'N4.4': { by: 'neurons' },
  'N4.5': { by: 'neurons' },
  'N4.6': { by: 'neurons' },
  'N4.7': { by: 'neurons', later: { other_eigenvalues: 'symmetric eigenvalues' } },
  'N4.8': { by: 'neurons', later: { corner_points: 'lessons' } },
  'N4.9': { by: 'neurons' },
  'N4.10': { by: 'neurons' },
  'N4.11': { by: 'calculus', later: { 'integral_x^2': 'integrals', normal_second_moment: 'integrals' } },
  'N4.12': { by: 'neurons' },
  'N4.13': { by: 'calculus' },
};

describe('seed numbers', () => {
  it('every entry is in the table, and every entry of the table exists', () => {
    expect(Object.keys(coverage)).toEqual(seeds.map((s) => s.id));
  });

  const checkOf = (seed: Seed) => {
    const { by } = coverage[seed.id] as Coverage;
    return by && groups[by][seed.id];
  };

  it('the table names the group that computes each entry', () => {
    const claimed = seeds.filter((s) => coverage[s.id]?.by).map((s) => s.id);
    expect(seeds.filter((s) => checkOf(s)).map((s) => s.id)).toEqual(claimed);
    const written = Object.values(groups).flatMap((group) => Object.keys(group));
    expect([...written].sort()).toEqual([...claimed].sort());
  });

  it.each(seeds.filter((s) => coverage[s.id]?.by).map((s) => [s.id, s.description, s] as const))(
    '%s: %s',
    (id, _, seed) => {
      const got = (checkOf(seed) as NonNullable<ReturnType<typeof checkOf>>)(inputsOf(seed));
      const { later = {}, prose = [], relative = {} } = coverage[id] as Coverage;
      const aside = [...Object.keys(later), ...prose];
      expect(Object.keys(got).sort(), 'what is computed').toEqual(
        Object.keys(seed.expected)
          .filter((key) => !aside.includes(key))
          .sort(),
      );
      for (const [key, value] of Object.entries(got)) {
        const { abs, rel } = seed.tolerance;
        close(value, seed.expected[key], { abs, rel: relative[key] ?? rel }, key);
      }
    },
  );
});
