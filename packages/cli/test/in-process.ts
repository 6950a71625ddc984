import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { build, type CommandResult, repository } from './command.ts';

const script = fileURLToPath(new URL('./in-process-child.mjs', import.meta.url));

/** How long a command may take before it counts as hanging; far more than any needs on a slow host. */
const patience = 60_000;

let child: Promise<ChildProcess> | undefined;
let last: Promise<unknown> = Promise.resolve();

async function start(): Promise<ChildProcess> {
  await build();
  const started = fork(script, { cwd: repository, env: { ...process.env, NO_COLOR: '1' } });
  // What waits for the child keeps the tests alive, not the child.
  started.unref();
  started.channel?.unref();
  return started;
}

/**
 * Runs a command line as the binary does, in a process that has run others before it: starting one takes longer than most
 * commands. Commands run one after another; one that hangs is killed after a minute, with a code of null.
 */
export function command(args: readonly string[], options: { input?: string } = {}): Promise<CommandResult> {
  const result = last.then(() => ask(args, options.input ?? ''));
  last = result.catch(() => {});
  return result;
}

async function ask(args: readonly string[], input: string): Promise<CommandResult> {
  child ??= start();
  const process = await child;
  return new Promise((resolve, reject) => {
    const settle = (result: CommandResult): void => {
      clearTimeout(timer);
      process.off('exit', ended).off('message', settle);
      resolve(result);
    };
    const ended = (code: number | null): void => {
      child = undefined;
      settle({ code, stdout: '', stderr: 'the process ended before its command had' });
    };
    const timer = setTimeout(() => process.kill('SIGKILL'), patience);
    process.once('exit', ended).once('message', settle);
    process.send({ args, input }, (error) => {
      if (error) reject(error);
    });
  });
}

/** The JSON document of a command that succeeds. */
export async function commandJson<T>(args: readonly string[]): Promise<T> {
  const { code, stdout, stderr } = await command([...args, '--json']);
  if (code !== 0) throw new Error(`exit code ${code}: ${stderr}`);
  return JSON.parse(stdout) as T;
}

/** The error document of a command line that cannot be used, after a look at its form and at standard error. */
export async function refusal(args: readonly string[]): Promise<{ code: string; message: string; position?: unknown }> {
  const { code, stdout, stderr } = await command([...args, '--json']);
  if (code !== 2) throw new Error(`exit code ${code}: ${stderr}${stdout}`);
  const { error } = JSON.parse(stdout) as { error: { code: string; message: string; position?: unknown } };
  if (!stderr.includes(error.message)) throw new Error(`standard error says something else: ${stderr}`);
  return error;
}
