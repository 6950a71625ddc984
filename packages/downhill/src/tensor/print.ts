import { type DType, isInteger, type TypedArray } from './dtype.ts';
import type { Shape } from './shape.ts';

interface Printable {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly data: TypedArray;
}

const threshold = 1000;
const edge = 3;

/** A number as NumPy would print it at 8 significant digits: short, and the same width rules for all elements. */
function formatNumber(value: number, dtype: DType): string {
  if (dtype === 'bool') return value ? 'true' : 'false';
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  if (isInteger(dtype)) return String(value);
  if (Object.is(value, -0)) return '-0';
  const digits = dtype === 'float32' ? 7 : 8;
  return String(Number(value.toPrecision(digits)));
}

/**
 * Text of a tensor in NumPy's manner: nested brackets, aligned columns, at most 8 significant digits, the middle of
 * long axes elided beyond 1000 elements, with the dtype and shape.
 */
export function formatTensor(x: Printable): string {
  const { shape, dtype } = x;
  const data = x.data;
  if (shape.length === 0) return `tensor(${formatNumber(data[0] as number, dtype)}, ${dtype})`;
  if (data.length === 0) return `tensor([], shape=[${shape.join(', ')}], ${dtype})`;
  const elide = data.length > threshold;
  const visible = (n: number): number[] =>
    elide && n > 2 * edge
      ? [...Array.from({ length: edge }, (_, i) => i), -1, ...Array.from({ length: edge }, (_, i) => n - edge + i)]
      : Array.from({ length: n }, (_, i) => i);
  const cells: string[] = [];
  const collect = (axis: number, offset: number): void => {
    if (axis === shape.length) {
      cells.push(formatNumber(data[offset] as number, dtype));
      return;
    }
    let step = 1;
    for (let i = axis + 1; i < shape.length; i++) step *= shape[i] as number;
    for (const i of visible(shape[axis] as number)) if (i >= 0) collect(axis + 1, offset + i * step);
  };
  collect(0, 0);
  const width = Math.max(...cells.map((c) => c.length));
  let next = 0;
  const render = (axis: number, indent: string): string => {
    if (axis === shape.length) return (cells[next++] as string).padStart(width);
    const parts = visible(shape[axis] as number).map((i) => (i < 0 ? '…' : render(axis + 1, `${indent} `)));
    const last = axis === shape.length - 1;
    return `[${parts.join(last ? ', ' : `,${'\n'.repeat(shape.length - 1 - axis)}${indent} `)}]`;
  };
  return `tensor(${render(0, '       ')}, ${dtype})`;
}
