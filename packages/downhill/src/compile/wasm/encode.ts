import { AssemblyError } from './errors.ts';
import type { FunctionReference } from './function.ts';
import type { StackType } from './kinds.ts';
import type { Instruction, LoweredFunction } from './lower.ts';
import { type ImmediateForm, OPCODES } from './opcodes.ts';
import type { MemoryImmediate } from './value.ts';

/** A memory the module defines or, with `import`, receives. Sizes in pages of 64 KiB. */
export interface MemoryDescription {
  readonly initial: number;
  readonly maximum: number | undefined;
  readonly shared: boolean;
  readonly import: { readonly module: string; readonly name: string } | undefined;
}

export interface ImportedFunction {
  readonly module: string;
  readonly name: string;
  readonly reference: FunctionReference;
  readonly params: readonly StackType[];
  readonly results: readonly StackType[];
}

/** A whole module, ready to be written as bytes or text. */
export interface ModuleDescription {
  readonly memory: MemoryDescription | undefined;
  readonly imports: readonly ImportedFunction[];
  readonly functions: readonly LoweredFunction[];
  readonly exports: readonly {
    readonly name: string;
    readonly function: string | undefined;
  }[];
  readonly data: readonly {
    readonly address: number;
    readonly bytes: Uint8Array;
  }[];
}

const TYPE_CODE: Record<StackType, number> = {
  i32: 0x7f,
  i64: 0x7e,
  f32: 0x7d,
  f64: 0x7c,
  v128: 0x7b,
};

const CONTROL: ReadonlyMap<string, number> = new Map([
  ['block', 0x02],
  ['loop', 0x03],
  ['if', 0x04],
  ['else', 0x05],
  ['end', 0x0b],
  ['br', 0x0c],
  ['br_if', 0x0d],
  ['return', 0x0f],
  ['call', 0x10],
  ['drop', 0x1a],
  ['local.get', 0x20],
  ['local.set', 0x21],
  ['local.tee', 0x22],
]);

const scratch = new DataView(new ArrayBuffer(8));

/** A growing run of bytes with the number formats of WebAssembly. */
export class ByteWriter {
  private bytes = new Uint8Array(256);
  private used = 0;

  get length(): number {
    return this.used;
  }

  byte(value: number): void {
    this.reserve(1);
    this.bytes[this.used++] = value;
  }

  write(values: ArrayLike<number>): void {
    this.reserve(values.length);
    // a few bytes are written sooner than the engine finds out what it is to copy
    if (values.length > 16) this.bytes.set(values, this.used);
    else for (let i = 0; i < values.length; i++) this.bytes[this.used + i] = values[i];
    this.used += values.length;
  }

  /** Unsigned LEB128. */
  unsigned(value: number): void {
    let rest = value;
    while (rest >= 128) {
      this.byte((rest % 128) | 128);
      rest = Math.floor(rest / 128);
    }
    this.byte(rest);
  }

  /** Signed LEB128 of up to 64 bits. */
  signed(value: number | bigint): void {
    if (typeof value === 'number' && value === (value | 0)) {
      this.signed32(value);
      return;
    }
    let rest = BigInt.asIntN(64, BigInt(value));
    for (;;) {
      const low = Number(rest & 127n);
      rest >>= 7n;
      if ((rest === 0n && low < 64) || (rest === -1n && low >= 64)) {
        this.byte(low);
        return;
      }
      this.byte(low | 128);
    }
  }

  private signed32(value: number): void {
    let rest = value;
    while (rest < -64 || rest >= 64) {
      this.byte((rest & 127) | 128);
      rest >>= 7;
    }
    this.byte(rest & 127);
  }

  float32(value: number): void {
    scratch.setFloat32(0, value, true);
    for (let i = 0; i < 4; i++) this.byte(scratch.getUint8(i));
  }

  float64(value: number): void {
    scratch.setFloat64(0, value, true);
    for (let i = 0; i < 8; i++) this.byte(scratch.getUint8(i));
  }

