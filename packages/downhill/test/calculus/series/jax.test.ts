import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { jet } from '../../../src/calculus/index.ts';
import * as d from '../../../src/index.ts';

interface Row {
  name: string;
  series: number[];
  coefficients: number[];
}
const { rows } = JSON.parse(readFileSync(new URL('./fixtures/jet.json', import.meta.url), 'utf8')) as { rows: Row[] };

const functions: Record<string, (x: d.Tensor) => d.TensorLike> = {
  bench: (x) => d.div(d.exp(d.sin(x)), d.add(1, d.mul(d.tanh(x), d.cos(x)))),
  exp: d.exp,
  log: d.log,
  sqrt: d.sqrt,
  sin: d.sin,
  cos: d.cos,
  tanh: d.tanh,
  logistic: d.logistic,
  quotient: (x) => d.div(d.sin(x), x),
  product: (x) => d.mul(d.mul(x, d.exp(x)), d.cos(x)),
  chain: (x) => d.sin(d.exp(d.cos(x))),
  logsumexp: (x) => d.log(d.add(d.exp(x), d.exp(d.mul(2, x)))),
};

describe("the values of JAX's jet, along a line and along a curve of order 8", () => {
  it('has every function twice', () => {
    expect(rows.map(({ name }) => name).sort()).toEqual([...Object.keys(functions), ...Object.keys(functions)].sort());
  });

  it.each(rows.map((row, i) => [`${row.name} ${i % 2 === 0 ? 'along a line' : 'along a curve'}`, row] as const))(
    '%s',
    (_, { name, series: [x0, ...rest], coefficients }) => {
      const f = functions[name] as (x: d.Tensor) => d.Tensor;
      const [y0, ys] = jet(f, [d.tensor(x0 as number)], [rest.map((c) => d.tensor(c))] as never) as never as [
        d.Tensor,
        d.Tensor[],
      ];
      const scale = Math.max(...coefficients.map(Math.abs));
      [y0, ...ys].forEach((y, k) => {
        const want = coefficients[k] as number;
        // JAX's own rounding grows with the order
        expect(Math.abs(y.item() - want), `coefficient ${k}`).toBeLessThanOrEqual(
          1e-11 * Math.abs(want) + 1e-14 * scale,
        );
      });
    },
  );
});
