import { describe, expect, it } from 'vitest';
import { compileProgram, detectFeatures } from '../../src/compile/index.ts';
import { ModuleBuilder } from '../../src/compile/wasm/assembler.ts';
import { threadCases } from './thread-cases.ts';

const vectors = /\bv128|\b[if]\d+x\d+\./;

describe('without SIMD', () => {
  it('Programs give the bits they give with it, and their modules hold no vector', () => {
    const plain = detectFeatures({ relaxedSimd: false });
    const scalar = detectFeatures({ simd: false });
    let [cases, withVectors] = [0, 0];
    const different: string[] = [];
    for (const { what, program, inputs } of threadCases(8)) {
      const compiled = compileProgram(program, { features: scalar });
      const fast = compileProgram(program, { features: plain });
      if (cases % 4 === 0) {
        expect(compiled.text(), what).not.toMatch(vectors);
        if (vectors.test(fast.text())) withVectors++;
      }
      const [a, b] = [compiled.run(inputs), fast.run(inputs)];
      if (!a.every((x, i) => x.data.every((v, k) => Object.is(v, b[i]?.data[k])))) different.push(what);
      cases++;
    }
    expect(different).toEqual([]);
    expect(cases).toBeGreaterThan(150);
    expect(withVectors).toBeGreaterThan(30);
  }, 300_000);

  it('an operation that has no form without vectors is refused when the module is built', () => {
    const m = new ModuleBuilder(detectFeatures({ simd: false }));
    expect(() =>
      m.function('swizzled', ['i8x16'], ['i8x16'], (f, x) => f.define('i8x16.swizzle', 'i8x16', [x, x])),
    ).toThrow(/in function swizzled: i8x16\.swizzle has no form without vectors/);
  });
});
