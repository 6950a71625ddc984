/** A cell of a table; `undefined` is an empty one. */
export type Cell = string | number | boolean | undefined;

/** What a spreadsheet would take for a formula and compute; a minus before a number is none. */
const isFormula = (cell: Cell): boolean =>
  typeof cell === 'string' && /^[=+\-@\t\r]/.test(cell) && !Number.isFinite(Number(cell));

function field(cell: Cell): string {
  if (cell === undefined) return '';
  const text = isFormula(cell) ? `'${cell}` : String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * A table as CSV (RFC 4180): a header, a line a row, all digits of every number. Text that a spreadsheet would compute gets
 * an apostrophe before it.
 */
export const csvText = (header: readonly string[], rows: readonly (readonly Cell[])[]): string =>
  `${[header, ...rows].map((row) => row.map(field).join(',')).join('\r\n')}\r\n`;
