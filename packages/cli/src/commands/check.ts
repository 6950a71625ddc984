import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { checkCard } from '../check/card.ts';
import { type CheckedBlock, checkLesson } from '../check/check.ts';
import type { CommandAction } from '../definition.ts';
import { InputError } from '../errors.ts';
import { numberOption } from '../input/number.ts';
import { toJson } from '../output/json.ts';
import { plural } from '../output/number.ts';

export interface CheckCommandOptions {
  timeout: string;
}

/** Executes lessons and evidence cards, and says which of their programs, commands and numbers do not hold. */
export const check: CommandAction<CheckCommandOptions, readonly string[]> = async (files, options, context) => {
  const { terminal, json } = context;
  const seconds = numberOption('--timeout', options.timeout, { min: 1, max: 3600 });
  const texts = await Promise.all(files.map(readLessonFile));
  const blocks: CheckedBlock[] = [];
  for (const [i, file] of files.entries()) {
    const text = texts[i] as string;
    const checked = extname(file) === '.json' ? checkCard(file, text) : await checkLesson(file, text, seconds);
    blocks.push(...checked);
    if (json) continue;
    const bad = checked.filter(({ ok }) => !ok);
    const { style } = terminal;
    for (const { line, expected, actual } of bad) {
      terminal.out(`${style.red('✗')} ${file}:${line}\n`);
      if (expected !== undefined) terminal.out(indent('claimed', expected));
      if (actual !== undefined) terminal.out(indent('printed', actual));
    }
    const held = checked.length - bad.length;
    const verdict = bad.length === 0 ? style.green('✓') : style.red('✗');
    terminal.out(
      `${verdict} ${file}: ${held} of ${plural(checked.length, 'block')} ${held === 1 ? 'holds' : 'hold'}\n`,
    );
  }
  if (json) terminal.out(toJson({ blocks }));
  return blocks.every(({ ok }) => ok) ? 0 : 1;
};

const indent = (label: string, text: string): string =>
  text
    .split('\n')
    .map((line, i) => `    ${i === 0 ? `${label}: ` : ' '.repeat(label.length + 2)}${line}\n`)
    .join('');

async function readLessonFile(file: string): Promise<string> {
  if (!['.md', '.markdown', '.json'].includes(extname(file)))
    throw new InputError('not-a-lesson', `${file}: a lesson is a Markdown file (.md), an evidence card a JSON file`);
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why =
      code === 'ENOENT' ? 'there is no such file' : code === 'EISDIR' ? 'is a folder' : `cannot be read (${code})`;
    throw new InputError('file-unreadable', `${file}: ${why}`);
  }
}
