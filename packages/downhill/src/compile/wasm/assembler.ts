import { checkFunction } from './check.ts';
import {
  encodeModule,
  type ImportedFunction,
  type Mark,
  type MemoryDescription,
  type ModuleDescription,
} from './encode.ts';
import { AssemblyError } from './errors.ts';
import { detectFeatures, type Features } from './features.ts';
import {
  FunctionBuilder,
  type FunctionHost,
  type FunctionOptions,
  type FunctionReference,
  type FunctionResult,
  type ValuesOf,
} from './function.ts';
import { type Kind, stackType } from './kinds.ts';
import { type LoweredFunction, lowerFunction } from './lower.ts';
import { scalarize } from './scalarize.ts';
import { printModule } from './text.ts';
import type { Value } from './value.ts';

export interface MemoryOptions {
  /** Pages of 64 KiB. */
  readonly initial: number;
  readonly maximum?: number;
  readonly shared?: boolean;
}

/**
 * A WebAssembly module being put together: memory, imports, functions, data. Every function is typed while it is
 * written and checked again, instruction by instruction, when it is finished.
 *
 *     const m = new ModuleBuilder();
 *     m.function('average', ['f64', 'f64'], ['f64'], (f, a, b) => a.add(b).mul(0.5), { export: true });
 *     new WebAssembly.Module(m.toBinary());
 */
export class ModuleBuilder implements FunctionHost {
  readonly features: Features;
  /** What functions begun from now on stand for, if anything. */
  origin: object | undefined;
  copies = 0;
  private memory: MemoryDescription | undefined;
  private readonly imports: ImportedFunction[] = [];
  private readonly lowered: LoweredFunction[] = [];
  private readonly references = new Map<string, FunctionReference>();
  private readonly made = new Map<string, Made>();
  /** Of functions that are there once, those being written. */
  private making: Made | undefined;
  private names = 0;
  private readonly exported: { name: string; function: string | undefined }[] = [];
  private readonly data: { address: number; bytes: Uint8Array }[] = [];

  constructor(features: Features = detectFeatures()) {
    this.features = features;
  }

  importMemory(module: string, name: string, options: MemoryOptions): void {
    this.setMemory(options, { module, name });
  }

  defineMemory(options: MemoryOptions, exportName?: string): void {
    this.setMemory(options, undefined);
    if (exportName !== undefined) this.exported.push({ name: exportName, function: undefined });
  }

  importFunction<const P extends readonly Kind[], const R extends readonly Kind[]>(
    module: string,
    name: string,
    params: P,
    results: R,
  ): FunctionReference<P, R> {
    const reference = this.register(`${module}.${name}`, params, results, false);
    const stack = (kinds: readonly Kind[]) => kinds.map(stackType);
    this.imports.push({
      module,
      name,
      reference,
      params: stack(params),
      results: stack(results),
    });
    return reference;
  }

  /** Defines a function; `body` gets its builder and parameters and gives back the result, or a list of results. */
  function<const P extends readonly Kind[], const R extends readonly Kind[]>(
    name: string,
    params: P,
    results: R,
    body: (f: FunctionBuilder, ...params: ValuesOf<P>) => FunctionResult<R>,
    options: FunctionOptions = {},
  ): FunctionReference<P, R> {
    const origins = options.shared || options.pure ? undefined : this.origins;
    const reference = this.register(name, params, results, options.pure === true);
    const builder = new FunctionBuilder(name, params, results, this);
    const given = body(builder, ...(builder.params as unknown as ValuesOf<P>));
    const values = (given === undefined ? [] : Array.isArray(given) ? given : [given]) as Value[];
    builder.checkResults(values);
    const lowered = lowerFunction(builder, values);
    checkFunction(lowered);
    const scalar = this.features.simd ? lowered : scalarize(lowered);
    if (scalar !== lowered) checkFunction(scalar, true);
    this.lowered.push({ ...scalar, origins });
    if (options.export === true) this.exported.push({ name, function: name });
    return reference;
  }

  /** The function of that name if there is one: how shared kernels are put in once. */
  find(name: string): FunctionReference | undefined {
    return this.references.get(name);
  }

  /** A name that no other function of the module has. */
  name(stem: string): string {
    let name: string;
    do name = `${stem}_${this.names++}`;
    while (this.references.has(name));
    return name;
  }

  once<T>(stem: string, key: string | undefined, make: (name: string) => T): T {
    if (key === undefined) return make(this.name(stem));
    const { making: outer, origins } = this;
    const full = `${stem} ${key}`;
    let found = this.made.get(full);
    if (!found) {
      found = { value: undefined, origins: new Set(origins), parts: [] };
      this.making = found;
      found.value = make(this.name(stem));
      this.making = outer;
      this.made.set(full, found);
    }
    for (const origin of origins) serve(found, origin);
    outer?.parts.push(found);
    return found.value as T;
  }

  /** What functions begun now stand for; of one that is there once this grows with those it serves. */
  private get origins(): ReadonlySet<object> {
    return this.making?.origins ?? new Set(this.origin ? [this.origin] : []);
  }

  /** Bytes written to memory at an address when the module is instantiated. */
  addData(address: number, bytes: Uint8Array): void {
    this.data.push({ address, bytes });
  }

  describe(): ModuleDescription {
    return {
      memory: this.memory,
      imports: this.imports,
      functions: this.lowered,
      exports: this.exported,
      data: this.data,
    };
  }

  /** The module in the binary format, for `new WebAssembly.Module`; `marks` takes what its parts stand for. */
  toBinary(marks?: Mark[]): Uint8Array {
    return encodeModule(this.describe(), marks);
  }

  /** The module in the text format, for reading. */
  toText(): string {
    return printModule(this.describe());
  }

  private setMemory(options: MemoryOptions, source: MemoryDescription['import']): void {
    if (this.memory !== undefined) throw new AssemblyError('the module already has its memory');
    const { initial, maximum, shared = false } = options;
    if (shared && maximum === undefined) {
      throw new AssemblyError('a shared memory needs a maximum size');
    }
    if (initial > 65536 || (maximum ?? 0) > 65536) {
      throw new AssemblyError(
        `a memory of ${Math.max(initial, maximum ?? 0)} pages is over the limit of 65536 (4 GiB)`,
      );
    }
    this.memory = { initial, maximum, shared, import: source };
  }

  private register<P extends readonly Kind[], R extends readonly Kind[]>(
    name: string,
    params: P,
    results: R,
    pure: boolean,
  ): FunctionReference<P, R> {
    if (this.references.has(name)) {
      throw new AssemblyError(`the module already has a function ${name}`);
    }
    const reference = { name, params, results, pure };
    this.references.set(name, reference);
    return reference;
  }
}

/** What is there once, what it stands for, and what else that is there once it calls. */
interface Made {
  value: unknown;
  readonly origins: Set<object>;
  readonly parts: Made[];
}

function serve(made: Made, origin: object): void {
  made.origins.add(origin);
  for (const part of made.parts) if (!part.origins.has(origin)) serve(part, origin);
}
