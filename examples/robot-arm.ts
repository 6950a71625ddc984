'use math';
// A robot arm of two links lifts its hand to a point and comes to rest there, with the least torque over the way.
import { concatenate, grad, item, jvp, slice, stack, sum, type Vector, vector } from 'downhill';
import { minimizeConstrained } from 'downhill/optimize';

const [upper, lower] = [1, 0.8]; // metres
const [elbow, hand] = [1.2, 1]; // kilograms, at the ends of the links
const gravity = 9.81;
const strength = 10; // newton metres; torques are counted in it
const steps = 16;
const h = 1 / steps; // the way takes a second
const target = vector([0.9, 0.9]);

/** Angle of the upper link above the horizontal and bend of the elbow, at each moment. */
interface Path {
  readonly q1: Vector;
  readonly q2: Vector;
}

/** Energy of motion less that of height, summed over the moments. */
function lagrangian(q1: Vector, q2: Vector, w1: Vector, w2: Vector): number {
  const w = vector(w1 + w2);
  const motion = (elbow + hand) * (upper * w1) ** 2 + hand * (lower * w) ** 2;
  const coupling = hand * upper * lower * w1 * w * Math.cos(q2);
  const height = (elbow + hand) * upper * Math.sin(q1) + hand * lower * Math.sin(q1 + q2);
  return sum(motion / 2 + coupling - gravity * height);
}
const force = grad(lagrangian, { argnums: [0, 1] });
const momentum = grad(lagrangian, { argnums: [2, 3] });

/** An angle from its start on, with the speeds and accelerations; mirrored at the ends, where the arm rests. */
function motion(start: number, later: Vector): Vector[] {
  const q = vector(concatenate([vector([start]), later]));
  const before = vector(concatenate([slice(q, [1], [2]), slice(q, [0], [steps])]));
  const after = vector(concatenate([later, slice(q, [steps - 1], [steps])]));
  return [q, vector((after - before) / (2 * h)), vector((after - 2 * q + before) / h ** 2)];
}

/** Lagrange's equations: torque is d/dt ∂L/∂w − ∂L/∂q, where the rate of ∂L/∂w is its derivative along the motion. */
function torques({ q1, q2 }: Path): Vector[] {
  const [a, speedA, accelerationA] = motion(-1.2, q1);
  const [b, speedB, accelerationB] = motion(0.4, q2);
  const [, rate] = jvp(momentum, [a, b, speedA, speedB], [speedA, speedB, accelerationA, accelerationB]);
  const push = force(a, b, speedA, speedB);
  return [vector(rate[0] - push[0]), vector(rate[1] - push[1])];
}

/** The mean square of the torques. */
const cost = (path: Path): number =>
  torques(path).reduce((total, torque) => total + h * sum((torque / strength) ** 2), 0);

/** Where the hand ends. */
function end({ q1, q2 }: Path): Vector {
  const [a, b] = [q1[steps - 1], q2[steps - 1]];
  const x = upper * Math.cos(a) + lower * Math.cos(a + b);
  const y = upper * Math.sin(a) + lower * Math.sin(a + b);
  return vector(stack([x, y]));
}
const show = (v: Vector): string => [...v].map((x) => item(x).toFixed(6)).join(', ');

// To begin with, a way that swings up and slows down evenly and ends nearby.
const phase = vector(Array.from({ length: steps }, (_, k) => (1 - Math.cos((Math.PI * (k + 1)) / steps)) / 2));
const start: Path = { q1: vector(-1.2 + 1.31 * phase), q2: vector(0.4 + 1.18 * phase) };
console.log(`begun with: hand at ${show(end(start))}, cost ${item(cost(start)).toFixed(4)}`);

const best = minimizeConstrained(cost, start, { equality: (path) => end(path) - target }, { gradientTolerance: 1e-5 });
console.log(`found:      hand at ${show(end(best.point))}, cost ${best.value.toFixed(4)}`);
console.log(`${best.reason} after ${best.trajectory.length} rounds, ${best.evaluations} evaluations`);

console.log('seconds  shoulder     elbow     torque    torque');
const [first, second] = torques(best.point);
for (let k = 0; k <= steps; k += 4) {
  const angles = k === 0 ? [-1.2, 0.4] : [item(best.point.q1[k - 1]), item(best.point.q2[k - 1])];
  const cells = [...angles, item(first[k]), item(second[k])].map((value) => value.toFixed(4).padStart(9));
  console.log(`${(k * h).toFixed(2).padStart(7)} ${cells.join(' ')}`);
}
