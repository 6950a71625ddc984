import type { MemoryDescription, ModuleDescription } from './encode.ts';
import type { FunctionReference } from './function.ts';
import type { Instruction, LoweredFunction } from './lower.ts';
import { OPCODES } from './opcodes.ts';
import type { MemoryImmediate } from './value.ts';

/** The module in WebAssembly's text format, one instruction a line. */
export function printModule(module: ModuleDescription): string {
  const lines = ['(module'];
  if (module.memory !== undefined) lines.push(`  ${printMemory(module.memory)}`);
  for (const f of module.imports) {
    const type = printType(f.params, f.results);
    lines.push(`  (import "${f.module}" "${f.name}" (func $${f.reference.name}${type}))`);
  }
  for (const f of module.functions) lines.push(...printFunction(f));
  for (const e of module.exports) {
    const what = e.function === undefined ? 'memory 0' : `func $${e.function}`;
    lines.push(`  (export "${e.name}" (${what}))`);
  }
  for (const { address, bytes } of module.data) {
    lines.push(`  (data (i32.const ${address}) "${[...bytes].map(hex).join('')}")`);
  }
  return `${lines.join('\n')})\n`;
}

function hex(byte: number): string {
  return `\\${byte.toString(16).padStart(2, '0')}`;
}

function printMemory(memory: MemoryDescription): string {
  const from = memory.import;
  const source = from === undefined ? '' : ` (import "${from.module}" "${from.name}")`;
  const maximum = memory.maximum === undefined ? '' : ` ${memory.maximum}`;
  return `(memory${source} ${memory.initial}${maximum}${memory.shared ? ' shared' : ''})`;
}

function printType(params: readonly string[], results: readonly string[]): string {
  const group = (word: string, list: readonly string[]) => (list.length === 0 ? '' : ` (${word} ${list.join(' ')})`);
  return group('param', params) + group('result', results);
}

function printFunction(f: LoweredFunction): string[] {
  const lines = [`  (func $${f.name}${printType(f.params, f.results)}`];
  if (f.locals.length > 0) lines.push(`    (local ${f.locals.join(' ')})`);
  let depth = 2;
  for (const instruction of f.body) {
    if (instruction.op === 'mark') continue;
    if (instruction.op === 'end' || instruction.op === 'else') depth--;
    lines.push('  '.repeat(depth) + printInstruction(instruction));
    if (['block', 'loop', 'if', 'else'].includes(instruction.op)) depth++;
  }
  lines[lines.length - 1] += ')';
  return lines;
}

function printInstruction({ op, immediate }: Instruction): string {
  if (op === 'call') return `call $${(immediate as FunctionReference).name}`;
  if (op === 'select') return immediate === 'v128' ? 'select (result v128)' : 'select';
  if (immediate === undefined || op === 'drop') return op;
  const form = OPCODES.get(op)?.immediate;
  if (form === 'memory' || form === 'memory lane') {
    const memory = immediate as MemoryImmediate;
    const offset = memory.offset === 0 ? '' : ` offset=${memory.offset}`;
    return `${op}${offset}${form === 'memory lane' ? ` ${memory.lane}` : ''}`;
  }
  if (form === 'none' || form === 'zeros 1' || form === 'zeros 2') return op;
  if (form === 'v128') {
    const words = new Uint32Array((immediate as Uint8Array).slice().buffer);
    return `${op} i32x4 ${[...words].map((w) => `0x${w.toString(16)}`).join(' ')}`;
  }
  if (form === 'shuffle') return `${op} ${[...(immediate as Uint8Array)].join(' ')}`;
  if (form === 'f32' || form === 'f64') return `${op} ${printFloat(immediate as number)}`;
  return `${op} ${String(immediate)}`;
}

function printFloat(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (Object.is(value, -0)) return '-0';
  return Number.isFinite(value) ? String(value) : value < 0 ? '-inf' : 'inf';
}
