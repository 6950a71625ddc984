// biome-ignore-all lint/complexity/useMathMinMax: branches are what is tested.
// Functions with operators, lifted in a browser, where nothing can be asked about a name.
import 'downhill-transform/lift';
import { grad, jit, sin, tensor, vmap } from 'downhill';

const scale = [3];
const attempt = (f: () => unknown): unknown => {
  try {
    return f();
  } catch (error) {
    return `${(error as { code?: string }).code}: ${(error as Error).message}`;
  }
};

/** Nothing but Math and its own variables: any minifier leaves that alone. */
export const selfContained = (): unknown => [
  grad((w: number) => (w - 3) ** 2)(0),
  grad((x: number) => (x > 0 ? Math.sqrt(x) : 0))(4),
  jit((x: number) => {
    let s = 0;
    for (let i = 1; i <= 3; i++) s += x ** i;
    return s;
  })(2),
];

export const byName = (): unknown => attempt(() => grad((x: number) => sin(x) * x)(0));

export const capturing = (): unknown => attempt(() => grad((x: number) => x * (scale[0] as number))(1));

export const branch = (): unknown =>
  attempt(() => vmap((x: number) => (x > 0 ? x : 0))(tensor([1, -1]) as unknown as number));
