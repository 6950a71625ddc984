/** Values as text, as a reader of a program wants to see them. */
import { Tensor } from 'downhill';

const MOST_ENTRIES = 100;

/** At most `depth` levels of objects; what was left out shows as an ellipsis. */
export function showValue(value: unknown, depth = 4, seen: readonly object[] = []): string {
  if (typeof value === 'string') return seen.length > 0 ? JSON.stringify(value) : value;
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function') return `[function ${value.name || 'without a name'}]`;
  if (Object.is(value, -0)) return '-0';
  if (typeof value !== 'object' || value === null) return String(value);
  if (value instanceof Tensor) return `${value}`;
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  if (seen.includes(value)) return '[circular]';
  if (seen.length >= depth) return Array.isArray(value) ? '[…]' : '{…}';
  const inner = (entry: unknown): string => showValue(entry, depth, [...seen, value]);
  const wrap = (open: string, parts: readonly string[], close: string): string => {
    const flat = `${open}${parts.join(', ')}${close}`;
    if (flat.length <= 76 && !flat.includes('\n')) return flat;
    return `${open.trimEnd()}\n${parts.map((part) => part.replace(/^/gm, '  ')).join(',\n')}\n${close.trimStart()}`;
  };
  const list = (values: readonly unknown[], total: number): string[] => [
    ...values.slice(0, MOST_ENTRIES).map(inner),
    ...(total > MOST_ENTRIES ? [`… ${total - MOST_ENTRIES} more`] : []),
  ];
  if (Array.isArray(value)) return wrap('[', list(value, value.length), ']');
  if (ArrayBuffer.isView(value) && 'length' in value) {
    const values = Array.from(value as unknown as ArrayLike<number>).slice(0, MOST_ENTRIES + 1);
    return wrap(`${value.constructor.name}[`, list(values, (value as unknown as ArrayLike<number>).length), ']');
  }
  if (value instanceof Map)
    return wrap(
      'Map { ',
      list(
        [...value].map(([k, v]) => [k, v]),
        value.size,
      ),
      ' }',
    );
  if (value instanceof Set) return wrap('Set { ', list([...value], value.size), ' }');
  const keys = Object.keys(value);
  const name = Object.getPrototypeOf(value)?.constructor?.name;
  const open = name === undefined || name === 'Object' ? '{ ' : `${name} { `;
  if (keys.length === 0) return `${open.trim()}}`.replace('{}', '{}');
  const parts = keys.slice(0, MOST_ENTRIES).map((key) => {
    const label = /^[\w$]+$/.test(key) ? key : JSON.stringify(key);
    return `${label}: ${inner((value as Record<string, unknown>)[key])}`;
  });
  return wrap(open, keys.length > MOST_ENTRIES ? [...parts, `… ${keys.length - MOST_ENTRIES} more`] : parts, ' }');
}
