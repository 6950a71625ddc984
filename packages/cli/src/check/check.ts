import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { agrees } from './compare.ts';
import { type Block, readLesson } from './lesson.ts';
import { programOf } from './names.ts';
import { type Ran, runPrograms } from './run.ts';

/** One thing that a lesson claims, and whether it holds. */
export interface CheckedBlock {
  readonly file: string;
  readonly line: number;
  readonly ok: boolean;
  readonly expected?: string;
  readonly actual?: string;
}

/** A comment behind a print that says its value: it begins as a value does. */
const VALUE = /^(?:[-−+]?[\d.]|[[{"'(]|≈|tensor\(|true\b|false\b|NaN\b|-?Infinity\b|undefined\b|null\b)/;

/** The values that comments behind `console.log(…)` claim. */
function claimsOf(source: string, firstLine: number): { line: number; expected: string }[] {
  return source.split('\n').flatMap((text, index) => {
    const comment = /console\.(?:log|info|debug)\(.*\);?\s*\/\/\s*(.*?)\s*$/.exec(text)?.[1];
    if (comment === undefined) return [];
    // An arrow says that a value follows, whatever it looks like.
    const expected = /^(?:→|=>) (.*)$/.exec(comment)?.[1] ?? (VALUE.test(comment) ? comment : undefined);
    return expected === undefined ? [] : [{ line: firstLine + index, expected }];
  });
}

/**
 * Executes a lesson: its programs, commands and claims, and compares what they print with what it says.
 *
 * @param seconds time that the programs of the lesson may take together
 * @throws InputError when the lesson itself cannot be read as one
 */
export async function checkLesson(file: string, text: string, seconds: number): Promise<CheckedBlock[]> {
  const blocks = readLesson(text, file);
  const programs = blocks.filter((block) => block.kind !== 'command');
  const sources = await Promise.all(
    programs.map((block) => (block.kind === 'program' ? block.source : programOf(block.expression))),
  );
  const ran = await runPrograms(file, sources, seconds);
  const checked: CheckedBlock[] = [];
  for (const block of blocks) {
    if (block.kind === 'command') checked.push(...judgeCommand(file, block, await runCommand(block.command, seconds)));
    else {
      const result = ran[programs.indexOf(block)] as Ran;
      checked.push(
        ...(block.kind === 'program' ? judgeProgram(file, block, result) : [judgeClaim(file, block, result)]),
      );
    }
  }
  return checked;
}

function judgeClaim(file: string, { line, expected }: Block & { kind: 'claim' }, { prints, error }: Ran): CheckedBlock {
  const actual = error?.text ?? prints.map(({ text }) => text).join('\n');
  return { file, line, ok: error === undefined && agrees(expected, actual), expected, actual };
}

function judgeProgram(file: string, block: Block & { kind: 'program' }, { prints, error }: Ran): CheckedBlock[] {
  const lineOf = (line: number): number => (line > 0 ? block.line + line - 1 : block.line);
  const checked: CheckedBlock[] = claimsOf(block.source, block.line).map(({ line, expected }) => {
    const printed = prints.filter((print) => lineOf(print.line) === line).map(({ text }) => text);
    const actual = printed.length === 0 ? 'nothing was printed here' : printed.join(', ');
    return { file, line, ok: printed.length > 0 && agrees(expected, actual), expected, actual };
  });
  if (block.output !== undefined) {
    const actual = prints.map(({ text }) => text).join('\n');
    const { line, text } = block.output;
    checked.push({ file, line, ok: agreesByLine(text, actual), expected: text.trimEnd(), actual });
  }
  if (error !== undefined) checked.push({ file, line: lineOf(error.line), ok: false, actual: error.text });
  // A program without a claim still claims to run.
  return checked.length > 0 ? checked : [{ file, line: block.line, ok: true }];
}

function judgeCommand(
  file: string,
  { line, output, command }: Block & { kind: 'command' },
  printed: Ran,
): CheckedBlock[] {
  const actual = printed.prints.map(({ text }) => text).join('\n');
  if (printed.error !== undefined) return [{ file, line, ok: false, expected: command, actual: printed.error.text }];
  if (output === undefined) return [{ file, line, ok: true }];
  const ok = agreesByLine(output.text, actual);
  return [{ file, line: output.line, ok, expected: output.text.trimEnd(), actual: actual.trimEnd() }];
}

/** Line by line; a line that is only `…` leaves out any number of lines. */
function agreesByLine(claimed: string, printed: string): boolean {
  const expected = claimed.trimEnd().split('\n');
  const actual = printed.trimEnd().split('\n');
  const matches = (i: number, j: number): boolean => {
    if (i === expected.length) return j === actual.length;
    if ((expected[i] as string).trim() === '…') return matches(i + 1, j) || (j < actual.length && matches(i, j + 1));
    return j < actual.length && agrees(expected[i] as string, actual[j] as string) && matches(i + 1, j + 1);
  };
  return matches(0, 0);
}

/** A command of this program, split as a shell splits words and quotes. */
function runCommand(command: string, seconds: number): Promise<Ran> {
  const words = [...command.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map((m) => m[1] ?? m[2] ?? (m[3] as string));
  const cli = fileURLToPath(new URL('../../bin/downhill.js', import.meta.url));
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [cli, ...words], {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: seconds * 1000,
      env: { ...process.env, NO_COLOR: '1' },
    });
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk;
    });
    child.stderr.on('data', (chunk: Buffer) => {
      err += chunk;
    });
    child.on('close', (code) => {
      const prints = [{ line: 0, text: out }];
      // 1 is a computation that failed and says so: the lesson may want to show just that.
      if (code === 0 || code === 1) resolve({ prints });
      else resolve({ prints, error: { text: err.trim() || `did not end within ${seconds} seconds`, line: 0 } });
    });
  });
}
