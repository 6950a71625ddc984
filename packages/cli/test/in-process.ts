import { run } from '../src/main.ts';
import { plainStyle } from '../src/terminal.ts';

export interface Output {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a command line in this process, which spares the start of another one. */
export async function command(args: readonly string[]): Promise<Output> {
  let stdout = '';
  let stderr = '';
  const code = await run(args, {
    out: (text) => {
      stdout += text;
    },
    err: (text) => {
      stderr += text;
    },
    outIsTty: false,
    errIsTty: false,
    width: 80,
    style: plainStyle,
  });
  return { code, stdout, stderr };
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
