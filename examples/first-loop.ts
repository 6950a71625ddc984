'use math';
// The smallest training loop there is: nudge one weight downhill until (w − 3)² is nearly 0.
import { grad } from 'downhill';

const loss = (w: number): number => (w - 3) ** 2;
const slope = grad(loss);

/** Three decimals, trailing zeros dropped. */
const short = (x: number): number => Number(x.toFixed(3));

const learningRate = 0.2;
let w = 0;
for (let step = 1; step <= 6; step++) {
  w -= learningRate * slope(w);
  console.log(step, 'w=', short(w), 'loss=', short(loss(w)));
}
