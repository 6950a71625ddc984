/**
 * One JSON document. JSON has no infinities and no NaN; they are written as the strings "Infinity", "-Infinity" and
 * "NaN", which `Number` reads back.
 */
export function toJson(value: unknown): string {
  const text = JSON.stringify(
    value,
    (_key, entry: unknown) => {
      if (typeof entry === 'number' && !Number.isFinite(entry)) return String(entry);
      if (ArrayBuffer.isView(entry)) return Array.from(entry as unknown as ArrayLike<number>);
      return entry;
    },
    2,
  );
  return `${text}\n`;
}
