import { execFile, spawn } from 'node:child_process';
import { mkdirSync, rmSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const repository = fileURLToPath(new URL('../../..', import.meta.url));
const binary = fileURLToPath(new URL('../bin/downhill.js', import.meta.url));
const lock = fileURLToPath(new URL('../dist/.building', import.meta.url));
const dist = fileURLToPath(new URL('../dist', import.meta.url));

/** Builds the command line once, even when several test files ask for it at the same time. */
export async function build(): Promise<void> {
  mkdirSync(dist, { recursive: true });
  for (;;) {
    try {
      mkdirSync(lock);
      break;
    } catch {
      // Someone else is building; a lock older than two minutes was left behind by a killed run.
      try {
        if (Date.now() - statSync(lock).mtimeMs > 120_000) rmSync(lock, { recursive: true });
      } catch {}
      await sleep(100);
    }
  }
  try {
    const compiler = fileURLToPath(import.meta.resolve('typescript/package.json'));
    const { bin } = (await import(compiler, { with: { type: 'json' } })).default as {
      bin: { tsc: string };
    };
    const tsc = fileURLToPath(new URL(bin.tsc, `file://${compiler}`));
    await promisify(execFile)(process.execPath, [tsc, '--build', 'packages/cli'], {
      cwd: repository,
    });
  } catch (error) {
    const output = error instanceof Error && 'stdout' in error ? String(error.stdout) : '';
    throw new Error(`the command line does not build:\n${output || error}`);
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

export interface CommandResult {
  code: number | null;
  stdout: string;
  stderr: string;
  milliseconds: number;
}

/** Runs the real binary and waits for it; killed after twenty seconds. */
export function downhill(
  args: readonly string[],
  options: { input?: string; cwd?: string; env?: Record<string, string> } = {},
): Promise<CommandResult> {
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [binary, ...args], {
      cwd: options.cwd ?? repository,
      env: { ...process.env, NO_COLOR: '1', ...options.env },
      timeout: 20_000,
      killSignal: 'SIGKILL',
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({ code, stdout, stderr, milliseconds: performance.now() - started });
    });
    child.stdin.on('error', () => {});
    child.stdin.end(options.input ?? '');
  });
}

/** The JSON document of a command that succeeds. */
export async function downhillJson<T>(args: readonly string[]): Promise<T> {
  const { code, stdout, stderr } = await downhill([...args, '--json']);
  if (code !== 0) throw new Error(`exit code ${code}: ${stderr}`);
  return JSON.parse(stdout) as T;
}
