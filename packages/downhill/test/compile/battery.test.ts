import { describe, expect, it } from 'vitest';
import { acceptsDtype } from '../../src/primitives/elementwise.ts';
import { primitives } from '../../src/primitives/registry.ts';
import { dtypes } from '../../src/tensor/dtype.ts';
import { structural } from '../battery/cases.ts';
import { type BatteryCase, check, elementwise, elementwiseCases, structuralCases } from './battery-cases.ts';
import { solverCases } from './solver-cases.ts';

/** Operations some case of the battery left to the reference evaluator. */
const onReference = new Set<string>();

function checkAll(cases: Iterable<BatteryCase>): void {
  for (const c of cases) {
    const { wrong, plan } = check(c);
    if (wrong) expect.fail(wrong);
    for (const line of plan) {
      const [, left] = / ← (\w+) by the reference/.exec(line) ?? [];
      if (left) onReference.add(left);
    }
  }
}

describe.each(elementwise.map((p) => [p.name, p] as const))('%s compiled', (_, p) => {
  it.each(dtypes.filter((d) => acceptsDtype(p.samples.accepts, d)))(
    '%s agrees with the reference on shapes and edge values',
    (dtype) => checkAll(elementwiseCases(p, dtype)),
  );
});

describe.each(primitives.filter((p) => structural[p.name]).map((p) => [p.name, p] as const))('%s compiled', (_, p) => {
  it.each(dtypes)('%s agrees with the reference', (dtype) => checkAll(structuralCases(p, dtype)));
});

describe('operations that become loops, and their slopes', () => {
  it('agree with the reference', () => checkAll(solverCases()));
});

describe('the whole battery', () => {
  it('runs in the module: no case is left to the reference evaluator', () => {
    expect([...onReference]).toEqual([]);
  });
});