  text(value: string): void {
    const bytes: number[] = [];
    for (const character of value) {
      const code = character.codePointAt(0) as number;
      if (code > 127) throw new AssemblyError(`name "${value}": only ASCII names are used`);
      bytes.push(code);
    }
    this.unsigned(bytes.length);
    this.write(bytes);
  }

  /** The contents of `inner` preceded by their length. */
  sized(inner: ByteWriter): void {
    this.unsigned(inner.used);
    this.write(inner.bytes.subarray(0, inner.used));
  }

  finish(): Uint8Array {
    return this.bytes.slice(0, this.used);
  }

  private reserve(more: number): void {
    if (this.used + more <= this.bytes.length) return;
    const next = new Uint8Array(Math.max(this.bytes.length * 2, this.used + more));
    next.set(this.bytes);
    this.bytes = next;
  }
}

/** What the bytes of a module from `offset` on stand for, to the next mark or the end of the function. */
export interface Mark {
  readonly offset: number;
  /** Number of the function among all, the imported ones first. */
  readonly index: number;
  readonly origin: object;
  /** It is one of several things the function stands for: whose call it was its caller tells. */
  readonly ambiguous?: boolean;
}

/**
 * The module in WebAssembly's binary format.
 * @param marks takes the marks of the functions, in ascending order of their places.
 */
export function encodeModule(module: ModuleDescription, marks: Mark[] = []): Uint8Array {
  const types: string[] = [];
  const typeIndex = (params: readonly StackType[], results: readonly StackType[]) => {
    const key = `${params.join()}>${results.join()}`;
    const at = types.indexOf(key);
    return at >= 0 ? at : types.push(key) - 1;
  };
  const importTypes = module.imports.map((f) => typeIndex(f.params, f.results));
  const functionTypes = module.functions.map((f) => typeIndex(f.params, f.results));
  const index = new Map<string, number>();
  for (const [k, f] of module.imports.entries()) index.set(f.reference.name, k);
  for (const [k, f] of module.functions.entries()) index.set(f.name, module.imports.length + k);

  const out = new ByteWriter();
  out.write([0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]);
  const section = (id: number, count: number, write: (w: ByteWriter) => void) => {
    if (count === 0) return 0;
    const w = new ByteWriter();
    w.unsigned(count);
    write(w);
    out.byte(id);
    out.sized(w);
    return out.length - w.length;
  };
  const { memory } = module;
  const importedMemory = memory?.import === undefined ? 0 : 1;

  section(1, types.length, (w) => {
    for (const key of types) {
      w.byte(0x60);
      for (const side of key.split('>')) {
        const list = side === '' ? [] : (side.split(',') as StackType[]);
        w.unsigned(list.length);
        for (const type of list) w.byte(TYPE_CODE[type]);
      }
    }
  });
  section(2, module.imports.length + importedMemory, (w) => {
    if (memory?.import !== undefined) {
      w.text(memory.import.module);
      w.text(memory.import.name);
      w.byte(0x02);
      writeLimits(w, memory);
    }
    for (const [k, f] of module.imports.entries()) {
      w.text(f.module);
      w.text(f.name);
      w.byte(0x00);
      w.unsigned(importTypes[k]);
    }
  });
  section(3, module.functions.length, (w) => {
    for (const type of functionTypes) w.unsigned(type);
  });
  section(5, memory !== undefined && importedMemory === 0 ? 1 : 0, (w) => {
    if (memory !== undefined) writeLimits(w, memory);
  });
  section(7, module.exports.length, (w) => {
    for (const item of module.exports) {
      w.text(item.name);
      w.byte(item.function === undefined ? 0x02 : 0x00);
      w.unsigned(item.function === undefined ? 0 : (index.get(item.function) as number));
    }
  });
  const found: Mark[] = [];
  const start = section(10, module.functions.length, (w) => {
    for (const [k, f] of module.functions.entries()) {
      const { origins = [] } = f;
      const ambiguous = { ambiguous: true };
      const own = [...origins].map(
        (origin, _, all): Omit<Mark, 'index'> => ({ offset: 0, origin, ...(all.length > 1 && ambiguous) }),
      );
      const body = encodeBody(f, index, own);
      w.sized(body);
      const at = w.length - body.length;
      for (const { offset, ...rest } of own)
        found.push({ ...rest, offset: at + offset, index: module.imports.length + k });
    }
  });
  for (const mark of found) marks.push({ ...mark, offset: start + mark.offset });
  section(11, module.data.length, (w) => {
    for (const { address, bytes } of module.data) {
      w.byte(0x00);
      w.byte(0x41);
      w.signed(address | 0);
      w.byte(0x0b);
      w.unsigned(bytes.length);
      w.write(bytes);
    }
  });
  return out.finish();
}

