// Work that gives the same result in Node and in a browser. Each function returns plain JSON.
import { add, grad, hessian, jit, mul, pow, scan, sin, sub, type Tensor, tensor, vmap } from 'downhill';

export const firstLoop = (): number[][] => {
  const slope = grad((w: number) => pow(sub(w, 3), 2));
  const rows: number[][] = [];
  let w = 0;
  for (let step = 1; step <= 6; step++) {
    w -= 0.2 * slope(w);
    rows.push([step, w, (w - 3) ** 2]);
  }
  return rows;
};

const rosenbrock = ({ x, y }: { x: number; y: number }): number =>
  add(pow(sub(1, x), 2), mul(100, pow(sub(y, pow(x, 2)), 2)));

export const rosenbrockHessian = (): unknown => hessian(rosenbrock)({ x: 1, y: 2 });

export const batched = (): unknown => vmap(grad((x: number) => mul(sin(x), x)))(tensor([0.5, 1, 2])).toArray();

export const loop = (): unknown => {
  const f = jit((x: Tensor) => scan((c: Tensor, t: Tensor) => [mul(c, add(x, t)), c], x, tensor([1, 2, 3]))[0]);
  return [f(tensor(0.5)).item(), grad(f)(tensor(0.5)).item()];
};

export const refusals = (): string[] => {
  const message = (f: () => unknown): string => {
    try {
      f();
      return 'no error';
    } catch (error) {
      return (error as Error).name;
    }
  };
  return [
    message(() => grad((x: number) => x * x)(2)),
    message(() => grad((x: number) => Math.sin(x))(2)),
    message(() => grad((x: Tensor) => x)(tensor(1, { dtype: 'int32' }))),
  ];
};
