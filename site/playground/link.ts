/** A program in an address, behind the `#`: it never reaches a server. */

/** Longest program that is read from a link or run, in characters. */
export const MAX_CODE = 60_000;

/** The part of an address that holds a program. */
export function writeCode(code: string): string {
  const bytes = new TextEncoder().encode(code);
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return `#code=${btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')}`;
}

export type LinkedCode =
  | { readonly kind: 'none' }
  | { readonly kind: 'code'; readonly code: string }
  | { readonly kind: 'broken'; readonly message: string };

/** The program of an address; a text that is none is said to be, and nothing of it is used. */
export function readCode(hash: string): LinkedCode {
  const text = /^#code=(.*)$/s.exec(hash)?.[1];
  if (text === undefined) return { kind: 'none' };
  if (text.length > MAX_CODE * 2)
    return { kind: 'broken', message: 'The program in this link is too long to be opened.' };
  try {
    const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
    const code = new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(binary, (c) => c.charCodeAt(0)));
    if (code.length > MAX_CODE)
      return { kind: 'broken', message: 'The program in this link is too long to be opened.' };
    return { kind: 'code', code };
  } catch {
    return { kind: 'broken', message: 'This link holds no program that can be read; it may have been cut off.' };
  }
}
