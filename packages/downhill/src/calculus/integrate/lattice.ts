import { ArgumentError } from '../../tensor/errors.ts';

/**
 * Rank-1 lattices of a prime number of points: x_k = frac(k z / p). The vectors z minimize the worst-case error in the
 * Korobov space of smoothness 2 with weights 0.9^j, found component by component (Nuyens and Cools 2006; the search is in
 * test/calculus/integrate/fixtures/make_rules.py).
 */
const vectors: readonly (readonly [points: number, vector: readonly number[]])[] = [
  [127, [1, 35, 50, 10, 20, 37, 30, 40, 60, 5, 15, 25]],
  [251, [1, 104, 32, 48, 21, 64, 123, 16, 80, 96, 112, 107]],
  [509, [1, 209, 133, 9, 20, 60, 91, 40, 80, 100, 120, 140]],
  [1021, [1, 374, 156, 285, 342, 453, 114, 451, 228, 456, 337, 57]],
  [2039, [1, 790, 175, 119, 867, 706, 473, 627, 471, 233, 466, 240]],
  [4093, [1, 1210, 1542, 1785, 942, 1069, 1723, 947, 652, 1066, 357, 1661]],
  [8191, [1, 2431, 3799, 3251, 2094, 3762, 4045, 3354, 2764, 1485, 588, 2073]],
  [16381, [1, 3711, 5711, 6593, 7539, 1964, 2236, 2925, 3811, 5233, 5503, 5777]],
  [32749, [1, 12509, 14514, 11700, 651, 12929, 10078, 8053, 5415, 16324, 8378, 2239]],
  [65521, [1, 18303, 30219, 10964, 30806, 16266, 27560, 11973, 17632, 19434, 17735, 25082]],
  [131071, [1, 49763, 11743, 4603, 20208, 48192, 46223, 47621, 25565, 56204, 27162, 50140]],
];

/** The most coordinates a lattice has. */
export const latticeDimensions = 12;

/**
 * Points of the smallest lattice with at least `least` points (the largest there is, beyond), moved by `shift` and folded by
 * the tent map, which makes any smooth integrand as good as a periodic one (Hickernell 2002). Row after row.
 */
export function shiftedLattice(least: number, shift: readonly number[]): Float64Array {
  const dimensions = shift.length;
  if (dimensions > latticeDimensions) {
    throw new ArgumentError(
      `the lattices have ${latticeDimensions} coordinates, not ${dimensions}; use method 'random'`,
    );
  }
  const [points, vector] = vectors.find(([n]) => n >= least) ?? vectors[vectors.length - 1];
  const out = new Float64Array(points * dimensions);
  for (let k = 0; k < points; k++) {
    for (let j = 0; j < dimensions; j++) {
      const u = ((k * vector[j]) % points) / points + shift[j];
      out[k * dimensions + j] = 1 - Math.abs(2 * (u % 1) - 1);
    }
  }
  return out;
}
