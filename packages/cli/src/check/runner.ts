/**
 * Runs the programs of one lesson in a process of their own and tells the parent what each printed, by line. Started by
 * `run.ts` with the files as arguments.
 */
import { basename } from 'node:path';
import { pathToFileURL } from 'node:url';
import { formatWithOptions } from 'node:util';

/** What the child says: a program begins, has printed, has ended. */
export type Message =
  | { readonly type: 'begin'; readonly id: number }
  | { readonly type: 'print'; readonly id: number; readonly line: number; readonly text: string }
  | { readonly type: 'end'; readonly id: number; readonly error?: { readonly text: string; readonly line: number } };

const send = (message: Message): Promise<void> =>
  new Promise((done) => {
    if (process.send === undefined) done();
    else process.send(message, () => done());
  });

/** The line of the program that is running now, from the first frame in its file; 0 when there is none. */
function lineIn(name: string, stack: string | undefined): number {
  for (const frame of stack?.split('\n') ?? []) {
    const at = frame.lastIndexOf(name);
    if (at < 0) continue;
    const line = /^:(\d+)/.exec(frame.slice(at + name.length))?.[1];
    if (line !== undefined) return Number(line);
  }
  return 0;
}

Error.stackTraceLimit = 50;
for (const [id, file] of process.argv.slice(2).entries()) {
  const name = basename(file);
  const pending: Promise<void>[] = [];
  for (const method of ['log', 'info', 'debug', 'table'] as const) {
    console[method] = (...values: unknown[]) => {
      const text = formatWithOptions({ colors: false, breakLength: 100 }, ...values);
      pending.push(send({ type: 'print', id, line: lineIn(name, new Error().stack), text }));
    };
  }
  await send({ type: 'begin', id });
  try {
    await import(pathToFileURL(file).href);
    await Promise.all(pending);
    await send({ type: 'end', id });
  } catch (error) {
    await Promise.all(pending);
    const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    await send({ type: 'end', id, error: { text, line: lineIn(name, error instanceof Error ? error.stack : '') } });
  }
}
process.disconnect?.();
// A program that left a timer or a worker behind has ended all the same.
process.exit(0);
