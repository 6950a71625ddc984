import { expect, it } from 'vitest';
import type { Tensor } from '../../../src/tensor/tensor.ts';
import { zeros } from '../../../src/tensor/tensor.ts';
import { grad } from '../../../src/transforms/grad.ts';
import { makeProgram } from '../../../src/transforms/jit.ts';
import { boxAround, escape } from '../../battery/containment.ts';
import { direction, randomSource } from '../../battery/laws.ts';
import { inputShapes, randomFunction } from '../../compile/random-program.ts';

/** `npm run containment` asks for 1000. */
const count = Number(process.env.DOWNHILL_COMPOSITIONS ?? 40);

it('random compositions, with loops and branches, and their gradients, never leave their enclosures', () => {
  const types = [zeros(inputShapes.matrix), zeros(inputShapes.vector), zeros([])];
  for (let k = 0; k < count; k++) {
    const random = randomSource(9000 + k);
    const integer = (): number => Math.floor(random() * 1000);
    const choices = Array.from({ length: 1 + (k % 8) }, () => [integer(), integer(), integer(), integer()] as const);
    const f = randomFunction(choices);
    const width = 10 ** (random() * 4 - 4);
    const box = types.map((x) => boxAround(direction(x, random), random, width));
    expect(escape(makeProgram(f)(...(types as Tensor[] as [Tensor, Tensor, Tensor])), box, 6, random)).toBe(undefined);
    if (k % 4 !== 0) continue;
    const gradient = makeProgram(grad(f, { argnums: [0, 1, 2] }));
    expect(escape(gradient(...(types as Tensor[] as [Tensor, Tensor, Tensor])), box, 3, random)).toBe(undefined);
  }
}, 600_000);
