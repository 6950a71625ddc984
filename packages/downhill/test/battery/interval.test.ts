import { describe, expect, it } from 'vitest';
import { stopGradientPrimitive } from '../../src/control/stop-gradient.ts';
import { gamma, log2, log10, relu, softplus } from '../../src/formula/primitives.ts';
import { acceptsDtype } from '../../src/primitives/elementwise.ts';
import { primitives } from '../../src/primitives/registry.ts';
import { isDeclined, type Primitive, type Samples } from '../../src/program/primitive.ts';
import { type DType, dtypes } from '../../src/tensor/dtype.ts';
import { DownhillError } from '../../src/tensor/errors.ts';
import { convertData, type DenseTensor } from '../../src/tensor/tensor.ts';
import { drawOperand, structural } from './cases.ts';
import { boxAround, escape } from './containment.ts';
import { type Case, programOf, randomSource } from './laws.ts';

/** How hard to try: `npm run containment` asks for 10⁵ points in 10³ boxes of each record. */
const boxes = Number(process.env.DOWNHILL_BOXES ?? 60);
const points = Number(process.env.DOWNHILL_POINTS ?? 12);
const limit = 60_000 + boxes * points * 30;

const arity = (p: Primitive): number => (p.name === 'clamp' || p.name === 'select' ? 3 : (p.scalar?.length ?? 1));

/** Centres of boxes: ordinary numbers and, for floats, the neighbourhoods where functions turn or end. */
function centre(p: Primitive, dtype: DType, place: number, random: () => number): DenseTensor {
  const own: DType = p.name === 'select' && place === 0 ? 'bool' : dtype;
  const value = (): number => {
    if (own === 'bool') return random() < 0.5 ? 0 : 1;
    if (p.name === 'polygamma' && place === 0) return Math.floor(random() * 4);
    const [low, high] = (p.samples as Samples).domain?.[place] ?? [-3, 3];
    const pick = random();
    if (pick < 0.25) return [0, 1, -1, 0.5, 2, -2, 3, Math.PI / 2, Math.PI][Math.floor(random() * 9)];
    if (pick < 0.35) return (random() - 0.5) * 10 ** Math.floor(random() * 12 - 4);
    return low + (high - low) * random();
  };
  const shape = p.name === 'polygamma' && place === 0 ? [] : [3];
  return convertData(Array.from({ length: shape.length ? 3 : 1 }, value), shape, own);
}

const more = [gamma, log2, log10, relu, softplus].map((f) => f.primitive);
const elementwise = [...primitives, stopGradientPrimitive, ...more].filter(
  (p) => p.elementwise && p.name !== 'convert_element_type',
);

describe.each(elementwise.map((p) => [p.name, p] as const))('enclosures of %s', (name, p) => {
  const accepts = 'accepts' in p.samples ? p.samples.accepts : 'float';
  it.each(dtypes.filter((d) => acceptsDtype(accepts, d)))(
    '%s: no value escapes',
    (dtype) => {
      const random = randomSource(name.length * 1000 + dtype.length);
      const count = p.name === 'polygamma' ? 2 : arity(p);
      for (let k = 0; k < boxes; k++) {
        const inputs = Array.from({ length: count }, (_, i) => centre(p, dtype, i, random));
        const width = 10 ** (random() * 4 - 3);
        const box = inputs.map((x, i) => boxAround(x, random, name === 'polygamma' && i === 0 ? 0 : width));
        expect(escape(programOf({ primitive: p, params: {}, inputs }), box, points, random)).toBe(undefined);
      }
    },
    limit,
  );
});

const rest = primitives.filter((p) => p.name in structural);

describe.each(rest.map((p) => [p.name, p] as const))('enclosures of %s', (name, p) => {
  it.each(dtypes)(
    '%s: no value escapes',
    (dtype) => {
      for (const [k, spec] of structural[name].entries()) {
        const random = randomSource(k + 1);
        const inputs = spec.operands.map((operand) => drawOperand(operand, dtype, random));
        const c: Case = { primitive: p, params: spec.params, inputs };
        try {
          p.shape(inputs, spec.params);
        } catch (error) {
          if (error instanceof DownhillError && error.code === 'dtype') continue;
          throw error;
        }
        const program = programOf(c);
        for (let round = 0; round < Math.ceil(boxes / 20); round++) {
          const width = [0.01, 0.5, 3][round % 3];
          // places known, and places that are not
          for (const known of [true, false]) {
            const box = inputs.map((x, i) =>
              boxAround(x, random, known && spec.operands[i].dtype === 'int32' ? 0 : width),
            );
            expect(escape(program, box, points, random), JSON.stringify(spec.params)).toBe(undefined);
          }
        }
      }
    },
    limit,
  );
});

it('every first-order record has an enclosure, tried here or elsewhere', () => {
  for (const p of primitives) expect(isDeclined(p.interval), p.name).toBe(false);
  const tried = new Set([...elementwise, ...rest].map((p) => p.name));
  expect(primitives.filter((p) => !tried.has(p.name)).map((p) => p.name)).toEqual(['iota', 'threefry2x32']);
});
