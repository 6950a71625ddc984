// What the library asks of its host beyond the language itself.
interface ImportMeta {
  readonly url: string;
}
interface ErrorConstructor {
  stackTraceLimit: number;
}
declare class TextEncoder {
  encode(text: string): Uint8Array;
}
declare class TextDecoder {
  constructor(encoding?: string, options?: { readonly fatal?: boolean });
  decode(bytes: Uint8Array): string;
}
declare function setTimeout(callback: () => void, milliseconds: number): unknown;

// For downhill/nn/node alone.
declare const process: {
  readonly pid: number;
  exitCode: number | undefined;
  readonly stderr: { readonly isTTY: boolean; readonly columns: number; write(text: string): boolean };
  on(event: string, listener: () => void): void;
  once(event: string, listener: () => void): void;
  removeListener(event: string, listener: () => void): void;
};
declare module 'node:path' {
  export function dirname(path: string): string;
  export function join(...parts: readonly string[]): string;
}
declare module 'node:fs/promises' {
  export interface FileHandle {
    writeFile(bytes: Uint8Array): Promise<void>;
    sync(): Promise<void>;
    close(): Promise<void>;
  }
  export function mkdir(path: string): Promise<unknown>;
  export function open(path: string, flags: string): Promise<FileHandle>;
  export function readdir(path: string): Promise<string[]>;
  export function readFile(path: string): Promise<Uint8Array>;
  export function rename(from: string, to: string): Promise<void>;
  export function rm(path: string, options: { readonly force: boolean }): Promise<void>;
}
