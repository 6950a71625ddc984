// The 8×8 digits of examples/data/digits.csv, shuffled by a key: four fifths to learn from, the rest to judge by.
import { readFileSync } from 'node:fs';
import { argmax, equal, mean, random, type Tensor, tensor } from 'downhill';
import type { Dataset } from 'downhill/nn';

/**
 * @param shape of one image: [64] for a vector, [1, 8, 8] for one channel.
 * @param key of the shuffle, which decides what is held out.
 */
export function digits(shape: readonly number[], key = 0): { data: Dataset; validation: Dataset } {
  const lines = readFileSync(new URL('../data/digits.csv', import.meta.url), 'utf8')
    .trim()
    .split('\n')
    .slice(1);
  const rows = lines.map((line) => line.split(',').map(Number));
  const order = Array.from(random.permutation(random.key(key), rows.length).data, (i: number) => rows[i] ?? []);
  const part = (some: readonly number[][]): Dataset => ({
    inputs: tensor(
      Float32Array.from(
        some.flatMap((row) => row.slice(0, 64)),
        (gray) => gray / 16,
      ),
      { shape: [some.length, ...shape] },
    ),
    targets: tensor(Int32Array.from(some, (row) => row[64] ?? -1)),
  });
  const learned = Math.floor(0.8 * rows.length);
  return { data: part(order.slice(0, learned)), validation: part(order.slice(learned)) };
}

/** Share of the rows whose largest score is that of their class. */
export const accuracy = (scores: Tensor, classes: Tensor): Tensor => mean(equal(argmax(scores, { axis: -1 }), classes));
