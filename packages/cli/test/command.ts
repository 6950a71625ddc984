import { execFile, spawn } from 'node:child_process';
import { mkdirSync, rmSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const repository = fileURLToPath(new URL('../../..', import.meta.url));
export const binary = fileURLToPath(new URL('../bin/downhill.js', import.meta.url));
const lock = fileURLToPath(new URL('../dist/.building', import.meta.url));
const dist = fileURLToPath(new URL('../dist', import.meta.url));

const script = fileURLToPath(new URL('../../../scripts/build.mjs', import.meta.url));

/**
 * Builds the packages, once even when several test files ask at the same time. `npm test` has built everything
 * already; this is for running a test file by itself.
 */
export async function build(): Promise<void> {
  if (process.env.npm_lifecycle_event === 'test' || process.env.DOWNHILL_BUILT) return;
  mkdirSync(dist, { recursive: true });
  while (!takeLock()) await sleep(100);
  try {
    await promisify(execFile)(process.execPath, [script], { cwd: repository });
  } catch (error) {
    const output = error instanceof Error && 'stdout' in error ? String(error.stdout) : '';
    // The compiler writes what it can: type errors elsewhere are for the type check to report.
    if (output === '' || output.includes('packages/cli/src/')) {
      throw new Error(`the command line does not build:\n${output || error}`);
    }
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

function takeLock(): boolean {
  try {
    mkdirSync(lock);
    return true;
  } catch {
    const info = statSync(lock, { throwIfNoEntry: false });
    // A lock older than two minutes was left behind by a run that was killed.
    if (info !== undefined && Date.now() - info.mtimeMs > 120_000) rmSync(lock, { recursive: true, force: true });
    return false;
  }
}

export interface CommandResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs the real binary and waits for it; killed after a minute, with a code of null: whatever it is given, no command may hang. */
export function downhill(
  args: readonly string[],
  options: { input?: string; cwd?: string; env?: Record<string, string> } = {},
): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [binary, ...args], {
      cwd: options.cwd ?? repository,
      env: { ...process.env, NO_COLOR: '1', ...options.env },
      timeout: 60_000,
      killSignal: 'SIGKILL',
      stdio: ['pipe', 'pipe', 'pipe'],
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
    child.on('close', (code) => resolve({ code, stdout, stderr }));
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
