import { encodeModule } from './encode.ts';
import { webAssembly } from './engine.ts';
import type { Immediate } from './value.ts';

/** What the engine's WebAssembly can do, and so what code may be emitted. */
export interface Features {
  /** 128-bit vectors. */
  readonly simd: boolean;
  /** Relaxed SIMD: a fused multiply-add above all. */
  readonly relaxedSimd: boolean;
  /** Shared memories and atomic instructions. */
  readonly threads: boolean;
  /** Pairs of 128-bit operations become 256-bit ones (V8's experimental revectorizer). Declared, never detected. */
  readonly wideSimd: boolean;
}

let detected: Features | undefined;

/**
 * The engine's features, found by validating three tiny modules (once a process). `mask` switches features off, never
 * on: `detectFeatures({ relaxedSimd: false })` is what a test of the fallback asks for. Only `wideSimd` is the caller's
 * word.
 */
export function detectFeatures(mask: Partial<Features> = {}): Features {
  detected ??= probe();
  const simd = detected.simd && mask.simd !== false;
  return {
    simd,
    relaxedSimd: simd && detected.relaxedSimd && mask.relaxedSimd !== false,
    threads: detected.threads && mask.threads !== false,
    wideSimd: simd && mask.wideSimd === true,
  };
}

function probe(): Features {
  const zero = { op: 'v128.const', immediate: new Uint8Array(16) };
  const drop = { op: 'drop' };
  const valid = (body: readonly { op: string; immediate?: Immediate }[], shared = false) =>
    webAssembly().validate(
      encodeModule({
        memory: shared ? { initial: 1, maximum: 1, shared, import: undefined } : undefined,
        imports: [],
        functions: [{ name: 'probe', params: [], results: [], locals: [], body }],
        exports: [],
        data: [],
      }),
    );
  const simd = valid([zero, { op: 'f32x4.sqrt' }, drop]);
  const relaxedSimd = valid([zero, zero, zero, { op: 'f32x4.relaxed_madd' }, drop]);
  const access = { offset: 0, align: 2 };
  const address = { op: 'i32.const', immediate: 0 };
  const threads =
    'SharedArrayBuffer' in globalThis && valid([address, { op: 'i32.atomic.load', immediate: access }, drop], true);
  return { simd, relaxedSimd, threads, wideSimd: false };
}
