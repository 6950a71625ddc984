/** Hands a text to the reader as a file. */
export const download = (name: string, text: string, type: string): void => handOver(name, new Blob([text], { type }));

/** Hands data to the reader as a file. */
export function handOver(name: string, data: Blob): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(data);
  link.download = name;
  link.click();
  // The browser reads the address after the click has been handled.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
