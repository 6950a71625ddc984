import { DownhillError } from '../../tensor/errors.ts';

/**
 * The part of the WebAssembly JavaScript interface we use. It is declared here because the core is compiled without
 * the DOM's types: it runs in Node, workers and pages alike.
 */
export interface WasmEngine {
  validate(bytes: Uint8Array): boolean;
  readonly Module: new (bytes: Uint8Array) => WasmModule;
  readonly Instance: new (module: WasmModule, imports?: WasmImports) => WasmInstance;
  readonly Memory: new (descriptor: { initial: number; maximum?: number; shared?: boolean }) => WasmMemory;
  compile(bytes: Uint8Array): Promise<WasmModule>;
  instantiate(module: WasmModule, imports?: WasmImports): Promise<WasmInstance>;
  /** What a trap throws. */
  readonly RuntimeError: new (
    message?: string,
  ) => Error;
}

/** A compiled module: opaque, can be sent to workers. */
export interface WasmModule {
  readonly [Symbol.toStringTag]?: string;
}

export type WasmFunction = (...args: (number | bigint)[]) => number | bigint | undefined;

export interface WasmInstance {
  readonly exports: Readonly<Record<string, WasmFunction>>;
}

export interface WasmMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

export type WasmImports = Record<string, Record<string, WasmFunction | WasmMemory>>;

/** The engine's WebAssembly object, or an error saying that there is none. */
export function webAssembly(): WasmEngine {
  const found = (globalThis as { WebAssembly?: WasmEngine }).WebAssembly;
  if (found === undefined) {
    throw new DownhillError(
      'no-webassembly',
      'this JavaScript engine has no WebAssembly; leave installCompiler() out, and jit runs on the reference evaluator',
    );
  }
  return found;
}
