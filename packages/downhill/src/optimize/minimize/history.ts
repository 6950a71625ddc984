import { dot } from './vectors.ts';

interface Pair {
  readonly s: Float64Array;
  readonly y: Float64Array;
  /** 1/sᵀy. */
  readonly rho: number;
}

/** The last steps of L-BFGS and the changes of the gradient along them, in numbers. */
export class PlainHistory {
  readonly room: number;
  readonly #pairs: Pair[] = [];

  constructor(room: number) {
    this.room = room;
  }

  get size(): number {
    return this.#pairs.length;
  }

  remember(pair: Pair): this {
    this.#pairs.push(pair);
    if (this.#pairs.length > this.room) this.#pairs.shift();
    return this;
  }

  /** The two-loop recursion (Nocedal 1980; Liu and Nocedal 1989), scaled by sᵀy / yᵀy. */
  twoLoop(v: Float64Array): Float64Array {
    const pairs = this.#pairs;
    const q = v.slice();
    const alphas = new Float64Array(pairs.length);
    for (let k = pairs.length - 1; k >= 0; k--) {
      const { s, y, rho } = pairs[k];
      alphas[k] = rho * dot(s, q);
      for (let i = 0; i < q.length; i++) q[i] -= alphas[k] * y[i];
    }
    const newest = pairs.at(-1);
    const scale = newest ? 1 / (newest.rho * dot(newest.y, newest.y)) : 1;
    for (let i = 0; i < q.length; i++) q[i] *= scale;
    pairs.forEach(({ s, y, rho }, k) => {
      const correction = alphas[k] - rho * dot(y, q);
      for (let i = 0; i < q.length; i++) q[i] += correction * s[i];
    });
    return q;
  }
}
