import { createHash } from 'node:crypto';
import { open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { TextTable } from 'downhill/data';
import { InputError } from '../errors.ts';
import { makeDirectory, writeReason } from '../plot/file.ts';

/** What a run keeps in its directory. */
export const filesOf = (directory: string) => ({
  run: join(directory, 'run.json'),
  checkpoints: join(directory, 'checkpoints'),
  model: join(directory, 'model.json'),
  parameters: join(directory, 'model.safetensors'),
  report: join(directory, 'report.html'),
});

/**
 * Writes files so that each holds either everything or what it held before, and all of them or none unless the process is
 * killed between two renames: under other names, brought to the disk, then renamed.
 */
export async function writeWhole(...files: readonly (readonly [path: string, contents: string | Uint8Array])[]) {
  const drafts = files.map(([path]) => join(dirname(path), `.${basename(path)}.${process.pid}.part`));
  let current = '';
  try {
    for (const [i, [path, contents]] of files.entries()) {
      current = path;
      await makeDirectory(dirname(path));
      const file = await open(drafts[i] as string, 'w');
      try {
        await file.writeFile(contents);
        await file.sync();
      } finally {
        await file.close();
      }
    }
    for (const [i, [path]] of files.entries()) {
      current = path;
      await rename(drafts[i] as string, path);
    }
  } catch (error) {
    for (const draft of drafts) await rm(draft, { force: true }).catch(() => undefined);
    throw new InputError('unwritable-file', `cannot write ${JSON.stringify(current)}: ${writeReason(error)}`);
  }
}

/** The text of a file of a directory, or undefined where there is none. */
export async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return new Uint8Array(await readFile(path));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new InputError('unreadable-file', `cannot read ${JSON.stringify(path)}: ${String(code ?? error)}`);
  }
}

/** A JSON object from a file that this program wrote; `what` names it in the message for one that is damaged. */
export function parseObject(bytes: Uint8Array, path: string, what: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new InputError('damaged-file', `${JSON.stringify(path)} is not ${what}: ${reason}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InputError('damaged-file', `${JSON.stringify(path)} is not ${what}: it holds no object`);
  }
  return value as Record<string, unknown>;
}

/** Steps of the checkpoints in a directory, ascending. */
export async function checkpointSteps(directory: string): Promise<number[]> {
  const names = await readdir(filesOf(directory).checkpoints).catch(() => []);
  return names
    .flatMap((name) => {
      const match = /^step-(\d+)\.safetensors$/.exec(name);
      return match === null ? [] : [Number(match[1])];
    })
    .sort((a, b) => a - b);
}

/** SHA-256 of what a table says: of its cells, whatever file format and line ends they came with. */
export function fingerprint(table: TextTable): string {
  const hash = createHash('sha256');
  for (const row of [table.header, ...table.rows]) hash.update(`${JSON.stringify(row)}\n`);
  return hash.digest('hex');
}

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
