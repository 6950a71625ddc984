import { describe, expect, it } from 'vitest';
import { primitives } from '../../src/primitives/registry.ts';
import { type DType, dtypes } from '../../src/tensor/dtype.ts';
import { DownhillError } from '../../src/tensor/errors.ts';
import { drawOperand, type StructuralCase, structural } from './cases.ts';
import {
  type Case,
  checkBatch,
  checkJvpAndVjp,
  checkTangentTypes,
  checkTranspose,
  checkTypes,
  randomSource,
} from './laws.ts';

/** Records whose operands the table cannot draw, and the tests that cover them instead. */
const elsewhere: Readonly<Record<string, string>> = {
  iota: 'test/primitives: no operand',
  polygamma: 'test/primitives: a whole order beside a real argument',
  threefry2x32: 'test/random: bits against reference values',
};

const rest = primitives.filter((p) => !('accepts' in p.samples) && !(p.name in elsewhere));

const accepts = (c: Case): boolean => {
  try {
    c.primitive.shape(c.inputs, c.params);
    return true;
  } catch (error) {
    if (error instanceof DownhillError && error.code === 'dtype') return false;
    throw error;
  }
};

describe.each(rest.map((p) => [p.name, p] as const))('%s', (name, p) => {
  const cases = structural[name] ?? [];
  const make = (c: StructuralCase, dtype: DType, seed: number): Case => {
    const random = randomSource(seed);
    return { primitive: p, params: c.params, inputs: c.operands.map((operand) => drawOperand(operand, dtype, random)) };
  };

  it('has cases, and a dtype it accepts', () => {
    expect(cases.length).toBeGreaterThan(0);
    expect(dtypes.some((dtype) => accepts(make(cases[0] as StructuralCase, dtype, 1)))).toBe(true);
  });

  it.each(dtypes)('%s: types, transpose and batching', (dtype) => {
    cases.forEach((spec, k) => {
      const c = make(spec, dtype, k + 1);
      if (!accepts(c)) return;
      checkTypes(c);
      checkTangentTypes(c);
      checkTranspose(c, randomSource(k + 20));
      let seed = 500 + k;
      checkBatch(c, randomSource(k + 40), () => [...make(spec, dtype, seed++).inputs]);
    });
  });

  it('first and second derivatives, forward and reverse', () => {
    cases.forEach((spec, k) => {
      const c = make(spec, 'float64', k + 60);
      if (!accepts(c) || spec.params.dtype === 'float32') return;
      checkJvpAndVjp(c, randomSource(k + 80));
    });
  });
});

it('every record is elementwise, in the table of cases, or named as covered elsewhere', () => {
  const missing = rest.filter((p) => !(p.name in structural)).map((p) => p.name);
  expect(missing).toEqual([]);
});
