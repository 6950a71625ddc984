import { fork } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InputError } from '../errors.ts';
import type { Message } from './runner.ts';

/** What one program did. */
export interface Ran {
  readonly prints: readonly { readonly line: number; readonly text: string }[];
  /** Why it did not end well, with its line (0 when unknown). */
  readonly error?: { readonly text: string; readonly line: number };
}

/**
 * Runs programs of TypeScript one after another in one process, each a module of its own, as `downhill-transform` loads
 * them. They lie in a folder of their own beside the lesson while they run, so that they import what it could.
 *
 * @param seconds the time all of them may take together; what runs longer is ended and said to be
 * @throws InputError `cannot-write` when the folder of the lesson refuses
 */
export async function runPrograms(file: string, sources: readonly string[], seconds: number): Promise<Ran[]> {
  if (sources.length === 0) return [];
  const folder = await mkdtemp(join(dirname(file), '.downhill-check-')).catch((cause: NodeJS.ErrnoException) => {
    throw new InputError('cannot-write', `${file}: programs run in a folder beside the lesson (${cause.code})`);
  });
  try {
    const files = await Promise.all(
      sources.map(async (source, id) => {
        const path = join(folder, `program-${id + 1}.ts`);
        await writeFile(path, source);
        return path;
      }),
    );
    return await runFiles(files, seconds);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function runFiles(files: readonly string[], seconds: number): Promise<Ran[]> {
  type Record = { prints: { line: number; text: string }[]; error?: { text: string; line: number }; done: boolean };
  const records: Record[] = files.map(() => ({ prints: [], done: false }));
  const child = fork(fileURLToPath(new URL('./runner.js', import.meta.url)), [...files], {
    execArgv: ['--import', import.meta.resolve('downhill-transform/register')],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let complaint = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    complaint = (complaint + chunk).slice(-2000);
  });
  let ended = false;
  const timer = setTimeout(() => {
    ended = true;
    child.kill('SIGKILL');
  }, seconds * 1000);
  child.on('message', (message: Message) => {
    const record = records[message.id] as Record;
    if (message.type === 'print') record.prints.push({ line: message.line, text: message.text });
    if (message.type === 'end') {
      record.done = true;
      if (message.error !== undefined) record.error = message.error;
    }
  });
  return new Promise((resolve) => {
    child.on('close', () => {
      clearTimeout(timer);
      const why = ended ? `did not end within ${seconds} seconds` : `ended the process ${complaint.trim()}`.trim();
      const unfinished = records.findIndex((record) => !record.done);
      resolve(
        records.map(({ prints, error, done }, id) => {
          if (done) return error === undefined ? { prints } : { prints, error };
          const text = id === unfinished ? why : 'was not reached, because a program before it did not end';
          return { prints, error: { text, line: 0 } };
        }),
      );
    });
  });
}
