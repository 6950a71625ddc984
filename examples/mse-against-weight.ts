'use math';
// How the mean squared error of a line through the origin changes with its weight. The data lie on y = 2x.
import { argmin, grad, item, linspace, mean, type Vector, vector } from 'downhill';

const X = vector([1, 2, 3, 4, 5]);
const y = vector([2, 4, 6, 8, 10]);

const predict = (x: Vector, w: number, b: number): number => x * w + b;
const mse = (truth: Vector, prediction: number): number => mean((truth - prediction) ** 2);
const loss = (w: number): number => mse(y, predict(X, w, 0));

const weights = vector(linspace(0, 4, 100));
const losses = [...weights].map((w) => item(loss(w)));
const best = item(argmin(losses));

console.log(`loss at w=0: ${losses[0]}, at w=4: ${losses[99]}`);
console.log(`lowest of 100 grid points: w=${item(weights[best]).toFixed(4)}, loss=${losses[best].toFixed(6)}`);
console.log(`at w=2, which the grid steps over: loss=${item(loss(2))}, slope=${grad(loss)(2)}`);
console.log(`slope at w=0: ${grad(loss)(0)}, at w=4: ${grad(loss)(4)}`);
