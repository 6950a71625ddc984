import { describe, expect, it } from 'vitest';
import { gamma, log2, log10, relu, softplus } from '../../src/formula/primitives.ts';
import { acceptsDtype } from '../../src/primitives/elementwise.ts';
import { primitives } from '../../src/primitives/registry.ts';
import { polygammaPrimitive } from '../../src/primitives/special.ts';
import { isDeclined, type Primitive, type Samples } from '../../src/program/primitive.ts';
import { convertData, type DenseTensor } from '../../src/tensor/tensor.ts';
import { recordProgram } from '../../src/trace/apply.ts';
import { bind } from '../../src/trace/trace.ts';
import { drawOperand, structural } from './cases.ts';
import { type Case, randomSource } from './laws.ts';
import { checkPolynomial, checkProgram, checkSeries } from './series.ts';

const order = 4;
const accepts = (p: Primitive): boolean => !('accepts' in p.samples) || acceptsDtype(p.samples.accepts, 'float64');
const more = [gamma, log2, log10, relu, softplus].map((f) => f.primitive);
const elementwise = [...primitives, ...more].filter((p) => 'accepts' in p.samples && accepts(p));
const arity = (p: Primitive): number => (p.name === 'clamp' || p.name === 'select' ? 3 : (p.scalar?.length ?? 1));

function operands(p: Primitive, random: () => number): DenseTensor[] {
  return Array.from({ length: arity(p) }, (_, i) => {
    const [low, high] = (p.samples as Samples).domain?.[i] ?? [-3, 3];
    const inner = (high - low) * 0.2;
    const condition = p.name === 'select' && i === 0;
    const draw = (): number => (condition ? Number(random() < 0.5) : low + inner + (high - low - 2 * inner) * random());
    return convertData(Array.from({ length: 3 }, draw), [3], condition ? 'bool' : 'float64');
  });
}

describe.each(elementwise.map((p) => [p.name, p] as const))('series of %s', (name, p) => {
  it('equal nested jvp, and fit the function on a curve', () => {
    const make = (seed: number): Case => ({ primitive: p, params: {}, inputs: operands(p, randomSource(seed)) });
    for (let seed = 1; seed <= 3; seed++) {
      checkSeries(make(seed), randomSource(seed + 10), order, 1e-9);
      // steps may be crossed on the way
      if (!['sign', 'floor', 'ceil', 'round', 'stop_gradient'].includes(name))
        checkPolynomial(make(seed), randomSource(seed + 20), order);
    }
  });
});

const rest = primitives.filter((p) => p.name in structural);

describe.each(rest.map((p) => [p.name, p] as const))('series of %s', (name, p) => {
  it('equal nested jvp, and fit the function on a curve', () => {
    for (const [k, spec] of structural[name].entries()) {
      if (spec.params.dtype === 'float32') continue;
      const random = randomSource(k + 60);
      const inputs = spec.operands.map((operand) => drawOperand(operand, 'float64', random));
      const c: Case = { primitive: p, params: spec.params, inputs };
      if (['reduce_and', 'reduce_or'].includes(name)) continue;
      checkSeries(c, randomSource(k + 70), order, 1e-9);
      if (spec.params.dtype !== 'int32' && spec.params.dtype !== 'bool')
        checkPolynomial(c, randomSource(k + 80), order);
    }
  });
});

it('series of polygamma in its second operand equal nested jvp', () => {
  const orders = convertData([2, 1, 3], [3], 'float64');
  const at = convertData([0.7, 1.4, 2.3], [3], 'float64');
  for (let seed = 1; seed <= 2; seed++) {
    // the order stands still, being a constant of the Program
    const program = recordProgram('polygamma', [at], ([x]) => bind(polygammaPrimitive, [orders, x], {}));
    checkProgram('polygamma', program, [at], randomSource(seed), order, 1e-9);
  }
});

it('every first-order record has a series rule', () => {
  for (const p of primitives) expect(isDeclined(p.taylor), p.name).toBe(false);
});
