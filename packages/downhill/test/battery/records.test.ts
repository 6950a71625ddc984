import { describe, expect, it } from 'vitest';
import { records, ruleNames, ruleState } from '../../src/control/registry.ts';
import { add, mul } from '../../src/primitives/arithmetic.ts';
import { cos } from '../../src/primitives/trigonometric.ts';
import { unary } from '../../src/primitives/unary.ts';
import { convertData, type Tensor, tensor } from '../../src/tensor/tensor.ts';
import { grad } from '../../src/transforms/grad.ts';
import { vmap } from '../../src/transforms/vmap.ts';
import { expectClose } from '../support.ts';
import { type Case, checkBatch, checkJvpAndVjp, checkTypes, randomSource } from './laws.ts';

describe('the records', () => {
  it('have distinct names and no hole in any rule', () => {
    expect(new Set(records.map((r) => r.name)).size).toBe(records.length);
    for (const record of records)
      for (const rule of ruleNames) expect(ruleState(record, rule), `${record.name}.${rule}`).not.toBe('missing');
  });
});

describe('an operation added as one record', () => {
  /** x + sin x, of slope 1 + cos x: all that its author writes. */
  const wobble = unary({
    name: 'wobble',
    interval: 'increasing',
    evaluate: (x) => x + Math.sin(x),
    slope: (x) => add(1, cos(x)),
    tex: (a) => `${a} + \\sin ${a}`,
  });
  const at = (primitive = wobble.primitive): Case => ({
    primitive,
    params: {},
    inputs: [convertData([0.3, -1.2, 2.5], [3], 'float64')],
  });

  it('passes the battery and works in every transform', () => {
    checkTypes(at());
    checkJvpAndVjp(at(), randomSource(1));
    checkBatch(at(), randomSource(2), () => [convertData([1, 2, 3], [3], 'float64')]);
    expect(wobble(0)).toBe(0);
    expectClose(grad(wobble)(0), 2);
    expectClose(vmap(grad(grad((x: Tensor) => mul(wobble(x), x))))(tensor([0.4])), [
      2 * (1 + Math.cos(0.4)) - 0.4 * Math.sin(0.4),
    ]);
  });

  it('fails the battery when its slope is wrong by one part in two thousand', () => {
    const wrong = unary({
      name: 'wrong',
      interval: 'increasing',
      evaluate: (x) => x + Math.sin(x),
      slope: (x) => mul(1.0005, add(1, cos(x))),
      tex: (a) => a,
    });
    expect(() => checkJvpAndVjp(at(wrong.primitive), randomSource(1))).toThrow(/jvp of wrong: element 0/);
  });

  it('fails the battery when only its second derivative is wrong, by one part in a thousand', () => {
    const slope = unary({
      name: 'slope',
      interval: 'points',
      evaluate: (x) => 1 + Math.cos(x),
      slope: (x) => mul(-1.001, cos(add(x, -Math.PI / 2))),
      tex: (a) => a,
    });
    const wrong = unary({
      name: 'wrong',
      interval: 'increasing',
      evaluate: (x) => x + Math.sin(x),
      slope: (x) => slope(x),
      tex: (a) => a,
    });
    expect(() => checkJvpAndVjp(at(wrong.primitive), randomSource(1))).toThrow(/jvp of jvp of wrong/);
  });
});
