import {
  add,
  atan2,
  cos,
  dot,
  exp,
  grad,
  hessian,
  hvp,
  jacfwd,
  jacobian,
  jacrev,
  log,
  logistic,
  makeProgram,
  matmul,
  mean,
  mul,
  pow,
  relu,
  sin,
  sub,
  sum,
  type Tensor,
  tanh,
  tensor,
} from 'downhill';
import { describe, expect, it } from 'vitest';
import { centralDifference, forwardDifference } from '../src/calculus/differences.ts';
import type { Program } from '../src/program/program.ts';
import { simplifyProgram } from '../src/transforms/simplify.ts';
import { randomSource } from './battery/laws.ts';
import { expectClose } from './support.ts';

/** A surface with hills, valleys and a saddle. */
const surface = (p: Tensor): Tensor => {
  const [x, y] = [p.index(0), p.index(1)];
  return add(mul(sin(x), cos(mul(0.7, y))), mul(0.1, add(pow(x, 2), mul(x, y))));
};

describe('points of the checklist that a number decides', () => {
  it('S0.22: a small move goes up or down as the gradient predicts, at a hundred random points', () => {
    const random = randomSource(22);
    let tried = 0;
    while (tried < 100) {
      const [x, y, angle] = [random() * 4 - 2, random() * 4 - 2, random() * 2 * Math.PI];
      const [dx, dy] = [Math.cos(angle), Math.sin(angle)];
      const [gx, gy] = Array.from(grad(surface)(tensor([x, y])).data) as [number, number];
      const predicted = gx * dx + gy * dy;
      if (Math.abs(predicted) <= 0.02) continue;
      tried++;
      const change = surface(tensor([x + 1e-3 * dx, y + 1e-3 * dy])).item() - surface(tensor([x, y])).item();
      expect(Math.sign(change)).toBe(Math.sign(predicted));
    }
  });

  it('S1.2, S3.3: one partial an input, and of 360 directions the steepest is the gradient', () => {
    const at = tensor([0.4, -0.9]);
    const [gx, gy] = Array.from(grad(surface)(at).data) as [number, number];
    expectClose(gx, grad((x: number) => surface(tensorOf(x, -0.9)))(0.4), 1e-12);
    const slopes = Array.from({ length: 360 }, (_, k) => {
      const angle = (k * Math.PI) / 180;
      return gx * Math.cos(angle) + gy * Math.sin(angle);
    });
    const steepest = slopes.indexOf(Math.max(...slopes));
    const own = (atan2(gy, gx) * 180) / Math.PI;
    expect(Math.abs(((steepest - own + 540) % 360) - 180)).toBeLessThanOrEqual(0.5);
  });

  it('S1.10: central differences have order 2, forward ones order 1', () => {
    const order = (rule: typeof centralDifference): number => {
      const error = (h: number): number => Math.abs(rule(Math.sin, 1, h) - Math.cos(1));
      return Math.log10(error(1e-2) / error(1e-3));
    };
    expect(Math.abs(order(centralDifference) - 2)).toBeLessThan(0.05);
    expect(Math.abs(order(forwardDifference) - 1)).toBeLessThan(0.05);
  });

  it('S3.24: relu has slope 0 left of the kink, 1 right of it, and 0 at it', () => {
    expect([-1, 0, 2].map((x) => grad(relu)(x))).toEqual([0, 0, 1]);
  });

  it('S3.26: rows of the Jacobian from reverse mode are its columns from forward mode', () => {
    const f = (x: Tensor): Tensor =>
      tanh(
        matmul(
          tensor([
            [1, 2, -1],
            [0.5, 0, 3],
          ]),
          x,
        ),
      );
    const x = tensor([0.2, -0.3, 0.1]);
    expect(jacrev(f)(x).shape).toEqual([2, 3]);
    expectClose(jacrev(f)(x), jacfwd(f)(x), 1e-14);
  });

  it('S3.27: the image of a small square has the area that the determinant says', () => {
    const f = (p: Tensor): Tensor => mul(exp(mul(p.index(0), 0.5)), tensorOf2(cos(p.index(1)), sin(p.index(1))));
    const [a, b, c, d] = Array.from(jacobian(f)(tensor([0.3, 1.1])).data) as [number, number, number, number];
    const determinant = a * d - b * c;
    const ratio = (h: number): number => {
      const corner = (x: number, y: number): number[] => Array.from(f(tensor([0.3 + x, 1.1 + y])).data);
      const points = [corner(0, 0), corner(h, 0), corner(h, h), corner(0, h)] as [number, number][];
      const shoelace = points.reduce((s, [x, y], i) => {
        const [u, v] = points[(i + 1) % 4] as [number, number];
        return s + x * v - u * y;
      }, 0);
      return shoelace / 2 / (h * h);
    };
    const errors = [1e-1, 1e-2, 1e-3].map((h) => Math.abs(ratio(h) - determinant));
    expect(errors[1]).toBeLessThan((errors[0] as number) / 5);
    expect(errors[2]).toBeLessThan((errors[1] as number) / 5);
  });

  it('S3.28: the Hessian of a smooth function is symmetric', () => {
    const [a, b, c, d] = Array.from(hessian(surface)(tensor([0.4, -0.9])).data) as [number, number, number, number];
    expect([a, d].every(Number.isFinite)).toBe(true);
    expectClose(b, c, 1e-12);
  });

  it('S3.41: a Hessian-vector product costs at most five gradients', () => {
    const n = 1000;
    const x = tensor(Float64Array.from({ length: n }, (_, i) => Math.sin(i)));
    const loss = (w: Tensor): Tensor => mean(mul(log(add(1, exp(mul(w, x)))), logistic(w)));
    const gradient = operations(simplifyProgram(makeProgram(grad(loss))(x)));
    const product = operations(simplifyProgram(makeProgram(hvp(loss))(x, x)));
    expect(gradient).toBeGreaterThan(5 * n);
    expect(product / gradient).toBeLessThanOrEqual(5);
  });

  it('S3.43: exchanging two hidden units keeps the loss, and half-way between it is higher', () => {
    const inputs = tensor([[-1], [-0.5], [0], [0.5], [1]]);
    const w = tensor([[3, -1]]);
    const v = tensor([1, 2]);
    const output = (hidden: Tensor, out: Tensor): Tensor => matmul(tanh(matmul(inputs, hidden)), out);
    const target = output(w, v);
    const loss = (hidden: Tensor, out: Tensor): number => mean(pow(sub(output(hidden, out), target), 2)).item();
    expect(loss(w, v)).toBe(0);
    expectClose(loss(tensor([[-1, 3]]), tensor([2, 1])), 0, 1e-28);
    expect(loss(tensor([[1, 1]]), tensor([1.5, 1.5]))).toBeGreaterThan(0.1);
  });
});

const tensorOf = (x: Tensor | number, y: number): Tensor => add(mul(x, tensor([1, 0])), tensor([0, y]));
const tensorOf2 = (x: Tensor, y: Tensor): Tensor => add(mul(x, tensor([1, 0])), mul(y, tensor([0, 1])));

/** Element operations of a Program: the size of what each equation reads and writes, products counted in full. */
function operations(program: Program): number {
  return program.equations.reduce(
    (total, equation) => total + Math.max(...[...equation.inputs, ...equation.outputs].map((x) => sizeOf(x.shape))),
    0,
  );
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

it('dot and sum agree, so that the checks above stand on the same reductions', () => {
  const x = tensor([1, 2, 3]);
  expect(dot(x, x).item()).toBe(sum(mul(x, x)).item());
});
