import { DownhillError } from '../../tensor/errors.ts';

/** Where checkpoints are kept: a folder, a browser's database, memory. `downhill/nn/node` has one for folders. */
export interface CheckpointStorage {
  /** Names of what is there, in any order. */
  list(): Promise<readonly string[]>;
  read(name: string): Promise<Uint8Array>;
  /** Must be atomic: afterwards, whatever happens, the name holds either all the bytes or what it held before. */
  write(name: string, bytes: Uint8Array): Promise<void>;
  remove(name: string): Promise<void>;
}

/** No checkpoint could be written or none could be read. */
export class CheckpointError extends DownhillError {
  constructor(message: string, options?: ErrorOptions) {
    super('checkpoint', message, options);
  }
}

/** Checkpoints in memory, for tests and pages. */
export function memoryStorage(): CheckpointStorage & { readonly files: Map<string, Uint8Array> } {
  const files = new Map<string, Uint8Array>();
  return {
    files,
    list: async () => [...files.keys()],
    read: async (name) => {
      const bytes = files.get(name);
      if (!bytes) throw new CheckpointError(`there is no checkpoint "${name}"`);
      return bytes.slice();
    },
    write: async (name, bytes) => {
      files.set(name, bytes.slice());
    },
    remove: async (name) => {
      files.delete(name);
    },
  };
}

const pattern = /^step-(\d{9,})\.safetensors$/;

export const nameOfStep = (step: number): string => `step-${String(step).padStart(9, '0')}.safetensors`;

/** Steps that have a checkpoint, the newest first. */
export async function storedSteps(storage: CheckpointStorage): Promise<number[]> {
  const names = await storage.list();
  return names
    .flatMap((name) => {
      const match = pattern.exec(name);
      return match ? [Number(match[1])] : [];
    })
    .sort((a, b) => b - a);
}
