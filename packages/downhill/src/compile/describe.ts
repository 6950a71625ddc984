import { sizeOf } from '../tensor/shape.ts';
import { showType } from './errors.ts';
import { type Buffer, bytesOf, wholeOf } from './expressions.ts';
import { type Fused, type Kernel, walk } from './kernel.ts';
import type { MemoryPlan, Placed } from './plan.ts';

/** More lines than this of a plan or a module say nothing to a reader. */
const shown = 60;

/** Buffers by name: `b0` for the first input, and so on in the order kernels name them. */
function namesOf({ inputs, kernels, results }: Omit<Fused, 'program'>): ReadonlyMap<Buffer, string> {
  const names = new Map<Buffer, string>();
  const name = (buffer: Buffer): void => {
    const whole = wholeOf(buffer);
    if (!names.has(whole)) names.set(whole, `b${names.size}`);
  };
  inputs.forEach(name);
  walk(kernels, ({ reads, writes, scratch }) => {
    for (const { buffer } of [...reads, ...writes]) name(buffer);
    scratch.forEach(name);
  });
  results.forEach(name);
  return names;
}

/**
 * The kernels of a Program, one line each in the order they run, numbered, bodies indented: what it computes, and the
 * buffers it reads and writes.
 */
export function printKernels(fused: Fused): string[] {
  const names = namesOf(fused);
  const list = (buffers: readonly Buffer[]): string =>
    [...new Set(buffers.map((b) => names.get(wholeOf(b)) as string))].join(' ');
  const lines: string[] = [];
  walk(fused.kernels, ({ name, line, reads, writes, scratch, shared }: Kernel, depth) => {
    const ways = [
      list(reads.map((v) => v.buffer)),
      writes.length > 0 ? `→ ${list(writes.map((v) => v.buffer))}` : '',
      scratch.length > 0 ? `by way of ${list(scratch)}` : '',
      shared ? 'by all threads' : '',
    ].filter(Boolean);
    const where = ways.length > 0 ? `  (${ways.join(' ')})` : '';
    lines.push(`${'  '.repeat(depth)}${lines.length}  ${line ?? name}${where}`);
  });
  return lines;
}

/** A buffer by its type, where an input, a result or its equation tells it, and what it is for. */
function describeBuffer(buffer: Buffer, { program, inputs, results }: Fused): string {
  const { dtype, elements, equation } = buffer;
  const own = equation?.outputs.find((y) => y.dtype === dtype && sizeOf(y.shape) === elements);
  const [input, result] = [inputs.indexOf(buffer), results.indexOf(buffer)];
  const first = program.inputs.length;
  const type = program.inputs[input] ?? program.constants[input - first]?.variable ?? program.outputs[result] ?? own;
  const what = type ? showType(type) : `${dtype}, ${elements} elements`;
  const whose = [
    input < 0 ? '' : input < first ? `input ${input}` : `constant ${input - first}`,
    result < 0 ? '' : `result ${result}`,
  ].filter(Boolean);
  return `${what} ${whose.join(', ') || `for ${equation?.primitive.name ?? 'the module'}`}`;
}

/**
 * Where every array lies, one line each: `16 … 39  float64[3] input 0`. Addresses that come again are used again.
 */
export const describeLayout = (fused: Fused, { placed }: MemoryPlan): string[] =>
  placed.map(({ address, buffer }) => {
    const last = address + buffer.elements * bytesOf[buffer.dtype] - 1;
    return `${address} … ${last}  ${describeBuffer(buffer, fused)}`;
  });

const lifeOf = ({ from, to }: Placed): string => {
  if (from < 0) return 'always';
  if (to === Number.POSITIVE_INFINITY) return `from ${from}`;
  return from === to ? `in ${from}` : `from ${from} to ${to}`;
};

/**
 * The memory plan: bytes in all, and a line for each buffer with its place, its name as `printKernels` has it, and the
 * numbers of the kernels between which it is needed.
 */
export function printPlan(fused: Fused, plan: MemoryPlan): string[] {
  const names = namesOf(fused);
  const { bytes, planned, placed } = plan;
  const layout = describeLayout(fused, plan);
  const lines = placed.map((p, i) => `${layout[i]}  (${names.get(p.buffer) ?? 'threads'} ${lifeOf(p)})`);
  return [`${bytes} bytes; ${planned} had no place been used twice`, ...lines];
}

const some = (lines: readonly string[]): string[] =>
  lines.length <= shown ? [...lines] : [...lines.slice(0, shown), `… ${lines.length - shown} more lines`];

/** Kernels, memory and the module, when it is short enough to be read, as one text. */
export function describeCode(kernels: readonly string[], memory: readonly string[], text: string): string {
  const module = text.trimEnd().split('\n');
  return [
    'kernels',
    ...some(kernels).map((line) => `  ${line}`),
    '',
    'memory',
    ...some(memory).map((line) => `  ${line}`),
    '',
    'module',
    ...(module.length <= shown ? module : [`(module of ${module.length} lines: .code.text())`]).map((l) => `  ${l}`),
  ].join('\n');
}