function writeLimits(w: ByteWriter, memory: MemoryDescription): void {
  w.byte((memory.shared ? 2 : 0) | (memory.maximum === undefined ? 0 : 1));
  w.unsigned(memory.initial);
  if (memory.maximum !== undefined) w.unsigned(memory.maximum);
}

function encodeBody(f: LoweredFunction, index: ReadonlyMap<string, number>, marks: Omit<Mark, 'index'>[]): ByteWriter {
  const w = new ByteWriter();
  const runs: { type: StackType; count: number }[] = [];
  for (const type of f.locals) {
    const last = runs[runs.length - 1];
    if (last?.type === type) last.count++;
    else runs.push({ type, count: 1 });
  }
  w.unsigned(runs.length);
  for (const run of runs) {
    w.unsigned(run.count);
    w.byte(TYPE_CODE[run.type]);
  }
  for (const instruction of f.body) {
    if (instruction.op !== 'mark') encodeInstruction(w, instruction, index);
    else marks.push({ offset: w.length, origin: instruction.immediate as object });
  }
  w.byte(0x0b);
  return w;
}

function encodeInstruction(w: ByteWriter, { op, immediate }: Instruction, index: ReadonlyMap<string, number>): void {
  const control = CONTROL.get(op);
  if (control !== undefined) {
    w.byte(control);
    if (op === 'block' || op === 'loop' || op === 'if') w.byte(0x40);
    else if (op === 'call') w.unsigned(index.get((immediate as FunctionReference).name) as number);
    else if (op !== 'drop' && immediate !== undefined) w.unsigned(immediate as number);
    return;
  }
  if (op === 'select') {
    selectBytes(w, immediate as StackType | undefined);
    return;
  }
  const opcode = OPCODES.get(op);
  if (opcode === undefined) throw new AssemblyError(`there is no instruction ${op}`);
  w.write(opcode.bytes);
  encodeImmediate(w, opcode.immediate, immediate);
}

/** `select` needs its type written for v128 only. */
function selectBytes(w: ByteWriter, type: StackType | undefined): void {
  if (type !== 'v128') w.byte(0x1b);
  else w.write([0x1c, 0x01, TYPE_CODE.v128]);
}

function encodeImmediate(w: ByteWriter, form: ImmediateForm, immediate: unknown): void {
  switch (form) {
    case 'none':
      return;
    case 'memory':
    case 'memory lane': {
      const memory = immediate as MemoryImmediate;
      w.unsigned(memory.align);
      w.unsigned(memory.offset);
      if (form === 'memory lane') w.byte(memory.lane as number);
      return;
    }
    case 'lane':
      w.byte(immediate as number);
      return;
    case 'i32':
      w.signed((immediate as number) | 0);
      return;
    case 'i64':
      w.signed(immediate as bigint);
      return;
    case 'f32':
      w.float32(immediate as number);
      return;
    case 'f64':
      w.float64(immediate as number);
      return;
    case 'v128':
    case 'shuffle':
      w.write(immediate as Uint8Array);
      return;
    case 'zeros 1':
      w.byte(0);
      return;
    case 'zeros 2':
      w.write([0, 0]);
      return;
  }
}
