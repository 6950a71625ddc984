import type { ModuleBuilder } from '../../../src/compile/wasm/assembler.ts';
import { type WasmFunction, type WasmImports, webAssembly } from '../../../src/compile/wasm/engine.ts';

/** Instantiates what was built and gives its exports. */
export function run(module: ModuleBuilder, imports: WasmImports = {}): Readonly<Record<string, WasmFunction>> {
  const wasm = webAssembly();
  return new wasm.Instance(new wasm.Module(module.toBinary()), imports).exports;
}
