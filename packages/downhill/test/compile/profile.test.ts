import { expect, test } from 'vitest';
import { compileProgram, profile } from '../../src/compile/index.ts';
import { exp, foriLoop, makeProgram, matmul, mul, type Tensor, tensor } from '../../src/index.ts';

const a = tensor(new Float32Array(64 * 64).fill(0.5), { shape: [64, 64] });

test('every line of the plan has its time, and the whole is their sum', () => {
  const f = (x: Tensor) => exp(mul(matmul(x, x), 0.01));
  const { lines, seconds } = profile(f, [a], 3);
  const { plan } = compileProgram(makeProgram(f)(a));
  expect(lines.map((l) => l.line)).toEqual(['inputs copied in', ...plan, 'results copied out']);
  expect(lines.every((l) => l.seconds > 0)).toBe(true);
  expect(seconds).toBeCloseTo(
    lines.reduce((s, l) => s + l.seconds, 0),
    12,
  );
});

test('on several threads the times are those of the calling one, with what it waited for the others', () => {
  const x = tensor(new Float32Array(256 * 256).fill(0.5), { shape: [256, 256] });
  const f = (x: Tensor) => exp(mul(matmul(x, x), 0.001));
  const alone = profile(f, [x], 2);
  expect(alone.lines.every((l) => l.waiting === 0)).toBe(true);
  expect(alone.toString()).not.toContain('waiting');
  const { lines, ...together } = profile(f, [x], 2, { threads: 2 });
  expect(lines.map((l) => l.line)).toEqual(alone.lines.map((l) => l.line));
  const product = lines.find((l) => l.line.includes('product'));
  expect(product?.waiting).toBeGreaterThan(0);
  expect(lines.every((l) => l.waiting <= l.seconds)).toBe(true);
  expect(together.toString()).toContain('waiting');
});

test('what takes longest comes first, rounds of a loop counted together', () => {
  const f = (x: Tensor) => foriLoop(0, 50, (_i, y) => mul(matmul(y, x), 0.01), x);
  const found = profile(f, [a], 3);
  const product = found.lines.find((l) => l.line.includes('product'));
  expect(product?.seconds).toBeGreaterThan(0.3 * found.seconds);
  expect(found.toString().split('\n')[0]).toContain('product');
});
