import type { Equation } from '../program/program.ts';
import type { MachineCode } from '../trace/apply.ts';
import type { Planned } from './arena.ts';
import { showType } from './errors.ts';
import { bytesOf } from './expressions.ts';
import type { Place } from './places.ts';

/** More lines than this of a plan or a module say nothing to a reader. */
const shown = 60;

/**
 * Where every array lies, one line each: `16 … 39  float64[3] input 0`. Addresses that come again are used again.
 * @param given the places of inputs, and of constants after them.
 */
export function describeLayout(
  placed: readonly Planned[],
  given: readonly Place[],
  inputs: number,
  outputs: readonly Place[],
): string[] {
  // the last array at the address of a result stays there
  const last = outputs.map((y) => placed.findLastIndex((p) => p.address === y.address));
  return placed.map(({ address, dtype, elements, owner }, i) => {
    const equation = owner as Equation | undefined;
    const own = equation?.outputs.find((y) => y.dtype === dtype && y.shape.reduce((a, b) => a * b, 1) === elements);
    const result = last.indexOf(i);
    const type = given[i] ?? outputs[result] ?? own;
    const what = type ? showType(type) : `${dtype}, ${elements} elements`;
    const whose = [
      i < inputs ? `input ${i}` : i < given.length ? `constant ${i - inputs}` : '',
      result < 0 ? '' : `result ${result}`,
    ].filter(Boolean);
    const use = whose.join(', ') || `for ${equation?.primitive.name ?? 'the module'}`;
    return `${address} … ${address + elements * bytesOf[dtype] - 1}  ${what} ${use}`;
  });
}

const some = (lines: readonly string[], rest: string): string[] =>
  lines.length <= shown ? [...lines] : [...lines.slice(0, shown), `… ${lines.length - shown} more lines${rest}`];

/** Kernels, memory and the module, when it is short enough to be read, as one text. */
export function describeCode({ plan, memory, text }: Pick<MachineCode, 'plan' | 'memory' | 'text'>): string {
  const { bytes, planned, layout } = memory;
  const module = text().trimEnd().split('\n');
  return [
    'kernels',
    ...some(plan, ' in .code.plan').map((line) => `  ${line}`),
    '',
    'memory',
    `  ${bytes} bytes; ${planned} had no place been used twice`,
    ...some(layout, ' in .code.memory.layout').map((line) => `  ${line}`),
    '',
    'module',
    ...(module.length <= shown ? module : [`(module of ${module.length} lines: .code.text())`]).map((l) => `  ${l}`),
  ].join('\n');
}
