import type { Operand, Value } from './value.ts';

type Word = 'i32' | 'i32x4';

const ROTATIONS = [
  [13, 15, 26, 6],
  [17, 29, 16, 24],
];

/** Skein's parity constant for 32-bit words. */
const PARITY = 0x1bd11bda;

/**
 * Threefry-2x32 with 20 rounds (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"): two random words
 * from a key and a counter of two words each. Works on scalars and, four counters at a time, on vectors.
 */
export function threefry2x32<K extends Word>(
  key: readonly [Value<K>, Value<K>],
  counter: readonly [Value<K>, Value<K>],
): [Value<K>, Value<K>] {
  const schedule = [key[0], key[1], key[0].xor(key[1]).xor(PARITY)];
  let x = counter[0].add(schedule[0]);
  let y = counter[1].add(schedule[1]);
  for (let group = 0; group < 5; group++) {
    for (const bits of ROTATIONS[group % 2]) {
      x = x.add(y);
      y = y.rotl(bits as Operand<'i32'>).xor(x);
    }
    x = x.add(schedule[(group + 1) % 3]);
    y = y.add(schedule[(group + 2) % 3]).add(group + 1);
  }
  return [x, y];
}
