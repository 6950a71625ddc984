'use math';
// The chain rule by hand for f = (2x + 1)² at x = 3: forward for the values, backward for the slopes.
import { grad } from 'downhill';

const x = 3;

// forward
const u = 2 * x + 1;
const f = u ** 2;
console.log('u =', u, ' f =', f);

// backward
const df_du = 2 * u;
const du_dx = 2;
const df_dx = df_du * du_dx;
console.log('df/du =', df_du, ' du/dx =', du_dx, ' df/dx =', df_dx);

console.log('by grad:', grad((t: number) => (2 * t + 1) ** 2)(x));
