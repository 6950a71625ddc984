import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { hasWideSimd } from '../../src/compile/wide.ts';

const root = fileURLToPath(new URL('../../../..', import.meta.url));

describe('wide vectors', () => {
  it('are there where Node was built with the revectorizer and can set flags, and nowhere else', () => {
    const config = { variables: { v8_enable_wasm_simd256_revec: 1 } };
    expect(hasWideSimd({ config, getBuiltinModule: () => undefined })).toBe(true);
    expect(hasWideSimd({ config: { variables: { v8_enable_wasm_simd256_revec: 0 } }, getBuiltinModule: () => 0 })).toBe(
      false,
    );
    expect(hasWideSimd({ config })).toBe(false);
    expect(hasWideSimd({})).toBe(false);
    expect(hasWideSimd(null as never)).toBe(false);
  });

  it('asked for by configure, compute the same without a word, whether the engine has them or not', () => {
    const code = `import { configure, jit, matmul, tanh, tensor } from 'downhill';
import { installCompiler } from 'downhill/compile';
installCompiler();
const square = (n) => tensor(Float32Array.from({ length: n * n }, (_, i) => Math.sin(i)), { shape: [n, n] });
const f = jit((a, b) => tanh(matmul(a, b)));
const x = square(100);
const results = [false, true, false].map((wideSimd) => {
  configure({ wideSimd });
  for (let i = 0; i < 200; i++) f(x, x);
  return [...f(x, x).data];
});
console.log(Math.max(...results[0].map((v, i) => Math.max(Math.abs(v - results[1][i]), Math.abs(v - results[2][i])))));`;
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
      cwd: root,
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    expect(Number(stdout)).toBeLessThan(2e-6);
  });
});
