/** A file as messages name it. */
export function fileName(path: string): string {
  return path === '-' ? 'standard input' : path;
}

/** Text that the user typed, short enough to repeat in a sentence. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 39)}…` : text);
}
