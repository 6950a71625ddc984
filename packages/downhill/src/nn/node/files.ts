import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CheckpointError, type CheckpointStorage } from '../checkpoints/storage.ts';

let writes = 0;

/**
 * Checkpoints as files of a folder, which is made when the first is written. A file is written under another name, brought
 * to the disk, and renamed, so that a process killed at any moment leaves whole checkpoints only.
 * @throws CheckpointError when the folder or a file cannot be written (a full disk, no permission), with the reason.
 */
export function fileStorage(folder: string): CheckpointStorage {
  const explain = (what: string, error: unknown): CheckpointError =>
    new CheckpointError(`${what} in ${folder}: ${(error as Error).message}`, { cause: error });
  return {
    list: async () => {
      try {
        return (await readdir(folder)).filter((name) => name.endsWith('.safetensors'));
      } catch (error) {
        if ((error as { code?: string }).code === 'ENOENT') return [];
        throw explain('checkpoints cannot be listed', error);
      }
    },
    read: async (name) => {
      try {
        return new Uint8Array(await readFile(join(folder, name)));
      } catch (error) {
        throw explain(`"${name}" cannot be read`, error);
      }
    },
    write: async (name, bytes) => {
      const draft = join(folder, `.${name}.${process.pid}.${writes++}.part`);
      try {
        await makeFolder(folder);
        await removeDrafts(folder);
        const file = await open(draft, 'w');
        try {
          await file.writeFile(bytes);
          await file.sync();
        } finally {
          await file.close();
        }
        await rename(draft, join(folder, name));
      } catch (error) {
        await rm(draft, { force: true }).catch(() => undefined);
        throw explain(`"${name}" cannot be written`, error);
      }
    },
    remove: async (name) => {
      await rm(join(folder, name), { force: true });
    },
  };
}

/**
 * Makes a folder and those above it that are missing. Node's own recursive mkdir never returns where the system says that an
 * existing parent does not exist, as in /proc; here every attempt goes one level up.
 */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === 'EEXIST' || code === 'EISDIR') return;
    const parent = dirname(path);
    if (code !== 'ENOENT' || parent === path) throw error;
    await makeFolder(parent);
    await mkdir(path);
  }
}

/** Drafts that a killed process left behind. One run writes to a folder at a time. */
async function removeDrafts(folder: string): Promise<void> {
  const drafts = (await readdir(folder)).filter((name) => name.startsWith('.step-') && name.endsWith('.part'));
  await Promise.all(drafts.map((name) => rm(join(folder, name), { force: true })));
}
